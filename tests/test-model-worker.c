/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Networks of a project and the worker that runs them beside the person. */
#include "model-worker-fixture.h"
#include "segment/segmenter.h"
#include "store/opinions.h"
#include "workspace/history-names.h"
#include "workspace/model-classes.h"
#include "workspace/model-looks.h"
#include "workspace/model-states.h"
#include "workspace/segment-all.h"
#include "workspace/shipped-models.h"
#include "workspace/workspace-private.h"

/* --- tests --------------------------------------------------------------- */

static void
test_models (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  LamWorkspace *workspace = fixture->project.workspace;
  static const char *const other[] = { "background", "vesicle", NULL };
  g_autofree char *path =
      g_build_filename (fixture->project.folder, "other.onnx", NULL);
  write_model (path, other);
  g_assert_cmpint (add_model (fixture, path, &error), ==, 2);
  g_assert_false (activate (fixture, 2, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_NEEDS_CHOICE);
  /* Both lists. */
  g_assert_nonnull (strstr (error->message, "background, vesicle"));
  g_assert_nonnull (strstr (error->message, "cell, mitochondrion"));
  g_clear_error (&error);
  g_assert_cmpint (lam_workspace_get_active_model (workspace), ==, 1);

  /* It can neither decide with another, nor another with it: both lists. */
  g_autoptr (GAsyncResult) asked = NULL;
  lam_workspace_ask_too_async (workspace, 2, project_keep_result, &asked);
  g_assert_false (lam_workspace_ask_too_finish (
      workspace, project_run_until (&asked), &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  g_assert_nonnull (strstr (error->message, "background, vesicle"));
  g_assert_nonnull (strstr (error->message, "Cell, mitochondrion"));
  g_clear_error (&error);
  g_assert_false (lam_workspace_asks_too (workspace, 2));
  lam_workspace_set_asks_too (workspace, 2, true);
  g_assert_false (activate (fixture, 1, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  g_clear_error (&error);
  lam_workspace_set_asks_too (workspace, 2, false);

  g_assert_cmpint (add_model (fixture, fixture->image, &error), ==, 0);
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_cmpint (add_model (fixture, "/nowhere.onnx", &error), ==, 0);
  g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
  g_clear_error (&error);

  g_autoptr (GPtrArray) rows = lam_workspace_list_models (workspace, &error);
  g_assert_cmpint (rows->len, ==, 2);
  g_assert_cmpstr (((LamModelRow *)rows->pdata[0])->name, ==, "net α");
  g_autoptr (GAsyncResult) result = NULL;
  lam_workspace_remove_model_async (workspace, 1, project_keep_result, &result);
  g_assert_true (lam_workspace_remove_model_finish (
      workspace, project_run_until (&result), &error));
  g_assert_cmpint (lam_workspace_get_active_model (workspace), ==, 0);
  g_assert_false (activate (fixture, 1, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
  g_clear_error (&error);
  paint (fixture, 50, 50, 5);
  g_assert_cmpint (count_jobs (fixture), ==, 0);
}

/* How unsure the network is there, and the class that it would have said next,
 * are in the file beside its label. */
static void
assert_opinion (Fixture *fixture, const int64_t at[3], const LamProbe *found,
    const LamProposal *proposal, int place)
{
  static LamOpinion *opinion;
  static LamBrickKey of = { -1, 0, 0 };
  g_autoptr (GError) error = NULL;
  LamBrickKey key = { (int32_t)(at[0] / LAM_BRICK_EDGE),
    (int32_t)(at[1] / LAM_BRICK_EDGE), (int32_t)(at[2] / LAM_BRICK_EDGE) };
  if (lam_brick_key_pack (key) != lam_brick_key_pack (of) || place == 0) {
    g_clear_pointer (&opinion, lam_opinion_unref);
    opinion = lam_store_read_opinion (
        lam_workspace_get_store (fixture->project.workspace), key, NULL,
        &error);
    g_assert_no_error (error);
    of = key;
  }
  LamBox brick = lam_brick_box (key);
  int index = (int)(at[0] - brick.min[0]
      + 64 * (at[1] - brick.min[1] + 64 * (at[2] - brick.min[2])));
  const LamLabel *row = project_row (&fixture->project, found->label);
  int32_t class_id = row ? row->class_id : 0, second = -1;
  uint8_t uncertainty = 0;
  g_assert_true (
      lam_opinion_get (opinion, index, found->source, &uncertainty, &second));
  g_assert_cmpint (uncertainty, ==, proposal->uncertainties[place]);
  /* What was too small for an object comes second. */
  g_assert_cmpint (second, ==,
      proposal->runner_ups[place] != class_id ? proposal->runner_ups[place]
                                              : proposal->classes[place]);
}

/* What the file holds is what the network says, together with `other` (or
 * NULL), but for the person's word. */
static void
assert_said (Fixture *fixture, const LamBox *box, const char *other,
    LamCopies copies, int run)
{
  g_autoptr (GError) error = NULL;
  LamWorkspace *workspace = fixture->project.workspace;
  g_autoptr (LamModel) model = lam_model_open (fixture->onnx, &error);
  g_autoptr (LamModel) second = other ? lam_model_open (other, &error) : NULL;
  const LamSegmenterModel shown[] = { { model, { 120, 70 } },
    { second, { 120, 70 } } };
  const LamSegmenterSettings settings = { .n_threads = 1, .copies = copies };
  g_autoptr (LamSegmenter) segmenter =
      lam_segmenter_new (shown, other ? 2 : 1, &settings, &error);
  g_autoptr (LamProposal) proposal = lam_segmenter_run (
      segmenter, lam_workspace_get_volume (workspace), box, NULL, &error);
  g_assert_no_error (error);
  int n_run = 0, n_human = 0, i = 0;
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++)
      for (int64_t x = box->min[0]; x < box->max[0]; x++, i++) {
        LamProbe found = probe (fixture, x, y, z);
        const LamLabel *row = project_row (&fixture->project, found.label);
        if (found.source == LAM_SOURCE_HUMAN) {
          n_human++;
          continue;
        }
        assert_opinion (
            fixture, (const int64_t[3]){ x, y, z }, &found, proposal, i);
        g_assert_cmpint (found.source, ==, LAM_SOURCE_FIRST_RUN + run);
        /* Small objects are left out. */
        if (row)
          g_assert_cmpint (row->class_id, ==, proposal->classes[i]);
        n_run++;
      }
  g_assert_cmpint (n_run, >, 0);
  g_assert_cmpint (n_human, >, 0);
}

static void
assert_segmented (Fixture *fixture, const LamBox *box)
{
  assert_said (fixture, box, NULL, LAM_COPIES_ONE, 1);
}

static void
test_answer (Fixture *fixture, gconstpointer unused)
{
  LamWorkspace *workspace = fixture->project.workspace;
  int64_t edit = paint (fixture, 70, 60, 5);
  g_assert_cmpint (count_jobs (fixture), ==, 1);
  settle (fixture);
  g_autoptr (LamHistoryRow) row = newest (fixture, 0);
  g_assert_cmpstr (row->who, ==, "net α");
  g_assert_cmpint (row->cause, ==, edit);
  g_autoptr (LamHistoryRow) stroke = newest (fixture, 1);
  g_assert_cmpint (stroke->id, ==, edit);
  /* Grown by what the network sees, one voxel in the slice. */
  for (int a = 0; a < 2; a++)
    g_assert_cmpint (row->box.min[a], ==, stroke->box.min[a] - 1);
  assert_segmented (fixture, &row->box);

  lam_workspace_undo (workspace);
  project_wait (&fixture->project);
  g_assert_cmpint (probe (fixture, 70, 60, 5).source, ==, LAM_SOURCE_UNSET);
  g_assert_cmpint (count_jobs (fixture), ==, 0);
  lam_workspace_redo (workspace);
  project_wait (&fixture->project);
  assert_segmented (fixture, &row->box);
  g_assert_cmpint (count_jobs (fixture), ==, 0);
}

static void
check_order (
    Fixture *fixture, const LamBox views[3], int64_t before, int64_t after)
{
  lam_model_worker_set_view (fixture->worker, views, 3);
  lam_model_worker_set_paused (fixture->worker, false);
  settle (fixture);
  g_assert_cmpint (lam_model_worker_get_voxels_left (fixture->worker), ==, 0);
  g_autoptr (LamHistoryRow) first = newest (fixture, 1);
  g_autoptr (LamHistoryRow) second = newest (fixture, 0);
  g_assert_cmpint (first->cause, ==, before);
  g_assert_cmpint (second->cause, ==, after);
}

static void
test_order (Fixture *fixture, gconstpointer unused)
{
  lam_model_worker_set_paused (fixture->worker, true);
  int64_t left = paint (fixture, 20, 20, 5);
  int64_t right = paint (fixture, 200, 120, 5);
  g_assert_cmpint (count_jobs (fixture), ==, 2);
  /* Beside the first: one job for both. */
  int64_t joined = paint (fixture, 24, 20, 5);
  g_assert_cmpint (count_jobs (fixture), ==, 2);
  g_assert_cmpint (left, <, joined);
  g_assert_cmpint (lam_model_worker_get_voxels_left (fixture->worker), >, 100);
  /* Three slices through one point: the box around them is most of the
   * volume, so that each counts by itself. */
  const LamBox views[] = { lam_box_new (180, 100, 5, 230, 150, 6),
    lam_box_new (180, 119, 0, 230, 120, Z),
    lam_box_new (200, 100, 0, 201, 150, Z) };
  check_order (fixture, views, right, joined);
  /* Both are on screen; the slices cross at the second. */
  const LamBox wide[] = { lam_box_new (0, 0, 5, X, Y, 6), views[1], views[2] };
  lam_model_worker_set_paused (fixture->worker, true);
  left = paint (fixture, 20, 30, 5);
  right = paint (fixture, 200, 110, 5);
  check_order (fixture, wide, right, left);
}

/* The view rests there, on one slice. */
static void
rest_at (Fixture *fixture, int64_t x, int64_t y, int64_t z)
{
  const LamBox view = lam_box_new (x - 5, y - 5, z, x + 5, y + 5, z + 1);
  gint64 end = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;
  lam_model_worker_set_view (fixture->worker, &view, 1);
  while (!fixture->worker->is_busy) {
    g_assert_cmpint (g_get_monotonic_time (), <, end);
    g_main_context_iteration (NULL, true);
  }
}

static void
wait_until_busy (Fixture *fixture, bool is_busy)
{
  gint64 end = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;
  while (fixture->worker->is_busy != is_busy) {
    g_assert_cmpint (g_get_monotonic_time (), <, end);
    g_main_context_iteration (NULL, true);
  }
}

/* Where the view rests the network looks, but says nothing; what it says of a
 * stroke is the same, there and elsewhere. */
static void
test_ahead (Fixture *fixture, gconstpointer unused)
{
  static const int64_t places[][3] = { { 70, 60, 5 }, { 200, 120, 20 } };
  lam_model_worker_set_paused (fixture->worker, false);
  for (size_t i = 0; i < G_N_ELEMENTS (places); i++) {
    const int64_t *at = places[i];
    rest_at (fixture, 70, 60, 4 + (int64_t)i);
    g_assert_cmpint (count_jobs (fixture), ==, 0);
    if (i == 0)
      wait_until_busy (fixture, false);
    int64_t edit = paint (fixture, at[0], at[1], at[2]);
    settle (fixture);
    g_autoptr (LamHistoryRow) row = newest (fixture, 0);
    g_assert_cmpint (row->cause, ==, edit);
    assert_segmented (fixture, &row->box);
  }
  g_assert_null (fixture->failed);
}

/* Another network looks again where the view has rested all the time. */
static void
test_ahead_other (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path =
      g_build_filename (fixture->project.folder, "second.onnx", NULL);
  write_random_model (path, fitting, 5);
  int64_t id = add_model (fixture, path, &error);
  g_assert_no_error (error);
  lam_model_worker_set_paused (fixture->worker, false);
  rest_at (fixture, 70, 60, 5);
  wait_until_busy (fixture, false);
  g_assert_true (activate (fixture, id, &error));
  wait_until_busy (fixture, true);
  wait_until_busy (fixture, false);
  lam_model_worker_schedule (fixture->worker);
  g_assert_false (fixture->worker->is_busy); /* Once is enough. */
  g_assert_cmpint (count_jobs (fixture), ==, 0);
  g_assert_null (fixture->failed);
}

/* Closing does not wait for it, and nothing comes of it. */
static void
test_ahead_closed (Fixture *fixture, gconstpointer unused)
{
  rest_at (fixture, 70, 60, 5);
  g_clear_object (&fixture->worker);
  start (fixture);
  rest_at (fixture, 70, 60, 5);
  lam_model_worker_set_paused (fixture->worker, true);
  while (fixture->worker->is_busy)
    g_main_context_iteration (NULL, true);
  g_assert_null (fixture->failed);
}

/* Strokes while the network is at work on the same place. Which edit is saved
 * last, a stroke or an answer, is a matter of luck. */
static void
test_meanwhile (Fixture *fixture, gconstpointer unused)
{
  for (int i = 0; i < 6; i++) {
    paint (fixture, 60 + 8 * i, 60, 5);
    for (int n = 0; n < i; n++)
      g_main_context_iteration (NULL, false);
  }
  settle (fixture);
  g_autoptr (LamHistoryRow) answer = newest (fixture, 0);
  g_assert_cmpint (answer->run, !=, 0);
  for (int i = 0; i < 6; i++) {
    int64_t x = 60 + 8 * i;
    LamBox box = lam_box_new (x - 7, 53, 5, x + 7, 67, 6);
    assert_segmented (fixture, &box);
    g_assert_cmpint (probe (fixture, x, 60, 5).source, ==, LAM_SOURCE_HUMAN);
  }
}

static void
test_undo (Fixture *fixture, gconstpointer unused)
{
  LamWorkspace *workspace = fixture->project.workspace;
  lam_model_worker_set_paused (fixture->worker, true);
  int64_t one = paint (fixture, 20, 20, 5);
  paint (fixture, 200, 120, 5);
  lam_workspace_undo (workspace);
  project_wait (&fixture->project);
  g_assert_cmpint (count_jobs (fixture), ==, 1);
  /* An answer would make the redo impossible: it waits. */
  while (!lam_workspace_can_redo (workspace))
    g_main_context_iteration (NULL, true);
  lam_model_worker_set_paused (fixture->worker, false);
  for (int i = 0; i < 20; i++) {
    g_main_context_iteration (NULL, false);
    g_usleep (2000);
  }
  g_assert_cmpint (count_jobs (fixture), ==, 1);
  g_autoptr (LamHistoryRow) row = newest (fixture, 1);
  g_assert_cmpint (row->id, ==, one);
  /* Redone, both are answered. */
  lam_workspace_redo (workspace);
  project_wait (&fixture->project);
  settle (fixture);
  g_assert_cmpint (probe (fixture, 20, 20, 5).source, ==, LAM_SOURCE_HUMAN);
  g_autoptr (LamHistoryRow) a = newest (fixture, 0);
  g_autoptr (LamHistoryRow) b = newest (fixture, 1);
  g_assert_cmpint (a->run, ==, 1);
  g_assert_cmpint (b->run, ==, 1);
}

static void
ask (
    Fixture *fixture, const LamBox *box, LamModelCounts *counts, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  lam_model_worker_ask_async (
      fixture->worker, box, project_keep_result, &result);
  lam_model_worker_ask_finish (
      fixture->worker, project_run_until (&result), counts, error);
  project_wait (&fixture->project);
}

static void
test_ask (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  LamWorkspace *workspace = fixture->project.workspace;
  LamModelCounts counts = { 0 };
  lam_model_worker_set_paused (fixture->worker, true);
  int64_t edit = paint (fixture, 70, 60, 5);
  lam_model_worker_cancel_all (fixture->worker);
  lam_model_worker_set_paused (fixture->worker, false);
  LamBox box = lam_box_new (50, 40, 3, 110, 80, 8);
  ask (fixture, &box, &counts, &error);
  g_assert_no_error (error);
  g_assert_cmpint (counts.n_protected, >, 50);
  g_assert_cmpint (
      counts.n_written + counts.n_protected, ==, lam_box_volume (&box));
  assert_segmented (fixture, &box);
  g_autoptr (LamHistoryRow) row = newest (fixture, 0);
  g_assert_cmpint (row->cause, ==, 0);
  g_assert_true (lam_box_equal (&row->box, &box));
  counts = (LamModelCounts){ 0 };
  ask (fixture, &box, &counts, &error);
  g_assert_cmpint (counts.n_written, ==, 0);
  lam_workspace_undo (workspace);
  project_wait (&fixture->project);
  g_autoptr (LamHistoryRow) stroke = newest (fixture, 1);
  g_assert_cmpint (stroke->id, ==, edit);
  g_assert_false (stroke->undone);

  LamBox outside = lam_box_new (0, 0, 0, X + 1, 5, 5);
  ask (fixture, &outside, &counts, &error);
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  g_clear_error (&error);
  g_autoptr (GAsyncResult) result = NULL;
  lam_model_worker_ask_async (
      fixture->worker, &box, project_keep_result, &result);
  lam_model_worker_cancel_all (fixture->worker);
  g_assert_false (lam_model_worker_ask_finish (
      fixture->worker, project_run_until (&result), &counts, &error));
  g_assert_true (lam_error_is_cancelled (error));
}

/* How many labels of one class touch another of it where two parts meet. */
static int
count_meeting (Fixture *fixture, int64_t z)
{
  const LamClassTable *table =
      lam_workspace_get_classes (fixture->project.workspace);
  int n = 0;
  for (int64_t y = 1; y < Y - 1; y++)
    for (int64_t x = 1; x < X - 1; x++) {
      const uint32_t label = project_label_at (&fixture->project, x, y, z);
      for (int i = 0; i < 9 && label != 0; i++) {
        const uint32_t other = project_label_at (
            &fixture->project, x + i % 3 - 1, y + i / 3 - 1, z - 1);
        n += other != 0 && other != label
            && lam_class_table_get_label (table, other)->class_id
                == lam_class_table_get_label (table, label)->class_id;
      }
    }
  return n;
}

/* The parts of a run leave no border between them, and all is one act. */
static void
test_parts (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  LamWorkspace *workspace = fixture->project.workspace;
  LamModelCounts counts = { 0 };
  /* Sees one slice alone, so that parts are of sixteen. */
  g_autofree char *path =
      g_build_filename (fixture->project.folder, "flat.onnx", NULL);
  write_layers (path, "a = conv image 4@1x3x3\nlogits = conv a classes@1x1x1\n",
      fitting, 6);
  g_assert_true (activate (fixture, add_model (fixture, path, &error), &error));
  LamBox box = lam_box_new (0, 0, 0, 20, 20, 1);
  ask (fixture, &box, &counts, &error); /* tells how far the network sees */
  g_assert_no_error (error);
  box = lam_box_of_size (lam_workspace_get_size (workspace));
  ask (fixture, &box, &counts, &error);
  g_assert_no_error (error);
  g_autoptr (LamHistoryRow) last = newest (fixture, 0);
  g_autoptr (LamHistoryRow) part = newest (fixture, 2); /* some at a time */
  g_autoptr (LamHistoryRow) first = newest (fixture, 3);
  g_assert_cmpint (first->cause, ==, 0);
  g_assert_cmpint (part->box.min[2], ==, 16);
  g_assert_cmpint (part->cause, ==, first->id);
  g_assert_cmpint (last->cause, ==, first->id);
  g_assert_cmpint (last->n_bricks, >, 0);
  g_assert_cmpstr (lam_history_get_detail (last), ==, "joined objects");
  g_assert_cmpstr (lam_history_get_detail (part), ==, "");
  const LamBox inside = lam_box_intersect (&last->box, &box);
  g_assert_true (lam_box_equal (&last->box, &inside));
  g_assert_cmpint (count_meeting (fixture, 16), ==, 0);
  lam_workspace_undo (workspace);
  project_wait (&fixture->project);
  g_autoptr (LamHistoryRow) before = newest (fixture, 4);
  g_assert_false (before->undone);
  g_assert_cmpuint (project_label_at (&fixture->project, 150, 100, 20), ==, 0);
}

/* Two networks, each shown four copies: what they say is written and how far
 * they agree, as another run; never over the person. */
static void
test_looks (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  LamWorkspace *workspace = fixture->project.workspace;
  LamModelCounts counts = { 0 };
  const LamBox box = lam_box_new (50, 40, 3, 110, 80, 8);
  g_autofree char *path =
      g_build_filename (fixture->project.folder, "other.onnx", NULL);
  write_random_model (path, fitting, 8);
  g_assert_cmpint (add_model (fixture, path, &error), ==, 2);
  lam_model_worker_set_paused (fixture->worker, true);
  paint (fixture, 70, 60, 5);
  lam_model_worker_cancel_all (fixture->worker);
  lam_model_worker_set_paused (fixture->worker, false);
  ask (fixture, &box, &counts, &error);
  g_assert_no_error (error);
  assert_segmented (fixture, &box);

  g_autoptr (GAsyncResult) asked = NULL;
  lam_workspace_ask_too_async (workspace, 2, project_keep_result, &asked);
  g_assert_true (lam_workspace_ask_too_finish (
      workspace, project_run_until (&asked), &error));
  g_assert_true (lam_workspace_asks_too (workspace, 2));
  lam_workspace_set_copies (workspace, LAM_COPIES_FLIPS);
  g_assert_cmpint (lam_workspace_count_looks (workspace), ==, 8);
  counts = (LamModelCounts){ 0 };
  ask (fixture, &box, &counts, &error);
  g_assert_no_error (error);
  g_assert_cmpint (counts.n_protected, >, 50);
  assert_said (fixture, &box, path, LAM_COPIES_FLIPS, 2);
  g_autoptr (GPtrArray) runs =
      lam_store_list_runs (lam_workspace_get_store (workspace), &error);
  const LamRunRow *newest_run = runs->pdata[runs->len - 1];
  g_assert_cmpstr (newest_run->settings, ==, "copies=4 with=2 unsure=entropy");
}

static void
begin_asking (Fixture *fixture, GAsyncResult **result)
{
  const LamBox first = lam_box_new (10, 20, 5, 100, 90, 6);
  lam_segment_all_async (fixture->worker, &first, project_keep_result, result);
  for (bool has_begun = false; !has_begun;) {
    g_main_context_iteration (NULL, true);
    g_autoptr (LamHistoryRow) row = newest (fixture, 0);
    has_begun = row && row->run != 0;
  }
}

/* While a person may redo a stroke, what he asked for earlier waits, and goes
 * on when he has. */
static void
test_undo_while_asked (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  LamWorkspace *workspace = fixture->project.workspace;
  begin_asking (fixture, &result);
  paint (fixture, 70, 60, 5);
  lam_workspace_undo (workspace);
  project_wait (&fixture->project);
  while (!lam_model_worker_waits_for_redo (fixture->worker))
    g_main_context_iteration (NULL, true);
  g_autoptr (LamHistoryRow) before = newest (fixture, 0);
  for (int i = 0; i < 50; i++) {
    g_main_context_iteration (NULL, false);
    g_usleep (2000);
    g_assert_true (lam_model_worker_waits_for_redo (fixture->worker));
  }
  g_autoptr (LamHistoryRow) after = newest (fixture, 0);
  g_assert_cmpint (before->id, ==, after->id);
  g_assert_true (lam_workspace_can_redo (workspace));
  g_assert_null (result);
  lam_workspace_redo (workspace);
  g_assert_true (lam_segment_all_finish (
      fixture->worker, project_run_until (&result), &error));
  g_assert_no_error (error);
  settle (fixture);
  g_assert_cmpint (probe (fixture, 70, 60, 5).source, ==, LAM_SOURCE_HUMAN);
  for (int64_t z = 0; z < Z; z++)
    g_assert_cmpint (
        probe (fixture, X - 1, Y - 1, z).source, >=, LAM_SOURCE_FIRST_RUN);
}

/* Who undoes what was asked for does not want the rest. */
static void
test_undo_what_was_asked (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  LamWorkspace *workspace = fixture->project.workspace;
  begin_asking (fixture, &result);
  lam_workspace_undo (workspace);
  g_assert_false (lam_segment_all_finish (
      fixture->worker, project_run_until (&result), &error));
  g_assert_true (lam_error_is_cancelled (error));
  g_assert_cmpint (count_jobs (fixture), ==, 0);
  settle (fixture);
  g_assert_cmpint (
      probe (fixture, X - 1, Y - 1, 0).source, ==, LAM_SOURCE_UNSET);
}

static bool
run_all (Fixture *fixture, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  LamBox first = lam_box_new (10, 20, 5, 100, 90, 6);
  lam_segment_all_async (fixture->worker, &first, project_keep_result, &result);
  g_assert_true (lam_segment_all_is_left (fixture->project.workspace));
  return lam_segment_all_finish (
      fixture->worker, project_run_until (&result), error);
}

/* What is on screen first, then the rest in thin blocks; one that is closed in
 * the middle is still to be done, but not one that was cancelled. */
static void
test_all (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  LamWorkspace *workspace = fixture->project.workspace;
  LamBox all = lam_box_new (0, 0, 0, X, Y, Z);
  g_assert_false (lam_segment_all_is_left (workspace));
  g_assert_true (run_all (fixture, &error));
  g_assert_no_error (error);
  settle (fixture);
  g_assert_false (lam_segment_all_is_left (workspace));
  for (int64_t z = 0; z < Z; z++)
    g_assert_cmpint (
        probe (fixture, X - 1, Y - 1, z).source, >=, LAM_SOURCE_FIRST_RUN);
  g_autoptr (LamHistoryRow) row = newest (fixture, 0);
  g_autoptr (LamHistoryRow) before = newest (fixture, 1);
  g_autoptr (LamHistoryRow) first = newest (fixture, 2);
  LamBox thin = lam_box_unite (&row->box, &before->box);
  g_assert_true (lam_box_equal (&thin, &all));
  g_assert_cmpint (row->box.max[2] - row->box.min[2], <, Z);
  g_assert_cmpint (first->box.min[2], ==, 5);
  g_assert_cmpint (first->box.max[2], ==, 6);

  g_autoptr (GAsyncResult) result = NULL;
  lam_segment_all_async (fixture->worker, &all, project_keep_result, &result);
  lam_model_worker_cancel_all (fixture->worker);
  g_assert_false (lam_segment_all_finish (
      fixture->worker, project_run_until (&result), &error));
  g_assert_true (lam_error_is_cancelled (error));
  g_clear_error (&error);
  g_assert_false (lam_segment_all_is_left (workspace));
  g_clear_object (&result);

  g_autoptr (GAsyncResult) closed = NULL;
  lam_segment_all_async (fixture->worker, &all, project_keep_result, &closed);
  project_close (&fixture->project);
  project_run_until (&closed);
  g_clear_object (&closed);
  g_assert_finalize_object (fixture->worker);
  reopen (fixture);
  g_assert_true (lam_segment_all_is_left (fixture->project.workspace));
  project_assert_clean (&fixture->project);
}

/* One that comes with the program is added by its name. */
static void
test_shipped (Fixture *fixture, gconstpointer unused)
{
  LamWorkspace *workspace = fixture->project.workspace;
  for (const LamShippedModel *model = lam_shipped_models_get_all ();
       model->name; model++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GAsyncResult) result = NULL;
    lam_workspace_add_shipped_model_async (
        workspace, model->name, project_keep_result, &result);
    int64_t id = lam_workspace_add_model_finish (
        workspace, project_run_until (&result), &error);
    g_assert_no_error (error);
    activate (fixture, id, &error);
    g_assert_no_error (error);
    g_autoptr (LamModel) opened = lam_project_model_open (
        lam_workspace_get_store (workspace), id, NULL, &error);
    g_assert_no_error (error);
    g_assert_true (lam_model_measures_image (opened));
    g_assert_null (lam_model_get_field (opened)->whole);
  }
  g_autoptr (GError) error = NULL;
  g_assert_null (lam_shipped_models_read ("platypus", &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
  g_assert_nonnull (strstr (error->message, "platelets"));
}

/* Closed while it is at work: the strokes are there, and are answered when the
 * project is opened again. */
static void
test_close (Fixture *fixture, gconstpointer unused)
{
  paint (fixture, 70, 60, 5);
  settle (fixture);
  for (int i = 0; i < 4; i++) {
    int64_t edit = paint (fixture, 30 + 40 * i, 110, 5);
    for (int n = 0; n < i; n++)
      g_main_context_iteration (NULL, false);
    stop (fixture);
    reopen (fixture);
    g_assert_cmpint (
        probe (fixture, 30 + 40 * i, 110, 5).source, ==, LAM_SOURCE_HUMAN);
    settle (fixture);
    g_autoptr (LamHistoryRow) row = newest (fixture, 0);
    g_assert_cmpint (row->cause, ==, edit);
    project_assert_clean (&fixture->project);
  }
}

static void
rename_class (Fixture *fixture, const char *name)
{
  g_autoptr (GError) error = NULL;
  LamClass row = *lam_class_table_get_class (
      lam_workspace_get_classes (fixture->project.workspace), 2);
  row.name = (char *)name;
  lam_workspace_set_class (fixture->project.workspace, &row, &error);
  g_assert_no_error (error);
}

static void
test_failure (Fixture *fixture, gconstpointer unused)
{
  rename_class (fixture, "mito");
  paint (fixture, 70, 60, 5);
  settle (fixture);
  g_assert_nonnull (fixture->failed);
  g_assert_nonnull (strstr (fixture->failed, "mitochondrion"));
  g_assert_true (lam_model_worker_is_paused (fixture->worker));
  g_clear_pointer (&fixture->failed, g_free);
  /* The project goes on, and so does the worker when that is mended. */
  rename_class (fixture, "mitochondrion");
  int64_t edit = paint (fixture, 170, 60, 5);
  lam_model_worker_set_paused (fixture->worker, false);
  settle (fixture);
  g_autoptr (LamHistoryRow) row = newest (fixture, 0);
  g_assert_cmpint (row->cause, ==, edit);
  g_assert_null (fixture->failed);
}

static const char *const others[] = { "nothing", "Vesicle", "Mitos-1", NULL };

static GArray *
make_fit (const int32_t ids[3])
{
  GArray *fit = g_array_new (false, false, sizeof (int32_t));
  return g_array_append_vals (fit, ids, 3);
}

/* Two classes of the network are one of the project, one is left alone, now and
 * when the project is opened again. */
static void
test_fit (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path =
      g_build_filename (fixture->project.folder, "others.onnx", NULL);
  g_autoptr (GArray) none = make_fit ((int32_t[]){ -1, -1, -1 });
  g_autoptr (GArray) gone = make_fit ((int32_t[]){ 0, 99, -1 });
  g_autoptr (GArray) fit = make_fit ((int32_t[]){ -1, 1, 1 });
  const GArray *const bad[] = { none, gone };
  write_model (path, others);
  int64_t id = add_model (fixture, path, &error);
  for (int i = 0; i < 2; i++) {
    g_assert_false (lam_workspace_set_class_fit (
        fixture->project.workspace, id, others, bad[i], &error));
    g_assert_nonnull (error);
    g_clear_error (&error);
  }
  g_assert_true (lam_workspace_set_class_fit (
      fixture->project.workspace, id, others, fit, &error));
  g_assert_true (activate (fixture, id, &error));
  for (int round = 0; round < 2; round++) {
    paint (fixture, 70, 60, 5 + round);
    settle (fixture);
    g_assert_null (fixture->failed);
    int n_run = 0, n_left = 0;
    for (int64_t i = 0; i < 40 * 40; i++) {
      LamProbe found = probe (fixture, 50 + i % 40, 40 + i / 40, 5 + round);
      const LamLabel *row = project_row (&fixture->project, found.label);
      n_left += found.source == LAM_SOURCE_UNSET;
      if (found.source < LAM_SOURCE_FIRST_RUN)
        continue;
      /* What is too small for an object is no voxel of it. */
      g_assert_true (!row || row->class_id == 1);
      n_run += row != NULL;
    }
    g_assert_cmpint (n_run, >, 0);
    g_assert_cmpint (n_left, >, 0);
    stop (fixture);
    reopen (fixture);
  }
}

/* --- memory -------------------------------------------------------------- */

static void
needs_memory_cb (LamModelWorker *worker, const char *text,
    const LamModelTiles *tiles, LamModelTiles *offered)
{
  g_assert_nonnull (strstr (text, "would do"));
  *offered = *tiles;
}

/* What a network needs with its own tiles is too much: smaller ones are
 * offered, the job waits for them, and they are remembered with the project. */
static void
test_smaller_tiles (Fixture *fixture, gconstpointer unused)
{
  LamWorkspace *workspace = fixture->project.workspace;
  LamModelTiles offered = { 0 };
  int64_t tile[3];
  workspace->how.network_bytes = 3000000;
  g_signal_connect (
      fixture->worker, "needs-memory", G_CALLBACK (needs_memory_cb), &offered);
  g_autoptr (GAsyncResult) result = NULL;
  const LamBox box = { { 0, 0, 0 }, { X, Y, 4 } };
  lam_model_worker_ask_async (
      fixture->worker, &box, project_keep_result, &result);
  while (offered.model == 0 && count_jobs (fixture) > 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (lam_model_worker_is_paused (fixture->worker));
  g_assert_cmpint (count_jobs (fixture), ==, 1);
  g_assert_cmpint (offered.model, ==, 1);
  g_assert_null (fixture->failed);
  lam_workspace_get_model_tile (workspace, 1, tile);
  g_assert_cmpint (tile[0], ==, 0);

  lam_model_worker_use_tiles (fixture->worker, &offered);
  g_autoptr (GError) error = NULL;
  LamModelCounts counts;
  g_assert_true (lam_model_worker_ask_finish (
      fixture->worker, project_run_until (&result), &counts, &error));
  g_assert_null (fixture->failed);
  g_assert_false (lam_model_worker_is_paused (fixture->worker));
  /* A state of it that learned has them, too; another network has its own. */
  const LamModelState state = { .kind = LAM_MODEL_STATE_HEAD, .base = 1 };
  lam_workspace_set_model_state (workspace, 7, &state);
  for (int64_t id = 1; id <= 8; id++) {
    lam_workspace_get_model_tile (workspace, id, tile);
    const bool has = id == 1 || id == 7;
    g_assert_true (has == (memcmp (tile, offered.tile, sizeof tile) == 0));
  }

  /* Nothing fits: said, and not offered. */
  offered.model = 0;
  workspace->how.network_bytes = 1000;
  const int64_t other[3] = { 64, 64, 1 };
  lam_workspace_set_model_tile (workspace, 1, other);
  paint (fixture, 120, 100, 5);
  while (!fixture->failed)
    g_main_context_iteration (NULL, TRUE);
  g_assert_nonnull (strstr (fixture->failed, "do not help"));
  g_assert_cmpint (offered.model, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  static const struct {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "models", test_models },
    { "answer", test_answer },
    { "order", test_order },
    { "ahead", test_ahead },
    { "ahead-other", test_ahead_other },
    { "ahead-closed", test_ahead_closed },
    { "meanwhile", test_meanwhile },
    { "undo", test_undo },
    { "ask", test_ask },
    { "parts", test_parts },
    { "looks", test_looks },
    { "undo-while-asked", test_undo_while_asked },
    { "undo-what-was-asked", test_undo_what_was_asked },
    { "all", test_all },
    { "shipped", test_shipped },
    { "close", test_close },
    { "failure", test_failure },
    { "smaller-tiles", test_smaller_tiles },
    { "fit", test_fit },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *name = g_strconcat ("/model-worker/", tests[i].name, NULL);
    g_test_add (name, Fixture, NULL, set_up, tests[i].test, tear_down);
  }
  return g_test_run ();
}
