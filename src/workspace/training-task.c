/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The thread never touches the workspace: it has values, says what it did into
 * a queue, and a source of the starter's context takes that out. */
#include "workspace/training-task.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "base/courtesy.h"
#include "base/error.h"
#include "nn/arena.h"
#include "nn/onnx-write.h"
#include "segment/training-log.h"
#include "segment/training-setup.h"

/* ---- Saying ------------------------------------------------------------- */

static void
news_free (gpointer data)
{
  LamTrainingNews *news = data;
  lam_training_examples_clear (news->examples, news->n_examples);
  g_free ((double *)news->validation.iou);
  g_free (news);
}

static gboolean
tell_cb (gpointer data)
{
  LamTrainingTask *task = data;
  LamTrainingNews *news;
  g_mutex_lock (&task->lock);
  g_clear_pointer (&task->source, g_source_unref);
  GQueue said = task->said;
  g_queue_init (&task->said);
  bool begins = task->has_begun && task->began;
  bool ends = task->has_ended;
  g_mutex_unlock (&task->lock);
  if (begins)
    g_steal_pointer (&task->began) (task, task->user_data);
  while ((news = g_queue_pop_head (&said))) {
    task->news (task, news, task->user_data);
    news_free (news);
  }
  if (ends)
    task->ended (task, task->user_data);
  return G_SOURCE_REMOVE;
}

/* With the lock held. */
static void
wake_locked (LamTrainingTask *task)
{
  if (task->source)
    return;
  task->source = g_idle_source_new ();
  g_source_set_callback (task->source, tell_cb, task, NULL);
  g_source_attach (task->source, task->context);
}

static void
say (LamTrainingTask *task, LamTrainingNews *news, bool begins, bool ends)
{
  g_mutex_lock (&task->lock);
  if (news)
    g_queue_push_tail (&task->said, news);
  task->has_begun |= begins;
  task->has_ended |= ends;
  wake_locked (task);
  g_mutex_unlock (&task->lock);
}

/* ---- What the thread holds ---------------------------------------------- */

typedef struct {
  LamTrainingTask *task;
  LamPreset *preset; /* Owned */
  LamTrainingTruth *truth; /* Owned */
  LamNormalisation normalisation;
  LamTraining *training; /* Owned */
  LamTrainingLog *log; /* Owned */
} Work;

