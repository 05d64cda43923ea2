/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A run in parts makes the objects that it would make at once, where no person
 * has a hand in them. */
#include "base/error.h"
#include "base/random.h"
#include "object-fixture.h"
#include "workspace/acceptance.h"
#include "workspace/model-join.h"
#include "workspace/regions.h"
#include "workspace/shaping.h"
#include "workspace/workspace-private.h"

/* Two prongs along x, at y = 26 and 54, and what joins them from x = 112 on. */
enum { N_PRONG = 10 };

static Scene
make_fork (void)
{
  Scene scene = { .n = 0 };
  for (int i = 0; i < N_PRONG; i++)
    for (int side = 0; side < 2; side++)
      scene.balls[scene.n++] =
          (Ball){ 200 + i * 100, side ? 540 : 260, 800, 90 };
  for (int i = 0; i < 3; i++)
    scene.balls[scene.n++] = (Ball){ 1150, 300 + i * 100, 800, 110 };
  return scene;
}

static const LamBox near_part = { { 10, 12, 10 }, { 80, 68, 30 } };
static const LamBox far_part = { { 80, 12, 10 }, { 150, 68, 30 } };

static uint32_t
low (Project *project)
{
  return at (project, 40, 26, 20);
}

static uint32_t
high (Project *project)
{
  return at (project, 40, 54, 20);
}

/* All of it, some at a time. False with error, or when it has to wait. */
static bool
join (Project *project, LamModelActs *acts, LamProgress *progress,
    LamJoinResult *joined, GError **error)
{
  bool ok;
  do {
    g_autoptr (GAsyncResult) result = NULL;
    lam_model_join_async (
        project->workspace, acts, progress, project_keep_result, &result);
    ok = lam_model_join_finish (project_run_until (&result), joined, error);
    project_wait (project);
  } while (ok && joined->is_more && joined->outcome == LAM_MODEL_WRITTEN);
  return ok && joined->outcome == LAM_MODEL_WRITTEN;
}

static void
join_all (Project *project, LamModelActs *acts)
{
  g_autoptr (GError) error = NULL;
  LamJoinResult joined;
  g_assert_true (join (project, acts, NULL, &joined, &error));
  g_assert_no_error (error);
  g_assert_false (joined.is_more);
}

/* As when a person asks for a run. */
static LamModelActs *
ask (void)
{
  LamModelActs *acts = lam_model_acts_new ();
  acts->gives_up_redo = true;
  return acts;
}

/* Both parts of a fork: two prongs, which a part of them has shown to be one.
 */
static LamModelActs *
run_parts (Project *project, const Scene *scene)
{
  LamModelActs *acts = ask ();
  job_in (project, scene, &near_part, "mitochondrion", 0, acts);
  job_in (project, scene, &far_part, "mitochondrion", 0, acts);
  g_assert_cmpuint (low (project), !=, 0);
  g_assert_cmpuint (high (project), !=, 0);
  g_assert_cmpuint (low (project), !=, high (project));
  return acts;
}

static void
no_cuts (Project *project, gconstpointer unused)
{
  set_up (project, NULL);
  set_cuts (project, false);
}

/* ---- What is joined ----------------------------------------------------- */

/* One object, one row; one act, which undo takes back whole. */
static void
test_fork (Project *project, gconstpointer unused)
{
  const Scene fork = make_fork ();
  g_autofree uint32_t *nothing = read_labels (project);
  const guint n_rows = count_rows (project);
  LamModelActs *acts = run_parts (project, &fork);
  g_autofree uint32_t *sources = read_plane (project, LAM_LABEL_SOURCE_SOURCES);
  const LamModelCounts counts = acts->counts;
  g_assert_cmpuint (count_rows (project), ==, n_rows + 2);
  join_all (project, acts);
  g_assert_cmpuint (assert_sound (project, &fork), ==, 1);
  g_assert_cmpuint (count_rows (project), ==, n_rows + 1);
  /* Whose word it is stays, and how much of it was written. */
  assert_plane (project, LAM_LABEL_SOURCE_SOURCES, sources);
  g_assert_cmpint (acts->counts.n_written, ==, counts.n_written);

  g_autofree uint32_t *after = read_labels (project);
  lam_workspace_undo (project->workspace);
  project_wait (project);
  assert_plane (project, LAM_LABEL_SOURCE_LABELS, nothing);
  g_assert_cmpuint (count_rows (project), ==, n_rows);
  lam_workspace_redo (project->workspace);
  project_wait (project);
  assert_plane (project, LAM_LABEL_SOURCE_LABELS, after);
  g_assert_cmpuint (count_rows (project), ==, n_rows + 1);
  /* And there is nothing left to join. */
  g_assert_false (lam_object_joins_is_any (acts->joins));
  lam_model_acts_unref (acts);
}

