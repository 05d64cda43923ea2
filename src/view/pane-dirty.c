/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Where a pane must be composed again. */
#include <math.h>

#include "view/renderer-private.h"

/* Outlines look this far (reach 2 of slice.glsl), and one for rounding. */
#define OUTLINE_REACH_PX 2.0
#define ROUNDING_PX 1.0

bool
lam_px_rect_is_empty (const LamPxRect *rect)
{
  return rect->x1 <= rect->x0 || rect->y1 <= rect->y0;
}

static void
unite (LamPxRect *rect, const LamPxRect *other)
{
  if (lam_px_rect_is_empty (rect)) {
    *rect = *other;
    return;
  }
  rect->x0 = MIN (rect->x0, other->x0);
  rect->y0 = MIN (rect->y0, other->y0);
  rect->x1 = MAX (rect->x1, other->x1);
  rect->y1 = MAX (rect->y1, other->y1);
}

/* Level-0 voxels grown to whole texels of the coarsest level that was drawn:
 * one of its texels shows them all. */
static LamBox
grow_to_texels (const LamPane *pane, const LamBox *box)
{
  const int64_t *factor = pane->renderer->levels[pane->coarsest_drawn].factor;
  LamBox out;
  for (int i = 0; i < 3; i++) {
    out.min[i] = MAX (box->min[i], 0) / factor[i] * factor[i];
    out.max[i] = lam_divide_up (MAX (box->max[i], 0), factor[i]) * factor[i];
  }
  return out;
}

static void
add_dirty_slice (LamPane *pane, const LamBox *box)
{
  const LamCamera *camera = &pane->camera;
  const int w = lam_plane_w (camera->plane);
  const int64_t slice = lam_camera_get_slice (camera);
  const LamBox grown = grow_to_texels (pane, box);
  if (slice < grown.min[w] || slice >= grown.max[w])
    return;
  double low[3], high[3], x0, y0, x1, y1;
  for (int i = 0; i < 3; i++) {
    low[i] = (double)grown.min[i];
    high[i] = (double)grown.max[i];
  }
  lam_camera_voxel_to_px (camera, low, &x0, &y0);
  lam_camera_voxel_to_px (camera, high, &x1, &y1);
  const double scale = pane->look.px_scale > 0 ? pane->look.px_scale : 1;
  const double margin = OUTLINE_REACH_PX * scale + ROUNDING_PX;
  const LamPxRect rect = {
    .x0 = (int)CLAMP (floor (x0 - margin), 0, pane->width_px),
    .y0 = (int)CLAMP (floor (y0 - margin), 0, pane->height_px),
    .x1 = (int)CLAMP (ceil (x1 + margin), 0, pane->width_px),
    .y1 = (int)CLAMP (ceil (y1 + margin), 0, pane->height_px),
  };
  if (!lam_px_rect_is_empty (&rect))
    unite (&pane->dirty, &rect);
}

static void
add_dirty_overview (LamPane *pane, const LamBox *box)
{
  const LamBox grown = grow_to_texels (pane, box);
  for (int plane = 0; plane < LAM_N_PLANES; plane++) {
    const int w = lam_plane_w (plane);
    const int64_t slice = lam_camera_get_slice (&pane->overview.slices[plane]);
    if (slice >= grown.min[w] && slice < grown.max[w])
      pane->all_dirty = true;
  }
}

void
lam_pane_add_dirty (LamPane *pane, const LamBox *box)
{
  if (lam_box_is_empty (box) || pane->all_dirty)
    return;
  if (pane->kind == LAM_PANE_SLICE)
    add_dirty_slice (pane, box);
  else if (pane->kind == LAM_PANE_OVERVIEW)
    add_dirty_overview (pane, box);
}
