/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The likely errors of a project of 512³ voxels in which a network was unsure
 * of 10,240 spots, of which neighbours make one place: how long a search takes
 * that finds all of them, and one that follows an edit of one brick, both in a
 * background thread. And what comes of 10,240 places and 10,000 verdicts on the
 * main thread: taking over what was found, and one verdict more. Medians of
 * some rounds. A search is compared with reading and decoding the bricks that
 * it reads, and what was thought of them; the rest with the 100 ms that a
 * person does not feel.
 *
 *   bench-queue
 */
#include <stdio.h>
#include <stdlib.h>

#include "../store-fixture.h"
#include "labels/opinion.h"
#include "median.h"
#include "store/model-edit.h"
#include "store/opinions.h"
#include "store/store-models.h"
#include "workspace/error-progress.h"
#include "workspace/places.h"

enum { EDGE = 8, N_BRICKS = EDGE * EDGE * EDGE, A_BRICK = 20, ROUNDS = 3 };
enum { N_VERDICTS = 10000, BOUND_MS = 100 };

static double
milliseconds_since (gint64 start)
{
  return (double)(g_get_monotonic_time () - start) / 1000;
}

static LamBrickKey
key_of (int i)
{
  return (LamBrickKey){ i % EDGE, i / EDGE % EDGE, i / (EDGE * EDGE) };
}

/* Of the n-th place of a brick. */
static LamBox
place_of (int brick, int n)
{
  const LamBox all = lam_brick_box (key_of (brick));
  const int64_t x = all.min[0] + n % 4 * 16 + 2,
                y = all.min[1] + n / 4 % 4 * 16 + 2,
                z = all.min[2] + n / 16 * 32 + 2;
  return lam_box_new (x, y, z, x + 8, y + 8, z + 8);
}

static LamStore *
make_store (const char *path)
{
  GError *error = NULL;
  const LamVolumeRow volume = { .path = (char *)"/none.tif",
    .size = { EDGE * 64, EDGE * 64, EDGE * 64 },
    .dtype = (char *)"uint8",
    .voxel_size_nm = { 10, 10, 10 } };
  LamStore *store = lam_store_create (
      path, &volume, fixture_classes, G_N_ELEMENTS (fixture_classes), &error);
  g_assert_no_error (error);
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  const LamLabel label = { .id = 1, .name = (char *)"", .class_id = 1 };
  g_ptr_array_add (rows, lam_row_change_new_label (NULL, &label));
  lam_history_row_free (fixture_try_commit (
      store, (LamBrickKey){ 0, 0, 0 }, NULL, NULL, rows, &error));
  g_autoptr (GBytes) onnx = g_bytes_new_static ("model", 5);
  const int64_t model = lam_store_add_model (store, "m", 0, onnx, &error);
  g_assert_cmpint (lam_store_begin_run (store, model, "", &error), ==, 1);
  return store;
}

static void
mark (LamRunOpinion *opinion, const LamBox *brick, const LamBox *box)
{
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++)
      for (int64_t x = box->min[0]; x < box->max[0]; x++) {
        const int64_t i = x - brick->min[0]
            + 64 * (y - brick->min[1] + 64 * (z - brick->min[2]));
        opinion->uncertainties[i] = 220;
        opinion->seconds[i] = lam_run_opinion_take_class (opinion, 0);
        opinion->firsts[i] = lam_run_opinion_take_class (opinion, 1);
      }
}

static void
predict (LamStore *store)
{
  GError *error = NULL;
  LamModelEditInfo info = { 1, lam_store_get_revision (store, &error), 0 };
  LamModelEdit *edit = lam_store_begin_model_edit (store, &info, NULL, &error);
  g_autofree uint32_t *labels = g_new (uint32_t, LAM_BRICK_VOXELS);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    labels[i] = 1;
  for (int b = 0; b < N_BRICKS; b++) {
    const LamBox box = lam_brick_box (key_of (b));
    g_autofree LamRunOpinion *opinion = lam_run_opinion_new ();
    for (int n = 0; n < A_BRICK; n++) {
      const LamBox place = place_of (b, n);
      mark (opinion, &box, &place);
    }
    lam_model_edit_write (
        edit, key_of (b), &box, labels, opinion, NULL, &error);
    g_assert_no_error (error);
  }
  LamModelCounts counts;
  lam_history_row_free (lam_model_edit_end (edit, "", &counts, &error));
  g_assert_no_error (error);
}

/* A stroke: some voxels of the first brick. */
static void
edit_brick (LamStore *store, int round)
{
  GError *error = NULL;
  g_autoptr (LamLabelBrick) before =
      lam_store_read_brick (store, key_of (0), NULL, &error);
  g_autoptr (LamLabelBrick) after = lam_label_brick_copy (before);
  for (int i = 0; i < 100; i++) {
    lam_label_brick_write_labels (after)[1000 * round + i] = 0;
    lam_label_brick_write_sources (after)[1000 * round + i] = LAM_SOURCE_HUMAN;
  }
  lam_label_brick_settle (after);
  fixture_commit (store, key_of (0), before, after);
}