static uint32_t
find_larger (Project *project, uint32_t a, uint32_t b)
{
  g_autofree uint32_t *labels = read_labels (project);
  const int64_t n = lam_box_volume (&all);
  int64_t more = 0;
  for (int64_t i = 0; i < n; i++)
    more += (labels[i] == a) - (labels[i] == b);
  g_assert_cmpint (more, !=, 0);
  return more > 0 ? a : b;
}

static void
note_active_cb (LamWorkspace *workspace, uint32_t *active)
{
  *active = lam_workspace_get_active_label (workspace);
}

/* What was there before the run is not changed beyond its box; of the whole
 * volume, the one that is larger goes on, and rows stay as networks leave them.
 */
static void
test_there_before (Project *project, gconstpointer unused)
{
  const Scene fork = make_fork ();
  Scene before = { .n = 0 };
  for (int i = 0; i < 2 * N_PRONG; i++)
    before.balls[before.n++] = fork.balls[i];
  job (project, &before, &all);
  const uint32_t a = low (project), b = high (project);
  const guint n_rows = count_rows (project);
  LamModelActs *acts = run_parts (project, &fork);
  g_assert_cmpuint (low (project), ==, a);
  join_all (project, acts);
  g_assert_cmpuint (low (project), ==, a);
  g_assert_cmpuint (high (project), ==, b);
  lam_model_acts_unref (acts);

  lam_workspace_undo (project->workspace);
  acts = ask ();
  acts->is_whole = true;
  job_in (project, &fork, &near_part, "mitochondrion", 0, acts);
  job_in (project, &fork, &far_part, "mitochondrion", 0, acts);
  const uint32_t larger = find_larger (project, a, b);
  g_assert_cmpuint (high (project), ==, b);
  uint32_t active = 0;
  lam_workspace_set_active_label (project->workspace, larger == a ? b : a);
  project_wait (project);
  const gulong noted = g_signal_connect (project->workspace, "classes-changed",
      G_CALLBACK (note_active_cb), &active);
  join_all (project, acts);
  g_signal_handler_disconnect (project->workspace, noted);
  g_assert_cmpuint (active, ==, larger);
  g_assert_cmpuint (assert_sound (project, &fork), ==, 1);
  g_assert_cmpuint (low (project), ==, larger);
  g_assert_cmpuint (count_rows (project), ==, n_rows);
  lam_model_acts_unref (acts);
}

/* ---- What is not -------------------------------------------------------- */

static void
edit_row (Project *project, uint32_t label, void (*change) (LamLabel *row))
{
  g_autoptr (GError) error = NULL;
  LamLabel row = *project_row (project, label);
  change (&row);
  g_assert_true (lam_workspace_set_label (project->workspace, &row, &error));
  g_assert_no_error (error);
  project_wait (project);
}

static void
lock (LamLabel *row)
{
  row->locked = true;
}

static void
complete (LamLabel *row)
{
  row->state = LAM_LABEL_COMPLETED;
}

static void
begin (LamLabel *row)
{
  row->state = LAM_LABEL_IN_PROGRESS;
}

static void
rename_row (LamLabel *row)
{
  row->name = (char *)"mine";
}

static void
colour (LamLabel *row)
{
  row->rgb = 0x102030;
}

