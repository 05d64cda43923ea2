/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Lines on their way to products in 16 bits and back, to the bit against what
 * does the same step by step. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "base/random.h"
#include "nn/gemm16.h"
#include "nn/half.h"
#include "nn/lines16.h"
#include "nn/size.h"

#define MOST 71
#define SPARE 16

static bool
is_missing (void)
{
  if (!lam_gemm16_is_there ())
    g_test_skip ("no AVX-512 VNNI");
  return !lam_gemm16_is_there ();
}

static void
fill (LamRandom *dice, float *to, int n)
{
  for (int i = 0; i < n; i++)
    to[i] = (float)lam_random_range (dice, -6, 6);
}

static void
check_words (const int32_t *found, const int32_t *wanted, int n)
{
  for (int i = 0; i < n; i++)
    g_assert_cmpint (found[i], ==, wanted[i]);
  g_assert_cmpint (found[n], ==, 77);
}

/* Of any length, with and without a second line. */
static void
test_pack (void)
{
  float even[MOST], odd[MOST], read[2][MOST];
  uint16_t halves[2][MOST];
  int32_t found[MOST + 1], wanted[MOST];
  LamRandom dice = lam_random_new (3, 0);
  if (is_missing ())
    return;
  const LamPack16Unit unit = lam_pack16_find_unit (6);
  fill (&dice, even, MOST);
  fill (&dice, odd, MOST);
  lam_half_write (even, 0.25f, MOST, halves[0]);
  lam_half_write (odd, 2, MOST, halves[1]);
  lam_half_read (halves[0], 0.25f, MOST, read[0]);
  lam_half_read (halves[1], 2, MOST, read[1]);
  for (int n = 1; n <= MOST; n++) {
    found[n] = 77;
    const LamLines16From floats[2] = { { even, 0, 0 }, { odd, 0, 0 } };
    lam_lines16_pack (&floats[0], &floats[1], n, &unit, found);
    lam_pack16_pair (even, odd, n, &unit, wanted);
    check_words (found, wanted, n);
    const LamLines16From lines[3] = { { halves[0], 0.25f, 0 },
      { halves[1], 2, 0 }, { NULL, 1, 0 } };
    lam_lines16_pack (&lines[0], &lines[1], n, &unit, found);
    lam_pack16_pair (read[0], read[1], n, &unit, wanted);
    check_words (found, wanted, n);
    lam_lines16_pack (&lines[0], &lines[2], n, &unit, found);
    lam_pack16_pair (read[0], NULL, n, &unit, wanted);
    check_words (found, wanted, n);
  }
}

/* To floats and 16-bit floats; nothing behind the line is touched. */
static void
check_write (const float *products, int rows, int n, float slope)
{
  const LamActivation activation = { slope };
  float wanted[2 * MOST], found[2 * MOST + SPARE];
  uint16_t wanted_halves[2 * MOST], halves[2 * MOST + SPARE];
  float size = 1.5f;
  for (int i = 0; i < n * rows; i++)
    wanted[i] =
        lam_activation_get (slope, products[i % rows * MOST + i / rows] + 0.5f);
  for (int i = 0; i < n * rows; i++)
    size = fmaxf (size, fabsf (wanted[i]));
  lam_half_write (wanted, 0.125f, n * rows, wanted_halves);
  for (int i = 0; i < SPARE; i++) {
    found[n * rows + i] = 77;
    halves[n * rows + i] = 77;
  }
  const LamLines16To to = { .to = found };
  g_assert_cmpfloat (
      lam_lines16_write (products, MOST, rows, n, 0.5f, activation, &to, 1.5f),
      ==, size);
  const LamLines16To to_halves = { .to_halves = halves, .to_unit = 0.125f };
  g_assert_cmpfloat (lam_lines16_write (products, MOST, rows, n, 0.5f,
                         activation, &to_halves, 1.5f),
      ==, size);
  for (int i = 0; i < n * rows; i++) {
    g_assert_cmpfloat (found[i], ==, wanted[i]);
    g_assert_cmpint (halves[i], ==, wanted_halves[i]);
  }
  for (int i = 0; i < SPARE; i++) {
    g_assert_cmpfloat (found[n * rows + i], ==, 77);
    g_assert_cmpint (halves[n * rows + i], ==, 77);
  }
}

static void
test_write (void)
{
  float products[2 * MOST];
  LamRandom dice = lam_random_new (4, 0);
  if (is_missing ())
    return;
  fill (&dice, products, 2 * MOST);
  for (int n = 1; n <= MOST; n++)
    for (int rows = 1; rows <= LAM_LINES16_MOST_ROWS; rows++) {
      check_write (products, rows, n, 0);
      check_write (products, rows, n, 1);
      check_write (products, rows, n, 0.25f);
    }
}

/* What is no number stays none, and its size is known. */
static void
test_not_a_number (void)
{
  const float products[3] = { 1, NAN, 9 };
  float found[3];
  uint16_t halves[3];
  const LamLines16To to = { .to = found },
                     to_halves = { .to_halves = halves, .to_unit = 1 };
  if (is_missing ())
    return;
  g_assert_true (isnan (
      lam_lines16_write (products, 0, 1, 3, 0, (LamActivation){ 0 }, &to, 0)));
  g_assert_true (isnan (found[1]) && found[2] == 9);
  g_assert_true (isnan (lam_lines16_write (
      products, 0, 1, 3, 0, (LamActivation){ 0 }, &to_halves, 0)));
  lam_half_read (halves, 1, 3, found);
  g_assert_true (isnan (found[1]) && found[2] == 9);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/lines/pack", test_pack);
  g_test_add_func ("/nn/lines/write", test_write);
  g_test_add_func ("/nn/lines/not-a-number", test_not_a_number);
  return g_test_run ();
}
