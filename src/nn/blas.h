/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The products of matrices, row by row in memory, single-threaded: threads
 * are ours (nn/team.h). The only door to OpenBLAS. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Loads OpenBLAS: before the first product; any thread, any number of times.
 */
bool lam_blas_init (GError **error);
/* c[m][n] = a[m][k] · b[k][n], added to c if `add`. Steps are elements from
 * one row to the next. */
void lam_blas_multiply (int64_t m, int64_t n, int64_t k, const float *a,
    int64_t a_step, const float *b, int64_t b_step, float *c, int64_t c_step,
    bool add);
/* The same with a or b given as columns: a[k][m], b[n][k]. */
void lam_blas_multiply_turned (int64_t m, int64_t n, int64_t k, const float *a,
    int64_t a_step, bool turn_a, const float *b, int64_t b_step, bool turn_b,
    float *c, int64_t c_step);
