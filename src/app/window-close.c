/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The project is closed when everything is saved, or the person said that the
 * rest may go. */
#include <glib/gi18n-lib.h>

#include "app/announce.h"
#include "app/message-dialog.h"
#include "app/name-cell.h"
#include "app/note-popover.h"
#include "app/regions-window.h"
#include "app/window-private.h"

static void
discard_cb (gpointer user_data)
{
  LamWindow *window = user_data;
  window->is_discarding = true;
  gtk_window_close (GTK_WINDOW (window));
}

static bool
keep_notes (LamWindow *window)
{
  if (lam_note_popover_settle (window)
      && lam_place_bar_settle (window->place_bar))
    return true;
  lam_window_toast (GTK_WINDOW (window),
      _ ("The project stays open: the note cannot be kept as it is."));
  return false;
}

/* False: something that is being written would be lost, and it was said why. */
static bool
keep_what_is_written (LamWindow *window)
{
  if (lam_name_cell_settle_open (GTK_ROOT (window)) && keep_notes (window)
      && lam_regions_window_settle (window))
    return true;
  lam_announce ("NOT-WRITTEN");
  return false;
}

bool
lam_window_closes_later (LamWindow *window)
{
  window->closes_after = window->is_closing;
  return window->is_closing;
}

bool
lam_window_close_workspace (LamWindow *window)
{
  if (!window->workspace)
    return true;
  if (window->is_closing)
    return false;
  lam_canvas_finish_gesture (window->canvas);
  if (!keep_what_is_written (window) && !window->is_discarding)
    return false;
  g_autoptr (GError) error = NULL;
  /* The view is written before the file is closed. */
  lam_display_set_workspace (window->display, NULL);
  lam_canvas_set_workspace (window->canvas, NULL, NULL);
  window->is_closing = true;
  const bool is_closed =
      lam_workspace_close (window->workspace, window->is_discarding, &error);
  window->is_closing = false;
  if (is_closed) {
    lam_window_set_workspace (window, NULL);
    return true;
  }
  lam_display_set_workspace (window->display, window->workspace);
  lam_canvas_set_workspace (window->canvas, window->workspace, window->box);
  g_autofree char *body = g_strdup_printf (
      _ ("%s\n\nUse “Save a copy to…” to keep the changes in another file."),
      error->message);
  lam_question_present (GTK_WINDOW (window), _ ("Not everything is saved"),
      body, _ ("_Discard and Close"), TRUE, discard_cb, window, NULL);
  lam_announce ("NOT-SAVED");
  return false;
}
