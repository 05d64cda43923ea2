/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Places to look at in a project file: what is remembered of earlier searches
 * changes nothing of what is found, whatever was written in between. */
#include "labels/opinion.h"
#include "store-fixture.h"
#include "store/model-edit.h"
#include "store/opinions.h"
#include "store/store-models.h"
#include "store/verdicts.h"
#include "workspace/places.h"

enum { N_RUNS = 6, N_BRICKS = 6, N_ACTS = 60, N_LABELS = 4 };

typedef struct {
  char *folder, *path;
  LamStore *store;
  LamPlaceMemory *memory;
  LamRandom random;
  int64_t runs[N_RUNS];
  int n_overruled; /* places that were found although a verdict covers them */
} Fixture;

static LamBrickKey
key_of (int i)
{
  return (LamBrickKey){ i % 2, 0, i / 2 };
}

static int
pick (Fixture *fixture, int n)
{
  return (int)(lam_random_u32 (&fixture->random) % (uint32_t)n);
}

/* Labels that networks write. */
static void
add_labels (Fixture *fixture)
{
  GPtrArray *rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  for (uint32_t id = 1; id < N_LABELS; id++) {
    LamLabel row = { .id = id, .name = (char *)"", .class_id = 1 };
    g_ptr_array_add (rows, lam_row_change_new_label (NULL, &row));
  }
  g_autoptr (GError) error = NULL;
  g_autoptr (LamHistoryRow) row = fixture_try_commit (
      fixture->store, (LamBrickKey){ 0 }, NULL, NULL, rows, &error);
  g_assert_no_error (error);
  g_ptr_array_unref (rows);
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  fixture->folder = fixture_folder ();
  fixture->path = g_build_filename (fixture->folder, "p.lamella", NULL);
  fixture->store = fixture_create (fixture->path);
  fixture->memory = lam_place_memory_new ();
  fixture->random = lam_random_new (13, 1);
  g_autoptr (GBytes) onnx = g_bytes_new_static ("model", 5);
  int64_t model = lam_store_add_model (fixture->store, "m", 0, onnx, &error);
  for (int i = 0; i < N_RUNS; i++) {
    g_autofree char *settings = g_strdup_printf ("%d", i);
    fixture->runs[i] =
        lam_store_begin_run (fixture->store, model, settings, &error);
    g_assert_no_error (error);
  }
  add_labels (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  lam_place_memory_unref (fixture->memory);
  fixture_close (fixture->store);
  fixture_remove (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
}

/* ---- What is written ---------------------------------------------------- */

/* What a network says, to be said again with another doubt. */
typedef struct {
  int64_t run;
  LamBrickKey key;
  LamBox box;
  uint32_t label;
} Saying;

static void
choose (Fixture *fixture, Saying *saying)
{
  saying->run = fixture->runs[pick (fixture, N_RUNS)];
  saying->key = key_of (pick (fixture, N_BRICKS));
  saying->label = (uint32_t)pick (fixture, N_LABELS);
  saying->box = lam_brick_box (saying->key);
  for (int a = 0; a < 3; a++) {
    saying->box.min[a] += pick (fixture, 40);
    saying->box.max[a] = saying->box.min[a] + 8 + pick (fixture, 16);
  }
}

static LamRunOpinion *
make_opinion (const Saying *saying, uint8_t doubt)
{
  LamBox brick = lam_brick_box (saying->key);
  LamRunOpinion *opinion = lam_run_opinion_new ();
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    const int64_t at[3] = { brick.min[0] + i % 64, brick.min[1] + i / 64 % 64,
      brick.min[2] + i / 4096 };
    if (!lam_box_contains (&saying->box, at))
      continue;
    opinion->uncertainties[i] = doubt;
    opinion->seconds[i] = lam_run_opinion_take_class (opinion, 1);
    opinion->firsts[i] = lam_run_opinion_take_class (opinion, 0);
  }
  return opinion;
}

static void
predict (Fixture *fixture, const Saying *saying, uint8_t doubt)
{
  g_autoptr (GError) error = NULL;
  LamModelEditInfo info = { saying->run,
    lam_store_get_revision (fixture->store, &error), 0 };
  LamModelEdit *edit =
      lam_store_begin_model_edit (fixture->store, &info, NULL, &error);
  g_assert_no_error (error);
  g_autofree uint32_t *labels = g_new (uint32_t, LAM_BRICK_VOXELS);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    labels[i] = saying->label;
  g_autofree LamRunOpinion *opinion = make_opinion (saying, doubt);
  LamModelCounts counts;
  lam_model_edit_write (
      edit, saying->key, &saying->box, labels, opinion, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (LamHistoryRow) row =
      lam_model_edit_end (edit, "", &counts, &error);
  g_assert_no_error (error);
}

static void
act_predict (Fixture *fixture, Saying *saying)
{
  if (saying->run == 0 || pick (fixture, 3) > 0)
    choose (fixture, saying);
  predict (fixture, saying, (uint8_t)(180 + pick (fixture, 76)));
}

static void
act_import (Fixture *fixture)
{
  GError *error = NULL;
  LamBrickKey key = key_of (pick (fixture, N_BRICKS));
  g_autoptr (LamLabelBrick) brick =
      fixture_brick (lam_random_u32 (&fixture->random));
  LamBulkEdit *bulk = lam_store_begin_bulk (fixture->store, "import", &error);
  g_assert_no_error (error);
  g_assert_true (lam_bulk_edit_write (bulk, key, brick, &error));
  g_autoptr (LamHistoryRow) row =
      lam_bulk_edit_end (bulk, NULL, NULL, "", &error);
  g_assert_no_error (error);
}

static void
act_step (Fixture *fixture)
{
  GError *error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  (pick (fixture, 2) ? lam_store_undo_async : lam_store_redo_async) (
      fixture->store, fixture_result_cb, &result);
  g_autoptr (LamHistoryStep) step =
      lam_store_step_finish (fixture->store, fixture_wait (&result), &error);
  g_assert_no_error (error);
}

static bool
is_odd (LamBrickKey key, int index, gpointer data)
{
  return index % 2 == 1;
}

static void
act_reject (Fixture *fixture)
{
  GError *error = NULL;
  LamBox box = lam_brick_box (key_of (pick (fixture, N_BRICKS)));
  lam_store_reject (fixture->store, &box, is_odd, NULL, &error);
  g_assert_no_error (error);
}

/* ---- What is found ------------------------------------------------------ */

static GArray *
find (Fixture *fixture, LamPlaceMemory *memory)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) keys = lam_store_list_bricks (fixture->store, &error);
  g_autoptr (LamClassTable) classes = lam_store_dup_classes (fixture->store);
  GArray *places =
      lam_places_find (fixture->store, keys, classes, memory, NULL, &error);
  g_assert_no_error (error);
  return places;
}

