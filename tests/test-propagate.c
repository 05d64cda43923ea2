/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What follows from what a person said, of a made-up network that is wrong
 * about blocks of a made-up image. */
#include "segment/propagate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "rounds.h"

enum { WIDTH = 48, HEIGHT = 40, DEPTH = 9, N = WIDTH * HEIGHT * DEPTH };

typedef struct {
  float grey[N], probabilities[3 * N];
  uint8_t known[N];
  double depth_nm;
  int n_classes;
} Fixture;

#define FOR_EACH_IN(box) \
  for (int64_t z = (box)->min[2]; z < (box)->max[2]; z++) \
    for (int64_t y = (box)->min[1]; y < (box)->max[1]; y++) \
      for (int64_t x = (box)->min[0]; x < (box)->max[0]; x++)

static int64_t
place (int64_t x, int64_t y, int64_t z)
{
  return (z * HEIGHT + y) * WIDTH + x;
}

static void
paint (Fixture *fixture, LamBox box, float grey, float p_of_1)
{
  FOR_EACH_IN (&box)
  {
    int64_t at = place (x, y, z);
    fixture->grey[at] = grey;
    fixture->probabilities[at] = 1 - p_of_1;
    fixture->probabilities[N + at] = p_of_1;
  }
}

static void
say (Fixture *fixture, LamBox box, uint8_t class_index)
{
  FOR_EACH_IN (&box)
  fixture->known[place (x, y, z)] = class_index;
}

/* How many voxels of the box are of class 1. */
static int64_t
count (const Fixture *fixture, LamBox box)
{
  int64_t n = 0;
  FOR_EACH_IN (&box)
  n += fixture->probabilities[N + place (x, y, z)]
      > fixture->probabilities[place (x, y, z)];
  return n;
}

static LamBox
all (void)
{
  return lam_box_new (0, 0, 0, WIDTH, HEIGHT, DEPTH);
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  memset (fixture, 0, sizeof *fixture);
  fixture->depth_nm = 5;
  fixture->n_classes = 2;
  memset (fixture->known, LAM_PROPAGATE_UNKNOWN, N);
  paint (fixture, all (), -1, 0.05f);
}

