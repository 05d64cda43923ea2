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

/* In place of loops, so that the sums are seen to stay in registers before a
 * sanitiser adds what looks at each place in memory. */
#define EACH_VECTOR(do_one, i) \
  do_one (i, 0); \
  do_one (i, 1); \
  do_one (i, 2)
#define EACH_ROW(do_one) \
  do_one (0); \
  do_one (1); \
  do_one (2); \
  do_one (3); \
  do_one (4); \
  do_one (5); \
  do_one (6); \
  do_one (7)

#define START(i, j) \
  if (i < rows && j < vectors && add) \
  sums[i][j] = *(const NAME (Loose) *)(c + i * c_step + j * WIDTH)
#define START_ROW(i) EACH_VECTOR (START, i)
#define LOAD(i, j) \
  if (j < vectors) \
  right[j] = *(const NAME (Loose) *)(b + p * b_step + j * WIDTH)
#define MULTIPLY(i, j) \
  if (j < vectors) \
  sums[i][j] = ADD_PRODUCT (left, right[j], sums[i][j])
#define MULTIPLY_ROW(i) \
  if (i < rows) { \
    NAME (Vector) left = a[i * a_step + p] - (NAME (Vector)){ 0 }; \
    EACH_VECTOR (MULTIPLY, i); \
  }
#define STORE(i, j) \
  if (i < rows && j < vectors) \
  *(NAME (Loose) *)(c + i * c_step + j * WIDTH) = sums[i][j]
#define STORE_ROW(i) EACH_VECTOR (STORE, i)

/* c[rows][vectors · WIDTH]; both are constants where it is inlined. */
TARGET UNCHECKED static inline __attribute__ ((always_inline)) void
NAME (block) (int rows, int vectors, int64_t k, const float *a, int64_t a_step,
    const float *b, int64_t b_step, float *c, int64_t c_step, bool add)
{
  NAME (Vector) sums[8][3] = { 0 };
  EACH_ROW (START_ROW);
  for (int64_t p = 0; p < k; p++) {
    NAME (Vector) right[3];
    EACH_VECTOR (LOAD, 0);
    EACH_ROW (MULTIPLY_ROW);
  }
  EACH_ROW (STORE_ROW);
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
#undef STORE_ROW
#undef STORE
#undef MULTIPLY_ROW
#undef MULTIPLY
#undef LOAD
#undef START_ROW
#undef START
#undef EACH_ROW
#undef EACH_VECTOR
#undef UNCHECKED
#undef NAME
#undef TARGET
#undef WIDTH
#undef ROWS
#undef ADD_PRODUCT
