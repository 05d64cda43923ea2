/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which tool is active, which one the gesture under way uses, and the brush. A
 * gesture keeps the tool it began with: Alt and the eraser's end choose it at
 * the press. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "labels/basin-block.h"
#include "labels/object-splitter.h"
#include "tools/tool-basins.h"
#include "tools/tool-fill-look.h"
#include "workspace/labelling.h"

struct _LamToolBox {
  /* Owned */
  LamWorkspace *workspace;
  LamToolActs *acts;
  LamToolPreview *preview;
  LamToolDraft draft;
  LamToolBasins *basins; /* or NULL */
  LamToolFillLook *fill_look; /* or NULL */
  LamToolNotes notes;
  const LamTool *tool; /* Borrowed: static */
  const LamTool *gesture; /* of the press; NULL between gestures */
  LamBrushSettings brush;
  double finest_nm; /* of the voxel size that the radius was chosen for */

  /* Where the pointer is. */
  bool has_hover, is_hover_inside;
  LamPlane hover_plane;
  LamPointerEvent hover;
  int64_t hover_voxel[3];

  /* Where the last stroke ended, for straight lines. */
  bool has_last;
  LamPlane last_plane;
  int64_t last_slice;
  double last_voxel[3];
};

static double
finest (const double nm[3])
{
  return MIN (nm[0], MIN (nm[1], nm[2]));
}

/* Somebody said how large a voxel is: the brush covers as many as before. */
static void
image_changed_cb (LamToolBox *box)
{
  const double *nm = lam_workspace_get_voxel_size_nm (box->workspace);
  double now = finest (nm);
  if (now == box->finest_nm)
    return;
  box->brush.radius_nm *= now / box->finest_nm;
  box->brush.shape_radius_nm *= now / box->finest_nm;
  box->brush.neck_distance_nm *= now / box->finest_nm;
  box->finest_nm = now;
  lam_brush_settings_clamp (&box->brush, nm);
}

/* The label of what was begun and came to nothing goes with it. */
static void
drop_label (LamToolBox *box)
{
  if (!box->gesture && box->draft.points->len == 0
      && box->draft.seeds->len == 0)
    lam_workspace_drop_unused_label (box->workspace);
}

LamToolBox *
lam_tool_box_new (LamWorkspace *workspace)
{
  LamToolBox *box = g_new0 (LamToolBox, 1);
  box->workspace = g_object_ref (workspace);
  box->acts = lam_tool_acts_new (workspace);
  box->preview = lam_tool_preview_new (box);
  box->draft.points = g_array_new (false, false, sizeof (LamFigurePoint));
  box->draft.grabbed = -1;
  box->draft.seeds = g_array_new (false, false, sizeof (LamFigureSeed));
  box->draft.places = g_array_new (false, false, sizeof (LamToolPlace));
  box->tool = &lam_tool_navigate;
  const double *nm = lam_workspace_get_voxel_size_nm (workspace);
  box->finest_nm = finest (nm);
  box->brush = (LamBrushSettings){ .radius_nm = 8 * box->finest_nm,
    .depth = 1,
    .shape_radius_nm = 2 * box->finest_nm,
    .small_voxels = 100,
    .neck_relief = LAM_SPLIT_RELIEF,
    .neck_distance_nm = lam_workspace_knows_voxel_size (workspace)
        ? LAM_SPLIT_DISTANCE_NM
        : 10 * box->finest_nm,
    .extrude_slices = 5,
    .stops_at_edges = true,
    .basin_size = 3,
    .shape = LAM_BRUSH_DISC,
    .overwrite = LAM_OVERWRITE_EVERYTHING };
  g_signal_connect_swapped (
      workspace, "image-changed", G_CALLBACK (image_changed_cb), box);
  return box;
}

void
lam_tool_box_free (LamToolBox *box)
{
  lam_tool_box_cancel (box);
  lam_tool_preview_free (box->preview);
  g_clear_pointer (&box->basins, lam_tool_basins_free);
  g_clear_pointer (&box->fill_look, lam_tool_fill_look_free);
  lam_tool_acts_free (box->acts);
  g_array_unref (box->draft.points);
  g_array_unref (box->draft.seeds);
  g_array_unref (box->draft.places);
  g_clear_pointer (&box->notes.moved, lam_note_free);
  g_signal_handlers_disconnect_by_data (box->workspace, box);
  g_object_unref (box->workspace);
  g_free (box);
}

