/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Draws the box of a region: two of its axes in one pane, as many slices deep
 * as the brush is; the third by a drag in another pane, or by an edge, in any.
 * It is given a name by whoever asks for the box. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "tools/tool-draft.h"

#define RGB 0xffe14d
/* An edge is held from that near. */
#define GRAB_PX 7

static bool
is_there (const LamToolDraft *draft)
{
  return !lam_box_is_empty (&draft->region);
}

bool
lam_tool_box_get_region (LamToolBox *box, LamBox *region)
{
  const LamToolDraft *draft = lam_tool_box_get_draft (box);
  *region = draft->region;
  return is_there (draft);
}

/* "300 × 200 × 5 voxels · 1380 × 920 × 225 nm" */
static char *
dup_size (LamWorkspace *workspace, const LamBox *region)
{
  const double *nm = lam_workspace_get_voxel_size_nm (workspace);
  int64_t size[3];
  for (int a = 0; a < 3; a++)
    size[a] = region->max[a] - region->min[a];
  if (!lam_workspace_knows_voxel_size (workspace))
    return g_strdup_printf (
        _ ("%" G_GINT64_FORMAT " × %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT
           " voxels: Enter gives it a name"),
        size[0], size[1], size[2]);
  return g_strdup_printf (
      _ ("%" G_GINT64_FORMAT " × %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT
         " voxels, %.5g × %.5g × %.5g nm: Enter gives it a name"),
      size[0], size[1], size[2], (double)size[0] * nm[0],
      (double)size[1] * nm[1], (double)size[2] * nm[2]);
}

static void
tell (LamToolBox *box)
{
  const LamToolDraft *draft = lam_tool_box_get_draft (box);
  g_autofree char *text = is_there (draft)
      ? dup_size (lam_tool_box_get_workspace (box), &draft->region)
      : NULL;
  lam_tool_acts_say (lam_tool_box_get_acts (box), text);
  lam_tool_acts_changed (lam_tool_box_get_acts (box));
}

/* --- what the pointer holds ----------------------------------------------- */

static double
get_grab (const LamCamera *camera, int axis)
{
  return GRAB_PX * camera->nm_per_px / camera->voxel_size_nm[axis];
}

/* 0: neither of the two edges across that axis. */
static int
find_side (const LamToolDraft *draft, int axis, double at, double grab)
{
  double low = fabs (at - (double)draft->region.min[axis]),
         high = fabs (at - (double)draft->region.max[axis]);
  return MIN (low, high) > grab ? 0 : low < high ? -1 : 1;
}

static bool
is_beside (const LamToolDraft *draft, int axis, double at, double grab)
{
  return at > (double)draft->region.min[axis] - grab
      && at < (double)draft->region.max[axis] + grab;
}

/* Holds the edges under the pointer, two at a corner. */
static bool
grab_edges (
    LamToolDraft *draft, const LamCamera *camera, const LamFigurePoint *point)
{
  int u = lam_plane_u (camera->plane), v = lam_plane_v (camera->plane);
  double grab_u = get_grab (camera, u), grab_v = get_grab (camera, v);
  int side_u = find_side (draft, u, point->u, grab_u);
  int side_v = find_side (draft, v, point->v, grab_v);
  if (!is_there (draft) || (side_u == 0 && side_v == 0)
      || !is_beside (draft, u, point->u, grab_u)
      || !is_beside (draft, v, point->v, grab_v))
    return false;
  draft->holds[u] = side_u != 0;
  draft->holds[v] = side_v != 0;
  draft->anchors[u] =
      (double)(side_u < 0 ? draft->region.max[u] : draft->region.min[u]);
  draft->anchors[v] =
      (double)(side_v < 0 ? draft->region.max[v] : draft->region.min[v]);
  return true;
}

static void
set_depth (LamToolBox *box, LamToolDraft *draft, const LamCamera *camera)
{
  int w = lam_plane_w (camera->plane);
  int64_t slice = lam_camera_get_slice (camera);
  int depth = lam_tool_box_get_brush (box)->depth;
  if (is_there (draft) && slice >= draft->region.min[w]
      && slice < draft->region.max[w])
    return;
  draft->region.min[w] = MAX (slice - (depth - 1) / 2, 0);
  draft->region.max[w] = MIN (slice + depth / 2 + 1, camera->size[w]);
}

static void
begin (LamToolBox *box, LamToolDraft *draft, const LamCamera *camera,
    const LamFigurePoint *point)
{
  int u = lam_plane_u (camera->plane), v = lam_plane_v (camera->plane);
  bool is_other = is_there (draft) && camera->plane != draft->plane;
  /* In another pane: how deep the box is, which the first could not say. */
  int depth = lam_plane_w (draft->plane);
  draft->holds[u] = !is_other || u == depth;
  draft->holds[v] = !is_other || v == depth;
  draft->anchors[u] = point->u;
  draft->anchors[v] = point->v;
  if (is_other)
    return;
  set_depth (box, draft, camera);
  draft->plane = camera->plane;
}

/* From the anchor to there, in whole voxels of the volume. */
static void
stretch (LamToolDraft *draft, const LamCamera *camera, int axis, double at)
{
  double last = (double)camera->size[axis];
  double low = CLAMP (MIN (at, draft->anchors[axis]), 0, last - 1);
  double high = CLAMP (MAX (at, draft->anchors[axis]), 1, last);
  draft->region.min[axis] = (int64_t)floor (low);
  draft->region.max[axis] =
      MAX ((int64_t)ceil (high), (int64_t)floor (low) + 1);
}

static void
move (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  LamFigurePoint point = lam_tool_draft_point (camera, event);
  int u = lam_plane_u (camera->plane), v = lam_plane_v (camera->plane);
  if (draft->holds[u])
    stretch (draft, camera, u, point.u);
  if (draft->holds[v])
    stretch (draft, camera, v, point.v);
  tell (box);
}

/* --- the tool ------------------------------------------------------------- */

static bool
press (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event,
    GError **error)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  LamFigurePoint point = lam_tool_draft_point (camera, event);
  draft->before = draft->region;
  for (int a = 0; a < 3; a++)
    draft->holds[a] = false;
  if (!grab_edges (draft, camera, &point))
    begin (box, draft, camera, &point);
  move (box, camera, event);
  return true;
}

static void
cancel (LamToolBox *box)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  draft->region = draft->before;
  tell (box);
}

static bool
leave (LamToolBox *box)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  bool was_there = is_there (draft);
  draft->region = (LamBox){ 0 };
  if (was_there)
    tell (box);
  return was_there;
}

static void
draw (LamToolBox *box, const LamCamera *camera, LamSketch *sketch)
{
  const LamToolDraft *draft = lam_tool_box_get_draft (box);
  if (is_there (draft))
    lam_sketch_add_box (sketch, camera, &draft->region, RGB, true);
}

const LamTool lam_tool_region = {
  .name = "region",
  .title = N_ ("Region"),
  .hint = N_ ("Drag a box, then its edges in any view, or its depth in another "
              "view; Enter names it, Escape drops it"),
  .icon_name = "lam-region-symbolic",
  .accelerator = "<Shift>x",
  .options = LAM_OPTION_DEPTH,
  .press = press,
  .move = move,
  .cancel = cancel,
  .leave = leave,
  .draw = draw,
};
