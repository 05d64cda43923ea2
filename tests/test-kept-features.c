/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a network saw is kept, and the last layer alone says the rest. Whether
 * the network was run is seen by another image that it would have seen then. */
#include <math.h>

#include "model-fixture.h"
#include "nn/head.h"
#include "segment-fixture.h"
#include "segment/segmenter-inside.h"

enum { N_CLASSES = 3, CHANNELS = 6, VOXEL_BYTES = CHANNELS * sizeof (float) };

static const int64_t size[3] = { 90, 75, 13 };

static double
noise (int64_t x, int64_t y, int64_t z)
{
  return 100 + 20 * sin ((double)(x * 3 + y * 5 + z * 7)) + (double)(x % 7);
}

static double
stripes (int64_t x, int64_t y, int64_t z)
{
  return (double)((x / 5 + y / 7 + z) % 2 * 100);
}

typedef struct {
  LamModel *model; /* Owned */
  LamVolume *volume, *other; /* Owned */
  LamSegmenter *plain, *keeping; /* Owned */
} Fixture;

static LamSegmenter *
make_for (
    LamModel *model, int64_t keep_bytes, int n_threads, const int64_t tile[3])
{
  const LamSegmenterModel shown = { model, { 100, 20 } };
  const LamSegmenterSettings settings = { .n_threads = n_threads,
    .keep_bytes = keep_bytes,
    .tile = { tile[0], tile[1], tile[2] } };
  g_autoptr (GError) error = NULL;
  LamSegmenter *segmenter = lam_segmenter_new (&shown, 1, &settings, &error);
  g_assert_no_error (error);
  return segmenter;
}

static LamSegmenter *
make (LamModel *model, int64_t keep_bytes)
{
  return make_for (model, keep_bytes, 2, (int64_t[3]){ 0 });
}

static void
set_up (Fixture *fixture, gconstpointer layers)
{
  g_autoptr (GError) error = NULL;
  fixture->model = fixture_model_with (layers, "none", 1, "8,32,32", &error);
  g_assert_no_error (error);
  fixture->volume = fixture_volume (size, LAM_DTYPE_U8, noise);
  fixture->other = fixture_volume (size, LAM_DTYPE_U8, stripes);
  fixture->plain = make (fixture->model, 0);
  fixture->keeping = make (fixture->model, 64 << 20);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  lam_segmenter_free (fixture->plain);
  lam_segmenter_free (fixture->keeping);
  lam_model_free (fixture->model);
  g_object_unref (fixture->volume);
  g_object_unref (fixture->other);
}

static float *
sum (LamSegmenter *segmenter, LamVolume *volume, const LamBox *box)
{
  g_autoptr (GError) error = NULL;
  float *sums = lam_segmenter_sum (segmenter, volume, box, NULL, &error);
  g_assert_no_error (error);
  return sums;
}

static double
find_difference (Fixture *fixture, LamSegmenter *segmenter, const LamBox *box,
    LamVolume *shown)
{
  g_autofree float *right = sum (fixture->plain, fixture->volume, box);
  g_autofree float *said = sum (segmenter, shown, box);
  double most = 0;
  for (int64_t i = 0; i < N_CLASSES * lam_box_volume (box); i++)
    most = MAX (most, (double)fabsf (right[i] - said[i]));
  return most;
}

