/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Opening happens beside what is open, which can be worked on until the new one
 * is there and everything of the old one is saved. The file asked for last is
 * the one that comes. */
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

/* A file that is there at once moves no pane. */
#define BAR_DELAY_MS 200

/* One file on its way. */
typedef struct {
  LamWindow *window; /* Owned */
  LamWorkspace *project; /* Owned; whose image it is, or NULL */
  char *path; /* Owned */
  GCancellable *cancellable; /* Owned */
} Opening;

static void start (
    LamWindow *window, LamWorkspace *project, const char *path, int channel);

static Opening *
opening_new (LamWindow *window, LamWorkspace *project, const char *path)
{
  Opening *opening = g_new0 (Opening, 1);
  opening->window = g_object_ref (window);
  g_set_object (&opening->project, project);
  opening->path = g_strdup (path);
  opening->cancellable = g_cancellable_new ();
  return opening;
}

static void
opening_free (Opening *opening)
{
  g_object_unref (opening->window);
  g_clear_object (&opening->project);
  g_free (opening->path);
  g_object_unref (opening->cancellable);
  g_free (opening);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Opening, opening_free)

/* --- what is shown meanwhile -------------------------------------------- */

static gboolean
show_bar_cb (gpointer user_data)
{
  LamWindow *window = user_data;
  window->opening_source = 0;
  gtk_spinner_start (window->opening_spinner);
  gtk_revealer_set_reveal_child (window->opening_bar, TRUE);
  lam_announce ("OPENING-SHOWN");
  return G_SOURCE_REMOVE;
}

static void
show_opening (LamWindow *window, const char *path)
{
  g_autofree char *name = g_filename_display_basename (path);
  g_autofree char *text = g_strdup_printf (_ ("Opening %s"), name);
  gtk_label_set_text (window->opening_label, text);
  gtk_label_set_text (window->opening_text, text);
  if (!window->workspace)
    lam_window_show_page (window, "opening");
  else if (!window->opening_source)
    window->opening_source = g_timeout_add (BAR_DELAY_MS, show_bar_cb, window);
  lam_announce ("OPENING %s", path);
}

static void
end_opening (LamWindow *window)
{
  g_clear_object (&window->opening);
  g_clear_handle_id (&window->opening_source, g_source_remove);
  gtk_spinner_stop (window->opening_spinner);
  gtk_revealer_set_reveal_child (window->opening_bar, FALSE);
  lam_window_show_page (window, window->workspace ? "work" : "welcome");
  lam_welcome_refresh (window->welcome);
}

/* --- how it ends -------------------------------------------------------- */

static void
channel_cb (int channel, gpointer user_data)
{
  g_autoptr (Opening) opening = user_data;
  LamWindow *window = opening->window;
  bool is_stale = opening->project && opening->project != window->workspace;
  if (channel >= 0 && !is_stale)
    start (window, opening->project, opening->path, channel);
}

static void
opening_failed (const Opening *opening, const GError *error)
{
  LamWindow *window = opening->window;
  if (lam_error_is_cancelled (error)) {
    lam_announce ("OPEN-CANCELLED %s", opening->path);
    return;
  }
  if (g_error_matches (error, LAM_ERROR, LAM_ERROR_NEEDS_CHANNEL)) {
    lam_channel_dialog_present (GTK_WINDOW (window), opening->path, channel_cb,
        opening_new (window, opening->project, opening->path));
    lam_announce ("NEEDS-CHANNEL");
    return;
  }
  g_autofree char *name = g_filename_display_basename (opening->path);
  g_autofree char *heading = opening->project
      ? g_strdup (_ ("This is not the project's image"))
      : g_strdup_printf (_ ("%s was not opened"), name);
  lam_message_present (GTK_WINDOW (window), heading, error->message);
  lam_announce ("OPEN-FAILED %s", error->message);
}

static void
opened (LamWindow *window, LamWorkspace *workspace, const char *path)
{
  LamStore *store = lam_workspace_get_store (workspace);
  lam_recent_add (store ? lam_store_get_path (store) : path);
  lam_window_set_workspace (window, workspace);
  lam_canvas_take_keys (window->canvas);
  lam_announce ("OPENED %s", path);
  if (store && lam_store_is_damaged (store))
    lam_message_present (GTK_WINDOW (window),
        _ ("Some of This Project Is Damaged"), lam_store_get_warning (store));
  else if (store && lam_store_get_warning (store))
    lam_window_tell (window, lam_store_get_warning (store));
  if (!lam_workspace_knows_voxel_size (workspace))
    lam_voxel_size_dialog_present (GTK_WINDOW (window), workspace, NULL, NULL);
}

/* Whether it is what the person still waits for; then no longer. */
static bool
end_if_wanted (const Opening *opening)
{
  bool wanted = opening->window->opening == opening->cancellable;
  if (wanted)
    end_opening (opening->window);
  return wanted && !g_cancellable_is_cancelled (opening->cancellable);
}

