/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Acts under way: a shape is found and written in the background, and whoever
 * watches the tool box can show how far it is and stop it. */
#include <glib/gi18n-lib.h>

#include "tools/tool-rows.h"
#include "workspace/labelling.h"
#include "workspace/taking.h"

typedef struct {
  LamToolActs *acts; /* Borrowed; NULL: the tool box is gone */
  LamProgress *progress; /* Owned */
} Act;

struct _LamToolActs {
  LamWorkspace *workspace; /* Borrowed */
  GPtrArray *under_way; /* of Act, borrowed: each frees itself */
  const LamToolWatcher *watcher;
  gpointer watcher_data;
};

LamToolActs *
lam_tool_acts_new (LamWorkspace *workspace)
{
  LamToolActs *acts = g_new0 (LamToolActs, 1);
  acts->workspace = workspace;
  acts->under_way = g_ptr_array_new ();
  return acts;
}

void
lam_tool_acts_free (LamToolActs *acts)
{
  for (guint i = 0; i < acts->under_way->len; i++) {
    Act *act = acts->under_way->pdata[i];
    act->acts = NULL;
    lam_progress_cancel (act->progress);
    lam_tool_acts_ended (acts, act->progress, 0, NULL);
  }
  g_ptr_array_unref (acts->under_way);
  g_free (acts);
}

void
lam_tool_acts_begun (
    LamToolActs *acts, const char *title, LamProgress *progress)
{
  if (acts->watcher)
    acts->watcher->begun (title, progress, acts->watcher_data);
}

void
lam_tool_acts_ended (LamToolActs *acts, LamProgress *progress, int64_t n_voxels,
    const GError *error)
{
  if (acts->watcher)
    acts->watcher->ended (progress, n_voxels, error, acts->watcher_data);
}

void
lam_tool_acts_ask_note (
    LamToolActs *acts, const LamNote *note, const LamPointerEvent *event)
{
  if (acts->watcher)
    acts->watcher->asked_note (note, event, acts->watcher_data);
}

void
lam_tool_acts_changed (LamToolActs *acts)
{
  if (acts->watcher)
    acts->watcher->changed (acts->watcher_data);
}

void
lam_tool_acts_say (LamToolActs *acts, const char *text)
{
  if (acts->watcher)
    acts->watcher->said (text, acts->watcher_data);
}

void
lam_tool_acts_set (LamToolActs *acts)
{
  if (acts->watcher && acts->watcher->set)
    acts->watcher->set (acts->watcher_data);
}

static void
done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Act *act = user_data;
  LamToolActs *acts = act->acts;
  g_autoptr (GError) error = NULL;
  g_autofree char *remark = NULL;
  int64_t n = 0;
  lam_workspace_shape_finish (
      LAM_WORKSPACE (source), result, &n, &remark, &error);
  if (acts) {
    g_ptr_array_remove (acts->under_way, act);
    lam_tool_acts_ended (acts, act->progress, n, error);
    if (remark && !error)
      lam_tool_acts_say (acts, remark);
  }
  lam_progress_unref (act->progress);
  g_free (act);
}

void
lam_tool_box_set_watcher (
    LamToolBox *box, const LamToolWatcher *watcher, gpointer user_data)
{
  LamToolActs *acts = lam_tool_box_get_acts (box);
  acts->watcher = watcher;
  acts->watcher_data = user_data;
}

void
lam_tool_box_act (
    LamToolBox *box, const LamFigureRequest *request, LamOverwrite overwrite)
{
  LamToolActs *acts = lam_tool_box_get_acts (box);
  Act *act = g_new0 (Act, 1);
  act->acts = acts;
  act->progress = lam_progress_new ();
  g_ptr_array_add (acts->under_way, act);
  lam_tool_acts_begun (acts, _ (request->shape->title), act->progress);
  lam_workspace_shape_async (lam_tool_box_get_workspace (box), request,
      overwrite, act->progress, done_cb, act);
}

static void
taken_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Act *act = user_data;
  LamToolActs *acts = act->acts;
  g_autoptr (GError) error = NULL;
  g_auto (LamTaken) taken = { 0 };
  lam_workspace_take_finish (LAM_WORKSPACE (source), result, &taken, &error);
  if (acts) {
    g_ptr_array_remove (acts->under_way, act);
    lam_tool_acts_ended (acts, act->progress, taken.n_voxels, error);
    if (taken.has_kept && !error)
      lam_tool_acts_say (acts,
          _ ("What is locked, completed or in a verified region stays as it "
             "is"));
  }
  lam_progress_unref (act->progress);
  g_free (act);
}

void
lam_tool_box_take (
    LamToolBox *box, int64_t voice, const LamFigureRequest *request)
{
  LamToolActs *acts = lam_tool_box_get_acts (box);
  Act *act = g_new0 (Act, 1);
  act->acts = acts;
  act->progress = lam_progress_new ();
  g_ptr_array_add (acts->under_way, act);
  lam_tool_acts_begun (acts, _ ("Taking Theirs"), act->progress);
  lam_workspace_take_way_async (lam_tool_box_get_workspace (box), voice,
      request, act->progress, taken_cb, act);
}

bool
lam_tool_box_is_acting (LamToolBox *box)
{
  return lam_tool_box_get_acts (box)->under_way->len > 0;
}
