/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Convolution: what its two ways of computing share. */
#pragma once

#include "nn/window.h"

typedef struct {
  LamWindow window;
  int64_t groups;
  int64_t filters; /* channels of the output */
  bool is_winograd;
  /* How the work is cut; set by the way's `plan`. It follows from the shapes
   * alone, never from the number of threads. */
  int64_t columns; /* GEMM: output voxels a part */
  int64_t tile_rows, tile_columns; /* Winograd: tiles a block */
  int64_t planes; /* Winograd: output planes a part */
} LamConv;

/* Any convolution, as products of matrices: the voxels under the window are
 * gathered for some output voxels at a time (implicit GEMM). */
void lam_conv_gemm_plan (LamConv *conv, LamStep *step);
void lam_conv_gemm_run (const LamStep *step, LamTeam *team);

/* 3×3 in y and x, 1 or 3 in z, stride and dilation 1, one group. */
bool lam_conv_winograd_suits (const LamConv *conv);
void lam_conv_winograd_plan (LamConv *conv, LamStep *step);
/* The weights, transformed: freed by g_free(). */
float *lam_conv_winograd_prepare (
    const LamConv *conv, const float *weights) G_GNUC_WARN_UNUSED_RESULT;
void lam_conv_winograd_run (const LamStep *step, LamTeam *team);