static void
run (Fixture *fixture, int n_threads)
{
  GError *error = NULL;
  const LamPropagation input = { .box = all (),
    .voxel_size_nm = { 5, 5, fixture->depth_nm },
    .n_classes = fixture->n_classes,
    .grey = fixture->grey,
    .known = fixture->known,
    .keeps = true };
  bool done =
      lam_propagate (&input, fixture->probabilities, n_threads, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (done);
  for (int64_t i = 0; i < N; i++)
    g_assert_cmpfloat_with_epsilon (
        fixture->probabilities[i] + fixture->probabilities[N + i], 1, 1e-5);
}

static const LamBox blob = { { 10, 10, 2 }, { 22, 22, 7 } };
static const LamBox blob_in_slice = { { 10, 10, 4 }, { 22, 22, 5 } };

/* A speck that the network made of nothing, erased in one slice. */
static void
test_erased (Fixture *fixture, gconstpointer unused)
{
  paint (fixture, blob, 0.5f, 0.9f);
  say (fixture, blob_in_slice, 0);
  g_assert_cmpint (count (fixture, all ()), ==, lam_box_volume (&blob));
  run (fixture, 1);
  g_assert_cmpint (count (fixture, all ()), ==, 0);
}

/* An object that it missed, painted in one slice; of what looks as it is not
 * around it nothing becomes one. */
static void
test_missed (Fixture *fixture, gconstpointer unused)
{
  paint (fixture, blob, 1.5f, 0.3f);
  say (fixture, blob_in_slice, 1);
  run (fixture, 1);
  int64_t n = count (fixture, blob);
  /* But for a corner, which is mostly what is around it. */
  g_assert_cmpint (n, >, lam_box_volume (&blob) * 9 / 10);
  g_assert_cmpint (count (fixture, all ()), ==, n);
}

/* What looks alike, and of which the network says the same, but which the
 * person saw and left. */
static void
test_left (Fixture *fixture, gconstpointer unused)
{
  LamBox other = lam_box_new (30, 10, 2, 42, 22, 7);
  LamBox seen = lam_box_new (26, 10, 4, 46, 22, 5);
  paint (fixture, blob, 0.5f, 0.9f);
  paint (fixture, other, 0.5f, 0.9f);
  say (fixture, blob_in_slice, 0);
  FOR_EACH_IN (&seen)
  fixture->known[place (x, y, z)] = x >= 30 && x < 42;
  run (fixture, 1);
  g_assert_cmpint (count (fixture, other), ==, lam_box_volume (&other));
  g_assert_cmpint (count (fixture, blob), <, lam_box_volume (&blob) / 20);
}

/* Of two alike beside each other one was erased: nothing was said of the other.
 */
static void
test_apart (Fixture *fixture, gconstpointer unused)
{
  LamBox other = lam_box_new (26, 10, 2, 38, 22, 7);
  paint (fixture, blob, 0.5f, 0.9f);
  paint (fixture, other, 0.5f, 0.9f);
  say (fixture, blob_in_slice, 0);
  run (fixture, 1);
  g_assert_cmpint (count (fixture, blob), ==, 0);
  g_assert_cmpint (count (fixture, other), ==, lam_box_volume (&other));
  /* Where a bridge leads there, it is the same thing. */
  paint (fixture, blob, 0.5f, 0.9f);
  paint (fixture, lam_box_new (22, 14, 3, 26, 18, 6), 0.5f, 0.9f);
  run (fixture, 1);
  g_assert_cmpint (count (fixture, other), <, lam_box_volume (&other) / 2);
}

/* Beyond a strong edge the image is another, and thick sections are far. */
static void
test_stops (Fixture *fixture, gconstpointer unused)
{
  LamBox near = lam_box_new (10, 10, 4, 16, 22, 5),
         beyond = lam_box_new (22, 10, 4, 34, 22, 5);
  paint (fixture, lam_box_new (10, 10, 4, 22, 22, 5), 1, 0.8f);
  paint (fixture, lam_box_new (22, 10, 4, 34, 22, 5), -2, 0.8f);
  say (fixture, near, 0);
  run (fixture, 1);
  g_assert_cmpint (count (fixture, beyond), >, 12 * 12 * 3 / 4);
  set_up (fixture, NULL);
  fixture->depth_nm = 200;
  paint (fixture, blob, 0.5f, 0.9f);
  say (fixture, blob_in_slice, 0);
  run (fixture, 1);
  g_assert_cmpint (count (fixture, blob), ==, lam_box_volume (&blob) * 4 / 5);
}

/* What is known is as it was said, and what is far as the network said. */
static void
test_kept (Fixture *fixture, gconstpointer unused)
{
  LamBox far = lam_box_new (44, 36, 0, 48, 40, 1);
  paint (fixture, blob, 0.5f, 0.9f);
  say (fixture, blob_in_slice, 0);
  fixture->known[place (15, 15, 4)] = 1;
  run (fixture, 1);
  FOR_EACH_IN (&blob_in_slice)
  {
    float want = x == 15 && y == 15;
    g_assert_true (fixture->probabilities[N + place (x, y, z)] == want);
  }
  FOR_EACH_IN (&far)
  g_assert_cmpfloat_with_epsilon (
      fixture->probabilities[N + place (x, y, z)], 0.05, 1e-6);
}

/* Threads do not matter. */
static void
test_same (Fixture *fixture, gconstpointer unused)
{
  g_autofree Fixture *other = g_new (Fixture, 1);
  paint (fixture, blob, 0.5f, 0.9f);
  say (fixture, blob_in_slice, 0);
  memcpy (other, fixture, sizeof *other);
  run (fixture, 1);
  run (other, 4);
  g_assert_cmpmem (fixture->probabilities, sizeof fixture->probabilities,
      other->probabilities, sizeof other->probabilities);
}

/* Nothing known, a class that there is not, and no numbers. */
static void
test_degenerate (Fixture *fixture, gconstpointer unused)
{
  g_autofree Fixture *before = g_memdup2 (fixture, sizeof *fixture);
  run (fixture, 1);
  g_assert_cmpmem (fixture->probabilities, 2 * N * sizeof (float),
      before->probabilities, 2 * N * sizeof (float));
  say (fixture, blob, 7);
  run (fixture, 1);
  g_assert_cmpmem (fixture->probabilities, 2 * N * sizeof (float),
      before->probabilities, 2 * N * sizeof (float));
  GError *error = NULL;
  const float none[] = { NAN, NAN };
  const float grey = 0;
  float one[] = { NAN, NAN };
  const uint8_t known = 1;
  const LamPropagation input = { .box = lam_box_new (5, 5, 5, 6, 6, 6),
    .voxel_size_nm = { 1, 1, 1 },
    .n_classes = 2,
    .grey = &grey,
    .known = &known };
  g_assert_true (lam_propagate (&input, one, 1, NULL, &error));
  g_assert_cmpmem (one, sizeof one, none, sizeof none);
  g_autoptr (LamProgress) progress = lam_progress_new ();
  lam_progress_cancel (progress);
  g_assert_false (lam_propagate (&input, one, 1, progress, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
}

#ifdef __linux__
static int64_t
read_status_kib (const char *name)
{
  g_autofree char *text = NULL;
  g_assert_true (g_file_get_contents ("/proc/self/status", &text, NULL, NULL));
  const char *row = strstr (text, name);
  g_assert_nonnull (row);
  return g_ascii_strtoll (row + strlen (name), NULL, 10);
}

static void
reset_peak (void)
{
  FILE *file = fopen ("/proc/self/clear_refs", "w");
  g_assert_nonnull (file);
  g_assert_cmpint (fputs ("5", file), >=, 0);
  g_assert_cmpint (fclose (file), ==, 0);
}

/* All voxels of a box but one section follow what was said in that: this takes
 * the most, and no more than is counted. */
static void
test_memory (Fixture *fixture, gconstpointer unused)
{
  if (PLAIN_OR_SANITISED (false, true)) {
    g_test_skip ("a sanitiser takes more memory than is asked for");
    return;
  }
  enum { EDGE = 192, SECTIONS = 25, AREA = EDGE * EDGE };
  const int64_t n = AREA * SECTIONS;
  g_autofree float *grey = g_new0 (float, n);
  g_autofree float *probabilities = g_new (float, 2 * n);
  g_autofree uint8_t *known = g_malloc ((gsize)n);
  for (int64_t i = 0; i < n; i++) {
    probabilities[i] = 0.55f;
    probabilities[n + i] = 0.45f;
    known[i] = i / AREA == SECTIONS / 2 ? 1 : LAM_PROPAGATE_UNKNOWN;
  }
  const LamPropagation input = { .box = lam_box_new (
                                     0, 0, 0, EDGE, EDGE, SECTIONS),
    .voxel_size_nm = { 5, 5, 5 },
    .n_classes = 2,
    .grey = grey,
    .known = known };
  GError *error = NULL;
  reset_peak ();
  const int64_t before = read_status_kib ("VmRSS:");
  g_assert_true (lam_propagate (&input, probabilities, 1, NULL, &error));
  const int64_t peak = read_status_kib ("VmHWM:") - before;
  for (int64_t i = 0; i < n; i++)
    g_assert_true (known[i] == 1 || probabilities[n + i] > probabilities[i]);
  const int64_t counted = n * lam_propagate_get_voxel_bytes (2) / 1024;
  const int64_t margin = 3 << 10; /* pages of 2 MiB that are used in part */
  g_test_message (
      "%" G_GINT64_FORMAT " KiB of %" G_GINT64_FORMAT, peak, counted);
  g_assert_cmpint (peak, >, n / 1024);
  g_assert_cmpint (peak, <=, counted + margin);
}
#endif

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  static const struct {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "erased", test_erased },
    { "missed", test_missed },
    { "left", test_left },
    { "apart", test_apart },
    { "stops", test_stops },
    { "kept", test_kept },
    { "same", test_same },
    { "degenerate", test_degenerate },
#ifdef __linux__
    { "memory", test_memory },
#endif
  };
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *name = g_strconcat ("/propagate/", tests[i].name, NULL);
    g_test_add (name, Fixture, NULL, set_up, tests[i].test, NULL);
  }
  return g_test_run ();
}
