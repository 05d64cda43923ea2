/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Levels and means. */
#include "volume/pyramid.h"

#include <math.h>
#include <string.h>

#include "base/random.h"

static void
test_plan_anisotropic (void)
{
  LamLevel levels[LAM_MAX_LEVELS];
  int n = lam_pyramid_plan (
      (int64_t[]){ 4096, 4000, 1001 }, (double[]){ 10, 10, 40 }, levels);
  const int64_t expected[][3] = { { 1, 1, 1 }, { 2, 2, 1 }, { 4, 4, 1 },
    { 8, 8, 2 }, { 16, 16, 4 } };
  g_assert_cmpint (n, ==, (int)G_N_ELEMENTS (expected));
  for (int i = 0; i < n; i++)
    for (int k = 0; k < 3; k++)
      g_assert_cmpint (levels[i].factor[k], ==, expected[i][k]);
  g_assert_cmpint (levels[3].size[1], ==, 500);
  g_assert_cmpint (levels[3].size[2], ==, 501);
  g_assert_cmpint (levels[4].size[2], ==, 251);
}

static void
test_plan_odd_cases (void)
{
  LamLevel levels[LAM_MAX_LEVELS];
  double unknown[3] = { 0, NAN, -1 };
  g_assert_cmpint (
      lam_pyramid_plan ((int64_t[]){ 256, 3, 1 }, unknown, levels), ==, 1);
  /* What is not known along z is taken for as coarse as the rest. */
  g_assert_cmpint (lam_pyramid_plan ((int64_t[]){ 1000, 1000, 1000 },
                       (double[]){ 10, 10, 0 }, levels),
      ==, 3);
  for (int i = 0; i < 3; i++)
    g_assert_cmpint (levels[1].factor[i], ==, 2);
  /* A single image is halved in its plane whatever its thickness. */
  int n = lam_pyramid_plan (
      (int64_t[]){ 1000, 1000, 1 }, (double[]){ 5, 5, 500 }, levels);
  g_assert_cmpint (n, ==, 3);
  g_assert_cmpint (levels[2].factor[2], ==, 1);
  /* A long thin rod ends, and no side becomes 0. */
  n = lam_pyramid_plan (
      (int64_t[]){ 3, 3, 1 << 20 }, (double[]){ 1, 1, 1 }, levels);
  g_assert_cmpint (levels[n - 1].size[2], <=, 256);
  g_assert_cmpint (levels[n - 1].size[0], ==, 1);
}

static void
test_round_half_up (void)
{
  uint8_t in[4] = { 1, 2, 254, 255 }, out[2];
  lam_pyramid_reduce (
      LAM_DTYPE_U8, in, (int64_t[]){ 4, 1, 1 }, (int64_t[]){ 2, 1, 1 }, out);
  g_assert_cmpint (out[0], ==, 2);
  g_assert_cmpint (out[1], ==, 255);
  uint16_t wide[8] = { 65535, 65535, 65535, 65535, 65535, 65535, 65535, 65535 };
  uint16_t one;
  lam_pyramid_reduce (LAM_DTYPE_U16, wide, (int64_t[]){ 2, 2, 2 },
      (int64_t[]){ 2, 2, 2 }, &one);
  g_assert_cmpint (one, ==, 65535);
}

static void
test_nan_poisons (void)
{
  float in[6] = { 1, 2, NAN, 4, 5, 7 }, out[3];
  lam_pyramid_reduce (
      LAM_DTYPE_F32, in, (int64_t[]){ 6, 1, 1 }, (int64_t[]){ 2, 1, 1 }, out);
  g_assert_cmpfloat (out[0], ==, 1.5f);
  g_assert_true (isnan (out[1]));
  g_assert_cmpfloat (out[2], ==, 6);
}

/* The plain definition: the mean of what is there of the cell. */
static double
mean_of_cell (const uint16_t *in, const int64_t n[3], const int64_t f[3],
    int64_t x, int64_t y, int64_t z)
{
  double sum = 0;
  int count = 0;
  for (int64_t dz = 0; dz < f[2]; dz++)
    for (int64_t dy = 0; dy < f[1]; dy++)
      for (int64_t dx = 0; dx < f[0]; dx++) {
        int64_t p[3] = { x * f[0] + dx, y * f[1] + dy, z * f[2] + dz };
        if (p[0] >= n[0] || p[1] >= n[1] || p[2] >= n[2])
          continue;
        sum += in[(p[2] * n[1] + p[1]) * n[0] + p[0]];
        count++;
      }
  return sum / count;
}

static void
check_against_definition (LamRandom *random, int factor_bits)
{
  int64_t n[3], f[3];
  for (int i = 0; i < 3; i++) {
    n[i] = 1 + lam_random_u32 (random) % 9;
    f[i] = 1 + (factor_bits >> i & 1);
  }
  uint16_t in[9 * 9 * 9], out[9 * 9 * 9];
  float in_f[9 * 9 * 9], out_f[9 * 9 * 9];
  uint8_t in_b[9 * 9 * 9], out_b[9 * 9 * 9];
  for (int64_t i = 0; i < n[0] * n[1] * n[2]; i++) {
    in_b[i] = (uint8_t)lam_random_u32 (random);
    in_f[i] = in[i] = in_b[i];
  }
  lam_pyramid_reduce (LAM_DTYPE_U16, in, n, f, out);
  lam_pyramid_reduce (LAM_DTYPE_F32, in_f, n, f, out_f);
  lam_pyramid_reduce (LAM_DTYPE_U8, in_b, n, f, out_b);
  int64_t i = 0;
  for (int64_t z = 0; z * f[2] < n[2]; z++)
    for (int64_t y = 0; y * f[1] < n[1]; y++)
      for (int64_t x = 0; x * f[0] < n[0]; x++, i++) {
        double mean = mean_of_cell (in, n, f, x, y, z);
        g_assert_cmpint (out[i], ==, (int)floor (mean + 0.5));
        g_assert_cmpint (out_b[i], ==, (int)floor (mean + 0.5));
        g_assert_cmpfloat (out_f[i], ==, (float)mean);
      }
}

static void
test_definition (void)
{
  LamRandom random = lam_random_new (1, 0);
  for (int i = 0; i < 400; i++)
    check_against_definition (&random, i % 8);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pyramid/plan/anisotropic", test_plan_anisotropic);
  g_test_add_func ("/pyramid/plan/odd-cases", test_plan_odd_cases);
  g_test_add_func ("/pyramid/reduce/round-half-up", test_round_half_up);
  g_test_add_func ("/pyramid/reduce/nan", test_nan_poisons);
  g_test_add_func ("/pyramid/reduce/definition", test_definition);
  return g_test_run ();
}
