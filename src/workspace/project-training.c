/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The state on the main thread; training-task.c does the work. The folder of
 * what is unfinished follows from the project's path, so that a project that is
 * copied or moved without it begins anew. */
#include "workspace/project-training.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "segment/training-log.h"
#include "workspace/model-export.h"
#include "workspace/project-models.h"
#include "workspace/training-record.h"
#include "workspace/training-task.h"
#include "workspace/workspace-private.h"

struct _LamProjectTraining {
  GObject parent_instance;
  LamWorkspace *workspace; /* Borrowed; NULL once it is gone */
  LamTrainingState state;
  LamTrainingTask *task; /* Owned; NULL: none is under way */
  LamTrainingRecord *record; /* Owned; NULL before one has begun */
  char *model_name; /* Owned */
  char *folder; /* Owned */
  char *problem; /* Owned */
  bool has_smaller, has_model;
  int64_t smaller_tile[3], keeping_step; /* the latter: of what is being kept */
  LamTrainingCurve *curve; /* Owned */
};

G_DEFINE_FINAL_TYPE (LamProjectTraining, lam_project_training, G_TYPE_OBJECT)

enum { CHANGED, PROGRESS, EXAMPLES, N_SIGNALS };
static guint signals[N_SIGNALS];

static const char *const files[] = { LAM_TRAINING_CHECKPOINT,
  LAM_TRAINING_TRAINED, LAM_TRAINING_RECORD, LAM_TRAINING_LOG,
  LAM_TRAINING_MODEL, LAM_TRAINING_PLAN };

static void
set_state (LamProjectTraining *training, LamTrainingState state)
{
  training->state = state;
  g_signal_emit (training, signals[CHANGED], 0);
}

static char *
dup_path (LamProjectTraining *training, const char *name)
{
  return g_build_filename (training->folder, name, NULL);
}

static bool
has_file (LamProjectTraining *training, const char *name)
{
  g_autofree char *path = dup_path (training, name);
  return g_file_test (path, G_FILE_TEST_IS_REGULAR);
}

static void
rename_file (LamProjectTraining *training, const char *from, const char *to)
{
  g_autofree char *old = dup_path (training, from);
  g_autofree char *new = dup_path (training, to);
  if (g_rename (old, new) != 0)
    g_warning ("%s: %s", old, g_strerror (errno));
}

/* Whose weights the best network has; without validation the last ones. */
static int64_t
get_best_step (LamProjectTraining *training)
{
  const LamTrainingJudgement *best =
      lam_training_curve_get_best (training->curve);
  return best ? best->step : training->record->step;
}

/* --- what an earlier opening left ----------------------------------------- */

static void
drop_files (LamProjectTraining *training)
{
  for (size_t i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *path = dup_path (training, files[i]);
    g_unlink (path);
  }
  g_rmdir (training->folder);
  g_clear_pointer (&training->record, lam_training_record_free);
  training->has_model = false;
}

static void
read_log (LamProjectTraining *training)
{
  g_autofree char *log = dup_path (training, LAM_TRAINING_LOG);
  lam_training_log_read (log, (int)training->record->choice->classes->len,
      training->record->n_steps, lam_training_curve_add, training->curve);
}

static void
pick_up (LamProjectTraining *training)
{
  g_autofree char *plan = dup_path (training, LAM_TRAINING_PLAN);
  g_autoptr (GError) error = NULL;
  if (!has_file (training, LAM_TRAINING_PLAN))
    return;
  training->record =
      lam_training_record_read (plan, training->workspace->size, &error);
  if (!training->record) {
    g_message ("%s", error->message);
    return;
  }
  training->model_name = g_strdup (training->record->model_name);
  read_log (training);
  training->has_model = has_file (training, LAM_TRAINING_MODEL);
  training->state = has_file (training, LAM_TRAINING_CHECKPOINT)
      ? LAM_TRAINING_STOPPED
      : training->has_model ? LAM_TRAINING_DONE
                            : LAM_TRAINING_NONE;
}

/* --- a task --------------------------------------------------------------- */

static void
write_record (LamProjectTraining *training)
{
  g_autofree char *path = dup_path (training, LAM_TRAINING_PLAN);
  g_autoptr (GError) error = NULL;
  if (!lam_training_record_write (training->record, path, &error))
    g_warning ("%s", error->message);
}

