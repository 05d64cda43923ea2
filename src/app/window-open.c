/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Opening happens beside what is open, which stays until the new one is there
 * and everything of the old one is saved. */
#include <glib/gi18n-lib.h>

#include "app/announce.h"
#include "app/channel-dialog.h"
#include "app/message-dialog.h"
#include "app/recent.h"
#include "app/reveal.h"
#include "app/voxel-size-dialog.h"
#include "app/window-private.h"
#include "base/courtesy.h"
#include "base/error.h"

static void start_opening (LamWindow *window, int channel);

static void
end_opening (LamWindow *window)
{
  g_clear_object (&window->opening);
  lam_window_show_page (window, window->workspace ? "work" : "welcome");
  lam_welcome_refresh (window->welcome);
}

static void
channel_cb (int channel, gpointer user_data)
{
  g_autoptr (LamWindow) window = user_data;
  if (channel >= 0)
    start_opening (window, channel);
}

static void
opening_failed (LamWindow *window, const GError *error)
{
  if (lam_error_is_cancelled (error))
    return;
  if (g_error_matches (error, LAM_ERROR, LAM_ERROR_NEEDS_CHANNEL)) {
    lam_channel_dialog_present (GTK_WINDOW (window), window->opening_path,
        channel_cb, g_object_ref (window));
    lam_announce ("NEEDS-CHANNEL");
    return;
  }
  g_autofree char *name = g_filename_display_basename (window->opening_path);
  g_autofree char *heading = g_strdup_printf (_ ("%s was not opened"), name);
  lam_message_present (GTK_WINDOW (window), heading, error->message);
  lam_announce ("OPEN-FAILED %s", error->message);
}

static void
opened (LamWindow *window, LamWorkspace *workspace)
{
  LamStore *store = lam_workspace_get_store (workspace);
  lam_recent_add (store ? lam_store_get_path (store) : window->opening_path);
  lam_window_set_workspace (window, workspace);
  lam_announce ("OPENED %s", window->opening_path);
  if (store && lam_store_get_warning (store))
    lam_window_tell (window, lam_store_get_warning (store));
  if (!lam_workspace_knows_voxel_size (workspace))
    lam_voxel_size_dialog_present (GTK_WINDOW (window), workspace, NULL, NULL);
}

static void
open_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (LamWindow) window = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LamWorkspace) workspace =
      lam_workspace_open_finish (result, &error);
  bool wanted =
      window->opening && !g_cancellable_is_cancelled (window->opening);
  end_opening (window);
  if (!workspace)
    opening_failed (window, error);
  else if (wanted && lam_window_close_workspace (window))
    opened (window, workspace);
  else
    lam_workspace_close (workspace, true, NULL);
}

static void
start_opening (LamWindow *window, int channel)
{
  LamWorkspaceSettings settings = { 0 };
  g_autofree char *folder =
      g_settings_get_string (window->settings, "copy-folder");
  g_autofree char *usual =
      g_build_filename (g_get_user_cache_dir (), "lamella", "volumes", NULL);
  settings.volume.cache_bytes =
      g_settings_get_int64 (window->settings, "cache-bytes");
  settings.volume.copy_folder = *folder ? folder : usual;
  settings.volume.copy_limit_bytes =
      g_settings_get_int64 (window->settings, "copy-limit-bytes");
  settings.n_threads = g_settings_get_int (window->settings, "threads");

  LamOpenOptions options = { .channel = channel };
  lam_watchdog_opening ();
  lam_courtesy_stir ();
  window->opening = g_cancellable_new ();
  g_autofree char *name = g_filename_display_basename (window->opening_path);
  g_autofree char *text = g_strdup_printf (_ ("Opening %s"), name);
  gtk_label_set_text (window->opening_label, text);
  lam_window_show_page (window, "opening");
  lam_workspace_open_async (window->opening_path, &options, &settings,
      window->opening, open_done_cb, g_object_ref (window));
}

void
lam_window_open (LamWindow *window, const char *path)
{
  g_return_if_fail (LAM_IS_WINDOW (window));
  if (window->opening)
    return;
  g_free (window->opening_path);
  window->opening_path = g_canonicalize_filename (path, NULL);
  LamStore *store =
      window->workspace ? lam_workspace_get_store (window->workspace) : NULL;
  if (store && g_str_equal (lam_store_get_path (store), window->opening_path)) {
    lam_window_tell (window, _ ("This project is open already."));
    return;
  }
  start_opening (window, LAM_OPEN_DEFAULTS.channel);
}

void
lam_window_cancel_opening (LamWindow *window)
{
  if (window->opening)
    g_cancellable_cancel (window->opening);
}

static gboolean
show_classes_cb (gpointer user_data)
{
  LamWindow *window = user_data;
  window->classes_source = 0;
  lam_class_panel_set_workspace (window->class_panel, window->workspace);
  return G_SOURCE_REMOVE;
}

void
lam_window_hand_to_classes (LamWindow *window, LamWorkspace *workspace)
{
  g_clear_handle_id (&window->classes_source, g_source_remove);
  lam_class_panel_set_workspace (window->class_panel, NULL);
  if (workspace)
    window->classes_source =
        g_idle_add_full (G_PRIORITY_DEFAULT, show_classes_cb, window, NULL);
}

/* A part's frame comes when the first of its row is mapped: the second row
 * waits for a volume. */
void
lam_window_reveal_parts (LamWindow *window)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new ();
  g_ptr_array_add (parts, window->header);
  g_ptr_array_add (parts, window->open_button);
  g_ptr_array_add (parts, window->menu_button);
  g_ptr_array_add (parts, window->toasts);
  lam_reveal_by_parts (parts);

  g_ptr_array_set_size (parts, 0);
  g_ptr_array_add (parts, window->tool_slot);
  g_ptr_array_add (parts, window->work_buttons);
  g_ptr_array_add (parts, window->network_button);
  g_ptr_array_add (parts, window->class_panel);
  g_ptr_array_add (parts, window->label_panel);
  g_ptr_array_add (parts, window->right_side);
  lam_brush_panel_add_parts (window->brush_panel, parts);
  g_ptr_array_add (parts, window->status);
  for (int i = 0; i < LAM_CANVAS_PANES; i++)
    g_ptr_array_add (parts, lam_canvas_get_pane (window->canvas, i));
  lam_reveal_by_parts (parts);
}
