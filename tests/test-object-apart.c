/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a network says never joins what a person cut or keeps apart, nor parts
 * what he joined, also where it finds another thing. */
#include "object-fixture.h"
#include "workspace/acceptance.h"
#include "workspace/shaping.h"

static void
merge (Project *project, uint32_t into, uint32_t from)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  lam_workspace_merge_labels_async (
      project->workspace, into, &from, 1, NULL, project_keep_result, &result);
  g_assert_true (lam_workspace_delete_label_finish (
      project->workspace, project_run_until (&result), &error));
  g_assert_no_error (error);
  project_wait (project);
}

/* A person says that the two are one: they stay one, also where the one that
 * gave its name is not the person's, and in a small box around the neck. */
static void
test_joined (Project *project, gconstpointer unused)
{
  const LamBox near = lam_box_new (50, 30, 14, 80, 50, 26);
  job (project, &two, &all);
  const uint32_t a = left (project);
  merge (project, a, right (project));
  job (project, &two, &near);
  job (project, &two, &all);
  g_assert_cmpuint (assert_sound (project, &two), ==, 1);
  g_assert_cmpuint (left (project), ==, a);
  g_assert_cmpuint (count_rows (project), ==, 1);
}

/* How many voxels changed. */
static int64_t
split (Project *project, uint32_t label)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GArray) seeds = g_array_new (false, false, sizeof (LamFigureSeed));
  const LamFigureSeed both[] = { { .voxel = { 42, 40, 20 }, .side = 1 },
    { .voxel = { 90, 40, 20 }, .side = 2 } };
  const LamFigureRequest request = {
    .shape = lam_figure_find ("split"), .label = label, .seeds = seeds
  };
  int64_t n = 0;
  g_array_append_vals (seeds, both, 2);
  lam_workspace_shape_async (project->workspace, &request,
      LAM_OVERWRITE_EVERYTHING, NULL, project_keep_result, &result);
  g_assert_true (lam_workspace_shape_finish (
      project->workspace, project_run_until (&result), &n, NULL, &error));
  g_assert_no_error (error);
  project_wait (project);
  return n;
}

static void
drawn_cb (
    LamWorkspace *workspace, const LamBox *box, gboolean live, LamBox *sum)
{
  *sum = lam_box_unite (sum, box);
}

/* What is drawn anew when it is undone has every voxel that becomes another's
 * word, also beside where labels changed. */
static void
undo_split (Project *project, const uint32_t *before, const uint32_t *after)
{
  LamBox drawn = { 0 };
  g_signal_connect (
      project->workspace, "labels-changed", G_CALLBACK (drawn_cb), &drawn);
  lam_workspace_undo (project->workspace);
  project_wait (project);
  g_signal_handlers_disconnect_by_data (project->workspace, &drawn);
  int64_t i = 0;
  for (int64_t z = all.min[2]; z < all.max[2]; z++)
    for (int64_t y = all.min[1]; y < all.max[1]; y++)
      for (int64_t x = all.min[0]; x < all.max[0]; x++, i++)
        g_assert_true (before[i] == after[i]
            || lam_box_contains (&drawn, (const int64_t[3]){ x, y, z }));
}

/* What a person said of it is where the history says; of the kept side what is
 * near to the other one. */
static void
assert_said (const uint32_t *cut, const uint32_t *sources, const uint32_t *said,
    uint32_t b, const LamHistoryRow *row)
{
  LamBox near = { 0 };
  for (int pass = 0; pass < 2; pass++) {
    int64_t i = 0;
    for (int64_t z = all.min[2]; z < all.max[2]; z++)
      for (int64_t y = all.min[1]; y < all.max[1]; y++)
        for (int64_t x = all.min[0]; x < all.max[0]; x++, i++) {
          const LamBox one = lam_box_new (x, y, z, x + 1, y + 1, z + 1);
          if (pass == 0 && cut[i] == b)
            near = lam_box_unite (&near, &one);
          if (pass == 0)
            continue;
          const bool is_near = cut[i] != 0 && lam_box_contains (&near, one.min);
          g_assert_cmpuint (
              said[i], ==, is_near ? LAM_SOURCE_HUMAN : sources[i]);
          g_assert_true (!is_near || lam_box_contains (&row->box, one.min));
        }
    /* 200 nm, or eight voxels. */
    for (int a = 0; a < 3; a++) {
      near.min[a] -= a < 2 ? 20 : 8;
      near.max[a] += a < 2 ? 20 : 8;
    }
  }
}

/* A person says that the one is two: two they stay, where the network still
 * finds one, and what he looked at is his; the far part of what keeps its label
 * is the network's to mend. Of what he did the history tells the side that got
 * another number. */
