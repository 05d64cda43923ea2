/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The ways in which conv.c has the passes of a convolution done. */
#pragma once

#include "nn/conv.h"

/* Any convolution, as products of matrices: the voxels under the window are
 * gathered for some positions at a time (implicit GEMM). */
void lam_conv_gemm_plan (LamConv *conv);
void lam_conv_gemm_run (const LamConvRun *run, LamTeam *team);
/* The same in 16 bits, of one group. Whether it can be done, and whether it is
 * faster than tiles, for those that both suit. */
bool lam_conv_gemm16_suits (const LamConv *conv);
bool lam_conv_gemm16_is_better (const LamConv *conv);
void lam_conv_gemm16_plan (LamConv *conv);
void lam_conv_gemm16_prepare (
    const LamConv *conv, const float *weights, float *to, LamTeam *team);
void lam_conv_gemm16_run (const LamConvRun *run, LamTeam *team);
void lam_conv_adjoint_plan (LamConv *conv);
void lam_conv_adjoint_prepare (
    const LamConv *conv, const float *weights, float *to, LamTeam *team);
void lam_conv_adjoint_run (const LamConvRun *run, LamTeam *team);
void lam_conv_gemm_gradient_plan (LamConvGradient *gradient);
void lam_conv_gemm_gradient_run (const LamStep *step,
    const LamConvGradient *gradient, const float *image, const float *result,
    float *to, LamTeam *team);

/* Where each voxel gives its own voxels of the result: kernels of one voxel,
 * and adjoints whose kernel is their stride. */
bool lam_conv_spread_suits (const LamConv *conv);
void lam_conv_spread_plan (LamConv *conv);
void lam_conv_spread_prepare (
    const LamConv *conv, const float *weights, float *to, LamTeam *team);
void lam_conv_spread_run (const LamConvRun *run, LamTeam *team);

/* 3×3 in y and x, 1 or 3 in z, stride and dilation 1, one group. The adjoint
 * is a convolution with turned weights. */
bool lam_conv_winograd_suits (const LamConv *conv);
/* The kind of tiles that is fastest, by a count of what is done; NULL: gathered
 * voxels are faster. */
const LamWinograd *lam_conv_winograd_choose (const LamConv *conv);
/* Of conv->winograd. */
void lam_conv_winograd_plan (LamConv *conv);
/* Bytes, and words before the scales of prepared weights in 16 bits. */
int64_t lam_conv_winograd_get_prepared (const LamConv *conv);
int64_t lam_conv_winograd_get_scales (const LamConv *conv);
void lam_conv_winograd_prepare (
    const LamConv *conv, const float *weights, float *to, LamTeam *team);
void lam_conv_winograd_run (const LamConvRun *run, LamTeam *team);
void lam_conv_winograd_gradient_plan (LamConvGradient *gradient);
void lam_conv_winograd_gradient_run (const LamStep *step,
    const LamConvGradient *gradient, const float *image, const float *result,
    float *to, LamTeam *team);
