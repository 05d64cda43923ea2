/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/window-people.h"

#include "app/merge-dialog.h"
#include "app/second-window.h"
#include "app/their-verbs.h"
#include "app/tool-bar.h"
#include "app/window-entries.h"
#include "app/window-private.h"
#include "workspace/theirs.h"

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
take_object_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  lam_their_verb_decide (data, NULL, false);
}

static void
keep_object_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  lam_their_verb_decide (data, NULL, true);
}

static void
take_object_at_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  int64_t at[3];
  g_variant_get (parameter, "(xxx)", &at[0], &at[1], &at[2]);
  lam_their_verb_decide (data, at, false);
}

static void
keep_object_at_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  int64_t at[3];
  g_variant_get (parameter, "(xxx)", &at[0], &at[1], &at[2]);
  lam_their_verb_decide (data, at, true);
}

static void
their_labels_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LamDisplay *display = lam_window_get_display (data);
  gboolean shown;
  g_object_get (display, "show-theirs", &shown, NULL);
  g_object_set (display, "show-theirs", !shown, NULL);
}

static void
look_at_theirs_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  lam_workspace_look_at_theirs (
      lam_window_get_workspace (data), g_variant_get_int64 (parameter));
  g_object_set (lam_window_get_display (data), "show-theirs", TRUE, NULL);
}

/* All of them need a project. */
static const GActionEntry entries[] = {
  { "merge-project", merge_project_cb },
  { "second-person", second_person_cb },
  { "take-theirs", take_theirs_cb },
  { "take-object", take_object_cb },
  { "keep-object", keep_object_cb },
  { "take-object-at", take_object_at_cb, "(xxx)" },
  { "keep-object-at", keep_object_at_cb, "(xxx)" },
  { "their-labels", their_labels_cb },
  { "look-at-theirs", look_at_theirs_cb, "x" },
};

void
lam_window_people_heed_theirs (LamWindow *window)
{
  LamWorkspace *workspace = lam_window_get_workspace (window);
  const bool has_theirs =
      workspace && lam_workspace_get_theirs (workspace) != NULL;
  gboolean shown;
  g_object_get (lam_window_get_display (window), "show-theirs", &shown, NULL);
  lam_tool_bar_set_has_theirs (
      gtk_widget_get_first_child (GTK_WIDGET (window->tool_slot)), has_theirs);
  lam_status_bar_set_theirs (window->status, shown && has_theirs);
  if (workspace)
    g_signal_emit_by_name (window->canvas, "hover-changed");
  /* It names who that is. */
  if (workspace && window->box
      && lam_tool_box_get_tool (window->box)->needs_theirs)
    lam_window_refresh_tool (window);
}

void
lam_window_people_add (LamWindow *window)
{
  lam_window_entries_add (window, entries, G_N_ELEMENTS (entries));
  g_signal_connect_object (lam_window_get_display (window),
      "notify::show-theirs", G_CALLBACK (lam_window_people_heed_theirs), window,
      G_CONNECT_SWAPPED);
}

void
lam_window_people_update (LamWindow *window)
{
  lam_window_entries_update (window, entries, G_N_ELEMENTS (entries));
  lam_window_people_heed_theirs (window);
}
