/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Training in an open project: a network learns bright squares, is stopped,
 * goes on in another opening, and what cannot be trained is refused. */
#include <math.h>
#include <string.h>

#include "project-fixture.h"
#include "volume/tiff-writer.h"
#include "workspace/label-transfer.h"
#include "workspace/model-export.h"
#include "workspace/project-models.h"
#include "workspace/project-training.h"
#include "workspace/regions.h"

enum { X = 96, Y = 96, Z = 10, FIRST = 2, LAST = 8, SQUARE = 24 };

typedef struct {
  Project project;
  char *image;
} Fixture;

/* Sanitised it is the memory that is looked at, not what was learned. */
#ifdef __SANITIZE_ADDRESS__
enum { N_STEPS = 9, N_SHORT_STEPS = 9, N_BEFORE_STOP = 3, LEARNS = false };
#else
enum { N_STEPS = 60, N_SHORT_STEPS = 24, N_BEFORE_STOP = 7, LEARNS = true };
#endif

static bool
is_bright (int x, int y)
{
  return (x / SQUARE + y / SQUARE) % 2;
}

/* `is_image`: squares in all sections; else their labels in some. */
static void
write_stack (const char *path, bool is_image)
{
  g_autoptr (GError) error = NULL;
  LamTiffLayout layout = {
    .size = { X, Y, Z }, .dtype = LAM_DTYPE_U8, .voxel_size_nm = { 10, 10, 40 }
  };
  g_autoptr (LamTiffWriter) writer =
      lam_tiff_writer_new (path, &layout, &error);
  static uint8_t page[X * Y];
  for (int z = 0; z < Z; z++) {
    bool is_labelled = z >= FIRST && z < LAST;
    for (int i = 0; i < X * Y; i++) {
      bool bright = is_bright (i % X, i / X);
      page[i] = is_image ? (uint8_t)((bright ? 160 : 70) + (i * 7 + z) % 31)
                         : (uint8_t)(is_labelled && bright ? 2 : 0);
    }
    g_assert_true (lam_tiff_writer_add_page (writer, page, &error));
  }
  g_assert_true (lam_tiff_writer_finish (writer, &error));
}

static void
import (Project *project)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (project->folder, "l.tif", NULL);
  g_autoptr (GAsyncResult) result = NULL;
  const LamImportOptions options = { .mode = LAM_IMPORT_CLASSES };
  LamImportResult summary;
  write_stack (path, false);
  lam_workspace_import_async (
      project->workspace, path, &options, NULL, project_keep_result, &result);
  lam_workspace_import_finish (
      project->workspace, project_run_until (&result), &summary, &error);
  g_assert_no_error (error);
  project_wait (project);
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  Project *project = &fixture->project;
  project->folder = g_dir_make_tmp ("lam-training-XXXXXX", NULL);
  project->project = g_build_filename (project->folder, "a.lamella", NULL);
  fixture->image = g_build_filename (project->folder, "a.tif", NULL);
  write_stack (fixture->image, true);
  const LamWorkspaceSettings settings = { .n_threads = 2 };
  project->workspace =
      lam_workspace_open (fixture->image, NULL, &settings, &error);
  g_assert_no_error (error);
  lam_workspace_create_project (
      project->workspace, project->project, "platelet", &error);
  g_assert_no_error (error);
  import (project);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  project_close (&fixture->project);
  project_tear_down (&fixture->project, NULL);
  g_free (fixture->image);
}

static LamProjectTraining *
get_training (Fixture *fixture)
{
  return lam_project_training_of (fixture->project.workspace);
}

/* All of the labelled sections. */
static LamTruthChoice *
choose (bool fills)
{
  LamTruthChoice *choice = lam_truth_choice_new ();
  const LamBox box = lam_box_new (0, 0, FIRST, X, Y, LAST);
  g_array_append_val (choice->train, box);
  choice->fills = fills;
  return choice;
}

static char *quick[] = { "learning-rate=0.01", "validation-tiles=2",
  "elastic=0", "rotate=0", NULL };

static void
start (Fixture *fixture, LamTruthChoice *choice, int64_t steps)
{
  g_autoptr (GError) error = NULL;
  const LamTrainingPlan plan = { .model_name = "squares",
    .preset = "unet-local",
    .settings = quick,
    .choice = choice,
    .steps = steps };
  lam_project_training_start (get_training (fixture), &plan, &error);
  g_assert_no_error (error);
}

