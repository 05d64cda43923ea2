/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Written for the CPUs that have the products (nn/gemm16.h): the compiler would
 * take several times as many instructions for what goes from columns to tiles
 * and back. Rounded as in nn/pack16.c: one addition to what the transform
 * gives. Products and sums are contracted here, so all that differs from
 * nn/winograd.c is a little rounding. */
#include "nn/winograd16.h"

#include <glib.h>
#include <string.h>

#include "nn/pack16.h"
#include "nn/winograd-lanes.h"

/* The sum of sizes in each row of B^T. */
static const double gains[LAM_WINOGRAD_IN] = { 2 + LAM_BOTH_2,
  (1 + LAM_NEAR) * (1 + LAM_FAR_2), (1 + LAM_NEAR) * (1 + LAM_FAR_2),
  (1 + LAM_FAR) * (1 + LAM_NEAR_2), (1 + LAM_FAR) * (1 + LAM_NEAR_2),
  2 + LAM_BOTH_2 };

void
lam_winograd16_set_scales (float size, LamWinograd16Scales *scales)
{
  for (int i = 0; i < LAM_WINOGRAD_POINTS; i++) {
    LamPack16Unit unit =
        lam_pack16_find_unit (size * gains[i / 6] * gains[i % 6]);
    scales->rounders[i] = unit.rounder;
    scales->scales[i] = unit.scale;
  }
}

#if defined(__x86_64__)
#include "nn/lanes512.h"

#define TARGET LAM_512_TARGET
#define INLINE LAM_512_INLINE
#define OUT LAM_WINOGRAD_OUT
#define IN LAM_WINOGRAD_IN

typedef __m512 Lanes;

/* B^T along one axis. */
INLINE void
transform_in (const Lanes d[IN], Lanes to[IN])
{
  const Lanes near = _mm512_set1_ps (LAM_NEAR), far = _mm512_set1_ps (LAM_FAR);
  const Lanes near_2 = _mm512_set1_ps (LAM_NEAR_2);
  const Lanes far_2 = _mm512_set1_ps (LAM_FAR_2);
  const Lanes both_2 = _mm512_set1_ps (LAM_BOTH_2);
  Lanes even = _mm512_fnmadd_ps (far_2, d[2], d[4]);
  Lanes odd = _mm512_fnmadd_ps (far_2, d[1], d[3]);
  Lanes far_even = _mm512_fnmadd_ps (near_2, d[2], d[4]);
  Lanes far_odd = _mm512_fnmadd_ps (near_2, d[1], d[3]);
  to[0] = _mm512_fnmadd_ps (both_2, d[2], d[0] + d[4]);
  to[1] = _mm512_fmadd_ps (near, odd, even);
  to[2] = _mm512_fnmadd_ps (near, odd, even);
  to[3] = _mm512_fmadd_ps (far, far_odd, far_even);
  to[4] = _mm512_fnmadd_ps (far, far_odd, far_even);
  to[5] = _mm512_fnmadd_ps (both_2, d[3], d[1] + d[5]);
}

/* Every fourth number of 64, from each of the first four. */
INLINE void
split (const Lanes from[4], Lanes to[4])
{
  const __m512i low = _mm512_setr_epi32 (
      0, 4, 8, 12, 16, 20, 24, 28, 1, 5, 9, 13, 17, 21, 25, 29);
  const __m512i high = _mm512_setr_epi32 (
      2, 6, 10, 14, 18, 22, 26, 30, 3, 7, 11, 15, 19, 23, 27, 31);
  Lanes a = _mm512_permutex2var_ps (from[0], low, from[1]);
  Lanes b = _mm512_permutex2var_ps (from[0], high, from[1]);
  Lanes c = _mm512_permutex2var_ps (from[2], low, from[3]);
  Lanes d = _mm512_permutex2var_ps (from[2], high, from[3]);
  to[0] = _mm512_shuffle_f32x4 (a, c, 0x44);
  to[1] = _mm512_shuffle_f32x4 (a, c, 0xee);
  to[2] = _mm512_shuffle_f32x4 (b, d, 0x44);
  to[3] = _mm512_shuffle_f32x4 (b, d, 0xee);
}

/* Sixteen numbers of a row; those that are not there are zero. `is_half` is a
 * constant where it is inlined. */
INLINE Lanes
read_lanes (const void *row, int64_t x, __mmask16 there, bool is_half)
{
  return is_half ? _mm512_cvtph_ps (
             _mm256_maskz_loadu_epi16 (there, (const uint16_t *)row + x))
                 : _mm512_maskz_loadu_ps (there, (const float *)row + x);
}

