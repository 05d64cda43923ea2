/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "nn/metadata.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"

#define MAX_NUMBERS 3

static const LamMetadataRow rows[] = {
  { LAM_METADATA_CLASSES, N_ ("classes"), LAM_METADATA_LINES },
  { LAM_METADATA_NORMALISATION, N_ ("mean, spread"), LAM_METADATA_NUMBERS, 2 },
  { LAM_METADATA_GREY, N_ ("grey values of"), LAM_METADATA_TEXT },
  { LAM_METADATA_TILE, N_ ("tile (zyx)"), LAM_METADATA_NUMBERS, 3, true },
  { LAM_METADATA_VOXEL_SIZE, N_ ("voxel, nm"), LAM_METADATA_NUMBERS, 3, true },
  { LAM_METADATA_PROGRAM, N_ ("made by"), LAM_METADATA_TEXT },
  { LAM_METADATA_SEED, N_ ("seed"), LAM_METADATA_NUMBERS, 1 },
  { LAM_METADATA_KEPT, N_ ("kept by"), LAM_METADATA_TEXT },
  { LAM_METADATA_VALIDATION, N_ ("validation"), LAM_METADATA_NUMBERS, 3 },
  { LAM_METADATA_DATA, N_ ("trained on"), LAM_METADATA_LINES },
};

const LamMetadataRow *
lam_metadata_find (const char *key)
{
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    if (strcmp (rows[i].key, key) == 0)
      return &rows[i];
  return NULL;
}

static bool
parse_numbers (const LamMetadataRow *row, const char *text, double *values)
{
  for (int i = 0; i < row->n; i++) {
    char *end;
    values[i] = g_ascii_strtod (text, &end);
    if (end == text || *end != (i + 1 < row->n ? ',' : '\0')
        || !isfinite (values[i]) || (row->is_positive && !(values[i] > 0)))
      return false;
    text = end + 1;
  }
  return true;
}

static bool
check_text (const LamNetwork *network, const LamMetadataRow *row,
    const char *text, double *values, GError **error)
{
  if (row->kind != LAM_METADATA_NUMBERS || parse_numbers (row, text, values))
    return true;
  const char *path = lam_network_get_path (network);
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
      _ ("%s: %s needs %d numbers between commas, but is “%s”"),
      path ? path : "", row->key, row->n, text);
  return false;
}

bool
lam_metadata_set_text (
    LamNetwork *network, const char *key, const char *text, GError **error)
{
  const LamMetadataRow *row = lam_metadata_find (key);
  double values[MAX_NUMBERS];
  if (row && !check_text (network, row, text, values, error))
    return false;
  lam_network_set_metadata (network, key, text);
  return true;
}

char **
lam_metadata_dup_lines (const LamNetwork *network, const char *key)
{
  const char *text = lam_network_get_metadata (network, key);
  return text ? g_strsplit (text, "\n", -1) : NULL;
}

void
lam_metadata_set_lines (
    LamNetwork *network, const char *key, const char *const *lines)
{
  g_autofree char *text = g_strjoinv ("\n", (char **)lines);
  lam_network_set_metadata (network, key, text);
}

bool
lam_metadata_get_numbers (
    const LamNetwork *network, const char *key, double *values, GError **error)
{
  const char *text = lam_network_get_metadata (network, key);
  const LamMetadataRow *row = lam_metadata_find (key);
  double found[MAX_NUMBERS];
  g_return_val_if_fail (row && row->kind == LAM_METADATA_NUMBERS, false);
  if (!text)
    return true;
  if (!check_text (network, row, text, found, error))
    return false;
  memcpy (values, found, (size_t)row->n * sizeof *values);
  return true;
}

void
lam_metadata_set_numbers (
    LamNetwork *network, const char *key, const double *values)
{
  const LamMetadataRow *row = lam_metadata_find (key);
  g_return_if_fail (row && row->kind == LAM_METADATA_NUMBERS);
  g_autoptr (GString) text = g_string_new (NULL);
  for (int i = 0; i < row->n; i++) {
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    /* The shorter text where it is exact. */
    g_ascii_formatd (number, sizeof number, "%.15g", values[i]);
    if (g_ascii_strtod (number, NULL) != values[i])
      g_ascii_formatd (number, sizeof number, "%.17g", values[i]);
    g_string_append_printf (text, "%s%s", i ? "," : "", number);
  }
  lam_network_set_metadata (network, key, text->str);
}
