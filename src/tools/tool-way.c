/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A way that is drawn while the button is down, for brushes whose paint is
 * found in the image: the tool's name is the shape's. What it would paint so
 * far is found in the background and outlined meanwhile. */
#include "tools/tool-way.h"

#include <math.h>

#include "tools/tool-draft.h"
#include "workspace/labelling.h"

#define STEP_PX 2.0

/* What the way so far paints. False: nothing, or no shape of that name. */
static bool
make_request (LamToolBox *box, LamFigureRequest *request)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  const LamBrushSettings *brush = lam_tool_box_get_brush (box);
  const LamFigure *shape = lam_figure_find (lam_tool_box_get_tool (box)->name);
  if (!shape)
    return false;
  *request = (LamFigureRequest){ .shape = shape,
    .plane = draft->plane,
    .in_space = brush->shape == LAM_BRUSH_ELLIPSOID,
    .voxel = { draft->voxel[0], draft->voxel[1], draft->voxel[2] },
    .label = lam_workspace_take_label (lam_tool_box_get_workspace (box), NULL),
    .radius_nm = brush->radius_nm,
    .n_slices = brush->depth,
    .points = draft->points,
    .edge_ratio = exp2 (0.5 * brush->edge_strength),
    .grey_low = brush->grey_low,
    .grey_high = brush->grey_high,
    .is_connected = brush->stops_at_edges };
  return draft->points->len > 0 && request->label != 0;
}

/* Found in the background and outlined while the button is down. */
static void
follow (LamToolBox *box)
{
  LamFigureRequest request;
  if (make_request (box, &request))
    lam_tool_preview_follow (
        lam_tool_box_get_preview (box), &request, LAM_OVERWRITE_EVERYTHING);
}

bool
lam_tool_way_press (LamToolBox *box, const LamCamera *camera,
    const LamPointerEvent *event, GError **error)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  LamFigureRequest aim = { 0 };
  if (!lam_tool_box_aim (box, camera, event, &aim, error)
      || lam_workspace_take_label (lam_tool_box_get_workspace (box), error)
          == 0)
    return false;
  LamFigurePoint point = lam_tool_draft_point (camera, event);
  lam_tool_draft_begin (draft, camera, event);
  g_array_append_val (draft->points, point);
  follow (box);
  return true;
}

void
lam_tool_way_move (
    LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  if (draft->points->len == 0)
    return;
  const LamFigurePoint *last =
      &g_array_index (draft->points, LamFigurePoint, draft->points->len - 1);
  if (lam_tool_draft_distance_px (camera, last, event) < STEP_PX)
    return;
  LamFigurePoint point = lam_tool_draft_point (camera, event);
  g_array_append_val (draft->points, point);
  follow (box);
  lam_tool_acts_changed (lam_tool_box_get_acts (box));
}

bool
lam_tool_way_leave (LamToolBox *box)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  bool was_there = draft->points->len > 0;
  g_array_set_size (draft->points, 0);
  if (was_there)
    lam_tool_preview_drop (lam_tool_box_get_preview (box));
  if (was_there)
    lam_tool_acts_changed (lam_tool_box_get_acts (box));
  return was_there;
}

void
lam_tool_way_cancel (LamToolBox *box)
{
  lam_tool_way_leave (box);
}

void
lam_tool_way_release (
    LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  LamFigureRequest request;
  if (make_request (box, &request))
    lam_tool_box_act (box, &request, lam_tool_box_get_overwrite (box, event));
  lam_tool_way_leave (box);
}

void
lam_tool_way_draw_in (
    LamToolBox *box, const LamCamera *camera, LamSketch *sketch, uint32_t rgb)
{
  const LamToolDraft *draft = lam_tool_box_get_draft (box);
  if (!lam_tool_draft_is_shown (draft, camera))
    return;
  const LamFigurePoint *points =
      (const LamFigurePoint *)(void *)draft->points->data;
  for (guint i = 1; i < draft->points->len; i++) {
    const double a[2] = { points[i - 1].u, points[i - 1].v };
    const double b[2] = { points[i].u, points[i].v };
    lam_sketch_add_line (sketch, a, b, rgb, LAM_SKETCH_FIRM);
  }
}

void
lam_tool_way_draw (LamToolBox *box, const LamCamera *camera, LamSketch *sketch)
{
  lam_tool_way_draw_in (box, camera, sketch,
      lam_tool_draft_rgb (box, lam_tool_box_get_draft (box)));
}
