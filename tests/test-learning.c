/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A network that learns from strokes beside the person: states in the project,
 * which one works, undo, the switch, and what a held-out region refuses. */
#include <math.h>
#include <string.h>

#include "nn/metadata.h"
#include "nn/onnx-write.h"
#include "nn/preset.h"
#include "project-fixture.h"
#include "volume/tiff-writer.h"
#include "workspace/model-worker-learn.h"
#include "workspace/project-models.h"
#include "workspace/regions.h"
#include "workspace/places.h"
#include "workspace/whole-learning.h"

enum { X = 192, Y = 128, Z = 6 };

typedef struct {
  Project project;
  LamModelWorker *worker; /* Owned */
  uint32_t labels[3];
} Fixture;

static void
write_image (const char *path)
{
  g_autoptr (GError) error = NULL;
  LamTiffLayout layout = {
    .size = { X, Y, Z }, .dtype = LAM_DTYPE_U8, .voxel_size_nm = { 10, 10, 40 }
  };
  g_autoptr (LamTiffWriter) writer =
      lam_tiff_writer_new (path, &layout, &error);
  static uint8_t page[X * Y];
  for (int z = 0; z < Z; z++) {
    for (int i = 0; i < X * Y; i++)
      page[i] = (uint8_t)(40 + 80 * ((i % X / 24 + i / X / 24) % 3)
          + (i * 7919 + z) % 17);
    g_assert_true (lam_tiff_writer_add_page (writer, page, &error));
  }
  g_assert_true (lam_tiff_writer_finish (writer, &error));
}

