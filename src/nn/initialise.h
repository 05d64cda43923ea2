/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* First weights, drawn so that numbers neither grow nor vanish from layer to
 * layer. `fan_in`: inputs that one output sums; `fan_out`: outputs that one
 * input goes to. */
#pragma once

#include "base/random.h"
#include "nn/tensor.h"

/* He et al. 2015, for weights before ReLU (slope 0) or leaky ReLU. */
void lam_initialise_he (
    LamTensor *tensor, int64_t fan_in, float slope, LamRandom *random);
/* Glorot and Bengio 2010 ("Xavier"), for weights before nothing or softmax. */
void lam_initialise_xavier (
    LamTensor *tensor, int64_t fan_in, int64_t fan_out, LamRandom *random);
void lam_initialise_constant (LamTensor *tensor, float value);