/* Which of 64 numbers from `x` on are there: by bit. */
INLINE uint64_t
find_there (const LamWinograd16Rows *from, int64_t x)
{
  int64_t skip = CLAMP (from->skip - x, 0, 64);
  int64_t end = CLAMP (from->end - x, 0, 64);
  uint64_t before = skip < 64 ? (UINT64_C (1) << skip) - 1 : UINT64_MAX;
  uint64_t up_to = end < 64 ? (UINT64_C (1) << end) - 1 : UINT64_MAX;
  return up_to & ~before;
}

/* Sixteen columns along y. */
INLINE void
transform_columns (const void *const rows[IN], int64_t x, __mmask16 there,
    bool is_half, Lanes to[IN])
{
  Lanes d[IN];
#pragma GCC unroll 6
  for (int i = 0; i < IN; i++)
    d[i] = read_lanes (rows[i], x, there, is_half);
  transform_in (d, to);
}

/* A line of the cache is of 32 or 16 numbers. */
INLINE void
ask_for_columns (const void *const rows[IN], int64_t x, bool is_half)
{
  int64_t bytes =
      x * (is_half ? (int64_t)sizeof (uint16_t) : (int64_t)sizeof (float));
#pragma GCC unroll 6
  for (int i = 0; i < IN; i++)
    _mm_prefetch ((const char *)rows[i] + bytes, _MM_HINT_T0);
}

/* Sixteen tiles along y, their columns separated by phase: line by line, each
 * of four phases of `row` floats. */
INLINE void
transform_rows (const LamWinograd16Rows *from, const void *const rows[IN],
    int64_t t, bool is_half, float *phases, int64_t row)
{
  Lanes lines[4][IN];
  uint64_t there = find_there (from, 4 * t);
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    int64_t x = 4 * t + i * LAM_LANES;
    if (!is_half || i % 2 == 0)
      ask_for_columns (rows, x + from->next, is_half);
    transform_columns (
        rows, x, (__mmask16)(there >> i * LAM_LANES), is_half, lines[i]);
  }
#pragma GCC unroll 6
  for (int i = 0; i < IN; i++) {
    const Lanes line[4] = { lines[0][i], lines[1][i], lines[2][i],
      lines[3][i] };
    Lanes phase[4];
    split (line, phase);
    for (int p = 0; p < 4; p++)
      _mm512_storeu_ps (phases + (4 * i + p) * row + t, phase[p]);
  }
}

/* Where nothing is, zeros. */
INLINE void
find_rows (const LamWinograd16Rows *from, int64_t n, float *zeros,
    const void *rows[IN])
{
  bool is_whole = true;
  for (int i = 0; i < IN; i++) {
    is_whole = is_whole && from->rows[i];
    rows[i] = from->rows[i] ? from->rows[i] : zeros;
  }
  if (!is_whole)
    memset (zeros, 0, (size_t)(4 * n + 4) * sizeof *zeros);
}

/* All lines of one channel. */
INLINE void
transform_kind (const LamWinograd16Rows *from, int64_t n, bool is_half,
    float *zeros, float *phases, int64_t row)
{
  const void *rows[IN];
  Lanes last[IN];
  find_rows (from, n, zeros, rows);
  for (int64_t t = 0; t < n; t += LAM_LANES)
    transform_rows (from, rows, t, is_half, phases, row);
  if (n % LAM_LANES)
    return;
  /* What the last tile sees of the next one. */
  transform_columns (
      rows, 4 * n, (__mmask16)find_there (from, 4 * n), is_half, last);
  for (int i = 0; i < IN; i++)
    for (int p = 0; p < 2; p++)
      phases[(4 * i + p) * row + n] = last[i][p];
}

TARGET static void
transform_channel (const LamWinograd16Rows *from, int64_t n, float *zeros,
    float *phases, int64_t row)
{
  if (from->unit > 0)
    transform_kind (from, n, true, zeros, phases, row);
  else
    transform_kind (from, n, false, zeros, phases, row);
}

/* Along x, of one line: to whole numbers in the low bits. */
INLINE void
transform_line (const float *phases, int64_t row, int64_t t, float unit,
    const float rounders[IN], __m512i to[IN])
{
  Lanes d[IN], points[IN];
  for (int i = 0; i < IN; i++)
    d[i] = _mm512_loadu_ps (phases + i % 4 * row + t + i / 4);
  transform_in (d, points);
  for (int i = 0; i < IN; i++)
    to[i] = _mm512_castps_si512 (_mm512_fmadd_ps (
        points[i], _mm512_set1_ps (unit), _mm512_set1_ps (rounders[i])));
}

