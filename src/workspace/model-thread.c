/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/model-thread.h"

#include <string.h>

#include "base/courtesy.h"
#include "base/error.h"
#include "nn/arena.h"
#include "segment/segmenter.h"
#include "store/model-edit.h"
#include "workspace/class-fit.h"
#include "workspace/model-evidence.h"
#include "workspace/project-models.h"

struct _LamModelThread {
  GThread *thread; /* Owned */
  bool gives_way;
  GAsyncQueue *tasks; /* Owned; LamModelTask, `stop` and `spare_time` */
  GMainContext *context; /* Owned; of who made it */
  GSource *answer; /* Owned; of the last task, once it is done */
  /* Owned; the thread's */
  LamModel *model;
  GPtrArray *others; /* LamModel; that decide with it */
  LamSegmenter *segmenter; /* that runs them; NULL: there is no model */
  char *title, *looks;
  LamStore *store; /* that the model is of */
  LamVolume *volume; /* that its numbers are measured on, if it has none */
  int64_t model_id, rim[3], tile[3], limit_bytes;
  LamNormalisation normalisation; /* of the volume, as the model wants it */
  LamLearningThread *learning;
};

/* No tasks. */
static LamModelTask stop, spare_time;

/* Of what the network saw where the person is. */
#define KEEP_BYTES (INT64_C (512) << 20)

void
lam_model_task_free (LamModelTask *task)
{
  g_clear_object (&task->store);
  g_clear_object (&task->volume);
  g_clear_pointer (&task->progress, lam_progress_unref);
  g_clear_pointer (&task->proposal, lam_proposal_free);
  g_strfreev (task->class_names);
  g_free (task->title);
  g_free (task->looks);
  g_clear_pointer (&task->asked, g_array_unref);
  g_clear_pointer (&task->facts, lam_learning_facts_free);
  g_clear_pointer (&task->learning, lam_learning_task_free);
  g_clear_error (&task->error);
  g_free (task);
}

/* ---- The model ---------------------------------------------------------- */

static void
drop_model (LamModelThread *thread)
{
  g_clear_pointer (&thread->segmenter, lam_segmenter_free);
  g_clear_pointer (&thread->model, lam_model_free);
  g_clear_pointer (&thread->others, g_ptr_array_unref);
  g_clear_pointer (&thread->title, g_free);
  g_clear_pointer (&thread->looks, g_free);
  g_clear_object (&thread->store);
  g_clear_object (&thread->volume);
}

static bool
find_normalisation (const LamModelTask *task, const LamModel *model,
    LamNormalisation *normalisation, GError **error)
{
  LamBox all = lam_box_of_size (lam_volume_get_size (task->volume));
  return lam_model_get_normalisation (model, normalisation)
      || lam_normalisation_measure (task->volume, &all, normalisation,
          lam_progress_cancellable_or_null (task->progress), error);
}

/* A network that sees the whole of its tile is given half a tile more. */
static void
grow_rim (LamModelThread *thread, const LamModel *model)
{
  const LamModelField *field = lam_model_get_field (model);
  for (int i = 0; i < 3; i++) {
    const int64_t rim = field->whole ? lam_model_get_tile (model)[i] / 2
                                     : MAX (field->before[i], field->after[i]);
    thread->rim[i] = MAX (thread->rim[i], rim);
  }
}

/* That of who sees farthest. */
static void
find_rim (LamModelThread *thread)
{
  memset (thread->rim, 0, sizeof thread->rim);
  grow_rim (thread, thread->model);
  for (guint i = 0; i < thread->others->len; i++)
    grow_rim (thread, thread->others->pdata[i]);
}

static bool
load_others (LamModelThread *thread, const LamModelTask *task, GError **error)
{
  thread->others =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_model_free);
  for (guint i = 0; task->asked && i < task->asked->len; i++) {
    LamModel *other = lam_project_model_open (
        task->store, g_array_index (task->asked, int64_t, i), NULL, error);
    if (!other)
      return false;
    g_ptr_array_add (thread->others, other);
  }
  return true;
}

static bool
load (LamModelThread *thread, const LamModelTask *task, GError **error)
{
  const LamSegmenterSettings settings = { .copies = task->copies,
    .n_threads = task->n_threads,
    .tile = { task->tile[0], task->tile[1], task->tile[2] },
    .limit_bytes = task->limit_bytes,
    .keep_bytes = MIN (KEEP_BYTES, lam_arena_get_default_limit () / 8) };
  thread->model =
      lam_project_model_open (task->store, task->model, &thread->title, error);
  if (!thread->model || !load_others (thread, task, error))
    return false;
  const guint n = 1 + thread->others->len;
  g_autofree LamSegmenterModel *shown = g_new0 (LamSegmenterModel, n);
  for (guint i = 0; i < n; i++) {
    shown[i].model = i == 0 ? thread->model : thread->others->pdata[i - 1];
    if (!find_normalisation (
            task, shown[i].model, &shown[i].normalisation, error))
      return false;
  }
  thread->normalisation = shown[0].normalisation;
  thread->segmenter = lam_segmenter_new (shown, (int)n, &settings, error);
  return thread->segmenter != NULL;
}

