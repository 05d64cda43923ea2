/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* As in gemm.c, sums stay in registers over a cut; then they are floats that
 * are added to c, which stays in the first-level cache over all cuts and
 * terms. Integer sums are exact and each float operation is one instruction,
 * so a plain loop gives the same bits. */
#include "nn/gemm16.h"

#include <glib.h>
#include <string.h>

#include "nn/gemm.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__ ((target ("avx512f,avx512vnni")))
#define INLINE static inline __attribute__ ((always_inline))
#define WIDTH 16
#define ROWS LAM_GEMM16_ROWS
#define VECTORS 3
/* Words of a from here to what is asked for ahead of its use: a is read once
 * in each panel, mostly from behind the second-level cache. */
#define AHEAD 512

/* What is the same for all blocks of c. */
typedef struct {
  int64_t m, pairs;
  const LamGemm16Term *terms;
  int n_terms;
  bool is_joined;
  int64_t b_step, c_step;
} Product;

/* An instruction, because the compiler's own function for it copies sums. */
#define ADD_PRODUCTS(left, right, sum) \
  __asm__("vpdpwssd %2, %1, %0" : "+v"(sum) : "v"(left), "v"(right))

/* Adds the pairs of one term from `first` up to `end`. */
TARGET INLINE void
add_pairs (int vectors, const Product *product, const LamGemm16Term *term,
    int64_t first, int64_t end, int64_t row, int64_t column,
    __m512i sums[ROWS][VECTORS])
{
  int64_t b_step = product->b_step;
  const int32_t *a = term->a + row * product->pairs, *b = term->b + column;
  for (int64_t p = first; p < end; p++) {
    __m512i right[VECTORS];
    _mm_prefetch (a + p * ROWS + AHEAD, _MM_HINT_T0);
#pragma GCC unroll 3
    for (int j = 0; j < vectors; j++)
      right[j] = _mm512_loadu_si512 (b + p * b_step + j * WIDTH);
#pragma GCC unroll 8
    for (int i = 0; i < ROWS; i++) {
      __m512i left = _mm512_set1_epi32 (a[p * ROWS + i]);
#pragma GCC unroll 3
      for (int j = 0; j < vectors; j++)
        ADD_PRODUCTS (left, right[j], sums[i][j]);
    }
  }
}

/* c[rows][vectors · WIDTH], of one cut of `n_terms`; `vectors` is a constant
 * where it is inlined. */
TARGET INLINE void
do_cut (int64_t rows, int vectors, const Product *product,
    const LamGemm16Term *term, int n_terms, int64_t cut, int64_t row,
    int64_t column, float *c, bool add)
{
  __m512i sums[ROWS][VECTORS];
  int64_t first = lam_gemm16_get_cut (product->pairs, cut);
  int64_t end = lam_gemm16_get_cut (product->pairs, cut + 1);
  const float *scales = term->scales + cut * term->scales_step + row;
#pragma GCC unroll 8
  for (int i = 0; i < ROWS; i++)
#pragma GCC unroll 3
    for (int j = 0; j < vectors; j++)
      sums[i][j] = _mm512_setzero_si512 ();
  for (int i = 0; i < n_terms; i++)
    add_pairs (vectors, product, &term[i], first, end, row, column, sums);
#pragma GCC unroll 8
  for (int i = 0; i < ROWS; i++)
#pragma GCC unroll 3
    for (int j = 0; j < vectors; j++) {
      if (i >= rows)
        continue;
      float *to = c + i * product->c_step + j * WIDTH;
      __m512 value = _mm512_cvtepi32_ps (sums[i][j])
          * _mm512_set1_ps (scales[i] * term->scale);
      if (add)
        value = _mm512_loadu_ps (to) + value;
      _mm512_storeu_ps (to, value);
    }
}

TARGET INLINE void
do_block (int64_t rows, int vectors, const Product *product, int64_t row,
    int64_t column, float *c)
{
  int64_t cuts = lam_gemm16_count_cuts (product->pairs);
  c += row * product->c_step + column;
  if (product->is_joined && product->n_terms > 1) {
    do_cut (rows, vectors, product, product->terms, product->n_terms, 0, row,
        column, c, false);
    return;
  }
  for (int i = 0; i < product->n_terms; i++)
    for (int64_t cut = 0; cut < cuts; cut++)
      do_cut (rows, vectors, product, &product->terms[i], 1, cut, row, column,
          c, i > 0 || cut > 0);
}

/* Full blocks, then the rows that are left. */
TARGET INLINE void
do_panel (int vectors, const Product *product, int64_t column, float *c)
{
  int64_t row = 0;
  for (; row + ROWS <= product->m; row += ROWS)
    do_block (ROWS, vectors, product, row, column, c);
  if (row < product->m)
    do_block (product->m - row, vectors, product, row, column, c);
}

TARGET static void
multiply (const Product *product, int64_t n, float *c)
{
  int64_t n_vectors = lam_gemm_round_up (n) / WIDTH;
  for (int64_t j = 0, vectors; j < n_vectors; j += vectors) {
    vectors = n_vectors - j == 4 ? 2 : MIN (VECTORS, n_vectors - j);
    if (vectors == 3)
      do_panel (3, product, j * WIDTH, c);
    else if (vectors == 2)
      do_panel (2, product, j * WIDTH, c);
    else
      do_panel (1, product, j * WIDTH, c);
  }
}

bool
lam_gemm16_is_there (void)
{
  return strcmp (lam_gemm_get_isa (), "AVX-512") == 0
      && __builtin_cpu_supports ("avx512vnni")
      && __builtin_cpu_supports ("avx512bw")
      && __builtin_cpu_supports ("avx512vl");
}

void
lam_gemm16 (int64_t m, int64_t n, int64_t pairs, const LamGemm16Term *terms,
    int n_terms, bool is_joined, int64_t b_step, float *c, int64_t c_step)
{
  const Product product = { m, pairs, terms, n_terms, is_joined, b_step,
    c_step };
  g_assert (lam_gemm16_is_there ());
  multiply (&product, n, c);
}

#else

bool
lam_gemm16_is_there (void)
{
  return false;
}

void
lam_gemm16 (int64_t m, int64_t n, int64_t pairs, const LamGemm16Term *terms,
    int n_terms, bool is_joined, int64_t b_step, float *c, int64_t c_step)
{
  g_assert_not_reached ();
}

#endif
