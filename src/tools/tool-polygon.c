/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* An outline of straight lines, corner by corner, that can be changed until it
 * is accepted: a click adds a corner at the end, or in the line that it is on;
 * a corner can be dragged, and goes when it is clicked with Ctrl. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/error.h"
#include "tools/tool-draft.h"

/* How near the pointer must be to hold a corner or a line, in pixels. */
#define GRAB_PX 8.0

static LamFigurePoint *
get (const LamToolDraft *draft, guint i)
{
  return &g_array_index (draft->points, LamFigurePoint, i);
}

/* The corner under the pointer; -1: none. */
static int
find_corner (const LamToolDraft *draft, const LamCamera *camera,
    const LamPointerEvent *event)
{
  double nearest = GRAB_PX;
  int found = -1;
  for (guint i = 0; i < draft->points->len; i++) {
    double px = lam_tool_draft_distance_px (camera, get (draft, i), event);
    if (px > nearest)
      continue;
    nearest = px;
    found = (int)i;
  }
  return found;
}

/* How far the pointer is from the line of two points, in pixels. */
static double
distance_to_line (const LamCamera *camera, const LamFigurePoint *a,
    const LamFigurePoint *b, const LamPointerEvent *event)
{
  const LamFigurePoint at = lam_tool_draft_point (camera, event);
  const double nm_u = camera->voxel_size_nm[lam_plane_u (camera->plane)];
  const double nm_v = camera->voxel_size_nm[lam_plane_v (camera->plane)];
  const double du = (b->u - a->u) * nm_u, dv = (b->v - a->v) * nm_v;
  const double pu = (at.u - a->u) * nm_u, pv = (at.v - a->v) * nm_v;
  const double length = du * du + dv * dv;
  const double share =
      length > 0 ? CLAMP ((pu * du + pv * dv) / length, 0, 1) : 0;
  return hypot (pu - share * du, pv - share * dv) / camera->nm_per_px;
}

/* The place of a new corner: in the line under the pointer, else at the end. */
static guint
find_place (const LamToolDraft *draft, const LamCamera *camera,
    const LamPointerEvent *event)
{
  const guint n = draft->points->len;
  for (guint i = 0; n > 2 && i < n; i++)
    if (distance_to_line (
            camera, get (draft, i), get (draft, (i + 1) % n), event)
        < GRAB_PX / 2)
      return i + 1;
  return n;
}

static bool
leave (LamToolBox *box)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  bool was_there = draft->points->len > 0;
  g_array_set_size (draft->points, 0);
  draft->grabbed = -1;
  if (was_there)
    lam_tool_acts_changed (lam_tool_box_get_acts (box));
  return was_there;
}

static bool
press (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event,
    GError **error)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  if (!lam_workspace_get_store (lam_tool_box_get_workspace (box))) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("Start a project first: what is drawn is saved in it"));
    return false;
  }
  if (!lam_tool_draft_is_shown (draft, camera))
    lam_tool_draft_begin (draft, camera, event);
  draft->grabbed = find_corner (draft, camera, event);
  draft->is_placed = false;
  if (draft->grabbed >= 0 && event->flags & LAM_POINTER_CONTROL) {
    g_array_remove_index (draft->points, (guint)draft->grabbed);
    draft->grabbed = -1;
  } else if (draft->grabbed < 0) {
    LamFigurePoint point = lam_tool_draft_point (camera, event);
    guint place = find_place (draft, camera, event);
    draft->is_placed = place == draft->points->len;
    g_array_insert_val (draft->points, place, point);
    draft->grabbed = (int)place;
  }
  lam_tool_acts_changed (lam_tool_box_get_acts (box));
  return true;
}

static void
move (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  if (draft->grabbed < 0 || draft->grabbed >= (int)draft->points->len)
    return;
  *get (draft, (guint)draft->grabbed) = lam_tool_draft_point (camera, event);
  lam_tool_acts_changed (lam_tool_box_get_acts (box));
}

/* A corner that was there, or is made in a line, is held to be dragged. */
static bool
is_click (LamToolBox *box)
{
  const LamToolDraft *draft = lam_tool_box_get_draft (box);
  return draft->grabbed < 0 || draft->is_placed;
}

static void
release (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  lam_tool_box_get_draft (box)->grabbed = -1;
}

static bool
accept (LamToolBox *box, bool erases, GError **error)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  if (draft->points->len < 3) {
    if (draft->points->len > 0)
      g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
          _ ("An outline needs three corners: click more, or Escape"));
    return false;
  }
  draft->erases = erases;
  LamOverwrite overwrite = lam_tool_box_get_brush (box)->overwrite;
  if (!lam_tool_draft_act (box, draft, overwrite, error))
    return false;
  lam_tool_acts_changed (lam_tool_box_get_acts (box));
  return true;
}

static bool
step_back (LamToolBox *box)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  if (draft->points->len == 0)
    return false;
  g_array_set_size (draft->points, draft->points->len - 1);
  draft->grabbed = -1;
  lam_tool_acts_changed (lam_tool_box_get_acts (box));
  return true;
}

static void
draw (LamToolBox *box, const LamCamera *camera, LamSketch *sketch)
{
  lam_tool_draft_draw (box, camera, true, sketch);
}

const LamTool lam_tool_polygon = {
  .name = "polygon",
  .title = N_ ("Polygon"),
  .hint =
      N_ ("Click corners, drag them, Ctrl+click to remove one; Enter fills, "
          "Shift+Enter erases, Escape leaves"),
  .icon_name = "lam-polygon-symbolic",
  .accelerator = "p",
  .options = LAM_OPTION_DEPTH | LAM_OPTION_OVERWRITE,
  .press = press,
  .move = move,
  .release = release,
  .is_click = is_click,
  .accept = accept,
  .leave = leave,
  .step_back = step_back,
  .draw = draw,
};