/* `units` are those of both. */
INLINE void
transform_pair (const float *even, const float *odd, const float units[2],
    int64_t row, int64_t t, int64_t count, const float rounders[IN],
    int32_t *to, int64_t step)
{
  const __m512i half = _mm512_set1_epi32 (0xffff);
  __m512i low[IN], high[IN];
  transform_line (even, row, t, units[0], rounders, low);
  transform_line (odd, row, t, units[1], rounders, high);
  for (int i = 0; i < IN; i++) {
    /* (low & half) | high */
    __m512i words = _mm512_ternarylogic_epi32 (
        low[i], _mm512_slli_epi32 (high[i], 16), half, 0xec);
    if (count >= LAM_LANES)
      _mm512_storeu_si512 (to + i * step + t, words);
    else
      _mm512_mask_storeu_epi32 (
          to + i * step + t, lam_512_first (count), words);
  }
}

TARGET void
lam_winograd16_input (const LamWinograd16Rows *first,
    const LamWinograd16Rows *second, int64_t n,
    const LamWinograd16Scales *scales, float *scratch, int32_t *to,
    int64_t step)
{
  const float units[2] = { first->unit > 0 ? first->unit : 1,
    second->unit > 0 ? second->unit : 1 };
  int64_t row = LAM_WINOGRAD_ROW (n);
  float *even = scratch, *odd = even + IN * 4 * row,
        *zeros = odd + IN * 4 * row;
  transform_channel (first, n, zeros, even, row);
  transform_channel (second, n, zeros, odd, row);
  for (int i = 0; i < IN; i++) {
    const float *rounders = scales->rounders + i * IN;
    int64_t t = 0;
    for (; t + LAM_LANES <= n; t += LAM_LANES)
      transform_pair (even, odd, units, row, t, LAM_LANES, rounders, to, step);
    if (t < n)
      transform_pair (even, odd, units, row, t, n - t, rounders, to, step);
    even += 4 * row;
    odd += 4 * row;
    to += IN * step;
  }
}

/* A^T along one axis, plus `shift`. */
INLINE void
transform_out (const Lanes m[IN], Lanes shift, Lanes to[OUT])
{
  const Lanes near = _mm512_set1_ps (LAM_NEAR), far = _mm512_set1_ps (LAM_FAR);
  const Lanes near_2 = _mm512_set1_ps (LAM_NEAR_2);
  const Lanes far_2 = _mm512_set1_ps (LAM_FAR_2);
  const Lanes near_3 = _mm512_set1_ps (LAM_NEAR_3);
  const Lanes far_3 = _mm512_set1_ps (LAM_FAR_3);
  Lanes sum = m[1] + m[2], difference = m[1] - m[2];
  Lanes far_sum = m[3] + m[4], far_difference = m[3] - m[4];
  to[0] = (m[0] + shift) + (sum + far_sum);
  to[1] = _mm512_fmadd_ps (
      near, difference, _mm512_fmadd_ps (far, far_difference, shift));
  to[2] =
      _mm512_fmadd_ps (near_2, sum, _mm512_fmadd_ps (far_2, far_sum, shift));
  to[3] = _mm512_fmadd_ps (near_3, difference,
      _mm512_fmadd_ps (far_3, far_difference, m[5] + shift));
}

