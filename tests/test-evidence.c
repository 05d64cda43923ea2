/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a person corrected at a place changes more than itself, and is taken
 * back with it. */
#include "model-worker-fixture.h"
#include "rounds.h"
#include "segment/propagate.h"
#include "workspace/model-evidence.h"
#include "workspace/places.h"

enum { N = X * Y * Z, STEP = PLAIN_OR_SANITISED (1, 5) };

/* A place in one slice, and what may follow from it (see propagate.h). */
static const LamBox spot = { { 60, 50, 5 }, { 90, 80, 6 } };
static const LamBox around = { { 10, 0, 0 }, { 140, 130, 12 } };

typedef struct {
  uint32_t label;
  uint16_t source;
} Said;

/* As it is on the screen: fetched where it is not in memory yet. */
static Said *
read_all (Fixture *fixture)
{
  LamWorkspace *workspace = fixture->project.workspace;
  Said *all = g_new (Said, N);
  for (int64_t i = 0; i < N; i += STEP) {
    const int64_t at[3] = { i % X, i / X % Y, i / X / Y };
    if (!lam_label_map_try_voxel (lam_workspace_get_labels (workspace), at,
            &all[i].label, &all[i].source)) {
      const LamProbe fetched = probe (fixture, at[0], at[1], at[2]);
      all[i] = (Said){ fetched.label, fetched.source };
    }
  }
  return all;
}

static void
segment_all (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  LamBox all = lam_box_new (0, 0, 0, X, Y, Z);
  lam_model_worker_ask_async (
      fixture->worker, &all, project_keep_result, &result);
  lam_model_worker_ask_finish (
      fixture->worker, project_run_until (&result), NULL, &error);
  g_assert_no_error (error);
  project_wait (&fixture->project);
}

static void
say (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  const LamPlace place = { .kind = LAM_PLACE_UNSURE, .box = spot };
  lam_places_say (lam_workspace_get_store (fixture->project.workspace), &place,
      LAM_VERDICT_CORRECTED, NULL, &error);
  g_assert_no_error (error);
}

/* Voxels that have another class, but for those that a person painted. */
static int
count_changed (Fixture *fixture, const Said *before, const Said *after)
{
  int n = 0;
  for (int64_t i = 0; i < N; i += STEP) {
    const int64_t at[3] = { i % X, i / X % Y, i / X / Y };
    const LamLabel *a = project_row (&fixture->project, before[i].label),
                   *b = project_row (&fixture->project, after[i].label);
    bool is_other = (a ? a->class_id : 0) != (b ? b->class_id : 0);
    if (after[i].source == LAM_SOURCE_HUMAN) {
      g_assert_cmpuint (after[i].label, ==, fixture->label);
      continue;
    }
    if (!is_other)
      continue;
    g_assert_true (lam_box_contains (&around, at));
    /* The person saw that it is right; what has become too small for an object
     * is none. */
    g_assert_true (!b || !lam_box_contains (&spot, at));
    n++;
  }
  return n;
}

static void
test_follows (Fixture *fixture, gconstpointer unused)
{
  LamWorkspace *workspace = fixture->project.workspace;
  segment_all (fixture);
  g_autofree Said *before = read_all (fixture);
  say (fixture);
  int64_t edit = paint (fixture, 75, 65, 5);
  settle (fixture);
  g_assert_null (fixture->failed);
  g_autofree Said *after = read_all (fixture);
  g_assert_cmpint (count_changed (fixture, before, after), >, 100 / STEP);
  g_autoptr (LamHistoryRow) row = newest (fixture, 0);
  g_assert_cmpint (row->cause, ==, edit);
  lam_workspace_undo (workspace);
  project_wait (&fixture->project);
  g_autofree Said *undone = read_all (fixture);
  for (int64_t i = 0; i < N; i += STEP)
    g_assert_true (undone[i].label == before[i].label
        && undone[i].source == before[i].source);
}

/* Nothing follows where it is switched off, nor from what was painted where
 * nobody has looked at the rest. */
