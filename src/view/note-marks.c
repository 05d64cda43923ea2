/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "view/note-marks.h"

#include <math.h>

/* A dot beyond the edge of the pane still shows a part of itself. */
#define MARGIN_PX 12.0

static void
get_uv (const LamNote *note, int corner, LamPlane plane, double uv[2])
{
  uv[0] = note->corners[3 * corner + lam_plane_u (plane)];
  uv[1] = note->corners[3 * corner + lam_plane_v (plane)];
}

static void
to_px (const LamCamera *camera, const double uv[2], double *x_px, double *y_px)
{
  double voxel[3] = { 0 };
  voxel[lam_plane_u (camera->plane)] = uv[0];
  voxel[lam_plane_v (camera->plane)] = uv[1];
  lam_camera_voxel_to_px (camera, voxel, x_px, y_px);
}

/* What of the slice is in sight, in voxels along u and v. */
static void
get_sight (const LamCamera *camera, double low[2], double high[2])
{
  const int axes[2] = { lam_plane_u (camera->plane),
    lam_plane_v (camera->plane) };
  double first[3], last[3];
  lam_camera_px_to_voxel (camera, -MARGIN_PX, -MARGIN_PX, first);
  lam_camera_px_to_voxel (camera, camera->width_px + MARGIN_PX,
      camera->height_px + MARGIN_PX, last);
  for (int i = 0; i < 2; i++) {
    low[i] = first[axes[i]];
    high[i] = last[axes[i]];
  }
}

static bool
lies_in (const LamNote *note, LamPlane plane, int64_t slice)
{
  for (int i = 0; i < note->n_corners; i++)
    if ((int64_t)floor (note->corners[3 * i + lam_plane_w (plane)]) != slice)
      return false;
  return true;
}

/* ---- Drawing ------------------------------------------------------------ */

static void
draw_lines (const LamNote *note, LamPlane plane, LamSketchStyle style,
    LamSketch *sketch)
{
  const LamNoteShape shape = lam_note_shape (note->kind);
  const uint32_t rgb = lam_note_kind_rgb (note->kind);
  const int n = note->n_corners;
  if (shape == LAM_NOTE_POINT)
    return;
  for (int i = 0; i + (shape == LAM_NOTE_RING ? 0 : 1) < n; i++) {
    double a[2], b[2];
    get_uv (note, i, plane, a);
    get_uv (note, (i + 1) % n, plane, b);
    lam_sketch_add_line (sketch, a, b, rgb, style);
  }
}

static void
draw_note (const LamNoteScene *scene, const LamNote *note, LamPlane plane,
    bool is_in_slice, LamSketch *sketch)
{
  const LamSketchStyle style = is_in_slice ? LAM_SKETCH_FIRM : LAM_SKETCH_FAINT;
  const uint32_t rgb = lam_note_kind_rgb (note->kind);
  draw_lines (note, plane, style, sketch);
  for (int i = 0; i < note->n_corners; i++) {
    double at[2];
    get_uv (note, i, plane, at);
    lam_sketch_add_dot (sketch, at, rgb, style, note->id == scene->chosen);
  }
}

/* Of an area its middle, of an angle its corner, of a way its end. */
static LamNoteMark
make_mark (const LamNote *note, const LamCamera *camera)
{
  double uv[2] = { 0 }, place[3];
  LamNoteMark mark = { .id = note->id };
  switch (lam_note_shape (note->kind)) {
  case LAM_NOTE_RING:
    lam_note_get_place (note, place);
    uv[0] = place[lam_plane_u (camera->plane)];
    uv[1] = place[lam_plane_v (camera->plane)];
    break;
  case LAM_NOTE_CORNER:
    get_uv (note, 1, camera->plane, uv);
    break;
  case LAM_NOTE_POINT:
  case LAM_NOTE_WAY:
    get_uv (note, note->n_corners - 1, camera->plane, uv);
    break;
  }
  to_px (camera, uv, &mark.x_px, &mark.y_px);
  return mark;
}

/* The one that is being moved may have come from elsewhere. */
static void
add_moved (const LamNoteScene *scene, const LamCamera *camera,
    LamSketch *sketch, GArray *marks)
{
  const LamNote *note = scene->moved;
  const int64_t slice = lam_camera_get_slice (camera);
  if (!note || !lies_in (note, camera->plane, slice))
    return;
  const LamNoteMark mark = make_mark (note, camera);
  draw_note (scene, note, camera->plane, true, sketch);
  g_array_append_val (marks, mark);
}

void
lam_note_marks_draw (const LamNoteScene *scene, const LamCamera *camera,
    LamSketch *sketch, GArray *marks)
{
  double low[2], high[2];
  const int64_t slice = lam_camera_get_slice (camera);
  g_autoptr (GPtrArray) near = g_ptr_array_new ();
  get_sight (camera, low, high);
  if (scene->notes)
    lam_note_list_find_near (
        scene->notes, camera->plane, slice, LAM_NOTE_REACH, low, high, near);
  /* Those of the slice over the fainter ones. */
  for (int in_slice = 0; in_slice <= 1; in_slice++)
    for (guint i = 0; i < near->len; i++) {
      const LamNote *note = near->pdata[i];
      if (lies_in (note, camera->plane, slice) != in_slice
          || (scene->moved && note->id == scene->moved->id))
        continue;
      draw_note (scene, note, camera->plane, in_slice, sketch);
      const LamNoteMark mark = make_mark (note, camera);
      if (in_slice)
        g_array_append_val (marks, mark);
    }
  add_moved (scene, camera, sketch, marks);
}

/* ---- Finding ------------------------------------------------------------ */

int32_t
lam_note_marks_find (LamNoteList *notes, const LamCamera *camera, double x_px,
    double y_px, double reach_px, int *corner)
{
  double low[2], high[2], best = INFINITY;
  const int64_t slice = lam_camera_get_slice (camera);
  g_autoptr (GPtrArray) near = g_ptr_array_new ();
  int32_t found = 0;
  get_sight (camera, low, high);
  lam_note_list_find_near (
      notes, camera->plane, slice, LAM_NOTE_REACH, low, high, near);
  for (guint i = 0; i < near->len; i++) {
    const LamNote *note = near->pdata[i];
    const bool in_slice = lies_in (note, camera->plane, slice);
    for (int k = 0; k < note->n_corners; k++) {
      double uv[2], x, y;
      get_uv (note, k, camera->plane, uv);
      to_px (camera, uv, &x, &y);
      const double distance = hypot (x - x_px, y - y_px);
      const double rank = distance + (in_slice ? 0 : reach_px);
      if (distance > reach_px || rank >= best)
        continue;
      best = rank;
      found = note->id;
      *corner = k;
    }
  }
  return found;
}
