/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Three vectors of b's columns at a time: that panel of b, cut to MAX_DEPTH
 * rows, stays in the first-level cache while the rows of a go by. Each sum
 * stays in a register over the depth; per product of vectors that is one load
 * for two or more multiplications, which no CPU here waits for. */
#include "nn/gemm.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#define MAX_DEPTH 192

#if defined(__x86_64__)
#define NAME(x) avx512_##x
#define TARGET __attribute__ ((target ("avx512f")))
#define WIDTH 16
#define ROWS 8
#define ADD_PRODUCT(a, b, sum) _mm512_fmadd_ps (a, b, sum)
#include "nn/gemm-kernel.h"

#define NAME(x) avx2_##x
#define TARGET __attribute__ ((target ("avx2,fma")))
#define WIDTH 8
#define ROWS 4
#define ADD_PRODUCT(a, b, sum) _mm256_fmadd_ps (a, b, sum)
#include "nn/gemm-kernel.h"
#endif

#define NAME(x) plain_##x
#define TARGET
#define WIDTH 4
#if defined(__aarch64__)
#define ROWS 8
#define ADD_PRODUCT(a, b, sum) vfmaq_f32 (sum, a, b)
#else
#define ROWS 4
#define ADD_PRODUCT(a, b, sum) ((sum) + (a) * (b))
#endif
#include "nn/gemm-kernel.h"

typedef struct {
  const char *key, *name;
  int width;
  void (*panel) (int64_t m, int vectors, int64_t k, const float *a,
      int64_t a_step, const float *b, int64_t b_step, float *c, int64_t c_step,
      bool add);
} Kernel;

/* Widest first. */
static const Kernel kernels[] = {
#if defined(__x86_64__)
  { "avx512", "AVX-512", 16, avx512_panel },
  { "avx2", "AVX2", 8, avx2_panel },
#endif
  { "plain", "4 floats", 4, plain_panel },
};

static bool
is_there (const Kernel *kernel)
{
#if defined(__x86_64__)
  if (kernel->width == 16)
    return __builtin_cpu_supports ("avx512f");
  if (kernel->width == 8)
    return __builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma");
#endif
  return true;
}

/* The widest that the CPU has, but none above the one named `most` (NULL:
 * any). NULL where there is no such name. */
static const Kernel *
find_kernel (const char *most)
{
  bool is_allowed = !most;
  for (size_t i = 0; i < G_N_ELEMENTS (kernels); i++) {
    is_allowed = is_allowed || strcmp (kernels[i].key, most) == 0;
    if (is_allowed && is_there (&kernels[i]))
      return &kernels[i];
  }
  return NULL;
}

static const Kernel *
get_kernel (void)
{
  static const Kernel *kernel;
  if (g_once_init_enter (&kernel)) {
    const Kernel *found = find_kernel (g_getenv ("LAM_ISA"));
    g_once_init_leave (&kernel, found ? found : find_kernel (NULL));
  }
  return kernel;
}

bool
lam_gemm_init (GError **error)
{
  const char *most = g_getenv ("LAM_ISA");
  if (find_kernel (most))
    return true;
  g_autofree char *valid = g_utf8_make_valid (most, -1);
  g_autoptr (GString) known = g_string_new (NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (kernels); i++)
    g_string_append_printf (known, "%s%s", i ? ", " : "", kernels[i].key);
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("LAM_ISA is “%s”, but must be one of these: %s"), valid, known->str);
  return false;
}

const char *
lam_gemm_get_isa (void)
{
  return get_kernel ()->name;
}

void
lam_gemm (int64_t m, int64_t n, int64_t k, const float *a, int64_t a_step,
    const float *b, int64_t b_step, float *c, int64_t c_step, bool add)
{
  const Kernel *kernel = get_kernel ();
  int64_t n_vectors = lam_gemm_round_up (n) / kernel->width;
  int64_t cuts = MAX ((k + MAX_DEPTH - 1) / MAX_DEPTH, 1);
  for (int64_t cut = 0; cut < cuts; cut++) {
    int64_t first = k * cut / cuts, depth = k * (cut + 1) / cuts - first;
    for (int64_t j = 0, vectors; j < n_vectors; j += vectors) {
      /* Two and two are faster than three and one. */
      vectors = n_vectors - j == 4 ? 2 : MIN (3, n_vectors - j);
      kernel->panel (m, (int)vectors, depth, a + first, a_step,
          b + first * b_step + j * kernel->width, b_step, c + j * kernel->width,
          c_step, add || cut > 0);
    }
  }
}

typedef float Four __attribute__ ((vector_size (16), aligned (4), may_alias));

static inline void
turn_four (const float *from, int64_t from_step, float *to, int64_t to_step)
{
  Four a = *(const Four *)from, b = *(const Four *)(from + from_step);
  Four c = *(const Four *)(from + 2 * from_step);
  Four d = *(const Four *)(from + 3 * from_step);
  Four ab = __builtin_shufflevector (a, b, 0, 4, 1, 5);
  Four ab_high = __builtin_shufflevector (a, b, 2, 6, 3, 7);
  Four cd = __builtin_shufflevector (c, d, 0, 4, 1, 5);
  Four cd_high = __builtin_shufflevector (c, d, 2, 6, 3, 7);
  *(Four *)to = __builtin_shufflevector (ab, cd, 0, 1, 4, 5);
  *(Four *)(to + to_step) = __builtin_shufflevector (ab, cd, 2, 3, 6, 7);
  *(Four *)(to + 2 * to_step) =
      __builtin_shufflevector (ab_high, cd_high, 0, 1, 4, 5);
  *(Four *)(to + 3 * to_step) =
      __builtin_shufflevector (ab_high, cd_high, 2, 3, 6, 7);
}

/* In strips of 16 rows: each line of `to` is written in one go. */
void
lam_gemm_turn (int64_t m, int64_t n, const float *from, int64_t from_step,
    float *to, int64_t to_step)
{
  int64_t m4 = m & ~INT64_C (3), n4 = n & ~INT64_C (3);
  for (int64_t strip = 0; strip < m4; strip += 16)
    for (int64_t j = 0; j < n4; j += 4)
      for (int64_t i = strip; i < MIN (strip + 16, m4); i += 4)
        turn_four (
            from + i * from_step + j, from_step, to + j * to_step + i, to_step);
  for (int64_t i = 0; i < m; i++)
    for (int64_t j = i < m4 ? n4 : 0; j < n; j++)
      to[j * to_step + i] = from[i * from_step + j];
}