static void
verify (Project *project, const LamBox *box)
{
  g_autoptr (GError) error = NULL;
  LamRegion region = { .name = (char *)"r",
    .box = *box,
    .role = LAM_REGION_WORK,
    .review = LAM_REVIEW_VERIFIED };
  lam_workspace_add_region (project->workspace, &region, &error);
  g_assert_no_error (error);
  project_wait (project);
}

/* A person did something to the higher prong: it stays what it is. */
static void
test_hand (Project *project, gconstpointer data)
{
  const int what = GPOINTER_TO_INT (data);
  const Scene fork = make_fork ();
  LamModelActs *acts = run_parts (project, &fork);
  const uint32_t mine = high (project), theirs = low (project);
  static void (*const changes[]) (LamLabel *) = { lock, complete, begin };
  static const LamBox tip = { { 18, 50, 18 }, { 30, 58, 22 } };
  if (what < 3)
    edit_row (project, mine, changes[what]);
  else if (what == 3)
    project_stroke (project, mine, 30, 54, 20);
  else if (what == 4)
    verify (project, &tip);
  project_wait (project);
  g_autofree uint32_t *labels = read_labels (project);
  const guint n_rows = count_rows (project);
  join_all (project, acts);
  if (what == 4) {
    /* Beyond the region the other is more of it. */
    g_assert_cmpuint (assert_sound (project, &fork), ==, 1);
    g_assert_cmpuint (low (project), ==, mine);
  } else {
    assert_plane (project, LAM_LABEL_SOURCE_LABELS, labels);
    g_assert_cmpuint (count_rows (project), ==, n_rows);
  }
  g_assert_cmpuint (high (project), ==, mine);
  g_assert_true (what == 4 || low (project) == theirs);
  lam_model_acts_unref (acts);
}

/* What has a name or a colour keeps it, whichever is larger; two of them stay
 * two. */
static void
test_named (Project *project, gconstpointer unused)
{
  const Scene fork = make_fork ();
  LamModelActs *acts = run_parts (project, &fork);
  const uint32_t mine = high (project);
  edit_row (project, mine, rename_row);
  join_all (project, acts);
  g_assert_cmpuint (assert_sound (project, &fork), ==, 1);
  g_assert_cmpuint (low (project), ==, mine);
  lam_model_acts_unref (acts);
  lam_workspace_undo (project->workspace);
  lam_workspace_undo (project->workspace);
  project_wait (project);

  acts = run_parts (project, &fork);
  edit_row (project, high (project), rename_row);
  edit_row (project, low (project), colour);
  g_autofree uint32_t *labels = read_labels (project);
  join_all (project, acts);
  assert_plane (project, LAM_LABEL_SOURCE_LABELS, labels);
  lam_model_acts_unref (acts);
}

static void
begin_not (LamLabel *row)
{
  row->state = LAM_LABEL_NOT_STARTED;
}

/* He painted more of both elsewhere, where no part has seen them, and says that
 * he has not begun. */
static void
test_elsewhere (Project *project, gconstpointer unused)
{
  const Scene fork = make_fork ();
  LamModelActs *acts = run_parts (project, &fork);
  const uint32_t a = low (project), b = high (project);
  project_stroke (project, a, 180, 100, 50);
  project_stroke (project, b, 180, 120, 66);
  project_wait (project);
  edit_row (project, a, begin_not);
  edit_row (project, b, begin_not);
  g_autofree uint32_t *labels = read_labels (project);
  join_all (project, acts);
  assert_plane (project, LAM_LABEL_SOURCE_LABELS, labels);
  g_assert_cmpuint (at (project, 180, 100, 50), ==, a);
  g_assert_cmpuint (at (project, 180, 120, 66), ==, b);
  g_assert_nonnull (project_row (project, a));
  g_assert_false (project_row (project, a)->deleted);
  g_assert_false (project_row (project, b)->deleted);
  lam_model_acts_unref (acts);
}

/* Meanwhile the network answered a person, and both go on where no part of the
 * run has seen them: within a brick that it has seen, or in another. */
