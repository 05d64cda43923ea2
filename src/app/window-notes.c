/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/window-notes.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/announce.h"
#include "app/form-dialog.h"
#include "app/message-dialog.h"
#include "app/note-popover.h"
#include "app/window-entries.h"
#include "app/window-private.h"
#include "tools/tool-note.h"
#include "workspace/notes.h"

static void
show_marks (LamWindow *window)
{
  g_object_set (window->display, "show-notes", TRUE, NULL);
}

/* ---- Writing ------------------------------------------------------------ */

void
lam_window_notes_ask (
    LamWindow *window, const LamNote *note, const LamPointerEvent *event)
{
  GtkWidget *pane = GTK_WIDGET (lam_canvas_get_pane (
      window->canvas, lam_canvas_get_active_plane (window->canvas)));
  const int scale = gtk_widget_get_scale_factor (pane);
  show_marks (window);
  lam_note_popover_open (
      window, pane, event->x_px / scale, event->y_px / scale, note);
}

bool
lam_window_notes_remove (LamWindow *window)
{
  g_autoptr (GError) error = NULL;
  lam_canvas_finish_gesture (window->canvas);
  const int32_t id = lam_tool_box_get_chosen_note (window->box);
  if (lam_tool_box_get_tool (window->box) != lam_tool_find ("note")
      || !lam_note_list_get (lam_workspace_get_notes (window->workspace), id))
    return false;
  if (!lam_workspace_remove_note (window->workspace, id, &error))
    lam_window_tell (window, error->message);
  else
    lam_announce ("NOTE-GONE %d", id);
  return true;
}

static void
ask_for_bookmark (LamWindow *window, double place[3])
{
  const LamPlane plane = lam_canvas_get_active_plane (window->canvas);
  const LamCamera *camera = lam_canvas_get_camera (window->canvas, plane);
  LamPointerEvent event = { 0 };
  lam_camera_voxel_to_px (camera, place, &event.x_px, &event.y_px);
  event.x_px = CLAMP (event.x_px, 0, camera->width_px);
  event.y_px = CLAMP (event.y_px, 0, camera->height_px);
  const LamNote note = {
    .kind = (char *)LAM_NOTE_BOOKMARK, .corners = place, .n_corners = 1
  };
  lam_window_notes_ask (window, &note, &event);
}

/* Under the pointer, else where the crosshair is. */
static void
bookmark_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LamWindow *window = data;
  const double *at = lam_workspace_get_position (window->workspace);
  double place[3] = { at[0], at[1], at[2] };
  int64_t voxel[3];
  if (lam_canvas_get_hover (window->canvas, voxel))
    for (int i = 0; i < 3; i++)
      place[i] = (double)voxel[i] + 0.5;
  ask_for_bookmark (window, place);
}

static void
bookmark_at_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  int64_t at[3];
  g_variant_get (parameter, "(xxx)", &at[0], &at[1], &at[2]);
  double place[3];
  for (int i = 0; i < 3; i++)
    place[i] = (double)at[i] + 0.5;
  ask_for_bookmark (data, place);
}

/* ---- Going there -------------------------------------------------------- */

static void
go_to (LamWindow *window, int32_t id)
{
  const LamNote *note =
      lam_note_list_get (lam_workspace_get_notes (window->workspace), id);
  const int64_t *size = lam_workspace_get_size (window->workspace);
  double place[3];
  if (!note)
    return;
  lam_note_get_place (note, place);
  for (int i = 0; i < 3; i++)
    place[i] = CLAMP (place[i], 0, (double)size[i] - 0.5);
  show_marks (window);
  lam_tool_box_choose_note (window->box, id);
  lam_workspace_set_position (window->workspace, place);
  lam_announce ("AT-NOTE %d", id);
}

static void
chosen_cb (LamNotePanel *panel, int id, LamWindow *window)
{
  if (window->workspace)
    go_to (window, id);
}

