/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "nn/half.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "nn/gemm16.h"

/* Units below or above these would leave the floats. */
#define LEAST_EXPONENT (-100)
#define MOST_EXPONENT 100
/* The bound is not above 2^15 units; 2^16 is the first that overflows. */
#define BOUND_EXPONENT 15

bool
lam_half_is_there (void)
{
  return lam_gemm16_is_there ();
}

float
lam_half_find_unit (double bound)
{
  int exponent = BOUND_EXPONENT;
  if (isfinite (bound) && bound > 0)
    frexp (bound, &exponent); /* bound ≤ 2^exponent */
  return (float)ldexp (
      1, CLAMP (exponent - BOUND_EXPONENT, LEAST_EXPONENT, MOST_EXPONENT));
}

#if defined(__x86_64__)
#include "nn/lanes512.h"

#define TARGET LAM_512_TARGET
#define LANES LAM_512_LANES

TARGET void
lam_half_read (const uint16_t *from, float unit, int64_t n, float *to)
{
  __m512 units = _mm512_set1_ps (unit);
  for (int64_t i = 0; i < n; i += LANES) {
    __mmask16 there = lam_512_first (n - i);
    _mm512_mask_storeu_ps (to + i, there,
        _mm512_cvtph_ps (_mm256_maskz_loadu_epi16 (there, from + i)) * units);
  }
}

TARGET void
lam_half_write (const float *from, float unit, int64_t n, uint16_t *to)
{
  __m512 per_unit = _mm512_set1_ps (1 / unit);
  for (int64_t i = 0; i < n; i += LANES) {
    __mmask16 there = lam_512_first (n - i);
    __m512 value = _mm512_maskz_loadu_ps (there, from + i) * per_unit;
    _mm256_mask_storeu_epi16 (
        to + i, there, _mm512_cvtps_ph (value, _MM_FROUND_TO_NEAREST_INT));
  }
}

TARGET float
lam_half_find_size (const uint16_t *from, float unit, int64_t n, float so_far)
{
  __m512i sizes = _mm512_castps_si512 (_mm512_set1_ps (so_far));
  for (int64_t i = 0; i < n; i += LANES) {
    __m512 value = _mm512_cvtph_ps (
        _mm256_maskz_loadu_epi16 (lam_512_first (n - i), from + i));
    sizes = lam_512_raise (sizes, UINT16_MAX, value * _mm512_set1_ps (unit));
  }
  return lam_512_largest (sizes);
}

#define SUMS 4

TARGET void
lam_half_add (const uint16_t *from, float unit, float shift, int64_t n,
    double *sum, double *squares)
{
  const __m512 units = _mm512_set1_ps (unit), away = _mm512_set1_ps (shift);
  __m512 sums[SUMS], products[SUMS];
  int64_t i = 0;
  for (int j = 0; j < SUMS; j++)
    sums[j] = products[j] = _mm512_setzero_ps ();
  for (; i + SUMS * LANES <= n; i += SUMS * LANES)
#pragma GCC unroll 4
    for (int j = 0; j < SUMS; j++) {
      __m512 value = _mm512_fmsub_ps (_mm512_cvtph_ps (_mm256_loadu_si256 ((
                                          const void *)(from + i + j * LANES))),
          units, away);
      sums[j] = sums[j] + value;
      products[j] = _mm512_fmadd_ps (value, value, products[j]);
    }
  for (; i < n; i += LANES) {
    __mmask16 there = lam_512_first (n - i);
    __m512 value = _mm512_maskz_fmsub_ps (there,
        _mm512_cvtph_ps (_mm256_maskz_loadu_epi16 (there, from + i)), units,
        away);
    sums[0] = sums[0] + value;
    products[0] = _mm512_fmadd_ps (value, value, products[0]);
  }
  *sum += _mm512_reduce_add_ps ((sums[0] + sums[1]) + (sums[2] + sums[3]));
  *squares += _mm512_reduce_add_ps (
      (products[0] + products[1]) + (products[2] + products[3]));
}

