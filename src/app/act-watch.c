/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/act-watch.h"

#include "app/announce.h"
#include "app/message-dialog.h"
#include "app/progress-dialog.h"
#include "app/window-notes.h"
#include "base/error.h"

#define KEY "lam-acts"
/* What was said of the preview that is shown. */
#define PREVIEW_KEY "lam-preview-words"

/* Progress → its dialog: kept with the window, that may show several. */
static GHashTable *
get_dialogs (LamWindow *window)
{
  GHashTable *dialogs = g_object_get_data (G_OBJECT (window), KEY);
  if (!dialogs) {
    dialogs = g_hash_table_new (NULL, NULL);
    g_object_set_data_full (
        G_OBJECT (window), KEY, dialogs, (GDestroyNotify)g_hash_table_unref);
  }
  return dialogs;
}

static void
begun (const char *title, LamProgress *progress, gpointer user_data)
{
  LamWindow *window = user_data;
  g_hash_table_insert (get_dialogs (window), progress,
      lam_progress_dialog_new (GTK_WINDOW (window), title, progress));
}

static void
tell_preview (LamWindow *window)
{
  LamToolBox *box = lam_window_get_tool_box (window);
  g_autofree char *words = box ? lam_tool_box_dup_preview_words (box) : NULL;
  if (words)
    lam_window_tell (window, words);
  lam_announce ("PREVIEW");
}

static void
ended (LamProgress *progress, int64_t n_voxels, const GError *error,
    gpointer user_data)
{
  LamWindow *window = user_data;
  GHashTable *dialogs = get_dialogs (window);
  LamProgressDialog *dialog = g_hash_table_lookup (dialogs, progress);
  g_hash_table_remove (dialogs, progress);
  if (dialog)
    lam_progress_dialog_close (dialog);
  if (error && !lam_error_is_cancelled (error))
    lam_window_tell (window, error->message);
  if (error)
    lam_announce ("ACT refused");
  else if (n_voxels < 0)
    tell_preview (window);
  else
    lam_announce ("ACT %" G_GINT64_FORMAT, n_voxels);
}

/* The hint is about the preview while there is one, and so is the message. The
 * box ends before the window. */
static void
changed (gpointer user_data)
{
  LamToolBox *box = lam_window_get_tool_box (user_data);
  if (!box)
    return;
  g_autofree char *words = lam_tool_box_dup_preview_words (box);
  g_autofree char *before =
      g_object_steal_data (G_OBJECT (user_data), PREVIEW_KEY);
  if (before && !words)
    lam_window_drop_toast (user_data, before);
  if (g_strcmp0 (before, words) != 0)
    lam_window_refresh_tool (user_data);
  else
    lam_canvas_refresh_tool (lam_window_get_canvas (user_data));
  g_object_set_data_full (
      G_OBJECT (user_data), PREVIEW_KEY, g_steal_pointer (&words), g_free);
}

static void
asked_note (
    const LamNote *note, const LamPointerEvent *event, gpointer user_data)
{
  lam_window_notes_ask (user_data, note, event);
}

static void
said (const char *text, gpointer user_data)
{
  if (text)
    lam_window_say (user_data, text);
  else
    lam_window_refresh_tool (user_data);
}

static void
set (gpointer user_data)
{
  const LamBrushSettings *brush =
      lam_tool_box_get_brush (lam_window_get_tool_box (user_data));
  lam_window_refresh_tool (user_data);
  lam_announce ("GREYS %g %g", brush->grey_low, brush->grey_high);
}

static const LamToolWatcher watcher = { .begun = begun,
  .ended = ended,
  .changed = changed,
  .asked_note = asked_note,
  .said = said,
  .set = set };

void
lam_act_watch_begin (LamWindow *window, LamToolBox *box)
{
  lam_tool_box_set_watcher (box, &watcher, window);
}