LamWorkspace *
lam_tool_box_get_workspace (LamToolBox *box)
{
  return box->workspace;
}

LamToolActs *
lam_tool_box_get_acts (LamToolBox *box)
{
  return box->acts;
}

LamToolPreview *
lam_tool_box_get_preview (LamToolBox *box)
{
  return box->preview;
}

LamToolBasins *
lam_tool_box_get_basins (LamToolBox *box)
{
  if (!box->basins)
    box->basins = lam_tool_basins_new (box);
  return box->basins;
}

LamToolFillLook *
lam_tool_box_get_fill_look (LamToolBox *box)
{
  if (!box->fill_look)
    box->fill_look = lam_tool_fill_look_new (box);
  return box->fill_look;
}

LamToolDraft *
lam_tool_box_get_draft (LamToolBox *box)
{
  return &box->draft;
}

LamToolNotes *
lam_tool_box_get_notes (LamToolBox *box)
{
  return &box->notes;
}

const LamTool *
lam_tool_box_get_tool (LamToolBox *box)
{
  return box->tool;
}

char *
lam_tool_box_dup_hint (LamToolBox *box)
{
  char *hint = lam_tool_box_dup_preview_words (box);
  if (!hint && box->tool->dup_hint)
    hint = box->tool->dup_hint (box);
  return hint ? hint : g_strdup (_ (box->tool->hint));
}

void
lam_tool_box_set_tool (LamToolBox *box, const LamTool *tool)
{
  g_return_if_fail (tool != NULL);
  if (box->tool != tool && box->tool->leave)
    box->tool->leave (box);
  box->tool = tool;
  drop_label (box);
}

/* --- the brush ---------------------------------------------------------- */

LamBrushSettings *
lam_tool_box_get_brush (LamToolBox *box)
{
  return &box->brush;
}

void
lam_brush_settings_clamp (
    LamBrushSettings *settings, const double voxel_size_nm[3])
{
  double voxel = finest (voxel_size_nm);
  settings->radius_nm = CLAMP (settings->radius_nm, voxel / 2, voxel * 2000);
  settings->shape_radius_nm =
      CLAMP (settings->shape_radius_nm, voxel / 2, voxel * 100);
  settings->small_voxels = MAX (settings->small_voxels, 1);
  settings->neck_relief = CLAMP (settings->neck_relief, 0.01, 0.99);
  settings->neck_distance_nm =
      CLAMP (settings->neck_distance_nm, 0, voxel * 10000);
  settings->extrude_slices = CLAMP (settings->extrude_slices, 1, 1000);
  settings->depth = CLAMP (settings->depth, 1, 1000);
  settings->edge_strength =
      CLAMP (settings->edge_strength, -LAM_EDGE_STRENGTHS, LAM_EDGE_STRENGTHS);
  settings->basin_size = CLAMP (settings->basin_size, 0, LAM_BASIN_N_SIZES - 1);
}

/* An eighth larger or smaller, but at least half a voxel. */
void
lam_tool_box_step_radius (LamToolBox *box, int steps)
{
  const double *nm = lam_workspace_get_voxel_size_nm (box->workspace);
  double half = finest (nm) / 2;
  if (box->tool->options & LAM_OPTION_BASINS) {
    box->brush.basin_size += steps;
    lam_brush_settings_clamp (&box->brush, nm);
    return;
  }
  for (int i = 0; i < ABS (steps); i++) {
    double step = fmax (box->brush.radius_nm / 8, half);
    double next = box->brush.radius_nm + (steps > 0 ? step : -step);
    box->brush.radius_nm = fmax (half, round (next / half) * half);
  }
  lam_brush_settings_clamp (&box->brush, nm);
}

void
lam_tool_box_step_depth (LamToolBox *box, int steps)
{
  box->brush.depth += steps;
  lam_brush_settings_clamp (
      &box->brush, lam_workspace_get_voxel_size_nm (box->workspace));
}

static LamOverwrite
inverted (LamOverwrite mode)
{
  return mode == LAM_OVERWRITE_EVERYTHING ? LAM_OVERWRITE_UNLABELLED
                                          : LAM_OVERWRITE_EVERYTHING;
}

