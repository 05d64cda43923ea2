/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Measures in space, in nm: the way through the points that are clicked, the
 * area that they enclose if they lie in one slice, and the angle at the last
 * but one. Each point keeps the slice that it was set in. Changes nothing,
 * until Enter keeps one of the three as a note: the way of two points, the
 * angle of three, the area of more; and with Shift, or where there is no area,
 * the way. The numbers are those of that note. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "tools/tool-draft.h"
#include "workspace/notes.h"

#define RGB 0xffe14d

static GArray *
get_places (LamToolBox *box)
{
  return lam_tool_box_get_draft (box)->places;
}

static int64_t
slice_of (const LamToolPlace *place, LamPlane plane)
{
  return (int64_t)floor (place->voxel[lam_plane_w (plane)]);
}

/* Where a click sets a point, the one coordinate that it does not say is the
 * middle of the slice; so what lies in one slice is flat to the last digit. */
static bool
is_flat (const GArray *places)
{
  for (int axis = 0; axis < 3; axis++) {
    const double at = g_array_index (places, LamToolPlace, 0).voxel[axis];
    guint n = 1;
    while (n < places->len
        && g_array_index (places, LamToolPlace, n).voxel[axis] == at)
      n++;
    if (n == places->len)
      return true;
  }
  return false;
}

/* Of the points from `first` on. */
static LamNote *
make_note (LamToolBox *box, const char *kind, guint first)
{
  const GArray *places = get_places (box);
  LamNote *note = g_new0 (LamNote, 1);
  note->kind = g_strdup (kind);
  note->n_corners = (int)(places->len - first);
  note->corners = g_new0 (double, 3 * (size_t)note->n_corners);
  memcpy (note->corners, &g_array_index (places, LamToolPlace, first),
      3 * (size_t)note->n_corners * sizeof *note->corners);
  return note;
}

static double
measure_as (LamToolBox *box, const char *kind, guint first)
{
  g_autoptr (LamNote) note = make_note (box, kind, first);
  return lam_note_measure (
      note, lam_workspace_get_voxel_size_nm (lam_tool_box_get_workspace (box)));
}

LamToolMeasure
lam_tool_box_measure (LamToolBox *box)
{
  const guint n = get_places (box)->len;
  LamToolMeasure measure = { .n_points = (int)n };
  if (n == 0)
    return measure;
  measure.is_flat = is_flat (get_places (box));
  measure.length_nm = measure_as (box, LAM_NOTE_DISTANCE, 0);
  if (n > 2)
    measure.angle_degrees = measure_as (box, LAM_NOTE_ANGLE, n - 3);
  if (n > 2 && measure.is_flat)
    measure.area_nm2 = measure_as (box, LAM_NOTE_AREA, 0);
  return measure;
}

static char *
dup_in_nm (const LamToolMeasure *measure)
{
  if (measure->n_points == 2)
    return g_strdup_printf (
        _ ("Length %.5g nm. Enter keeps it"), measure->length_nm);
  if (!measure->is_flat)
    return g_strdup_printf (measure->n_points == 3
            ? _ ("Length %.5g nm, angle %.1f°; several slices: no area. Enter "
                 "keeps the angle, Shift+Enter the length")
            : _ ("Length %.5g nm, angle %.1f°; several slices: no area. Enter "
                 "keeps the length"),
        measure->length_nm, measure->angle_degrees);
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
  if (!measure->is_flat)
    return g_strdup_printf (
        measure->n_points == 3 ? _ (
            "Length %.5g voxels, angle %.1f°; several slices: no area. Enter "
            "keeps the angle, Shift+Enter the length")
                               : _ ("Length %.5g voxels, angle %.1f°; several "
                                    "slices: no area. Enter "
                                    "keeps the length"),
        measure->length_nm, measure->angle_degrees);
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
  bool was_there = get_places (box)->len > 0;
  g_array_set_size (get_places (box), 0);
  if (was_there)
    tell (box);
  return was_there;
}

static LamToolPlace
place_at (const LamCamera *camera, const LamPointerEvent *event)
{
  LamToolPlace place;
  lam_camera_px_to_voxel (camera, event->x_px, event->y_px, place.voxel);
  return place;
}

static bool
press (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event,
    GError **error)
{
  LamToolPlace place = place_at (camera, event);
  g_array_append_val (get_places (box), place);
  tell (box);
  return true;
}

/* The point that was just set goes where the pointer does. */
static void
move (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  GArray *places = get_places (box);
  if (places->len == 0)
    return;
  g_array_index (places, LamToolPlace, places->len - 1) =
      place_at (camera, event);
  tell (box);
}

static bool
is_click (LamToolBox *box)
{
  return true;
}

static bool
step_back (LamToolBox *box)
{
  GArray *places = get_places (box);
  if (places->len == 0)
    return false;
  g_array_set_size (places, places->len - 1);
  tell (box);
  return true;
}

static bool
accept (LamToolBox *box, bool erases, GError **error)
{
  const guint n = get_places (box)->len;
  if (n < 2)
    return false;
  g_autoptr (LamNote) note = make_note (box,
      n == 2 || erases                 ? LAM_NOTE_DISTANCE
          : n == 3                     ? LAM_NOTE_ANGLE
          : is_flat (get_places (box)) ? LAM_NOTE_AREA
                                       : LAM_NOTE_DISTANCE,
      0);
  if (lam_workspace_add_note (lam_tool_box_get_workspace (box), note, error)
      == 0)
    return false;
  leave (box);
  return true;
}

static void
get_uv (const LamToolPlace *place, LamPlane plane, double uv[2])
{
  uv[0] = place->voxel[lam_plane_u (plane)];
  uv[1] = place->voxel[lam_plane_v (plane)];
}

/* Faint is what is only the shadow of something in another slice. */
static void
draw (LamToolBox *box, const LamCamera *camera, LamSketch *sketch)
{
  const GArray *places = get_places (box);
  const LamToolPlace *place = (const LamToolPlace *)(void *)places->data;
  const guint n = places->len;
  const int64_t slice = lam_camera_get_slice (camera);
  const bool is_ring = n > 2 && is_flat (places);
  for (guint i = 0; i < n; i++) {
    const guint next = (i + 1) % n;
    const bool is_here = slice_of (&place[i], camera->plane) == slice;
    const bool is_firm =
        is_here && slice_of (&place[next], camera->plane) == slice;
    double a[2], b[2];
    get_uv (&place[i], camera->plane, a);
    get_uv (&place[next], camera->plane, b);
    if (is_here)
      lam_sketch_add_point (sketch, a, RGB);
    else
      lam_sketch_add_dot (sketch, a, RGB, LAM_SKETCH_FAINT, false);
    if (i + 1 < n || is_ring)
      lam_sketch_add_line (sketch, a, b, RGB,
          is_firm && i + 1 < n ? LAM_SKETCH_FIRM : LAM_SKETCH_FAINT);
  }
}

const LamTool lam_tool_measure = {
  .name = "measure",
  .title = N_ ("Measure"),
  .hint = N_ ("Click points, also from slice to slice, for length, angle and "
              "area; Enter keeps it, Backspace takes a point back, Escape all"),
  .icon_name = "lam-measure-symbolic",
  .accelerator = "<Shift>m",
  .press = press,
  .move = move,
  .is_click = is_click,
  .accept = accept,
  .leave = leave,
  .step_back = step_back,
  .draw = draw,
};
