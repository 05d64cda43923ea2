/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/voxel-outline.h"

#include "labels/label-brick.h"

/* More than this are not looked at; nobody sees outlines from so far. */
#define MAX_VOXELS (INT64_C (1) << 22)

struct _LamVoxelOutline {
  GHashTable *voxels; /* Owned */
  uint32_t rgb;
  /* Of each plane what was found last, for it is asked for at each motion of
   * the pointer */
  LamBox boxes[LAM_N_PLANES];
  LamSketch *sketches[LAM_N_PLANES]; /* Owned; or NULL */
};

LamVoxelOutline *
lam_voxel_outline_new (GHashTable *voxels, uint32_t rgb)
{
  LamVoxelOutline *outline = g_new0 (LamVoxelOutline, 1);
  outline->voxels = g_hash_table_ref (voxels);
  outline->rgb = rgb;
  return outline;
}

void
lam_voxel_outline_free (LamVoxelOutline *outline)
{
  for (int i = 0; i < LAM_N_PLANES; i++)
    g_clear_pointer (&outline->sketches[i], lam_sketch_unref);
  g_hash_table_unref (outline->voxels);
  g_free (outline);
}

static void
mark_brick (
    const GArray *numbers, LamBrickKey key, const LamBox *box, bool *mask)
{
  const LamBox whole = lam_brick_box (key);
  const int64_t nx = box->max[0] - box->min[0], ny = box->max[1] - box->min[1];
  for (guint k = 0; k < numbers->len; k++) {
    const int i = g_array_index (numbers, int, k);
    const int64_t at[3] = { whole.min[0] + i % LAM_BRICK_EDGE,
      whole.min[1] + i / LAM_BRICK_EDGE % LAM_BRICK_EDGE,
      whole.min[2] + i / (LAM_BRICK_EDGE * LAM_BRICK_EDGE) };
    if (lam_box_contains (box, at))
      mask[at[0] - box->min[0]
          + nx * (at[1] - box->min[1] + ny * (at[2] - box->min[2]))] = true;
  }
}

static LamSketch *
find (const LamVoxelOutline *outline, LamPlane plane, const LamBox *box)
{
  g_autofree bool *mask = g_new0 (bool, lam_box_volume (box));
  LamSketch *sketch = lam_sketch_new ();
  GHashTableIter iter;
  gpointer packed, numbers;
  g_hash_table_iter_init (&iter, outline->voxels);
  while (g_hash_table_iter_next (&iter, &packed, &numbers)) {
    const LamBrickKey key = lam_brick_key_unpack (*(int64_t *)packed);
    const LamBox whole = lam_brick_box (key);
    const LamBox part = lam_box_intersect (&whole, box);
    if (!lam_box_is_empty (&part))
      mark_brick (numbers, key, box, mask);
  }
  lam_sketch_add_outline (
      sketch, plane, box, mask, outline->rgb, LAM_SKETCH_FIRM);
  return sketch;
}

void
lam_voxel_outline_draw (
    LamVoxelOutline *outline, const LamCamera *camera, LamSketch *sketch)
{
  const LamPlane plane = camera->plane;
  const LamBox box = lam_camera_get_visible_box (camera);
  if (lam_box_is_empty (&box) || lam_box_volume (&box) > MAX_VOXELS)
    return;
  if (!outline->sketches[plane]
      || !lam_box_equal (&outline->boxes[plane], &box)) {
    g_clear_pointer (&outline->sketches[plane], lam_sketch_unref);
    outline->sketches[plane] = find (outline, plane, &box);
    outline->boxes[plane] = box;
  }
  lam_sketch_add_all (sketch, outline->sketches[plane]);
}
