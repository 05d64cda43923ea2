/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/train-data.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"
#include "volume/format.h"

static bool
parse_class (const char *word, int index, LamTruthTable *table, char **name)
{
  const char *equals = strchr (word, '=');
  char *end;
  *name = equals ? g_strndup (word, (gsize)(equals - word)) : g_strdup (word);
  table->values[index] = (uint32_t)index;
  if (!equals)
    return **name != '\0';
  guint64 value = g_ascii_strtoull (equals + 1, &end, 10);
  table->values[index] = (uint32_t)value;
  return **name && g_ascii_isdigit (equals[1]) && !*end && value <= 1u << 24;
}

static bool
is_taken (const LamTruthTable *table, char **names, int i)
{
  for (int j = 0; j < i; j++)
    if (table->values[j] == table->values[i]
        || strcmp (names[j], names[i]) == 0)
      return true;
  return false;
}

bool
lam_train_data_parse_classes (
    const char *text, LamTruthTable *table, char ***names, GError **error)
{
  g_auto (GStrv) words = g_strsplit (text ? text : "", ",", -1);
  int n = (int)g_strv_length (words);
  if (n < 2 || n > LAM_TRUTH_MAX_CLASSES)
    return lam_cli_usage_error (error,
        _ ("--classes needs 2 to %d names: background,mitochondrion for the "
           "numbers 0 and 1 of the labels, or background=0,mitochondrion=255"),
        LAM_TRUTH_MAX_CLASSES);
  g_auto (GStrv) found = g_new0 (char *, n + 1);
  for (int i = 0; i < n; i++)
    if (!parse_class (words[i], i, table, &found[i])
        || is_taken (table, found, i))
      return lam_cli_usage_error (error,
          _ ("--classes: “%s” is no NAME or NAME=NUMBER, or was there before"),
          words[i]);
  table->n_classes = n;
  *names = g_steal_pointer (&found);
  return true;
}

bool
lam_train_data_parse_sections (
    const char *option, const char *text, int64_t sections[2], GError **error)
{
  char *end, *last = NULL;
  sections[0] = g_ascii_strtoll (text, &end, 10);
  if (end != text && *end == '-' && g_ascii_isdigit (end[1]))
    sections[1] = g_ascii_strtoll (end + 1, &last, 10);
  if (last && !*last && sections[0] >= 0 && sections[1] >= sections[0])
    return true;
  return lam_cli_usage_error (error,
      _ ("%s needs the first and the last section (0-59), not “%s”"), option,
      text);
}

/* Of each volume: patches come from anywhere, but several volumes must fit the
 * memory beside the network. */
#define CACHE_BYTES (INT64_C (1) << 30)

static LamVolume *
open_volume (const char *path, GError **error)
{
  const LamVolumeSettings settings = { .cache_bytes = CACHE_BYTES };
  g_autoptr (LamSource) source =
      lam_format_open (path, &LAM_OPEN_DEFAULTS, error);
  return source ? lam_volume_new (source, &settings) : NULL;
}

static bool
check_sizes (const char *image_path, LamVolume *image, const char *label_path,
    LamVolume *labels, GError **error)
{
  const int64_t *a = lam_volume_get_size (image);
  const int64_t *b = lam_volume_get_size (labels);
  if (memcmp (a, b, 3 * sizeof *a) == 0)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("%s has %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT
         " × %" G_GINT64_FORMAT " voxels, but its labels %s "
         "%" G_GINT64_FORMAT " × %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT),
      image_path, a[0], a[1], a[2], label_path, b[0], b[1], b[2]);
  return false;
}

static bool
choose_box (const LamTrainDataChoice *choice, const char *path,
    LamVolume *image, LamBox *box, GError **error)
{
  *box = lam_box_of_size (lam_volume_get_size (image));
  if (!choice->sections)
    return true;
  if (choice->sections[1] >= box->max[2]) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("%s has %" G_GINT64_FORMAT " sections, so there is no section "
           "%" G_GINT64_FORMAT),
        path, box->max[2], choice->sections[1]);
    return false;
  }
  box->min[2] = choice->sections[0];
  box->max[2] = choice->sections[1] + 1;
  return true;
}

typedef struct {
  LamVolume *image; /* Owned */
  LamTruth *truth; /* Owned until it is added */
  LamBox box;
} Pair;

static void
clear_pair (gpointer data)
{
  Pair *pair = data;
  g_clear_object (&pair->image);
  g_clear_pointer (&pair->truth, lam_truth_free);
}

