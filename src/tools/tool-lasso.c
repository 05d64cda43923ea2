/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Fills what a line drawn by hand goes around; with the right button or the
 * pen's other end it takes labels away there. And what the polygon shares. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "tools/tool-draft.h"
#include "workspace/labelling.h"

/* Nearer samples than this add nothing to a line, in pixels. */
#define STEP_PX 2.0

LamFigurePoint
lam_tool_draft_point (const LamCamera *camera, const LamPointerEvent *event)
{
  double voxel[3];
  lam_camera_px_to_voxel (camera, event->x_px, event->y_px, voxel);
  return (LamFigurePoint){ voxel[lam_plane_u (camera->plane)],
    voxel[lam_plane_v (camera->plane)] };
}

void
lam_tool_draft_begin (
    LamToolDraft *draft, const LamCamera *camera, const LamPointerEvent *event)
{
  double voxel[3];
  lam_camera_px_to_voxel (camera, event->x_px, event->y_px, voxel);
  draft->plane = camera->plane;
  for (int i = 0; i < 3; i++)
    draft->voxel[i] = CLAMP ((int64_t)floor (voxel[i]), 0, camera->size[i] - 1);
  draft->grabbed = -1;
  draft->erases = event->flags & LAM_POINTER_ERASER;
  g_array_set_size (draft->points, 0);
}

bool
lam_tool_draft_is_shown (const LamToolDraft *draft, const LamCamera *camera)
{
  return draft->points->len > 0 && draft->plane == camera->plane
      && draft->voxel[lam_plane_w (draft->plane)]
      == lam_camera_get_slice (camera);
}

double
lam_tool_draft_distance_px (const LamCamera *camera,
    const LamFigurePoint *point, const LamPointerEvent *event)
{
  double voxel[3] = { 0 }, x, y;
  voxel[lam_plane_u (camera->plane)] = point->u;
  voxel[lam_plane_v (camera->plane)] = point->v;
  lam_camera_voxel_to_px (camera, voxel, &x, &y);
  return hypot (x - event->x_px, y - event->y_px);
}

uint32_t
lam_tool_draft_rgb (LamToolBox *box, const LamToolDraft *draft)
{
  LamWorkspace *workspace = lam_tool_box_get_workspace (box);
  const LamClassTable *classes = lam_workspace_get_classes (workspace);
  uint32_t label = lam_workspace_get_active_label (workspace);
  const LamClass *class = classes ? lam_class_table_get_class (classes,
                              lam_workspace_get_active_class (workspace))
                                  : NULL;
  if (draft->erases || !classes)
    return 0xffffff;
  if (label != 0)
    return lam_class_table_get_rgb (classes, label, false);
  return class ? class->rgb : 0xffffff;
}

bool
lam_tool_draft_act (LamToolBox *box, LamToolDraft *draft,
    LamOverwrite overwrite, GError **error)
{
  LamWorkspace *workspace = lam_tool_box_get_workspace (box);
  LamFigureRequest request = { .shape = lam_figure_find ("outline"),
    .plane = draft->plane,
    .voxel = { draft->voxel[0], draft->voxel[1], draft->voxel[2] },
    .n_slices = lam_tool_box_get_brush (box)->depth,
    .points = draft->points };
  if (!draft->erases) {
    request.label = lam_workspace_take_label (workspace, error);
    if (request.label == 0)
      return false;
  }
  lam_tool_box_act (box, &request, overwrite);
  g_array_set_size (draft->points, 0);
  return true;
}

void
lam_tool_draft_draw (LamToolBox *box, const LamCamera *camera, bool has_points,
    LamSketch *sketch)
{
  const LamToolDraft *draft = lam_tool_box_get_draft (box);
  if (!lam_tool_draft_is_shown (draft, camera))
    return;
  uint32_t rgb = lam_tool_draft_rgb (box, draft);
  const LamFigurePoint *points =
      (const LamFigurePoint *)(void *)draft->points->data;
  const guint n = draft->points->len;
  for (guint i = 0; i < n; i++) {
    const double a[2] = { points[i].u, points[i].v };
    const double b[2] = { points[(i + 1) % n].u, points[(i + 1) % n].v };
    if (n > 1)
      lam_sketch_add_line (
          sketch, a, b, rgb, i + 1 < n ? LAM_SKETCH_FIRM : LAM_SKETCH_FAINT);
    if (has_points)
      lam_sketch_add_point (sketch, a, rgb);
  }
}

/* --- the lasso ------------------------------------------------------------ */

static bool
press (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event,
    GError **error)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  /* A label is made when there is something to fill; but one who may not draw
   * is told at once. */
  LamWorkspace *workspace = lam_tool_box_get_workspace (box);
  lam_tool_draft_begin (draft, camera, event);
  if (!draft->erases && lam_workspace_take_label (workspace, error) == 0)
    return false;
  LamFigurePoint point = lam_tool_draft_point (camera, event);
  g_array_append_val (draft->points, point);
  return true;
}

static void
move (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  LamFigurePoint point = lam_tool_draft_point (camera, event);
  const LamFigurePoint *last =
      &g_array_index (draft->points, LamFigurePoint, draft->points->len - 1);
  if (lam_tool_draft_distance_px (camera, last, event) < STEP_PX)
    return;
  g_array_append_val (draft->points, point);
  lam_tool_acts_changed (lam_tool_box_get_acts (box));
}

static bool
leave (LamToolBox *box)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  bool was_there = draft->points->len > 0;
  g_array_set_size (draft->points, 0);
  if (was_there)
    lam_tool_acts_changed (lam_tool_box_get_acts (box));
  return was_there;
}

static void
release (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  if (draft->points->len >= 3)
    lam_tool_draft_act (
        box, draft, lam_tool_box_get_overwrite (box, event), NULL);
  leave (box);
  lam_tool_acts_changed (lam_tool_box_get_acts (box));
}

static void
cancel (LamToolBox *box)
{
  leave (box);
}

static void
draw (LamToolBox *box, const LamCamera *camera, LamSketch *sketch)
{
  lam_tool_draft_draw (box, camera, false, sketch);
}

const LamTool lam_tool_lasso = {
  .name = "lasso",
  .title = N_ ("Lasso"),
  .hint = N_ ("Draw around what is to be filled; with the right button, around "
              "what is to be unlabelled"),
  .icon_name = "lam-lasso-symbolic",
  .accelerator = "l",
  .takes_eraser = true,
  .options = LAM_OPTION_DEPTH | LAM_OPTION_OVERWRITE,
  .press = press,
  .move = move,
  .release = release,
  .cancel = cancel,
  .leave = leave,
  .draw = draw,
};