static void
work_clear (Work *work)
{
  g_clear_pointer (&work->training, lam_training_free);
  g_clear_pointer (&work->log, lam_training_log_free);
  g_clear_pointer (&work->truth, lam_training_truth_free);
  g_clear_pointer (&work->preset, lam_preset_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

static char *
dup_path (const LamTrainingTask *task, const char *name)
{
  return g_build_filename (task->folder, name, NULL);
}

/* Copied: the trainer's arrays change with the next step. */
static void
report (gpointer data, const LamTrainReport *said)
{
  Work *work = data;
  LamTrainingNews *news = g_new0 (LamTrainingNews, 1);
  news->report = *said;
  if (said->validation) {
    const LamTrainingExamples *examples =
        lam_training_get_examples (work->training);
    LamTrainingExample shown[LAM_TRAINING_MAX_EXAMPLES];
    news->validation = *said->validation;
    news->validation.iou = g_memdup2 (said->validation->iou,
        (gsize)said->validation->n_classes * sizeof (double));
    news->report.validation = &news->validation;
    news->n_examples = lam_training_examples_get_n (examples);
    for (int i = 0; i < news->n_examples; i++)
      shown[i] = *lam_training_examples_get (examples, i);
    news->examples = lam_training_examples_copy (shown, news->n_examples);
  }
  lam_training_log_write (work->log, said);
  say (work->task, news, false, false);
}

/* ---- Making ready ------------------------------------------------------- */

static bool
read_recipe (Work *work, GError **error)
{
  LamTrainingTask *task = work->task;
  work->preset = lam_preset_open (task->preset, error);
  if (!work->preset || !lam_recipe_read (&task->recipe, work->preset, error))
    return false;
  for (int i = 0; !task->resumes && task->settings && task->settings[i]; i++)
    if (!lam_recipe_set (&task->recipe, task->settings[i], error))
      return false;
  return true;
}

static LamSampler *
make_sampler (const Work *work, const GArray *boxes, GError **error)
{
  const LamTrainingTask *task = work->task;
  LamSamplerSettings settings = {
    .balance = task->recipe.balance,
    .seed = (uint64_t)task->recipe.seed,
    .augmentation = task->recipe.augmentation,
  };
  memcpy (settings.size, task->recipe.tile, sizeof settings.size);
  LamTruth *truth = lam_truth_new (work->truth->labels, &work->truth->table,
      (const LamBox *)(void *)boxes->data, (int)boxes->len, task->progress,
      error);
  if (!truth)
    return NULL;
  LamSampler *sampler = lam_sampler_new (&settings);
  lam_sampler_add (sampler, task->volume, &work->normalisation, truth);
  return sampler;
}

/* Patches much larger than all there is to learn from are mostly empty. Halves
 * of what presets have can be halved as often by the network. */
#define LEAST_TILE 48

static void
fit_tile (Work *work)
{
  LamTrainingTask *task = work->task;
  const GArray *boxes = task->choice->train;
  for (int axis = 0; axis < 2; axis++) {
    int64_t edge = 0, *tile = &task->recipe.tile[axis];
    for (guint i = 0; i < boxes->len; i++) {
      const LamBox *box = &g_array_index (boxes, LamBox, i);
      edge = MAX (edge, box->max[axis] - box->min[axis]);
    }
    while (*tile % 32 == 0 && *tile / 2 >= MAX (edge, LEAST_TILE))
      *tile /= 2;
  }
}

/* Some twenty validations, however short the training: there is something to
 * be seen, and the best of them is worth something. */
#define N_VALIDATIONS 20

/* As was asked for; what the recipe says where nothing was. */
static bool
count_steps (Work *work, const LamTrainingSettings *settings, int64_t *steps,
    GError **error)
{
  LamTrainingTask *task = work->task;
  const LamRecipe *recipe = &task->recipe;
  bool validates = task->choice->validation->len > 0;
  LamSampler *sampler = make_sampler (work, task->choice->train, error);
  if (!sampler)
    return false;
  int64_t n_patches = lam_sampler_get_n_tiles (sampler);
  if (task->seconds > 0) {
    *steps = lam_training_setup_count_steps (work->preset,
        work->truth->table.n_classes, sampler, settings, validates,
        task->seconds, task->progress, error);
  } else {
    lam_sampler_free (sampler);
    if (task->epochs > 0)
      *steps = MAX (1,
          (int64_t)(task->epochs * (double)n_patches / (double)recipe->batch));
    else
      *steps = task->steps > 0 ? task->steps : recipe->steps;
  }
  return *steps > 0;
}

static bool
is_longer (const LamTrainingTask *task)
{
  return task->resumes
      && (task->seconds > 0 || task->epochs > 0 || task->steps > 0);
}

static bool
settle_steps (Work *work, const LamTrainingSettings *settings, GError **error)
{
  LamTrainingTask *task = work->task;
  LamRecipe *recipe = &task->recipe;
  int64_t steps;
  if (task->resumes && !is_longer (task))
    return true;
  if (!count_steps (work, settings, &steps, error))
    return false;
  if (!task->resumes)
    recipe->steps = 0;
  if (!lam_recipe_add_steps (recipe, steps, error))
    return false;
  if (task->resumes)
    return true;
  recipe->validate_every =
      CLAMP (recipe->steps / N_VALIDATIONS, 1, recipe->validate_every);
  return true;
}

static bool
write_record (const Work *work, GError **error)
{
  g_autofree char *path = dup_path (work->task, LAM_TRAINING_RECORD);
  g_autofree char *record =
      lam_training_setup_record (work->preset, &work->task->recipe);
  return g_file_set_contents (path, record, -1, error);
}

/* Whenever the program is killed, a checkpoint, or one of what is done, is
 * there that belongs to the record. */
static bool
write_begun (const Work *work, const char *checkpoint, GError **error)
{
  LamTrainer *trainer = lam_training_get_trainer (work->training);
  g_autofree char *trained = dup_path (work->task, LAM_TRAINING_TRAINED);
  if (!work->task->resumes)
    return write_record (work, error);
  if (!is_longer (work->task))
    return true;
  lam_trainer_renew_patience (trainer);
  if (!lam_trainer_write_checkpoint (trainer, checkpoint, error)
      || !write_record (work, error))
    return false;
  g_unlink (trained);
  return true;
}

/* One that was done goes on only for more. */
static bool
resume (const Work *work, const char *checkpoint, GError **error)
{
  g_autofree char *trained = dup_path (work->task, LAM_TRAINING_TRAINED);
  const bool is_done =
      is_longer (work->task) && !g_file_test (checkpoint, G_FILE_TEST_EXISTS);
  return lam_trainer_resume (lam_training_get_trainer (work->training),
      is_done ? trained : checkpoint, error);
}

static bool
make_training (Work *work, LamTrainingSettings *settings, GError **error)
{
  LamTrainingTask *task = work->task;
  bool validates = task->choice->validation->len > 0;
  if (!settle_steps (work, settings, error))
    return false;
  g_autoptr (LamSampler) sampler =
      make_sampler (work, task->choice->train, error);
  g_autoptr (LamSampler) validation = sampler && validates
      ? make_sampler (work, task->choice->validation, error)
      : NULL;
  if (!sampler || (validates && !validation))
    return false;
  g_autoptr (LamNetwork) network = lam_training_setup_network (
      work->preset, &task->recipe, work->truth->table.n_classes, error);
  if (!network)
    return false;
  work->training = lam_training_new (network, g_steal_pointer (&sampler),
      g_steal_pointer (&validation), settings, error);
  return work->training != NULL;
}

static bool
begin (Work *work, GError **error)
{
  LamTrainingTask *task = work->task;
  LamTrainer *trainer = lam_training_get_trainer (work->training);
  g_autofree char *checkpoint = dup_path (task, LAM_TRAINING_CHECKPOINT);
  g_autofree char *csv = dup_path (task, LAM_TRAINING_LOG);
  if (task->resumes && !resume (work, checkpoint, error))
    return false;
  if (!write_begun (work, checkpoint, error))
    return false;
  work->log =
      lam_training_log_new (csv, (const char *const *)work->truth->names,
          lam_trainer_get_step (trainer), error);
  task->step = lam_trainer_get_step (trainer);
  lam_progress_begin (task->progress, task->step, task->recipe.steps);
  say (task, NULL, true, false);
  return work->log != NULL;
}

/* ---- Memory ------------------------------------------------------------- */

/* Bytes that nobody uses, of which some are left; as the system says. */
static int64_t
get_free_bytes (void)
{
  g_autofree char *text = NULL;
  long long kib = 0;
  int64_t most = lam_arena_get_default_limit ();
  const char *line = g_file_get_contents ("/proc/meminfo", &text, NULL, NULL)
      ? strstr (text, "MemAvailable:")
      : NULL;
  if (line && sscanf (line, "MemAvailable: %lld kB", &kib) == 1)
    return MIN (most, (int64_t)kib * 1024 / 10 * 9);
  return most;
}

static void
look_for_smaller (Work *work, const LamTrainingSettings *settings)
{
  LamTrainingTask *task = work->task;
  if (!g_error_matches (task->error, LAM_ERROR, LAM_ERROR_LIMIT)
      || !work->truth)
    return;
  memcpy (task->smaller_tile, task->recipe.tile, sizeof task->smaller_tile);
  task->has_smaller = lam_training_setup_shrink (work->preset, &task->recipe,
      work->truth->table.n_classes, settings->n_threads, settings->limit_bytes,
      task->smaller_tile);
}

/* ---- All of it ---------------------------------------------------------- */

static bool
write_model (Work *work, GError **error)
{
  LamTrainingTask *task = work->task;
  LamTrainer *trainer = lam_training_get_trainer (work->training);
  g_autofree char *path = dup_path (task, LAM_TRAINING_MODEL);
  g_autofree char *project =
      g_path_get_basename (lam_store_get_path (task->store));
  g_autofree char *line = g_strdup_printf ("project - %s", project);
  const char *const data[] = { line, NULL };
  LamTrainingFacts facts = { .class_names =
                                 (const char *const *)work->truth->names,
    .normalisation = work->normalisation,
    .data = data };
  memcpy (facts.voxel_size_nm, task->voxel_size_nm, sizeof facts.voxel_size_nm);
  g_unlink (path);
  return lam_training_setup_finish (
             work->training, &task->recipe, &facts, error)
      && lam_onnx_write (
          lam_train_plan_get_network (lam_trainer_get_plan (trainer)), path, 0,
          error);
}

static void
note_results (Work *work)
{
  const LamTrainer *trainer = lam_training_get_trainer (work->training);
  work->task->step = lam_trainer_get_step (trainer);
  work->task->best_step = lam_trainer_get_best_step (trainer);
  work->task->is_stopped =
      lam_trainer_get_state (trainer) == LAM_TRAINER_STOPPED;
}

/* What was learnt is kept, whatever the end. */
static bool
train (Work *work, GError **error)
{
  LamTrainingTask *task = work->task;
  g_autoptr (GError) unwritten = NULL;
  bool done = lam_trainer_run (
      lam_training_get_trainer (work->training), task->progress, error);
  note_results (work);
  if (task->step == 0)
    return done;
  task->has_model = write_model (work, done ? error : &unwritten);
  return done && task->has_model && lam_training_log_check (work->log, error);
}

static bool
measure (Work *work, GError **error)
{
  LamBox all = lam_box_of_size (lam_volume_get_size (work->task->volume));
  return lam_normalisation_measure (work->task->volume, &all,
      &work->normalisation,
      lam_progress_cancellable_or_null (work->task->progress), error);
}

static void
run (LamTrainingTask *task)
{
  g_auto (Work) work = { .task = task };
  g_autofree char *checkpoint = dup_path (task, LAM_TRAINING_CHECKPOINT);
  LamTrainingSettings settings = {
    .recipe = &task->recipe,
    .n_threads = task->n_threads,
    .limit_bytes =
        task->limit_bytes > 0 ? task->limit_bytes : get_free_bytes (),
    .checkpoint_path = checkpoint,
    .report = report,
    .data = &work,
  };
  GError **error = &task->error;
  if (!read_recipe (&work, error))
    return;
  work.truth = lam_training_truth_read (task->store,
      lam_volume_get_size (task->volume), task->choice, task->progress, error);
  if (!work.truth || !measure (&work, error))
    return;
  task->names = g_strdupv (work.truth->names);
  if (!task->resumes)
    fit_tile (&work);
  if (!make_training (&work, &settings, error)) {
    look_for_smaller (&work, &settings);
    return;
  }
  if (begin (&work, error))
    train (&work, error);
}

static gpointer
thread_main (gpointer data)
{
  LamTrainingTask *task = data;
  lam_courtesy_lower_thread ();
  run (task);
  say (task, NULL, false, true);
  return NULL;
}

LamTrainingTask *
lam_training_task_new (void)
{
  LamTrainingTask *task = g_new0 (LamTrainingTask, 1);
  g_mutex_init (&task->lock);
  g_queue_init (&task->said);
  task->best_step = -1;
  return task;
}

void
lam_training_task_start (LamTrainingTask *task)
{
  task->context = g_main_context_ref_thread_default ();
  lam_progress_take_time (task->progress);
  task->thread = g_thread_new ("training", thread_main, task);
}

void
lam_training_task_free (LamTrainingTask *task)
{
  lam_progress_cancel (task->progress);
  if (task->thread)
    g_thread_join (task->thread);
  if (task->source) {
    g_source_destroy (task->source);
    g_source_unref (task->source);
  }
  g_queue_clear_full (&task->said, news_free);
  g_mutex_clear (&task->lock);
  g_clear_pointer (&task->context, g_main_context_unref);
  g_clear_object (&task->store);
  g_clear_object (&task->volume);
  g_clear_pointer (&task->progress, lam_progress_unref);
  g_clear_pointer (&task->choice, lam_truth_choice_free);
  g_free (task->folder);
  g_free (task->preset);
  g_strfreev (task->settings);
  g_strfreev (task->names);
  g_clear_error (&task->error);
  g_free (task);
}
