/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/word-verbs.h"

#include <glib/gi18n-lib.h>

#include "app/announce.h"
#include "base/error.h"
#include "workspace/acceptance.h"
#include "workspace/painting.h"

typedef struct {
  LamWindow *window; /* Owned */
  bool rejects;
} Act;

static void
act_free (Act *act)
{
  g_object_unref (act->window);
  g_free (act);
}

static void
done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Act *act = user_data;
  g_autoptr (GError) error = NULL;
  int64_t n = 0;
  if (!lam_workspace_accept_finish (
          LAM_WORKSPACE (source), result, &n, &error)) {
    if (!lam_error_is_cancelled (error))
      lam_window_tell (act->window, error->message);
    lam_announce ("WORD refused");
    act_free (act);
    return;
  }
  const int shown = (int)MIN (n, G_MAXINT);
  g_autofree char *text = act->rejects
      ? g_strdup_printf (
          ngettext ("%d voxel rejected", "%d voxels rejected", shown), shown)
      : g_strdup_printf (ngettext ("%d voxel accepted; undo takes it back",
                             "%d voxels accepted; undo takes them back", shown),
          shown);
  lam_window_tell (act->window, text);
  lam_announce (
      "WORD %s %" G_GINT64_FORMAT, act->rejects ? "rejected" : "accepted", n);
  act_free (act);
}

static void
begin (LamWindow *window, const LamSelectionRule *rule, bool rejects)
{
  Act *act = g_new0 (Act, 1);
  act->window = g_object_ref (window);
  act->rejects = rejects;
  lam_canvas_finish_gesture (lam_window_get_canvas (window));
  lam_workspace_accept_async (
      lam_window_get_workspace (window), rule, rejects, NULL, done_cb, act);
}

/* False when the pointer is nowhere, which is said. */
static bool
begin_at_pointer (LamWindow *window, LamSelectionRule *rule)
{
  rule->is_flood = true;
  if (lam_canvas_get_hover (lam_window_get_canvas (window), rule->voxel))
    return true;
  lam_window_tell (window, _ ("Point at what you mean in one of the slices"));
  return false;
}

void
lam_word_verb_take_second (LamWindow *window, bool in_slice)
{
  LamSelectionRule rule = { .word = LAM_WORD_SECOND };
  LamCanvas *canvas = lam_window_get_canvas (window);
  rule.plane =
      in_slice ? lam_canvas_get_active_plane (canvas) : (LamPlane)LAM_N_PLANES;
  if (begin_at_pointer (window, &rule))
    begin (window, &rule, false);
}

void
lam_word_verb_take_second_at (LamWindow *window, const int64_t voxel[3])
{
  LamSelectionRule rule = {
    .word = LAM_WORD_SECOND, .is_flood = true, .plane = (LamPlane)LAM_N_PLANES
  };
  for (int i = 0; i < 3; i++)
    rule.voxel[i] = voxel[i];
  begin (window, &rule, false);
}

/* Of the pane that the pointer was in last, or around all. */
static LamBox
find_box (LamCanvas *canvas, LamScope scope)
{
  const LamPlane active = lam_canvas_get_active_plane (canvas);
  LamBox box;
  if (scope == LAM_SCOPE_SLICE)
    return lam_camera_get_visible_box (lam_canvas_get_camera (canvas, active));
  lam_canvas_get_seen_box (canvas, &box);
  return box;
}

void
lam_word_verb_decide (LamWindow *window, LamScope scope, bool rejects)
{
  LamSelectionRule rule = { .word = LAM_WORD_PROPOSAL,
    .plane = (LamPlane)LAM_N_PLANES };
  if (scope == LAM_SCOPE_OBJECT) {
    if (!begin_at_pointer (window, &rule))
      return;
  } else
    rule.box = find_box (lam_window_get_canvas (window), scope);
  begin (window, &rule, rejects);
}
