/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/window-people.h"

#include "app/merge-dialog.h"
#include "app/second-window.h"
#include "app/window-entries.h"

static void
merge_project_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  lam_merge_dialog_present (data, lam_window_get_workspace (data));
}

static void
second_person_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  lam_second_window_present (data, lam_window_get_workspace (data));
}

static void
take_theirs_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  lam_canvas_finish_gesture (lam_window_get_canvas (data));
  lam_place_bar_take_theirs (lam_window_get_place_bar (data));
}

static void
their_labels_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LamDisplay *display = lam_window_get_display (data);
  gboolean shown;
  g_object_get (display, "show-theirs", &shown, NULL);
  g_object_set (display, "show-theirs", !shown, NULL);
}

/* All of them need a project. */
static const GActionEntry entries[] = {
  { "merge-project", merge_project_cb },
  { "second-person", second_person_cb },
  { "take-theirs", take_theirs_cb },
  { "their-labels", their_labels_cb },
};

void
lam_window_people_add (LamWindow *window)
{
  lam_window_entries_add (window, entries, G_N_ELEMENTS (entries));
}

void
lam_window_people_update (LamWindow *window)
{
  lam_window_entries_update (window, entries, G_N_ELEMENTS (entries));
}
