/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/their-verbs.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/announce.h"
#include "app/progress-dialog.h"
#include "base/error.h"
#include "workspace/taking.h"
#include "workspace/theirs.h"

typedef struct {
  LamWindow *window; /* Owned */
  LamProgress *progress; /* Owned */
  LamProgressDialog *dialog; /* Owned */
  bool keeps;
} Act;

static void
act_free (Act *act)
{
  lam_progress_dialog_close (act->dialog);
  lam_progress_unref (act->progress);
  g_object_unref (act->window);
  g_free (act);
}

static char *
dup_taken (const LamTaken *taken)
{
  const unsigned long n = (unsigned long)MIN (taken->n_voxels, G_MAXLONG);
  g_autofree char *text =
      g_strdup_printf (ngettext ("%lu voxel taken from theirs",
                           "%lu voxels taken from theirs", n),
          n);
  return taken->has_kept
      ? g_strdup_printf (_ ("%s; what is locked, completed or in a verified "
                            "region stays as it is"),
          text)
      : g_steal_pointer (&text);
}

static char *
dup_kept (const LamTaken *taken)
{
  const guint n = taken->verdicts->len;
  return g_strdup_printf (
      ngettext ("Yours is kept at %u place", "Yours is kept at %u places", n),
      n);
}

static void
tell (const Act *act, const LamTaken *taken)
{
  g_autofree char *text = act->keeps ? dup_kept (taken) : dup_taken (taken);
  lam_window_tell (act->window, text);
  lam_announce ("OBJECT %s %" G_GINT64_FORMAT " %u",
      act->keeps ? "mine" : "theirs", taken->n_voxels,
      taken->verdicts ? taken->verdicts->len : 0);
  if (taken->verdicts)
    lam_place_bar_note_said (
        lam_window_get_place_bar (act->window), taken->verdicts);
}

static void
done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Act *act = user_data;
  g_autoptr (GError) error = NULL;
  g_auto (LamTaken) taken = { 0 };
  LamWorkspace *workspace = LAM_WORKSPACE (source);
  const bool done =
      lam_workspace_take_finish (workspace, result, &taken, &error);
  const bool is_open = lam_window_get_workspace (act->window) == workspace;
  if (done && is_open)
    tell (act, &taken);
  else if (!done && is_open && !lam_error_is_cancelled (error)) {
    lam_window_tell (act->window, error->message);
    lam_announce ("OBJECT refused");
  }
  act_free (act);
}

/* Whose word: of the place, else of who is looked at. 0: the newest there. */
static int64_t
choose_voice (
    LamWorkspace *workspace, const LamPlace *place, const int64_t voxel[3])
{
  const LamTheirs *theirs = lam_workspace_get_theirs (workspace);
  const LamVoice *voice = theirs ? lam_theirs_get_voice (theirs) : NULL;
  if (place)
    return place->voice;
  return voice && lam_box_contains (&voice->box, voxel) ? voice->id : 0;
}

/* The place that is shown, or NULL: then `voxel` is where the pointer is. False
 * when that is nowhere, which is said. */
static bool
find_aim (LamWindow *window, const LamPlace **place, int64_t voxel[3])
{
  *place = lam_place_bar_get_dissent (lam_window_get_place_bar (window));
  if (*place) {
    memcpy (voxel, (*place)->centre, sizeof (*place)->centre);
    return true;
  }
  if (lam_canvas_get_aim (lam_window_get_canvas (window), voxel))
    return true;
  lam_window_tell (window, _ ("Point at what you mean in one of the slices"));
  return false;
}

void
lam_their_verb_decide (LamWindow *window, const int64_t *voxel, bool keeps)
{
  LamWorkspace *workspace = lam_window_get_workspace (window);
  const LamPlace *place = NULL;
  int64_t at[3];
  lam_canvas_finish_gesture (lam_window_get_canvas (window));
  if (voxel)
    memcpy (at, voxel, sizeof at);
  else if (!find_aim (window, &place, at))
    return;
  const int64_t voice = choose_voice (workspace, place, at);
  Act *act = g_new0 (Act, 1);
  act->window = g_object_ref (window);
  act->keeps = keeps;
  act->progress = lam_progress_new ();
  act->dialog = lam_progress_dialog_new (GTK_WINDOW (window),
      keeps ? _ ("Keeping Yours") : _ ("Taking Theirs"), act->progress);
  if (keeps)
    lam_workspace_keep_object_async (
        workspace, voice, at, place, act->progress, done_cb, act);
  else
    lam_workspace_take_object_async (
        workspace, voice, at, place, act->progress, done_cb, act);
}
