/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/object-pass.h"

#include <string.h>

#include "base/error.h"
#include "store/store-models.h"
#include "workspace/acceptance.h"
#include "workspace/object-look.h"
#include "workspace/queue.h"
#include "workspace/workspace-private.h"

#define MAX_CLASSES 255

typedef struct {
  LamObjectLook *look; /* Owned */
  LamProgress *progress; /* Owned */
  LamObjectPassOutcome outcome;
} Pass;

static void
pass_free (gpointer data)
{
  Pass *pass = data;
  lam_object_look_free (pass->look);
  lam_progress_unref (pass->progress);
  g_free (pass);
}

bool
lam_object_pass_is_needed (LamWorkspace *workspace)
{
  const LamClassTable *classes = workspace->saved;
  if (lam_workspace_only_proposes (workspace))
    return false;
  for (size_t i = 0; i < lam_class_table_get_n_classes (classes); i++) {
    const LamClass *class = lam_class_table_get_nth_class (classes, i);
    if (class->id != 0 && class->has_instances)
      return true;
  }
  return false;
}

/* ---- Writing ------------------------------------------------------------ */

static void
fill_opinion (
    const LamObjectLook *look, int64_t key, guint *next, LamRunOpinion *opinion)
{
  memset (opinion->seconds, 0, sizeof opinion->seconds);
  opinion->n_classes = 0;
  const uint8_t none = lam_run_opinion_take_class (opinion, 0);
  for (; *next < look->dropped->len; ++*next) {
    const LamObjectDropped *dropped =
        &g_array_index (look->dropped, LamObjectDropped, *next);
    if (dropped->key != key)
      return;
    opinion->firsts[dropped->index] = none;
    opinion->seconds[dropped->index] =
        lam_run_opinion_take_class (opinion, dropped->class_id);
    opinion->uncertainties[dropped->index] = dropped->uncertainty;
  }
}

/* The labels of all bricks that change. Others wait for the end of this, so it
 * does not rest for anybody. */
static bool
write_bricks (const Pass *pass, LamModelEdit *edit, GError **error)
{
  const LamObjectLook *look = pass->look;
  g_autofree uint32_t *labels = g_new (uint32_t, LAM_BRICK_VOXELS);
  g_autofree LamRunOpinion *opinion = lam_run_opinion_new ();
  guint next = 0;
  for (guint i = 0; i < look->keys->len; i++) {
    const int64_t packed = g_array_index (look->keys, int64_t, i);
    const LamBrickKey key = lam_brick_key_unpack (packed);
    const guint first = next;
    fill_opinion (look, packed, &next, opinion);
    if (g_cancellable_set_error_if_cancelled (
            lam_progress_get_cancellable (pass->progress), error)
        || !lam_object_look_fill (look, key, labels, error)
        || !lam_model_edit_write (edit, key, &look->box, labels,
            next > first ? opinion : NULL, NULL, error))
      return false;
  }
  return true;
}

static LamModelEdit *
begin_edit (LamStore *store, const LamObjectLook *look, GError **error)
{
  const LamModelActs *acts = look->acts;
  const LamModelEditInfo info = { .base = look->base,
    .cause = acts->first_edit,
    .keeps_redo = !g_atomic_int_get (&acts->gives_up_redo),
    .run = lam_store_begin_run (
        store, acts->model, acts->looks ? acts->looks : "", error) };
  return info.run != 0
      ? lam_store_begin_model_edit (store, &info, look->rows, error)
      : NULL;
}

static LamBulkResult *
write_pass (LamStore *store, Pass *pass, GError **error)
{
  LamObjectLook *look = pass->look;
  g_autoptr (LamBulkResult) result = g_new0 (LamBulkResult, 1);
  LamModelEdit *edit = begin_edit (store, look, error);
  if (!edit)
    return NULL;
  if (!write_bricks (pass, edit, error)) {
    lam_model_edit_cancel (edit);
    return NULL;
  }
  LamModelCounts counts;
  GError *failed = NULL;
  result->row = lam_model_edit_end (edit, "", &counts, &failed);
  if (failed) {
    g_propagate_error (error, failed);
    return NULL;
  }
  if (counts.outcome == LAM_MODEL_REDO_WAITS)
    pass->outcome = LAM_OBJECT_PASS_WAITS;
  if (counts.n_opinions > 0)
    result->opinion_box = look->box;
  if (!result->row)
    return g_steal_pointer (&result);
  if (look->acts->first_edit == 0) {
    look->acts->first_edit = result->row->id;
    g_atomic_int_set (&look->acts->gives_up_redo, false);
  }
  result->keys = g_array_ref (look->keys);
  result->rows = g_ptr_array_ref (look->rows);
  result->box = look->box;
  return g_steal_pointer (&result);
}