/* A box, a part of it, and one that is hardly larger. */
static void
test_same (Fixture *fixture, gconstpointer unused)
{
  LamSegmenter *keeping = fixture->keeping;
  const LamBox box = { { 3, 2, 4 }, { 80, 70, 9 } };
  const LamBox part = { { 30, 20, 5 }, { 61, 70, 7 } };
  const LamBox wider = { { 3, 2, 2 }, { 80, 70, 11 } };
  const LamBox below = { { 3, 2, 0 }, { 80, 70, 2 } };
  g_assert_true (lam_segmenter_can_keep (keeping, size, &box));
  g_assert_false (lam_segmenter_has_kept (keeping, &box));
  g_assert_cmpfloat (
      find_difference (fixture, keeping, &box, fixture->volume), <, 1e-5);
  g_assert_true (lam_segmenter_has_kept (keeping, &box));
  g_assert_true (lam_segmenter_has_kept (keeping, &part));
  g_assert_false (lam_segmenter_has_kept (keeping, &wider));
  g_assert_cmpfloat (
      find_difference (fixture, keeping, &box, fixture->other), <, 1e-5);
  g_assert_cmpfloat (
      find_difference (fixture, keeping, &part, fixture->other), <, 1e-5);
  g_assert_cmpfloat (
      find_difference (fixture, keeping, &wider, fixture->volume), <, 1e-5);
  g_assert_cmpfloat (
      find_difference (fixture, keeping, &wider, fixture->other), <, 1e-5);
  /* Elsewhere it looks. */
  g_assert_cmpfloat (
      find_difference (fixture, keeping, &below, fixture->other), >, 1e-2);
  g_assert_false (lam_segmenter_has_kept (fixture->plain, &box));
}

/* The last layer says something else, of what was seen before. */
static void
test_taught (Fixture *fixture, gconstpointer unused)
{
  LamNetwork *network = lam_model_get_network (fixture->model);
  const LamBox box = { { 3, 2, 4 }, { 80, 70, 9 } };
  const int64_t dims[5] = { 1, 1, 4, 32, 32 };
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, 5, dims);
  g_autoptr (GError) error = NULL;
  LamHead head;
  g_autofree float *before = sum (fixture->keeping, fixture->volume, &box);
  lam_head_find (&head, network, &shape, 1, &error);
  g_assert_no_error (error);
  int64_t n = lam_head_count (&head);
  g_autofree float *numbers = g_new (float, n);
  lam_head_get (&head, numbers);
  for (int64_t i = 0; i < n; i++)
    numbers[i] += (float)(i % 5) / 4 - 0.5f;
  lam_head_set (&head, numbers);
  g_assert_true (lam_segmenter_renew (fixture->plain, &error));
  g_assert_true (lam_segmenter_renew (fixture->keeping, &error));
  g_assert_true (lam_segmenter_has_kept (fixture->keeping, &box));
  g_assert_cmpfloat (
      find_difference (fixture, fixture->keeping, &box, fixture->other), <,
      1e-5);
  g_autofree float *after = sum (fixture->keeping, fixture->other, &box);
  double most = 0;
  for (int64_t i = 0; i < N_CLASSES * lam_box_volume (&box); i++)
    most = MAX (most, (double)fabsf (before[i] - after[i]));
  g_assert_cmpfloat (most, >, 0.05);
}

/* What was asked for longest ago makes room; what is too large, or lies all
 * over what is there, is none the worse. */
static void
test_room (Fixture *fixture, gconstpointer unused)
{
  const LamBox one = { { 0, 0, 0 }, { 20, 20, 2 } };
  const LamBox two = { { 30, 0, 0 }, { 50, 20, 2 } };
  const LamBox three = { { 60, 0, 0 }, { 80, 20, 2 } };
  const LamBox over = { { 15, 3, 0 }, { 40, 15, 2 } };
  const LamBox large = lam_box_of_size (size);
  int64_t bytes = lam_box_volume (&one) * VOXEL_BYTES;
  g_autoptr (LamSegmenter) tight = make (fixture->model, 2 * bytes);
  const LamBox *const boxes[] = { &one, &two, &one, &three, &over, &two, &large,
    &one };
  for (size_t i = 0; i < G_N_ELEMENTS (boxes); i++) {
    bool can = lam_segmenter_can_keep (tight, size, boxes[i]);
    g_assert_true (can == (boxes[i] != &large));
    g_assert_cmpfloat (
        find_difference (fixture, tight, boxes[i], fixture->volume), <, 1e-5);
    g_assert_true (lam_segmenter_has_kept (tight, boxes[i]) == can);
    if (i == 3)
      g_assert_false (lam_segmenter_has_kept (tight, &two));
  }
}