static void
test_does_not (Fixture *fixture, gconstpointer unused)
{
  LamWorkspace *workspace = fixture->project.workspace;
  segment_all (fixture);
  g_autofree Said *before = read_all (fixture);
  paint (fixture, 75, 65, 5);
  settle (fixture);
  g_autofree Said *after = read_all (fixture);
  g_assert_cmpint (count_changed (fixture, before, after), ==, 0);
  g_assert_true (lam_workspace_propagates (workspace));
  lam_workspace_set_propagates (workspace, false);
  g_assert_false (lam_workspace_propagates (workspace));
  say (fixture);
  paint (fixture, 80, 65, 5);
  settle (fixture);
  g_autofree Said *later = read_all (fixture);
  g_assert_cmpint (count_changed (fixture, before, later), ==, 0);
}

static void
note_answer_cb (LamModelWorker *worker, bool *is_answered)
{
  *is_answered = true;
}

/* Of a network that has not looked there since it was opened: the answer, and
 * what follows from the place waits. */
static int64_t
paint_until_answered (Fixture *fixture, int64_t x)
{
  bool is_answered = false;
  stop (fixture);
  reopen (fixture);
  gulong link = g_signal_connect (
      fixture->worker, "answered", G_CALLBACK (note_answer_cb), &is_answered);
  int64_t edit = paint (fixture, x, 65, 5);
  while (!is_answered && !fixture->failed)
    g_main_context_iteration (NULL, true);
  g_signal_handler_disconnect (fixture->worker, link);
  g_assert_null (fixture->failed);
  g_assert_cmpuint (count_jobs (fixture), ==, 1);
  LamModelJob *job = lam_model_worker_get_job (fixture->worker, 0);
  g_assert_true (lam_model_job_follows (job));
  g_assert_cmpint (lam_model_job_get_newest_cause (job), ==, edit);
  return edit;
}

/* The same; it changes something. */
static int64_t
paint_until_changed (Fixture *fixture, int64_t x)
{
  int64_t edit = paint_until_answered (fixture, x);
  g_autoptr (LamHistoryRow) row = newest (fixture, 0);
  g_assert_cmpint (row->cause, ==, edit);
  g_assert_true (lam_model_commit_is_part (row));
  return edit;
}

static void
assert_same (const Said *one, const Said *other)
{
  for (int64_t i = 0; i < N; i += STEP)
    g_assert_true (
        one[i].label == other[i].label && one[i].source == other[i].source);
}

static void
assert_followed (Fixture *fixture, const Said *before)
{
  settle (fixture);
  g_assert_null (fixture->failed);
  g_autofree Said *after = read_all (fixture);
  g_assert_cmpint (count_changed (fixture, before, after), >, 100 / STEP);
}

/* An answer at once, which the other is not waited for; undone between the two,
 * and done again. */
static void
test_undone_between (Fixture *fixture, gconstpointer unused)
{
  segment_all (fixture);
  g_autofree Said *before = read_all (fixture);
  say (fixture);
  paint_until_changed (fixture, 75);
  g_autofree Said *part = read_all (fixture);
  g_assert_cmpint (count_changed (fixture, before, part), ==, 0);
  lam_workspace_undo (fixture->project.workspace);
  settle (fixture);
  g_autofree Said *undone = read_all (fixture);
  assert_same (undone, before);
  lam_workspace_redo (fixture->project.workspace);
  project_wait (&fixture->project);
  assert_followed (fixture, before);
  g_autoptr (LamHistoryRow) row = newest (fixture, 0);
  g_assert_false (lam_model_commit_is_part (row));
  lam_workspace_undo (fixture->project.workspace);
  settle (fixture);
  g_autofree Said *again = read_all (fixture);
  assert_same (again, before);
}

/* Ended between the two: the next opening does the rest. */
static void
test_ended_between (Fixture *fixture, gconstpointer unused)
{
  segment_all (fixture);
  g_autofree Said *before = read_all (fixture);
  say (fixture);
  int64_t edit = paint_until_changed (fixture, 75);
  lam_model_worker_set_paused (fixture->worker, true);
  stop (fixture);
  reopen (fixture);
  assert_followed (fixture, before);
  g_autoptr (LamHistoryRow) row = newest (fixture, 0);
  g_assert_cmpint (row->cause, ==, edit);
  lam_workspace_undo (fixture->project.workspace);
  settle (fixture);
  g_autofree Said *undone = read_all (fixture);
  assert_same (undone, before);
}

