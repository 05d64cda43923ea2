/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Element by element over broadcast inputs: Sum, Mean, Max, Min of any number,
 * Pow, Mod, PRelu, Where. Integers, too, where shapes are computed. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "nn/broadcast.h"
#include "nn/operator-table.h"
#include "nn/reach.h"

#define MAX_INPUTS 64

typedef enum { SUM, MEAN, MAXIMUM, MINIMUM, POWER, MODULO, PRELU, WHERE } Kind;

/* A run of one input: `pace` is 0 where one element is repeated. */
typedef struct {
  const float *floats;
  const int64_t *integers;
  int64_t pace;
} Run;

/* All of one type, but a condition is of integers, and a power may be. */
static bool
check_types (const LamStep *step, Kind kind, GError **error)
{
  LamTensorType wanted = step->inputs[kind == WHERE ? 1 : 0]->shape.type;
  for (int i = 0; i < step->node->n_inputs; i++) {
    LamTensorType type = step->inputs[i]->shape.type;
    bool fits = kind == WHERE && i == 0 ? type == LAM_TENSOR_I64
        : kind == POWER                 ? true
                                        : type == wanted;
    if (!fits)
      return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
          _ ("one input holds integers, the other real numbers"));
  }
  return (kind != MEAN && kind != PRELU)
      || lam_step_need_floats (step, step->node->n_inputs, error);
}

static bool
check_divisor (const LamStep *step, GError **error)
{
  int64_t is_real = 0;
  const LamTensor *divisor = step->inputs[1];
  if (!lam_step_get_integer (step, "fmod", &is_real, error))
    return false;
  if (divisor->shape.type == LAM_TENSOR_F32)
    return is_real
        || lam_step_fail (step, error, LAM_ERROR_CORRUPT,
            _ ("attribute “%s” must be 1 for real numbers"), "fmod");
  if (is_real)
    return lam_step_fail (step, error, LAM_ERROR_UNSUPPORTED,
        _ ("attribute “%s” is not understood"), "fmod");
  if (!lam_step_need_constant (step, 1, LAM_TENSOR_I64, error))
    return false;
  for (int64_t i = 0; i < lam_shape_get_count (&divisor->shape); i++)
    if (lam_tensor_integers (divisor)[i] == 0)
      return lam_step_fail (
          step, error, LAM_ERROR_CORRUPT, _ ("an integer divided by 0"));
  return true;
}

static bool
infer_many (LamStep *step, Kind kind, GError **error)
{
  int n = step->node->n_inputs;
  if (n > MAX_INPUTS)
    return lam_step_fail (step, error, LAM_ERROR_LIMIT,
        _ ("has %d inputs, but at most %d are understood"), n, MAX_INPUTS);
  for (int i = 0; i < n; i++)
    if (!step->inputs[i])
      return lam_step_fail (
          step, error, LAM_ERROR_CORRUPT, _ ("input %d is missing"), i);
  if (!check_types (step, kind, error)
      || (kind == MODULO && !check_divisor (step, error)))
    return false;
  LamTensorType type = step->inputs[kind == WHERE ? 1 : 0]->shape.type;
  LamBroadcast *broadcast = step->settings =
      lam_broadcast_new (step, n, NULL, type, error);
  if (!broadcast)
    return false;
  broadcast->kind = kind;
  broadcast->type = type;
  if (kind == PRELU && !lam_broadcast_is_whole (broadcast, 0))
    return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
        _ ("the slopes have more elements than the input"));
  return true;
}

static Run
find_input (const LamStep *step, int64_t part, int input)
{
  Run run = { 0 };
  const LamTensor *tensor = step->inputs[input];
  int64_t at =
      lam_broadcast_find_input (step->settings, part, input, &run.pace);
  if (tensor->shape.type == LAM_TENSOR_F32)
    run.floats = lam_tensor_floats (tensor) + at;
  else
    run.integers = lam_tensor_integers (tensor) + at;
  return run;
}

static void
raise_floats (const Run *exponent, float *to, int64_t n)
{
  bool is_real = exponent->floats != NULL;
  if (exponent->pace == 0) {
    float e = is_real ? exponent->floats[0] : (float)exponent->integers[0];
    if (e == 2)
      for (int64_t i = 0; i < n; i++)
        to[i] *= to[i];
    else
      for (int64_t i = 0; i < n; i++)
        to[i] = powf (to[i], e);
    return;
  }
  for (int64_t i = 0; i < n; i++)
    to[i] = powf (
        to[i], is_real ? exponent->floats[i] : (float)exponent->integers[i]);
}