static bool
open_pair (const LamTrainDataChoice *choice, int i, Pair *pair,
    LamProgress *progress, GError **error)
{
  pair->image = open_volume (choice->images[i], error);
  if (!pair->image)
    return false;
  g_autoptr (LamVolume) labels = open_volume (choice->labels[i], error);
  if (!labels
      || !check_sizes (
          choice->images[i], pair->image, choice->labels[i], labels, error)
      || !choose_box (
          choice, choice->images[i], pair->image, &pair->box, error))
    return false;
  pair->truth =
      lam_truth_new (labels, choice->table, &pair->box, 1, progress, error);
  return pair->truth != NULL;
}

static bool
measure_one (const Pair *pair, LamNormalisation *normalisation,
    LamProgress *progress, GError **error)
{
  return lam_normalisation_measure (pair->image, &pair->box, normalisation,
      lam_progress_cancellable_or_null (progress), error);
}

/* One for all images: each counts the same. */
static bool
measure (GArray *pairs, LamNormalisation *normalisation, LamProgress *progress,
    GError **error)
{
  double mean = 0, squares = 0;
  for (guint i = 0; i < pairs->len; i++) {
    const Pair *pair = &g_array_index (pairs, Pair, i);
    LamNormalisation one;
    if (!measure_one (pair, &one, progress, error))
      return false;
    mean += one.mean / pairs->len;
    squares +=
        (one.deviation * one.deviation + one.mean * one.mean) / pairs->len;
  }
  double variance = squares - mean * mean;
  *normalisation =
      (LamNormalisation){ mean, variance > 0 ? sqrt (variance) : 1 };
  return true;
}

static bool
check_labelled (
    const LamSampler *sampler, const LamTrainDataChoice *choice, GError **error)
{
  int64_t n = 0;
  for (int i = 0; i < choice->table->n_classes; i++)
    n += lam_sampler_get_count (sampler, i);
  if (n > 0)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("%s has no labelled voxel in the sections that are used"),
      choice->labels[0]);
  return false;
}

LamSampler *
lam_train_data_open (const LamTrainDataChoice *choice,
    const LamSamplerSettings *settings, LamNormalisation *normalisation,
    double voxel_size_nm[3], LamProgress *progress, GError **error)
{
  g_autoptr (GArray) pairs = g_array_new (FALSE, TRUE, sizeof (Pair));
  g_array_set_clear_func (pairs, clear_pair);
  for (int i = 0; choice->images[i]; i++) {
    Pair *pair;
    g_array_set_size (pairs, (guint)i + 1);
    pair = &g_array_index (pairs, Pair, i);
    if (!open_pair (choice, i, pair, progress, error))
      return NULL;
  }
  if (choice->normalisation)
    *normalisation = *choice->normalisation;
  else if (!measure (pairs, normalisation, progress, error))
    return NULL;
  g_autoptr (LamSampler) sampler = lam_sampler_new (settings);
  for (guint i = 0; i < pairs->len; i++) {
    Pair *pair = &g_array_index (pairs, Pair, i);
    LamNormalisation own = *normalisation;
    if (choice->measures_each && !measure_one (pair, &own, progress, error))
      return NULL;
    lam_sampler_add (
        sampler, pair->image, &own, g_steal_pointer (&pair->truth));
  }
  memcpy (voxel_size_nm,
      lam_volume_get_info (g_array_index (pairs, Pair, 0).image)->voxel_size_nm,
      3 * sizeof *voxel_size_nm);
  return check_labelled (sampler, choice, error) ? g_steal_pointer (&sampler)
                                                 : NULL;
}

static char *
hash_file (const char *path, LamProgress *progress, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  GCancellable *cancellable = lam_progress_cancellable_or_null (progress);
  g_autoptr (GFileInputStream) stream = g_file_read (file, cancellable, error);
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree guchar *bytes = g_malloc (1 << 20);
  gssize n = stream ? 1 : -1;
  while (n > 0) {
    n = g_input_stream_read (
        G_INPUT_STREAM (stream), bytes, 1 << 20, cancellable, error);
    if (n > 0)
      g_checksum_update (sum, bytes, n);
  }
  return n < 0 ? NULL : g_strdup (g_checksum_get_string (sum));
}

bool
lam_train_data_add_hashes (GPtrArray *lines, const char *role, char **paths,
    LamProgress *progress, GError **error)
{
  for (int i = 0; paths && paths[i]; i++) {
    bool is_folder = g_file_test (paths[i], G_FILE_TEST_IS_DIR);
    g_autofree char *name = g_path_get_basename (paths[i]);
    g_autofree char *hash =
        is_folder ? g_strdup ("-") : hash_file (paths[i], progress, error);
    if (!hash)
      return false;
    g_ptr_array_add (lines, g_strdup_printf ("%s %s %s", role, hash, name));
  }
  return true;
}
