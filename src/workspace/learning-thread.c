/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The learner has a model of its own, which stays where it began; the trunk of
 * the one in use is the same. */
#include "workspace/learning-thread.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "nn/onnx-write.h"
#include "segment/patch.h"
#include "store/store-models.h"
#include "workspace/project-models.h"

struct _LamLearningThread {
  LamModel *model; /* Owned; or NULL */
  LamLearner *learner; /* Owned; or NULL */
  int64_t base;
  int n_steps;
  uint64_t seed;
};

void
lam_learning_task_free (LamLearningTask *task)
{
  g_clear_pointer (&task->facts, lam_learning_facts_free);
  g_clear_pointer (&task->boxes, g_array_unref);
  g_clear_pointer (&task->old, g_array_unref);
  g_free (task->title);
  g_free (task);
}

LamLearningThread *
lam_learning_thread_new (void)
{
  return g_new0 (LamLearningThread, 1);
}

void
lam_learning_thread_forget (LamLearningThread *thread)
{
  g_clear_pointer (&thread->learner, lam_learner_free);
  g_clear_pointer (&thread->model, lam_model_free);
  thread->base = 0;
}

void
lam_learning_thread_free (LamLearningThread *thread)
{
  lam_learning_thread_forget (thread);
  g_free (thread);
}

/* ---- Keeping ------------------------------------------------------------ */

static GBytes *
write_onnx (const LamModel *model, GError **error)
{
  char *data = NULL;
  gsize n = 0;
  g_autofree char *folder = g_dir_make_tmp ("lamella-state-XXXXXX", error);
  if (!folder)
    return NULL;
  g_autofree char *path = g_build_filename (folder, "model.onnx", NULL);
  bool done = lam_onnx_write (lam_model_get_network (model), path, 0, error)
      && g_file_get_contents (path, &data, &n, error);
  g_unlink (path);
  g_rmdir (folder);
  return done ? g_bytes_new_take (data, n) : NULL;
}

int64_t
lam_learning_keep (LamStore *store, const LamModel *model, const char *name,
    int64_t parent, GError **error)
{
  g_autoptr (GBytes) onnx = write_onnx (model, error);
  return onnx ? lam_store_add_model (store, name, parent, onnx, error) : 0;
}

char *
lam_learning_dup_title (LamStore *store, int64_t base, GError **error)
{
  g_autoptr (LamModelRow) row = lam_store_find_model (store, base, error);
  g_autoptr (GPtrArray) rows =
      row ? lam_store_list_models (store, error) : NULL;
  int n = 1;
  for (guint i = 0; rows && i < rows->len; i++)
    n += ((const LamModelRow *)rows->pdata[i])->parent == base;
  return rows ? g_strdup_printf (_ ("%s, taught %d"), row->name, n) : NULL;
}

/* ---- Learning ----------------------------------------------------------- */

static bool
prepare (LamLearningThread *thread, LamLearningTask *task, LamStore *store,
    LamVolume *volume, const LamNormalisation *normalisation, int n_threads,
    GError **error)
{
  LamLearnerSettings settings;
  if (thread->learner && thread->base == task->base
      && thread->n_steps == task->n_steps && thread->seed == task->seed)
    return true;
  lam_learning_thread_forget (thread);
  thread->model = lam_project_model_open (store, task->base, NULL, error);
  if (!thread->model)
    return false;
  lam_learner_settings_init (&settings);
  settings.n_threads = n_threads;
  if (task->n_steps > 0)
    settings.fit.n_steps = task->n_steps;
  if (task->seed > 0)
    settings.seed = task->seed;
  thread->learner =
      lam_learner_new (thread->model, volume, normalisation, &settings, error);
  thread->base = task->base;
  thread->n_steps = task->n_steps;
  thread->seed = task->seed;
  /* Nothing has been read for it yet. */
  task->is_all = true;
  return thread->learner != NULL;
}

static void
tell_tests (LamLearningThread *thread, const LamLearningTask *task,
    const LamBox *brick, const uint8_t *classes)
{
  const GArray *boxes = lam_learning_facts_get_held_out (task->facts);
  for (guint i = 0; i < boxes->len; i++) {
    LamBox part = lam_box_intersect (&g_array_index (boxes, LamBox, i), brick);
    if (lam_box_is_empty (&part))
      continue;
    g_autofree uint8_t *cut = g_malloc ((gsize)lam_box_volume (&part));
    uint8_t *to = cut;
    for (int64_t z = part.min[2]; z < part.max[2]; z++)
      for (int64_t y = part.min[1]; y < part.max[1]; y++)
        for (int64_t x = part.min[0]; x < part.max[0]; x++)
          *to++ = classes[x - brick->min[0]
              + LAM_BRICK_EDGE
                  * (y - brick->min[1] + LAM_BRICK_EDGE * (z - brick->min[2]))];
    lam_learner_tell (thread->learner, &part, cut, LAM_LEARNER_TESTS);
  }
}

