/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A part of the volume as it was at an earlier moment, against what was noted
 * of every moment; and what of the history is listed. */
#include "base/error.h"
#include "store-fixture.h"

#define N_ROWS 40
#define N_KEYS 2
#define N_RESTORES 25

typedef StoreFixture Fixture;

static const LamBrickKey keys[N_KEYS] = { { 0, 0, 0 }, { 1, 0, 0 } };

/* What each brick was after each row of the history; 0: before the first. */
typedef struct {
  LamLabelBrick *bricks[N_ROWS + 1][N_KEYS];
} Model;

static LamLabelBrick *
read_brick (LamStore *store, LamBrickKey key)
{
  GError *error = NULL;
  LamLabelBrick *brick = lam_store_read_brick (store, key, NULL, &error);
  g_assert_no_error (error);
  return brick;
}

static int64_t
newest_row (LamStore *store)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) rows =
      lam_store_read_history (store, 0, 1, true, &error);
  g_assert_no_error (error);
  return rows->len > 0 ? ((LamHistoryRow *)rows->pdata[0])->id : 0;
}

/* One edit, undo, redo or revert; perhaps none, where there is nothing to do.
 */
static void
act (LamStore *store, LamRandom *random)
{
  uint32_t what = lam_random_u32 (random) % 10;
  if (what < 6) {
    LamBrickKey key = keys[lam_random_u32 (random) % N_KEYS];
    g_autoptr (LamLabelBrick) before = read_brick (store, key);
    g_autoptr (LamLabelBrick) after =
        what == 0 ? NULL : fixture_brick (lam_random_u32 (random));
    if (before || after)
      lam_history_row_free (fixture_commit (store, key, before, after));
    return;
  }
  int64_t newest = newest_row (store);
  LamHistoryStep *step = what < 8
      ? fixture_step (store, what == 6 ? FIXTURE_UNDO : FIXTURE_REDO, 0)
      : fixture_step (store, FIXTURE_REVERT,
          lam_random_u32 (random) % (uint32_t)(newest + 1));
  if (step)
    lam_history_step_free (step);
}

static void
make_history (Model *model, LamStore *store, LamRandom *random)
{
  int64_t newest = 0;
  while (newest < N_ROWS) {
    act (store, random);
    if (newest_row (store) == newest)
      continue;
    newest++;
    for (int i = 0; i < N_KEYS; i++)
      model->bricks[newest][i] = read_brick (store, keys[i]);
  }
}

static LamHistoryRow *
restore (LamStore *store, int64_t target, const LamBox *box, GArray *changed)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  LamBulkEdit *bulk = lam_store_begin_bulk (store, "restore", &error);
  g_assert_no_error (error);
  LamRestoreCount count, before;
  g_assert_true (lam_bulk_edit_restore (
      bulk, target, box, NULL, NULL, &before, NULL, &error));
  g_assert_true (lam_bulk_edit_restore (
      bulk, target, box, changed, rows, &count, NULL, &error));
  g_assert_no_error (error);
  LamHistoryRow *row = lam_bulk_edit_end (bulk, rows, box, "", &error);
  g_assert_no_error (error);
  /* What was said before is what was done. */
  g_assert_cmpmem (&before, sizeof before, &count, sizeof count);
  g_assert_cmpint (row->n_voxels, ==, count.n_voxels);
  return row;
}

static bool
has_voxel (const LamLabelBrick *brick, int i, const LamLabelBrick *expected)
{
  uint32_t label = expected ? lam_label_brick_get_label (expected, i) : 0;
  uint16_t source = expected ? lam_label_brick_get_source (expected, i) : 0;
  return brick ? lam_label_brick_get_label (brick, i) == label
          && lam_label_brick_get_source (brick, i) == source
               : label == 0 && source == 0;
}

