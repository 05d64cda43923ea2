/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
/* Meanwhile the project may go on in a copy: then the thread reads on there,
 * and what was learned is kept from the main thread, in whatever store is the
 * project's by then. */
#include "workspace/whole-learning.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "base/courtesy.h"
#include "base/error.h"
#include "workspace/learning-thread.h"
#include "workspace/model-classes.h"
#include "workspace/model-states.h"
#include "workspace/project-models-private.h"
#include "workspace/project-models.h"
#include "workspace/workspace-private.h"

typedef struct {
  LamStoreSlot *slot; /* Borrowed: the workspace outlives the thread */
  LamStore *store; /* Owned; of the thread */
  LamVolume *volume; /* Owned */
  LamProgress *progress; /* Owned */
  LamLearningFacts *facts; /* Owned */
  LamWholeLearningSettings settings;
  int64_t active, base;
  bool is_part; /* of places that were settled, some were kept back */
  GBytes *learned; /* Owned; NULL: it is not kept */
  char *title; /* Owned; of that */
  LamWholeLearningResult result;
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;
  g_clear_object (&request->store);
  g_clear_object (&request->volume);
  g_clear_pointer (&request->progress, lam_progress_unref);
  g_clear_pointer (&request->facts, lam_learning_facts_free);
  g_clear_pointer (&request->learned, g_bytes_unref);
  g_free (request->title);
  g_free (request);
}

/* Whether what failed is to be tried again, in another store; clears the error
 * then. */
static bool
follows (Request *request, GError **error)
{
  if (!lam_store_slot_follow (request->slot, &request->store,
          lam_progress_cancellable_or_null (request->progress)))
    return false;
  g_clear_error (error);
  return true;
}

static GBytes *
read_base (Request *request, GError **error)
{
  GBytes *onnx;
  do
    onnx = lam_store_read_model (request->store, request->base, error);
  while (!onnx && follows (request, error));
  return onnx;
}

static GArray *
list_bricks (Request *request, GError **error)
{
  GArray *stored;
  do
    stored = lam_store_list_bricks (request->store, error);
  while (!stored && follows (request, error));
  return stored;
}

static bool
read_brick (
    Request *request, LamBrickKey key, LamLearningBrick *brick, GError **error)
{
  bool done;
  do
    done = lam_learning_facts_read (
        request->facts, request->store, key, brick, error);
  while (!done && follows (request, error));
  return done;
}

/* As the last layers do (learning-thread.c). */
static bool
take_places (Request *request, LamRefiner *refiner, GError **error)
{
  bool done;
  do
    done = lam_learning_facts_take_places (
        request->facts, request->store, &request->is_part, error);
  while (!done && follows (request, error));
  lam_refiner_set_is_chosen (refiner, request->is_part);
  return done;
}

static char *
dup_title (Request *request, GError **error)
{
  char *title;
  do
    title = lam_learning_dup_title (request->store, request->base, error);
  while (!title && follows (request, error));
  return title;
}

static bool
tell (Request *request, LamRefiner *refiner, GError **error)
{
  g_autofree uint8_t *teaches = g_malloc (LAM_BRICK_VOXELS);
  g_autofree uint8_t *tests = g_malloc (LAM_BRICK_VOXELS);
  LamLearningBrick brick = { .teaches = teaches, .tests = tests };
  LamBox all = lam_box_of_size (lam_volume_get_size (request->volume));
  g_autoptr (GArray) stored = list_bricks (request, error);
  if (!stored
      || !lam_learning_facts_fit (
          request->facts, lam_refiner_get_model (refiner), error)
      || !take_places (request, refiner, error))
    return false;
  g_autoptr (GArray) keys =
      lam_learning_facts_list (request->facts, stored, &all);
  for (guint i = 0; i < keys->len; i++) {
    LamBrickKey key = lam_brick_key_unpack (g_array_index (keys, int64_t, i));
    if (!lam_progress_check (request->progress, error)
        || !read_brick (request, key, &brick, error))
      return false;
    if (brick.any_teaches || brick.any_tests)
      lam_refiner_tell (refiner, key, teaches, tests);
  }
  return true;
}

