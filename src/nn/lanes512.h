/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What is done to sixteen floats at a time by all that is written for CPUs with
 * AVX-512. To be included where __x86_64__ is defined. */
#pragma once

#include <glib.h>
#include <immintrin.h>
#include <stdint.h>

#define LAM_512_TARGET __attribute__ ((target ("avx512f,avx512bw,avx512vl")))
#define LAM_512_INLINE \
  LAM_512_TARGET static inline __attribute__ ((always_inline))
#define LAM_512_LANES 16

/* The first `n` lanes. */
LAM_512_INLINE __mmask16
lam_512_first (int64_t n)
{
  return (__mmask16)((1u << CLAMP (n, 0, LAM_512_LANES)) - 1);
}

/* As lam_activation_get(). */
LAM_512_INLINE __m512
lam_512_activate (__m512 value, __m512 slope)
{
  const __m512 zero = _mm512_setzero_ps ();
  /* Of something that is no number, what is behind. */
  return _mm512_fmadd_ps (
      _mm512_min_ps (zero, value), slope, _mm512_max_ps (zero, value));
}

/* Sizes are ordered as their bits, as in nn/size.c. */
LAM_512_INLINE __m512i
lam_512_raise (__m512i sizes, __mmask16 there, __m512 value)
{
  const __m512i no_sign = _mm512_set1_epi32 (INT32_MAX);
  return _mm512_mask_max_epi32 (sizes, there, sizes,
      _mm512_and_si512 (_mm512_castps_si512 (value), no_sign));
}

LAM_512_INLINE float
lam_512_largest (__m512i sizes)
{
  return _mm512_cvtss_f32 (_mm512_castsi512_ps (
      _mm512_set1_epi32 (_mm512_reduce_max_epi32 (sizes))));
}