/* From now on it can be gone on with. */
static void
began_cb (LamTrainingTask *task, gpointer user_data)
{
  LamProjectTraining *training = user_data;
  if (!training->record)
    training->record = g_new0 (LamTrainingRecord, 1);
  LamTrainingRecord *record = training->record;
  g_free (record->model_name);
  g_strfreev (record->names);
  g_clear_pointer (&record->choice, lam_truth_choice_free);
  record->model_name = g_strdup (training->model_name);
  record->names = g_strdupv (task->names);
  /* The thread has no more use of it. */
  record->choice = g_steal_pointer (&task->choice);
  record->step = task->step;
  record->n_steps = task->recipe.steps;
  write_record (training);
  /* Rows after the checkpoint, of a program that was killed, are gone. */
  g_array_set_size (training->curve->points, 0);
  g_array_set_size (training->curve->judgements, 0);
  read_log (training);
  set_state (training, LAM_TRAINING_RUNS);
}

static void
news_cb (LamTrainingTask *task, const LamTrainingNews *news, gpointer user_data)
{
  LamProjectTraining *training = user_data;
  lam_training_curve_add (training->curve, &news->report);
  training->record->step = news->report.step;
  if (news->report.validation) {
    lam_training_curve_set_examples (
        training->curve, news->examples, news->n_examples);
    g_signal_emit (training, signals[EXAMPLES], 0);
  }
  g_signal_emit (training, signals[PROGRESS], 0);
}

/* A first one that came to nothing leaves nothing; one that was done and was
 * not gone on with yet is done. */
static LamTrainingState
settle (LamProjectTraining *training, bool was_cancelled)
{
  if (!training->record)
    drop_files (training);
  else
    write_record (training);
  if (training->problem)
    return LAM_TRAINING_FAILED;
  if (!was_cancelled || lam_project_training_can_extend (training))
    return LAM_TRAINING_DONE;
  return training->record ? LAM_TRAINING_STOPPED : LAM_TRAINING_NONE;
}

/* What was trained to the end is a model of the project without a word. */
static void
done_kept_cb (GObject *source, GAsyncResult *result, gpointer unused)
{
  LamProjectTraining *training = LAM_PROJECT_TRAINING (source);
  g_autoptr (GError) error = NULL;
  if (lam_project_training_keep_finish (training, result, &error) > 0)
    return;
  g_free (training->problem);
  training->problem = g_strdup (error->message);
  set_state (training, LAM_TRAINING_FAILED);
}

static void
ended_cb (LamTrainingTask *task, gpointer user_data)
{
  LamProjectTraining *training = user_data;
  bool was_cancelled = lam_error_is_cancelled (task->error);
  training->task = NULL;
  if (task->error && !was_cancelled)
    training->problem = g_strdup (task->error->message);
  training->has_smaller = task->has_smaller;
  memcpy (training->smaller_tile, task->smaller_tile,
      sizeof training->smaller_tile);
  training->has_model = has_file (training, LAM_TRAINING_MODEL);
  bool is_done = !task->error;
  lam_training_task_free (task);
  if (is_done)
    rename_file (training, LAM_TRAINING_CHECKPOINT, LAM_TRAINING_TRAINED);
  set_state (training, settle (training, was_cancelled));
  if (is_done && training->workspace
      && lam_project_training_get_model (training) == 0)
    lam_project_training_keep_async (training, done_kept_cb, NULL);
}

static LamTrainingTask *
make_task (LamProjectTraining *training)
{
  LamWorkspace *workspace = training->workspace;
  LamTrainingTask *task = lam_training_task_new ();
  task->store = g_object_ref (workspace->store);
  task->volume = g_object_ref (workspace->volume);
  task->progress = lam_progress_new ();
  task->folder = g_strdup (training->folder);
  task->n_threads = workspace->how.n_threads;
  if (workspace->knows_voxel_size)
    memcpy (task->voxel_size_nm, workspace->voxel_size_nm,
        sizeof task->voxel_size_nm);
  task->began = began_cb;
  task->news = news_cb;
  task->ended = ended_cb;
  task->user_data = training;
  return task;
}

static bool
check (LamProjectTraining *training, GError **error)
{
  LamWorkspace *workspace = training->workspace;
  if (!workspace || !lam_workspace_check_writable (workspace, error))
    return false;
  if (!workspace->volume) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("The project’s image is missing: find it first"));
    return false;
  }
  if (!training->task)
    return true;
  g_set_error_literal (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("A network is being trained already"));
  return false;
}

static void
launch (LamProjectTraining *training, LamTrainingTask *task)
{
  g_clear_pointer (&training->problem, g_free);
  training->has_smaller = false;
  training->task = task;
  lam_training_task_start (task);
  set_state (training, LAM_TRAINING_PREPARES);
}

/* --- verbs ---------------------------------------------------------------- */

