/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Two copies of a project, worked on apart and merged: every voxel of a person
 * from either is in the result or among the conflicts, with the label that it
 * had there. Labels are told apart by their names, which are never given twice,
 * as their numbers are. */
#include "base/error.h"
#include "merge-fixture.h"
#include "store/store-models.h"
#include "store/voices.h"

#define N_KEYS 2
#define N_COMMON 6
#define N_APART 12

static const LamBrickKey keys[N_KEYS] = { { 0, 0, 0 }, { 1, 0, 0 } };

/* ---- Working ------------------------------------------------------------ */

/* Labels of one copy while the test runs, so that ids are given like a program
 * gives them. */
typedef struct {
  LamStore *store; /* Borrowed */
  LamRandom random;
  uint32_t next; /* label */
  GArray *labels; /* Owned; uint32_t */
  const char *prefix;
  int key; /* the only one that is painted; -1: any */
} Worker;

static uint32_t
choose_label (Worker *worker, GPtrArray *rows)
{
  uint32_t what = lam_random_u32 (&worker->random) % 4;
  if (what == 0)
    return 0;
  if (what < 3 && worker->labels->len > 0)
    return g_array_index (worker->labels, uint32_t,
        lam_random_u32 (&worker->random) % worker->labels->len);
  g_autofree char *name =
      g_strdup_printf ("%s%u", worker->prefix, worker->next);
  const LamLabel label = { .id = worker->next++, .name = name, .class_id = 1 };
  g_ptr_array_add (rows, lam_row_change_new_label (NULL, &label));
  g_array_append_val (worker->labels, label.id);
  return label.id;
}

/* Writes a box of one label over a brick. */
static void
paint (Worker *worker)
{
  GError *error = NULL;
  LamRandom *random = &worker->random;
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  LamBrickKey key = keys[worker->key >= 0 ? (uint32_t)worker->key
                                          : lam_random_u32 (random) % N_KEYS];
  uint32_t label = choose_label (worker, rows);
  g_autoptr (LamLabelBrick) before =
      lam_store_read_brick (worker->store, key, NULL, NULL);
  g_autoptr (LamLabelBrick) after =
      before ? lam_label_brick_copy (before) : lam_label_brick_new_cleared ();
  uint32_t *labels = lam_label_brick_write_labels (after);
  uint16_t *sources = lam_label_brick_write_sources (after);
  int low[3], high[3];
  for (int i = 0; i < 3; i++) {
    low[i] = (int)(lam_random_u32 (random) % 50);
    high[i] = low[i] + 4 + (int)(lam_random_u32 (random) % 30);
  }
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    const int at[3] = { i % 64, i / 64 % 64, i / 4096 };
    bool is_in = true;
    for (int a = 0; a < 3; a++)
      is_in &= at[a] >= low[a] && at[a] < high[a];
    if (is_in) {
      labels[i] = label;
      sources[i] = LAM_SOURCE_HUMAN;
    }
  }
  lam_label_brick_settle (after);
  LamHistoryRow *row =
      fixture_try_commit (worker->store, key, before, after, rows, &error);
  g_assert_no_error (error);
  lam_history_row_free (row);
}

static void
work (Worker *worker, int n)
{
  for (int i = 0; i < n; i++)
    if (lam_random_u32 (&worker->random) % 5 == 0) {
      LamHistoryStep *step = fixture_step (worker->store, FIXTURE_UNDO, 0);
      if (step)
        lam_history_step_free (step);
      /* What was made is deleted again, and its id stays taken. */
      g_array_set_size (worker->labels, 0);
    } else
      paint (worker);
}

static Worker
worker_new (LamStore *store, uint32_t seed, const char *prefix, uint32_t next)
{
  return (Worker){ store, lam_random_new (seed, 11), next,
    g_array_new (false, false, sizeof (uint32_t)), prefix, -1 };
}

/* ---- Checking ----------------------------------------------------------- */

typedef struct {
  LamLabelBrick *before[N_KEYS], *mine[N_KEYS], *theirs[N_KEYS];
  LamClassTable *mine_table, *theirs_table;
} Sides;

