/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What runs think of bricks besides their labels: bytes and back, whose word
 * counts after strokes, undo and other runs, and what a check finds. */
#include <sqlite3.h>

#include "base/error.h"
#include "labels/opinion.h"
#include "store-fixture.h"
#include "store/model-edit.h"
#include "store/opinion-codec.h"
#include "store/opinions.h"
#include "store/store-models.h"

enum { N_RUNS = 8 };

typedef struct {
  char *folder, *path;
  LamStore *store;
  int64_t runs[N_RUNS];
} Fixture;

static const LamBrickKey here = { 1, 2, 0 };

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  fixture->folder = fixture_folder ();
  fixture->path = g_build_filename (fixture->folder, "p.lamella", NULL);
  fixture->store = fixture_create (fixture->path);
  g_autoptr (GBytes) onnx = g_bytes_new_static ("model", 5);
  int64_t model = lam_store_add_model (fixture->store, "m", 0, onnx, &error);
  for (int i = 0; i < N_RUNS; i++) {
    g_autofree char *settings = g_strdup_printf ("%d", i);
    fixture->runs[i] =
        lam_store_begin_run (fixture->store, model, settings, &error);
    g_assert_no_error (error);
  }
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  fixture_close (fixture->store);
  fixture_remove (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
}

static int64_t
revision (Fixture *fixture)
{
  GError *error = NULL;
  int64_t newest = lam_store_get_revision (fixture->store, &error);
  g_assert_no_error (error);
  return newest;
}

/* A run says unlabelled in `box` of the brick, as unsure as `uncertainty`, or
 * nothing of it when that is negative. */
static LamModelCounts
predict (Fixture *fixture, int run, const LamBox *box, int uncertainty)
{
  GError *error = NULL;
  LamModelEditInfo info = { fixture->runs[run], revision (fixture), 0 };
  LamModelEdit *edit =
      lam_store_begin_model_edit (fixture->store, &info, NULL, &error);
  g_assert_no_error (error);
  LamBox brick = lam_brick_box (here);
  g_autofree uint32_t *labels = g_new0 (uint32_t, LAM_BRICK_VOXELS);
  g_autofree LamRunOpinion *opinion = lam_run_opinion_new ();
  for (int i = 0; i < LAM_BRICK_VOXELS && uncertainty >= 0; i++) {
    const int64_t at[3] = { brick.min[0] + i % 64, brick.min[1] + i / 64 % 64,
      brick.min[2] + i / 4096 };
    if (!lam_box_contains (box, at))
      continue;
    opinion->uncertainties[i] = (uint8_t)uncertainty;
    opinion->seconds[i] = lam_run_opinion_take_class (opinion, 1);
  }
  g_assert_true (lam_model_edit_write (edit, here, box, labels,
      uncertainty >= 0 ? opinion : NULL, NULL, &error));
  LamModelCounts counts;
  g_autoptr (LamHistoryRow) row =
      lam_model_edit_end (edit, "", &counts, &error);
  g_assert_no_error (error);
  return counts;
}

static LamModelCounts
predict_all (Fixture *fixture, int run, int uncertainty)
{
  LamBox all = lam_brick_box (here);
  return predict (fixture, run, &all, uncertainty);
}