/* Every voxel is as then in the box, and as before elsewhere. */
static void
assert_restored (LamStore *store, const Model *model, int64_t target,
    const LamBox *box, LamLabelBrick *const before[N_KEYS])
{
  for (int k = 0; k < N_KEYS; k++) {
    LamBox whole = lam_brick_box (keys[k]);
    g_autoptr (LamLabelBrick) now = read_brick (store, keys[k]);
    for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
      const int64_t at[3] = { whole.min[0] + i % 64, i / 64 % 64, i / 4096 };
      const LamLabelBrick *expected =
          lam_box_contains (box, at) ? model->bricks[target][k] : before[k];
      if (!has_voxel (now, i, expected))
        g_error ("brick %d, voxel %d, target %d", k, i, (int)target);
    }
  }
}

static LamBox
random_box (LamRandom *random)
{
  LamBox box = { { 0 }, { 128, 64, 64 } };
  if (lam_random_u32 (random) % 3 == 0)
    return box;
  for (int i = 0; i < 3; i++) {
    uint32_t size = (uint32_t)box.max[i];
    box.min[i] = lam_random_u32 (random) % (size - 1);
    box.max[i] = box.min[i] + 1 + lam_random_u32 (random) % (size - box.min[i]);
  }
  return box;
}

static void
test_random (Fixture *fixture, gconstpointer seed)
{
  LamRandom random = lam_random_new (GPOINTER_TO_UINT (seed), 3);
  Model *model = g_new0 (Model, 1);
  make_history (model, fixture->store, &random);
  for (int i = 0; i < N_RESTORES; i++) {
    int64_t target = lam_random_u32 (&random) % (N_ROWS + 1);
    LamBox box = random_box (&random);
    LamLabelBrick *before[N_KEYS];
    for (int k = 0; k < N_KEYS; k++)
      before[k] = read_brick (fixture->store, keys[k]);
    g_autoptr (GArray) changed = g_array_new (false, false, sizeof (int64_t));
    g_autoptr (LamHistoryRow) row =
        restore (fixture->store, target, &box, changed);
    g_assert_cmpint (row->n_bricks, ==, changed->len);
    assert_restored (fixture->store, model, target, &box, before);
    g_autoptr (LamHistoryStep) step =
        i % 2 ? fixture_step (fixture->store, FIXTURE_UNDO, 0) : NULL;
    for (int k = 0; k < N_KEYS; k++) {
      if (step)
        fixture_assert_brick (fixture->store, keys[k], before[k]);
      g_clear_pointer (&before[k], lam_label_brick_unref);
    }
  }
  for (int i = 0; i <= N_ROWS; i++)
    for (int k = 0; k < N_KEYS; k++)
      g_clear_pointer (&model->bricks[i][k], lam_label_brick_unref);
  g_free (model);
}

/* ---- Rows --------------------------------------------------------------- */

static int64_t
commit (LamStore *store, LamLabelBrick *before, LamLabelBrick *after,
    const LamLabel *old, const LamLabel *new)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  g_ptr_array_add (rows, lam_row_change_new_label (old, new));
  g_autoptr (LamHistoryRow) row =
      fixture_try_commit (store, keys[0], before, after, rows, &error);
  g_assert_no_error (error);
  return row->id;
}

static void
commit_rows (LamStore *store, LamRowChange *change)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  g_ptr_array_add (rows, change);
  g_autoptr (LamHistoryRow) row =
      fixture_try_commit (store, keys[0], NULL, NULL, rows, &error);
  g_assert_no_error (error);
}

static const LamLabel *
reread_label (Fixture *fixture, LamClassTable **table)
{
  fixture_close (fixture->store);
  fixture->store = fixture_open (fixture->path);
  *table = lam_store_dup_classes (fixture->store);
  return lam_class_table_get_label (*table, 4);
}