TARGET float
lam_half_map (const LamHalfMap *map, const uint16_t *from, int64_t n,
    uint16_t *to, float so_far)
{
  const __m512 scale = _mm512_set1_ps (map->scale * map->unit);
  const __m512 shift = _mm512_set1_ps (map->shift);
  const __m512 slope = _mm512_set1_ps (map->activation.slope);
  const __m512 per_unit = _mm512_set1_ps (1 / map->to_unit);
  __m512i sizes = _mm512_castps_si512 (_mm512_set1_ps (so_far));
  for (int64_t i = 0; i < n; i += LANES) {
    __mmask16 there = lam_512_first (n - i);
    __m512 value = _mm512_cvtph_ps (_mm256_maskz_loadu_epi16 (there, from + i));
    value = _mm512_fmadd_ps (value, scale, shift);
    value = lam_512_activate (value, slope);
    sizes = lam_512_raise (sizes, there, value);
    _mm256_mask_storeu_epi16 (to + i, there,
        _mm512_cvtps_ph (value * per_unit, _MM_FROUND_TO_NEAREST_INT));
  }
  return lam_512_largest (sizes);
}

/* Bits that are ordered as the numbers are, and back. */
TARGET static inline __m512i
turn_negatives (__m512i bits)
{
  const __m512i no_sign = _mm512_set1_epi16 (INT16_MAX);
  return _mm512_xor_si512 (
      bits, _mm512_and_si512 (_mm512_srai_epi16 (bits, 15), no_sign));
}

TARGET void
lam_half_take_pairs (
    const uint16_t *first, const uint16_t *second, int64_t n, uint16_t *to)
{
  for (int64_t i = 0; i < n; i += LANES) {
    __mmask16 there = lam_512_first (n - i);
    __m512i low = turn_negatives (
        _mm512_maskz_loadu_epi32 (there, (const void *)(first + 2 * i)));
    __m512i high = turn_negatives (
        _mm512_maskz_loadu_epi32 (there, (const void *)(second + 2 * i)));
    __m512i most = _mm512_max_epi16 (low, high);
    most = _mm512_max_epi16 (most, _mm512_srli_epi32 (most, 16));
    _mm256_mask_storeu_epi16 (
        to + i, there, _mm512_cvtepi32_epi16 (turn_negatives (most)));
  }
}

TARGET void
lam_half_take_larger (const uint16_t *from, int64_t n, uint16_t *to)
{
  for (int64_t i = 0; i < n; i += 2 * LANES) {
    int64_t left = MIN (n - i, 2 * LANES);
    __mmask32 there = (__mmask32)((UINT64_C (1) << left) - 1);
    __m512i a = turn_negatives (_mm512_maskz_loadu_epi16 (there, from + i));
    __m512i b = turn_negatives (_mm512_maskz_loadu_epi16 (there, to + i));
    _mm512_mask_storeu_epi16 (
        to + i, there, turn_negatives (_mm512_max_epi16 (a, b)));
  }
}

#else

void
lam_half_take_larger (const uint16_t *from, int64_t n, uint16_t *to)
{
  g_assert_not_reached ();
}

void
lam_half_add (const uint16_t *from, float unit, float shift, int64_t n,
    double *sum, double *squares)
{
  g_assert_not_reached ();
}

float
lam_half_map (const LamHalfMap *map, const uint16_t *from, int64_t n,
    uint16_t *to, float so_far)
{
  g_assert_not_reached ();
}

void
lam_half_take_pairs (
    const uint16_t *first, const uint16_t *second, int64_t n, uint16_t *to)
{
  g_assert_not_reached ();
}

void
lam_half_read (const uint16_t *from, float unit, int64_t n, float *to)
{
  g_assert_not_reached ();
}

void
lam_half_write (const float *from, float unit, int64_t n, uint16_t *to)
{
  g_assert_not_reached ();
}

float
lam_half_find_size (const uint16_t *from, float unit, int64_t n, float so_far)
{
  g_assert_not_reached ();
}

#endif
