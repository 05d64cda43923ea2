/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Products of matrices of 16-bit integers, for CPUs that multiply and add
 * pairs of them as fast as single floats (AVX-512 VNNI). A word of 32 bits
 * holds two numbers of the sum's index, the even one in the low half. Single
 * threaded. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Numbers are within ±LAM_GEMM16_MOST. */
#define LAM_GEMM16_MOST 32767
/* Sums of so many pairs go to floats, so as not to overflow: the sizes of the
 * numbers of each row of a, within each cut, add up to LAM_GEMM16_MOST_SUM at
 * most. Times the largest number of b that is below 2³¹. */
#define LAM_GEMM16_CUT 96
#define LAM_GEMM16_MOST_SUM 65536

/* Rows of a lie in blocks of so many, one pair of all of them behind the other:
 * a block is read in one go. */
#define LAM_GEMM16_ROWS 8

/* One of the products that are added up. */
typedef struct {
  const int32_t *a; /* Borrowed; blocks of rows; see lam_gemm16_find_a() */
  const int32_t *b; /* Borrowed; `pairs` rows */
  const float *scales; /* Borrowed; what 1 is worth; by cut and row of a */
  int64_t scales_step; /* from one cut to the next */
  float scale; /* likewise, of all */
} LamGemm16Term;

/* Whether several terms of so many pairs may go to floats together, as one cut:
 * then sizes of all of them add up to LAM_GEMM16_MOST_SUM at most. */
static inline bool
lam_gemm16_can_join (int64_t pairs, int64_t n_terms)
{
  return pairs * n_terms <= LAM_GEMM16_CUT;
}

/* Whether this CPU can (and can handle 16-bit numbers otherwise, as all do that
 * can), and LAM_ISA does not forbid it. */
bool lam_gemm16_is_there (void);
/* `is_joined`: as one cut; what 1 is worth is said by the first term for
 * all.
 * c[m][n] = Σ over the terms and their cuts of scale · scales[cut][m] · (a · b
 * within the cut), added up in that order. b and c are as lam_gemm() wants
 * them. */
void lam_gemm16 (int64_t m, int64_t n, int64_t pairs,
    const LamGemm16Term *terms, int n_terms, bool is_joined, int64_t b_step,
    float *c, int64_t c_step);

static inline int64_t
lam_gemm16_count_cuts (int64_t pairs)
{
  return (pairs + LAM_GEMM16_CUT - 1) / LAM_GEMM16_CUT;
}

/* Where the cut begins: the next one's begin is its end. */
static inline int64_t
lam_gemm16_get_cut (int64_t pairs, int64_t cut)
{
  return pairs * cut / lam_gemm16_count_cuts (pairs);
}

/* Words of m rows of a, in whole blocks: those behind row m are read, but never
 * matter. */
static inline int64_t
lam_gemm16_count_words (int64_t m, int64_t pairs)
{
  return (m + LAM_GEMM16_ROWS - 1) / LAM_GEMM16_ROWS * LAM_GEMM16_ROWS * pairs;
}

/* Where the pair of a row of a is. */
static inline int64_t
lam_gemm16_find_a (int64_t row, int64_t pair, int64_t pairs)
{
  return (row / LAM_GEMM16_ROWS * pairs + pair) * LAM_GEMM16_ROWS
      + row % LAM_GEMM16_ROWS;
}