bool
lam_project_training_start (
    LamProjectTraining *training, const LamTrainingPlan *plan, GError **error)
{
  g_autoptr (LamTruthChoice) choice = plan->choice;
  if (!check (training, error))
    return false;
  drop_files (training);
  lam_training_curve_clear (training->curve);
  if (g_mkdir (training->folder, 0755) != 0) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_IO, _ ("%s cannot be made: %s"),
        training->folder, g_strerror (errno));
    return false;
  }
  LamTrainingTask *task = make_task (training);
  task->preset = g_strdup (plan->preset);
  task->settings = g_strdupv (plan->settings);
  task->choice = g_steal_pointer (&choice);
  task->seconds = plan->seconds;
  task->epochs = plan->epochs;
  task->steps = plan->steps;
  task->limit_bytes = plan->limit_bytes;
  g_free (training->model_name);
  training->model_name = g_strdup (plan->model_name);
  launch (training, task);
  return true;
}

void
lam_project_training_stop (LamProjectTraining *training)
{
  if (training->task)
    lam_progress_cancel (training->task->progress);
}

/* Both 0: as was planned. */
static bool
go_on (LamProjectTraining *training, bool can, double seconds, int64_t steps,
    GError **error)
{
  if (!check (training, error))
    return false;
  if (!can) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("There is no training to go on with"));
    return false;
  }
  LamTrainingTask *task = make_task (training);
  task->preset = dup_path (training, LAM_TRAINING_RECORD);
  task->choice = lam_truth_choice_copy (training->record->choice);
  task->resumes = true;
  task->seconds = seconds;
  task->steps = steps;
  launch (training, task);
  return true;
}

bool
lam_project_training_continue (LamProjectTraining *training, GError **error)
{
  return go_on (
      training, lam_project_training_can_continue (training), 0, 0, error);
}

bool
lam_project_training_extend (
    LamProjectTraining *training, double seconds, int64_t steps, GError **error)
{
  g_return_val_if_fail (seconds > 0 || steps > 0, false);
  return go_on (training, lam_project_training_can_extend (training), seconds,
      steps, error);
}

/* Waits for the thread: a fraction of a second. */
static void
end_task (LamProjectTraining *training)
{
  if (!training->task)
    return;
  g_clear_pointer (&training->task, lam_training_task_free);
  training->has_model = has_file (training, LAM_TRAINING_MODEL);
  training->state = settle (training, true);
}

void
lam_project_training_discard (LamProjectTraining *training)
{
  end_task (training);
  drop_files (training);
  lam_training_curve_clear (training->curve);
  g_clear_pointer (&training->problem, g_free);
  training->has_smaller = false;
  set_state (training, LAM_TRAINING_NONE);
}

static void
kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  LamProjectTraining *training = g_task_get_source_object (task);
  GError *error = NULL;
  int64_t id =
      lam_workspace_add_model_finish (LAM_WORKSPACE (source), result, &error);
  if (id == 0) {
    g_task_return_error (task, error);
    return;
  }
  if (training->record) {
    training->record->model = id;
    training->record->kept_step = training->keeping_step;
    write_record (training);
  }
  g_signal_emit (training, signals[CHANGED], 0);
  g_task_return_pointer (task, GSIZE_TO_POINTER ((gsize)id), NULL);
}

/* One that was kept before has the plain name. */
static char *
dup_kept_name (LamProjectTraining *training)
{
  const LamTrainingRecord *record = training->record;
  return record->model == 0 ? g_strdup (training->model_name)
                            : g_strdup_printf (_ ("%s, step %" G_GINT64_FORMAT),
                                training->model_name, get_best_step (training));
}

void
lam_project_training_keep_async (LamProjectTraining *training,
    GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (training, NULL, callback, user_data);
  g_autofree char *path = dup_path (training, LAM_TRAINING_MODEL);
  g_autofree char *name = dup_kept_name (training);
  training->keeping_step = get_best_step (training);
  lam_workspace_add_model_async (
      training->workspace, path, name, kept_cb, task);
}

int64_t
lam_project_training_keep_finish (
    LamProjectTraining *training, GAsyncResult *result, GError **error)
{
  return (int64_t)GPOINTER_TO_SIZE (
      g_task_propagate_pointer (G_TASK (result), error));
}

void
lam_project_training_export_async (LamProjectTraining *training,
    const char *path, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autofree char *from = dup_path (training, LAM_TRAINING_MODEL);
  lam_model_export_async (training,
      &(LamModelExport){ .store = training->workspace->store,
          .from = from,
          .path = path,
          .may_replace = true },
      callback, user_data);
}

/* --- what it says of itself ----------------------------------------------- */

