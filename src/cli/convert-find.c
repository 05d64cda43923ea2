/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/convert.h"

/* One row a format that can be written, by the end of the name. */
static const struct {
  const char *suffix;
  LamConvert convert;
} targets[] = {
  { ".tif", lam_convert_to_tiff },
  { ".tiff", lam_convert_to_tiff },
  { ".zarr", lam_convert_to_zarr },
};

LamConvert
lam_convert_find (const char *path, GError **error)
{
  g_autofree char *low = g_ascii_strdown (path, -1);
  size_t n = strlen (low);
  if (n > 1 && low[n - 1] == '/')
    low[n - 1] = '\0';
  for (size_t i = 0; i < G_N_ELEMENTS (targets); i++)
    if (g_str_has_suffix (low, targets[i].suffix))
      return targets[i].convert;
  lam_cli_usage_error (error,
      _ ("“%s” does not say a format: it must end in .tif, .tiff or .zarr"),
      path);
  return NULL;
}