static bool
has_looks_of (const LamModelThread *thread, const LamModelTask *task)
{
  return g_strcmp0 (thread->looks, task->looks) == 0;
}

/* Makes the task's model the present one. */
static bool
prepare (LamModelThread *thread, const LamModelTask *task, GError **error)
{
  if (thread->segmenter && thread->store == task->store
      && thread->volume == task->volume && thread->model_id == task->model
      && thread->limit_bytes == task->limit_bytes && has_looks_of (thread, task)
      && memcmp (thread->tile, task->tile, sizeof thread->tile) == 0)
    return true;
  if (thread->store != task->store || thread->volume != task->volume)
    lam_learning_thread_forget (thread->learning);
  drop_model (thread);
  if (!load (thread, task, error)) {
    drop_model (thread);
    return false;
  }
  thread->store = g_object_ref (task->store);
  thread->volume = g_object_ref (task->volume);
  thread->model_id = task->model;
  thread->limit_bytes = task->limit_bytes;
  thread->looks = g_strdup (task->looks);
  memcpy (thread->tile, task->tile, sizeof thread->tile);
  find_rim (thread);
  return true;
}

/* ---- One box ------------------------------------------------------------ */

/* As far as it may without being much more work for the network, so that what
 * follows is only whole sections more, of one that looks at those alone. */
static void
find_quick_reach (
    const LamModelTask *task, const int64_t reach[3], int64_t quick[3])
{
  for (int i = 0; i < 3; i++)
    quick[i] = reach[i] <= task->rim[i] * 3 / 2 ? reach[i] : 0;
}

static LamBox
grow (const LamModelTask *task, const int64_t reach[3])
{
  const int64_t *size = lam_volume_get_size (task->volume);
  LamBox box = task->box;
  for (int i = 0; i < 3 && task->grows; i++) {
    int64_t rim = MAX (task->rim[i], reach[i]);
    box.min[i] = MAX (task->box.min[i] - rim, 0);
    box.max[i] = MIN (task->box.max[i] + rim, size[i]);
  }
  return box;
}

/* What the network saw there is kept, and what follows from it can be found
 * without running it again. */
static bool
is_urgent (const LamModelThread *thread, const LamModelTask *task,
    const LamBox *box, const int64_t reach[3])
{
  bool is_any = reach[0] + reach[1] + reach[2] > 0;
  return task->hurries && is_any
      && lam_segmenter_can_keep (
          thread->segmenter, lam_volume_get_size (task->volume), box)
      && !lam_segmenter_has_kept (thread->segmenter, box);
}

/* After it failed for want of memory. */
static void
find_smaller_tile (
    const LamModelThread *thread, LamModelTask *task, const LamBox *box)
{
  int64_t tile[3];
  if (lam_segmenter_find_tile (
          thread->segmenter, lam_volume_get_size (task->volume), box, tile))
    memcpy (task->smaller_tile, tile, sizeof tile);
}

static bool
run (LamModelThread *thread, LamModelTask *task, GError **error)
{
  static const int64_t none[3];
  int64_t reach[3] = { 0 }, quick[3];
  LamBox box = grow (task, none);
  g_autoptr (LamModelEvidence) evidence = task->facts
      ? lam_model_evidence_new (task->facts, task->store, task->volume,
          &thread->normalisation, task->keeps, task->n_threads)
      : NULL;
  if (evidence
      && (!lam_learning_facts_fit (task->facts, thread->model, error)
          || !lam_model_evidence_find (evidence, &box, reach, error)))
    return false;
  lam_segmenter_set_revised (
      thread->segmenter, reach[0] + reach[1] + reach[2] > 0);
  find_quick_reach (task, reach, quick);
  LamBox near = grow (task, quick), wide = grow (task, reach);
  task->is_part = is_urgent (thread, task, &wide, reach);
  if (task->is_part)
    lam_model_evidence_only_keep (evidence);
  const LamBox *done = task->is_part ? &near : &wide;
  const LamSegmenterRevision revision = { lam_model_evidence_find_any,
    lam_model_evidence_revise, evidence };
  task->proposal = lam_segmenter_run_revised (thread->segmenter, task->volume,
      done, evidence ? &revision : NULL, task->progress, error);
  if (!task->proposal && !lam_progress_is_cancelled (task->progress)
      && g_error_matches (*error, LAM_ERROR, LAM_ERROR_LIMIT))
    find_smaller_tile (thread, task, done);
  return task->proposal != NULL;
}