static void
test_answered (Project *project, gconstpointer data)
{
  const int n_more = GPOINTER_TO_INT (data);
  const bool is_near = n_more < 12;
  Scene fork = make_fork ();
  LamModelActs *acts = run_parts (project, &fork);
  for (int i = 1; i <= n_more; i++) {
    fork.balls[fork.n++] = (Ball){ 400, 260, 800 + i * 150, 100 };
    fork.balls[fork.n++] = (Ball){ 700, 540, 800 + i * 150, 100 };
  }
  LamBox box = near_part;
  box.max[0] -= 4;
  box.max[2] = PROJECT_Z;
  const uint32_t a = low (project), b = high (project);
  project_stroke (
      project, project_add_label (project, MITOCHONDRION), 180, 100, 50);
  project_wait (project);
  job_of (project, &fork, &box, "mitochondrion", project->workspace->last_edit);
  const int64_t z = is_near ? 27 : 66;
  g_assert_cmpuint (at (project, 40, 26, z), ==, a);
  g_assert_cmpuint (at (project, 70, 54, z), ==, b);
  join_all (project, acts);
  g_assert_cmpuint (at (project, 40, 26, z), ==, low (project));
  g_assert_cmpuint (at (project, 70, 54, z), ==, high (project));
  if (is_near)
    g_assert_cmpuint (low (project), ==, high (project));
  lam_model_acts_unref (acts);
}

/* Meanwhile a person took away what joins them. */
static void
test_parted (Project *project, gconstpointer unused)
{
  const Scene fork = make_fork ();
  LamModelActs *acts = run_parts (project, &fork);
  for (int z = 12; z < 28; z++)
    for (int y = 14; y < 66; y += 6) {
      project_stroke (project, 0, 79, y, z);
      project_stroke (project, 0, 81, y, z);
    }
  project_wait (project);
  g_autofree uint32_t *labels = read_labels (project);
  join_all (project, acts);
  assert_plane (project, LAM_LABEL_SOURCE_LABELS, labels);
  lam_model_acts_unref (acts);
}

/* Of a class that is cut where objects touch a border proves nothing. */
static void
test_cut (Project *project, gconstpointer unused)
{
  const Scene fork = make_fork ();
  set_cuts (project, true);
  LamModelActs *acts = ask ();
  job_in (project, &fork, &near_part, "mitochondrion", 0, acts);
  job_in (project, &fork, &far_part, "mitochondrion", 0, acts);
  g_autofree uint32_t *labels = read_labels (project);
  g_assert_false (lam_object_joins_is_any (acts->joins));
  join_all (project, acts);
  assert_plane (project, LAM_LABEL_SOURCE_LABELS, labels);
  lam_model_acts_unref (acts);
}

static void
undo_all (Project *project)
{
  while (lam_workspace_can_undo (project->workspace)) {
    lam_workspace_undo (project->workspace);
    project_wait (project);
  }
}

static const Scene bow = {
  { { 420, 400, 800, 250 }, { 900, 400, 800, 250 }, { 660, 400, 1040, 250 } }, 3
};
static const LamBox slice = { { 10, 12, 14 }, { 150, 68, 15 } };
static const LamBox above = { { 10, 12, 10 }, { 150, 68, 15 } };
static const LamBox below = { { 10, 12, 15 }, { 150, 68, 30 } };

/* A slice by itself, which is shown before the rest, has a neck where the
 * object has none: what was cut there is not the beginning of two. */
static void
test_slice_first (Project *project, gconstpointer unused)
{
  set_cuts (project, true);
  LamModelActs *acts = ask ();
  lam_object_joins_begin (acts->joins, &slice);
  job_in (project, &bow, &slice, "mitochondrion", 0, acts);
  g_assert_cmpuint (at (project, 42, 40, 14), !=, at (project, 90, 40, 14));
  lam_object_joins_begin (acts->joins, &all);
  job_in (project, &bow, &below, "mitochondrion", 0, acts);
  job_in (project, &bow, &above, "mitochondrion", 0, acts);
  g_assert_cmpuint (assert_sound (project, &bow), ==, 1);
  lam_model_acts_unref (acts);
}