static void
write_model (const char *path, uint64_t seed)
{
  static const double grey[2] = { 120, 70 };
  static const char *const classes[] = { "background", "cell", "mitochondrion",
    NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strconcat (path, ".network", NULL);
  g_assert_true (g_file_set_contents (text,
      "[network]\nnorm = none\n[layers]\n"
      "a = block image 6\nlogits = conv a classes@1x1x1\n",
      -1, NULL));
  g_autoptr (LamPreset) preset = lam_preset_open (text, &error);
  g_autoptr (LamNetwork) network = lam_preset_build (preset, 3, seed, &error);
  lam_metadata_set_lines (network, LAM_METADATA_CLASSES, classes);
  lam_metadata_set_numbers (network, LAM_METADATA_NORMALISATION, grey);
  g_assert_true (lam_network_check (network, &error));
  g_assert_true (lam_onnx_write (network, path, 0, &error));
  g_unlink (text);
}

static void
activate (Fixture *fixture, int64_t id)
{
  g_autoptr (GAsyncResult) result = NULL;
  lam_workspace_activate_model_async (
      fixture->project.workspace, id, project_keep_result, &result);
  g_assert_true (lam_workspace_activate_model_finish (
      fixture->project.workspace, project_run_until (&result), NULL));
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  Project *project = &fixture->project;
  project->folder = g_dir_make_tmp ("lam-learning-XXXXXX", NULL);
  project->project = g_build_filename (project->folder, "a.lamella", NULL);
  g_autofree char *image = g_build_filename (project->folder, "a.tif", NULL);
  g_autofree char *onnx = g_build_filename (project->folder, "net.onnx", NULL);
  write_image (image);
  write_model (onnx, 3);
  project->workspace = lam_workspace_open (image, NULL, NULL, &error);
  g_assert_no_error (error);
  lam_workspace_create_project (
      project->workspace, project->project, "platelet", &error);
  g_assert_no_error (error);
  lam_workspace_add_model_async (
      project->workspace, onnx, NULL, project_keep_result, &result);
  g_assert_cmpint (lam_workspace_add_model_finish (
                       project->workspace, project_run_until (&result), &error),
      ==, 1);
  activate (fixture, 1);
  fixture->labels[1] = project_add_label (project, 1);
  fixture->labels[2] = project_add_label (project, 2);
  project_wait (project);
  fixture->worker = lam_model_worker_new (project->workspace, 1, false);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  project_wait (&fixture->project);
  project_assert_clean (&fixture->project);
  project_close (&fixture->project);
  g_assert_finalize_object (fixture->worker);
  project_tear_down (&fixture->project, NULL);
}

/* Until there is nothing left to be done. */
static void
settle (Fixture *fixture)
{
  do {
    while (g_main_context_iteration (NULL, false))
      ;
    project_wait (&fixture->project);
    g_usleep (1000);
  } while (
      g_list_model_get_n_items (lam_model_worker_get_jobs (fixture->worker)) > 0
      || lam_model_worker_get_lesson (fixture->worker).is_busy);
}

static void
paint (Fixture *fixture, int which, double x, double y)
{
  project_stroke (&fixture->project, fixture->labels[which], x, y, 2);
  project_wait (&fixture->project);
  settle (fixture);
}

static GPtrArray *
list (Fixture *fixture)
{
  return lam_workspace_list_models (fixture->project.workspace, NULL);
}

static int64_t
get_active (Fixture *fixture)
{
  return lam_workspace_get_active_model (fixture->project.workspace);
}

/* Off until somebody says so, or has held out a verified region. */
static void
test_switch (Fixture *fixture, gconstpointer unused)
{
  g_assert_false (lam_model_worker_learns (fixture->worker));
  paint (fixture, 1, 30, 30);
  g_autoptr (GPtrArray) rows = list (fixture);
  g_assert_cmpint (rows->len, ==, 1);
  g_assert_cmpint (get_active (fixture), ==, 1);
  LamRegion region = { .name = (char *)"judge",
    .box = { { 150, 90, 0 }, { 190, 120, 2 } },
    .role = LAM_REGION_VALIDATION,
    .review = LAM_REVIEW_VERIFIED };
  g_assert_cmpint (
      lam_workspace_add_region (fixture->project.workspace, &region, NULL), >,
      0);
  g_assert_true (lam_model_worker_learns (fixture->worker));
  lam_model_worker_set_learns (fixture->worker, false);
  g_assert_false (lam_model_worker_learns (fixture->worker));
  settle (fixture);
}

/* A state of the project, which works from then on; gone with the stroke. */
static void
test_state (Fixture *fixture, gconstpointer unused)
{
  LamWorkspace *workspace = fixture->project.workspace;
  lam_model_worker_set_learns (fixture->worker, true);
  settle (fixture);
  g_assert_cmpint (get_active (fixture), ==, 1);
  paint (fixture, 1, 30, 30);
  LamLesson lesson = lam_model_worker_get_lesson (fixture->worker);
  g_assert_cmpstr (lesson.problem, ==, NULL);
  g_assert_cmpint (lesson.state, ==, LAM_LESSON_KEPT);
  g_assert_cmpint (lesson.report.n_known, >, 100);
  g_assert_cmpfloat (lesson.report.loss_after, <, lesson.report.loss_before);
  g_autoptr (GPtrArray) rows = list (fixture);
  g_assert_cmpint (rows->len, ==, 2);
  const LamModelRow *row = rows->pdata[1];
  g_assert_cmpint (row->parent, ==, 1);
  g_assert_cmpint (get_active (fixture), ==, row->id);
  LamModelState state = lam_workspace_get_model_state (workspace, row->id);
  g_assert_cmpint (state.kind, ==, LAM_MODEL_STATE_HEAD);
  g_assert_cmpint (state.base, ==, 1);
  g_assert_cmpint (state.n_voxels, ==, lesson.report.n_known);
  g_assert_cmpint (state.judged_by, ==, LAM_JUDGED_NOT);
  g_autofree char *text = lam_model_state_describe (&state);
  g_assert_nonnull (text);
  /* It did the answer to the stroke. */
  g_autoptr (GPtrArray) runs =
      lam_store_list_runs (lam_workspace_get_store (workspace), NULL);
  g_assert_cmpint (runs->len, ==, 1);
  g_assert_cmpint (((LamRunRow *)runs->pdata[0])->model, ==, row->id);
  /* Read again it is a network like any other. */
  g_autoptr (GError) error = NULL;
  g_autoptr (LamModel) model = lam_project_model_open (
      lam_workspace_get_store (workspace), row->id, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (lam_model_get_n_classes (model), ==, 3);
  lam_workspace_undo (workspace);
  settle (fixture);
  g_assert_cmpint (get_active (fixture), ==, 1);
  lesson = lam_model_worker_get_lesson (fixture->worker);
  g_assert_cmpint (lesson.state, ==, LAM_LESSON_NOTHING);
}

static int
count_there (Fixture *fixture)
{
  g_autoptr (GPtrArray) rows = list (fixture);
  int n_there = 0;
  for (guint i = 0; i < rows->len; i++)
    n_there += !((const LamModelRow *)rows->pdata[i])->removed;
  return n_there;
}

/* Only the last few, and what a person added. */
static void
test_few (Fixture *fixture, gconstpointer unused)
{
  lam_model_worker_set_learns (fixture->worker, true);
  enum { N = LAM_MODEL_STATES_KEPT + 4 };
  for (int i = 0; i < N; i++)
    paint (fixture, 1 + i % 2, 20 + 20 * i, 30 + 9 * i);
  g_autoptr (GPtrArray) rows = list (fixture);
  const int n_there = count_there (fixture);
  g_assert_cmpint (rows->len, ==, N + 1);
  g_assert_false (((const LamModelRow *)rows->pdata[0])->removed);
  g_assert_false (((const LamModelRow *)rows->pdata[N])->removed);
  g_assert_cmpint (n_there, <=, LAM_MODEL_STATES_KEPT + 2);
  g_assert_cmpint (n_there, >=, LAM_MODEL_STATES_KEPT);
}

/* What is learned in several lessons is one state, beside what was before. */
static void
test_goes_on (Fixture *fixture, gconstpointer unused)
{
  lam_model_worker_set_learns (fixture->worker, true);
  paint (fixture, 1, 30, 30);
  const int64_t first = get_active (fixture);
  LamRegion region = { .name = (char *)"all",
    .box = { { 0, 0, 0 }, { X, Y, Z } },
    .role = LAM_REGION_TRAIN,
    .review = LAM_REVIEW_VERIFIED };
  lam_workspace_add_region (fixture->project.workspace, &region, NULL);
  settle (fixture);
  while (count_there (fixture) > 3)
    g_main_context_iteration (NULL, true);
  g_assert_cmpint (
      lam_model_worker_get_lesson (fixture->worker).report.n_cells_left, ==, 0);
  g_autoptr (GPtrArray) rows = list (fixture);
  g_assert_cmpint (rows->len, ==, 4);
  const int64_t last = ((const LamModelRow *)rows->pdata[3])->id;
  g_assert_cmpint (get_active (fixture), ==, last);
  for (guint i = 0; i < rows->len; i++) {
    const LamModelRow *row = rows->pdata[i];
    g_assert_cmpint (row->removed, ==, i == 2);
    g_assert_true (i != 1 || row->id == first);
    g_assert_true (g_str_has_suffix (row->name, ", taught 2") == (i >= 2));
  }
}

static char *
get_hash (Fixture *fixture)
{
  g_autoptr (LamModelRow) row = lam_store_find_model (
      lam_workspace_get_store (fixture->project.workspace),
      get_active (fixture), NULL);
  return g_strdup (row->hash);
}

/* The same bytes, whatever happened in between, also after opening again. */
static void
test_same (Fixture *fixture, gconstpointer unused)
{
  lam_model_worker_set_learns (fixture->worker, true);
  paint (fixture, 1, 30, 30);
  paint (fixture, 2, 100, 60);
  g_autofree char *first = get_hash (fixture);
  paint (fixture, 2, 150, 90);
  g_autofree char *other = get_hash (fixture);
  g_assert_cmpstr (first, !=, other);
  lam_workspace_undo (fixture->project.workspace);
  settle (fixture);
  g_autofree char *again = get_hash (fixture);
  g_assert_cmpstr (first, ==, again);
  project_wait (&fixture->project);
  project_close (&fixture->project);
  g_assert_finalize_object (fixture->worker);
  fixture->project.workspace = project_open (fixture->project.project, 0);
  fixture->worker = lam_model_worker_new (fixture->project.workspace, 2, false);
  settle (fixture);
  paint (fixture, 2, 150, 90);
  g_autofree char *last = get_hash (fixture);
  g_assert_cmpstr (last, ==, other);
}

/* What the network says itself, but for small objects, is the truth of the
 * region that judges, so whatever it learns is worse. */
static void
hold_out (Fixture *fixture)
{
  LamWorkspace *workspace = fixture->project.workspace;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  const LamBox all = { { 0, 0, 0 }, { X, Y, Z } };
  lam_model_worker_ask_async (
      fixture->worker, &all, project_keep_result, &result);
  g_assert_true (lam_model_worker_ask_finish (
      fixture->worker, project_run_until (&result), NULL, &error));
  LamRegion region = { .name = (char *)"judge",
    .box = { { 0, 0, 4 }, { X, Y, 6 } },
    .role = LAM_REGION_TEST,
    .review = LAM_REVIEW_VERIFIED };
  lam_workspace_add_region (workspace, &region, &error);
  g_assert_no_error (error);
  settle (fixture);
}

static void
test_refused (Fixture *fixture, gconstpointer unused)
{
  hold_out (fixture);
  for (int i = 0; i < 4; i++)
    paint (fixture, 1 + i % 2, 30 + 40 * i, 30 + 20 * i);
  LamLesson lesson = lam_model_worker_get_lesson (fixture->worker);
  g_assert_cmpint (lesson.state, ==, LAM_LESSON_WORSE);
  g_assert_cmpint (lesson.report.n_tested, >, 100);
  g_assert_cmpfloat (lesson.report.iou_after, <, lesson.report.iou_before);
  g_assert_cmpint (get_active (fixture), ==, 1);
  g_autoptr (GPtrArray) rows = list (fixture);
  g_assert_cmpint (rows->len, ==, 1);
}

/* A state that nothing had judged does worse on what was held out since. */
static void
test_goes_back (Fixture *fixture, gconstpointer unused)
{
  lam_model_worker_set_learns (fixture->worker, true);
  for (int i = 0; i < 4; i++)
    paint (fixture, 1 + i % 2, 30 + 40 * i, 30 + 20 * i);
  g_assert_cmpint (
      lam_model_worker_get_lesson (fixture->worker).state, ==, LAM_LESSON_KEPT);
  int64_t taught = get_active (fixture);
  g_assert_cmpint (taught, !=, 1);
  activate (fixture, 1);
  lam_model_worker_set_learns (fixture->worker, false);
  hold_out (fixture);
  activate (fixture, taught);
  lam_model_worker_set_learns (fixture->worker, true);
  settle (fixture);
  LamLesson lesson = lam_model_worker_get_lesson (fixture->worker);
  g_assert_cmpint (lesson.state, ==, LAM_LESSON_BACK);
  g_assert_cmpfloat (lesson.report.iou_present, <, lesson.report.iou_before);
  g_assert_cmpint (get_active (fixture), ==, 1);
}

static void
segment_all (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  const LamBox all = { { 0, 0, 0 }, { X, Y, Z } };
  lam_model_worker_ask_async (
      fixture->worker, &all, project_keep_result, &result);
  g_assert_true (lam_model_worker_ask_finish (
      fixture->worker, project_run_until (&result), NULL, &error));
  settle (fixture);
}

static void
verify_places (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  LamStore *store = lam_workspace_get_store (fixture->project.workspace);
  for (int i = 0; i < 24; i++) {
    const int64_t x = i % 6 * 36, y = i / 6 * 36;
    const LamPlace place = { .kind = LAM_PLACE_UNSURE,
      .box = lam_box_new (x, y, 5, x + 30, y + 30, 6) };
    lam_places_say (store, &place, LAM_VERDICT_VERIFIED, NULL, &error);
    g_assert_no_error (error);
  }
}

/* The same of places that a person found right: they teach, and some judge. */
static void
test_places (Fixture *fixture, gconstpointer unused)
{
  segment_all (fixture);
  verify_places (fixture);
  lam_model_worker_set_learns (fixture->worker, true);
  paint (fixture, 1, 40, 40);
  LamLesson lesson = lam_model_worker_get_lesson (fixture->worker);
  g_assert_cmpint (lesson.report.n_known, >, 10 * 900);
  g_assert_cmpint (lesson.report.n_tested, >, 100);
  g_assert_cmpint (lesson.judged_by, ==, LAM_JUDGED_BY_PART);
  g_assert_cmpint (lesson.state, ==, LAM_LESSON_WORSE);
  g_assert_cmpint (get_active (fixture), ==, 1);
}

static const LamBox seen = { { 36, 36, 5 }, { 66, 66, 6 } };
enum { SEEN = 30 * 30 };

static void
read_seen (Fixture *fixture, int32_t classes[SEEN])
{
  for (int i = 0; i < SEEN; i++) {
    const LamLabel *row = project_row (&fixture->project,
        project_label_at (&fixture->project, seen.min[0] + i % 30,
            seen.min[1] + i / 30, seen.min[2]));
    classes[i] = row ? row->class_id : 0;
  }
}

static int
count_other (const int32_t one[SEEN], const int32_t other[SEEN])
{
  int n = 0;
  for (int i = 0; i < SEEN; i++)
    n += one[i] != other[i];
  return n;
}

static void
add_other_model (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *onnx =
      g_build_filename (fixture->project.folder, "other.onnx", NULL);
  write_model (onnx, 4);
  lam_workspace_add_model_async (
      fixture->project.workspace, onnx, NULL, project_keep_result, &result);
  int64_t id = lam_workspace_add_model_finish (
      fixture->project.workspace, project_run_until (&result), &error);
  g_assert_no_error (error);
  g_unlink (onnx);
  activate (fixture, id);
}

/* What a person found right stays, also where the network that learns from him
 * says otherwise and has refused what it learned. */
static void
test_keeps (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  int32_t first[SEEN], right[SEEN], last[SEEN];
  const LamPlace place = { .kind = LAM_PLACE_UNSURE, .box = seen };
  segment_all (fixture);
  read_seen (fixture, first);
  add_other_model (fixture);
  segment_all (fixture);
  read_seen (fixture, right);
  g_assert_cmpint (count_other (first, right), >, SEEN / 10);
  lam_places_say (lam_workspace_get_store (fixture->project.workspace), &place,
      LAM_VERDICT_VERIFIED, NULL, &error);
  g_assert_no_error (error);
  activate (fixture, 1);
  lam_model_worker_set_learns (fixture->worker, true);
  paint (fixture, 1, 150, 100);
  LamLesson lesson = lam_model_worker_get_lesson (fixture->worker);
  g_assert_cmpint (lesson.state, ==, LAM_LESSON_WORSE);
  g_assert_cmpint (get_active (fixture), ==, 1);
  segment_all (fixture);
  read_seen (fixture, last);
  /* But for what became too small for an object. */
  g_assert_cmpint (count_other (right, last), <, SEEN / 10);
}

static LamWholeLearningResult
learn_whole (Fixture *fixture, double rate)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (LamProgress) progress = lam_progress_new ();
  const LamWholeLearningSettings settings = {
    .n_steps = 30, .rate = rate, .n_threads = 1
  };
  LamWholeLearningResult what;
  lam_whole_learning_async (fixture->project.workspace, &settings, progress,
      project_keep_result, &result);
  g_assert_true (lam_whole_learning_finish (
      fixture->project.workspace, project_run_until (&result), &what, &error));
  g_assert_no_error (error);
  return what;
}

/* All of it learns, and is kept for what was held out of the strokes. */
static void
test_whole (Fixture *fixture, gconstpointer unused)
{
  LamWorkspace *workspace = fixture->project.workspace;
  for (int i = 0; i < 24; i++)
    paint (
        fixture, 1 + (i / 6 + i % 6) % 2, 14 + 30 * (i % 6), 16 + 28 * (i / 6));
  LamWholeLearningResult what = learn_whole (fixture, 0.01);
  g_assert_true (what.report.is_part);
  g_assert_cmpint (what.report.n_tested, >, 50);
  g_assert_cmpfloat (what.report.iou_after, >=, what.report.iou_before);
  g_assert_cmpint (what.state, >, 1);
  g_assert_cmpint (get_active (fixture), ==, what.state);
  LamModelState state = lam_workspace_get_model_state (workspace, what.state);
  g_assert_cmpint (state.kind, ==, LAM_MODEL_STATE_WHOLE);
  g_assert_cmpint (state.judged_by, ==, LAM_JUDGED_BY_PART);
  g_autofree char *first = get_hash (fixture);
  activate (fixture, 1);
  g_assert_cmpint (learn_whole (fixture, 0.01).state, >, what.state);
  g_autofree char *again = get_hash (fixture);
  g_assert_cmpstr (first, ==, again);
}

/* What was said of the last layers is not said of what all of it became, also
 * while what there is to learn from is read for that. */
static void
test_whole_says (Fixture *fixture, gconstpointer unused)
{
  LamModelWorker *worker = fixture->worker;
  lam_model_worker_set_learns (worker, true);
  for (int i = 0; i < 24; i++)
    paint (
        fixture, 1 + (i / 6 + i % 6) % 2, 14 + 30 * (i % 6), 16 + 28 * (i / 6));
  g_assert_cmpint (
      lam_model_worker_get_lesson (worker).state, ==, LAM_LESSON_KEPT);
  g_assert_cmpint (learn_whole (fixture, 0.01).state, >, 1);
  LamLesson lesson;
  do {
    lesson = lam_model_worker_get_lesson (worker);
    g_assert_cmpint (lesson.state, ==, LAM_LESSON_NONE);
    g_main_context_iteration (NULL, false);
  } while (lesson.is_busy);
  settle (fixture);
  g_assert_cmpint (
      lam_model_worker_get_lesson (worker).state, ==, LAM_LESSON_NONE);
}

/* Places that a person found right teach and judge it, too: there it cannot
 * become better; nor worse by borders, which nobody mends to the voxel. */
static void
test_whole_places (Fixture *fixture, gconstpointer unused)
{
  segment_all (fixture);
  verify_places (fixture);
  LamWholeLearningResult what = learn_whole (fixture, 0.1);
  g_assert_true (what.report.is_part);
  g_assert_cmpint (what.report.n_taught, >, 10 * 900);
  g_assert_cmpint (what.report.n_tested, >, 100);
  g_assert_cmpfloat (what.report.iou_after, ==, what.report.iou_before);
  g_assert_cmpint (what.state, ==, 0);
  g_assert_cmpint (get_active (fixture), ==, 1);
}

static void
copied_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  lam_workspace_save_copy_finish (LAM_WORKSPACE (source), result, &error);
  g_assert_no_error (error);
  *(bool *)user_data = true;
}

