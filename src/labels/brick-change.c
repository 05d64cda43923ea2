/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* By rows along x: most are the same in both and cost two comparisons of
 * memory. */
#include "labels/brick-change.h"

#include <string.h>

/* A brick's planes; of a uniform one a single row, which is all of them. */
typedef struct {
  const uint32_t *labels;
  const uint16_t *sources;
  uint32_t label_row[LAM_BRICK_EDGE];
  uint16_t source_row[LAM_BRICK_EDGE];
} Planes;

static void
take (Planes *planes, const LamLabelBrick *brick)
{
  uint32_t label;
  uint16_t source;
  planes->labels = lam_label_brick_get_labels (brick);
  planes->sources = lam_label_brick_get_sources (brick);
  if (!lam_label_brick_is_uniform (brick, &label, &source))
    return;
  for (int x = 0; x < LAM_BRICK_EDGE; x++) {
    planes->label_row[x] = label;
    planes->source_row[x] = source;
  }
}

static const uint32_t *
get_labels (const Planes *planes, int row)
{
  return planes->labels ? planes->labels + row * LAM_BRICK_EDGE
                        : planes->label_row;
}

static const uint16_t *
get_sources (const Planes *planes, int row)
{
  return planes->sources ? planes->sources + row * LAM_BRICK_EDGE
                         : planes->source_row;
}

/* Of the row, which voxels from and to are others; false: none is. */
static bool
find_ends (const Planes *a, const Planes *b, int row, int *first, int *last)
{
  const uint32_t *labels = get_labels (a, row), *others = get_labels (b, row);
  const uint16_t *sources = get_sources (a, row), *said = get_sources (b, row);
  if (memcmp (labels, others, LAM_BRICK_EDGE * sizeof *labels) == 0
      && memcmp (sources, said, LAM_BRICK_EDGE * sizeof *sources) == 0)
    return false;
  *first = 0;
  while (labels[*first] == others[*first] && sources[*first] == said[*first])
    ++*first;
  *last = LAM_BRICK_EDGE - 1;
  while (labels[*last] == others[*last] && sources[*last] == said[*last])
    --*last;
  return true;
}

LamBox
lam_brick_change_find_box (
    const LamLabelBrick *a, const LamLabelBrick *b, LamBrickKey key)
{
  const LamBox whole = lam_brick_box (key);
  LamBox box = { 0 };
  Planes from = { 0 }, to = { 0 };
  take (&from, a);
  take (&to, b);
  for (int row = 0; row < LAM_BRICK_EDGE * LAM_BRICK_EDGE; row++) {
    int first, last;
    if (!find_ends (&from, &to, row, &first, &last))
      continue;
    const int64_t y = whole.min[1] + row % LAM_BRICK_EDGE;
    const int64_t z = whole.min[2] + row / LAM_BRICK_EDGE;
    const LamBox one = lam_box_new (
        whole.min[0] + first, y, z, whole.min[0] + last + 1, y + 1, z + 1);
    box = lam_box_unite (&box, &one);
  }
  return box;
}
