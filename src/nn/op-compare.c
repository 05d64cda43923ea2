/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Equal, Less and their kin, And, Or, Xor, Not: 1 and 0 as integers. Exporters
 * compute shapes with them. */
#include <glib/gi18n-lib.h>

#include "nn/broadcast.h"
#include "nn/operator-table.h"
#include "nn/reach.h"

typedef enum {
  EQUAL,
  LESS,
  LESS_EQUAL,
  GREATER,
  GREATER_EQUAL,
  AND,
  OR,
  XOR,
  NOT,
} Kind;

static bool
infer_compare (LamStep *step, Kind kind, GError **error)
{
  LamTensorType type = step->inputs[0]->shape.type;
  if (kind < AND ? type != step->inputs[1]->shape.type
                 : type != LAM_TENSOR_I64
              || (kind != NOT && step->inputs[1]->shape.type != LAM_TENSOR_I64))
    return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
        _ ("one input holds integers, the other real numbers"));
  LamBroadcast *broadcast = step->settings = lam_broadcast_new (
      step, step->node->n_inputs, NULL, LAM_TENSOR_I64, error);
  if (!broadcast)
    return false;
  broadcast->kind = kind;
  broadcast->type = type;
  return true;
}

/* `a` and `b` only tell which is the larger, or what is true. */
static bool
compare (Kind kind, int a, int b)
{
  switch (kind) {
  case EQUAL:
    return a == b;
  case LESS:
    return a < b;
  case LESS_EQUAL:
    return a <= b;
  case GREATER:
    return a > b;
  case GREATER_EQUAL:
    return a >= b;
  case AND:
    return a && b;
  case OR:
    return a || b;
  case XOR:
    return !a != !b;
  default:
    return !a;
  }
}

/* Reads element `i` of an input: as −1, 0 or 1 against that of the other. */
static void
do_part (gpointer data, int64_t part, int thread)
{
  const LamStep *step = data;
  const LamBroadcast *broadcast = step->settings;
  int64_t n, first = lam_broadcast_find_run (broadcast, part, &n);
  int64_t at[2] = { 0 }, pace[2] = { 0 };
  int64_t *to = lam_tensor_integers (step->outputs[0]) + first;
  for (int i = 0; i < broadcast->n; i++)
    at[i] = lam_broadcast_find_input (broadcast, part, i, &pace[i]);
  const LamTensor *other = step->inputs[broadcast->n - 1];
  for (int64_t i = 0; i < n; i++) {
    int64_t x = at[0] + i * pace[0], y = at[1] + i * pace[1];
    if (broadcast->type == LAM_TENSOR_F32) {
      float a = lam_tensor_floats (step->inputs[0])[x];
      float b = lam_tensor_floats (other)[y];
      to[i] = a == a && b == b && compare (broadcast->kind, a > b, a < b);
    } else {
      int64_t a = lam_tensor_integers (step->inputs[0])[x];
      int64_t b = lam_tensor_integers (other)[y];
      to[i] = broadcast->kind < AND ? compare (broadcast->kind, a > b, a < b)
                                    : compare (broadcast->kind, a != 0, b != 0);
    }
  }
}

static void
forward (const LamStep *step, LamTeam *team)
{
  const LamBroadcast *broadcast = step->settings;
  lam_team_run (team, broadcast->n_parts, do_part, (gpointer)step);
}

#define ROW(variable, onnx_name, kind) \
  static bool infer_##variable (LamStep *step, GError **error) \
  { \
    return infer_compare (step, kind, error); \
  } \
  const LamOperator lam_operator_##variable = { \
    .name = onnx_name, \
    .min_inputs = (kind) == NOT ? 1 : 2, \
    .max_inputs = (kind) == NOT ? 1 : 2, \
    .n_outputs = 1, \
    .infer = infer_##variable, \
    .forward = forward, \
    .reach = lam_reach_pointwise, \
  }

ROW (equal, "Equal", EQUAL);
ROW (less, "Less", LESS);
ROW (less_or_equal, "LessOrEqual", LESS_EQUAL);
ROW (greater, "Greater", GREATER);
ROW (greater_or_equal, "GreaterOrEqual", GREATER_EQUAL);
ROW (and, "And", AND);
ROW (or, "Or", OR);
ROW (xor, "Xor", XOR);
ROW (not, "Not", NOT);