/* A deleted label comes back with its voxels, and goes again with the undo. */
static void
test_label (Fixture *fixture, gconstpointer unused)
{
  LamBox all = { { 0 }, { 64, 64, 64 } };
  LamLabel label = { .id = 4, .name = (char *)"axon", .class_id = 1 };
  LamLabel deleted = label;
  deleted.deleted = true;
  g_autoptr (LamLabelBrick) full = lam_label_brick_new (4, LAM_SOURCE_HUMAN);
  g_autoptr (LamLabelBrick) empty = lam_label_brick_new (0, LAM_SOURCE_HUMAN);
  int64_t painted = commit (fixture->store, NULL, full, NULL, &label);
  commit (fixture->store, full, empty, &label, &deleted);
  g_autoptr (GArray) changed = g_array_new (false, false, sizeof (int64_t));
  g_autoptr (LamHistoryRow) row =
      restore (fixture->store, painted, &all, changed);
  fixture_assert_brick (fixture->store, keys[0], full);
  g_autoptr (LamClassTable) table = NULL;
  g_assert_false (reread_label (fixture, &table)->deleted);
  g_autoptr (LamHistoryStep) step =
      fixture_step (fixture->store, FIXTURE_UNDO, 0);
  fixture_assert_brick (fixture->store, keys[0], empty);
  g_clear_pointer (&table, lam_class_table_free);
  g_assert_true (reread_label (fixture, &table)->deleted);
}

/* A class that comes back does so without the key that another has by now. */
static void
test_class (Fixture *fixture, gconstpointer unused)
{
  LamBox all = { { 0 }, { 64, 64, 64 } };
  LamClass old = { .id = 7, .name = (char *)"vesicle", .key = 3 };
  LamClass other = { .id = 8, .name = (char *)"granule", .key = 3 };
  LamLabel label = { .id = 4, .name = (char *)"v", .class_id = 7 };
  LamLabel deleted = label;
  deleted.deleted = true;
  g_autoptr (LamLabelBrick) full = lam_label_brick_new (4, LAM_SOURCE_HUMAN);
  g_autoptr (LamLabelBrick) empty = lam_label_brick_new (0, LAM_SOURCE_HUMAN);
  commit_rows (fixture->store, lam_row_change_new_class (NULL, &old));
  int64_t painted = commit (fixture->store, NULL, full, NULL, &label);
  commit (fixture->store, full, empty, &label, &deleted);
  commit_rows (fixture->store, lam_row_change_new_class (&old, NULL));
  commit_rows (fixture->store, lam_row_change_new_class (NULL, &other));
  g_autoptr (GArray) changed = g_array_new (false, false, sizeof (int64_t));
  g_autoptr (LamHistoryRow) row =
      restore (fixture->store, painted, &all, changed);
  g_autoptr (LamClassTable) table = NULL;
  g_assert_false (reread_label (fixture, &table)->deleted);
  g_assert_cmpint (lam_class_table_get_class (table, 7)->key, ==, 0);
  g_assert_cmpint (lam_class_table_get_class (table, 8)->key, ==, 3);
}

