/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Measures in a slice, in nm: the way through the points that are clicked, the
 * area that they enclose, and the angle at the last but one. Changes nothing,
 * until Enter keeps one of the three as a note: the way of two points, the
 * angle of three, the area of more; and with Shift always the way.
 */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "tools/tool-draft.h"
#include "workspace/notes.h"

#define RGB 0xffe14d

typedef struct {
  double x, y; /* nm, in the slice */
} Place;

static Place
get_place (LamToolBox *box, guint i)
{
  const LamToolDraft *draft = lam_tool_box_get_draft (box);
  const double *nm =
      lam_workspace_get_voxel_size_nm (lam_tool_box_get_workspace (box));
  const LamFigurePoint *point =
      &g_array_index (draft->points, LamFigurePoint, i);
  return (Place){ point->u * nm[lam_plane_u (draft->plane)],
    point->v * nm[lam_plane_v (draft->plane)] };
}

LamToolMeasure
lam_tool_box_measure (LamToolBox *box)
{
  const guint n = lam_tool_box_get_draft (box)->points->len;
  LamToolMeasure measure = { .n_points = (int)n };
  double twice = 0;
  for (guint i = 0; i < n; i++) {
    Place a = get_place (box, i), b = get_place (box, (i + 1) % n);
    twice += a.x * b.y - b.x * a.y;
    if (i + 1 < n)
      measure.length_nm += hypot (b.x - a.x, b.y - a.y);
  }
  measure.area_nm2 = n > 2 ? fabs (twice) / 2 : 0;
  if (n > 2) {
    Place a = get_place (box, n - 3), m = get_place (box, n - 2),
          b = get_place (box, n - 1);
    double cross = (a.x - m.x) * (b.y - m.y) - (a.y - m.y) * (b.x - m.x);
    double dot = (a.x - m.x) * (b.x - m.x) + (a.y - m.y) * (b.y - m.y);
    measure.angle_degrees = fabs (atan2 (cross, dot)) * 180 / M_PI;
  }
  return measure;
}

static char *
dup_in_nm (const LamToolMeasure *measure)
{
  if (measure->n_points == 2)
    return g_strdup_printf (
        _ ("Length %.5g nm. Enter keeps it"), measure->length_nm);
  return g_strdup_printf (measure->n_points == 3
          ? _ ("Length %.5g nm, angle %.1f°, area %.5g µm². Enter keeps the "
               "angle, Shift+Enter the length")
          : _ ("Length %.5g nm, angle %.1f°, area %.5g µm². Enter keeps the "
               "area, Shift+Enter the length"),
      measure->length_nm, measure->angle_degrees, measure->area_nm2 / 1e6);
}

/* Where their size is not known, a voxel counts as one nm. */
static char *
dup_in_voxels (const LamToolMeasure *measure)
{
  if (measure->n_points == 2)
    return g_strdup_printf (
        _ ("Length %.5g voxels. Enter keeps it"), measure->length_nm);
  return g_strdup_printf (measure->n_points == 3
          ? _ ("Length %.5g voxels, angle %.1f°, area %.5g voxels². Enter "
               "keeps the angle, Shift+Enter the length")
          : _ ("Length %.5g voxels, angle %.1f°, area %.5g voxels². Enter "
               "keeps the area, Shift+Enter the length"),
      measure->length_nm, measure->angle_degrees, measure->area_nm2);
}

/* "512 nm · 45.0° · 0.012 µm²" */
static void
tell (LamToolBox *box)
{
  LamToolMeasure measure = lam_tool_box_measure (box);
  g_autofree char *text = measure.n_points < 2 ? NULL
      : lam_workspace_knows_voxel_size (lam_tool_box_get_workspace (box))
      ? dup_in_nm (&measure)
      : dup_in_voxels (&measure);
  lam_tool_acts_say (lam_tool_box_get_acts (box), text);
  lam_tool_acts_changed (lam_tool_box_get_acts (box));
}

static bool
leave (LamToolBox *box)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  bool was_there = draft->points->len > 0;
  g_array_set_size (draft->points, 0);
  if (was_there)
    tell (box);
  return was_there;
}

static bool
press (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event,
    GError **error)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  if (!lam_tool_draft_is_shown (draft, camera))
    lam_tool_draft_begin (draft, camera, event);
  LamFigurePoint point = lam_tool_draft_point (camera, event);
  g_array_append_val (draft->points, point);
  tell (box);
  return true;
}

/* The point that was just set goes where the pointer does. */
static void
move (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  if (draft->points->len == 0)
    return;
  g_array_index (draft->points, LamFigurePoint, draft->points->len - 1) =
      lam_tool_draft_point (camera, event);
  tell (box);
}

static bool
step_back (LamToolBox *box)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  if (draft->points->len == 0)
    return false;
  g_array_set_size (draft->points, draft->points->len - 1);
  tell (box);
  return true;
}

static LamNote *
make_note (LamToolBox *box, const char *kind)
{
  const LamToolDraft *draft = lam_tool_box_get_draft (box);
  LamNote *note = g_new0 (LamNote, 1);
  note->kind = g_strdup (kind);
  note->n_corners = (int)draft->points->len;
  note->corners = g_new0 (double, 3 * (size_t)note->n_corners);
  for (guint i = 0; i < draft->points->len; i++) {
    const LamFigurePoint *point =
        &g_array_index (draft->points, LamFigurePoint, i);
    double *at = note->corners + 3 * i;
    const int w = lam_plane_w (draft->plane);
    at[lam_plane_u (draft->plane)] = point->u;
    at[lam_plane_v (draft->plane)] = point->v;
    at[w] = (double)draft->voxel[w] + 0.5;
  }
  return note;
}

static bool
accept (LamToolBox *box, bool erases, GError **error)
{
  const guint n = lam_tool_box_get_draft (box)->points->len;
  if (n < 2)
    return false;
  g_autoptr (LamNote) note = make_note (box,
      n == 2 || erases ? LAM_NOTE_DISTANCE
          : n == 3     ? LAM_NOTE_ANGLE
                       : LAM_NOTE_AREA);
  if (lam_workspace_add_note (lam_tool_box_get_workspace (box), note, error)
      == 0)
    return false;
  leave (box);
  return true;
}

static void
draw (LamToolBox *box, const LamCamera *camera, LamSketch *sketch)
{
  const LamToolDraft *draft = lam_tool_box_get_draft (box);
  if (!lam_tool_draft_is_shown (draft, camera))
    return;
  const LamFigurePoint *points =
      (const LamFigurePoint *)(void *)draft->points->data;
  const guint n = draft->points->len;
  for (guint i = 0; i < n; i++) {
    const double a[2] = { points[i].u, points[i].v };
    const double b[2] = { points[(i + 1) % n].u, points[(i + 1) % n].v };
    lam_sketch_add_point (sketch, a, RGB);
    if (i + 1 < n || n > 2)
      lam_sketch_add_line (
          sketch, a, b, RGB, i + 1 < n ? LAM_SKETCH_FIRM : LAM_SKETCH_FAINT);
  }
}

const LamTool lam_tool_measure = {
  .name = "measure",
  .title = N_ ("Measure"),
  .hint = N_ ("Click points for length, angle and area; Enter keeps it, "
              "Backspace takes a point back, Escape all"),
  .icon_name = "lam-measure-symbolic",
  .accelerator = "<Shift>m",
  .press = press,
  .move = move,
  .accept = accept,
  .leave = leave,
  .step_back = step_back,
  .draw = draw,
};
