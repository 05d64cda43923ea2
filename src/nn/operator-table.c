/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "nn/operator-table.h"

#include <string.h>

static const LamOperator *const table[] = {
  &lam_operator_add,
  &lam_operator_argmax,
  &lam_operator_average_pool,
  &lam_operator_batch_norm,
  &lam_operator_cast,
  &lam_operator_clip,
  &lam_operator_concat,
  &lam_operator_constant,
  &lam_operator_conv,
  &lam_operator_conv_transpose,
  &lam_operator_div,
  &lam_operator_dropout,
  &lam_operator_elu,
  &lam_operator_flatten,
  &lam_operator_gather,
  &lam_operator_gemm,
  &lam_operator_global_average_pool,
  &lam_operator_global_max_pool,
  &lam_operator_identity,
  &lam_operator_instance_norm,
  &lam_operator_leaky_relu,
  &lam_operator_matmul,
  &lam_operator_max_pool,
  &lam_operator_mul,
  &lam_operator_pad,
  &lam_operator_reduce_l1,
  &lam_operator_reduce_l2,
  &lam_operator_reduce_log_sum,
  &lam_operator_reduce_log_sum_exp,
  &lam_operator_reduce_max,
  &lam_operator_reduce_mean,
  &lam_operator_reduce_min,
  &lam_operator_reduce_prod,
  &lam_operator_reduce_sum,
  &lam_operator_reduce_sum_square,
  &lam_operator_relu,
  &lam_operator_reshape,
  &lam_operator_resize,
  &lam_operator_shape,
  &lam_operator_sigmoid,
  &lam_operator_slice,
  &lam_operator_softmax,
  &lam_operator_squeeze,
  &lam_operator_sub,
  &lam_operator_tanh,
  &lam_operator_transpose,
  &lam_operator_unsqueeze,
  &lam_operator_upsample,
};

const LamOperator *
lam_operator_find (const char *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS (table); i++)
    if (strcmp (table[i]->name, name) == 0)
      return table[i];
  return NULL;
}