LamOverwrite
lam_tool_box_get_overwrite (LamToolBox *box, const LamPointerEvent *event)
{
  return event->flags & LAM_POINTER_CONTROL ? inverted (box->brush.overwrite)
                                            : box->brush.overwrite;
}

LamOverwrite
lam_tool_box_get_hover_overwrite (LamToolBox *box)
{
  return lam_tool_box_get_overwrite (box, &box->hover);
}

/* Again whenever the pane shows something else below it. */
static void
aim_hover (LamToolBox *box, const LamCamera *camera)
{
  LamFigureRequest aim = { 0 };
  if (!box->has_hover || box->hover_plane != camera->plane)
    return;
  box->is_hover_inside =
      lam_tool_box_aim (box, camera, &box->hover, &aim, NULL);
  memcpy (box->hover_voxel, aim.voxel, sizeof aim.voxel);
}

void
lam_tool_box_hover (
    LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  box->has_hover = event != NULL;
  if (!event)
    return;
  box->hover_plane = camera->plane;
  box->hover = *event;
  aim_hover (box, camera);
}

LamPlane
lam_tool_box_get_hover_plane (LamToolBox *box)
{
  return box->hover_plane;
}

bool
lam_tool_box_get_hover (LamToolBox *box, LamPlane plane, int64_t voxel[3])
{
  if (!box->has_hover || box->hover_plane != plane || !box->is_hover_inside)
    return false;
  memcpy (voxel, box->hover_voxel, sizeof box->hover_voxel);
  return true;
}

const LamPointerEvent *
lam_tool_box_get_hover_event (LamToolBox *box, const LamCamera *camera)
{
  return box->has_hover && box->hover_plane == camera->plane ? &box->hover
                                                             : NULL;
}

bool
lam_tool_box_aim (LamToolBox *box, const LamCamera *camera,
    const LamPointerEvent *event, LamFigureRequest *request, GError **error)
{
  double at[3];
  bool is_inside = true;
  lam_camera_px_to_voxel (camera, event->x_px, event->y_px, at);
  request->plane = camera->plane;
  for (int i = 0; i < 3; i++) {
    request->voxel[i] = (int64_t)floor (at[i]);
    is_inside = is_inside && request->voxel[i] >= 0
        && request->voxel[i] < camera->size[i];
  }
  if (!is_inside)
    g_set_error_literal (
        error, LAM_ERROR, LAM_ERROR_INPUT, _ ("That is outside of the volume"));
  return is_inside;
}

/* --- strokes, for the tools that make them ------------------------------- */

static void
add_sample (LamToolBox *box, const double voxel[3], double pressure)
{
  lam_workspace_add_sample (
      box->workspace, voxel, box->brush.pressure_to_radius ? pressure : 1);
}

void
lam_tool_box_paint (
    LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  if (!lam_workspace_is_painting (box->workspace))
    return;
  double voxel[3];
  lam_camera_px_to_voxel (camera, event->x_px, event->y_px, voxel);
  add_sample (box, voxel, event->pressure);
  box->has_last = true;
  box->last_plane = camera->plane;
  box->last_slice = lam_camera_get_slice (camera);
  memcpy (box->last_voxel, voxel, sizeof voxel);
}

bool
lam_tool_box_begin_stroke (LamToolBox *box, const char *tool, uint32_t label,
    const LamCamera *camera, const LamPointerEvent *event, GError **error)
{
  LamBrush brush = { .plane = camera->plane,
    .shape = box->brush.shape,
    .radius_nm = box->brush.radius_nm,
    .depth = box->brush.depth,
    .label = label,
    .overwrite = lam_tool_box_get_overwrite (box, event) };
  bool line = event->flags & LAM_POINTER_SHIFT && box->has_last
      && box->last_plane == camera->plane
      && box->last_slice == lam_camera_get_slice (camera);
  if (!lam_workspace_begin_stroke (box->workspace, tool, &brush, error))
    return false;
  if (line)
    add_sample (box, box->last_voxel, event->pressure);
  lam_tool_box_paint (box, camera, event);
  return true;
}

void
lam_tool_box_end_stroke (
    LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  if (lam_workspace_is_painting (box->workspace))
    lam_workspace_end_stroke (box->workspace);
}

