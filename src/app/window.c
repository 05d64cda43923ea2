/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One workspace at a time, handed to every panel. */
#include "app/window.h"

#include <glib/gi18n-lib.h>

#include "app/act-watch.h"
#include "app/announce.h"
#include "app/key-tips.h"
#include "app/message-dialog.h"
#include "app/project-dialog.h"
#include "app/recent.h"
#include "app/shortcuts.h"
#include "app/tool-bar.h"
#include "app/window-actions.h"
#include "app/window-menu.h"
#include "app/window-notes.h"
#include "app/window-people.h"
#include "app/window-private.h"
#include "base/error.h"
#include "workspace/labelling.h"
#include "workspace/painting.h"

#define N_RECENT 8

G_DEFINE_FINAL_TYPE (LamWindow, lam_window, ADW_TYPE_APPLICATION_WINDOW)

/* Access for the actions */

LamWorkspace *
lam_window_get_workspace (LamWindow *window)
{
  return window->workspace;
}

LamToolBox *
lam_window_get_tool_box (LamWindow *window)
{
  return window->box;
}

LamCanvas *
lam_window_get_canvas (LamWindow *window)
{
  return window->canvas;
}

LamDisplay *
lam_window_get_display (LamWindow *window)
{
  return window->display;
}

LamNetworkButton *
lam_window_get_network_button (LamWindow *window)
{
  return window->network_button;
}

LamGuide *
lam_window_get_guide (LamWindow *window)
{
  return window->guide;
}

LamPlaceBar *
lam_window_get_place_bar (LamWindow *window)
{
  return window->place_bar;
}

void
lam_window_tell (LamWindow *window, const char *text)
{
  lam_toast_show (GTK_WIDGET (window->pages), text);
}

void
lam_window_say (LamWindow *window, const char *text)
{
  lam_status_bar_set_hint (window->status, text);
  lam_announce ("SAID %s", text);
}

void
lam_window_refresh_tool (LamWindow *window)
{
  g_autofree char *hint = lam_tool_box_dup_hint (window->box);
  lam_status_bar_set_hint (window->status, hint);
  lam_brush_panel_refresh (window->brush_panel);
  lam_canvas_refresh_tool (window->canvas);
}

void
lam_window_toggle_side (LamWindow *window, const char *side)
{
  AdwFlap *flap =
      g_str_equal (side, "left") ? window->left_flap : window->right_flap;
  adw_flap_set_reveal_flap (flap, !adw_flap_get_reveal_flap (flap));
}

/* Where there is no room for both sides, this one takes the other's place
 * instead of lying over the images. */
static void
right_revealed_cb (AdwFlap *flap, GParamSpec *spec, LamWindow *window)
{
  if (adw_flap_get_reveal_flap (flap) && adw_flap_get_folded (flap))
    adw_flap_set_reveal_flap (window->left_flap, FALSE);
}

/* What the workspace says */

static void
update_title (LamWindow *window)
{
  LamWorkspace *workspace = window->workspace;
  if (!workspace) {
    adw_window_title_set_title (window->title, "Lamella");
    adw_window_title_set_subtitle (window->title, "");
    gtk_window_set_title (GTK_WINDOW (window), "Lamella");
    return;
  }
  const char *name = lam_workspace_get_title (workspace);
  const int64_t *size = lam_workspace_get_size (workspace);
  const double *nm = lam_workspace_get_voxel_size_nm (workspace);
  g_autofree char *subtitle = lam_workspace_knows_voxel_size (workspace)
      ? g_strdup_printf (
          _ ("%" G_GINT64_FORMAT " × %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT
             " voxels of %g × %g × %g nm"),
          size[0], size[1], size[2], nm[0], nm[1], nm[2])
      : g_strdup_printf (_ ("%" G_GINT64_FORMAT " × %" G_GINT64_FORMAT
                            " × %" G_GINT64_FORMAT " voxels"),
          size[0], size[1], size[2]);
  adw_window_title_set_title (window->title, name);
  adw_window_title_set_subtitle (window->title, subtitle);
  g_autofree char *title = g_strdup_printf ("%s – Lamella", name);
  gtk_window_set_title (GTK_WINDOW (window), title);
}

static void
update_save_state (LamWindow *window)
{
  lam_window_actions_update (window);
  LamSaveState state = lam_workspace_get_save_state (window->workspace);
  int64_t time;
  int64_t id = lam_workspace_get_last_saved (window->workspace, &time);
  if (state == LAM_SAVE_FAILED)
    lam_announce ("SAVE-FAILED");
  if (state != LAM_SAVE_SAVED || id == window->told_saved)
    return;
  window->told_saved = id;
  lam_announce ("SAVED %" G_GINT64_FORMAT, id);
}