/* Where only the last layers of where it begins have learned. */
static bool
tell_present (Request *request, LamRefiner *refiner, GError **error)
{
  LamModel *present;
  if (request->active == request->base)
    return true;
  do
    present =
        lam_project_model_open (request->store, request->active, NULL, error);
  while (!present && follows (request, error));
  if (present)
    lam_refiner_set_present (refiner, present);
  return present != NULL;
}

static bool
refine (Request *request, const char *from, const char *to, GError **error)
{
  LamRefinerSettings settings;
  lam_refiner_settings_init (&settings);
  settings.n_threads = request->settings.n_threads;
  if (request->settings.n_steps > 0)
    settings.n_steps = request->settings.n_steps;
  if (request->settings.seed > 0)
    settings.seed = request->settings.seed;
  if (request->settings.rate > 0)
    settings.rate = request->settings.rate;
  g_autoptr (LamRefiner) refiner =
      lam_refiner_new (from, request->volume, &settings, error);
  return refiner && tell (request, refiner, error)
      && tell_present (request, refiner, error)
      && lam_refiner_run (
          refiner, to, &request->result.report, request->progress, error);
}

/* By regions that were held out at least as well, by places for sure, than
 * where it began and than what is in use; what is no number is not. */
static bool
is_better (const Request *request)
{
  const LamRefinerReport *report = &request->result.report;
  if (report->iou_after < report->iou_present)
    return false;
  return request->is_part
      ? report->is_sure && report->iou_after > report->iou_before
      : report->iou_after >= report->iou_before;
}

static bool
keep (Request *request, const char *path, GError **error)
{
  char *data;
  gsize n;
  request->result.report.is_part |= request->is_part;
  if (!is_better (request))
    return true;
  request->title = dup_title (request, error);
  if (!request->title || !g_file_get_contents (path, &data, &n, error))
    return false;
  request->learned = g_bytes_new_take (data, n);
  return true;
}

/* The file was there for this alone. */
static void
name_base (Request *request, const char *path, GError *failed)
{
  g_autoptr (LamModelRow) row =
      lam_store_find_model (request->store, request->base, NULL);
  g_autofree char *shown =
      row ? g_strdup_printf (_ ("Model “%s”"), row->name) : NULL;
  if (shown)
    lam_error_rename_file (failed, path, shown);
}

static bool
work (Request *request, GError **error)
{
  GError *failed = NULL;
  gsize n;
  g_autoptr (GBytes) onnx = read_base (request, error);
  g_autofree char *folder =
      onnx ? g_dir_make_tmp ("lamella-whole-XXXXXX", error) : NULL;
  if (!folder)
    return false;
  const char *data = g_bytes_get_data (onnx, &n);
  g_autofree char *from = g_build_filename (folder, "model.onnx", NULL);
  g_autofree char *to = g_build_filename (folder, "learned.onnx", NULL);
  bool done = g_file_set_contents (from, data, (gssize)n, error)
      && refine (request, from, to, &failed) && keep (request, to, &failed);
  if (failed) {
    name_base (request, from, failed);
    g_propagate_error (error, failed);
  }
  g_unlink (from);
  g_unlink (to);
  g_rmdir (folder);
  return done;
}

/* A thread of its own, since its priority would stay low. */
static gpointer
thread_main (gpointer data)
{
  g_autoptr (GTask) task = data;
  Request *request = g_task_get_task_data (task);
  GError *error = NULL;
  if (request->settings.gives_way)
    lam_courtesy_lower_thread ();
  if (work (request, &error))
    g_task_return_boolean (task, true);
  else
    g_task_return_error (task, error);
  return NULL;
}