/* Memory that was made ready is used, counts, and changes nothing. */
static void
test_ready (Fixture *fixture, gconstpointer unused)
{
  const LamBox one = { { 0, 0, 0 }, { 80, 70, 8 } };
  const LamBox two = { { 80, 0, 0 }, { 90, 70, 8 } };
  const LamBox three = { { 10, 0, 8 }, { 90, 70, 13 } };
  int64_t bytes = lam_box_volume (&one) * VOXEL_BYTES;
  g_autoptr (LamSegmenter) tight = make (fixture->model, 2 * bytes);
  const LamBox *const boxes[] = { &one, &two, &three };
  g_assert_false (lam_segmenter_prepare (tight));
  for (size_t i = 0; i < G_N_ELEMENTS (boxes); i++) {
    int n_portions = 0;
    g_assert_cmpfloat (
        find_difference (fixture, tight, boxes[i], fixture->volume), <, 1e-5);
    while (lam_segmenter_prepare (tight))
      n_portions++;
    g_assert_true (lam_segmenter_has_kept (tight, boxes[i]));
    g_assert_true (n_portions > 0 || boxes[i] != &one);
  }
  g_assert_false (lam_segmenter_has_kept (tight, &one));
}

/* What was only looked at is as good. */
static void
test_look (Fixture *fixture, gconstpointer unused)
{
  const LamBox box = { { 3, 2, 1 }, { 80, 70, 12 } };
  g_autoptr (GError) error = NULL;
  g_autoptr (LamProgress) progress = lam_progress_new ();
  g_assert_true (lam_segmenter_look (
      fixture->plain, fixture->volume, &box, progress, &error));
  g_assert_false (lam_segmenter_has_kept (fixture->plain, &box));
  g_assert_true (lam_segmenter_look (
      fixture->keeping, fixture->volume, &box, progress, &error));
  g_assert_no_error (error);
  g_assert_cmpfloat (lam_progress_get_fraction (progress), ==, 1);
  g_assert_true (lam_segmenter_has_kept (fixture->keeping, &box));
  g_assert_cmpfloat (
      find_difference (fixture, fixture->keeping, &box, fixture->volume), <,
      1e-5);
}

/* A revision that finds what it is told, and changes nothing. */
typedef struct {
  bool any;
  int n_found, n_changed;
} Idle;

static bool
find_idle (const LamBox *box, bool *any, gpointer data, GError **error)
{
  Idle *idle = data;
  idle->n_found++;
  *any = idle->any;
  return true;
}

static bool
change_nothing (const LamBox *box, int n_classes, float *probabilities,
    gpointer data, LamProgress *progress, GError **error)
{
  ((Idle *)data)->n_changed++;
  return true;
}

static LamProposal *
propose (Fixture *fixture, const LamBox *box, Idle *idle)
{
  g_autoptr (GError) error = NULL;
  const LamSegmenterRevision revision = { find_idle, change_nothing, idle };
  LamProposal *proposal = lam_segmenter_run_revised (fixture->keeping,
      fixture->volume, box, idle ? &revision : NULL, NULL, &error);
  g_assert_no_error (error);
  return proposal;
}

static void
compare (const LamProposal *a, const LamProposal *b)
{
  const size_t n = (size_t)lam_box_volume (&a->box);
  g_assert_true (lam_box_equal (&a->box, &b->box));
  g_assert_cmpmem (a->classes, n, b->classes, n);
  g_assert_cmpmem (a->runner_ups, n, b->runner_ups, n);
  g_assert_cmpmem (a->uncertainties, n, b->uncertainties, n);
}

/* Voxels that are decided as they are said are as those that are decided when
 * all is said: of one block, of a part of it, and of several. */
