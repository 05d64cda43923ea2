/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/triple.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

bool
lam_triple_parse (const char *text, double numbers[3])
{
  for (int i = 0; i < 3; i++) {
    text += strcspn (text, "+-.0123456789");
    char *end;
    numbers[i] = g_ascii_strtod (text, &end);
    if (end == text || !isfinite (numbers[i]))
      return false;
    text = end;
  }
  return text[strcspn (text, "0123456789")] == '\0';
}

const char *
lam_triple_parse_box (
    const char *first, const char *last, const int64_t size[3], LamBox *box)
{
  double from[3], to[3];
  if (!lam_triple_parse (first, from) || !lam_triple_parse (last, to))
    return _ ("A voxel is three numbers: x, y, z.");
  for (int i = 0; i < 3; i++) {
    if (from[i] < 0 || to[i] >= (double)size[i])
      return _ ("Both voxels must lie in the volume.");
    if (to[i] < from[i])
      return _ ("The last voxel must not lie before the first.");
    box->min[i] = (int64_t)from[i];
    box->max[i] = (int64_t)to[i] + 1;
  }
  return NULL;
}
