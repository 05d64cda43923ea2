/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Boxes beside each other: the same as comparing each two, in less than the
 * square of their number, and stopped at once. */
#include "workspace/near-boxes.h"

#include <gio/gio.h>
#include <stdlib.h>
#include <time.h>

#define REACH 8

static int
compare_slices (const void *a, const void *b)
{
  const int64_t x = ((const LamBox *)a)->min[2],
                y = ((const LamBox *)b)->min[2];
  return x < y ? -1 : x > y;
}

static LamBox *
make_boxes (guint n, int side, int most, int n_slices)
{
  LamBox *boxes = g_new (LamBox, n);
  g_autoptr (GRand) random = g_rand_new_with_seed (n);
  for (guint i = 0; i < n; i++)
    for (int axis = 0; axis < 3; axis++) {
      boxes[i].min[axis] =
          g_rand_int_range (random, 0, axis == 2 ? n_slices : side);
      boxes[i].max[axis] = boxes[i].min[axis]
          + g_rand_int_range (random, 1, axis == 2 ? 3 : most);
    }
  qsort (boxes, n, sizeof *boxes, compare_slices);
  return boxes;
}

typedef struct {
  guint n, n_told;
  bool *told;
} Pairs;

static void
keep (guint a, guint b, gpointer data)
{
  Pairs *pairs = data;
  pairs->n_told++;
  if (pairs->told)
    pairs->told[MIN (a, b) * pairs->n + MAX (a, b)] = true;
}

static void
test_same (void)
{
  enum { N = 600 };
  const int most[] = { 4, 60, 300 };
  for (size_t k = 0; k < G_N_ELEMENTS (most); k++) {
    g_autofree LamBox *boxes = make_boxes (N, 900, most[k], 12);
    g_autofree bool *told = g_new0 (bool, N *N);
    Pairs pairs = { .n = N, .told = told };
    g_assert_true (
        lam_near_boxes_find (boxes, N, REACH, keep, &pairs, NULL, NULL));
    for (guint i = 0; i < N; i++)
      for (guint j = i + 1; j < N; j++)
        g_assert_cmpint (told[i * N + j], ==,
            lam_boxes_are_near (&boxes[i], &boxes[j], REACH));
  }
}

/* All in one slice, where comparing each two would be 2·10¹⁰ steps: minutes. */
static void
test_many (void)
{
  enum { N = 200000 };
  g_autofree LamBox *boxes = make_boxes (N, 40000, 8, 1);
  Pairs pairs = { .n = N };
  const clock_t start = clock (); /* of the processor: others may use it */
  g_assert_true (
      lam_near_boxes_find (boxes, N, REACH, keep, &pairs, NULL, NULL));
  const double seconds = (double)(clock () - start) / CLOCKS_PER_SEC;
  g_test_message ("%u pairs in %.2f s", pairs.n_told, seconds);
  g_assert_cmpfloat (seconds, <, 15);
}

static void
test_cancelled (void)
{
  g_autofree LamBox *boxes = make_boxes (1000, 900, 60, 12);
  g_autoptr (LamProgress) progress = lam_progress_new ();
  g_autoptr (GError) error = NULL;
  Pairs pairs = { .n = 1000 };
  lam_progress_cancel (progress);
  g_assert_false (
      lam_near_boxes_find (boxes, 1000, REACH, keep, &pairs, progress, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (pairs.n_told, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/near-boxes/same", test_same);
  g_test_add_func ("/near-boxes/many", test_many);
  g_test_add_func ("/near-boxes/cancelled", test_cancelled);
  return g_test_run ();
}