LamTrainingState
lam_project_training_get_state (LamProjectTraining *training)
{
  return training->state;
}

const char *
lam_project_training_get_problem (LamProjectTraining *training)
{
  return training->problem;
}

bool
lam_project_training_get_smaller (LamProjectTraining *training, int64_t tile[3])
{
  if (training->has_smaller)
    memcpy (tile, training->smaller_tile, sizeof training->smaller_tile);
  return training->has_smaller;
}

const char *
lam_project_training_get_model_name (LamProjectTraining *training)
{
  return training->model_name;
}

bool
lam_project_training_has_model (LamProjectTraining *training)
{
  return training->has_model;
}

bool
lam_project_training_can_continue (LamProjectTraining *training)
{
  return !training->task && training->record
      && has_file (training, LAM_TRAINING_CHECKPOINT);
}

bool
lam_project_training_can_extend (LamProjectTraining *training)
{
  return !training->task && training->record
      && has_file (training, LAM_TRAINING_TRAINED)
      && !has_file (training, LAM_TRAINING_CHECKPOINT);
}

int64_t
lam_project_training_get_model (LamProjectTraining *training)
{
  const LamTrainingRecord *record = training->record;
  return record && record->kept_step == get_best_step (training) ? record->model
                                                                 : 0;
}

int64_t
lam_project_training_get_step (LamProjectTraining *training)
{
  return training->record ? training->record->step : 0;
}

int64_t
lam_project_training_get_n_steps (LamProjectTraining *training)
{
  return training->record ? training->record->n_steps : 0;
}

double
lam_project_training_get_seconds_left (LamProjectTraining *training)
{
  return training->state == LAM_TRAINING_RUNS
      ? lam_progress_get_seconds_left (training->task->progress)
      : -1;
}

const LamTrainingCurve *
lam_project_training_get_curve (LamProjectTraining *training)
{
  return training->curve;
}

int
lam_project_training_get_n_classes (LamProjectTraining *training)
{
  return training->record ? (int)training->record->choice->classes->len : 0;
}

const char *
lam_project_training_get_class_name (LamProjectTraining *training, int i)
{
  return training->record->names[i];
}

int32_t
lam_project_training_get_class_id (LamProjectTraining *training, int i)
{
  return g_array_index (training->record->choice->classes, int32_t, i);
}

/* --- the object ----------------------------------------------------------- */

static void
lam_project_training_dispose (GObject *object)
{
  LamProjectTraining *training = LAM_PROJECT_TRAINING (object);
  end_task (training);
  if (training->workspace)
    g_signal_handlers_disconnect_by_data (training->workspace, training);
  g_clear_weak_pointer (&training->workspace);
  G_OBJECT_CLASS (lam_project_training_parent_class)->dispose (object);
}

static void
lam_project_training_finalize (GObject *object)
{
  LamProjectTraining *training = LAM_PROJECT_TRAINING (object);
  g_clear_pointer (&training->record, lam_training_record_free);
  lam_training_curve_free (training->curve);
  g_free (training->model_name);
  g_free (training->folder);
  g_free (training->problem);
  G_OBJECT_CLASS (lam_project_training_parent_class)->finalize (object);
}

static void
lam_project_training_class_init (LamProjectTrainingClass *class)
{
  static const char *const names[] = { "changed", "progress", "examples" };
  G_OBJECT_CLASS (class)->dispose = lam_project_training_dispose;
  G_OBJECT_CLASS (class)->finalize = lam_project_training_finalize;
  for (int i = 0; i < N_SIGNALS; i++)
    signals[i] = g_signal_new (names[i], LAM_TYPE_PROJECT_TRAINING,
        G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lam_project_training_init (LamProjectTraining *training)
{
  training->curve = lam_training_curve_new ();
}

#define OF_WORKSPACE "lam-training"

LamProjectTraining *
lam_project_training_of (LamWorkspace *workspace)
{
  LamProjectTraining *training =
      g_object_get_data (G_OBJECT (workspace), OF_WORKSPACE);
  if (training || !workspace->store
      || lam_workspace_get_read_only_reason (workspace))
    return training;
  training = g_object_new (LAM_TYPE_PROJECT_TRAINING, NULL);
  g_set_weak_pointer (&training->workspace, workspace);
  training->folder =
      lam_training_record_dup_folder (lam_store_get_path (workspace->store));
  g_signal_connect_swapped (
      workspace, "closing", G_CALLBACK (end_task), training);
  g_object_set_data_full (
      G_OBJECT (workspace), OF_WORKSPACE, training, g_object_unref);
  pick_up (training);
  return training;
}