static bool
tell_bricks (LamLearningThread *thread, const LamLearningTask *task,
    LamStore *store, const GArray *keys, LamProgress *progress, GError **error)
{
  g_autofree uint8_t *teaches = g_malloc (LAM_BRICK_VOXELS);
  g_autofree uint8_t *tests = g_malloc (LAM_BRICK_VOXELS);
  LamLearningBrick brick = { .teaches = teaches, .tests = tests };
  for (guint i = 0; i < keys->len; i++) {
    LamBrickKey key = lam_brick_key_unpack (g_array_index (keys, int64_t, i));
    LamBox box = lam_brick_box (key);
    if (!lam_progress_check (progress, error)
        || !lam_learning_facts_read (task->facts, store, key, &brick, error))
      return false;
    lam_learner_tell (thread->learner, &box, teaches, LAM_LEARNER_TEACHES);
    if (brick.any_tests)
      tell_tests (thread, task, &box, tests);
  }
  return true;
}

static bool
tell (LamLearningThread *thread, const LamLearningTask *task, LamStore *store,
    LamVolume *volume, LamProgress *progress, GError **error)
{
  if (task->is_all) {
    LamBox all = lam_box_of_size (lam_volume_get_size (volume));
    g_autoptr (GArray) stored = lam_store_list_bricks (store, error);
    if (!stored)
      return false;
    g_autoptr (GArray) keys =
        lam_learning_facts_list (task->facts, stored, &all);
    if (!tell_bricks (thread, task, store, keys, progress, error))
      return false;
  }
  for (guint i = task->is_all ? 0 : task->first_box; i < task->boxes->len;
       i++) {
    g_autoptr (GArray) keys = lam_learning_facts_list (
        task->facts, NULL, &g_array_index (task->boxes, LamBox, i));
    if (!tell_bricks (thread, task, store, keys, progress, error))
      return false;
  }
  return true;
}

static void
remove_old (const LamLearningTask *task, LamStore *store)
{
  for (guint i = 0; task->old && i < task->old->len; i++) {
    g_autoptr (GError) error = NULL;
    if (!lam_store_remove_model (
            store, g_array_index (task->old, int64_t, i), &error))
      g_debug ("an old state stays: %s", error->message);
  }
}

static char *
dup_state_title (const LamLearningTask *task, LamStore *store, GError **error)
{
  if (task->replaced == 0)
    return lam_learning_dup_title (store, task->base, error);
  g_autoptr (LamModelRow) row =
      lam_store_find_model (store, task->replaced, error);
  return row ? g_strdup (row->name) : NULL;
}

/* Puts what was learned into the model in use, and keeps it. */
static bool
keep (LamLearningThread *thread, LamLearningTask *task, LamStore *store,
    LamModel *running, int64_t model, GError **error)
{
  bool is_base = task->report.n_known == 0 || task->goes_back;
  if (is_base && model == task->base)
    return true;
  if (!lam_learner_put (thread->learner, running, error))
    return false;
  if (is_base) {
    g_autoptr (LamModelRow) row =
        lam_store_find_model (store, task->base, error);
    if (!row)
      return false;
    task->title = g_strdup (row->name);
    task->state = task->base;
    return true;
  }
  task->title = dup_state_title (task, store, error);
  task->state = task->title
      ? lam_learning_keep (store, running, task->title, task->base, error)
      : 0;
  if (task->state != 0)
    remove_old (task, store);
  return task->state != 0;
}

/* Of places that were kept back the network has to know more than before: a few
 * corrections tell what was wrong, but not always how. */
static bool
is_worse (const LamLearningTask *task)
{
  const LamLearnerReport *report = &task->report;
  if (report->n_known == 0)
    return false;
  if (task->is_part)
    return !report->is_sure || !(report->iou_after > report->iou_before);
  return report->n_tested > 0 && report->iou_after < report->iou_before;
}

/* What tests has become more since the model in use was taught: it does worse
 * on it than where it began. */
static bool
is_present_worse (const LamLearningTask *task)
{
  return task->report.iou_present < task->report.iou_before;
}

static bool
learn (LamLearningThread *thread, LamLearningTask *task,
    const LamModel *running, LamProgress *progress, GError **error)
{
  lam_learner_set_is_chosen (thread->learner, task->is_part);
  if (!lam_learner_set_present (thread->learner, running, error))
    return false;
  do {
    if (!lam_learner_learn (thread->learner, &task->report, progress, error))
      return false;
  } while (task->is_patient && lam_learner_can_go_on (thread->learner));
  return true;
}

bool
lam_learning_thread_run (LamLearningThread *thread, LamLearningTask *task,
    LamStore *store, LamVolume *volume, const LamNormalisation *normalisation,
    LamModel *running, int64_t model, int n_threads, LamProgress *progress,
    GError **error)
{
  if (!prepare (thread, task, store, volume, normalisation, n_threads, error)
      || !lam_learning_facts_fit (task->facts, thread->model, error)
      || !lam_learning_facts_take_places (
          task->facts, store, &task->is_part, error)
      || !tell (thread, task, store, volume, progress, error))
    return false;
  if (task->only_reads)
    return true;
  if (!learn (thread, task, running, progress, error))
    return false;
  task->is_worse = is_worse (task);
  task->goes_back =
      task->is_worse && model != task->base && is_present_worse (task);
  if (task->goes_back)
    lam_learner_forget (thread->learner);
  return (task->is_worse && !task->goes_back)
      || keep (thread, task, store, running, model, error);
}