/* A stroke beside the first one before what follows: one for both. */
static void
test_joined (Fixture *fixture, gconstpointer unused)
{
  segment_all (fixture);
  g_autofree Said *before = read_all (fixture);
  say (fixture);
  paint_until_changed (fixture, 75);
  int64_t edit = paint (fixture, 80, 65, 5);
  assert_followed (fixture, before);
  g_autoptr (LamHistoryRow) row = newest (fixture, 0);
  g_assert_cmpint (row->cause, ==, edit);
}

/* What an answer changed is there after another one, whose box holds but a part
 * of the place from which it followed. */
static void
assert_stays (Fixture *fixture, const Said *before, const Said *after)
{
  int n = 0;
  g_autofree Said *later = read_all (fixture);
  for (int64_t i = 0; i < N; i += STEP) {
    if (after[i].label == before[i].label
        || later[i].source == LAM_SOURCE_HUMAN)
      continue;
    n += later[i].label != after[i].label;
  }
  g_assert_cmpint (n, ==, 0);
}

static void
test_stays (Fixture *fixture, gconstpointer unused)
{
  segment_all (fixture);
  g_autofree Said *before = read_all (fixture);
  say (fixture);
  paint (fixture, 75, 65, 5);
  settle (fixture);
  g_autofree Said *after = read_all (fixture);
  g_assert_cmpint (count_changed (fixture, before, after), >, 100 / STEP);
  paint (fixture, 92, 65, 5);
  settle (fixture);
  assert_stays (fixture, before, after);
  lam_workspace_undo (fixture->project.workspace);
  project_wait (&fixture->project);
  g_autofree Said *undone = read_all (fixture);
  assert_same (undone, after);
  /* Nor does an answer in a hurry take it back. */
  paint_until_answered (fixture, 92);
  assert_stays (fixture, before, after);
  settle (fixture);
}

/* Where the voxel size is not known, voxels are taken for cubes. */
static void
test_unknown_size (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("lam-evidence-XXXXXX", &error);
  g_autofree char *path = g_build_filename (folder, "a.lamella", NULL);
  size_t n;
  const LamClass *classes = lam_class_preset_get ("platelet", &n);
  LamVolumeRow row = {
    .path = (char *)"/none.tif", .dtype = (char *)"uint8", .size = { X, Y, Z }
  };
  g_object_unref (lam_store_create (path, &row, classes, n, &error));
  g_assert_no_error (error);
  LamWorkspace *workspace = project_open (path, 0);
  LamStore *store = lam_workspace_get_store (workspace);
  const LamPlace place = { .kind = LAM_PLACE_UNSURE, .box = spot };
  lam_places_say (store, &place, LAM_VERDICT_VERIFIED, NULL, &error);
  g_autoptr (LamLearningFacts) facts = lam_learning_facts_new (workspace, 0);
  const LamNormalisation normalisation = { 0 };
  g_autoptr (LamModelEvidence) evidence =
      lam_model_evidence_new (facts, store, NULL, &normalisation, true, 1);
  int64_t reach[3] = { 0 };
  g_assert_true (lam_model_evidence_find (evidence, &spot, reach, &error));
  for (int a = 0; a < 3; a++)
    g_assert_cmpint (reach[a], ==, LAM_PROPAGATE_REACH * 2 / 3);
  g_assert_true (lam_workspace_close (workspace, false, &error));
  g_assert_finalize_object (workspace);
  g_unlink (path);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add (
      "/evidence/follows", Fixture, NULL, set_up, test_follows, tear_down);
  g_test_add (
      "/evidence/does-not", Fixture, NULL, set_up, test_does_not, tear_down);
  g_test_add ("/evidence/undone-between", Fixture, NULL, set_up,
      test_undone_between, tear_down);
  g_test_add ("/evidence/ended-between", Fixture, NULL, set_up,
      test_ended_between, tear_down);
  g_test_add (
      "/evidence/joined", Fixture, NULL, set_up, test_joined, tear_down);
  g_test_add ("/evidence/stays", Fixture, NULL, set_up, test_stays, tear_down);
  g_test_add_func ("/evidence/unknown-size", test_unknown_size);
  return g_test_run ();
}
