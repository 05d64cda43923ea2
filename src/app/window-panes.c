/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/window-panes.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/window-private.h"

#define ZOOM_PER_KEY 1.5

#define ACTION(name) \
  static void name (GSimpleAction *action, GVariant *parameter, gpointer data)

/* ---- What they show ----------------------------------------------------- */

ACTION (step_slice_cb)
{
  lam_canvas_step_slice (
      lam_window_get_canvas (data), g_variant_get_int32 (parameter));
}

ACTION (zoom_cb)
{
  lam_canvas_zoom (lam_window_get_canvas (data),
      pow (ZOOM_PER_KEY, g_variant_get_int32 (parameter)));
}

ACTION (fit_cb)
{
  lam_canvas_fit (lam_window_get_canvas (data));
}

ACTION (centre_cb)
{
  lam_canvas_centre (lam_window_get_canvas (data));
}

ACTION (maximise_cb)
{
  lam_canvas_toggle_maximise (lam_window_get_canvas (data));
}

/* ---- The pen ------------------------------------------------------------ */

ACTION (step_pane_cb)
{
  lam_canvas_step_pane (
      lam_window_get_canvas (data), g_variant_get_int32 (parameter));
}

ACTION (step_across_cb)
{
  int right, down;
  g_variant_get (parameter, "(ii)", &right, &down);
  lam_canvas_step_across (lam_window_get_canvas (data), right, down);
}

ACTION (pen_cb)
{
  static const struct {
    const char *name;
    LamPointerFlags flags;
  } rows[] = {
    { "draw", 0 },
    { "erase", LAM_POINTER_ERASER },
    { "invert", LAM_POINTER_CONTROL },
    { "line", LAM_POINTER_SHIFT },
  };
  const char *name = g_variant_get_string (parameter, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].name, name))
      lam_canvas_toggle_pen (lam_window_get_canvas (data), rows[i].flags);
}

static void
pen_changed_cb (LamCanvas *canvas, LamWindow *window)
{
  const LamPenState state = lam_canvas_get_pen (canvas);
  lam_status_bar_set_pen (window->status,
      state == LAM_PEN_UP           ? _ ("Pen up")
          : state == LAM_PEN_DOWN   ? _ ("Pen down")
          : state == LAM_PEN_ERASES ? _ ("Eraser down")
                                    : NULL,
      state != LAM_PEN_UP);
}

static const GActionEntry entries[] = {
  { "step-slice", step_slice_cb, "i" },
  { "zoom", zoom_cb, "i" },
  { "fit", fit_cb },
  { "centre", centre_cb },
  { "maximise", maximise_cb },
  { "step-pane", step_pane_cb, "i" },
  { "step-across", step_across_cb, "(ii)" },
  { "pen", pen_cb, "s" },
};

void
lam_window_panes_add (LamWindow *window)
{
  g_action_map_add_action_entries (
      G_ACTION_MAP (window), entries, G_N_ELEMENTS (entries), window);
  g_signal_connect_object (
      window->canvas, "pen-changed", G_CALLBACK (pen_changed_cb), window, 0);
}

void
lam_window_panes_update (LamWindow *window)
{
  for (size_t i = 0; i < G_N_ELEMENTS (entries); i++) {
    GAction *action =
        g_action_map_lookup_action (G_ACTION_MAP (window), entries[i].name);
    g_simple_action_set_enabled (
        G_SIMPLE_ACTION (action), lam_window_get_workspace (window) != NULL);
  }
}
