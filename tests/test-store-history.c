/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The history: class and label rows with their edits, undo and redo against a
 * model in memory, revert to anywhere, bulk edits, copies, settings, hashes. */
#include "base/error.h"
#include "store-fixture.h"

typedef StoreFixture Fixture;

static void
reopen (Fixture *fixture)
{
  fixture_close (fixture->store);
  fixture->store = fixture_open (fixture->path);
}

static char *
content_hash (LamStore *store)
{
  GError *error = NULL;
  char *hash = lam_store_content_hash (store, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (strlen (hash), ==, 64);
  return hash;
}

static void
test_rows (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  LamLabel label = { .id = 7,
    .name = (char *)"it's \"α\"",
    .class_id = 1,
    .rgb = LAM_RGB_AUTO,
    .original_id = UINT64_MAX };
  LamClass other = { .id = 1, .name = (char *)"Zelle", .rgb = 5 };
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  g_ptr_array_add (rows, lam_row_change_new_label (NULL, &label));
  g_ptr_array_add (
      rows, lam_row_change_new_class (&fixture_classes[1], &other));
  g_autofree char *before = content_hash (fixture->store);
  g_autoptr (LamHistoryRow) row = fixture_try_commit (
      fixture->store, (LamBrickKey){ 0 }, NULL, NULL, rows, &error);
  g_assert_no_error (error);
  g_assert_cmpint (row->n_bricks, ==, 0);
  g_autofree char *after = content_hash (fixture->store);
  g_assert_cmpstr (before, !=, after);

  reopen (fixture);
  g_autoptr (LamClassTable) table = lam_store_dup_classes (fixture->store);
  const LamLabel *read = lam_class_table_get_label (table, 7);
  g_assert_cmpstr (read->name, ==, label.name);
  g_assert_true (read->original_id == UINT64_MAX);
  g_assert_cmpstr (lam_class_table_get_class (table, 1)->name, ==, "Zelle");

  g_autoptr (LamHistoryStep) step =
      fixture_step (fixture->store, FIXTURE_UNDO, 0);
  g_assert_cmpint (step->rows->len, ==, 2);
  /* Back in the opposite order and direction. */
  LamRowChange *first = step->rows->pdata[0];
  g_assert_cmpint (first->kind, ==, LAM_ROW_CLASS);
  g_assert_cmpstr (first->class_before->name, ==, "Zelle");
  g_assert_cmpstr (first->class_after->name, ==, "cell");
  LamRowChange *second = step->rows->pdata[1];
  g_assert_nonnull (second->label_before);
  g_assert_null (second->label_after);
  g_autofree char *undone = content_hash (fixture->store);
  g_assert_cmpstr (undone, ==, before);
  g_autoptr (LamHistoryStep) again =
      fixture_step (fixture->store, FIXTURE_REDO, 0);
  g_autofree char *redone = content_hash (fixture->store);
  g_assert_cmpstr (redone, ==, after);

  /* A change of what is not there is refused and changes nothing. */
  LamLabel absent = { .id = 9, .name = (char *)"", .class_id = 1 };
  g_ptr_array_set_size (rows, 0);
  g_ptr_array_add (rows, lam_row_change_new_label (&absent, &label));
  g_assert_null (fixture_try_commit (
      fixture->store, (LamBrickKey){ 0 }, NULL, NULL, rows, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_CORRUPT);
  g_clear_error (&error);
  /* A label of a class that does not exist. */
  LamLabel orphan = { .id = 10, .name = (char *)"", .class_id = 99 };
  g_ptr_array_set_size (rows, 0);
  g_ptr_array_add (rows, lam_row_change_new_label (NULL, &orphan));
  g_assert_null (fixture_try_commit (
      fixture->store, (LamBrickKey){ 0 }, NULL, NULL, rows, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  g_clear_error (&error);
  g_autofree char *still = content_hash (fixture->store);
  g_assert_cmpstr (still, ==, after);
}

/* A model: the brick after each edit, the way there, and what can be redone. */
typedef struct {
  LamLabelBrick *after;
  int64_t parent;
  bool can_redo;
} ModelEdit;

#define N_STEPS 60
#define N_ROWS (N_STEPS + 1)

static LamLabelBrick *
model_brick (ModelEdit *edits, int64_t id)
{
  return id > 0 ? edits[id].after : NULL;
}

static void
model_undo_to (ModelEdit *edits, int64_t *head, int64_t goal)
{
  for (; *head != goal; *head = edits[*head].parent)
    edits[*head].can_redo = true;
}

static int64_t
model_next_redo (ModelEdit *edits, int64_t n)
{
  for (int64_t id = 1; id <= n; id++)
    if (edits[id].can_redo)
      return id;
  return 0;
}

static void
test_against_model (Fixture *fixture, gconstpointer unused)
{
  LamRandom random = lam_random_new (11, 0);
  ModelEdit edits[N_ROWS] = { 0 };
  int64_t head = 0, newest = 0;
  LamBrickKey key = { 2, 1, 0 };
  for (int i = 0; i < N_STEPS; i++) {
    uint32_t dice = lam_random_u32 (&random) % 5;
    int64_t redo = model_next_redo (edits, newest);
    if (dice < 2) {
      LamLabelBrick *after = dice == 0 && head > 0 && i % 7 == 0
          ? NULL
          : fixture_brick ((uint64_t)i);
      if (!after && !model_brick (edits, head))
        continue;
      g_autoptr (LamHistoryRow) row = fixture_commit (
          fixture->store, key, model_brick (edits, head), after);
      for (int64_t id = 1; id <= newest; id++)
        edits[id].can_redo = false;
      newest = row->id;
      edits[newest] = (ModelEdit){ after, head, false };
      head = newest;
    } else if (dice < 4) {
      g_autoptr (LamHistoryStep) step =
          fixture_step (fixture->store, FIXTURE_UNDO, 0);
      g_assert_true ((step != NULL) == (head > 0));
      if (step) {
        newest++;
        model_undo_to (edits, &head, edits[head].parent);
      }
    } else {
      g_autoptr (LamHistoryStep) step =
          fixture_step (fixture->store, FIXTURE_REDO, 0);
      g_assert_true ((step != NULL) == (redo > 0));
      if (step) {
        newest++;
        edits[redo].can_redo = false;
        head = redo;
      }
    }
    fixture_assert_brick (fixture->store, key, model_brick (edits, head));
    if (i % 20 == 19)
      reopen (fixture);
  }
  g_assert_cmpint (newest, >, 30);
  /* Every state that ever was can be gone to, in whatever branch it is. */
  for (int64_t id = 1; id <= newest; id++) {
    if (!edits[id].after)
      continue;
    g_autoptr (LamHistoryStep) step =
        fixture_step (fixture->store, FIXTURE_REVERT, id);
    fixture_assert_brick (fixture->store, key, edits[id].after);
  }
  g_autoptr (LamHistoryStep) start =
      fixture_step (fixture->store, FIXTURE_REVERT, 0);
  fixture_assert_brick (fixture->store, key, NULL);
  for (int64_t id = 1; id < N_ROWS; id++)
    g_clear_pointer (&edits[id].after, lam_label_brick_unref);
}

static void
test_revert_backward_can_be_redone (Fixture *fixture, gconstpointer unused)
{
  LamBrickKey key = { 0, 0, 0 };
  g_autoptr (LamLabelBrick) one = fixture_brick (1);
  g_autoptr (LamLabelBrick) two = fixture_brick (2);
  g_autoptr (LamLabelBrick) three = fixture_brick (3);
  lam_history_row_free (fixture_commit (fixture->store, key, NULL, one));
  lam_history_row_free (fixture_commit (fixture->store, key, one, two));
  lam_history_row_free (fixture_commit (fixture->store, key, two, three));
  g_autoptr (LamHistoryStep) step =
      fixture_step (fixture->store, FIXTURE_REVERT, 1);
  g_assert_cmpint (step->keys->len, ==, 1);
  g_assert_cmpint (step->history->len, ==, 2);
  g_assert_true (((LamHistoryRow *)step->history->pdata[0])->undone);
  fixture_assert_brick (fixture->store, key, one);
  g_assert_null (fixture_step (fixture->store, FIXTURE_REVERT, 1));
  g_autoptr (LamHistoryStep) redo =
      fixture_step (fixture->store, FIXTURE_REDO, 0);
  fixture_assert_brick (fixture->store, key, two);

  GError *error = NULL;
  g_assert_null (
      fixture_try_step (fixture->store, FIXTURE_REVERT, 1000, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
  g_clear_error (&error);
  g_autoptr (GPtrArray) rows =
      lam_store_read_history (fixture->store, 0, 2, true, &error);
  g_assert_no_error (error);
  g_assert_cmpint (rows->len, ==, 2);
  const LamHistoryRow *newest = rows->pdata[0];
  g_assert_cmpstr (newest->tool, ==, "redo");
  g_assert_cmpint (newest->target, ==, 2);
  g_assert_cmpstr (((LamHistoryRow *)rows->pdata[1])->tool, ==, "revert");
}

/* Given up half way it changes nothing. */
static void
test_revert_cancelled (Fixture *fixture, gconstpointer unused)
{
  LamBrickKey key = { 0, 0, 0 };
  g_autoptr (LamLabelBrick) one = fixture_brick (1);
  g_autoptr (LamLabelBrick) two = fixture_brick (2);
  lam_history_row_free (fixture_commit (fixture->store, key, NULL, one));
  lam_history_row_free (fixture_commit (fixture->store, key, one, two));
  g_autoptr (LamProgress) progress = lam_progress_new ();
  lam_progress_cancel (progress);
  GError *error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  lam_store_revert_async (
      fixture->store, 0, progress, fixture_result_cb, &result);
  g_assert_null (
      lam_store_step_finish (fixture->store, fixture_wait (&result), &error));
  g_assert_true (lam_error_is_cancelled (error));
  g_clear_error (&error);
  fixture_assert_brick (fixture->store, key, two);
}

static void
test_stale_edit_is_refused (Fixture *fixture, gconstpointer unused)
{
  LamBrickKey key = { 0, 0, 0 };
  g_autoptr (LamLabelBrick) one = fixture_brick (1);
  g_autoptr (LamLabelBrick) two = fixture_brick (2);
  lam_history_row_free (fixture_commit (fixture->store, key, NULL, one));
  GError *error = NULL;
  g_assert_null (
      fixture_try_commit (fixture->store, key, NULL, two, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  g_clear_error (&error);
  fixture_assert_brick (fixture->store, key, one);
}

static void
test_bulk (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  g_autoptr (LamLabelBrick) old = fixture_brick (99);
  LamBrickKey first = { 0, 0, 0 };
  lam_history_row_free (fixture_commit (fixture->store, first, NULL, old));
  LamBulkEdit *bulk = lam_store_begin_bulk (fixture->store, "import", &error);
  g_assert_no_error (error);
  for (int i = 0; i < 8; i++) {
    g_autoptr (LamLabelBrick) brick = fixture_brick ((uint64_t)i);
    g_assert_true (lam_bulk_edit_write (
        bulk, (LamBrickKey){ i % 4, i / 4, 0 }, brick, &error));
    g_assert_no_error (error);
  }
  g_autoptr (GArray) keys = lam_bulk_edit_dup_keys (bulk, NULL);
  g_assert_cmpint (keys->len, ==, 8);
  g_autoptr (LamHistoryRow) row =
      lam_bulk_edit_end (bulk, NULL, NULL, "labels.tif", &error);
  g_assert_no_error (error);
  g_assert_cmpint (row->n_bricks, ==, 8);
  g_assert_cmpint (row->box.max[0], ==, 256);
  g_assert_cmpstr (row->detail, ==, "labels.tif");
  reopen (fixture);
  g_autoptr (LamLabelBrick) zero = fixture_brick (0);
  fixture_assert_brick (fixture->store, first, zero);
  g_autoptr (LamHistoryStep) step =
      fixture_step (fixture->store, FIXTURE_UNDO, 0);
  g_assert_cmpint (step->keys->len, ==, 8);
  fixture_assert_brick (fixture->store, first, old);

  bulk = lam_store_begin_bulk (fixture->store, "import", &error);
  g_assert_no_error (error);
  g_assert_true (lam_bulk_edit_write (bulk, first, zero, &error));
  lam_bulk_edit_cancel (bulk);
  fixture_assert_brick (fixture->store, first, old);
}

static gpointer
read_in_thread (gpointer data)
{
  fixture_assert_brick (data, (LamBrickKey){ 0, 0, 0 }, NULL);
  return NULL;
}

/* Others wait for the end of a bulk edit and then see the right state. */
static void
test_bulk_keeps_others_out (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  g_autoptr (LamLabelBrick) brick = fixture_brick (1);
  LamBulkEdit *bulk = lam_store_begin_bulk (fixture->store, "import", &error);
  g_assert_true (
      lam_bulk_edit_write (bulk, (LamBrickKey){ 0, 0, 0 }, brick, &error));
  GThread *thread = g_thread_new ("reader", read_in_thread, fixture->store);
  g_usleep (20000);
  lam_bulk_edit_cancel (bulk);
  g_thread_join (thread);
}

typedef struct {
  LamStore *store;
  uint64_t number;
} Painter;

static gpointer
paint_in_thread (gpointer data)
{
  Painter *painter = data;
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_main_context_push_thread_default (context);
  LamBrickKey key = { (int32_t)painter->number, 0, 0 };
  g_autoptr (LamLabelBrick) before = NULL;
  for (uint64_t i = 0; i < 10; i++) {
    LamLabelBrick *after = fixture_brick (painter->number * 100 + i);
    lam_history_row_free (fixture_commit (painter->store, key, before, after));
    fixture_assert_brick (painter->store, key, after);
    g_clear_pointer (&before, lam_label_brick_unref);
    before = after;
  }
  g_main_context_pop_thread_default (context);
  return NULL;
}

static void
test_threads (Fixture *fixture, gconstpointer unused)
{
  Painter painters[4];
  GThread *threads[4];
  for (uint64_t i = 0; i < 4; i++) {
    painters[i] = (Painter){ fixture->store, i };
    threads[i] = g_thread_new ("painter", paint_in_thread, &painters[i]);
  }
  for (int i = 0; i < 50; i++) {
    g_autofree char *value = g_strdup_printf ("%d", i);
    lam_store_set_setting (fixture->store, "view", value);
  }
  for (int i = 0; i < 4; i++)
    g_thread_join (threads[i]);
  GError *error = NULL;
  g_autoptr (GPtrArray) rows =
      lam_store_read_history (fixture->store, 0, 100, true, &error);
  g_assert_cmpint (rows->len, ==, 40);
}

static void
test_settings_and_volume (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  lam_store_set_setting (fixture->store, "view", "1 2 3");
  lam_store_set_setting (fixture->store, "view", "4 5 6");
  g_autofree char *now = lam_store_dup_setting (fixture->store, "view");
  g_assert_cmpstr (now, ==, "4 5 6");
  LamVolumeRow moved = fixture_volume;
  moved.path = (char *)"/elsewhere/stack.tif";
  moved.relative_path = NULL;
  g_assert_true (lam_store_write_volume (fixture->store, &moved, &error));
  lam_store_know_volume (fixture->store, &moved);
  g_assert_no_error (error);
  reopen (fixture);
  g_autofree char *value = lam_store_dup_setting (fixture->store, "view");
  g_assert_cmpstr (value, ==, "4 5 6");
  g_assert_null (lam_store_dup_setting (fixture->store, "none"));
  g_assert_cmpstr (
      lam_store_get_volume (fixture->store)->path, ==, "/elsewhere/stack.tif");
  g_assert_null (lam_store_get_volume (fixture->store)->relative_path);
  g_autoptr (GVariant) counts = lam_store_count (fixture->store, &error);
  g_assert_no_error (error);
  gint64 n_settings = 0;
  g_assert_true (g_variant_lookup (counts, "setting", "x", &n_settings));
  /* And the one that says which project it is. */
  g_assert_cmpint (n_settings, ==, 2);
}

static void
test_save_copy (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  LamBrickKey key = { 0, 0, 0 };
  g_autoptr (LamLabelBrick) one = fixture_brick (1);
  lam_history_row_free (fixture_commit (fixture->store, key, NULL, one));
  g_autofree char *copy = g_build_filename (fixture->folder, "c.lamella", NULL);
  g_assert_true (lam_store_save_copy (fixture->store, copy, NULL, &error));
  g_assert_no_error (error);
  g_autofree char *hash = content_hash (fixture->store);
  LamStore *other = fixture_open (copy);
  g_autofree char *other_hash = content_hash (other);
  g_assert_cmpstr (hash, ==, other_hash);
  g_autoptr (LamHistoryStep) step = fixture_step (other, FIXTURE_UNDO, 0);
  g_assert_nonnull (step);
  fixture_assert_sound (other);
  fixture_close (other);
  g_assert_false (lam_store_save_copy (fixture->store, copy, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  g_clear_error (&error);
  g_autoptr (LamProgress) progress = lam_progress_new ();
  lam_progress_cancel (progress);
  g_autofree char *third =
      g_build_filename (fixture->folder, "d.lamella", NULL);
  g_assert_false (
      lam_store_save_copy (fixture->store, third, progress, &error));
  g_assert_true (lam_error_is_cancelled (error));
  g_clear_error (&error);
  g_assert_false (g_file_test (third, G_FILE_TEST_EXISTS));
}

/* Nothing is saved to a file that a copy has taken the place of. */
static void
test_move_to_copy (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  const LamBrickKey key = { 0, 0, 0 };
  g_autoptr (LamLabelBrick) one = fixture_brick (1);
  g_autofree char *path = g_build_filename (fixture->folder, "c.lamella", NULL);
  g_autofree char *taken = g_build_filename (fixture->folder, "d", NULL);
  g_assert_true (g_file_set_contents (taken, "x", 1, NULL));
  g_assert_null (lam_store_move_to_copy (fixture->store, taken, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  g_clear_error (&error);
  lam_history_row_free (fixture_commit (fixture->store, key, NULL, one));
  LamStore *copy = lam_store_move_to_copy (fixture->store, path, NULL, &error);
  g_assert_no_error (error);
  lam_store_set_setting (fixture->store, "late", "1");
  lam_store_take_settings (copy, fixture->store);
  g_autoptr (LamLabelBrick) two = fixture_brick (2);
  g_assert_null (
      fixture_try_commit (fixture->store, key, one, two, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_READ_ONLY);
  g_assert_nonnull (strstr (error->message, "c.lamella"));
  lam_history_row_free (fixture_commit (copy, key, one, two));
  fixture_assert_sound (copy);
  fixture_close (copy);
  copy = fixture_open (path);
  g_autofree char *late = lam_store_dup_setting (copy, "late");
  g_assert_cmpstr (late, ==, "1");
  fixture_close (copy);
}

static void
test_after_close (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  g_assert_true (lam_store_close (fixture->store, &error));
  g_assert_null (lam_store_read_history (fixture->store, 0, 1, true, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_autoptr (LamLabelBrick) one = fixture_brick (1);
  g_assert_null (fixture_try_commit (
      fixture->store, (LamBrickKey){ 0 }, NULL, one, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_IO);
  g_clear_error (&error);
  reopen (fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  static const struct {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "/store-history/rows", test_rows },
    { "/store-history/against-model", test_against_model },
    { "/store-history/revert-backward", test_revert_backward_can_be_redone },
    { "/store-history/revert-cancelled", test_revert_cancelled },
    { "/store-history/stale-edit", test_stale_edit_is_refused },
    { "/store-history/bulk", test_bulk },
    { "/store-history/bulk-keeps-others-out", test_bulk_keeps_others_out },
    { "/store-history/threads", test_threads },
    { "/store-history/settings-and-volume", test_settings_and_volume },
    { "/store-history/save-copy", test_save_copy },
    { "/store-history/move-to-copy", test_move_to_copy },
    { "/store-history/after-close", test_after_close },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, fixture_set_up, tests[i].test,
        fixture_tear_down);
  return g_test_run ();
}