static double
time_reading (LamStore *store, int n)
{
  GError *error = NULL;
  const gint64 start = g_get_monotonic_time ();
  for (int b = 0; b < n; b++) {
    g_autoptr (LamLabelBrick) brick =
        lam_store_read_brick (store, key_of (b), NULL, &error);
    g_autoptr (LamOpinion) opinion =
        lam_store_read_opinion (store, key_of (b), NULL, &error);
    g_assert_no_error (error);
  }
  return milliseconds_since (start);
}

static double
time_search (LamStore *store, const GArray *keys, LamPlaceMemory *memory,
    guint *n_places)
{
  GError *error = NULL;
  g_autoptr (LamClassTable) classes = lam_store_dup_classes (store);
  const gint64 start = g_get_monotonic_time ();
  g_autoptr (GArray) places =
      lam_places_find (store, keys, classes, memory, NULL, &error);
  const double time = milliseconds_since (start);
  g_assert_no_error (error);
  *n_places = places->len;
  return time;
}

static void
tell_search (const char *name, double *times, int64_t n_read, double reading)
{
  const double time = bench_median (times, ROUNDS);
  printf ("%-28s %8.1f ms, %" G_GINT64_FORMAT
          " bricks read: %.1f times reading them (%.1f ms)\n",
      name, time, n_read, time / reading, reading);
}

static void
time_searches (void)
{
  g_autofree char *folder = fixture_folder ();
  g_autofree char *path = g_build_filename (folder, "p.lamella", NULL);
  LamStore *store = make_store (path);
  double whole[ROUNDS], after[ROUNDS], all[ROUNDS], few[ROUNDS];
  int64_t n_read = 0;
  guint n_places = 0;
  predict (store);
  g_autoptr (GArray) keys = g_array_new (false, false, sizeof (int64_t));
  for (int b = 0; b < N_BRICKS; b++) {
    const int64_t packed = lam_brick_key_pack (key_of (b));
    g_array_append_val (keys, packed);
  }
  for (int round = 0; round < ROUNDS; round++) {
    LamPlaceMemory *memory = lam_place_memory_new ();
    whole[round] = time_search (store, keys, memory, &n_places);
    edit_brick (store, round);
    after[round] = time_search (store, keys, memory, &n_places);
    n_read = lam_place_memory_get_n_read (memory);
    all[round] = time_reading (store, N_BRICKS);
    few[round] = time_reading (store, (int)n_read);
    lam_place_memory_unref (memory);
  }
  printf ("%d bricks, %u places, %d rounds\n", N_BRICKS, n_places, ROUNDS);
  tell_search ("all", whole, N_BRICKS, bench_median (all, ROUNDS));
  tell_search (
      "after an edit of a brick", after, n_read, bench_median (few, ROUNDS));
  fixture_close (store);
  fixture_remove (folder);
}

/* ---- On the main thread ------------------------------------------------- */

static GArray *
make_verdicts (int n)
{
  GArray *verdicts = g_array_new (false, true, sizeof (LamVerdictRow));
  for (int i = 0; i < n; i++) {
    const LamVerdictRow row = { .id = i + 1,
      .time = (int64_t)i * 5 * G_USEC_PER_SEC,
      .box = place_of (i / A_BRICK, i % A_BRICK) };
    g_array_append_val (verdicts, row);
  }
  return verdicts;
}

static GArray *
make_places (void)
{
  GArray *places = g_array_new (false, true, sizeof (LamPlace));
  for (int i = 0; i < N_BRICKS * A_BRICK; i++) {
    LamPlace place = { .box = place_of (i / A_BRICK, i % A_BRICK) };
    for (int a = 0; a < 3; a++)
      place.centre[a] = place.box.min[a] + 4;
    g_array_append_val (places, place);
  }
  return places;
}

static void
time_list (void)
{
  const int64_t size[3] = { EDGE * 64, EDGE * 64, EDGE * 64 };
  double take[ROUNDS], add[ROUNDS], next[ROUNDS], progress[ROUNDS];
  for (int round = 0; round < ROUNDS; round++) {
    LamErrorList *list = lam_error_list_new (size);
    GArray *verdicts = make_verdicts (N_VERDICTS), *places = make_places ();
    gint64 start = g_get_monotonic_time ();
    lam_error_list_take (list, places, verdicts, NULL, NULL);
    take[round] = milliseconds_since (start);
    const LamVerdictRow row = { .id = N_VERDICTS + 1,
      .box = place_of (N_BRICKS - 1, 0) };
    start = g_get_monotonic_time ();
    lam_error_list_add (list, &row);
    add[round] = milliseconds_since (start);
    g_autoptr (GArray) visits = make_verdicts (N_VERDICTS);
    start = g_get_monotonic_time ();
    lam_error_list_find_other (list, visits);
    next[round] = milliseconds_since (start);
    start = g_get_monotonic_time ();
    lam_error_list_get_progress (list);
    progress[round] = milliseconds_since (start);
    lam_error_list_free (list);
  }
  const struct {
    const char *name;
    double *times;
  } rows[] = { { "taking over what was found", take },
    { "one verdict more", add }, { "the next after all those", next },
    { "how far a person is", progress } };
  printf ("on the main thread, %d verdicts:\n", N_VERDICTS);
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    const double time = bench_median (rows[i].times, ROUNDS);
    printf ("%-28s %8.1f ms, %.2f of %d ms\n", rows[i].name, time,
        time / BOUND_MS, BOUND_MS);
  }
}

int
main (void)
{
  time_list ();
  time_searches ();
  return 0;
}
