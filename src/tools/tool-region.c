/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Draws the box of a region: two of its axes in one pane, as many slices deep
 * as the brush is; the third by a drag in another pane, or by an edge, in any.
 * It is given a name by whoever asks for the box.
 *
 * A region of the project is held by its edges likewise, where none is drawn
 * there; what the drag makes of it is one edit. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/error.h"
#include "tools/tool-draft.h"
#include "workspace/regions.h"

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

/* "300 × 200 × 5 voxels, 1380 × 920 × 225 nm" */
static char *
dup_size (LamWorkspace *workspace, const LamBox *region)
{
  const double *nm = lam_workspace_get_voxel_size_nm (workspace);
  int64_t size[3];
  for (int a = 0; a < 3; a++)
    size[a] = region->max[a] - region->min[a];
  if (!lam_workspace_knows_voxel_size (workspace))
    return g_strdup_printf (_ ("%" G_GINT64_FORMAT " × %" G_GINT64_FORMAT
                               " × %" G_GINT64_FORMAT " voxels"),
        size[0], size[1], size[2]);
  return g_strdup_printf (
      _ ("%" G_GINT64_FORMAT " × %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT
         " voxels, %.5g × %.5g × %.5g nm"),
      size[0], size[1], size[2], (double)size[0] * nm[0],
      (double)size[1] * nm[1], (double)size[2] * nm[2]);
}

static char *
dup_text (LamToolBox *box)
{
  const LamToolDraft *draft = lam_tool_box_get_draft (box);
  LamWorkspace *workspace = lam_tool_box_get_workspace (box);
  if (draft->held_id != 0) {
    const LamRegion *region =
        lam_workspace_get_region (workspace, draft->held_id);
    const int64_t *at = draft->held.min;
    g_autofree char *size = dup_size (workspace, &draft->held);
    return g_strdup_printf (_ ("“%s”: %s, from %" G_GINT64_FORMAT
                               ", %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT),
        region ? region->name : "", size, at[0], at[1], at[2]);
  }
  if (!is_there (draft))
    return NULL;
  g_autofree char *size = dup_size (workspace, &draft->region);
  return g_strdup_printf (_ ("%s: Enter gives it a name"), size);
}

static void
tell (LamToolBox *box)
{
  g_autofree char *text = dup_text (box);
  lam_tool_acts_say (lam_tool_box_get_acts (box), text);
  lam_tool_acts_changed (lam_tool_box_get_acts (box));
}

/* --- what the pointer holds ----------------------------------------------- */

/* 0: neither of the two edges across that axis. */
static int
find_side (const LamBox *region, int axis, double at, double grab)
{
  double low = fabs (at - (double)region->min[axis]),
         high = fabs (at - (double)region->max[axis]);
  return MIN (low, high) > grab ? 0 : low < high ? -1 : 1;
}

static bool
is_beside (const LamBox *region, int axis, double at, double grab)
{
  return at > (double)region->min[axis] - grab
      && at < (double)region->max[axis] + grab;
}

/* Per axis, which of its edges lie under the pointer, two at a corner; false:
 * none does. */
static bool
find_sides (const LamBox *region, const LamCamera *camera,
    const LamFigurePoint *point, int sides[3])
{
  const double at[2] = { point->u, point->v };
  const int axes[2] = { lam_plane_u (camera->plane),
    lam_plane_v (camera->plane) };
  bool is_near = true, has_side = false;
  for (int i = 0; i < 2; i++) {
    double grab = GRAB_PX * camera->nm_per_px / camera->voxel_size_nm[axes[i]];
    sides[axes[i]] = find_side (region, axes[i], at[i], grab);
    is_near = is_near && is_beside (region, axes[i], at[i], grab);
    has_side = has_side || sides[axes[i]] != 0;
  }
  return is_near && has_side;
}

static bool
is_cut (const LamBox *region, const LamCamera *camera)
{
  const int w = lam_plane_w (camera->plane);
  const int64_t slice = lam_camera_get_slice (camera);
  return slice >= region->min[w] && slice < region->max[w];
}

static bool
is_inside (
    const LamBox *region, const LamCamera *camera, const LamFigurePoint *point)
{
  return is_beside (region, lam_plane_u (camera->plane), point->u, 0)
      && is_beside (region, lam_plane_v (camera->plane), point->v, 0);
}

/* Of those that lie over one another the one within. NULL: there is none. */
static const LamRegion *
find_region (LamToolBox *box, const LamCamera *camera,
    const LamFigurePoint *point, bool whole)
{
  LamWorkspace *workspace = lam_tool_box_get_workspace (box);
  const LamRegion *found = NULL;
  int sides[3];
  for (size_t i = 0; i < lam_workspace_get_n_regions (workspace); i++) {
    const LamRegion *region = lam_workspace_get_nth_region (workspace, i);
    if (is_cut (&region->box, camera)
        && (find_sides (&region->box, camera, point, sides)
            || (whole && is_inside (&region->box, camera, point)))
        && (!found
            || lam_box_volume (&region->box) < lam_box_volume (&found->box)))
      found = region;
  }
  return found;
}

static void
hold (LamToolDraft *draft, const LamBox *region, const int sides[3])
{
  for (int a = 0; a < 3; a++) {
    draft->holds[a] = sides[a] != 0;
    draft->anchors[a] =
        (double)(sides[a] < 0 ? region->max[a] : region->min[a]);
    draft->edges[a] = (double)(sides[a] < 0 ? region->min[a] : region->max[a]);
  }
  draft->hold = LAM_HOLD_EDGES;
}

/* False: the pointer does not touch it. */
static bool
grab (LamToolDraft *draft, const LamBox *region, const LamCamera *camera,
    const LamFigurePoint *point, bool whole)
{
  int sides[3] = { 0 };
  bool is_near = find_sides (region, camera, point, sides);
  if (whole && (is_near || is_inside (region, camera, point))) {
    draft->hold = LAM_HOLD_WHOLE;
    return true;
  }
  if (is_near && !whole)
    hold (draft, region, sides);
  return is_near && !whole;
}

/* False with error: it stays where it is. */
static bool
grab_region (LamToolBox *box, const LamCamera *camera,
    const LamFigurePoint *point, bool whole, GError **error)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  const LamRegion *region = find_region (box, camera, point, whole);
  if (!region)
    return true;
  if (!lam_region_check_box_free (region, error))
    return false;
  draft->held_id = region->id;
  draft->held = region->box;
  return grab (draft, &region->box, camera, point, whole);
}