/* The same of what a person worked on in between: it stays two. */
static void
test_slice_worked_on (Project *project, gconstpointer unused)
{
  set_cuts (project, true);
  LamModelActs *acts = ask ();
  lam_object_joins_begin (acts->joins, &slice);
  job_in (project, &bow, &slice, "mitochondrion", 0, acts);
  const uint32_t a = at (project, 42, 40, 14), b = at (project, 90, 40, 14);
  project_stroke (project, a, 42, 40, 14);
  project_stroke (project, b, 90, 40, 14);
  lam_object_joins_begin (acts->joins, &all);
  job_in (project, &bow, &below, "mitochondrion", 0, acts);
  job_in (project, &bow, &above, "mitochondrion", 0, acts);
  g_assert_cmpuint (left (project), ==, a);
  g_assert_cmpuint (right (project), ==, b);
  g_assert_cmpuint (at (project, 42, 40, 14), ==, a);
  g_assert_cmpuint (at (project, 90, 40, 14), ==, b);
  lam_model_acts_unref (acts);
}

/* ---- When --------------------------------------------------------------- */

/* While something can be redone it waits; what is undone with the act is not
 * joined. */
static void
test_undone (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  const Scene fork = make_fork ();
  LamModelActs *acts = run_parts (project, &fork);
  const uint32_t other = project_add_label (project, MITOCHONDRION);
  LamJoinResult joined;
  project_stroke (project, other, 180, 100, 50);
  lam_workspace_undo (project->workspace);
  project_wait (project);
  g_autofree uint32_t *labels = read_labels (project);
  g_assert_false (join (project, acts, NULL, &joined, &error));
  g_assert_no_error (error);
  g_assert_cmpint (joined.outcome, ==, LAM_MODEL_REDO_WAITS);
  g_assert_true (joined.is_more);
  assert_plane (project, LAM_LABEL_SOURCE_LABELS, labels);
  lam_workspace_redo (project->workspace);
  project_wait (project);
  join_all (project, acts);
  g_assert_cmpuint (assert_sound (project, &fork), ==, 1);
  lam_model_acts_unref (acts);

  undo_all (project);
  acts = run_parts (project, &fork);
  lam_workspace_undo (project->workspace);
  project_wait (project);
  g_autofree uint32_t *nothing = read_labels (project);
  join (project, acts, NULL, &joined, &error);
  g_assert_no_error (error);
  assert_plane (project, LAM_LABEL_SOURCE_LABELS, nothing);
  lam_model_acts_unref (acts);
}

static void
test_cancelled (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamProgress) progress = lam_progress_new ();
  const Scene fork = make_fork ();
  LamModelActs *acts = run_parts (project, &fork);
  LamJoinResult joined;
  g_autofree uint32_t *labels = read_labels (project);
  lam_progress_cancel (progress);
  g_assert_false (join (project, acts, progress, &joined, &error));
  g_assert_true (lam_error_is_cancelled (error));
  assert_plane (project, LAM_LABEL_SOURCE_LABELS, labels);
  lam_model_acts_unref (acts);
}

/* While two are joined a person goes on with the one whose label goes: what he
 * does then is done to the object. */
