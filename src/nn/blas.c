/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* OpenBLAS starts its threads while it is loaded, with whatever signals the
 * loading thread lets through; linked in the ordinary way that is before
 * main(), and Ctrl+C could end the program in one of them instead of reaching
 * the thread that waits for it. So it is loaded when the first network is
 * opened, all signals blocked meanwhile; programs that open none do without. */
#include "nn/blas.h"

#include <cblas.h>
#include <dlfcn.h>
#include <glib/gi18n-lib.h>
#include <signal.h>

#include "base/error.h"

#define LIBRARY "libopenblas.so.0"

static struct {
  __typeof__ (&cblas_sgemm) multiply;
  char *failure; /* Owned, for ever; NULL: loaded */
} blas;

static void
load (void)
{
  void *library = dlopen (LIBRARY, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    blas.failure = g_strdup (dlerror ());
    return;
  }
  __typeof__ (&openblas_set_num_threads) set_threads;
  *(void **)&blas.multiply = dlsym (library, "cblas_sgemm");
  *(void **)&set_threads = dlsym (library, "openblas_set_num_threads");
  if (blas.multiply && set_threads)
    set_threads (1);
  else
    blas.failure = g_strdup (LIBRARY);
}

bool
lam_blas_init (GError **error)
{
  static size_t is_done;
  if (g_once_init_enter (&is_done)) {
    sigset_t all, before;
    sigfillset (&all);
    pthread_sigmask (SIG_SETMASK, &all, &before);
    load ();
    pthread_sigmask (SIG_SETMASK, &before, NULL);
    g_once_init_leave (&is_done, 1);
  }
  if (!blas.failure)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
      _ ("networks need OpenBLAS, which cannot be loaded: %s"), blas.failure);
  return false;
}

void
lam_blas_multiply (int64_t m, int64_t n, int64_t k, const float *a,
    int64_t a_step, const float *b, int64_t b_step, float *c, int64_t c_step,
    bool add)
{
  blas.multiply (CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)m, (int)n,
      (int)k, 1, a, (int)a_step, b, (int)b_step, add ? 1 : 0, c, (int)c_step);
}

void
lam_blas_multiply_turned (int64_t m, int64_t n, int64_t k, const float *a,
    int64_t a_step, bool turn_a, const float *b, int64_t b_step, bool turn_b,
    float *c, int64_t c_step)
{
  blas.multiply (CblasRowMajor, turn_a ? CblasTrans : CblasNoTrans,
      turn_b ? CblasTrans : CblasNoTrans, (int)m, (int)n, (int)k, 1, a,
      (int)a_step, b, (int)b_step, 0, c, (int)c_step);
}