static const char *
name_of (const LamClassTable *table, uint32_t label)
{
  const LamLabel *row = lam_class_table_get_label (table, label);
  g_assert_true (label == 0 || (row && !row->deleted));
  return label == 0 ? "" : row->name;
}

static bool
is_changed (const LamLabelBrick *now, const LamLabelBrick *before, int i)
{
  return lam_label_brick_get_label (now, i)
      != lam_label_brick_get_label (before, i)
      || lam_label_brick_get_source (now, i)
      != lam_label_brick_get_source (before, i);
}

static void
check_voxel (const Sides *sides, int k, int i, const LamClassTable *table,
    const LamLabelBrick *now, const LamLabelBrick *aside)
{
  const char *found = name_of (table, lam_label_brick_get_label (now, i));
  const char *mine = name_of (
      sides->mine_table, lam_label_brick_get_label (sides->mine[k], i));
  const char *theirs = name_of (
      sides->theirs_table, lam_label_brick_get_label (sides->theirs[k], i));
  bool by_me = is_changed (sides->mine[k], sides->before[k], i);
  bool by_them = is_changed (sides->theirs[k], sides->before[k], i);
  bool is_aside =
      aside && lam_label_brick_get_source (aside, i) != LAM_SOURCE_UNSET;
  if (by_me || !by_them)
    g_assert_cmpstr (found, ==, mine);
  if (by_them && is_aside)
    g_assert_cmpstr (
        name_of (table, lam_label_brick_get_label (aside, i)), ==, theirs);
  else if (by_them)
    g_assert_cmpstr (found, ==, theirs);
  g_assert_true (!is_aside || (by_me && by_them && strcmp (mine, theirs) != 0));
}

/* A brick that is not there says nothing. */
static void
assert_brick (LamStore *store, LamBrickKey key, const LamLabelBrick *expected)
{
  g_autoptr (LamLabelBrick) brick = read_brick (store, key);
  g_assert_true (lam_label_brick_equal (brick, expected));
}

static void
note_sides (Fixture *fixture, Sides *sides)
{
  for (int k = 0; k < N_KEYS; k++) {
    sides->mine[k] = read_brick (fixture->mine, keys[k]);
    sides->theirs[k] = read_brick (fixture->theirs, keys[k]);
  }
  sides->mine_table = read_table (fixture->mine_path);
  sides->theirs_table = read_table (fixture->theirs_path);
}

static void
check_merge (Fixture *fixture, const Sides *sides, const LamMergeReport *report)
{
  GError *error = NULL;
  g_autoptr (LamClassTable) table = read_table (fixture->mine_path);
  int64_t n_aside = 0;
  for (int k = 0; k < N_KEYS; k++) {
    g_autoptr (LamLabelBrick) now = read_brick (fixture->mine, keys[k]);
    g_autoptr (LamLabelBrick) aside = report->voice
        ? lam_store_read_voice (fixture->mine, report->voice, keys[k], &error)
        : NULL;
    g_assert_no_error (error);
    for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
      check_voxel (sides, k, i, table, now, aside);
      n_aside += aside && lam_label_brick_get_source (aside, i) != 0;
    }
  }
  g_assert_cmpint (n_aside, ==, report->voxels.n_conflicts);
}

static void
sides_clear (Sides *sides)
{
  for (int k = 0; k < N_KEYS; k++) {
    lam_label_brick_unref (sides->before[k]);
    lam_label_brick_unref (sides->mine[k]);
    lam_label_brick_unref (sides->theirs[k]);
  }
  lam_class_table_free (sides->mine_table);
  lam_class_table_free (sides->theirs_table);
}