static void
set_depth (LamToolBox *box, LamToolDraft *draft, const LamCamera *camera)
{
  int w = lam_plane_w (camera->plane);
  int64_t slice = lam_camera_get_slice (camera);
  int depth = lam_tool_box_get_brush (box)->depth;
  if (is_there (draft) && is_cut (&draft->region, camera))
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
  draft->hold = LAM_HOLD_NEW;
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
stretch (const LamToolDraft *draft, LamBox *region, const LamCamera *camera,
    int axis, double at)
{
  double last = (double)camera->size[axis];
  double low = CLAMP (MIN (at, draft->anchors[axis]), 0, last - 1);
  double high = CLAMP (MAX (at, draft->anchors[axis]), 1, last);
  region->min[axis] = (int64_t)floor (low);
  region->max[axis] = MAX ((int64_t)ceil (high), (int64_t)floor (low) + 1);
}

static void
shift (LamBox *region, const LamBox *from, const LamCamera *camera, int axis,
    double by)
{
  const int64_t whole = CLAMP ((int64_t)floor (by + 0.5), -from->min[axis],
      camera->size[axis] - from->max[axis]);
  region->min[axis] = from->min[axis] + whole;
  region->max[axis] = from->max[axis] + whole;
}

static void
carry (LamToolDraft *draft, LamBox *region, const LamCamera *camera, int axis,
    double at, double pressed)
{
  if (draft->hold == LAM_HOLD_WHOLE)
    shift (region, &draft->before, camera, axis, at - pressed);
  else if (draft->holds[axis] && draft->hold == LAM_HOLD_NEW)
    stretch (draft, region, camera, axis, at);
  else if (draft->holds[axis])
    stretch (draft, region, camera, axis,
        floor (draft->edges[axis] + at - pressed + 0.5));
}

static void
move (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  LamFigurePoint point = lam_tool_draft_point (camera, event);
  LamBox *region = draft->held_id != 0 ? &draft->held : &draft->region;
  carry (draft, region, camera, lam_plane_u (camera->plane), point.u,
      draft->pressed.u);
  carry (draft, region, camera, lam_plane_v (camera->plane), point.v,
      draft->pressed.v);
  tell (box);
}

/* --- the tool ------------------------------------------------------------- */

/* Shift: a new box, whatever is there. Control: a whole one, not its edges. */
static bool
press (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event,
    GError **error)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  LamFigurePoint point = lam_tool_draft_point (camera, event);
  const bool whole = event->flags & LAM_POINTER_CONTROL;
  const bool is_new = event->flags & LAM_POINTER_SHIFT;
  draft->pressed = point;
  draft->held_id = 0;
  draft->hold = LAM_HOLD_NEW;
  for (int a = 0; a < 3; a++)
    draft->holds[a] = false;
  bool is_held = !is_new && is_there (draft)
      && grab (draft, &draft->region, camera, &point, whole);
  if (!is_held && !is_new && !grab_region (box, camera, &point, whole, error))
    return false;
  draft->before = draft->held_id != 0 ? draft->held : draft->region;
  if (!is_held && draft->held_id == 0)
    begin (box, draft, camera, &point);
  move (box, camera, event);
  return true;
}

