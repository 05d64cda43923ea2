/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* 16-bit floats: what they keep of numbers within a bound, and what is done
 * with rows of them, against plain loops. Where the processor lacks the
 * instructions, nothing hands them on (test-nn-fast). */
#include <glib.h>
#include <math.h>

#include "base/random.h"
#include "nn/half.h"
#include "nn/size.h"

static bool
is_missing (void)
{
  if (!lam_half_is_there ())
    g_test_skip ("no AVX-512 VNNI");
  return !lam_half_is_there ();
}

#define HALVES 83 /* no whole vectors */

/* Bounds of all sizes: what is at the bound does not overflow, and nothing but
 * the last of eleven bits is lost; sizes grow as the header says. */
static void
test_halves (void)
{
  float values[HALVES], read[HALVES];
  uint16_t halves[HALVES];
  LamRandom dice = lam_random_new (10, 0);
  if (is_missing ())
    return;
  for (double bound = 1e-25; bound < 1e25; bound *= 777) {
    float unit = lam_half_find_unit (bound), size;
    for (int i = 0; i < HALVES; i++)
      values[i] = (float)(bound * (2 * lam_random_unit (&dice) - 1));
    values[5] = (float)bound;
    values[6] = (float)-bound;
    lam_half_write (values, unit, HALVES, halves);
    lam_half_read (halves, unit, HALVES, read);
    for (int i = 0; i < HALVES; i++)
      g_assert_cmpfloat (fabsf (read[i] - values[i]), <=,
          fabsf (values[i]) * 0x1p-11f + unit * 0x1p-25f);
    size = lam_half_find_size (halves, unit, HALVES, 0);
    g_assert_cmpfloat (size, ==, lam_size_find (read, HALVES, 0, 0));
    g_assert_cmpfloat (size, <=, lam_half_grow ((float)bound, unit));
  }
  values[80] = NAN;
  lam_half_write (values, 1, HALVES, halves);
  lam_half_read (halves, 1, HALVES, read);
  g_assert_true (isnan (read[80]));
  g_assert_false (isfinite (lam_half_find_size (halves, 1, HALVES, 0)));
  g_assert_cmpfloat (lam_half_find_unit (INFINITY), ==, 1);
  g_assert_cmpfloat (lam_half_find_unit (0), ==, 1);
}

/* Sums, maps and maxima against plain loops. */
static void
test_half_loops (void)
{
  float values[HALVES], second[HALVES], found[HALVES];
  uint16_t halves[HALVES + 1], others[HALVES + 1], result[HALVES];
  const LamHalfMap map = { 0.5f, 0.25f, 3, -1, { 0.25f } };
  double sum = 0, squares = 0, wanted_sum = 0, wanted_squares = 0;
  LamRandom dice = lam_random_new (11, 0);
  float most = 0;
  if (is_missing ())
    return;
  for (int i = 0; i < HALVES; i++) {
    values[i] = (float)lam_random_normal (&dice);
    second[i] = (float)lam_random_normal (&dice);
  }
  lam_half_write (values, 0.5f, HALVES, halves);
  lam_half_write (second, 0.5f, HALVES, others);
  lam_half_read (halves, 0.5f, HALVES, values);
  lam_half_read (others, 0.5f, HALVES, second);
  lam_half_add (halves, 0.5f, 0.125f, HALVES, &sum, &squares);
  for (int i = 0; i < HALVES; i++) {
    double away = values[i] - 0.125;
    wanted_sum += away;
    wanted_squares += away * away;
  }
  g_assert_cmpfloat (fabs (sum - wanted_sum), <, 1e-4);
  g_assert_cmpfloat (fabs (squares - wanted_squares), <, 1e-3);
  float size = lam_half_map (&map, halves, HALVES, result, 0);
  lam_half_read (result, 0.25f, HALVES, found);
  for (int i = 0; i < HALVES; i++) {
    float wanted = lam_activation_get (0.25f, values[i] * 3 - 1);
    most = MAX (most, fabsf (wanted));
    g_assert_cmpfloat (fabsf (found[i] - wanted), <, 1e-2);
  }
  g_assert_cmpfloat (fabsf (size - most), <, 1e-5);
  lam_half_take_pairs (halves, others, HALVES / 2, result);
  lam_half_read (result, 0.5f, HALVES / 2, found);
  for (int i = 0; i < HALVES / 2; i++)
    g_assert_cmpfloat (found[i], ==,
        MAX (MAX (values[2 * i], values[2 * i + 1]),
            MAX (second[2 * i], second[2 * i + 1])));
  lam_half_take_larger (halves, HALVES, others);
  lam_half_read (others, 0.5f, HALVES, found);
  for (int i = 0; i < HALVES; i++)
    g_assert_cmpfloat (found[i], ==, MAX (values[i], second[i]));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/half/numbers", test_halves);
  g_test_add_func ("/nn/half/loops", test_half_loops);
  return g_test_run ();
}
