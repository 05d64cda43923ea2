/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The rows, each filled by a file op-NAME.c. */
#pragma once

#include "nn/operator.h"

extern const LamOperator lam_operator_add;
extern const LamOperator lam_operator_argmax;
extern const LamOperator lam_operator_average_pool;
extern const LamOperator lam_operator_batch_norm;
extern const LamOperator lam_operator_cast;
extern const LamOperator lam_operator_clip;
extern const LamOperator lam_operator_concat;
extern const LamOperator lam_operator_constant;
extern const LamOperator lam_operator_conv;
extern const LamOperator lam_operator_conv_transpose;
extern const LamOperator lam_operator_div;
extern const LamOperator lam_operator_dropout;
extern const LamOperator lam_operator_elu;
extern const LamOperator lam_operator_flatten;
extern const LamOperator lam_operator_gather;
extern const LamOperator lam_operator_gemm;
extern const LamOperator lam_operator_global_average_pool;
extern const LamOperator lam_operator_global_max_pool;
extern const LamOperator lam_operator_identity;
extern const LamOperator lam_operator_instance_norm;
extern const LamOperator lam_operator_leaky_relu;
extern const LamOperator lam_operator_matmul;
extern const LamOperator lam_operator_max_pool;
extern const LamOperator lam_operator_mul;
extern const LamOperator lam_operator_pad;
extern const LamOperator lam_operator_reduce_l1;
extern const LamOperator lam_operator_reduce_l2;
extern const LamOperator lam_operator_reduce_log_sum;
extern const LamOperator lam_operator_reduce_log_sum_exp;
extern const LamOperator lam_operator_reduce_max;
extern const LamOperator lam_operator_reduce_mean;
extern const LamOperator lam_operator_reduce_min;
extern const LamOperator lam_operator_reduce_prod;
extern const LamOperator lam_operator_reduce_sum;
extern const LamOperator lam_operator_reduce_sum_square;
extern const LamOperator lam_operator_relu;
extern const LamOperator lam_operator_reshape;
extern const LamOperator lam_operator_resize;
extern const LamOperator lam_operator_shape;
extern const LamOperator lam_operator_sigmoid;
extern const LamOperator lam_operator_slice;
extern const LamOperator lam_operator_softmax;
extern const LamOperator lam_operator_squeeze;
extern const LamOperator lam_operator_sub;
extern const LamOperator lam_operator_tanh;
extern const LamOperator lam_operator_transpose;
extern const LamOperator lam_operator_unsqueeze;
extern const LamOperator lam_operator_upsample;