/* From here on the project is the copy. */
static void
save_copy (Fixture *fixture, const char *name, bool *is_done)
{
  Project *project = &fixture->project;
  g_free (project->project);
  project->project = g_build_filename (project->folder, name, NULL);
  lam_workspace_save_copy_async (
      project->workspace, project->project, NULL, copied_cb, is_done);
}

/* What is learned while the project is saved as a copy belongs to the copy. */
static void
test_copied (Fixture *fixture, gconstpointer unused)
{
  LamWorkspace *workspace = fixture->project.workspace;
  bool is_done = false, is_done_again = false;
  for (int i = 0; i < 24; i++)
    project_stroke (&fixture->project, fixture->labels[1 + (i / 6 + i % 6) % 2],
        14 + 30 * (i % 6), 16 + 28 * (i / 6), 2);
  save_copy (fixture, "b.lamella", &is_done);
  settle (fixture);
  g_assert_true (is_done);
  g_assert_cmpint (lam_model_worker_get_lesson (fixture->worker).state, !=,
      LAM_LESSON_FAILED);
  g_assert_false (lam_model_worker_is_paused (fixture->worker));
  save_copy (fixture, "c.lamella", &is_done_again);
  LamWholeLearningResult what = learn_whole (fixture, 0.01);
  g_assert_true (is_done_again);
  g_assert_cmpint (what.state, >, 1);
  g_assert_cmpint (get_active (fixture), ==, what.state);
  LamModelState state = lam_workspace_get_model_state (workspace, what.state);
  g_assert_cmpint (state.kind, ==, LAM_MODEL_STATE_WHOLE);
  g_autofree char *hash = get_hash (fixture);
  g_assert_cmpstr (hash, !=, "");
}