static void
test_meanwhile (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) grown = NULL;
  const Scene fork = make_fork ();
  LamWorkspace *workspace = project->workspace;
  LamModelActs *acts = run_parts (project, &fork);
  LamJoinResult joined;
  const uint32_t head = find_larger (project, low (project), high (project)),
                 gone = head == low (project) ? high (project) : low (project);
  const bool is_low = gone == low (project);
  const guint n_rows = count_rows (project);
  lam_workspace_set_active_label (workspace, gone);
  project_wait (project);
  lam_model_join_async (workspace, acts, NULL, project_keep_result, &result);
  LamLabel row = *project_row (project, gone);
  row.name = (char *)"mine";
  g_assert_true (lam_workspace_set_label (workspace, &row, &error));
  row = *project_row (project, head);
  row.rgb = 0x102030;
  g_assert_true (lam_workspace_set_label (workspace, &row, &error));
  project_stroke (project, gone, 180, 100, 50);
  row = *project_row (project, gone);
  row.group = (char *)"g";
  g_assert_true (lam_workspace_set_label (workspace, &row, &error));
  const LamFigureRequest grow = { .shape = lam_figure_find ("grow"),
    .plane = LAM_PLANE_XY,
    .voxel = { 40, is_low ? 26 : 54, 20 },
    .label = gone,
    .radius_nm = 30 };
  lam_workspace_shape_async (workspace, &grow, LAM_OVERWRITE_EVERYTHING, NULL,
      project_keep_result, &grown);
  project_press (project, gone, 180, 120, 50);
  g_assert_true (
      lam_model_join_finish (project_run_until (&result), &joined, &error));
  g_assert_no_error (error);
  g_assert_cmpint (joined.outcome, ==, LAM_MODEL_WRITTEN);
  lam_workspace_end_stroke (workspace);
  project_wait (project);
  int64_t n = 0;
  lam_workspace_shape_finish (workspace, grown, &n, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (n, >, 0);
  g_clear_object (&grown);
  g_assert_cmpuint (low (project), ==, head);
  g_assert_cmpuint (high (project), ==, head);
  g_assert_cmpuint (at (project, 180, 100, 50), ==, head);
  g_assert_cmpuint (at (project, 180, 120, 50), ==, head);
  g_assert_cmpuint (lam_workspace_get_active_label (workspace), ==, head);
  g_assert_cmpuint (count_rows (project), ==, n_rows - 1);
  g_assert_true (project_row (project, gone)->deleted);
  for (int i = 0; i < 2; i++) { /* in memory, and in the file */
    const LamLabel *now = project_row (project, head);
    g_assert_cmpstr (now->name, ==, "mine");
    g_assert_cmpstr (now->group, ==, "g");
    g_assert_cmpuint (now->rgb, ==, 0x102030);
    g_assert_cmpint (now->state, ==, LAM_LABEL_IN_PROGRESS);
    if (i == 0) {
      g_clear_object (&result);
      project_close (project);
      project->workspace = project_open (project->project, 0);
    }
  }
  lam_model_acts_unref (acts);
}

/* Since the parts were written a person said that networks only propose. */
static void
test_proposes (Project *project, gconstpointer unused)
{
  const Scene fork = make_fork ();
  LamModelActs *acts = run_parts (project, &fork);
  LamJoinResult joined;
  g_autoptr (GError) error = NULL;
  g_autofree uint32_t *labels = read_labels (project);
  lam_workspace_set_only_proposes (project->workspace, true);
  project_wait (project);
  join (project, acts, NULL, &joined, &error);
  g_assert_no_error (error);
  g_assert_false (joined.is_more);
  assert_plane (project, LAM_LABEL_SOURCE_LABELS, labels);
  lam_model_acts_unref (acts);
}

/* ---- Any parts ---------------------------------------------------------- */

enum { N_PARTS = 12 };

/* The box in parts, in any order. */
static int
make_parts (LamRandom *random, LamBox parts[N_PARTS])
{
  int64_t cuts[3][5];
  const int n_cuts[3] = { 3, 2, 2 };
  int n = 0;
  for (int a = 0; a < 3; a++) {
    cuts[a][0] = all.min[a];
    for (int i = 1; i < n_cuts[a]; i++)
      cuts[a][i] = cuts[a][i - 1]
          + (int64_t)lam_random_range (
              random, 2, (double)(all.max[a] - all.min[a]) / n_cuts[a]);
    cuts[a][n_cuts[a]] = all.max[a];
  }
  for (int z = 0; z < n_cuts[2]; z++)
    for (int y = 0; y < n_cuts[1]; y++)
      for (int x = 0; x < n_cuts[0]; x++)
        parts[n++] = lam_box_new (cuts[0][x], cuts[1][y], cuts[2][z],
            cuts[0][x + 1], cuts[1][y + 1], cuts[2][z + 1]);
  for (int i = n - 1; i > 0; i--) {
    const int other = (int)(lam_random_u32 (random) % (uint32_t)(i + 1));
    const LamBox swapped = parts[i];
    parts[i] = parts[other];
    parts[other] = swapped;
  }
  return n;
}