/* A moment that is not in the history. */
static void
test_missing (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  LamBox all = { { 0 }, { 64, 64, 64 } };
  g_autoptr (GArray) changed = g_array_new (false, false, sizeof (int64_t));
  g_autoptr (GPtrArray) rows = g_ptr_array_new ();
  LamBulkEdit *bulk = lam_store_begin_bulk (fixture->store, "restore", NULL);
  LamRestoreCount count;
  g_assert_false (lam_bulk_edit_restore (
      bulk, 7, &all, changed, rows, &count, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
  lam_bulk_edit_cancel (bulk);
}

/* ---- What is left alone ------------------------------------------------- */

/* Everything becomes label 0 of nobody again, but for what is locked and what
 * lies in a verified region. */
static void
test_kept (Fixture *fixture, gconstpointer unused)
{
  const LamBox all = { { 0 }, { 64, 64, 64 } };
  LamLabel label = { .id = 4, .name = (char *)"axon", .class_id = 1 };
  LamLabel locked = label;
  locked.locked = true;
  LamRegion region = { .id = 1,
    .name = (char *)"done",
    .box = { { 0, 0, 0 }, { 64, 64, 10 } },
    .review = LAM_REVIEW_VERIFIED };
  g_autoptr (LamLabelBrick) full = lam_label_brick_new (0, LAM_SOURCE_HUMAN);
  uint32_t *labels = lam_label_brick_write_labels (full);
  for (int i = 0; i < 20 * 4096; i++)
    labels[i] = 4; /* up to z 20 */
  lam_label_brick_settle (full);
  commit (fixture->store, NULL, full, NULL, &label);
  commit_rows (fixture->store, lam_row_change_new_label (&label, &locked));
  commit_rows (fixture->store, lam_row_change_new_region (NULL, &region));
  g_autoptr (GArray) changed = g_array_new (false, false, sizeof (int64_t));
  g_autoptr (LamHistoryRow) row = restore (fixture->store, 0, &all, changed);
  g_assert_cmpint (row->n_voxels, ==, 44 * 4096);
  g_autoptr (LamLabelBrick) now = read_brick (fixture->store, keys[0]);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    const bool is_kept = i < 20 * 4096;
    g_assert_cmpuint (lam_label_brick_get_label (now, i), ==, is_kept ? 4 : 0);
    g_assert_cmpuint (lam_label_brick_get_source (now, i), ==,
        is_kept ? LAM_SOURCE_HUMAN : LAM_SOURCE_UNSET);
  }
  LamBulkEdit *bulk = lam_store_begin_bulk (fixture->store, "restore", NULL);
  LamRestoreCount count;
  g_assert_true (
      lam_bulk_edit_restore (bulk, 0, &all, NULL, NULL, &count, NULL, NULL));
  lam_bulk_edit_cancel (bulk);
  g_assert_cmpint (count.n_voxels, ==, 0);
  g_assert_cmpint (count.n_verified, ==, 10 * 4096);
  g_assert_cmpint (count.n_locked, ==, 10 * 4096);
}

/* ---- What is listed ----------------------------------------------------- */

static guint
count (LamStore *store, const LamHistoryFilter *filter)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) rows =
      lam_store_filter_history (store, 0, 100, filter, &error);
  g_assert_no_error (error);
  return rows->len;
}

/* Two bricks, far apart. */
static void
commit_two (LamStore *store)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamLabelBrick) brick = fixture_brick (1);
  LamBulkEdit *bulk = lam_store_begin_bulk (store, "merge-labels", &error);
  lam_bulk_edit_write (bulk, keys[0], brick, &error);
  lam_bulk_edit_write (bulk, (LamBrickKey){ 3, 2, 1 }, brick, &error);
  lam_history_row_free (lam_bulk_edit_end (bulk, NULL, NULL, "", &error));
  g_assert_no_error (error);
}

static guint
count_at (LamStore *store, int64_t x, int64_t y, int64_t z)
{
  LamHistoryFilter filter = { .tool = "merge-labels",
    .box = lam_box_new (x, y, z, x + 1, y + 1, z + 1) };
  return count (store, &filter);
}

/* Not of what lies between the bricks of an edit. */
static void
test_filter_between (Fixture *fixture, gconstpointer unused)
{
  commit_two (fixture->store);
  g_assert_cmpint (count_at (fixture->store, 63, 63, 63), ==, 1);
  g_assert_cmpint (count_at (fixture->store, 64, 0, 0), ==, 0);
  g_assert_cmpint (count_at (fixture->store, 0, 64, 0), ==, 0);
  g_assert_cmpint (count_at (fixture->store, 0, 0, 64), ==, 0);
  g_assert_cmpint (count_at (fixture->store, 191, 128, 64), ==, 0);
  g_assert_cmpint (count_at (fixture->store, 192, 128, 64), ==, 1);
  g_assert_cmpint (count_at (fixture->store, 256, 128, 64), ==, 0);
  LamHistoryFilter filter = { .box = lam_box_new (64, 64, 0, 250, 250, 250) };
  g_assert_cmpint (count (fixture->store, &filter), ==, 1);
  lam_history_step_free (fixture_step (fixture->store, FIXTURE_UNDO, 0));
  g_assert_cmpint (count_at (fixture->store, 0, 0, 0), ==, 1);
}