static void
test_decided (Fixture *fixture, gconstpointer unused)
{
  const LamBox boxes[] = { { { 3, 2, 4 }, { 80, 70, 9 } },
    { { 30, 20, 5 }, { 61, 70, 7 } }, { { 3, 2, 2 }, { 85, 70, 11 } },
    { { 0, 0, 0 }, { 90, 75, 13 } } };
  for (size_t i = 0; i < G_N_ELEMENTS (boxes); i++) {
    Idle all = { true }, none = { false };
    g_assert_true (lam_segmenter_can_keep (fixture->keeping, size, &boxes[i]));
    g_autoptr (LamProposal) late = propose (fixture, &boxes[i], &all);
    g_autoptr (LamProposal) soon = propose (fixture, &boxes[i], &none);
    g_autoptr (LamProposal) plain = propose (fixture, &boxes[i], NULL);
    g_assert_cmpint (all.n_found, ==, 1);
    g_assert_cmpint (all.n_changed, ==, 1);
    g_assert_cmpint (none.n_found, ==, 1);
    g_assert_cmpint (none.n_changed, ==, 0);
    compare (late, soon);
    compare (late, plain);
  }
}

/* One thread, several that share a tile, and some that have tiles of their own
 * see the same to the bit. */
static void
test_threads (Fixture *fixture, gconstpointer unused)
{
  static const struct {
    LamBox box;
    int64_t n_runs;
  } cases[] = {
    { { { 3, 2, 0 }, { 80, 70, 1 } }, 6 },
    { { { 3, 2, 0 }, { 80, 70, 5 } }, 30 },
    { { { 8, 8, 3 }, { 38, 38, 4 } }, 1 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    const LamBox *box = &cases[i].box;
    const size_t n = N_CLASSES * (size_t)lam_box_volume (box);
    g_autofree float *right = NULL;
    for (int n_threads = 1; n_threads <= 4; n_threads++) {
      g_autoptr (LamSegmenter) segmenter = make_for (
          fixture->model, 64 << 20, n_threads, (int64_t[]){ 40, 40, 1 });
      g_assert_cmpint (
          lam_segmenter_count_runs (segmenter, size, box), ==, cases[i].n_runs);
      g_autofree float *said = sum (segmenter, fixture->volume, box);
      g_assert_true (lam_segmenter_has_kept (segmenter, box));
      if (right)
        g_assert_cmpmem (right, n * sizeof *right, said, n * sizeof *said);
      else
        right = g_steal_pointer (&said);
    }
  }
}

static void
test_cancelled (Fixture *fixture, gconstpointer unused)
{
  const LamBox box = { { 3, 2, 4 }, { 80, 70, 9 } };
  g_autoptr (GError) error = NULL;
  g_autoptr (LamProgress) progress = lam_progress_new ();
  lam_progress_cancel (progress);
  g_assert_null (lam_segmenter_sum (
      fixture->keeping, fixture->volume, &box, progress, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (lam_segmenter_has_kept (fixture->keeping, &box));
  g_clear_error (&error);
  g_assert_false (lam_segmenter_look (
      fixture->keeping, fixture->volume, &box, progress, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* Nothing is, where the last layer looks around or all is one tile. */
static void
test_cannot (void)
{
  const LamBox box = { { 3, 2, 4 }, { 80, 70, 9 } };
  const struct {
    const char *layers, *norm;
  } others[] = { { FIXTURE_DEEP, "none" }, { FIXTURE_FLAT, "each" } };
  for (size_t i = 0; i < G_N_ELEMENTS (others); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (LamModel) model = fixture_model_with (
        others[i].layers, others[i].norm, 1, "8,32,32", &error);
    g_assert_no_error (error);
    g_autoptr (LamSegmenter) segmenter = make (model, 64 << 20);
    g_assert_false (lam_segmenter_can_keep (segmenter, size, &box));
  }
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*run) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/kept-features/same", test_same },
    { "/kept-features/taught", test_taught },
    { "/kept-features/room", test_room },
    { "/kept-features/ready", test_ready },
    { "/kept-features/look", test_look },
    { "/kept-features/threads", test_threads },
    { "/kept-features/decided", test_decided },
    { "/kept-features/cancelled", test_cancelled },
  };
  g_test_init (&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (
        tests[i].name, Fixture, FIXTURE_FLAT, set_up, tests[i].run, tear_down);
  g_test_add_func ("/kept-features/cannot", test_cannot);
  return g_test_run ();
}
