/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The transforms of Winograd's F(4×4, 3×3): 4×4 results from 6×6 inputs with
 * 36 products instead of 144 (Lavin and Gray 2016, “Fast Algorithms for
 * Convolutional Neural Networks”). And of F(2×2, 3×3). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "nn/activation.h"

#define LAM_WINOGRAD_OUT 4 /* results of a tile along an axis */
#define LAM_WINOGRAD_IN 6 /* inputs */
#define LAM_WINOGRAD_POINTS 36

/* n + 1 and what is read behind it, in whole vectors. */
#define LAM_WINOGRAD_ROW(n) (((n) + 1 + 31) / 16 * 16)
/* Floats of scratch for a row of n tiles. */
#define LAM_WINOGRAD_SCRATCH(n) ((6 * 4 + 4) * LAM_WINOGRAD_ROW (n))

/* So many kernels or fewer are transformed at once. */
#define LAM_WINOGRAD_KERNELS 16

/* n kernels of 3×3, `from_step` floats apart, to 36 rows of n floats, `step`
 * floats apart; `is_turned`: each kernel by 180°. */
void lam_winograd_weights (const float *from, int64_t from_step, int n,
    bool is_turned, float *to, int64_t step);
/* What lies under a row of n tiles: 6 rows of 4·n + 4 voxels (the last two do
 * not matter). Those before `skip` and from `end` on are not there but zero;
 * so are rows that are NULL. */
typedef struct {
  const float *rows[LAM_WINOGRAD_IN]; /* Borrowed */
  int64_t skip, end;
  int64_t next; /* floats from here to what will be asked for next */
} LamWinogradRows;

/* To 36 rows of n floats, `step` floats apart. */
void lam_winograd_input (const LamWinogradRows *rows, int64_t n, float *scratch,
    float *to, int64_t step);
/* 36 rows of n floats, `step` apart, to the activations of 4 rows of 4·n
 * floats + shift. Up to 15 floats behind each of the 36 rows are read. `next`
 * floats on from the result lies what will be written next. */
void lam_winograd_output (const float *from, int64_t step, int64_t n,
    float shift, LamActivation activation, int64_t next, float *const rows[]);

/* The adjoints of the last and the first, for the gradient by the weights:
 * 4 rows of 4·n floats to 36 rows of n floats; 36 rows of n floats to n kernels
 * of 3×3, `to_step` floats apart. */
void lam_winograd_output_adjoint (const float *const rows[LAM_WINOGRAD_OUT],
    int64_t n, float *scratch, float *to, int64_t step);
void lam_winograd_weights_adjoint (
    const float *from, int64_t step, int n, float *to, int64_t to_step);

/* A way to cut results into tiles of out×out, each from (out + 2)² inputs. The
 * transforms are as those above, of F(4×4, 3×3). */
typedef struct {
  int64_t out, points;
  int64_t halo; /* a row of n tiles is given out·n + halo inputs */
  void (*transform_weights) (const float *from, int64_t from_step, int n,
      bool is_turned, float *to, int64_t step);
  void (*transform_input) (const LamWinogradRows *rows, int64_t n,
      float *scratch, float *to, int64_t step);
  void (*transform_output) (const float *from, int64_t step, int64_t n,
      float shift, LamActivation activation, int64_t next, float *const rows[]);
} LamWinograd;

extern const LamWinograd lam_winograd4, lam_winograd2;