static void
test_filter (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamLabelBrick) one = fixture_brick (1);
  g_autoptr (LamHistoryRow) first =
      fixture_commit (fixture->store, keys[0], NULL, one);
  g_autoptr (LamHistoryRow) second =
      fixture_commit (fixture->store, keys[1], NULL, one);
  g_autoptr (LamHistoryStep) step =
      fixture_step (fixture->store, FIXTURE_UNDO, 0);
  LamHistoryFilter filter = { .has_steps = true };
  g_assert_cmpint (count (fixture->store, &filter), ==, 3);
  filter.has_steps = false;
  g_assert_cmpint (count (fixture->store, &filter), ==, 2);
  filter.after = first->id;
  g_assert_cmpint (count (fixture->store, &filter), ==, 1);
  filter.after = 0;
  filter.who = first->who;
  g_assert_cmpint (count (fixture->store, &filter), ==, 2);
  filter.who = "nobody";
  g_assert_cmpint (count (fixture->store, &filter), ==, 0);
  filter = (LamHistoryFilter){ .tool = "brush" };
  g_assert_cmpint (count (fixture->store, &filter), ==, 2);
  filter.tool = "eraser";
  g_assert_cmpint (count (fixture->store, &filter), ==, 0);
  filter = (LamHistoryFilter){ .since = second->time };
  g_assert_cmpint (count (fixture->store, &filter), ==, 1);
  filter = (LamHistoryFilter){ .until = second->time };
  g_assert_cmpint (count (fixture->store, &filter), ==, 1);
  filter = (LamHistoryFilter){ .box = { { 63, 0, 0 }, { 64, 1, 1 } } };
  g_assert_cmpint (count (fixture->store, &filter), ==, 1);
  filter.box.max[0] = 65;
  g_assert_cmpint (count (fixture->store, &filter), ==, 2);
  int64_t at;
  g_assert_true (
      lam_store_find_edit_at (fixture->store, first->time, &at, &error));
  g_assert_cmpint (at, ==, first->id);
  g_assert_true (
      lam_store_find_edit_at (fixture->store, first->time - 1, &at, &error));
  g_assert_cmpint (at, ==, 0);
  g_autoptr (GPtrArray) tools = lam_store_list_tools (fixture->store, &error);
  g_assert_cmpint (tools->len, ==, 1);
  g_assert_cmpstr (tools->pdata[0], ==, "brush");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint seed = 1; seed <= 3; seed++) {
    g_autofree char *name = g_strdup_printf ("/restore/random/%u", seed);
    g_test_add (name, Fixture, GUINT_TO_POINTER (seed), fixture_set_up,
        test_random, fixture_tear_down);
  }
  g_test_add ("/restore/label", Fixture, NULL, fixture_set_up, test_label,
      fixture_tear_down);
  g_test_add ("/restore/class", Fixture, NULL, fixture_set_up, test_class,
      fixture_tear_down);
  g_test_add ("/restore/kept", Fixture, NULL, fixture_set_up, test_kept,
      fixture_tear_down);
  g_test_add ("/restore/missing", Fixture, NULL, fixture_set_up, test_missing,
      fixture_tear_down);
  g_test_add ("/restore/filter-between", Fixture, NULL, fixture_set_up,
      test_filter_between, fixture_tear_down);
  g_test_add ("/restore/filter", Fixture, NULL, fixture_set_up, test_filter,
      fixture_tear_down);
  return g_test_run ();
}