static void
history_changed_cb (LamWorkspace *workspace, LamWindow *window)
{
  lam_window_actions_update (window);
}

/* One who has a project wants to paint. */
static void
begin_with_tool (LamWindow *window)
{
  const char *tool =
      lam_workspace_get_store (window->workspace) ? "brush" : "navigate";
  gtk_widget_activate_action (GTK_WIDGET (window), "win.tool", "s", tool);
}

static void
project_changed_cb (LamWorkspace *workspace, LamWindow *window)
{
  LamStore *store = lam_workspace_get_store (workspace);
  update_title (window);
  lam_window_actions_update (window);
  if (!store)
    return;
  if (lam_tool_box_get_tool (window->box) == lam_tool_find ("navigate"))
    begin_with_tool (window);
  lam_recent_add (lam_store_get_path (store));
  lam_announce ("PROJECT %s", lam_store_get_path (store));
}

static void
image_changed_cb (LamWorkspace *workspace, LamWindow *window)
{
  lam_brush_panel_refresh (window->brush_panel);
  lam_figure_panel_refresh (window->figure_panel);
  update_title (window);
  lam_window_actions_update (window);
}

static void
message_cb (LamWorkspace *workspace, const char *text, LamWindow *window)
{
  lam_window_tell (window, text);
}

static void
hover_changed_cb (LamCanvas *canvas, LamWindow *window)
{
  int64_t voxel[3];
  bool known = lam_canvas_get_hover (canvas, voxel);
  lam_status_bar_set_voxel (window->status, known ? voxel : NULL);
}

static void
drawn_cb (LamCanvas *canvas, gboolean complete, LamWindow *window)
{
  if (!complete)
    return;
  lam_canvas_announce_panes (canvas);
  lam_announce (window->is_ready_told ? "DRAWN" : "READY");
  lam_watchdog_mark (LAM_WATCHDOG_STARTED);
  window->is_ready_told = true;
}

static void
brush_changed_cb (LamCanvas *canvas, LamWindow *window)
{
  lam_brush_panel_refresh (window->brush_panel);
}

static void
panel_brush_changed_cb (LamBrushPanel *panel, LamWindow *window)
{
  lam_canvas_refresh_tool (window->canvas);
}

/* A tool could not begin. Without a project there is one way on: to start
 * one. */
static void
refused_cb (LamCanvas *canvas, const GError *error, LamWindow *window)
{
  if (!lam_workspace_get_store (window->workspace)
      && g_error_matches (error, LAM_ERROR, LAM_ERROR_MISSING)) {
    lam_project_dialog_present (GTK_WINDOW (window), window->workspace);
    lam_announce ("NEEDS-PROJECT");
  } else
    lam_window_tell (window, error->message);
}

static void
menu_cb (
    LamCanvas *canvas, LamPaneView *pane, double x, double y, LamWindow *window)
{
  int64_t voxel[3];
  if (lam_canvas_get_hover (canvas, voxel))
    lam_window_menu_popup (window, voxel, GTK_WIDGET (pane), x, y);
}

/* Taking a workspace over */