static void
test_random (Fixture *fixture, gconstpointer data)
{
  uint32_t seed = GPOINTER_TO_UINT (data);
  Worker both = worker_new (fixture->mine, seed, "b", 1);
  Sides sides = { 0 };
  work (&both, N_COMMON);
  part (fixture);
  for (int k = 0; k < N_KEYS; k++)
    sides.before[k] = read_brick (fixture->mine, keys[k]);
  Worker me = worker_new (fixture->mine, seed + 100, "m", both.next);
  Worker them = worker_new (fixture->theirs, seed + 200, "t", both.next);
  work (&me, N_APART);
  work (&them, N_APART);
  note_sides (fixture, &sides);

  g_autoptr (LamMergeResult) tried = merge (fixture, NULL, false);
  g_assert_cmpint (tried->report.edit, ==, 0);
  for (int k = 0; k < N_KEYS; k++)
    assert_brick (fixture->mine, keys[k], sides.mine[k]);
  g_autoptr (LamMergeResult) made = merge (fixture, NULL, true);
  g_assert_cmpint (made->report.edit, >, 0);
  g_assert_cmpint (
      made->report.voxels.n_taken, ==, tried->report.voxels.n_taken);
  check_merge (fixture, &sides, &made->report);

  g_autoptr (LamMergeResult) again = merge (fixture, NULL, true);
  g_assert_cmpint (again->report.edit, ==, 0);
  g_autoptr (LamHistoryStep) step =
      fixture_step (fixture->mine, FIXTURE_UNDO, 0);
  for (int k = 0; k < N_KEYS; k++)
    assert_brick (fixture->mine, keys[k], sides.mine[k]);
  g_autoptr (GPtrArray) voices = lam_store_list_voices (fixture->mine, NULL);
  g_assert_cmpint (voices->len, ==, 0);
  sides_clear (&sides);
  g_array_unref (both.labels);
  g_array_unref (me.labels);
  g_array_unref (them.labels);
}

/* ---- To and fro --------------------------------------------------------- */

/* Each in a brick of its own; only what was done just now is undone. */
static void
work_apart (LamStore *store, const char *path, uint32_t seed,
    const char *prefix, int key)
{
  g_autoptr (LamClassTable) table = read_table (path);
  Worker worker =
      worker_new (store, seed, prefix, lam_class_table_get_next_label (table));
  int n_undoable = 0;
  worker.key = key;
  for (int i = 0; i < 6; i++)
    if (n_undoable > 0 && lam_random_u32 (&worker.random) % 3 == 0) {
      lam_history_step_free (fixture_step (store, FIXTURE_UNDO, 0));
      g_array_set_size (worker.labels, 0);
      n_undoable--;
    } else {
      paint (&worker);
      n_undoable++;
    }
  g_array_unref (worker.labels);
}

static void
assert_same_names (Fixture *fixture)
{
  g_autoptr (LamClassTable) mine = read_table (fixture->mine_path);
  g_autoptr (LamClassTable) theirs = read_table (fixture->theirs_path);
  for (int k = 0; k < N_KEYS; k++) {
    g_autoptr (LamLabelBrick) a = read_brick (fixture->mine, keys[k]);
    g_autoptr (LamLabelBrick) b = read_brick (fixture->theirs, keys[k]);
    for (int i = 0; i < LAM_BRICK_VOXELS; i++)
      g_assert_cmpstr (name_of (mine, lam_label_brick_get_label (a, i)), ==,
          name_of (theirs, lam_label_brick_get_label (b, i)));
  }
}

/* Two who merge each other again and again, and never touch the same, have the
 * same after each round, and nothing is ever in conflict. */