static void
check_split (bool cuts)
{
  Project project = { 0 };
  g_autoptr (GError) error = NULL;
  const LamBox part = { { 50, 30, 14 }, { 110, 50, 26 } };
  Scene grown = two, shrunk = two;
  set_up (&project, NULL);
  set_cuts (&project, false);
  job (&project, &two, &all);
  const uint32_t a = left (&project);
  g_assert_cmpuint (right (&project), ==, a);
  g_autofree uint32_t *labels = read_labels (&project);
  g_autofree uint32_t *sources =
      read_plane (&project, LAM_LABEL_SOURCE_SOURCES);
  const int64_t n = split (&project, a);
  const uint32_t b = right (&project);
  set_cuts (&project, cuts);
  g_autofree uint32_t *cut = read_labels (&project);
  g_autofree uint32_t *said = read_plane (&project, LAM_LABEL_SOURCE_SOURCES);
  g_autoptr (GPtrArray) history = lam_store_read_history (
      lam_workspace_get_store (project.workspace), 0, 1, false, &error);
  g_assert_no_error (error);
  const LamHistoryRow *row = history->pdata[0];
  int64_t n_b = 0;
  for (int64_t i = 0; i < lam_box_volume (&all); i++)
    n_b += cut[i] == b;
  g_assert_cmpint (n, ==, n_b);
  g_assert_cmpint (project_row (&project, a)->state, ==, LAM_LABEL_IN_PROGRESS);
  g_assert_cmpint (row->n_voxels, ==, n);
  assert_said (cut, sources, said, b, row);

  const int64_t cause = row->id;
  job_of (&project, &two, &all, "mitochondrion", cause);
  job_of (&project, &two, &part, "mitochondrion", cause);
  g_assert_cmpuint (assert_sound (&project, &two), ==, 2);
  g_assert_cmpuint (count_rows (&project), ==, 2);
  assert_plane (&project, LAM_LABEL_SOURCE_LABELS, cut);
  shrunk.balls[0].x += 30;
  job_of (&project, &shrunk, &all, "mitochondrion", cause);
  g_assert_cmpuint (at (&project, 18, 40, 20), ==, 0);
  for (int i = 0; i < grown.n; i++)
    grown.balls[i].radius += 20;
  job_of (&project, &grown, &part, "mitochondrion", cause);
  job_of (&project, &grown, &all, "mitochondrion", cause);
  g_assert_cmpuint (assert_sound (&project, &grown), ==, 2);
  g_assert_cmpuint (at (&project, 16, 40, 20), ==, a);
  g_assert_cmpuint (at (&project, 116, 40, 20), ==, b);
  undo_split (&project, sources, said);
  g_assert_cmpint (project_row (&project, a)->state, ==, LAM_LABEL_NOT_STARTED);
  assert_plane (&project, LAM_LABEL_SOURCE_LABELS, labels);
  assert_plane (&project, LAM_LABEL_SOURCE_SOURCES, sources);
  tear_down (&project, NULL);
}

static void
test_split (void)
{
  check_split (false);
  check_split (true);
}

/* The same by a dab over the neck, whose name the right one gets. */
static void
test_bridged (Project *project, gconstpointer unused)
{
  job (project, &two, &all);
  const uint32_t a = left (project);
  project_stroke (project, a, 66, 40, 20);
  job (project, &two, &all);
  g_assert_cmpuint (right (project), ==, a);
  g_assert_cmpuint (left (project), ==, a);
  g_assert_cmpuint (assert_sound (project, &two), ==, 1);
}

/* Two dabs on a body without a neck divide it among them. */
static void
test_seeds (Project *project, gconstpointer unused)
{
  const uint32_t a = project_add_label (project, MITOCHONDRION),
                 b = project_add_label (project, MITOCHONDRION);
  project_stroke (project, a, 35, 40, 20);
  project_stroke (project, b, 95, 40, 20);
  job (project, &rod, &all);
  g_assert_cmpuint (assert_sound (project, &rod), ==, 2);
  g_assert_cmpuint (count_rows (project), ==, 2);
  g_assert_cmpuint (at (project, 30, 40, 20), ==, a);
  g_assert_cmpuint (at (project, 100, 40, 20), ==, b);
}

/* Of a class that is not cut, two that a person worked on stay two where none
 * of that is in sight. */
