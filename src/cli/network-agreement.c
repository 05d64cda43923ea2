/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/network-agreement.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

bool
lam_network_choose_fast (bool is_wanted)
{
  if (is_wanted && !lam_plan_can_be_fast ())
    g_printerr (_ ("lamella-cli: --fast needs a processor with AVX-512 VNNI "
                   "(and LAM_ISA not to forbid it), so this computes in "
                   "float32\n"));
  return is_wanted && lam_plan_can_be_fast ();
}

GPtrArray *
lam_network_run_dup_outputs (const LamNetworkRun *run)
{
  int n = lam_network_get_n_outputs (run->network);
  GPtrArray *outputs =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_tensor_free);
  for (int i = 0; i < n; i++) {
    const LamTensor *output = lam_plan_get_output (run->plan, i);
    LamTensor *copy = lam_tensor_new (&output->shape);
    memcpy (
        copy->data, output->data, (size_t)lam_shape_get_bytes (&output->shape));
    g_ptr_array_add (outputs, copy);
  }
  return outputs;
}

/* Of channels `step` numbers apart; the first of equals. */
static int64_t
find_largest (const float *values, int64_t n, int64_t step)
{
  int64_t best = 0;
  for (int64_t c = 1; c < n; c++)
    if (values[c * step] > values[best * step])
      best = c;
  return best;
}

static void
count_same (const LamTensor *a, const LamTensor *b, double *same, double *all)
{
  const LamShape *shape = &a->shape;
  if (shape->rank < 2 || shape->dims[1] < 2)
    return;
  int64_t channels = shape->dims[1];
  int64_t volume = lam_shape_product (shape, 2, shape->rank);
  for (int64_t n = 0; n < shape->dims[0]; n++)
    for (int64_t i = 0; i < volume; i++) {
      int64_t at = n * channels * volume + i;
      *same += find_largest (lam_tensor_floats (a) + at, channels, volume)
          == find_largest (lam_tensor_floats (b) + at, channels, volume);
    }
  *all += (double)(shape->dims[0] * volume);
}

void
lam_network_run_agree (const LamNetworkRun *run, const GPtrArray *plain,
    LamNetworkAgreement *agreement)
{
  double same = 0, all = 0;
  agreement->difference = agreement->largest = 0;
  for (guint i = 0; i < plain->len; i++) {
    const LamTensor *wanted = plain->pdata[i];
    const LamTensor *output = lam_plan_get_output (run->plan, (int)i);
    if (wanted->shape.type != LAM_TENSOR_F32)
      continue;
    const float *a = lam_tensor_floats (wanted);
    const float *b = lam_tensor_floats (output);
    for (int64_t j = 0; j < lam_shape_get_count (&wanted->shape); j++) {
      agreement->difference =
          MAX (agreement->difference, fabs ((double)a[j] - b[j]));
      agreement->largest = MAX (agreement->largest, fabs (a[j]));
    }
    count_same (wanted, output, &same, &all);
  }
  agreement->same_argmax = all > 0 ? same / all : NAN;
}