static void
test_to_and_fro (Fixture *fixture, gconstpointer data)
{
  uint32_t seed = GPOINTER_TO_UINT (data);
  Worker both = worker_new (fixture->mine, seed, "b", 1);
  work (&both, N_COMMON);
  g_array_unref (both.labels);
  part (fixture);
  for (uint32_t round = 0; round < 4; round++) {
    GError *error = NULL;
    bool swaps = round % 2;
    work_apart (
        fixture->mine, fixture->mine_path, seed + 10 * round, "m", swaps);
    work_apart (fixture->theirs, fixture->theirs_path, seed + 10 * round + 5,
        "t", !swaps);
    g_autoptr (LamMergeResult) here = merge (fixture, NULL, true);
    g_autoptr (LamMergeResult) there = lam_store_merge (
        fixture->theirs, fixture->mine, NULL, LAM_MERGE_APPLIES, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpint (here->report.voxels.n_conflicts, ==, 0);
    g_assert_cmpint (there->report.voxels.n_conflicts, ==, 0);
    g_assert_cmpint (here->report.row_conflicts->len, ==, 0);
    g_assert_cmpint (there->report.row_conflicts->len, ==, 0);
    assert_same_names (fixture);
  }
  fixture_assert_sound (fixture->theirs);
}

/* ---- Single rules ------------------------------------------------------- */

static void
commit (LamStore *store, LamLabelBrick *before, LamLabelBrick *after)
{
  lam_history_row_free (fixture_commit (store, keys[0], before, after));
}

/* A network's word gives way to a person's, of whichever side, and its run
 * comes along with its network. */
static void
test_network (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  g_autoptr (LamLabelBrick) nothing = lam_label_brick_new (0, LAM_SOURCE_HUMAN);
  commit (fixture->mine, NULL, nothing);
  part (fixture);
  g_autoptr (GBytes) onnx = g_bytes_new_static ("a network", 9);
  int64_t other = lam_store_add_model (fixture->mine, "other", 0, onnx, &error);
  g_assert_no_error (error);
  g_assert_cmpint (
      lam_store_begin_run (fixture->mine, other, "x", &error), ==, 1);
  int64_t model = lam_store_add_model (fixture->theirs, "net", 0, onnx, &error);
  int64_t run = lam_store_begin_run (fixture->theirs, model, "", &error);
  g_assert_no_error (error);
  g_assert_cmpint (run, ==, 1);
  g_autoptr (LamLabelBrick) said =
      lam_label_brick_new (3, (uint16_t)(LAM_SOURCE_FIRST_RUN + run));
  commit (fixture->theirs, nothing, said);
  g_autoptr (LamMergeResult) made = merge (fixture, NULL, true);
  g_assert_cmpint (made->report.voxels.n_taken, ==, LAM_BRICK_VOXELS);
  /* Run 1 is another here. */
  g_autoptr (LamLabelBrick) expected =
      lam_label_brick_new (3, LAM_SOURCE_FIRST_RUN + 2);
  fixture_assert_brick (fixture->mine, keys[0], expected);

  g_autoptr (LamHistoryStep) step =
      fixture_step (fixture->mine, FIXTURE_UNDO, 0);
  g_autoptr (LamLabelBrick) painted = lam_label_brick_new (9, LAM_SOURCE_HUMAN);
  commit (fixture->mine, nothing, painted);
  g_autoptr (LamMergeResult) kept = merge (fixture, NULL, true);
  g_assert_cmpint (kept->report.voxels.n_over_network, ==, LAM_BRICK_VOXELS);
  fixture_assert_brick (fixture->mine, keys[0], painted);
}

/* In what I have verified no network of theirs writes. */
static void
test_verified (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  g_autoptr (LamLabelBrick) nothing = lam_label_brick_new (0, LAM_SOURCE_HUMAN);
  commit (fixture->mine, NULL, nothing);
  part (fixture);
  LamRegion region = { .id = 1,
    .name = (char *)"done",
    .box = { { 0 }, { 64, 64, 32 } },
    .review = LAM_REVIEW_VERIFIED };
  commit_rows (fixture->mine, lam_row_change_new_region (NULL, &region));
  g_autoptr (GBytes) onnx = g_bytes_new_static ("a network", 9);
  int64_t model = lam_store_add_model (fixture->theirs, "net", 0, onnx, &error);
  lam_store_begin_run (fixture->theirs, model, "", &error);
  g_assert_no_error (error);
  g_autoptr (LamLabelBrick) said = lam_label_brick_new (3, 17);
  commit (fixture->theirs, nothing, said);
  g_autoptr (LamMergeResult) made = merge (fixture, NULL, true);
  g_assert_cmpint (made->report.voxels.n_protected, ==, LAM_BRICK_VOXELS / 2);
  g_assert_cmpint (made->report.voxels.n_taken, ==, LAM_BRICK_VOXELS / 2);
}

/* Nor does a person of theirs in what is verified or locked here: it is to
 * decide on, also where mine is a network's and where I did nothing. */
static void
assert_kept (
    Fixture *fixture, const LamLabelBrick *mine, uint32_t theirs, int n_kept)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamMergeResult) made = merge (fixture, NULL, true);
  g_autoptr (LamLabelBrick) now = read_brick (fixture->mine, keys[0]);
  g_autoptr (LamLabelBrick) aside =
      lam_store_read_voice (fixture->mine, made->report.voice, keys[0], &error);
  g_assert_no_error (error);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    bool is_kept = i < n_kept;
    g_assert_cmpuint (lam_label_brick_get_label (now, i), ==,
        is_kept ? lam_label_brick_get_label (mine, i) : theirs);
    g_assert_cmpuint (
        lam_label_brick_get_label (aside, i), ==, is_kept ? theirs : 0);
  }
  g_assert_cmpint (made->report.voxels.n_conflicts, ==, n_kept);
  g_assert_cmpint (made->report.voxels.n_protected, ==, 0);
}