static void
connect_workspace (LamWindow *window)
{
  static const struct {
    const char *signal;
    GCallback callback;
    GConnectFlags flags;
  } rows[] = {
    { "save-state-changed", G_CALLBACK (update_save_state), G_CONNECT_SWAPPED },
    { "history-changed", G_CALLBACK (history_changed_cb), 0 },
    { "project-changed", G_CALLBACK (project_changed_cb), 0 },
    { "image-changed", G_CALLBACK (image_changed_cb), 0 },
    { "theirs-changed", G_CALLBACK (lam_window_people_heed_theirs),
        G_CONNECT_SWAPPED },
    { "message", G_CALLBACK (message_cb), 0 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    g_signal_connect_object (window->workspace, rows[i].signal,
        rows[i].callback, window, rows[i].flags);
}

/* A new tool box with the old one's settings. */
static LamToolBox *
make_tool_box (LamWindow *window, LamWorkspace *workspace)
{
  LamToolBox *box = lam_tool_box_new (workspace);
  LamBrushSettings *brush = lam_tool_box_get_brush (box);
  if (window->box)
    *brush = *lam_tool_box_get_brush (window->box);
  brush->pressure_to_radius =
      g_settings_get_boolean (window->settings, "pressure-to-radius");
  lam_brush_settings_clamp (brush, lam_workspace_get_voxel_size_nm (workspace));
  return box;
}

/* Panels hold references, so that this also lets the old one go. */
static void
hand_out (LamWindow *window, LamWorkspace *workspace, LamToolBox *box)
{
  lam_brush_panel_set_tool_box (window->brush_panel, box);
  lam_figure_panel_set_tool_box (window->figure_panel, box);
  lam_canvas_set_workspace (window->canvas, NULL, NULL);
  lam_display_set_workspace (window->display, workspace);
  lam_image_panel_set_workspace (window->image_panel, workspace);
  lam_window_hand_to_classes (window, workspace);
  lam_label_panel_set_workspace (window->label_panel, workspace);
  lam_history_panel_set_workspace (window->history_panel, workspace);
  lam_note_panel_set_workspace (window->note_panel, workspace);
  lam_notice_bar_set_workspace (window->notice, workspace);
  lam_save_indicator_set_workspace (window->save_indicator, workspace);
  lam_network_button_set_workspace (window->network_button, workspace);
  lam_guide_set_workspace (window->guide, workspace);
  lam_place_bar_set_workspace (window->place_bar, workspace);
  lam_status_bar_set_workspace (window->status, workspace);
  lam_canvas_set_workspace (window->canvas, workspace, box);
}

void
lam_window_show_page (LamWindow *window, const char *name)
{
  bool working = g_str_equal (name, "work");
  gtk_stack_set_visible_child_name (window->pages, name);
  gtk_widget_set_visible (window->work_buttons, working);
  gtk_widget_set_visible (GTK_WIDGET (window->right_button), working);
  gtk_widget_set_visible (GTK_WIDGET (window->save_indicator), working);
}

void
lam_window_set_workspace (LamWindow *window, LamWorkspace *workspace)
{
  if (window->workspace)
    g_signal_handlers_disconnect_by_data (window->workspace, window);
  LamToolBox *box = workspace ? make_tool_box (window, workspace) : NULL;
  hand_out (window, workspace, box);
  g_clear_pointer (&window->box, lam_tool_box_free);
  window->box = box;
  lam_window_notes_heed_marks (window);
  if (box)
    lam_act_watch_begin (window, box);
  g_set_object (&window->workspace, workspace);
  window->is_ready_told = false;
  window->told_saved = 0;
  update_title (window);
  lam_window_actions_update (window);
  lam_window_show_page (window, workspace ? "work" : "welcome");
  if (!workspace)
    return;
  connect_workspace (window);
  begin_with_tool (window);
  update_save_state (window);
}

static gboolean
drop_cb (GtkDropTarget *target, const GValue *value, double x, double y,
    LamWindow *window)
{
  GSList *files = gdk_file_list_get_files (g_value_get_boxed (value));
  g_autofree char *path = files ? g_file_get_path (files->data) : NULL;
  if (!path)
    return FALSE;
  lam_window_open (window, path);
  return TRUE;
}

static gboolean
lam_window_close_request (GtkWindow *base)
{
  LamWindow *window = LAM_WINDOW (base);
  lam_window_cancel_opening (window);
  if (lam_window_closes_later (window))
    return TRUE;
  lam_network_button_close (window->network_button);
  if (!lam_window_close_workspace (window))
    return TRUE;
  lam_window_drop_arrived (window);
  int width, height;
  gtk_window_get_default_size (base, &width, &height);
  g_settings_set (window->settings, "window-size", "(ii)", width, height);
  g_settings_set_boolean (
      window->settings, "window-maximised", gtk_window_is_maximized (base));
  return GTK_WINDOW_CLASS (lam_window_parent_class)->close_request (base);
}

/* The widget */

static void
add_panels (LamWindow *window)
{
  window->class_panel = LAM_CLASS_PANEL (lam_class_panel_new ());
  window->label_panel = LAM_LABEL_PANEL (lam_label_panel_new ());
  window->brush_panel = LAM_BRUSH_PANEL (lam_brush_panel_new ());
  window->figure_panel = LAM_FIGURE_PANEL (lam_figure_panel_new ());
  window->image_panel = LAM_IMAGE_PANEL (lam_image_panel_new ());
  window->history_panel = LAM_HISTORY_PANEL (lam_history_panel_new ());
  lam_history_panel_set_canvas (window->history_panel, window->canvas);
  window->note_panel = LAM_NOTE_PANEL (lam_note_panel_new ());
  gtk_paned_set_start_child (
      window->left_side, GTK_WIDGET (window->class_panel));
  gtk_paned_set_end_child (window->left_side, GTK_WIDGET (window->label_panel));

  const struct {
    GtkWidget *panel;
    const char *name, *title, *icon_name;
  } pages[] = {
    { GTK_WIDGET (window->brush_panel), "brush", _ ("Brush"),
        "lam-brush-symbolic" },
    { GTK_WIDGET (window->figure_panel), "shape", _ ("Shape"),
        "lam-shapes-symbolic" },
    { GTK_WIDGET (window->image_panel), "image", _ ("Image"),
        "lam-contrast-symbolic" },
    { GTK_WIDGET (window->note_panel), "notes", _ ("Notes"),
        "lam-note-symbolic" },
    { GTK_WIDGET (window->history_panel), "history", _ ("History"),
        "document-open-recent-symbolic" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (pages); i++)
    adw_view_stack_add_titled_with_icon (window->right_stack, pages[i].panel,
        pages[i].name, pages[i].title, pages[i].icon_name);
  gtk_box_append (window->tool_slot, lam_tool_bar_new ());
}

static void
recent_changed_cb (LamRecent *recent, LamWindow *window)
{
  g_autoptr (GMenuModel) menu = lam_recent_new_menu (recent, N_RECENT);
  adw_split_button_set_menu_model (window->open_button, menu);
}

static void
restore_size (LamWindow *window)
{
  int width, height;
  g_settings_get (window->settings, "window-size", "(ii)", &width, &height);
  gtk_window_set_default_size (
      GTK_WINDOW (window), MAX (width, 640), MAX (height, 480));
  if (g_settings_get_boolean (window->settings, "window-maximised"))
    gtk_window_maximize (GTK_WINDOW (window));
}

static void
pressure_changed_cb (LamWindow *window)
{
  if (!window->box)
    return;
  lam_tool_box_get_brush (window->box)->pressure_to_radius =
      g_settings_get_boolean (window->settings, "pressure-to-radius");
  lam_brush_panel_refresh (window->brush_panel);
}

static void
keys_changed_cb (LamWindow *window)
{
  g_autoptr (GMenuModel) menu =
      g_object_ref (gtk_menu_button_get_menu_model (window->menu_button));
  gtk_menu_button_set_menu_model (window->menu_button, NULL);
  lam_shortcuts_bind (window->shortcuts, window->settings);
  gtk_menu_button_set_menu_model (window->menu_button, menu);
  lam_key_tips_update (GTK_WIDGET (window), window->settings);
  lam_guide_refresh (window->guide);
  lam_place_bar_refresh (window->place_bar);
}

static void
add_settings (LamWindow *window, GSettings *settings)
{
  window->settings = g_object_ref (settings);
  lam_network_button_set_up (
      window->network_button, settings, GTK_WIDGET (window));
  lam_place_bar_set_up (window->place_bar, settings, window->canvas);
  lam_guide_set_up (window->guide, settings, window->canvas,
      window->network_button, window->place_bar);
  g_signal_connect_object (settings, "changed::pressure-to-radius",
      G_CALLBACK (pressure_changed_cb), window, G_CONNECT_SWAPPED);
  GtkEventController *keys = lam_shortcuts_new_controller (settings);
  window->shortcuts = GTK_SHORTCUT_CONTROLLER (keys);
  gtk_widget_add_controller (GTK_WIDGET (window), keys);
  lam_shortcuts_put_first (GTK_WINDOW (window), settings);
  lam_key_tips_update (GTK_WIDGET (window), settings);
  g_signal_connect_object (settings, "changed::shortcuts",
      G_CALLBACK (keys_changed_cb), window, G_CONNECT_SWAPPED);
  restore_size (window);
}

static void
lam_window_dispose (GObject *object)
{
  LamWindow *window = LAM_WINDOW (object);
  if (window->workspace)
    lam_window_set_workspace (window, NULL);
  g_clear_pointer (&window->box, lam_tool_box_free);
  g_clear_object (&window->display);
  g_clear_object (&window->settings);
  g_clear_object (&window->opening);
  lam_window_drop_arrived (window);
  g_clear_handle_id (&window->opening_source, g_source_remove);
  G_OBJECT_CLASS (lam_window_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *class)
{
  gtk_widget_class_bind_template_child (class, LamWindow, header);
  gtk_widget_class_bind_template_child (class, LamWindow, toasts);
  gtk_widget_class_bind_template_child (class, LamWindow, pages);
  gtk_widget_class_bind_template_child (class, LamWindow, title);
  gtk_widget_class_bind_template_child (class, LamWindow, open_button);
  gtk_widget_class_bind_template_child (class, LamWindow, work_buttons);
  gtk_widget_class_bind_template_child (class, LamWindow, menu_button);
  gtk_widget_class_bind_template_child (class, LamWindow, left_button);
  gtk_widget_class_bind_template_child (class, LamWindow, right_button);
  gtk_widget_class_bind_template_child (class, LamWindow, save_indicator);
  gtk_widget_class_bind_template_child (class, LamWindow, network_button);
  gtk_widget_class_bind_template_child (class, LamWindow, guide);
  gtk_widget_class_bind_template_child (class, LamWindow, place_bar);
  gtk_widget_class_bind_template_child (class, LamWindow, welcome);
  gtk_widget_class_bind_template_child (class, LamWindow, opening_label);
  gtk_widget_class_bind_template_child (class, LamWindow, opening_bar);
  gtk_widget_class_bind_template_child (class, LamWindow, opening_spinner);
  gtk_widget_class_bind_template_child (class, LamWindow, opening_text);
  gtk_widget_class_bind_template_child (class, LamWindow, notice);
  gtk_widget_class_bind_template_child (class, LamWindow, left_flap);
  gtk_widget_class_bind_template_child (class, LamWindow, right_flap);
  gtk_widget_class_bind_template_child (class, LamWindow, tool_slot);
  gtk_widget_class_bind_template_child (class, LamWindow, left_side);
  gtk_widget_class_bind_template_child (class, LamWindow, right_side);
  gtk_widget_class_bind_template_child (class, LamWindow, right_stack);
  gtk_widget_class_bind_template_child (class, LamWindow, canvas);
  gtk_widget_class_bind_template_child (class, LamWindow, status);
  gtk_widget_class_bind_template_callback (class, right_revealed_cb);
  gtk_widget_class_bind_template_callback (class, hover_changed_cb);
  gtk_widget_class_bind_template_callback (class, drawn_cb);
  gtk_widget_class_bind_template_callback (class, refused_cb);
  gtk_widget_class_bind_template_callback (class, menu_cb);
  gtk_widget_class_bind_template_callback (class, brush_changed_cb);
}

static void
lam_window_class_init (LamWindowClass *class)
{
  G_OBJECT_CLASS (class)->dispose = lam_window_dispose;
  GTK_WINDOW_CLASS (class)->close_request = lam_window_close_request;
  g_type_ensure (LAM_TYPE_CANVAS);
  g_type_ensure (LAM_TYPE_NOTICE_BAR);
  g_type_ensure (LAM_TYPE_SAVE_INDICATOR);
  g_type_ensure (LAM_TYPE_NETWORK_BUTTON);
  g_type_ensure (LAM_TYPE_GUIDE);
  g_type_ensure (LAM_TYPE_PLACE_BAR);
  g_type_ensure (LAM_TYPE_STATUS_BAR);
  g_type_ensure (LAM_TYPE_WELCOME);
  gtk_widget_class_set_template_from_resource (
      GTK_WIDGET_CLASS (class), "/org/lamella/Lamella/window.ui");
  bind_children (GTK_WIDGET_CLASS (class));
}

static void
lam_window_init (LamWindow *window)
{
  gtk_widget_init_template (GTK_WIDGET (window));
  window->display = lam_display_new ();
  add_panels (window);
  lam_canvas_set_display (window->canvas, window->display);
  lam_network_button_set_canvas (window->network_button, window->canvas);
  lam_image_panel_set_display (window->image_panel, window->display);
  g_signal_connect (window->brush_panel, "changed",
      G_CALLBACK (panel_brush_changed_cb), window);
  g_signal_connect_object (lam_recent_get_default (), "changed",
      G_CALLBACK (recent_changed_cb), window, 0);
  recent_changed_cb (lam_recent_get_default (), window);

  GtkDropTarget *drop =
      gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);
  g_signal_connect (drop, "drop", G_CALLBACK (drop_cb), window);
  gtk_widget_add_controller (GTK_WIDGET (window), GTK_EVENT_CONTROLLER (drop));

  lam_window_actions_add (window);
  lam_window_notes_connect (window);
  update_title (window);
  lam_window_show_page (window, "welcome");
  lam_window_reveal_parts (window);
}

GtkWidget *
lam_window_new (LamApplication *application)
{
  LamWindow *window =
      g_object_new (LAM_TYPE_WINDOW, "application", application, NULL);
  add_settings (window, lam_application_get_settings (application));
  return GTK_WIDGET (window);
}