static int64_t
place (int64_t x, int64_t y, int64_t z)
{
  return lam_object_sight_place (&all, x, y, z);
}

/* Each voxel's component: the lowest place in it, by corners too. */
static void
spread (
    const uint32_t *labels, int64_t from, int64_t *components, GArray *stack)
{
  const int64_t width = all.max[0] - all.min[0],
                height = all.max[1] - all.min[1];
  components[from] = from;
  g_array_append_val (stack, from);
  while (stack->len > 0) {
    const int64_t i = g_array_index (stack, int64_t, stack->len - 1);
    const int64_t here[3] = { all.min[0] + i % width,
      all.min[1] + i / width % height, all.min[2] + i / width / height };
    g_array_set_size (stack, stack->len - 1);
    for (int n = 0; n < 27; n++) {
      const int64_t next[3] = { here[0] + n % 3 - 1, here[1] + n / 3 % 3 - 1,
        here[2] + n / 9 - 1 };
      if (!lam_box_contains (&all, next))
        continue;
      const int64_t j = place (next[0], next[1], next[2]);
      if (labels[j] == 0 || components[j] >= 0)
        continue;
      components[j] = from;
      g_array_append_val (stack, j);
    }
  }
}

/* Objects are the connected components, and each has a row and no other has. */
static void
assert_components (Project *project, const Scene *scene)
{
  const int64_t n = lam_box_volume (&all);
  g_autofree uint32_t *labels = read_labels (project);
  g_autofree int64_t *components = g_new (int64_t, n);
  g_autoptr (GArray) stack = g_array_new (false, false, sizeof (int64_t));
  g_autoptr (GHashTable) by_label = g_hash_table_new (NULL, NULL);
  for (int64_t i = 0; i < n; i++)
    components[i] = -1;
  for (int64_t i = 0; i < n; i++)
    if (labels[i] != 0 && components[i] < 0)
      spread (labels, i, components, stack);
  g_autoptr (GHashTable) by_component = g_hash_table_new (NULL, NULL);
  for (int64_t i = 0; i < n; i++) {
    if (labels[i] == 0)
      continue;
    const gpointer label = GUINT_TO_POINTER (labels[i]),
                   component = GSIZE_TO_POINTER ((gsize)components[i] + 1);
    if (g_hash_table_insert (by_label, label, component))
      g_hash_table_insert (by_component, component, label);
    g_assert_true (g_hash_table_lookup (by_label, label) == component);
    g_assert_true (g_hash_table_lookup (by_component, component) == label);
  }
  g_assert_cmpuint (count_rows (project), ==, g_hash_table_size (by_label));
}

/* Prongs along x, as far as chance will have it, and a bar beside them, at
 * either end. */
static Scene
make_comb (LamRandom *random)
{
  const bool is_turned = lam_random_u32 (random) % 2;
  Scene scene = { .n = 0 };
  for (int prong = 0; prong < 4; prong++) {
    const int length = 4 + (int)(lam_random_u32 (random) % 7);
    const double z = lam_random_range (random, 700, 900);
    for (int i = 0; i < 2; i++)
      scene.balls[scene.n++] =
          (Ball){ 230, 230 + prong * 110 + i * 55, 800, 70 };
    for (int i = 0; i < length; i++)
      scene.balls[scene.n++] = (Ball){ 300 + i * 90, 230 + prong * 110, z, 50 };
  }
  for (int i = 0; i < scene.n && is_turned; i++)
    scene.balls[i].x = 1600 - scene.balls[i].x;
  return scene;
}