static void
step_note_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LamWindow *window = data;
  const int32_t id = lam_note_panel_find_next (window->note_panel,
      lam_tool_box_get_chosen_note (window->box),
      g_variant_get_int32 (parameter));
  if (id == 0) {
    lam_window_tell (window, _ ("There is no note to go to."));
    return;
  }
  lam_note_panel_select (window->note_panel, id);
  go_to (window, id);
}

static void
notes_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LamWindow *window = data;
  adw_flap_set_reveal_flap (window->right_flap, TRUE);
  adw_view_stack_set_visible_child (
      window->right_stack, GTK_WIDGET (window->note_panel));
  lam_note_panel_focus (window->note_panel);
}

static void
note_marks_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LamWindow *window = data;
  gboolean shown;
  g_object_get (window->display, "show-notes", &shown, NULL);
  g_object_set (window->display, "show-notes", !shown, NULL);
  lam_announce ("NOTES %s", shown ? "hidden" : "shown");
}

/* ---- Export ------------------------------------------------------------- */

static void
exported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (LamWindow) window = user_data;
  g_autoptr (GError) error = NULL;
  if (lam_workspace_export_notes_finish (result, &error)) {
    lam_window_tell (window, _ ("The notes were exported."));
    lam_announce ("NOTES-EXPORTED");
  } else
    lam_window_tell (window, error->message);
}

static void
path_chosen_cb (GtkWindow *parent, const char *path, gpointer user_data)
{
  LamWindow *window = LAM_WINDOW (parent);
  if (!window->workspace)
    return;
  g_autofree char *named = g_str_has_suffix (path, ".csv")
      ? g_strdup (path)
      : g_strconcat (path, ".csv", NULL);
  /* The dialog asked about a file of the other name. */
  if (!g_str_equal (named, path) && g_file_test (named, G_FILE_TEST_EXISTS)) {
    g_autofree char *text = g_strdup_printf (
        _ ("%s is there already, and was not replaced: choose it, or another "
           "name."),
        named);
    lam_message_present (parent, _ ("The Notes Were Not Exported"), text);
    lam_announce ("NOTES-REFUSED");
    return;
  }
  g_autoptr (GArray) ids = lam_note_panel_dup_listed (window->note_panel);
  lam_workspace_export_notes_async (
      window->workspace, ids, named, exported_cb, g_object_ref (window));
}

static void
export_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LamWindow *window = data;
  const char *project =
      lam_store_get_path (lam_workspace_get_store (window->workspace));
  g_autofree char *path = g_strconcat (project, "-notes.csv", NULL);
  lam_file_question_present (GTK_WINDOW (window),
      &(LamFileQuestion){ .title = _ ("Export Notes"),
          .accept = _ ("_Export"),
          .path = path,
          .filter = _ ("Tables (CSV)"),
          .patterns = "*.csv",
          .is_save = true },
      path_chosen_cb, NULL, NULL);
}

/* ---- Actions ------------------------------------------------------------ */

static const GActionEntry entries[] = {
  { "bookmark", bookmark_cb },
  { "bookmark-at", bookmark_at_cb, "(xxx)" },
  { "step-note", step_note_cb, "i" },
  { "notes", notes_cb },
  { "note-marks", note_marks_cb },
  { "export-notes", export_cb },
};

void
lam_window_notes_add (LamWindow *window)
{
  lam_window_entries_add (window, entries, G_N_ELEMENTS (entries));
}

void
lam_window_notes_update (LamWindow *window)
{
  lam_window_entries_update (window, entries, G_N_ELEMENTS (entries));
}

void
lam_window_notes_heed_marks (LamWindow *window)
{
  gboolean shown;
  g_object_get (window->display, "show-notes", &shown, NULL);
  if (window->box)
    lam_tool_box_hide_notes (window->box, !shown);
}

void
lam_window_notes_connect (LamWindow *window)
{
  g_signal_connect_object (window->display, "notify::show-notes",
      G_CALLBACK (lam_window_notes_heed_marks), window, G_CONNECT_SWAPPED);
  lam_note_panel_set_display (window->note_panel, window->display);
  g_signal_connect_object (
      window->note_panel, "chosen", G_CALLBACK (chosen_cb), window, 0);
}