/* At a voxel as it is stored; -1: nothing is known. */
static int
uncertainty_at (Fixture *fixture, int index)
{
  GError *error = NULL;
  g_autoptr (LamLabelBrick) brick =
      lam_store_read_brick (fixture->store, here, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (LamOpinion) opinion =
      lam_store_read_opinion (fixture->store, here, NULL, &error);
  g_assert_no_error (error);
  uint16_t source = brick ? lam_label_brick_get_source (brick, index) : 0;
  uint8_t uncertainty;
  int32_t second = 0;
  if (!lam_opinion_get (opinion, index, source, &uncertainty, &second))
    return -1;
  g_assert_cmpint (second, ==, 1);
  return uncertainty;
}

static void
paint (Fixture *fixture, int n)
{
  GError *error = NULL;
  g_autoptr (LamLabelBrick) before =
      lam_store_read_brick (fixture->store, here, NULL, &error);
  g_autoptr (LamLabelBrick) after = lam_label_brick_copy (before);
  uint16_t *sources = lam_label_brick_write_sources (after);
  for (int i = 0; i < n; i++)
    sources[i] = LAM_SOURCE_HUMAN;
  lam_label_brick_settle (after);
  lam_history_row_free (fixture_commit (fixture->store, here, before, after));
}

/* --- whose word counts --------------------------------------------------- */

static void
test_follows_labels (Fixture *fixture, gconstpointer unused)
{
  g_assert_cmpint (uncertainty_at (fixture, 5), ==, -1);
  LamModelCounts counts = predict_all (fixture, 0, 40);
  g_assert_cmpint (counts.n_opinions, ==, 1);
  g_assert_cmpint (uncertainty_at (fixture, 5), ==, 40);
  paint (fixture, 10);
  g_assert_cmpint (uncertainty_at (fixture, 5), ==, -1);
  g_assert_cmpint (uncertainty_at (fixture, 10), ==, 40);
  counts = predict_all (fixture, 1, 90);
  g_assert_cmpint (counts.n_protected, ==, 10);
  g_assert_cmpint (uncertainty_at (fixture, 5), ==, -1);
  g_assert_cmpint (uncertainty_at (fixture, 10), ==, 90);
  /* Back through all of it: each voxel has the word of whom it is again. */
  fixture_close (fixture->store);
  fixture->store = fixture_open (fixture->path);
  lam_history_step_free (fixture_step (fixture->store, FIXTURE_UNDO, 0));
  g_assert_cmpint (uncertainty_at (fixture, 10), ==, 40);
  lam_history_step_free (fixture_step (fixture->store, FIXTURE_UNDO, 0));
  g_assert_cmpint (uncertainty_at (fixture, 5), ==, 40);
  lam_history_step_free (fixture_step (fixture->store, FIXTURE_UNDO, 0));
  g_assert_cmpint (uncertainty_at (fixture, 5), ==, -1);
  for (int i = 0; i < 3; i++)
    lam_history_step_free (fixture_step (fixture->store, FIXTURE_REDO, 0));
  g_assert_cmpint (uncertainty_at (fixture, 10), ==, 90);
  fixture_assert_sound (fixture->store);
}

/* A project in which a run spoke before uncertainties were kept. */
static void
test_said_later (Fixture *fixture, gconstpointer unused)
{
  LamModelCounts counts = predict_all (fixture, 0, -1);
  g_assert_cmpint (counts.n_opinions, ==, 0);
  g_assert_cmpint (uncertainty_at (fixture, 5), ==, -1);
  int64_t before = revision (fixture);
  counts = predict_all (fixture, 0, 7);
  g_assert_cmpint (counts.outcome, ==, LAM_MODEL_UNCHANGED);
  g_assert_cmpint (counts.n_opinions, ==, 1);
  /* No line of the history: no label is another. */
  g_assert_cmpint (revision (fixture), ==, before);
  fixture_close (fixture->store);
  fixture->store = fixture_open (fixture->path);
  g_assert_cmpint (uncertainty_at (fixture, 5), ==, 7);
  counts = predict_all (fixture, 0, 7);
  g_assert_cmpint (counts.n_opinions, ==, 0);
  fixture_assert_sound (fixture->store);
}

/* A part of a brick leaves what the run thinks of the rest. */
static void
test_parts (Fixture *fixture, gconstpointer unused)
{
  LamBox part = lam_brick_box (here);
  part.max[2] = part.min[2] + 2;
  predict (fixture, 0, &part, 100);
  part.min[2]++;
  part.max[2]++;
  predict (fixture, 0, &part, 200);
  g_assert_cmpint (uncertainty_at (fixture, 4095), ==, 100);
  g_assert_cmpint (uncertainty_at (fixture, 4096), ==, 200);
  g_assert_cmpint (uncertainty_at (fixture, 3 * 4096 - 1), ==, 200);
  g_assert_cmpint (uncertainty_at (fixture, 3 * 4096), ==, -1);
}

static int64_t
count_opinions (Fixture *fixture)
{
  GError *error = NULL;
  int64_t n = 0;
  g_autoptr (GVariant) counts = lam_store_count (fixture->store, &error);
  g_assert_no_error (error);
  g_assert_true (g_variant_lookup (counts, "opinion", "x", &n));
  return n;
}

/* What old runs thought goes, but not while a label of theirs is there. */
static void
test_old_ones (Fixture *fixture, gconstpointer unused)
{
  LamBox most = lam_brick_box (here);
  predict_all (fixture, 0, 1);
  most.min[0]++;
  for (int run = 1; run < N_RUNS; run++)
    predict (fixture, run, &most, 10 * run);
  g_assert_cmpint (count_opinions (fixture), <, N_RUNS - 1);
  g_assert_cmpint (uncertainty_at (fixture, 0), ==, 1);
  g_assert_cmpint (uncertainty_at (fixture, 1), ==, 10 * (N_RUNS - 1));
  lam_history_step_free (fixture_step (fixture->store, FIXTURE_UNDO, 0));
  g_assert_cmpint (uncertainty_at (fixture, 1), ==, 10 * (N_RUNS - 2));
  fixture_assert_sound (fixture->store);
}

/* --- damage -------------------------------------------------------------- */

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

static guint
count_problems (Fixture *fixture)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_assert_true (lam_store_check (fixture->store, problems, NULL, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < problems->len; i++)
    g_test_message ("%s", (char *)problems->pdata[i]);
  return problems->len;
}

static void
test_damaged (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  predict_all (fixture, 0, 40);
  g_assert_cmpint (count_problems (fixture), ==, 0);
  tamper (fixture, "UPDATE brick SET layer = 15 WHERE layer > 0");
  /* Its checksum, and that it is nobody's. */
  g_assert_cmpint (count_problems (fixture), ==, 2);
  g_assert_cmpint (uncertainty_at (fixture, 5), ==, -1);
  tamper (fixture,
      "UPDATE brick SET layer = 17, data = zeroblob(9) WHERE"
      " layer = 15");
  g_assert_cmpint (count_problems (fixture), ==, 2);
  g_assert_null (lam_store_read_opinion (fixture->store, here, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_CORRUPT);
  g_assert_nonnull (strstr (error->message, "1, 2, 0"));
  g_clear_error (&error);
  /* The next time that it speaks it is written anew. */
  g_test_expect_message ("lamella", G_LOG_LEVEL_WARNING, "*damaged*");
  predict_all (fixture, 0, 40);
  g_test_assert_expected_messages ();
  g_assert_cmpint (uncertainty_at (fixture, 5), ==, 40);
  g_assert_cmpint (count_problems (fixture), ==, 0);
}

/* --- bytes --------------------------------------------------------------- */

static LamRunOpinion *
make_opinion (uint64_t seed)
{
  LamRandom random = lam_random_new (seed, 1);
  LamRunOpinion *opinion = lam_run_opinion_new ();
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    opinion->uncertainties[i] = (uint8_t)lam_random_u32 (&random);
    opinion->firsts[i] = lam_run_opinion_take_class (opinion, 0);
    if (i % 5 == 0)
      opinion->firsts[i] |= LAM_OPINION_REJECTED;
    if (lam_random_u32 (&random) % 4)
      opinion->seconds[i] = lam_run_opinion_take_class (
          opinion, (int32_t)(lam_random_u32 (&random) % 300));
  }
  return opinion;
}

static void
test_bytes (void)
{
  GError *error = NULL;
  g_autofree LamRunOpinion *opinion = make_opinion (3);
  /* 300 classes are more than there is room for. */
  g_assert_cmpint (opinion->n_classes, ==, LAM_OPINION_MAX_CLASSES);
  g_autoptr (GByteArray) bytes = lam_opinion_encode (opinion);
  g_autofree LamRunOpinion *back =
      lam_opinion_decode (bytes->data, bytes->len, &error);
  g_assert_no_error (error);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    g_assert_cmpint (back->seconds[i], ==, opinion->seconds[i]);
    g_assert_cmpint (
        back->firsts[i], ==, opinion->seconds[i] ? opinion->firsts[i] : 0);
    g_assert_cmpint (back->uncertainties[i], ==,
        opinion->seconds[i] ? opinion->uncertainties[i] : 0);
  }
  g_assert_cmpmem (back->classes, sizeof back->classes, opinion->classes,
      sizeof opinion->classes);
  /* No prefix and nothing after it is one. */
  for (guint n = 0; n < bytes->len; n += 1 + n / 3) {
    g_assert_null (lam_opinion_decode (bytes->data, n, &error));
    g_assert_error (error, LAM_ERROR, LAM_ERROR_CORRUPT);
    g_clear_error (&error);
  }
  g_byte_array_append (bytes, (const guint8 *)"x", 1);
  g_assert_null (lam_opinion_decode (bytes->data, bytes->len, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_CORRUPT);
  g_clear_error (&error);
}

/* Flipped bits give an error or an opinion, never anything else. */
static void
test_hostile (void)
{
  LamRandom random = lam_random_new (11, 2);
  g_autofree LamRunOpinion *opinion = lam_run_opinion_new ();
  for (int i = 0; i < 5000; i++)
    opinion->seconds[i] = lam_run_opinion_take_class (opinion, i / 2000);
  g_autoptr (GByteArray) bytes = lam_opinion_encode (opinion);
  for (int round = 0; round < 300; round++) {
    guint at = lam_random_u32 (&random) % bytes->len;
    uint8_t bit = (uint8_t)(1 << lam_random_u32 (&random) % 8);
    bytes->data[at] ^= bit;
    g_autoptr (GError) error = NULL;
    g_autofree LamRunOpinion *back =
        lam_opinion_decode (bytes->data, bytes->len, &error);
    g_assert_true ((back != NULL) == (error == NULL));
    for (int i = 0; back && i < LAM_BRICK_VOXELS; i++)
      g_assert_cmpint (back->seconds[i], <=, back->n_classes);
    bytes->data[at] ^= bit;
  }
}

static void
test_get_run (void)
{
  LamRunOpinion *one = lam_run_opinion_new (), *two = lam_run_opinion_new ();
  g_autoptr (LamOpinion) opinion = lam_opinion_new ();
  lam_opinion_add (opinion, 17, one);
  lam_opinion_add (opinion, 16, two);
  g_assert_true (lam_opinion_get_run (opinion, 17) == one);
  g_assert_true (lam_opinion_get_run (opinion, 16) == two);
  g_assert_null (lam_opinion_get_run (opinion, 18));
  g_assert_null (lam_opinion_get_run (opinion, LAM_SOURCE_HUMAN));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  static const struct {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "follows-labels", test_follows_labels },
    { "said-later", test_said_later },
    { "parts", test_parts },
    { "old-ones", test_old_ones },
    { "damaged", test_damaged },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *name = g_strconcat ("/opinions/", tests[i].name, NULL);
    g_test_add (name, Fixture, NULL, set_up, tests[i].test, tear_down);
  }
  g_test_add_func ("/opinions/bytes", test_bytes);
  g_test_add_func ("/opinions/hostile", test_hostile);
  g_test_add_func ("/opinions/get-run", test_get_run);
  return g_test_run ();
}