void
lam_window_drop_arrived (LamWindow *window)
{
  if (window->arrived)
    lam_workspace_close (window->arrived, true, NULL);
  g_clear_object (&window->arrived);
  g_clear_pointer (&window->arrived_path, g_free);
}

/* It comes when what is open is closed. The main loop runs until all of that is
 * saved: another file may arrive, which is the one that is wanted then, and the
 * person may close the window. */
static void
arrive (LamWindow *window, LamWorkspace *workspace, const char *path)
{
  lam_window_drop_arrived (window);
  window->arrived = g_object_ref (workspace);
  window->arrived_path = g_strdup (path);
  if (window->is_closing)
    return;
  const bool is_closed = lam_window_close_workspace (window);
  const bool closes = window->closes_after;
  window->closes_after = false;
  if (is_closed && !closes && window->arrived) {
    g_autoptr (LamWorkspace) next = g_steal_pointer (&window->arrived);
    g_autofree char *from = g_steal_pointer (&window->arrived_path);
    opened (window, next, from);
  }
  lam_window_drop_arrived (window);
  if (is_closed && closes)
    gtk_window_close (GTK_WINDOW (window));
}

static void
open_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Opening) opening = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LamWorkspace) workspace =
      lam_workspace_open_finish (result, &error);
  bool wanted = end_if_wanted (opening);
  if (!workspace)
    opening_failed (opening, error);
  else if (wanted)
    arrive (opening->window, workspace, opening->path);
  else
    lam_workspace_close (workspace, true, NULL);
}

static void
image_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Opening) opening = user_data;
  g_autoptr (GError) error = NULL;
  bool found =
      lam_workspace_set_image_finish (opening->project, result, &error);
  end_if_wanted (opening);
  if (found)
    lam_announce ("IMAGE-FOUND %s", opening->path);
  else
    opening_failed (opening, error);
}

/* --- how it begins ------------------------------------------------------ */

static void
open_workspace (Opening *opening, const LamOpenOptions *options)
{
  GSettings *chosen = opening->window->settings;
  LamWorkspaceSettings settings = { 0 };
  g_autofree char *folder = g_settings_get_string (chosen, "copy-folder");
  g_autofree char *usual =
      g_build_filename (g_get_user_cache_dir (), "lamella", "volumes", NULL);
  settings.volume.cache_bytes = g_settings_get_int64 (chosen, "cache-bytes");
  settings.volume.copy_folder = *folder ? folder : usual;
  settings.volume.copy_limit_bytes =
      g_settings_get_int64 (chosen, "copy-limit-bytes");
  settings.network_bytes = g_settings_get_int64 (chosen, "network-bytes");
  settings.n_threads = g_settings_get_int (chosen, "threads");
  lam_workspace_open_async (opening->path, options, &settings,
      opening->cancellable, open_done_cb, opening);
}

/* What was on its way before is wanted no more. */
static void
start (LamWindow *window, LamWorkspace *project, const char *path, int channel)
{
  const LamOpenOptions options = { .channel = channel };
  lam_window_cancel_opening (window);
  Opening *opening = opening_new (window, project, path);
  g_set_object (&window->opening, opening->cancellable);
  lam_watchdog_mark (LAM_WATCHDOG_OPENING);
  lam_courtesy_stir ();
  show_opening (window, path);
  if (project)
    lam_workspace_set_image_async (
        project, path, &options, opening->cancellable, image_done_cb, opening);
  else
    open_workspace (opening, &options);
}

/* A project keeps others out, this window's second opening included. */
static bool
is_open_already (LamWindow *window, const char *path)
{
  LamStore *store =
      window->workspace ? lam_workspace_get_store (window->workspace) : NULL;
  LamVolume *volume =
      store ? lam_workspace_get_volume (window->workspace) : NULL;
  return store
      && (g_str_equal (lam_store_get_path (store), path)
          || (volume
              && g_str_equal (lam_volume_get_info (volume)->path, path)));
}

void
lam_window_open (LamWindow *window, const char *path)
{
  g_return_if_fail (LAM_IS_WINDOW (window));
  g_autofree char *whole = g_canonicalize_filename (path, NULL);
  if (is_open_already (window, whole)) {
    lam_window_cancel_opening (window);
    lam_window_tell (window, _ ("This project is open already."));
  } else
    start (window, NULL, whole, LAM_OPEN_DEFAULTS.channel);
}

void
lam_window_find_image (LamWindow *window, const char *path)
{
  g_return_if_fail (LAM_IS_WINDOW (window));
  if (!window->workspace || !lam_workspace_get_store (window->workspace))
    return;
  g_autofree char *whole = g_canonicalize_filename (path, NULL);
  start (window, window->workspace, whole, LAM_OPEN_DEFAULTS.channel);
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
