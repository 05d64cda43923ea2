/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/window-shapes.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/announce.h"
#include "app/region-dialog.h"
#include "app/regions-window.h"
#include "app/window-entries.h"
#include "workspace/labelling.h"

/* Where the pointer is, else the crosshair. */
static void
aim (LamWindow *window, LamFigureRequest *request)
{
  LamCanvas *canvas = lam_window_get_canvas (window);
  LamWorkspace *workspace = lam_window_get_workspace (window);
  request->plane = lam_canvas_get_active_plane (canvas);
  if (lam_canvas_get_aim (canvas, request->voxel))
    return;
  const double *at = lam_workspace_get_position (workspace);
  const int64_t *size = lam_workspace_get_size (workspace);
  for (int i = 0; i < 3; i++)
    request->voxel[i] = CLAMP ((int64_t)floor (at[i]), 0, size[i] - 1);
}

/* False: there is no such shape. */
static bool
make_request (LamWindow *window, const char *name, LamFigureRequest *request)
{
  const LamBrushSettings *brush =
      lam_tool_box_get_brush (lam_window_get_tool_box (window));
  LamWorkspace *workspace = lam_window_get_workspace (window);
  request->shape = lam_figure_find (name);
  request->label = lam_workspace_get_active_label (workspace);
  request->radius_nm = brush->shape_radius_nm;
  request->min_voxels = brush->small_voxels;
  request->neck_relief = brush->neck_relief;
  request->neck_distance_nm = brush->neck_distance_nm;
  lam_canvas_finish_gesture (lam_window_get_canvas (window));
  aim (window, request);
  return request->shape != NULL;
}

static LamOverwrite
get_overwrite (LamWindow *window)
{
  return lam_tool_box_get_brush (lam_window_get_tool_box (window))->overwrite;
}

/* At once, or after Enter, as the panel says. */
static void
act (LamWindow *window, const LamFigureRequest *request)
{
  LamToolBox *box = lam_window_get_tool_box (window);
  if (lam_tool_box_get_brush (box)->shows_first && request->label != 0)
    lam_tool_box_preview (box, request, get_overwrite (window));
  else
    lam_tool_box_act (box, request, get_overwrite (window));
}

static void
act_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LamFigureRequest request = { 0 };
  const char *name;
  gboolean in_space;
  g_variant_get (parameter, "(&sb)", &name, &in_space);
  request.in_space = in_space;
  if (!make_request (data, name, &request))
    return;
  g_autoptr (GArray) chosen = request.shape->has_necks && request.label != 0
      ? lam_window_dup_chosen_labels (data, request.label)
      : NULL;
  if (chosen && chosen->len > 1)
    request.labels = chosen;
  act (data, &request);
}

/* By so many slices, signed. */
static void
act_along_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LamFigureRequest request = { 0 };
  const char *name;
  g_variant_get (parameter, "(&si)", &name, &request.n_slices);
  if (make_request (data, name, &request))
    act (data, &request);
}

/* 1: to the slices after this one, -1: before. */
static void
extrude_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  const LamBrushSettings *brush =
      lam_tool_box_get_brush (lam_window_get_tool_box (data));
  LamFigureRequest request = { .n_slices = g_variant_get_int32 (parameter)
        * brush->extrude_slices };
  if (make_request (data, "extrude", &request))
    act (data, &request);
}

/* Of any label, in space; it is painted with from then on, so that the panel
 * and the preview are about it. */
static void
join_label_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LamFigureRequest request = { .in_space = true };
  lam_workspace_set_active_label (
      lam_window_get_workspace (data), g_variant_get_uint32 (parameter));
  if (make_request (data, "bridge", &request))
    act (data, &request);
}

static void
preview_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LamFigureRequest request = { .in_space = true };
  const char *name = g_variant_get_string (parameter, NULL);
  if (!make_request (data, name, &request))
    return;
  if (request.label == 0) {
    lam_window_tell (
        data, _ ("Choose a label first: click one with the tool that picks"));
    return;
  }
  /* The gaps of all labels that are chosen are filled at once. */
  g_autoptr (GArray) chosen =
      lam_window_dup_chosen_labels (data, request.label);
  if (chosen->len > 1 && g_str_equal (name, "interpolate"))
    request.labels = chosen;
  lam_tool_box_preview (
      lam_window_get_tool_box (data), &request, get_overwrite (data));
}

static void
step_back_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  lam_tool_box_step_back (lam_window_get_tool_box (data));
}

static void
pick_greys_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LamCanvas *canvas = lam_window_get_canvas (data);
  g_autoptr (GError) error = NULL;
  int64_t voxel[3];
  if (!lam_canvas_get_aim (canvas, voxel))
    lam_window_tell (data, _ ("Point at the image in one of the slices"));
  else if (!lam_tool_box_pick_greys (lam_window_get_tool_box (data),
               lam_canvas_get_active_plane (canvas), voxel, &error))
    lam_window_tell (data, error->message);
}

/* The tool keeps its box until there is a region of it. */
static bool
name_region (LamWindow *window)
{
  LamToolBox *box = lam_window_get_tool_box (window);
  LamWorkspace *workspace = lam_window_get_workspace (window);
  LamBox region;
  if (!lam_tool_box_get_region (box, &region))
    return false;
  lam_region_dialog_present (GTK_WINDOW (window), workspace, &region);
  return true;
}

bool
lam_window_shapes_accept (LamWindow *window, bool erases)
{
  g_autoptr (GError) error = NULL;
  lam_canvas_finish_gesture (lam_window_get_canvas (window));
  if (!lam_tool_box_has_preview (lam_window_get_tool_box (window))
      && name_region (window))
    return true;
  if (lam_tool_box_accept (lam_window_get_tool_box (window), erases, &error))
    return true;
  if (error)
    lam_window_tell (window, error->message);
  return error != NULL;
}

static void
regions_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  lam_regions_window_present (data);
}

static void
region_lines_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LamDisplay *display = lam_window_get_display (data);
  gboolean shown;
  g_object_get (display, "show-regions", &shown, NULL);
  g_object_set (display, "show-regions", !shown, NULL);
}

static const GActionEntry entries[] = {
  { "act", act_cb, "(sb)" },
  { "act-along", act_along_cb, "(si)" },
  { "extrude", extrude_cb, "i" },
  { "join-label", join_label_cb, "u" },
  { "preview", preview_cb, "s" },
  { "step-back", step_back_cb },
  { "pick-greys", pick_greys_cb },
  { "regions", regions_cb },
  { "region-lines", region_lines_cb },
};

void
lam_window_shapes_add (LamWindow *window)
{
  lam_window_entries_add (window, entries, G_N_ELEMENTS (entries));
}

void
lam_window_shapes_update (LamWindow *window)
{
  lam_window_entries_update (window, entries, G_N_ELEMENTS (entries));
}