LAM_CLONES static void
bend (const float *slope, int64_t pace, float *to, int64_t n)
{
  if (pace == 0)
    for (int64_t i = 0; i < n; i++)
      to[i] = to[i] < 0 ? to[i] * slope[0] : to[i];
  else
    for (int64_t i = 0; i < n; i++)
      to[i] = to[i] < 0 ? to[i] * slope[i] : to[i];
}

#define LOOP(expression) \
  for (int64_t i = 0; i < n; i++) { \
    float a = to[i], b = run->floats[i * run->pace]; \
    to[i] = (expression); \
  } \
  break

/* One input more for the run in `to`. */
static void
add_floats (Kind kind, const Run *run, float *to, int64_t n)
{
  switch (kind) {
  case SUM:
  case MEAN:
    LOOP (a + b);
  case MAXIMUM:
    LOOP (a > b ? a : b);
  case MINIMUM:
    LOOP (a < b ? a : b);
  case MODULO:
    LOOP (fmodf (a, b));
  case POWER:
    raise_floats (run, to, n);
    break;
  default:
    bend (run->floats, run->pace, to, n);
  }
}

static uint64_t
raise_integer (uint64_t base, int64_t exponent)
{
  uint64_t result = exponent < 0 ? 0 : 1;
  for (; exponent > 0; exponent >>= 1, base *= base)
    if (exponent & 1)
      result *= base;
  return result;
}

