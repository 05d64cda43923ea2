/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Convolution and its adjoint, which is the gradient by the image and also
 * what ONNX calls ConvTranspose; and the gradients by weights and bias. Nothing
 * here depends on the number of threads: how the work is cut follows from the
 * shapes alone. */
#pragma once

#include "nn/size.h"
#include "nn/window.h"
#include "nn/winograd.h"

/* One way to go through a convolution: from its image to its result, or back
 * (adjoint). Weights are filters, channels / groups, kz, ky, kx for both. */
typedef struct {
  /* Of the convolution, for both: `in` and `channels` are the image's, `out`
   * and `filters` the result's. */
  LamWindow window;
  int64_t groups, filters;
  bool is_adjoint;
  /* 16-bit products; lam_conv_plan() clears it where there are none. */
  bool is_fast;
  /* Set by lam_conv_plan(): */
  bool reads_half, writes_half; /* can have 16-bit floats */
  const LamWinograd *winograd; /* NULL: as products of voxels */
  bool is_spread; /* each voxel to its own ones */
  int64_t scratch_bytes; /* of each thread */
  int64_t prepared_bytes; /* of the weights as this way wants them */
  int64_t columns, part_channels; /* products: of one part */
  int64_t tile_rows, tile_columns; /* Winograd: tiles a block */
  int64_t planes; /* Winograd: planes a part */
} LamConv;

typedef struct {
  const LamStep *step; /* Borrowed; whose scratch memory is used */
  const LamConv *conv; /* Borrowed */
  const float *from; /* Borrowed; n, c, z, y, x; or NULL: */
  const uint16_t *halves; /* Borrowed; the same in 16-bit floats */
  const float *units; /* Borrowed; theirs, by channel */
  const float *prepared; /* Borrowed; weights */
  const float *bias; /* Borrowed; of the channels of `to`, or NULL */
  LamActivation activation;
  float *to; /* Borrowed; written, not added to; or NULL: */
  uint16_t *to_halves; /* Borrowed; the same in 16-bit floats */
  float to_unit; /* theirs */
  /* Fast: no number of `from` is larger; 0, or not finite: find out. */
  float from_size;
  LamSize *size; /* Borrowed; raised by what is written; or NULL */
} LamConvRun;

void lam_conv_plan (LamConv *conv);
/* The same in a way that is given, which the convolution must suit. */
void lam_conv_plan_as (LamConv *conv, const LamWinograd *winograd);
/* `to` has prepared_bytes. */
void lam_conv_prepare (
    const LamConv *conv, const float *weights, float *to, LamTeam *team);
void lam_conv_run (const LamConvRun *run, LamTeam *team);

/* No voxel of a result is larger than the largest of its image times this. */
double lam_conv_find_gain (const LamConv *conv, const float *weights);

/* The gradient by the weights. */
typedef struct {
  LamConv conv; /* is_adjoint does not matter */
  int64_t scratch_bytes, shared_bytes; /* of each thread; once */
  int64_t slices, part_filters; /* GEMM */
  int64_t tile_rows, tile_columns, planes; /* Winograd: of a chunk */
} LamConvGradient;

void lam_conv_gradient_plan (LamConvGradient *gradient);
/* From the image and the derivatives by the result; `to` is written, not
 * added to. */
void lam_conv_gradient_run (const LamStep *step,
    const LamConvGradient *gradient, const float *image, const float *result,
    float *to, LamTeam *team);
/* Sums over all voxels and images for each of n channels. */
void lam_conv_gradient_bias (const float *result, int64_t batch, int64_t n,
    int64_t volume, float *to, LamTeam *team);

/* The settings of the operators Conv and ConvTranspose. */
typedef struct {
  LamConv forward, backward;
  LamConvGradient gradient;
  double gain; /* of the weights, where known; see lam_conv_find_gain() */
} LamConvSettings;

/* From settings->forward: plans all passes and says what the step needs. */
void lam_conv_step_plan (LamStep *step);
bool lam_conv_step_prepare (const LamStep *step, LamTeam *team, GError **error);
void lam_conv_step_forward (const LamStep *step, LamTeam *team);
void lam_conv_step_backward (
    const LamStep *step, const LamStepGradients *gradients, LamTeam *team);