static void
keep_state (LamWorkspace *workspace, const Request *request)
{
  const LamRefinerReport *report = &request->result.report;
  const LamModelState state = { .kind = LAM_MODEL_STATE_WHOLE,
    .base = request->base,
    .n_voxels = report->n_taught,
    .judged_by = report->is_part ? LAM_JUDGED_BY_PART : LAM_JUDGED_BY_REGIONS,
    .iou_before = report->iou_before,
    .iou_after = report->iou_after };
  lam_workspace_set_model_state (workspace, request->result.state, &state);
  lam_workspace_copy_class_fit (
      workspace, request->base, request->result.state);
  /* Unless the person chose another one meanwhile, or its last layers have
   * learned something new: that follows with the next stroke. */
  int64_t active = lam_workspace_get_active_model (workspace);
  LamModelState now = lam_workspace_get_model_state (workspace, active);
  if (active == request->active || active == request->base
      || (now.kind == LAM_MODEL_STATE_HEAD && now.base == request->base))
    lam_project_model_set_active (workspace->store, request->result.state);
  g_signal_emit_by_name (workspace, "models-changed");
}

static void
kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  LamWorkspace *workspace = LAM_WORKSPACE (source);
  Request *request = g_task_get_task_data (task);
  GError *error = NULL;
  request->result.state =
      lam_workspace_add_model_finish (workspace, result, &error);
  if (request->result.state == 0) {
    g_task_return_error (task, error);
    return;
  }
  keep_state (workspace, request);
  g_task_return_boolean (task, true);
}

static void
worked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  LamWorkspace *workspace = g_task_get_source_object (task);
  const Request *request = g_task_get_task_data (task);
  GError *error = NULL;
  if (!g_task_propagate_boolean (G_TASK (result), &error)) {
    g_task_return_error (task, error);
    return;
  }
  if (request->learned)
    lam_project_models_add_learned_async (workspace, request->learned,
        request->title, request->base, kept_cb, g_steal_pointer (&task));
  else
    g_task_return_boolean (task, true);
}

static bool
check (LamWorkspace *workspace, GError **error)
{
  if (!lam_workspace_check_writable (workspace, error))
    return false;
  if (lam_workspace_get_active_model (workspace) == 0)
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("The project has no active model: add one and activate it first"));
  else if (!workspace->volume)
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("The project’s image is missing"));
  else
    return true;
  return false;
}

void
lam_whole_learning_async (LamWorkspace *workspace,
    const LamWholeLearningSettings *settings, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (workspace, NULL, callback, user_data);
  GError *error = NULL;
  Request *request = g_new0 (Request, 1);
  g_task_set_task_data (task, request, request_free);
  if (!check (workspace, &error)) {
    g_task_return_error (task, error);
    return;
  }
  request->active = lam_workspace_get_active_model (workspace);
  LamModelState state =
      lam_workspace_get_model_state (workspace, request->active);
  request->base =
      state.kind == LAM_MODEL_STATE_HEAD ? state.base : request->active;
  request->slot = &workspace->slot;
  request->store = g_object_ref (workspace->store);
  request->volume = g_object_ref (workspace->volume);
  request->progress = lam_progress_ref (progress);
  if (settings->gives_way)
    lam_progress_give_way (progress);
  request->facts = lam_learning_facts_new (workspace, request->base);
  request->settings = *settings;
  if (settings->n_threads == 0)
    request->settings.n_threads = workspace->how.n_threads;
  g_autoptr (GTask) thread =
      g_task_new (NULL, NULL, worked_cb, g_steal_pointer (&task));
  g_task_set_task_data (thread, request, NULL);
  g_thread_unref (
      g_thread_new ("lamella-whole", thread_main, g_steal_pointer (&thread)));
}

bool
lam_whole_learning_finish (LamWorkspace *workspace, GAsyncResult *result,
    LamWholeLearningResult *what, GError **error)
{
  const Request *request = g_task_get_task_data (G_TASK (result));
  *what = request->result;
  return g_task_propagate_boolean (G_TASK (result), error);
}
