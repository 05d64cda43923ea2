/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One pass over the rows, about 0.2 ms for a tile: labels come in runs, so the
 * slot of the last one is kept, and most texels lie inside an object, where all
 * eight comparisons are skipped for the unlabelled. */
#include "view/label-texels.h"

#include <glib.h>

#include "labels/doubt-tiles.h"

/* Where a label ends along one row or column: `at` of `n` texels, `stride`
 * apart. */
static uint32_t
ends_along (
    const uint32_t *label, int at, int n, ptrdiff_t stride, int low, int high)
{
  uint32_t ends = 0;
  for (int distance = 1; distance <= LAM_TEXEL_REACH; distance++) {
    const int before = MIN (distance, at);
    const int after = MIN (distance, n - 1 - at);
    if (label[-before * stride] != *label)
      ends |= LAM_TEXEL_END (low, distance);
    if (label[after * stride] != *label)
      ends |= LAM_TEXEL_END (high, distance);
  }
  return ends;
}

/* Along both. */
static uint32_t
find_ends (const uint32_t *label, int u, int v, int width, int height)
{
  return ends_along (label, u, width, 1, LAM_TEXEL_U_LOW, LAM_TEXEL_U_HIGH)
      | ends_along (label, v, height, width, LAM_TEXEL_V_LOW, LAM_TEXEL_V_HIGH);
}

bool
lam_label_texels_make (LamColourLookup *colours, const uint32_t *labels,
    int width, int height, uint32_t *texels)
{
  uint32_t last = 0, slot = 0;
  bool any = false;
  for (int v = 0; v < height; v++)
    for (int u = 0; u < width; u++, labels++, texels++) {
      *texels = 0;
      if (*labels == 0)
        continue;
      if (*labels != last)
        slot = lam_colour_lookup_take_slot (colours, *labels);
      last = *labels;
      any = true;
      *texels = slot | find_ends (labels, u, v, width, height);
    }
  return any;
}

bool
lam_label_texels_make_said (LamColourLookup *colours, const uint32_t *labels,
    const uint32_t *sources, int width, int height, uint32_t *texels)
{
  bool any = false;
  for (int v = 0; v < height; v++)
    for (int u = 0; u < width; u++, labels++, sources++, texels++) {
      *texels = 0;
      if (*sources == 0)
        continue;
      any = true;
      *texels = lam_colour_lookup_take_slot (colours, *sources)
          | find_ends (labels, u, v, width, height)
          | find_ends (sources, u, v, width, height);
    }
  return any;
}

bool
lam_label_texels_make_doubts (LamColourLookup *colours, const uint32_t *labels,
    const uint32_t *doubts, int width, int height, uint32_t *texels)
{
  bool any = false;
  for (int v = 0; v < height; v++)
    for (int u = 0; u < width; u++, labels++, doubts++, texels++) {
      *texels = 0;
      if (*doubts == 0)
        continue;
      any = true;
      *texels = lam_colour_lookup_take_slot (colours, *doubts)
          | find_ends (labels, u, v, width, height);
    }
  return any;
}

void
lam_proposals_put (const LamClassTable *classes, const uint32_t *proposed,
    int n, uint32_t *labels)
{
  uint32_t last = 0;
  int32_t last_class = 0;
  for (int i = 0; i < n; i++) {
    if (proposed[i] == 0)
      continue;
    if (labels[i] != last) {
      const LamLabel *row = classes != NULL && labels[i] != 0
          ? lam_class_table_get_label (classes, labels[i])
          : NULL;
      last = labels[i];
      last_class = row != NULL && !row->deleted ? row->class_id : 0;
    }
    if (proposed[i] != LAM_PROPOSED (last_class))
      labels[i] = LAM_PROPOSED_LABEL | ((proposed[i] - 1) & 0xffffff);
  }
}