/* One number of each of the four, in turn. */
INLINE void
join (const Lanes from[4], Lanes to[4])
{
  const __m512i low = _mm512_setr_epi32 (
      0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const __m512i high = _mm512_setr_epi32 (
      8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  const __m512i low_pairs = _mm512_setr_epi64 (0, 8, 1, 9, 2, 10, 3, 11);
  const __m512i high_pairs = _mm512_setr_epi64 (4, 12, 5, 13, 6, 14, 7, 15);
  __m512d a = _mm512_castps_pd (_mm512_permutex2var_ps (from[0], low, from[1]));
  __m512d b = _mm512_castps_pd (_mm512_permutex2var_ps (from[2], low, from[3]));
  __m512d c =
      _mm512_castps_pd (_mm512_permutex2var_ps (from[0], high, from[1]));
  __m512d d =
      _mm512_castps_pd (_mm512_permutex2var_ps (from[2], high, from[3]));
  to[0] = _mm512_castpd_ps (_mm512_permutex2var_pd (a, low_pairs, b));
  to[1] = _mm512_castpd_ps (_mm512_permutex2var_pd (a, high_pairs, b));
  to[2] = _mm512_castpd_ps (_mm512_permutex2var_pd (c, low_pairs, d));
  to[3] = _mm512_castpd_ps (_mm512_permutex2var_pd (c, high_pairs, d));
}

/* Sixteen columns from `at` on; `left` are there. */
INLINE void
write_lanes (Lanes value, int64_t left, const LamWinograd16Place *place,
    int64_t at, bool is_half, Lanes per_unit, __m512i *sizes)
{
  __mmask16 there = lam_512_first (left);
  __m256i half = _mm512_cvtps_ph (value * per_unit, _MM_FROUND_TO_NEAREST_INT);
  if (left >= LAM_LANES) {
    if (is_half)
      _mm256_storeu_si256 ((__m256i *)(place->to_halves + at), half);
    else
      _mm512_storeu_ps (place->to + at, value);
    *sizes = lam_512_raise (*sizes, UINT16_MAX, value);
  } else {
    if (is_half)
      _mm256_mask_storeu_epi16 (place->to_halves + at, there, half);
    else
      _mm512_mask_storeu_ps (place->to + at, there, value);
    *sizes = lam_512_raise (*sizes, there, value);
  }
}

/* For what comes next. */
INLINE void
ask_for_place (const LamWinograd16Place *place, int64_t at, bool is_half)
{
  if (is_half)
    _mm_prefetch (place->to_halves + at + place->next, _MM_HINT_ET0);
  else
    _mm_prefetch (place->to + at + place->next, _MM_HINT_ET0);
}

/* Sixteen tiles. */
INLINE void
write_tiles (const float *from, int64_t step, float shift, float slope,
    const LamWinograd16Place *place, int64_t x, bool is_whole, bool is_half,
    __m512i *sizes)
{
  Lanes per_unit = _mm512_set1_ps (is_half ? 1 / place->to_unit : 1);
  Lanes lines[OUT][IN];
#pragma GCC unroll 6
  for (int j = 0; j < IN; j++) {
    Lanes m[IN], line[OUT];
    for (int i = 0; i < IN; i++)
      m[i] = _mm512_loadu_ps (from + (i * IN + j) * step);
    for (int i = 0; i < IN; i++)
      _mm_prefetch (
          from + (i * IN + j) * step + place->next_products, _MM_HINT_T0);
    transform_out (m, _mm512_setzero_ps (), line);
    for (int q = 0; q < OUT; q++)
      lines[q][j] = line[q];
  }
#pragma GCC unroll 4
  for (int q = 0; q < OUT; q++) {
    Lanes phases[OUT], joined[OUT];
    int64_t at = q * place->step + x;
    if (!is_whole && q >= place->height)
      return;
    transform_out (lines[q], _mm512_set1_ps (shift), phases);
    for (int p = 0; p < OUT; p++)
      phases[p] = lam_512_activate (phases[p], _mm512_set1_ps (slope));
    join (phases, joined);
    for (int p = 0; p < OUT; p++) {
      int64_t from_here = p * LAM_LANES;
      if (!is_half || p % 2 == 0)
        ask_for_place (place, at + from_here, is_half);
      write_lanes (joined[p],
          is_whole ? LAM_LANES : place->width - x - from_here, place,
          at + from_here, is_half, per_unit, sizes);
    }
  }
}

INLINE float
write_kind (const float *from, int64_t step, float shift, float slope,
    const LamWinograd16Place *place, bool is_half)
{
  __m512i sizes = _mm512_setzero_si512 ();
  bool is_high = place->height >= OUT;
  for (int64_t x = 0; x < place->width; x += OUT * LAM_LANES)
    if (is_high && x + OUT * LAM_LANES <= place->width)
      write_tiles (
          from + x / OUT, step, shift, slope, place, x, true, is_half, &sizes);
    else
      write_tiles (
          from + x / OUT, step, shift, slope, place, x, false, is_half, &sizes);
  return lam_512_largest (sizes);
}

TARGET float
lam_winograd16_output (const float *from, int64_t step, float shift,
    LamActivation activation, const LamWinograd16Place *place)
{
  return place->to_halves
      ? write_kind (from, step, shift, activation.slope, place, true)
      : write_kind (from, step, shift, activation.slope, place, false);
}

#else

void
lam_winograd16_input (const LamWinograd16Rows *first,
    const LamWinograd16Rows *second, int64_t n,
    const LamWinograd16Scales *scales, float *scratch, int32_t *to,
    int64_t step)
{
  g_assert_not_reached ();
}

float
lam_winograd16_output (const float *from, int64_t step, float shift,
    LamActivation activation, const LamWinograd16Place *place)
{
  g_assert_not_reached ();
}

#endif