void
lam_tool_box_drop_stroke (LamToolBox *box)
{
  lam_workspace_cancel_stroke (box->workspace);
}

/* --- gestures ----------------------------------------------------------- */

static const LamTool *
choose (const LamToolBox *box, LamPointerFlags flags)
{
  if (flags & LAM_POINTER_ALT)
    return &lam_tool_pick;
  if (flags & LAM_POINTER_ERASER && !box->tool->takes_eraser)
    return &lam_tool_eraser;
  return box->tool;
}

bool
lam_tool_box_press (LamToolBox *box, const LamCamera *camera,
    const LamPointerEvent *event, GError **error)
{
  lam_tool_box_cancel (box);
  const LamTool *tool = choose (box, event->flags);
  if (!tool->press (box, camera, event, error)) {
    drop_label (box);
    return false;
  }
  box->gesture = tool;
  return true;
}

void
lam_tool_box_move (
    LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  if (box->gesture && box->gesture->move)
    box->gesture->move (box, camera, event);
}

void
lam_tool_box_release (
    LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  const LamTool *tool = box->gesture;
  box->gesture = NULL;
  if (tool && tool->release)
    tool->release (box, camera, event);
  drop_label (box);
}

void
lam_tool_box_cancel (LamToolBox *box)
{
  const LamTool *tool = box->gesture;
  box->gesture = NULL;
  if (tool && tool->cancel)
    tool->cancel (box);
  drop_label (box);
}

/* --- what outlasts a gesture ---------------------------------------------- */

bool
lam_tool_box_accept (LamToolBox *box, bool erases, GError **error)
{
  if (!lam_tool_preview_is_begun (box->preview))
    return box->tool->accept && box->tool->accept (box, erases, error);
  if (!lam_tool_preview_accept (box->preview, erases, error))
    return false;
  /* A box that is drawn is for a region: the preview was of another thing. */
  LamBox region;
  if (box->tool->leave && !lam_tool_box_get_region (box, &region))
    box->tool->leave (box);
  return true;
}

bool
lam_tool_box_leave (LamToolBox *box)
{
  if (box->gesture) {
    lam_tool_box_cancel (box);
    return true;
  }
  bool was_shown = lam_tool_preview_drop (box->preview);
  bool was_there = box->tool->leave && box->tool->leave (box);
  drop_label (box);
  return was_there || was_shown;
}

bool
lam_tool_box_step_back (LamToolBox *box)
{
  bool was_there = box->tool->step_back && box->tool->step_back (box);
  drop_label (box);
  return was_there;
}

LamSketch *
lam_tool_box_sketch (LamToolBox *box, const LamCamera *camera)
{
  LamSketch *sketch = lam_sketch_new ();
  aim_hover (box, camera);
  lam_tool_preview_draw (box->preview, camera, sketch);
  if (box->tool->draw)
    box->tool->draw (box, camera, sketch);
  return sketch;
}

bool
lam_tool_box_is_active (LamToolBox *box)
{
  return box->gesture != NULL;
}

bool
lam_tool_box_is_click (LamToolBox *box)
{
  const LamTool *tool = box->gesture;
  return tool && (tool->is_click ? tool->is_click (box) : !tool->move);
}

LamBrushCursor
lam_tool_box_get_cursor (
    LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  const LamTool *tool =
      box->gesture ? box->gesture : choose (box, event->flags);
  LamBrushCursor cursor = { .visible = tool->shows_brush,
    .plane = camera->plane };
  double voxel[3];
  lam_camera_px_to_voxel (camera, event->x_px, event->y_px, voxel);
  for (int i = 0; i < 3; i++)
    cursor.centre_nm[i] = voxel[i] * camera->voxel_size_nm[i];
  cursor.radius_nm = box->brush.radius_nm;
  uint32_t label = lam_workspace_get_active_label (box->workspace);
  const LamClassTable *classes = lam_workspace_get_classes (box->workspace);
  const LamClass *class = lam_class_table_get_class (
      classes, lam_workspace_get_active_class (box->workspace));
  if (tool == &lam_tool_eraser)
    cursor.rgb = 0xffffff;
  else if (label != 0)
    cursor.rgb = lam_class_table_get_rgb (classes, label, false);
  else
    cursor.rgb = class ? class->rgb : 0xffffff;
  return cursor;
}