static void
release (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  LamWorkspace *workspace = lam_tool_box_get_workspace (box);
  const LamRegion *now = lam_workspace_get_region (workspace, draft->held_id);
  g_autoptr (GError) error = NULL;
  if (draft->held_id == 0)
    return;
  draft->held_id = 0;
  LamRegion region = now ? *now : (LamRegion){ 0 };
  region.box = draft->held;
  if (now && !lam_box_equal (&now->box, &region.box))
    lam_workspace_set_region (workspace, &region, &error);
  tell (box);
  if (error)
    lam_tool_acts_say (lam_tool_box_get_acts (box), error->message);
}

static void
cancel (LamToolBox *box)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  if (draft->held_id == 0)
    draft->region = draft->before;
  draft->held_id = 0;
  tell (box);
}

static bool
leave (LamToolBox *box)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  bool was_there = is_there (draft);
  draft->region = (LamBox){ 0 };
  draft->held_id = 0;
  if (was_there)
    tell (box);
  return was_there;
}

/* What a press there would hold; NULL: nothing that is there already. */
static const LamBox *
find_hovered (LamToolBox *box, const LamCamera *camera)
{
  const LamPointerEvent *event = lam_tool_box_get_hover_event (box, camera);
  const LamToolDraft *draft = lam_tool_box_get_draft (box);
  int sides[3];
  if (!event || lam_tool_box_is_active (box)
      || event->flags & LAM_POINTER_SHIFT)
    return NULL;
  LamFigurePoint point = lam_tool_draft_point (camera, event);
  if (is_there (draft) && find_sides (&draft->region, camera, &point, sides))
    return NULL;
  const LamRegion *region =
      find_region (box, camera, &point, event->flags & LAM_POINTER_CONTROL);
  return region && lam_region_check_box_free (region, NULL) ? &region->box
                                                            : NULL;
}

static void
draw (LamToolBox *box, const LamCamera *camera, LamSketch *sketch)
{
  const LamToolDraft *draft = lam_tool_box_get_draft (box);
  const LamBox *held =
      draft->held_id != 0 ? &draft->held : find_hovered (box, camera);
  if (is_there (draft))
    lam_sketch_add_box (sketch, camera, &draft->region, RGB, true);
  if (held)
    lam_sketch_add_box (sketch, camera, held, RGB, draft->held_id != 0);
}

const LamTool lam_tool_region = {
  .name = "region",
  .title = N_ ("Region"),
  .hint = N_ ("Drag a box, then its edges in any view, or its depth in another "
              "view; Enter names it, Escape drops it. A region’s edge: drag "
              "it; with Ctrl the whole region moves; with Shift a new box"),
  .icon_name = "lam-region-symbolic",
  .accelerator = "<Shift>x",
  .follows_pointer = true,
  .options = LAM_OPTION_DEPTH,
  .press = press,
  .move = move,
  .release = release,
  .cancel = cancel,
  .leave = leave,
  .draw = draw,
};
