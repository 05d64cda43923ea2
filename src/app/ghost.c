/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/ghost.h"

#include <string.h>

/* More than this are not looked at; nobody follows outlines from so far. */
#define MAX_VOXELS (INT64_C (1) << 22)

void
lam_ghost_clear (LamGhost *ghost)
{
  g_clear_pointer (&ghost->sketch, lam_sketch_unref);
}

/* What of one brick lies in the box, a slice deep. False: it is on disk. */
static bool
copy_brick (LamWorkspace *workspace, LamBrickKey key, const LamBox *box,
    uint32_t *labels)
{
  LamBox brick_box = lam_brick_box (key);
  LamBox part = lam_box_intersect (&brick_box, box);
  LamLabelBrick *brick;
  LamLabelMap *map = lam_workspace_get_labels (workspace);
  if (lam_label_map_lookup (map, key, &brick) == LAM_BRICK_ON_DISK) {
    (void)lam_workspace_probe (workspace, part.min);
    return false;
  }
  const int64_t nx = box->max[0] - box->min[0], ny = box->max[1] - box->min[1];
  for (int64_t z = part.min[2]; brick && z < part.max[2]; z++)
    for (int64_t y = part.min[1]; y < part.max[1]; y++)
      for (int64_t x = part.min[0]; x < part.max[0]; x++)
        labels[x - box->min[0]
            + nx * (y - box->min[1] + ny * (z - box->min[2]))] =
            lam_label_brick_get_label (brick,
                (int)(x - brick_box.min[0]
                    + LAM_BRICK_EDGE
                        * (y - brick_box.min[1]
                            + LAM_BRICK_EDGE * (z - brick_box.min[2]))));
  return true;
}

static bool
copy_labels (LamWorkspace *workspace, const LamBox *box, uint32_t *labels)
{
  bool is_complete = true;
  LamBox bricks = lam_box_bricks (box);
  for (int64_t z = bricks.min[2]; z < bricks.max[2]; z++)
    for (int64_t y = bricks.min[1]; y < bricks.max[1]; y++)
      for (int64_t x = bricks.min[0]; x < bricks.max[0]; x++) {
        LamBrickKey key = { (int32_t)x, (int32_t)y, (int32_t)z };
        is_complete = copy_brick (workspace, key, box, labels) && is_complete;
      }
  return is_complete;
}

static void
find (
    LamGhost *ghost, LamWorkspace *workspace, LamPlane plane, const LamBox *box)
{
  g_autofree uint32_t *labels = g_new0 (uint32_t, lam_box_volume (box));
  bool is_complete = copy_labels (workspace, box, labels);
  lam_ghost_clear (ghost);
  ghost->sketch = lam_sketch_new ();
  lam_sketch_add_label_outlines (
      ghost->sketch, plane, box, labels, lam_workspace_get_classes (workspace));
  ghost->box = is_complete ? *box : (LamBox){ 0 };
}

/* The slice that the person comes from, as that is what is to be followed; the
 * one before where there has been no other yet. -1: there is none. */
static int64_t
choose_slice (LamGhost *ghost, int64_t now, int64_t n_slices)
{
  if (now != ghost->slice)
    ghost->is_from_next = ghost->has_slice && now < ghost->slice;
  ghost->slice = now;
  ghost->has_slice = true;
  const int64_t from = now + (ghost->is_from_next ? 1 : -1);
  return from < n_slices ? from : -1;
}

void
lam_ghost_draw (LamGhost *ghost, LamWorkspace *workspace,
    const LamCamera *camera, LamSketch *sketch)
{
  const LamClassTable *classes = lam_workspace_get_classes (workspace);
  LamLabelMap *map = lam_workspace_get_labels (workspace);
  const int w = lam_plane_w (camera->plane);
  LamBox box = lam_camera_get_visible_box (camera);
  if (!map || !classes || lam_box_is_empty (&box)
      || lam_box_volume (&box) > MAX_VOXELS)
    return;
  const int64_t slice = choose_slice (
      ghost, box.min[w], lam_workspace_get_size (workspace)[w]);
  if (slice < 0)
    return;
  box.min[w] = slice;
  box.max[w] = slice + 1;
  uint64_t labels = lam_label_map_get_serial (map);
  uint64_t colours = lam_class_table_get_serial (classes);
  if (!ghost->sketch || !lam_box_equal (&ghost->box, &box)
      || ghost->labels != labels || ghost->classes != colours)
    find (ghost, workspace, camera->plane, &box);
  ghost->labels = labels;
  ghost->classes = colours;
  lam_sketch_add_all (sketch, ghost->sketch);
}