static bool
predict (LamModelThread *thread, LamModelTask *task, GError **error)
{
  memcpy (task->rim, thread->rim, sizeof task->rim);
  lam_courtesy_begin_answer ();
  bool done = run (thread, task, error);
  lam_courtesy_end_answer ();
  return done;
}

static void
look (LamModelThread *thread, LamModelTask *task)
{
  memcpy (task->rim, thread->rim, sizeof task->rim);
  lam_segmenter_look (thread->segmenter, task->volume, &task->box,
      task->progress, &task->error);
}

/* The model stays the present one, under the number of what it became. */
static bool
learn (LamModelThread *thread, LamModelTask *task, GError **error)
{
  LamLearningTask *learning = task->learning;
  if (!lam_learning_thread_run (thread->learning, learning, task->store,
          task->volume, &thread->normalisation, thread->model, thread->model_id,
          task->n_threads, task->progress, error))
    return false;
  if (learning->state == 0)
    return true;
  thread->model_id = learning->state;
  g_free (thread->title);
  thread->title = g_strdup (learning->title);
  return lam_segmenter_renew (thread->segmenter, error);
}

static void
do_task (LamModelThread *thread, LamModelTask *task)
{
  GError **error = &task->error;
  if (!lam_progress_check (task->progress, error)
      || !prepare (thread, task, error))
    return;
  if (task->learning) {
    /* What became of the model is not known then. */
    if (!learn (thread, task, error))
      drop_model (thread);
    return;
  }
  if (task->only_looks) {
    look (thread, task);
    return;
  }
  task->title = g_strdup (thread->title);
  task->class_names = lam_class_fit_dup_names (thread->model);
  task->base = lam_store_get_revision (task->store, error);
  if (task->base >= 0)
    predict (thread, task, error);
}

/* ---- The thread --------------------------------------------------------- */

/* In the context of who pushed the task. */
static gboolean
answer_cb (gpointer data)
{
  LamModelTask **task = data;
  LamModelTask *done = g_steal_pointer (task);
  done->done (done, done->user_data);
  return G_SOURCE_REMOVE;
}

static void
answer_free (gpointer data)
{
  LamModelTask **task = data;
  g_clear_pointer (task, lam_model_task_free);
  g_free (task);
}

static void
drop_answer (LamModelThread *thread)
{
  if (!thread->answer)
    return;
  g_source_destroy (thread->answer);
  g_clear_pointer (&thread->answer, g_source_unref);
}

static void
answer (LamModelThread *thread, LamModelTask *task)
{
  GSource *source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (
      source, answer_cb, g_memdup2 (&task, sizeof task), answer_free);
  thread->answer = source;
  g_source_attach (source, thread->context);
}

/* Until somebody wants something. */
static void
prepare_next (LamModelThread *thread)
{
  while (thread->segmenter && g_async_queue_length (thread->tasks) == 0
      && lam_segmenter_prepare (thread->segmenter))
    ;
}

static gpointer
thread_main (gpointer data)
{
  LamModelThread *thread = data;
  if (thread->gives_way)
    lam_courtesy_lower_thread ();
  for (;;) {
    LamModelTask *task = g_async_queue_pop (thread->tasks);
    if (task == &stop)
      break;
    if (task == &spare_time) {
      prepare_next (thread);
      continue;
    }
    do_task (thread, task);
    answer (thread, task);
  }
  drop_model (thread);
  lam_learning_thread_forget (thread->learning);
  return NULL;
}

static void
drop_task (gpointer task)
{
  if (task != &stop && task != &spare_time)
    lam_model_task_free (task);
}

LamModelThread *
lam_model_thread_new (bool gives_way)
{
  LamModelThread *thread = g_new0 (LamModelThread, 1);
  thread->gives_way = gives_way;
  thread->learning = lam_learning_thread_new ();
  thread->tasks = g_async_queue_new_full (drop_task);
  thread->context = g_main_context_ref_thread_default ();
  thread->thread = g_thread_new ("models", thread_main, thread);
  return thread;
}

void
lam_model_thread_push (LamModelThread *thread, LamModelTask *task)
{
  drop_answer (thread); /* it has been given */
  g_async_queue_push (thread->tasks, task);
}

void
lam_model_thread_prepare (LamModelThread *thread)
{
  g_async_queue_push (thread->tasks, &spare_time);
}

void
lam_model_thread_free (LamModelThread *thread)
{
  g_async_queue_push_front (thread->tasks, &stop);
  g_thread_join (thread->thread);
  drop_answer (thread);
  lam_learning_thread_free (thread->learning);
  g_async_queue_unref (thread->tasks);
  g_main_context_unref (thread->context);
  g_free (thread);
}