static bool
is_under_way (LamProjectTraining *training)
{
  LamTrainingState state = lam_project_training_get_state (training);
  return state == LAM_TRAINING_PREPARES || state == LAM_TRAINING_RUNS;
}

static LamTrainingState
wait (Fixture *fixture)
{
  LamProjectTraining *training = get_training (fixture);
  while (is_under_way (training)
      || (lam_project_training_get_state (training) == LAM_TRAINING_DONE
          && lam_project_training_get_model (training) == 0))
    g_main_context_iteration (NULL, true);
  return lam_project_training_get_state (training);
}

static void
wait_for_points (Fixture *fixture, guint n)
{
  LamProjectTraining *training = get_training (fixture);
  while (lam_project_training_get_curve (training)->points->len < n
      && is_under_way (training))
    g_main_context_iteration (NULL, true);
}

static void
assert_problem (Fixture *fixture, const char *part)
{
  g_assert_cmpint (wait (fixture), ==, LAM_TRAINING_FAILED);
  const char *problem =
      lam_project_training_get_problem (get_training (fixture));
  g_assert_nonnull (strstr (problem, part));
}

static bool
has_folder (Fixture *fixture)
{
  g_autofree char *path =
      g_build_filename (fixture->project.folder, "a.training", NULL);
  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* Not by the thread that asks. */
static bool export(
    LamProjectTraining *training, const char *path, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  lam_project_training_export_async (
      training, path, project_keep_result, &result);
  g_assert_null (result);
  return lam_model_export_finish (project_run_until (&result), error);
}

static void
test_learns (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  LamProjectTraining *training = get_training (fixture);
  g_assert_cmpint (
      lam_project_training_get_state (training), ==, LAM_TRAINING_NONE);
  start (fixture, choose (true), N_STEPS);
  g_assert_cmpint (wait (fixture), ==, LAM_TRAINING_DONE);
  const LamTrainingCurve *curve = lam_project_training_get_curve (training);
  g_assert_cmpint (curve->points->len, ==, N_STEPS);
  g_assert_cmpint (curve->judgements->len, ==, MIN (N_STEPS, 20));
  const LamTrainingJudgement *best = lam_training_curve_get_best (curve);
  if (LEARNS)
    g_assert_cmpfloat (best->iou[1], >, 0.8);
  g_assert_cmpint (lam_project_training_get_n_classes (training), ==, 2);
  g_assert_cmpstr (
      lam_project_training_get_class_name (training, 1), ==, "mitochondrion");
  /* A fifth of the sections: one tile. */
  g_assert_cmpint (curve->n_examples, ==, 1);
  const LamTrainingExample *example = &curve->examples[0];
  int n_right = 0, n_known = 0;
  for (int64_t i = 0; i < example->size[0] * example->size[1]; i++) {
    bool is_known = example->truth[i] != LAM_PATCH_IGNORED;
    n_known += is_known;
    n_right += is_known && example->truth[i] == example->said[i];
  }
  g_assert_cmpint (n_known, ==, X * Y);
  if (LEARNS)
    g_assert_cmpint (n_right, >, n_known * 8 / 10);

  /* It is a model of the project, and works there. */
  int64_t id = lam_project_training_get_model (training);
  g_autofree char *name = NULL;
  g_autoptr (LamModel) model = lam_project_model_open (
      lam_workspace_get_store (fixture->project.workspace), id, &name, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (name, ==, "squares");
  g_assert_cmpstr (lam_model_get_class_name (model, 1), ==, "mitochondrion");
  g_autofree char *path =
      g_build_filename (fixture->project.folder, "out.onnx", NULL);
  g_assert_true (export(training, path, &error));
  g_autoptr (LamModel) exported = lam_model_open (path, &error);
  g_assert_no_error (error);
  g_assert_false (export(training, fixture->project.project, &error));
  g_assert_nonnull (error);
  lam_project_training_discard (training);
  g_assert_false (has_folder (fixture));
}

static char *
hash_model (Fixture *fixture, int64_t id)
{
  g_autoptr (GBytes) bytes = lam_store_read_model (
      lam_workspace_get_store (fixture->project.workspace), id, NULL);
  return g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
}

/* What could not be gone on with, or was stopped before, is as it was. */
static void
expect_done_still (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  LamProjectTraining *training = get_training (fixture);
  g_assert_true (lam_project_training_extend (training, 0, 3, &error));
  lam_project_training_stop (training);
  g_assert_cmpint (wait (fixture), ==, LAM_TRAINING_DONE);
  g_assert_true (lam_project_training_can_extend (training));
  g_assert_true (lam_project_training_extend (training, 0, 1000000000, &error));
  assert_problem (fixture, "1000000000 at most");
  g_assert_true (lam_project_training_can_extend (training));
  g_assert_false (lam_project_training_can_continue (training));
  g_assert_cmpint (
      lam_project_training_get_n_steps (training), ==, N_SHORT_STEPS);
}

/* Stopped by closing the project, gone on with in another opening: the same
 * bits as without. */
static void
test_goes_on (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  start (fixture, choose (true), N_SHORT_STEPS);
  g_assert_cmpint (wait (fixture), ==, LAM_TRAINING_DONE);
  g_autofree char *whole = hash_model (
      fixture, lam_project_training_get_model (get_training (fixture)));
  start (fixture, choose (true), N_SHORT_STEPS);
  wait_for_points (fixture, N_BEFORE_STOP);
  project_close (&fixture->project);
  const LamWorkspaceSettings settings = { .n_threads = 1 };
  fixture->project.workspace =
      lam_workspace_open (fixture->project.project, NULL, &settings, &error);
  g_assert_no_error (error);
  LamProjectTraining *training = get_training (fixture);
  g_assert_cmpint (
      lam_project_training_get_state (training), ==, LAM_TRAINING_STOPPED);
  g_assert_true (lam_project_training_has_model (training));
  const LamTrainingCurve *curve = lam_project_training_get_curve (training);
  guint n = curve->points->len;
  g_assert_cmpint (n, >=, N_BEFORE_STOP);
  g_assert_cmpint (n, <, N_SHORT_STEPS);
  g_assert_true (lam_project_training_continue (training, &error));
  g_assert_false (lam_project_training_continue (training, &error));
  g_clear_error (&error);
  g_assert_cmpint (wait (fixture), ==, LAM_TRAINING_DONE);
  g_assert_cmpint (curve->points->len, ==, N_SHORT_STEPS);
  for (guint i = 0; i < N_SHORT_STEPS; i++)
    g_assert_cmpint (
        g_array_index (curve->points, LamTrainingPoint, i).step, ==, i + 1);
  const int64_t model = lam_project_training_get_model (training);
  g_autofree char *parts = hash_model (fixture, model);
  g_assert_cmpstr (parts, ==, whole);

  /* What is done goes on longer; no second model of the same weights. */
  const int64_t best = lam_training_curve_get_best (curve)->step;
  g_assert_false (lam_project_training_can_continue (training));
  expect_done_still (fixture);
  g_assert_true (lam_project_training_extend (training, 0, 3, &error));
  g_assert_cmpint (wait (fixture), ==, LAM_TRAINING_DONE);
  g_assert_cmpint (curve->points->len, ==, N_SHORT_STEPS + 3);
  g_assert_cmpint (
      lam_project_training_get_n_steps (training), ==, N_SHORT_STEPS + 3);
  g_assert_true ((lam_training_curve_get_best (curve)->step == best)
      == (lam_project_training_get_model (training) == model));
  g_assert_true (lam_project_training_can_extend (training));
}

static GArray *
list_keys (Fixture *fixture)
{
  GArray *keys = g_array_new (false, false, sizeof (int64_t));
  for (int x = 0; x < 2; x++)
    for (int y = 0; y < 2; y++) {
      int64_t key = lam_brick_key_pack ((LamBrickKey){ x, y, 0 });
      g_array_append_val (keys, key);
    }
  return keys;
}

/* Sections that somebody labelled are found; the last of them judge. */
static void
test_sections (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamTruthChoice) choice = lam_truth_choice_new ();
  const int64_t size[3] = { X, Y, Z };
  choice->keys = list_keys (fixture);
  choice->fills = true;
  g_autoptr (LamTrainingTruth) truth = lam_training_truth_read (
      lam_workspace_get_store (fixture->project.workspace), size, choice, NULL,
      &error);
  g_assert_no_error (error);
  const LamBox train = lam_box_new (0, 0, FIRST, X, Y, LAST - 1);
  const LamBox judge = lam_box_new (0, 0, LAST - 1, X, Y, LAST);
  g_assert_cmpint (choice->train->len, ==, 1);
  g_assert_true (
      lam_box_equal (&g_array_index (choice->train, LamBox, 0), &train));
  g_assert_true (
      lam_box_equal (&g_array_index (choice->validation, LamBox, 0), &judge));
  uint16_t section[X * Y];
  const LamBox last = lam_box_new (0, 0, LAST - 1, X, Y, LAST);
  g_assert_true (
      lam_volume_read_box (truth->labels, 0, &last, section, NULL, &error));
  for (int i = 0; i < X * Y; i++)
    g_assert_cmpint (section[i], ==, is_bright (i % X, i / X) ? 2 : 0);
}

static void
test_refuses (Fixture *fixture, gconstpointer unused)
{
  /* Without background there is one class. */
  start (fixture, choose (false), 10);
  assert_problem (fixture, "mitochondrion");
  g_assert_false (has_folder (fixture));
  LamTruthChoice *choice = choose (true);
  LamBox box = lam_box_new (0, 0, LAST - 1, X, Y, Z);
  g_array_append_val (choice->validation, box);
  start (fixture, choice, 10);
  assert_problem (fixture, "in common");
  start (fixture, lam_truth_choice_new (), 10);
  assert_problem (fixture, "at least one region");
  /* The project goes on. */
  start (fixture, choose (true), 2);
  g_assert_cmpint (wait (fixture), ==, LAM_TRAINING_DONE);
}

/* How much is missing is said, and a tile that fits. */
static void
test_memory (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  LamProjectTraining *training = get_training (fixture);
  char *large[] = { "tile=1000 1000 1", NULL };
  int64_t tile[3] = { 0 };
  const LamTrainingPlan plan = { .model_name = "squares",
    .preset = "unet-local",
    .settings = large,
    .choice = choose (true),
    .steps = 2,
    .limit_bytes = 80 << 20 };
  g_assert_true (lam_project_training_start (training, &plan, &error));
  assert_problem (fixture, "MB are allowed");
  g_assert_true (lam_project_training_get_smaller (training, tile));
  g_assert_cmpint (tile[0], <=, 512);
  g_assert_cmpint (tile[0], ==, tile[1]);
  g_autofree char *good =
      g_strdup_printf ("tile=%d %d 1", (int)tile[0], (int)tile[1]);
  char *smaller[] = { good, NULL };
  LamTrainingPlan again = plan;
  again.settings = smaller;
  again.choice = choose (true);
  g_assert_true (lam_project_training_start (training, &again, &error));
  g_assert_cmpint (wait (fixture), ==, LAM_TRAINING_DONE);
}

/* The message names the step; the last good weights can be kept. */
static void
test_infinite (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  LamProjectTraining *training = get_training (fixture);
  char *wild[] = { "learning-rate=1", "optimizer=sgd", "clip=0",
    "schedule=constant", "warm-up=0", "average=0", NULL };
  const LamTrainingPlan plan = { .model_name = "wild",
    .preset = "unet-local",
    .settings = wild,
    .choice = choose (true),
    .steps = 400 };
  g_assert_true (lam_project_training_start (training, &plan, &error));
  assert_problem (fixture, "the last good weights kept");
  g_assert_nonnull (
      strstr (lam_project_training_get_problem (training), "step "));
  g_assert_true (lam_project_training_has_model (training));
  g_autoptr (GAsyncResult) result = NULL;
  lam_project_training_keep_async (training, project_keep_result, &result);
  int64_t id = lam_project_training_keep_finish (
      training, project_run_until (&result), &error);
  g_assert_no_error (error);
  g_autoptr (LamModel) model = lam_project_model_open (
      lam_workspace_get_store (fixture->project.workspace), id, NULL, &error);
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  static const struct {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "learns", test_learns },
    { "goes-on", test_goes_on },
    { "sections", test_sections },
    { "refuses", test_refuses },
    { "memory", test_memory },
    { "infinite", test_infinite },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *name =
        g_strconcat ("/project-training/", tests[i].name, NULL);
    g_test_add (name, Fixture, NULL, set_up, tests[i].test, tear_down);
  }
  return g_test_run ();
}
