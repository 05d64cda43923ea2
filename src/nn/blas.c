/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "nn/blas.h"

#include <cblas.h>
#include <glib.h>

void
lam_blas_init (void)
{
  static size_t is_done;
  if (g_once_init_enter (&is_done)) {
    openblas_set_num_threads (1);
    g_once_init_leave (&is_done, 1);
  }
}

void
lam_blas_multiply (int64_t m, int64_t n, int64_t k, const float *a,
    int64_t a_step, const float *b, int64_t b_step, float *c, int64_t c_step,
    bool add)
{
  cblas_sgemm (CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)m, (int)n,
      (int)k, 1, a, (int)a_step, b, (int)b_step, add ? 1 : 0, c, (int)c_step);
}

void
lam_blas_multiply_turned (int64_t m, int64_t n, int64_t k, const float *a,
    int64_t a_step, bool turn_a, const float *b, int64_t b_step, bool turn_b,
    float *c, int64_t c_step)
{
  cblas_sgemm (CblasRowMajor, turn_a ? CblasTrans : CblasNoTrans,
      turn_b ? CblasTrans : CblasNoTrans, (int)m, (int)n, (int)k, 1, a,
      (int)a_step, b, (int)b_step, 0, c, (int)c_step);
}