/* In the queue's worker: nothing else is done to the project meanwhile. */
static LamBulkResult *
run (LamStore *store, GTask *task, LamProgress *progress, GError **error)
{
  Pass *pass = g_task_get_task_data (task);
  const LamObjectLook *look = pass->look;
  const int64_t revision = lam_store_get_revision (store, error);
  if (revision < 0)
    return NULL;
  if (revision != look->base)
    pass->outcome = LAM_OBJECT_PASS_STALE;
  if (revision != look->base || look->keys->len == 0)
    return g_new0 (LamBulkResult, 1);
  return write_pass (store, pass, error);
}

static bool
begin (LamWorkspace *workspace, GTask *task, GError **error)
{
  const Pass *pass = g_task_get_task_data (task);
  /* It may be another file by now. */
  if (workspace->store == pass->look->store)
    return true;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "");
  return false;
}

/* ---- Looking ------------------------------------------------------------ */

static void
look_in_thread (
    GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GTask *whole = data;
  const Pass *pass = g_task_get_task_data (whole);
  GError *error = NULL;
  if (lam_object_look_run (pass->look, pass->progress, &error))
    g_task_return_boolean (task, true);
  else
    g_task_return_error (task, error);
}

static void
looked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  LamWorkspace *workspace = LAM_WORKSPACE (source);
  g_autoptr (GTask) whole = user_data;
  const Pass *pass = g_task_get_task_data (whole);
  GError *error = NULL;
  if (g_task_propagate_boolean (G_TASK (result), &error)
      && lam_workspace_check_writable (workspace, &error))
    lam_queue_push_bulk (workspace, begin, run, whole, pass->progress);
  else
    g_task_return_error (whole, error);
}

static LamObjectLook *
make_look (LamWorkspace *workspace, LamModelActs *acts, const LamBox *box)
{
  const LamClassTable *classes = workspace->saved;
  LamObjectLook *look = g_new0 (LamObjectLook, 1);
  look->store = g_object_ref (workspace->store);
  look->acts = lam_model_acts_ref (acts);
  look->numbers = lam_label_numbers_ref (workspace->numbers);
  look->box = *box;
  look->class_ids = g_array_new (false, false, sizeof (int32_t));
  look->rules = g_array_new (false, false, sizeof (LamObjectRule));
  memcpy (look->size, workspace->size, sizeof look->size);
  lam_object_rules_get_voxel_size (workspace, look->voxel_size_nm);
  for (size_t i = 0; i < lam_class_table_get_n_classes (classes); i++) {
    const LamClass *class = lam_class_table_get_nth_class (classes, i);
    if (class->id == 0 || !class->has_instances
        || look->class_ids->len == MAX_CLASSES)
      continue;
    const LamObjectRule rule = lam_workspace_get_object_rule (workspace, class);
    g_array_append_val (look->class_ids, class->id);
    g_array_append_val (look->rules, rule);
  }
  return look;
}

void
lam_object_pass_async (LamWorkspace *workspace, LamModelActs *acts,
    const LamBox *box, LamProgress *progress, GAsyncReadyCallback callback,
    gpointer user_data)
{
  GTask *whole = g_task_new (workspace, NULL, callback, user_data);
  Pass *pass = g_new0 (Pass, 1);
  pass->look = make_look (workspace, acts, box);
  pass->progress = lam_progress_ref (progress);
  g_task_set_task_data (whole, pass, pass_free);
  g_autoptr (GTask) task = g_task_new (workspace, NULL, looked_cb, whole);
  g_task_set_task_data (task, whole, NULL);
  g_task_run_in_thread (task, look_in_thread);
}

bool
lam_object_pass_finish (
    GAsyncResult *result, LamObjectPassOutcome *outcome, GError **error)
{
  const Pass *pass = g_task_get_task_data (G_TASK (result));
  *outcome = pass->outcome;
  return g_task_propagate_boolean (G_TASK (result), error);
}