static void
act_say (Fixture *fixture, GArray *places)
{
  g_autoptr (GError) error = NULL;
  if (places->len == 0)
    return;
  const LamPlace *place = &g_array_index (
      places, LamPlace, (guint)pick (fixture, (int)places->len));
  lam_places_say (fixture->store, place,
      (LamVerdict)pick (fixture, LAM_N_VERDICTS), NULL, &error);
  g_assert_no_error (error);
}

/* A place that a verdict was said of is there because somebody was unsure, or
 * it says which verdict stands no more. */
static void
check_overruled (Fixture *fixture, const GArray *places)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) verdicts =
      lam_store_list_verdicts (fixture->store, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < places->len; i++) {
    const LamPlace *place = &g_array_index (places, LamPlace, i);
    int64_t newest = 0;
    for (guint k = 0; k < verdicts->len; k++) {
      const LamVerdictRow *row = &g_array_index (verdicts, LamVerdictRow, k);
      if (lam_verdict_covers (row, place))
        newest = row->id;
    }
    fixture->n_overruled += place->overruled != 0;
    g_assert_cmpint (place->overruled, ==, place->is_looked_at ? 0 : newest);
  }
}

static GArray *
check (Fixture *fixture)
{
  g_autoptr (GArray) kept = find (fixture, fixture->memory);
  GArray *full = find (fixture, NULL);
  g_assert_cmpuint (kept->len, ==, full->len);
  for (guint i = 0; i < full->len; i++) {
    const LamPlace *a = &g_array_index (full, LamPlace, i);
    const LamPlace *b = &g_array_index (kept, LamPlace, i);
    g_assert_cmpint (a->kind, ==, b->kind);
    g_assert_true (lam_box_equal (&a->box, &b->box));
    g_assert_true (a->score == b->score && a->uncertainty == b->uncertainty);
    g_assert_cmpint (a->is_looked_at, ==, b->is_looked_at);
    g_assert_cmpint (a->overruled, ==, b->overruled);
  }
  check_overruled (fixture, full);
  return full;
}