static void
test_worked_on (Project *project, gconstpointer unused)
{
  const LamBox near = lam_box_new (50, 30, 14, 80, 50, 26);
  job (project, &two, &all);
  const uint32_t a = left (project), b = right (project);
  project_stroke (project, a, 22, 40, 20);
  project_stroke (project, b, 110, 40, 20);
  project_wait (project);
  g_autofree uint32_t *before = read_labels (project);
  set_cuts (project, false);
  job (project, &two, &near);
  assert_plane (project, LAM_LABEL_SOURCE_LABELS, before);
}

/* Nor does what they share with a network's object get the name of that, though
 * more of it lies around the job than a person said of them. */
static void
test_third (Project *project, gconstpointer unused)
{
  const Scene apart = { { { 270, 400, 800, 150 }, { 700, 400, 800, 250 },
                            { 1130, 400, 800, 150 } },
    3 };
  Scene joined = apart;
  const LamBox part = lam_box_new (10, 24, 10, 150, 56, 30);
  set_cuts (project, false);
  job (project, &apart, &all);
  g_assert_cmpuint (assert_sound (project, &apart), ==, 3);
  const uint32_t a = at (project, 27, 40, 20), b = at (project, 113, 40, 20);
  project_stroke (project, a, 27, 40, 20);
  project_stroke (project, b, 113, 40, 20);
  project_wait (project);
  joined.balls[1].radius += 40;
  job (project, &joined, &part);
  g_assert_cmpuint (at (project, 37, 40, 20), ==, a);
  g_assert_cmpuint (at (project, 103, 40, 20), ==, b);
}

/* One that a person worked on, and that a network's object touches now, keeps
 * its number, though more of the other lies around the job. */
static void
test_touched (Project *project, gconstpointer unused)
{
  const Scene apart = { { { 500, 460, 800, 200 }, { 850, 260, 800, 150 } }, 2 };
  Scene joined = apart;
  const LamBox part = lam_box_new (22, 24, 10, 150, 68, 30);
  set_cuts (project, false);
  job (project, &apart, &all);
  const uint32_t a = at (project, 50, 46, 20);
  g_assert_cmpuint (a, !=, at (project, 85, 26, 20));
  project_stroke (project, a, 40, 46, 20);
  project_wait (project);
  joined.balls[1].radius += 80;
  job (project, &joined, &part);
  g_assert_cmpuint (at (project, 60, 46, 20), ==, a);
}

/* Of a class that is not cut what is new goes to the nearest, in nm: three
 * slices of 40 nm are farther away than six voxels of 10. */
static void
test_nearest (Project *project, gconstpointer unused)
{
  const Scene body = { { { 500, 400, 860, 350 } }, 1 };
  const uint32_t a = project_add_label (project, MITOCHONDRION),
                 b = project_add_label (project, MITOCHONDRION);
  set_cuts (project, false);
  project_stroke (project, a, 40, 40, 20);
  project_stroke (project, b, 58, 40, 23);
  job (project, &body, &all);
  g_assert_cmpuint (assert_sound (project, &body), ==, 2);
  g_assert_cmpuint (at (project, 52, 40, 20), ==, a);
  g_assert_cmpuint (at (project, 58, 40, 21), ==, b);
}

/* Of a class that is not cut, what is proposed around two objects and accepted
 * becomes a part of that which it lies at. */
static void
test_accepted (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  const LamSelectionRule rule = { .word = LAM_WORD_PROPOSAL, .box = all };
  Scene grown = two;
  job (project, &two, &all);
  const uint32_t a = left (project), b = right (project);
  set_cuts (project, false);
  for (int i = 0; i < grown.n; i++)
    grown.balls[i].radius += 40;
  lam_workspace_set_only_proposes (project->workspace, true);
  job (project, &grown, &all);
  lam_workspace_accept_async (
      project->workspace, &rule, false, NULL, project_keep_result, &result);
  g_assert_true (lam_workspace_accept_finish (
      project->workspace, project_run_until (&result), NULL, &error));
  g_assert_no_error (error);
  project_wait (project);
  g_assert_cmpuint (assert_sound (project, &grown), ==, 2);
  g_assert_cmpuint (at (project, 15, 40, 20), ==, a);
  g_assert_cmpuint (at (project, 117, 40, 20), ==, b);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) \
  g_test_add ("/object-apart/" path, Project, NULL, set_up, func, tear_down)
  ADD ("joined", test_joined);
  g_test_add_func ("/object-apart/split", test_split);
  ADD ("bridged", test_bridged);
  ADD ("seeds", test_seeds);
  ADD ("worked-on", test_worked_on);
  ADD ("third", test_third);
  ADD ("touched", test_touched);
  ADD ("nearest", test_nearest);
  ADD ("accepted", test_accepted);
#undef ADD
  return g_test_run ();
}
