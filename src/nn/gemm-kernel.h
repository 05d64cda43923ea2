/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The kernel of lam_gemm(), included once for each ISA with these defined:
 * NAME (x): the ISA's name for x; TARGET: attributes; WIDTH: floats of a
 * vector; ROWS: of c that fit the registers, three vectors each; ADD_PRODUCT
 * (a, b, sum). */
/* In a build with sanitisers most of the time of all tests goes here; addresses
 * are still looked at. */
#define UNCHECKED __attribute__ ((no_sanitize ("undefined")))

typedef float NAME (Vector) __attribute__ ((vector_size (WIDTH * 4)));
typedef float NAME (Loose)
    __attribute__ ((vector_size (WIDTH * 4), aligned (4), may_alias));

/* c[rows][vectors · WIDTH]; both are constants where it is inlined. */
TARGET UNCHECKED static inline __attribute__ ((always_inline)) void
NAME (block) (int rows, int vectors, int64_t k, const float *a, int64_t a_step,
    const float *b, int64_t b_step, float *c, int64_t c_step, bool add)
{
  NAME (Vector) sums[ROWS][3];
#pragma GCC unroll 8
  for (int i = 0; i < rows; i++)
#pragma GCC unroll 3
    for (int j = 0; j < vectors; j++)
      if (add)
        sums[i][j] = *(const NAME (Loose) *)(c + i * c_step + j * WIDTH);
      else
        sums[i][j] = (NAME (Vector)){ 0 };
  for (int64_t p = 0; p < k; p++) {
    NAME (Vector) right[3];
#pragma GCC unroll 3
    for (int j = 0; j < vectors; j++)
      right[j] = *(const NAME (Loose) *)(b + p * b_step + j * WIDTH);
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++) {
      NAME (Vector) left = a[i * a_step + p] - (NAME (Vector)){ 0 };
#pragma GCC unroll 3
      for (int j = 0; j < vectors; j++)
        sums[i][j] = ADD_PRODUCT (left, right[j], sums[i][j]);
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < rows; i++)
#pragma GCC unroll 3
    for (int j = 0; j < vectors; j++)
      *(NAME (Loose) *)(c + i * c_step + j * WIDTH) = sums[i][j];
}

/* Full blocks, then the rows that are left. */
#define CASES(vectors) \
  for (; m >= ROWS; m -= ROWS, a += ROWS * a_step, c += ROWS * c_step) \
    NAME (block) (ROWS, vectors, k, a, a_step, b, b_step, c, c_step, add); \
  for (; m >= 2; m -= 2, a += 2 * a_step, c += 2 * c_step) \
    NAME (block) (2, vectors, k, a, a_step, b, b_step, c, c_step, add); \
  if (m) \
  NAME (block) (1, vectors, k, a, a_step, b, b_step, c, c_step, add)

TARGET UNCHECKED static void
NAME (panel) (int64_t m, int vectors, int64_t k, const float *a, int64_t a_step,
    const float *b, int64_t b_step, float *c, int64_t c_step, bool add)
{
  if (vectors == 3) {
    CASES (3);
  } else if (vectors == 2) {
    CASES (2);
  } else {
    CASES (1);
  }
}

#undef CASES
#undef UNCHECKED
#undef NAME
#undef TARGET
#undef WIDTH
#undef ROWS
#undef ADD_PRODUCT
