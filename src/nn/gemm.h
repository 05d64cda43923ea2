/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Products of matrices whose operands convolutions make for it: row by row in
 * memory, b's rows short enough to stay in the cache. Nothing is packed. Single
 * threaded; picks the widest vectors of the CPU when first used, or narrower
 * ones if the environment variable LAM_ISA says so. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Rows of b and c have room for a multiple of so many columns: what lies
 * behind column n is read and written, but never matters. */
#define LAM_GEMM_COLUMNS 16

/* Fails where LAM_ISA is no name that is known. */
bool lam_gemm_init (GError **error);
/* c[m][n] = a[m][k] · b[k][n], added to c if `add`. Steps are elements from
 * one row to the next. The sums go in order of k. */
void lam_gemm (int64_t m, int64_t n, int64_t k, const float *a, int64_t a_step,
    const float *b, int64_t b_step, float *c, int64_t c_step, bool add);
/* to[n][m] = from[m][n]. */
void lam_gemm_turn (int64_t m, int64_t n, const float *from, int64_t from_step,
    float *to, int64_t to_step);
/* "AVX-512", "AVX2", … */
const char *lam_gemm_get_isa (void);

static inline int64_t
lam_gemm_round_up (int64_t n)
{
  return (n + LAM_GEMM_COLUMNS - 1) / LAM_GEMM_COLUMNS * LAM_GEMM_COLUMNS;
}

/* The same, but an odd multiple: rows so far apart do not fall on the same
 * sets of the cache. */
static inline int64_t
lam_gemm_pad (int64_t n)
{
  return lam_gemm_round_up (n) | LAM_GEMM_COLUMNS;
}