/* The remainder has the divisor's sign. */
static int64_t
divide_rest (int64_t a, int64_t b)
{
  int64_t rest = b == -1 ? 0 : a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

/* Wraps around instead of overflowing. */
static void
add_integers (Kind kind, const Run *run, int64_t *to, int64_t n)
{
  for (int64_t i = 0; i < n; i++) {
    int64_t a = to[i],
            b = run->floats
        ? (int64_t)CLAMP (run->floats[i * run->pace], -64, 64)
        : run->integers[i * run->pace];
    to[i] = kind == SUM   ? (int64_t)((uint64_t)a + (uint64_t)b)
        : kind == MAXIMUM ? MAX (a, b)
        : kind == MINIMUM ? MIN (a, b)
        : kind == MODULO  ? divide_rest (a, b)
                          : (int64_t)raise_integer ((uint64_t)a, b);
  }
}

/* `to` may be the first input itself. */
static void
copy_run (const Run *run, LamTensorType type, void *to, int64_t n)
{
  if (type == LAM_TENSOR_F32)
    for (int64_t i = 0; i < n; i++)
      ((float *)to)[i] = run->floats[i * run->pace];
  else
    for (int64_t i = 0; i < n; i++)
      ((int64_t *)to)[i] = run->integers[i * run->pace];
}

static void
choose (
    const LamStep *step, int64_t part, LamTensorType type, void *to, int64_t n)
{
  Run runs[3];
  for (int i = 0; i < 3; i++)
    runs[i] = find_input (step, part, i);
  for (int64_t i = 0; i < n; i++) {
    const Run *run = &runs[runs[0].integers[i * runs[0].pace] ? 1 : 2];
    if (type == LAM_TENSOR_F32)
      ((float *)to)[i] = run->floats[i * run->pace];
    else
      ((int64_t *)to)[i] = run->integers[i * run->pace];
  }
}

static void
do_part (gpointer data, int64_t part, int thread)
{
  const LamStep *step = data;
  const LamBroadcast *broadcast = step->settings;
  int64_t n, first = lam_broadcast_find_run (broadcast, part, &n);
  void *to = (char *)step->outputs[0]->data
      + first * (int64_t)lam_tensor_type_get_bytes (broadcast->type);
  if (broadcast->kind == WHERE) {
    choose (step, part, broadcast->type, to, n);
    return;
  }
  for (int i = 0; i < broadcast->n; i++) {
    Run run = find_input (step, part, i);
    if (i == 0)
      copy_run (&run, broadcast->type, to, n);
    else if (broadcast->type == LAM_TENSOR_F32)
      add_floats (broadcast->kind, &run, to, n);
    else
      add_integers (broadcast->kind, &run, to, n);
  }
  for (int64_t i = 0; broadcast->kind == MEAN && i < n; i++)
    ((float *)to)[i] /= (float)broadcast->n;
}

static void
forward (const LamStep *step, LamTeam *team)
{
  const LamBroadcast *broadcast = step->settings;
  lam_team_run (team, broadcast->n_parts, do_part, (gpointer)step);
}

typedef struct {
  const LamStep *step;
  const float *from;
  float *to;
  int input;
} Gradients;

/* What element `i` of the result changes with that of one input. */
static double
derive (const LamStep *step, const Run *runs, int input, float y, int64_t i)
{
  const LamBroadcast *broadcast = step->settings;
#define NUMBER(k) ((double)runs[k].floats[i * runs[k].pace])
  switch (broadcast->kind) {
  case MEAN:
    return 1 / (double)broadcast->n;
  case MAXIMUM:
  case MINIMUM:
    for (int k = 0; k < input; k++)
      if (NUMBER (k) == y)
        return 0;
    return NUMBER (input) == y;
  case POWER: {
    double e = runs[1].floats ? NUMBER (1)
                              : (double)runs[1].integers[i * runs[1].pace];
    return input == 0 ? e * pow (NUMBER (0), e - 1)
                      : y * log (NUMBER (0) > 0 ? NUMBER (0) : 1);
  }
  case PRELU:
    return NUMBER (0) >= 0 ? input == 0 : NUMBER (1 - input);
  case WHERE:
    return (runs[0].integers[i * runs[0].pace] ? 1 : 2) == input;
  default:
    return 1;
  }
#undef NUMBER
}

static void
return_part (gpointer data, int64_t part, int thread)
{
  const Gradients *gradients = data;
  const LamStep *step = gradients->step;
  const LamBroadcast *broadcast = step->settings;
  bool is_whole = lam_broadcast_is_whole (broadcast, gradients->input);
  bool reads = broadcast->kind != SUM && broadcast->kind != MEAN;
  Run runs[MAX_INPUTS];
  int64_t n, first = lam_broadcast_find_run (broadcast, part, &n), pace;
  int64_t at =
      lam_broadcast_find_input (broadcast, part, gradients->input, &pace);
  for (int i = 0; reads && i < broadcast->n; i++)
    runs[i] = find_input (step, part, i);
  const float *results =
      reads ? lam_tensor_floats (step->outputs[0]) + first : NULL;
  for (int64_t i = 0; i < n; i++) {
    double slope =
        derive (step, runs, gradients->input, results ? results[i] : 0, i);
    float change = (float)(slope * gradients->from[first + i]);
    if (is_whole)
      gradients->to[at + i * pace] = change;
    else
      gradients->to[at + i * pace] += change;
  }
}

/* What is repeated is added up, by one thread and always in the same order. */
static void
backward (const LamStep *step, const LamStepGradients *gradients, LamTeam *team)
{
  const LamBroadcast *broadcast = step->settings;
  for (int i = 0; i < broadcast->n; i++) {
    Gradients one = { step, gradients->outputs[0], gradients->inputs[i], i };
    if (!one.from || !one.to)
      continue;
    if (lam_broadcast_is_whole (broadcast, i)) {
      lam_team_run (team, broadcast->n_parts, return_part, &one);
      continue;
    }
    memset (one.to, 0, (size_t)lam_shape_get_bytes (&step->inputs[i]->shape));
    for (int64_t part = 0; part < broadcast->n_parts; part++)
      return_part (&one, part, 0);
  }
}

#define ALL (~0u)

#define ROW(variable, onnx_name, kind, least, most, list, trained, derives) \
  static bool infer_##variable (LamStep *step, GError **error) \
  { \
    return infer_many (step, kind, error); \
  } \
  const LamOperator lam_operator_##variable = { \
    .name = onnx_name, \
    .min_inputs = least, \
    .max_inputs = most, \
    .n_outputs = 1, \
    .attributes = list, \
    .can_overwrite = (kind) != WHERE, \
    .infer = infer_##variable, \
    .forward = forward, \
    .reach = lam_reach_pointwise, \
    .trained_inputs = trained, \
    .backward_inputs = (kind) == SUM || (kind) == MEAN ? 0 : ALL, \
    .backward_outputs = (kind) == SUM || (kind) == MEAN ? 0 : 1, \
    .backward = (derives) ? backward : NULL, \
  }

static const char *const with_fmod[] = { "fmod", NULL };
ROW (sum, "Sum", SUM, 1, -1, NULL, 0, true);
ROW (mean, "Mean", MEAN, 1, -1, NULL, 0, true);
ROW (max, "Max", MAXIMUM, 1, -1, NULL, 0, true);
ROW (min, "Min", MINIMUM, 1, -1, NULL, 0, true);
ROW (pow, "Pow", POWER, 2, 2, NULL, 0, true);
ROW (mod, "Mod", MODULO, 2, 2, with_fmod, 0, false);
ROW (prelu, "PRelu", PRELU, 2, 2, NULL, 2, true);
ROW (where, "Where", WHERE, 3, 3, NULL, 0, true);