static void
test_random (Fixture *fixture, gconstpointer unused)
{
  guint most = 0;
  Saying saying = { 0 };
  for (int i = 0; i < N_ACTS; i++) {
    switch (pick (fixture, 6)) {
    case 0:
      act_import (fixture);
      break;
    case 1:
    case 2:
      act_step (fixture);
      break;
    case 3:
      act_reject (fixture);
      break;
    default:
      act_predict (fixture, &saying);
    }
    g_autoptr (GArray) places = check (fixture);
    most = MAX (most, places->len);
    if (pick (fixture, 3) == 0)
      act_say (fixture, places);
  }
  g_assert_cmpuint (most, >, 2);
  g_assert_cmpint (fixture->n_overruled, >, 0);
}

/* Only what is another, and what lies beside it along z. */
static void
test_reads (Fixture *fixture, gconstpointer unused)
{
  for (int i = 0; i < 20; i++)
    act_import (fixture);
  g_array_unref (check (fixture));
  g_assert_cmpint (lam_place_memory_get_n_read (fixture->memory), ==, N_BRICKS);
  g_array_unref (check (fixture));
  g_assert_cmpint (lam_place_memory_get_n_read (fixture->memory), ==, 0);
  act_import (fixture);
  g_array_unref (check (fixture));
  int64_t n = lam_place_memory_get_n_read (fixture->memory);
  g_assert_cmpint (n, >, 0);
  g_assert_cmpint (n, <=, 3);
  /* Numbers of another opening are others. */
  fixture_close (fixture->store);
  fixture->store = fixture_open (fixture->path);
  g_array_unref (check (fixture));
  g_assert_cmpint (lam_place_memory_get_n_read (fixture->memory), ==, N_BRICKS);
}

/* The same run answers again, and that is taken back: the doubts, too. */
static void
test_undone (Fixture *fixture, gconstpointer unused)
{
  Saying saying = { 0 };
  choose (fixture, &saying);
  saying.label = 1;
  predict (fixture, &saying, 250);
  g_autoptr (GArray) first = check (fixture);
  g_assert_cmpuint (first->len, >, 0);
  saying.label = 2;
  predict (fixture, &saying, 3);
  g_array_unref (check (fixture));
  lam_history_step_free (fixture_step (fixture->store, FIXTURE_UNDO, 0));
  g_autoptr (GArray) back = check (fixture);
  g_assert_cmpuint (back->len, ==, first->len);
  for (guint i = 0; i < first->len; i++)
    g_assert_true (g_array_index (back, LamPlace, i).score
        == g_array_index (first, LamPlace, i).score);
}

/* A verdict has the number of one that was taken back, and is another's: what
 * is known of that one is not true of it. */
static void
test_number_again (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  Saying saying = { 0 };
  choose (fixture, &saying);
  predict (fixture, &saying, 250);
  g_autoptr (GArray) places = check (fixture);
  g_assert_cmpuint (places->len, >, 0);
  const LamPlace *place = &g_array_index (places, LamPlace, 0);
  LamVerdictRow row = { .verdict = LAM_VERDICT_CORRECTED,
    .kind = place->kind,
    .box = place->box,
    .time = 1,
    .state.uncertainty = G_MAXINT32 };
  const int64_t id = lam_store_add_verdict (fixture->store, &row, NULL, &error);
  g_assert_no_error (error);
  g_array_unref (check (fixture));
  lam_store_remove_verdict (fixture->store, id, &error);
  g_assert_no_error (error);
  row.state.uncertainty = 0;
  row.time = 2;
  g_assert_cmpint (
      lam_store_add_verdict (fixture->store, &row, NULL, &error), ==, id);
  g_assert_no_error (error);
  g_array_unref (check (fixture));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/places/random", Fixture, NULL, set_up, test_random, tear_down);
  g_test_add ("/places/reads", Fixture, NULL, set_up, test_reads, tear_down);
  g_test_add ("/places/undone", Fixture, NULL, set_up, test_undone, tear_down);
  g_test_add ("/places/number-again", Fixture, NULL, set_up, test_number_again,
      tear_down);
  return g_test_run ();
}