static void
test_any_parts (Project *project, gconstpointer unused)
{
  LamRandom random = lam_random_new (11, 0);
  const int n_rounds = g_test_thorough () ? 60 : 4;
  guint n_joined = 0;
  for (int round = 0; round < n_rounds; round++) {
    LamBox parts[N_PARTS];
    const Scene scene = make_comb (&random);
    const int n_parts = make_parts (&random, parts);
    LamModelActs *acts = ask ();
    for (int i = 0; i < n_parts; i++)
      job_in (project, &scene, &parts[i], "mitochondrion", 0, acts);
    const guint n_rows = count_rows (project);
    g_assert_cmpuint (n_rows, >, 0);
    join_all (project, acts);
    n_joined += n_rows - count_rows (project);
    assert_components (project, &scene);
    lam_model_acts_unref (acts);
    lam_workspace_undo (project->workspace);
    project_wait (project);
    g_assert_cmpuint (count_rows (project), ==, 0);
  }
  g_assert_cmpuint (n_joined, >=, (guint)n_rounds / 2);
}

/* Whatever a person did before, between and after the parts: what he said, and
 * the labels that he has a hand in, are as they were. */
static void
test_any_hand (Project *project, gconstpointer unused)
{
  LamRandom random = lam_random_new (12, 0);
  const Scene fork = make_fork ();
  const int64_t n = lam_box_volume (&all);
  for (int round = 0; round < 4; round++) {
    LamBox parts[N_PARTS];
    const int n_parts = make_parts (&random, parts);
    LamModelActs *acts = ask ();
    g_autoptr (GHashTable) mine = g_hash_table_new (NULL, NULL);
    for (int i = 0; i < n_parts; i++) {
      job_in (project, &fork, &parts[i], "mitochondrion", 0, acts);
      if (lam_random_u32 (&random) % 3 != 0)
        continue;
      const double x = lam_random_range (&random, 20, 140),
                   y = lam_random_range (&random, 20, 60);
      uint32_t label = at (project, (int64_t)x, (int64_t)y, 20);
      if (label == 0)
        label = project_add_label (project, MITOCHONDRION);
      project_stroke (project, label, x, y, 20);
      project_wait (project);
      g_hash_table_add (mine, GUINT_TO_POINTER (label));
    }
    g_autofree uint32_t *labels = read_labels (project);
    g_autofree uint32_t *sources =
        read_plane (project, LAM_LABEL_SOURCE_SOURCES);
    join_all (project, acts);
    g_autofree uint32_t *after = read_labels (project);
    assert_plane (project, LAM_LABEL_SOURCE_SOURCES, sources);
    for (int64_t i = 0; i < n; i++) {
      if (after[i] == labels[i])
        continue;
      g_assert_cmpuint (sources[i], >=, LAM_SOURCE_FIRST_RUN);
      g_assert_false (
          g_hash_table_contains (mine, GUINT_TO_POINTER (labels[i])));
      g_assert_false (
          g_hash_table_contains (mine, GUINT_TO_POINTER (after[i])));
    }
    lam_model_acts_unref (acts);
    undo_all (project);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  static const struct {
    const char *name;
    void (*test) (Project *, gconstpointer);
    int data;
  } tests[] = {
    { "/object-join/fork", test_fork, 0 },
    { "/object-join/there-before", test_there_before, 0 },
    { "/object-join/locked", test_hand, 0 },
    { "/object-join/completed", test_hand, 1 },
    { "/object-join/in-progress", test_hand, 2 },
    { "/object-join/painted", test_hand, 3 },
    { "/object-join/verified", test_hand, 4 },
    { "/object-join/named", test_named, 0 },
    { "/object-join/parted", test_parted, 0 },
    { "/object-join/elsewhere", test_elsewhere, 0 },
    { "/object-join/answered-near", test_answered, 2 },
    { "/object-join/answered-far", test_answered, 12 },
    { "/object-join/cut", test_cut, 0 },
    { "/object-join/slice-first", test_slice_first, 0 },
    { "/object-join/slice-worked-on", test_slice_worked_on, 0 },
    { "/object-join/undone", test_undone, 0 },
    { "/object-join/cancelled", test_cancelled, 0 },
    { "/object-join/meanwhile", test_meanwhile, 0 },
    { "/object-join/proposes", test_proposes, 0 },
    { "/object-join/any-parts", test_any_parts, 0 },
    { "/object-join/any-hand", test_any_hand, 0 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Project, GINT_TO_POINTER (tests[i].data),
        no_cuts, tests[i].test, tear_down);
  return g_test_run ();
}