static void
test_verified_persons (Fixture *fixture, gconstpointer is_networks)
{
  GError *error = NULL;
  LamLabel label = { .id = 1, .name = (char *)"theirs", .class_id = 1 };
  LamRegion region = { .id = 1,
    .name = (char *)"done",
    .box = { { 0 }, { 64, 64, 32 } },
    .review = LAM_REVIEW_VERIFIED };
  commit_rows (fixture->mine, lam_row_change_new_label (NULL, &label));
  g_autoptr (LamLabelBrick) mine = lam_label_brick_new (0, LAM_SOURCE_HUMAN);
  commit (fixture->mine, NULL, mine);
  part (fixture);
  g_autoptr (LamLabelBrick) theirs = lam_label_brick_new (1, LAM_SOURCE_HUMAN);
  commit (fixture->theirs, mine, theirs);
  commit_rows (fixture->mine, lam_row_change_new_region (NULL, &region));
  g_autoptr (LamLabelBrick) said = lam_label_brick_new (3, 17);
  if (is_networks) {
    g_autoptr (GBytes) onnx = g_bytes_new_static ("a network", 9);
    int64_t model = lam_store_add_model (fixture->mine, "net", 0, onnx, &error);
    lam_store_begin_run (fixture->mine, model, "", &error);
    g_assert_no_error (error);
    commit (fixture->mine, mine, said);
  }
  assert_kept (fixture, is_networks ? said : mine, 1, LAM_BRICK_VOXELS / 2);
}

/* A locked label neither shrinks nor grows. */
static void
test_locked (Fixture *fixture, gconstpointer grows)
{
  LamLabel label = { .id = 1, .name = (char *)"a", .class_id = 1 };
  LamLabel other = { .id = 2, .name = (char *)"b", .class_id = 1 };
  commit_rows (fixture->mine, lam_row_change_new_label (NULL, &label));
  commit_rows (fixture->mine, lam_row_change_new_label (NULL, &other));
  g_autoptr (LamLabelBrick) mine = lam_label_brick_new (1, LAM_SOURCE_HUMAN);
  commit (fixture->mine, NULL, mine);
  part (fixture);
  g_autoptr (LamLabelBrick) theirs = lam_label_brick_new (2, LAM_SOURCE_HUMAN);
  commit (fixture->theirs, mine, theirs);
  LamLabel locked = grows ? other : label;
  locked.locked = true;
  commit_rows (fixture->mine,
      lam_row_change_new_label (grows ? &other : &label, &locked));
  assert_kept (fixture, mine, 2, LAM_BRICK_VOXELS);
}