static void
test_whole_refused (Fixture *fixture, gconstpointer unused)
{
  lam_model_worker_set_learns (fixture->worker, false);
  hold_out (fixture);
  for (int i = 0; i < 4; i++)
    paint (fixture, 1 + i % 2, 30 + 40 * i, 30 + 20 * i);
  LamWholeLearningResult what = learn_whole (fixture, 0.1);
  g_assert_false (what.report.is_part);
  g_assert_cmpfloat (what.report.iou_before, >, 0.5);
  g_assert_cmpfloat (what.report.iou_after, <, what.report.iou_before);
  g_assert_cmpint (what.state, ==, 0);
  g_assert_cmpint (get_active (fixture), ==, 1);
  g_autoptr (GPtrArray) rows = list (fixture);
  g_assert_cmpint (rows->len, ==, 1);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *fixture, gconstpointer unused);
  } cases[] = {
    { "/learning/switch", test_switch },
    { "/learning/state", test_state },
    { "/learning/few", test_few },
    { "/learning/goes-on", test_goes_on },
    { "/learning/same", test_same },
    { "/learning/refused", test_refused },
    { "/learning/goes-back", test_goes_back },
    { "/learning/places", test_places },
    { "/learning/keeps", test_keeps },
    { "/learning/whole", test_whole },
    { "/learning/whole-says", test_whole_says },
    { "/learning/whole-places", test_whole_places },
    { "/learning/whole-refused", test_whole_refused },
    { "/learning/copied", test_copied },
  };
  g_test_init (&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].name, Fixture, NULL, set_up, cases[i].test, tear_down);
  return g_test_run ();
}
