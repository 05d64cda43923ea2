/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The sliding window of convolutions and pooling. One or two axes of space
 * are treated as three, the missing ones in front being 1. */
#pragma once

#include "nn/operator.h"

typedef struct {
  int64_t batch, channels; /* of the input */
  int n_axes; /* of space, as the file has them: 1 to 3 */
  int64_t in[3], out[3]; /* z, y, x */
  int64_t kernel[3], stride[3], dilation[3];
  int64_t before[3], after[3]; /* padding */
} LamWindow;

typedef enum {
  LAM_WINDOW_FORWARD, /* `out` is smaller where the stride is above 1 */
  LAM_WINDOW_TRANSPOSED,
} LamWindowKind;

/* From the attributes kernel_shape, strides, dilations, pads, auto_pad,
 * ceil_mode, output_padding and output_shape of the step. `weights`: where
 * the kernel's size is known from, or NULL. Refuses zero strides, negative
 * paddings, windows larger than the padded input. */
bool lam_window_read (const LamStep *step, LamWindowKind kind,
    const LamShape *weights, LamWindow *window, GError **error);
bool lam_window_set_output (const LamStep *step, const LamWindow *window,
    int64_t channels, GError **error);

static inline int64_t
lam_product3 (const int64_t size[3])
{
  return size[0] * size[1] * size[2];
}