/* Rows: theirs alone, both alike, both differently, the same number twice. */
static void
test_rows (Fixture *fixture, gconstpointer unused)
{
  LamClass one = fixture_classes[1];
  part (fixture);
  LamClass mine = one, theirs = one;
  mine.name = (char *)"Zelle";
  theirs.name = (char *)"cellule";
  commit_rows (fixture->mine, lam_row_change_new_class (&one, &mine));
  commit_rows (fixture->theirs, lam_row_change_new_class (&one, &theirs));
  LamClass axon = { .id = 2, .name = (char *)"axon", .key = 2 };
  LamClass glia = { .id = 2, .name = (char *)"glia", .key = 2 };
  commit_rows (fixture->mine, lam_row_change_new_class (NULL, &axon));
  commit_rows (fixture->theirs, lam_row_change_new_class (NULL, &glia));
  LamRegion a = { .id = 1, .name = (char *)"a", .box = { { 0 }, { 9, 9, 9 } } };
  LamRegion b = { .id = 1, .name = (char *)"b", .box = { { 0 }, { 5, 5, 5 } } };
  commit_rows (fixture->mine, lam_row_change_new_region (NULL, &a));
  commit_rows (fixture->theirs, lam_row_change_new_region (NULL, &b));
  LamLabel label = { .id = 1, .name = (char *)"g", .class_id = 2 };
  commit_rows (fixture->theirs, lam_row_change_new_label (NULL, &label));
  g_autoptr (LamMergeResult) made = merge (fixture, NULL, true);
  g_assert_cmpint (made->report.row_conflicts->len, ==, 1);
  g_assert_nonnull (strstr (made->report.row_conflicts->pdata[0], "Zelle"));
  g_assert_cmpint (made->report.n_renumbered, ==, 2);
  g_autoptr (LamClassTable) table = read_table (fixture->mine_path);
  g_assert_cmpstr (lam_class_table_get_class (table, 1)->name, ==, "Zelle");
  g_assert_cmpstr (lam_class_table_get_class (table, 2)->name, ==, "axon");
  g_assert_cmpstr (lam_class_table_get_class (table, 3)->name, ==, "glia");
  g_assert_cmpint (lam_class_table_get_class (table, 3)->key, ==, 0);
  g_assert_cmpint (lam_class_table_get_label (table, 1)->class_id, ==, 3);
  g_autoptr (LamStore) store = fixture_open (fixture->mine_path);
  g_autoptr (GPtrArray) regions = lam_store_dup_regions (store);
  g_assert_cmpint (regions->len, ==, 2);
  g_assert_cmpstr (((LamRegion *)regions->pdata[1])->name, ==, "b");
}

/* Name, state and group of a label are each merged by themselves. */
static void
test_states (Fixture *fixture, gconstpointer unused)
{
  LamLabel label = { .id = 1, .name = (char *)"a", .class_id = 1 };
  LamLabel mine = label, theirs = label;
  commit_rows (fixture->mine, lam_row_change_new_label (NULL, &label));
  part (fixture);
  mine.state = LAM_LABEL_IN_PROGRESS;
  theirs.name = (char *)"b";
  theirs.group = (char *)"glia/left";
  commit_rows (fixture->mine, lam_row_change_new_label (&label, &mine));
  commit_rows (fixture->theirs, lam_row_change_new_label (&label, &theirs));
  g_autoptr (LamMergeResult) made = merge (fixture, NULL, true);
  g_assert_cmpuint (made->report.row_conflicts->len, ==, 0);
  g_autoptr (LamClassTable) table = read_table (fixture->mine_path);
  const LamLabel *row = lam_class_table_get_label (table, 1);
  g_assert_cmpstr (row->name, ==, "b");
  g_assert_cmpstr (row->group, ==, "glia/left");
  g_assert_cmpint (row->state, ==, LAM_LABEL_IN_PROGRESS);
  lam_history_step_free (fixture_step (fixture->mine, FIXTURE_UNDO, 0));
  g_autoptr (LamClassTable) before = read_table (fixture->mine_path);
  g_assert_null (lam_class_table_get_label (before, 1)->group);
}

