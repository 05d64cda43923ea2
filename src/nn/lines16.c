/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Rounds as nn/pack16.c does, and gives the bits that it would give of floats:
 * units are powers of two, so nothing is rounded but by the one addition. */
#include "nn/lines16.h"

#include <glib.h>

#if defined(__x86_64__)
#include "nn/lanes512.h"

#define LANES LAM_512_LANES

/* Sixteen numbers of a line, those that are not there zero. `is_half` is a
 * constant where it is inlined, as those below. */
LAM_512_INLINE __m512
read_lanes (
    const LamLines16From *from, int64_t x, __mmask16 there, bool is_half)
{
  if (!from->data)
    return _mm512_setzero_ps ();
  if (is_half) {
    const uint16_t *at = (const uint16_t *)from->data + x;
    _mm_prefetch (at + from->next, _MM_HINT_T0);
    return _mm512_cvtph_ps (_mm256_maskz_loadu_epi16 (there, at));
  }
  const float *at = (const float *)from->data + x;
  _mm_prefetch (at + from->next, _MM_HINT_T0);
  return _mm512_maskz_loadu_ps (there, at);
}

LAM_512_INLINE void
pack (const LamLines16From *even, const LamLines16From *odd, int64_t n,
    const LamPack16Unit *unit, int32_t *to, bool is_half)
{
  const __m512i half = _mm512_set1_epi32 (0xffff);
  const __m512 rounder = _mm512_set1_ps (unit->rounder);
  const __m512 even_unit = _mm512_set1_ps (is_half ? even->unit : 1);
  const __m512 odd_unit = _mm512_set1_ps (is_half ? odd->unit : 1);
  for (int64_t x = 0; x < n; x += LANES) {
    __mmask16 there = lam_512_first (n - x);
    __m512 low = read_lanes (even, x, there, is_half);
    __m512 high = read_lanes (odd, x, there, is_half);
    low = _mm512_fmadd_ps (low, even_unit, rounder);
    high = _mm512_fmadd_ps (high, odd_unit, rounder);
    /* (low & half) | high */
    __m512i words = _mm512_ternarylogic_epi32 (_mm512_castps_si512 (low),
        _mm512_slli_epi32 (_mm512_castps_si512 (high), 16), half, 0xec);
    _mm512_mask_storeu_epi32 (to + x, there, words);
  }
}

LAM_512_TARGET void
lam_lines16_pack (const LamLines16From *even, const LamLines16From *odd,
    int64_t n, const LamPack16Unit *unit, int32_t *to)
{
  if (even->unit > 0)
    pack (even, odd, n, unit, to, true);
  else
    pack (even, odd, n, unit, to, false);
}

/* One of each in turn: the first sixteen, and those behind. */
LAM_512_INLINE void
interleave (__m512 even, __m512 odd, __m512 to[2])
{
  const __m512i low = _mm512_setr_epi32 (
      0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const __m512i high = _mm512_setr_epi32 (
      8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  to[0] = _mm512_permutex2var_ps (even, low, odd);
  to[1] = _mm512_permutex2var_ps (even, high, odd);
}

/* `count` of sixteen numbers of each row. */
LAM_512_INLINE void
write_floats (const __m512 *values, int rows, int64_t x, int64_t count,
    const LamLines16To *to)
{
  __m512 lanes[LAM_LINES16_MOST_ROWS];
  float *at = to->to + x * rows;
  if (rows == 2)
    interleave (values[0], values[1], lanes);
  else
    lanes[0] = values[0];
  for (int row = 0; row < rows; row++) {
    _mm_prefetch (at + row * LANES + to->next, _MM_HINT_ET0);
    _mm512_mask_storeu_ps (at + row * LANES,
        lam_512_first (count * rows - row * LANES), lanes[row]);
  }
}

LAM_512_INLINE void
write_halves (const __m512 *values, int rows, int64_t x, int64_t count,
    const LamLines16To *to)
{
  const __m512 per_unit = _mm512_set1_ps (1 / to->to_unit);
  __mmask16 there = lam_512_first (count);
  __m256i halves[LAM_LINES16_MOST_ROWS];
  uint16_t *at = to->to_halves + x * rows;
  for (int row = 0; row < rows; row++)
    halves[row] =
        _mm512_cvtps_ph (values[row] * per_unit, _MM_FROUND_TO_NEAREST_INT);
  _mm_prefetch (at + to->next, _MM_HINT_ET0);
  if (rows == 2)
    _mm512_mask_storeu_epi32 (at, there,
        _mm512_or_si512 (_mm512_cvtepu16_epi32 (halves[0]),
            _mm512_slli_epi32 (_mm512_cvtepu16_epi32 (halves[1]), 16)));
  else
    _mm256_mask_storeu_epi16 (at, there, halves[0]);
}

LAM_512_INLINE float
write_kind (const float *products, int64_t step, int rows, int64_t n,
    float shift, float slope, const LamLines16To *to, float so_far,
    bool is_half)
{
  const __m512 shifts = _mm512_set1_ps (shift), slopes = _mm512_set1_ps (slope);
  __m512i sizes = _mm512_castps_si512 (_mm512_set1_ps (so_far));
  for (int64_t x = 0; x < n; x += LANES) {
    __mmask16 there = lam_512_first (n - x);
    __m512 values[LAM_LINES16_MOST_ROWS];
    for (int row = 0; row < rows; row++) {
      values[row] =
          _mm512_maskz_loadu_ps (there, products + row * step + x) + shifts;
      values[row] = lam_512_activate (values[row], slopes);
      sizes = lam_512_raise (sizes, there, values[row]);
    }
    if (is_half)
      write_halves (values, rows, x, n - x, to);
    else
      write_floats (values, rows, x, n - x, to);
  }
  return lam_512_largest (sizes);
}

LAM_512_TARGET float
lam_lines16_write (const float *products, int64_t step, int rows, int64_t n,
    float shift, LamActivation activation, const LamLines16To *to, float so_far)
{
  float slope = activation.slope;
  g_assert (rows >= 1 && rows <= LAM_LINES16_MOST_ROWS);
  if (rows == 2)
    return to->to_halves
        ? write_kind (products, step, 2, n, shift, slope, to, so_far, true)
        : write_kind (products, step, 2, n, shift, slope, to, so_far, false);
  return to->to_halves
      ? write_kind (products, step, 1, n, shift, slope, to, so_far, true)
      : write_kind (products, step, 1, n, shift, slope, to, so_far, false);
}

#else

void
lam_lines16_pack (const LamLines16From *even, const LamLines16From *odd,
    int64_t n, const LamPack16Unit *unit, int32_t *to)
{
  g_assert_not_reached ();
}

float
lam_lines16_write (const float *products, int64_t step, int rows, int64_t n,
    float shift, LamActivation activation, const LamLines16To *to, float so_far)
{
  g_assert_not_reached ();
}

#endif
