/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Models in the project and what the store lets them write: whom it protects,
 * what is stale, what is undone with what. */
#include <sqlite3.h>
#include <string.h>

#include "base/error.h"
#include "store-fixture.h"
#include "store/edit-writer.h"
#include "store/model-edit.h"
#include "store/project-file.h"
#include "store/store-models.h"

typedef struct {
  char *folder, *path;
  LamStore *store;
  int64_t run;
} Fixture;

static const LamBrickKey here = { 1, 2, 0 }, there = { 2, 2, 0 };

/* Labels 1 and 2 of class 1, a cell. */
static void
add_labels (LamStore *store)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  for (uint32_t id = 1; id <= 2; id++) {
    LamLabel row = { .id = id, .name = (char *)"", .class_id = 1 };
    g_ptr_array_add (rows, lam_row_change_new_label (NULL, &row));
  }
  lam_history_row_free (
      fixture_try_commit (store, here, NULL, NULL, rows, &error));
  g_assert_no_error (error);
}

static int64_t
add_model (LamStore *store, const char *name, size_t n_bytes)
{
  GError *error = NULL;
  g_autofree char *data = g_malloc (n_bytes);
  for (size_t i = 0; i < n_bytes; i++)
    data[i] = (char)(i * 31 + i / 1000 + (size_t)*name);
  g_autoptr (GBytes) onnx = g_bytes_new (data, n_bytes);
  int64_t id = lam_store_add_model (store, name, 0, onnx, &error);
  g_assert_no_error (error);
  return id;
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  fixture->folder = fixture_folder ();
  fixture->path = g_build_filename (fixture->folder, "p.lamella", NULL);
  fixture->store = fixture_create (fixture->path);
  add_labels (fixture->store);
  int64_t model = add_model (fixture->store, "mito α", 3000);
  fixture->run = lam_store_begin_run (fixture->store, model, "", &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  fixture_assert_sound (fixture->store);
  fixture_close (fixture->store);
  fixture_remove (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
}

static void
reopen (Fixture *fixture)
{
  fixture_close (fixture->store);
  fixture->store = fixture_open (fixture->path);
}

static LamLabelBrick *
read_brick (Fixture *fixture, LamBrickKey key)
{
  GError *error = NULL;
  LamLabelBrick *brick =
      lam_store_read_brick (fixture->store, key, NULL, &error);
  g_assert_no_error (error);
  return brick;
}

/* A person sets the first `n` voxels of a brick. */
static int64_t
paint (Fixture *fixture, LamBrickKey key, int n, uint32_t label)
{
  g_autoptr (LamLabelBrick) before = read_brick (fixture, key);
  g_autoptr (LamLabelBrick) after =
      before ? lam_label_brick_copy (before) : lam_label_brick_new (0, 0);
  uint32_t *labels = lam_label_brick_write_labels (after);
  uint16_t *sources = lam_label_brick_write_sources (after);
  for (int i = 0; i < n; i++) {
    labels[i] = label;
    sources[i] = LAM_SOURCE_HUMAN;
  }
  lam_label_brick_settle (after);
  g_autoptr (LamHistoryRow) row =
      fixture_commit (fixture->store, key, before, after);
  return row->id;
}

static int64_t
revision (Fixture *fixture)
{
  GError *error = NULL;
  int64_t newest = lam_store_get_revision (fixture->store, &error);
  g_assert_no_error (error);
  return newest;
}

/* The model says `label` all over the bricks `here` and `there`. */
static int64_t
predict_rows (Fixture *fixture, uint32_t label, int64_t base, int64_t cause,
    GPtrArray *rows, LamModelCounts *counts)
{
  GError *error = NULL;
  LamModelEditInfo info = { fixture->run, base, cause };
  LamModelEdit *edit =
      lam_store_begin_model_edit (fixture->store, &info, rows, &error);
  g_assert_no_error (error);
  g_autofree uint32_t *labels = g_new (uint32_t, LAM_BRICK_VOXELS);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    labels[i] = label;
  const LamBrickKey keys[] = { here, there };
  for (int i = 0; i < 2; i++) {
    LamBox box = lam_brick_box (keys[i]);
    g_assert_true (
        lam_model_edit_write (edit, keys[i], &box, labels, NULL, NULL, &error));
  }
  g_autoptr (LamHistoryRow) row =
      lam_model_edit_end (edit, "both", counts, &error);
  g_assert_no_error (error);
  g_assert_true ((row != NULL) == (counts->outcome == LAM_MODEL_WRITTEN));
  g_assert_cmpint (counts->n_written + counts->n_same + counts->n_protected
          + counts->n_stale,
      ==, 2 * LAM_BRICK_VOXELS);
  if (!row)
    return 0;
  g_assert_cmpstr (row->who, ==, "mito α");
  g_assert_cmpstr (row->tool, ==, "model");
  g_assert_cmpint (row->run, ==, fixture->run);
  g_assert_cmpint (row->cause, ==, cause);
  g_assert_cmpint (row->n_voxels, ==, counts->n_written);
  return row->id;
}

static int64_t
predict (Fixture *fixture, uint32_t label, int64_t base, int64_t cause,
    LamModelCounts *counts)
{
  return predict_rows (fixture, label, base, cause, NULL, counts);
}

static uint32_t
label_at (Fixture *fixture, LamBrickKey key, int index)
{
  g_autoptr (LamLabelBrick) brick = read_brick (fixture, key);
  return brick ? lam_label_brick_get_label (brick, index) : 0;
}

/* The list is there while the store's thread is held for something long, and
 * knows of the model that was just removed. */
static void
assert_listed_while_busy (LamStore *store, int64_t removed)
{
  GError *error = NULL;
  LamBulkEdit *bulk = lam_store_begin_bulk (store, "import", &error);
  g_assert_no_error (error);
  g_autoptr (GPtrArray) models = lam_store_list_models (store, &error);
  g_assert_no_error (error);
  g_assert_cmpint (models->len, ==, 3);
  for (guint i = 0; i < models->len; i++) {
    const LamModelRow *row = models->pdata[i];
    g_assert_cmpint (row->removed, ==, row->id == removed);
  }
  lam_bulk_edit_cancel (bulk);
}

/* --- models and runs ----------------------------------------------------- */

static void
test_models (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  /* Three parts, the last of one byte. */
  size_t n = (2 << 20) + 1;
  int64_t id = add_model (fixture->store, "b", n);
  g_assert_cmpint (id, ==, 2);
  reopen (fixture);
  g_autoptr (GPtrArray) models = lam_store_list_models (fixture->store, &error);
  g_assert_cmpint (models->len, ==, 2);
  const LamModelRow *row = models->pdata[1];
  g_assert_cmpstr (row->name, ==, "b");
  g_assert_cmpint (row->n_bytes, ==, n);
  g_assert_false (row->removed);
  g_autoptr (GBytes) onnx = lam_store_read_model (fixture->store, id, &error);
  g_assert_no_error (error);
  const char *data = g_bytes_get_data (onnx, NULL);
  g_assert_cmpint (g_bytes_get_size (onnx), ==, n);
  for (size_t i = 0; i < n; i++)
    g_assert_cmpint (data[i], ==, (char)(i * 31 + i / 1000 + 'b'));

  g_assert_cmpint (
      lam_store_add_model (fixture->store, "c", 99, onnx, &error), ==, 0);
  g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
  g_clear_error (&error);
  g_assert_cmpint (
      lam_store_add_model (fixture->store, "c", id, onnx, &error), ==, 3);
  g_autoptr (GBytes) nothing = g_bytes_new (NULL, 0);
  g_assert_cmpint (
      lam_store_add_model (fixture->store, "d", 0, nothing, &error), ==, 0);
  g_assert_error (error, LAM_ERROR, LAM_ERROR_LIMIT);
  g_clear_error (&error);

  g_assert_true (lam_store_remove_model (fixture->store, id, &error));
  assert_listed_while_busy (fixture->store, id);
  g_assert_null (lam_store_read_model (fixture->store, id, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
  g_assert_nonnull (strstr (error->message, "“b”"));
  g_clear_error (&error);
  g_assert_cmpint (lam_store_begin_run (fixture->store, id, "", &error), ==, 0);
  g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
  g_clear_error (&error);
  /* The number is not given again. */
  g_assert_cmpint (add_model (fixture->store, "e", 10), ==, 4);
}

static void
tamper (Fixture *fixture, const char *sql)
{
  sqlite3 *db;
  fixture_close (fixture->store);
  g_assert_cmpint (sqlite3_open (fixture->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
  fixture->store = fixture_open (fixture->path);
}

static void
test_damaged_model (Fixture *fixture, gconstpointer unused)
{
  static const char *const sql[] = {
    "UPDATE model_part SET data = zeroblob(5)",
    "UPDATE model SET n_bytes = -1",
    "UPDATE model SET n_bytes = 4000000000000",
    "UPDATE model SET n_bytes = 4000",
    "UPDATE model SET hash = 'abc'",
    "DELETE FROM model_part",
  };
  g_autofree char *copy = g_strconcat (fixture->path, ".copy", NULL);
  g_assert_true (lam_store_save_copy (fixture->store, copy, NULL, NULL));
  for (size_t i = 0; i < G_N_ELEMENTS (sql); i++) {
    GError *error = NULL;
    tamper (fixture, sql[i]);
    g_assert_null (lam_store_read_model (fixture->store, 1, &error));
    g_assert_error (error, LAM_ERROR, LAM_ERROR_CORRUPT);
    g_clear_error (&error);
    fixture_close (fixture->store);
    g_autofree char *bytes = NULL;
    gsize n;
    g_assert_true (g_file_get_contents (copy, &bytes, &n, NULL));
    g_assert_true (g_file_set_contents (fixture->path, bytes, (gssize)n, NULL));
    fixture->store = fixture_open (fixture->path);
  }
}

static void
test_runs (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  int64_t other = lam_store_begin_run (fixture->store, 1, "tile=64", &error);
  g_assert_cmpint (other, ==, fixture->run + 1);
  reopen (fixture);
  g_assert_cmpint (
      lam_store_begin_run (fixture->store, 1, "", &error), ==, fixture->run);
  LamModelCounts counts;
  predict (fixture, 1, revision (fixture), 0, &counts);
  g_autoptr (LamLabelBrick) brick = read_brick (fixture, here);
  g_assert_cmpint (lam_label_brick_get_source (brick, 5), ==,
      LAM_SOURCE_FIRST_RUN + fixture->run);
  g_autoptr (GPtrArray) runs = lam_store_list_runs (fixture->store, &error);
  g_assert_cmpint (runs->len, ==, 2);
  const LamRunRow *first = runs->pdata[0], *second = runs->pdata[1];
  LamBox a = lam_brick_box (here), b = lam_brick_box (there);
  LamBox both = lam_box_unite (&a, &b);
  g_assert_true (lam_box_equal (&first->box, &both));
  g_assert_cmpstr (second->settings, ==, "tile=64");
  g_assert_true (lam_box_is_empty (&second->box));

  LamModelEditInfo none = { 77, 0, 0 };
  g_assert_null (
      lam_store_begin_model_edit (fixture->store, &none, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
  g_clear_error (&error);
}

/* --- protection ---------------------------------------------------------- */

/* Two voxels of each kind, in the order of these numbers. */
enum { UNSET, IMPORTED, HUMAN, ACCEPTED, MODEL, LOCKED, REGION, N_KINDS };

static void
paint_kinds (Fixture *fixture)
{
  static const uint16_t sources[N_KINDS] = { LAM_SOURCE_UNSET,
    LAM_SOURCE_IMPORTED, LAM_SOURCE_HUMAN, LAM_SOURCE_ACCEPTED,
    LAM_SOURCE_FIRST_RUN + 9, LAM_SOURCE_IMPORTED, LAM_SOURCE_IMPORTED };
  g_autoptr (LamLabelBrick) after = lam_label_brick_new (0, 0);
  uint32_t *to = lam_label_brick_write_labels (after);
  uint16_t *from = lam_label_brick_write_sources (after);
  for (int i = 0; i < 2 * N_KINDS; i++) {
    from[i] = sources[i / 2];
    to[i] = i / 2 == UNSET ? 0 : i / 2 == LOCKED ? 2 : 1;
  }
  lam_label_brick_settle (after);
  lam_history_row_free (fixture_commit (fixture->store, here, NULL, after));
}

static void
change_row (Fixture *fixture, LamRowChange *change)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  g_ptr_array_add (rows, change);
  lam_history_row_free (
      fixture_try_commit (fixture->store, here, NULL, NULL, rows, &error));
  g_assert_no_error (error);
}

static void
set_region (Fixture *fixture, LamReview before, LamReview after)
{
  LamBox box = lam_brick_box (here);
  LamRegion old = { 1, (char *)"β", box, LAM_REGION_TRAIN, before };
  old.box.min[0] += 2 * REGION;
  old.box.max[0] = old.box.min[0] + 2;
  old.box.max[1] = old.box.min[1] + 1;
  old.box.max[2] = 1;
  LamRegion new = old;
  new.review = after;
  change_row (
      fixture, lam_row_change_new_region (before == after ? NULL : &old, &new));
}

static void
lock_label (Fixture *fixture, uint32_t id)
{
  LamLabel old = { .id = id, .name = (char *)"", .class_id = 1 }, new = old;
  new.locked = true;
  change_row (fixture, lam_row_change_new_label (&old, &new));
}

static void
set_state (Fixture *fixture, LamLabelState before, LamLabelState after)
{
  LamLabel old = {
    .id = 2, .name = (char *)"", .class_id = 1, .state = before
  };
  LamLabel new = old;
  new.state = after;
  change_row (fixture, lam_row_change_new_label (&old, &new));
}

static void
lock_class (Fixture *fixture)
{
  LamClass new = fixture_classes[1];
  new.locked = true;
  change_row (fixture, lam_row_change_new_class (&fixture_classes[1], &new));
}

/* Bits: which kinds of the brick's voxels were left as they were. */
static int
find_kept (Fixture *fixture)
{
  g_autoptr (LamLabelBrick) brick = read_brick (fixture, here);
  int kept = 0;
  for (int kind = 0; kind < N_KINDS; kind++) {
    bool is_kept[2];
    for (int i = 0; i < 2; i++)
      is_kept[i] = lam_label_brick_get_source (brick, 2 * kind + i)
          != LAM_SOURCE_FIRST_RUN + fixture->run;
    g_assert_true (is_kept[0] == is_kept[1]);
    kept |= is_kept[0] << kind;
  }
  return kept;
}

#define PERSON (1 << HUMAN | 1 << ACCEPTED)
#define ALL ((1 << N_KINDS) - 1)

static void
assert_kept (Fixture *fixture, uint32_t label, int expected)
{
  LamModelCounts counts;
  int64_t edit = predict (fixture, label, revision (fixture), 0, &counts);
  g_assert_cmpint (find_kept (fixture), ==, expected);
  int n = 0;
  for (int kind = 0; kind < N_KINDS; kind++)
    n += 2 * (expected >> kind & 1);
  if (edit == 0) {
    g_assert_cmpint (counts.outcome, ==, LAM_MODEL_UNCHANGED);
    g_assert_cmpint (counts.n_protected, ==, 2 * LAM_BRICK_VOXELS);
    return;
  }
  g_assert_cmpint (counts.n_protected, ==, n);
  lam_history_step_free (fixture_step (fixture->store, FIXTURE_UNDO, 0));
  g_assert_cmpint (find_kept (fixture), ==, ALL);
}

static void
test_protected (Fixture *fixture, gconstpointer unused)
{
  paint_kinds (fixture);
  assert_kept (fixture, 1, PERSON);
  assert_kept (fixture, 0, PERSON);
  set_region (fixture, LAM_REVIEW_IN_PROGRESS, LAM_REVIEW_IN_PROGRESS);
  assert_kept (fixture, 1, PERSON);
  set_region (fixture, LAM_REVIEW_IN_PROGRESS, LAM_REVIEW_VERIFIED);
  assert_kept (fixture, 1, PERSON | 1 << REGION);
  lock_label (fixture, 2);
  assert_kept (fixture, 1, PERSON | 1 << REGION | 1 << LOCKED);
  /* It does not grow either. */
  assert_kept (fixture, 2, ALL);
  reopen (fixture);
  g_autoptr (GPtrArray) regions = lam_store_dup_regions (fixture->store);
  g_assert_cmpint (regions->len, ==, 1);
  g_assert_cmpint (
      ((LamRegion *)regions->pdata[0])->review, ==, LAM_REVIEW_VERIFIED);
  assert_kept (fixture, 1, PERSON | 1 << REGION | 1 << LOCKED);
  /* The verdict is an edit like others. */
  lam_history_step_free (fixture_step (fixture->store, FIXTURE_UNDO, 0));
  lam_history_step_free (fixture_step (fixture->store, FIXTURE_UNDO, 0));
  assert_kept (fixture, 1, PERSON);
  /* All labels are of that class, and unlabelled is of none. */
  lock_class (fixture);
  assert_kept (fixture, 0, ALL & ~(1 << UNSET));
  assert_kept (fixture, 1, ALL);
}

/* What is completed is as what is locked; no other state is. */
static void
test_completed (Fixture *fixture, gconstpointer unused)
{
  paint_kinds (fixture);
  LamLabelState last = LAM_LABEL_NOT_STARTED;
  for (int state = LAM_LABEL_IN_PROGRESS; state < LAM_N_LABEL_STATES; state++) {
    const bool is_completed = state == LAM_LABEL_COMPLETED;
    set_state (fixture, last, (LamLabelState)state);
    assert_kept (fixture, 1, is_completed ? PERSON | 1 << LOCKED : PERSON);
    assert_kept (fixture, 2, is_completed ? ALL : PERSON);
    last = (LamLabelState)state;
  }
}

static void
test_missing_label (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  LamModelEditInfo info = { fixture->run, revision (fixture), 0 };
  g_autofree uint32_t *labels = g_new0 (uint32_t, LAM_BRICK_VOXELS);
  labels[9] = 1234;
  LamBox box = lam_brick_box (here);
  LamModelEdit *edit =
      lam_store_begin_model_edit (fixture->store, &info, NULL, &error);
  g_assert_false (
      lam_model_edit_write (edit, here, &box, labels, NULL, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  g_clear_error (&error);
  lam_model_edit_cancel (edit);
  g_assert_cmpint (revision (fixture), ==, info.base);
  g_assert_null (read_brick (fixture, here));
}

/* Silence and what lies beside the box are left as they are. */
static void
test_silent (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  LamModelEditInfo info = { fixture->run, revision (fixture), 0 };
  g_autofree uint32_t *labels = g_new0 (uint32_t, LAM_BRICK_VOXELS);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    labels[i] = i % 2 ? 1 : LAM_MODEL_SILENT;
  LamBox box = lam_brick_box (here);
  box.max[2] = box.min[2] + 3;
  LamModelEdit *edit =
      lam_store_begin_model_edit (fixture->store, &info, NULL, &error);
  g_assert_true (
      lam_model_edit_write (edit, here, &box, labels, NULL, NULL, &error));
  LamModelCounts counts;
  g_autoptr (LamHistoryRow) row = lam_model_edit_end (edit, "", &counts, NULL);
  g_assert_cmpint (counts.n_written, ==, 3 * 64 * 64 / 2);
  g_autoptr (LamLabelBrick) brick = read_brick (fixture, here);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    g_assert_cmpint (lam_label_brick_get_label (brick, i), ==,
        i < 3 * 64 * 64 && i % 2 ? 1 : 0);
}

/* --- stale --------------------------------------------------------------- */

static void
test_stale (Fixture *fixture, gconstpointer unused)
{
  LamModelCounts counts;
  int64_t base = revision (fixture);
  paint (fixture, here, 10, 2);
  predict (fixture, 1, base, 0, &counts);
  g_assert_cmpint (counts.n_stale, ==, LAM_BRICK_VOXELS);
  g_assert_cmpint (counts.n_written, ==, LAM_BRICK_VOXELS);
  g_assert_cmpint (label_at (fixture, here, 100), ==, 0);
  g_assert_cmpint (label_at (fixture, there, 100), ==, 1);
  /* Another model's edit makes nothing stale. */
  base = revision (fixture);
  predict (fixture, 2, base, 0, &counts);
  predict (fixture, 1, base, 0, &counts);
  g_assert_cmpint (counts.n_stale, ==, 0);
  g_assert_cmpint (counts.n_protected, ==, 10);
  /* What an undo moved is stale: of the edit before, both bricks. */
  base = revision (fixture);
  lam_history_step_free (fixture_step (fixture->store, FIXTURE_UNDO, 0));
  predict (fixture, 1, base, 0, &counts);
  g_assert_cmpint (counts.n_stale, ==, 2 * LAM_BRICK_VOXELS);
  g_assert_cmpint (counts.outcome, ==, LAM_MODEL_UNCHANGED);
  reopen (fixture);
  predict (fixture, 1, base, 0, &counts);
  g_assert_cmpint (counts.n_stale, ==, 2 * LAM_BRICK_VOXELS);
  predict (fixture, 1, revision (fixture), 0, &counts);
  g_assert_cmpint (counts.n_stale, ==, 0);
}

/* --- undone together ----------------------------------------------------- */

static void
assert_step (Fixture *fixture, FixtureStep kind, guint n_edits, int64_t target)
{
  g_autoptr (LamHistoryStep) step = fixture_step (fixture->store, kind, 0);
  g_assert_nonnull (step);
  g_assert_cmpint (step->history->len, ==, n_edits);
  g_autoptr (GPtrArray) last =
      lam_store_read_history (fixture->store, 0, 1, true, NULL);
  g_assert_cmpint (((LamHistoryRow *)last->pdata[0])->target, ==, target);
}

static void
test_undone_together (Fixture *fixture, gconstpointer unused)
{
  LamModelCounts counts;
  int64_t one = paint (fixture, here, 10, 2);
  predict (fixture, 1, revision (fixture), one, &counts);
  int64_t two = paint (fixture, there, 20, 2);
  predict (fixture, 0, revision (fixture), two, &counts);
  predict (fixture, 1, revision (fixture), two, &counts);
  g_assert_cmpint (label_at (fixture, there, 100), ==, 1);
  g_autofree char *all = lam_store_content_hash (fixture->store, NULL, NULL);

  assert_step (fixture, FIXTURE_UNDO, 3, two);
  g_assert_cmpint (label_at (fixture, there, 5), ==, 1);
  g_assert_cmpint (label_at (fixture, here, 100), ==, 1);
  assert_step (fixture, FIXTURE_UNDO, 2, one);
  g_assert_null (read_brick (fixture, here));
  reopen (fixture);
  assert_step (fixture, FIXTURE_REDO, 2, one);
  g_assert_cmpint (label_at (fixture, here, 100), ==, 1);
  g_assert_cmpint (label_at (fixture, there, 5), ==, 1);
  assert_step (fixture, FIXTURE_REDO, 3, two);
  g_autofree char *again = lam_store_content_hash (fixture->store, NULL, NULL);
  g_assert_cmpstr (all, ==, again);
  g_assert_null (fixture_step (fixture->store, FIXTURE_REDO, 0));
  /* To a state between an edit and its answer, and on from there. */
  lam_history_step_free (fixture_step (fixture->store, FIXTURE_REVERT, two));
  g_assert_cmpint (label_at (fixture, there, 100), ==, 1);
  g_assert_cmpint (label_at (fixture, there, 5), ==, 2);
  assert_step (fixture, FIXTURE_REDO, 2, two + 1);
}

/* A model's edit that nothing caused is an act of its own. */
static void
test_own_act (Fixture *fixture, gconstpointer unused)
{
  LamModelCounts counts;
  paint (fixture, here, 10, 2);
  int64_t edit = predict (fixture, 1, revision (fixture), 0, &counts);
  int64_t more = predict (fixture, 0, revision (fixture), edit, &counts);
  g_assert_cmpint (more, >, edit);
  assert_step (fixture, FIXTURE_UNDO, 2, edit);
  g_assert_cmpint (label_at (fixture, here, 5), ==, 2);
  g_assert_cmpint (label_at (fixture, here, 100), ==, 0);
}

static void
test_refused (Fixture *fixture, gconstpointer unused)
{
  LamModelCounts counts;
  int64_t one = paint (fixture, here, 10, 2);
  int64_t two = paint (fixture, there, 10, 2);
  int64_t base = revision (fixture);
  lam_history_step_free (fixture_step (fixture->store, FIXTURE_UNDO, 0));
  predict (fixture, 1, base, two, &counts);
  g_assert_cmpint (counts.outcome, ==, LAM_MODEL_CAUSE_UNDONE);
  g_assert_cmpint (counts.n_stale, ==, 2 * LAM_BRICK_VOXELS);
  /* An answer to what stands, but it would make the redo impossible. */
  predict (fixture, 1, revision (fixture), one, &counts);
  g_assert_cmpint (counts.outcome, ==, LAM_MODEL_REDO_WAITS);
  assert_step (fixture, FIXTURE_REDO, 1, two);
  predict (fixture, 1, revision (fixture), one, &counts);
  g_assert_cmpint (counts.outcome, ==, LAM_MODEL_WRITTEN);
  /* What a person asks for is a new act, after which nothing is redone. */
  lam_history_step_free (fixture_step (fixture->store, FIXTURE_UNDO, 0));
  predict (fixture, 1, revision (fixture), 0, &counts);
  g_assert_cmpint (counts.outcome, ==, LAM_MODEL_WRITTEN);
  g_assert_null (fixture_step (fixture->store, FIXTURE_REDO, 0));
}

/* Labels that are made for the edit come and go with it, those that it does not
 * use not at all. */
static void
test_rows (Fixture *fixture, gconstpointer unused)
{
  LamModelCounts counts;
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  LamLabel row = { .id = 3, .name = (char *)"new", .class_id = 1 };
  g_ptr_array_add (rows, lam_row_change_new_label (NULL, &row));
  int64_t cause = paint (fixture, here, LAM_BRICK_VOXELS, 2);
  paint (fixture, there, LAM_BRICK_VOXELS, 2);
  predict_rows (fixture, 3, revision (fixture), 0, rows, &counts);
  g_assert_cmpint (counts.outcome, ==, LAM_MODEL_UNCHANGED);
  g_assert_cmpint (counts.n_protected, ==, 2 * LAM_BRICK_VOXELS);
  reopen (fixture);
  g_autoptr (LamClassTable) without = lam_store_dup_classes (fixture->store);
  g_assert_null (lam_class_table_get_label (without, 3));

  lam_history_step_free (fixture_step (fixture->store, FIXTURE_UNDO, 0));
  paint (fixture, there, 5, 2);
  row.id = 4;
  g_ptr_array_add (rows, lam_row_change_new_label (NULL, &row));
  predict_rows (fixture, 3, revision (fixture), cause, rows, &counts);
  g_assert_cmpint (counts.n_written, ==, LAM_BRICK_VOXELS - 5);
  g_assert_cmpuint (rows->len, ==, 1);
  reopen (fixture);
  g_autoptr (LamClassTable) with = lam_store_dup_classes (fixture->store);
  g_assert_nonnull (lam_class_table_get_label (with, 3));
  g_assert_null (lam_class_table_get_label (with, 4));
}

/* --- a file of a version before ------------------------------------------ */

static void
test_migration (gconstpointer version)
{
  GError *error = NULL;
  g_autofree char *folder = fixture_folder ();
  g_autofree char *path = g_build_filename (folder, "old.lamella", NULL);
  const LamSchema first = { lam_schema_get ()->sql, GPOINTER_TO_INT (version) };
  g_assert_true (
      lam_project_file_create (&first, path, &fixture_volume, NULL, 0, &error));
  LamProjectFile *file = lam_project_file_open (&first, path, &error);
  g_assert_no_error (error);
  g_assert_true (lam_connection_exec (
      lam_project_file_get_connection (file), FIXTURE_OLD_CLASSES, &error));
  LamEditWriter *writer = lam_edit_writer_begin (
      lam_project_file_get_connection (file), "brush", &error);
  g_autoptr (LamLabelBrick) brick = fixture_brick (5);
  LamBrickChange change = { here, NULL, brick };
  g_assert_true (lam_edit_writer_change (writer, &change, &error));
  lam_history_row_free (lam_edit_writer_end (writer, NULL, "old", &error));
  g_assert_no_error (error);
  lam_project_file_free (file);

  LamStore *store = fixture_open (path);
  fixture_assert_brick (store, here, brick);
  fixture_assert_sound (store);
  g_autoptr (GPtrArray) rows =
      lam_store_read_history (store, 0, 9, true, &error);
  g_assert_cmpint (rows->len, ==, 1);
  const LamHistoryRow *row = rows->pdata[0];
  g_assert_cmpstr (row->detail, ==, "old");
  g_assert_cmpint (row->run, ==, 0);
  g_autoptr (GPtrArray) models = lam_store_list_models (store, &error);
  g_assert_cmpint (models->len, ==, 0);
  g_assert_cmpint (add_model (store, "a", 100), ==, 1);
  lam_history_step_free (fixture_step (store, FIXTURE_UNDO, 0));
  fixture_assert_brick (store, here, NULL);
  fixture_assert_sound (store);
  fixture_close (store);
  /* The copy that was kept is as before: it opens and migrates, too. */
  g_autofree char *backup =
      g_strdup_printf ("%s.version-%d", path, first.version);
  store = fixture_open (backup);
  fixture_assert_brick (store, here, brick);
  fixture_close (store);
  fixture_remove (folder);
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
    { "damaged-model", test_damaged_model },
    { "runs", test_runs },
    { "protected", test_protected },
    { "completed", test_completed },
    { "missing-label", test_missing_label },
    { "silent", test_silent },
    { "stale", test_stale },
    { "undone-together", test_undone_together },
    { "own-act", test_own_act },
    { "refused", test_refused },
    { "rows", test_rows },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *name = g_strconcat ("/store-models/", tests[i].name, NULL);
    g_test_add (name, Fixture, NULL, set_up, tests[i].test, tear_down);
  }
  g_test_add_data_func (
      "/store-models/migration-1", GINT_TO_POINTER (1), test_migration);
  g_test_add_data_func (
      "/store-models/migration-2", GINT_TO_POINTER (2), test_migration);
  g_test_add_data_func (
      "/store-models/migration-4", GINT_TO_POINTER (4), test_migration);
  return g_test_run ();
}