/* What both said differently stays mine, the rest of the row is theirs. */
static void
test_state_conflict (Fixture *fixture, gconstpointer unused)
{
  LamLabel label = { .id = 1, .name = (char *)"a", .class_id = 1 };
  LamLabel mine = label, theirs = label;
  commit_rows (fixture->mine, lam_row_change_new_label (NULL, &label));
  part (fixture);
  mine.state = LAM_LABEL_COMPLETED;
  theirs.state = LAM_LABEL_FLAGGED;
  theirs.group = (char *)"glia";
  commit_rows (fixture->mine, lam_row_change_new_label (&label, &mine));
  commit_rows (fixture->theirs, lam_row_change_new_label (&label, &theirs));
  g_autoptr (LamMergeResult) made = merge (fixture, NULL, true);
  g_assert_cmpuint (made->report.row_conflicts->len, ==, 1);
  g_autoptr (LamClassTable) table = read_table (fixture->mine_path);
  const LamLabel *row = lam_class_table_get_label (table, 1);
  g_assert_cmpint (row->state, ==, LAM_LABEL_COMPLETED);
  g_assert_cmpstr (row->group, ==, "glia");
}

/* A label that I deleted and they went on painting is there after all. */
static void
test_deleted (Fixture *fixture, gconstpointer unused)
{
  LamLabel label = { .id = 1, .name = (char *)"dendrite", .class_id = 1 };
  LamLabel deleted = label;
  deleted.deleted = true;
  commit_rows (fixture->mine, lam_row_change_new_label (NULL, &label));
  part (fixture);
  commit_rows (fixture->mine, lam_row_change_new_label (&label, &deleted));
  g_autoptr (LamLabelBrick) painted = lam_label_brick_new (1, LAM_SOURCE_HUMAN);
  commit (fixture->theirs, NULL, painted);
  g_autoptr (LamMergeResult) made = merge (fixture, NULL, true);
  fixture_assert_brick (fixture->mine, keys[0], painted);
  g_autoptr (LamClassTable) table = read_table (fixture->mine_path);
  g_assert_false (lam_class_table_get_label (table, 1)->deleted);
}

/* What has nothing in common is refused, but with a base. */
static void
test_unrelated (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path =
      g_build_filename (fixture->folder, "base.lamella", NULL);
  g_autoptr (LamLabelBrick) one = lam_label_brick_new (0, LAM_SOURCE_HUMAN);
  LamStore *base = fixture_create (path);
  fixture->theirs = fixture_create (fixture->theirs_path);
  commit (fixture->theirs, NULL, one);
  g_assert_null (lam_store_merge (
      fixture->mine, fixture->theirs, NULL, LAM_MERGE_APPLIES, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  g_autoptr (LamMergeResult) made = merge (fixture, base, true);
  g_assert_cmpint (made->report.base, ==, -1);
  fixture_assert_brick (fixture->mine, keys[0], one);
  fixture_close (base);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint seed = 1; seed <= 5; seed++) {
    g_autofree char *name = g_strdup_printf ("/merge/random/%u", seed);
    g_test_add (
        name, Fixture, GUINT_TO_POINTER (seed), set_up, test_random, tear_down);
  }
  for (guint seed = 1; seed <= 3; seed++) {
    g_autofree char *name = g_strdup_printf ("/merge/to-and-fro/%u", seed);
    g_test_add (name, Fixture, GUINT_TO_POINTER (seed), set_up, test_to_and_fro,
        tear_down);
  }
  g_test_add ("/merge/network", Fixture, NULL, set_up, test_network, tear_down);
  g_test_add (
      "/merge/verified", Fixture, NULL, set_up, test_verified, tear_down);
  g_test_add ("/merge/verified-persons", Fixture, NULL, set_up,
      test_verified_persons, tear_down);
  g_test_add ("/merge/verified-over-network", Fixture, "", set_up,
      test_verified_persons, tear_down);
  g_test_add (
      "/merge/locked-shrinks", Fixture, NULL, set_up, test_locked, tear_down);
  g_test_add (
      "/merge/locked-grows", Fixture, "", set_up, test_locked, tear_down);
  g_test_add ("/merge/rows", Fixture, NULL, set_up, test_rows, tear_down);
  g_test_add ("/merge/states", Fixture, NULL, set_up, test_states, tear_down);
  g_test_add ("/merge/state-conflict", Fixture, NULL, set_up,
      test_state_conflict, tear_down);
  g_test_add ("/merge/deleted", Fixture, NULL, set_up, test_deleted, tear_down);
  g_test_add (
      "/merge/unrelated", Fixture, NULL, set_up, test_unrelated, tear_down);
  return g_test_run ();
}
