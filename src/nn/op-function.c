/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Functions of one number that are not activations of every network: each is
 * an expression in x and its derivative, in x or in the result y. A part is a
 * run of numbers. */
#include <math.h>

#include "nn/operator-table.h"
#include "nn/reach.h"

#define RUN 16384

typedef struct {
  void (*apply) (
      const float *from, float *to, int64_t n, float alpha, float beta);
  /* `from` is x or y; NULL: flat everywhere. */
  void (*derive) (const float *from, const float *gradient, float *to,
      int64_t n, float alpha, float beta);
  bool is_of_result; /* `from` is y */
  float alpha, beta; /* where the node does not say */
  int64_t (*of_integer) (int64_t x); /* NULL: real numbers only */
} Function;

typedef struct {
  const Function *function;
  float alpha, beta;
  int64_t count;
} Settings;

static bool
infer_function (LamStep *step, const Function *function, GError **error)
{
  const LamShape *shape = &step->inputs[0]->shape;
  Settings settings = { function, function->alpha, function->beta,
    lam_shape_get_count (shape) };
  bool is_integer = shape->type == LAM_TENSOR_I64 && function->of_integer;
  if ((!is_integer && !lam_step_need_floats (step, 1, error))
      || !lam_step_get_float (step, "alpha", &settings.alpha, error)
      || !lam_step_get_float (step, "beta", &settings.beta, error)
      || !lam_step_get_float (step, "gamma", &settings.beta, error))
    return false;
  step->settings = g_memdup2 (&settings, sizeof settings);
  return lam_step_set_output (
      step, 0, shape->type, shape->rank, shape->dims, error);
}

/* Arithmetic with shapes: few numbers. */
static void
apply_integers (const LamStep *step)
{
  const Settings *settings = step->settings;
  for (int64_t i = 0; i < settings->count; i++)
    lam_tensor_integers (step->outputs[0])[i] = settings->function->of_integer (
        lam_tensor_integers (step->inputs[0])[i]);
}

static void
do_part (gpointer data, int64_t part, int thread)
{
  const LamStep *step = data;
  const Settings *settings = step->settings;
  int64_t first = part * RUN;
  settings->function->apply (lam_tensor_floats (step->inputs[0]) + first,
      lam_tensor_floats (step->outputs[0]) + first,
      MIN (RUN, settings->count - first), settings->alpha, settings->beta);
}

static void
forward (const LamStep *step, LamTeam *team)
{
  const Settings *settings = step->settings;
  if (step->inputs[0]->shape.type == LAM_TENSOR_I64)
    apply_integers (step);
  else
    lam_team_run (
        team, (settings->count + RUN - 1) / RUN, do_part, (gpointer)step);
}

typedef struct {
  const LamStep *step;
  const float *gradient;
  float *to;
} Gradients;

static void
return_part (gpointer data, int64_t part, int thread)
{
  const Gradients *gradients = data;
  const Settings *settings = gradients->step->settings;
  const LamTensor *from = settings->function->is_of_result
      ? gradients->step->outputs[0]
      : gradients->step->inputs[0];
  int64_t first = part * RUN;
  settings->function->derive (lam_tensor_floats (from) + first,
      gradients->gradient + first, gradients->to + first,
      MIN (RUN, settings->count - first), settings->alpha, settings->beta);
}

static void
backward (const LamStep *step, const LamStepGradients *gradients, LamTeam *team)
{
  const Settings *settings = step->settings;
  Gradients both = { step, gradients->outputs[0], gradients->inputs[0] };
  if (both.gradient && both.to)
    lam_team_run (team, (settings->count + RUN - 1) / RUN, return_part, &both);
}

/* ln (1 + eˣ) without overflow. */
static inline float
softplus (float x)
{
  return fmaxf (x, 0) + log1pf (expf (-fabsf (x)));
}

static inline float
sigmoid (float x)
{
  return 1 / (1 + expf (-x));
}

static inline float
ramp (float x)
{
  return fminf (fmaxf (x, 0), 1);
}

/* d/dx x · tanh (softplus x). */
static inline float
derive_mish (float x)
{
  float t = tanhf (softplus (x));
  return t + x * (1 - t * t) * sigmoid (x);
}

/* The smallest integer, which has no negative, stays. */
static int64_t
negate (int64_t x)
{
  return (int64_t)(0 - (uint64_t)x);
}

static int64_t
get_size (int64_t x)
{
  return x < 0 ? negate (x) : x;
}

#define APPLY(name, expression) \
  static void apply_##name ( \
      const float *from, float *to, int64_t n, float alpha, float beta) \
  { \
    for (int64_t i = 0; i < n; i++) { \
      float x = from[i]; \
      to[i] = (expression); \
    } \
  }

#define DERIVE(name, variable, expression) \
  static void derive_##name##_run (const float *from, const float *gradient, \
      float *to, int64_t n, float alpha, float beta) \
  { \
    for (int64_t i = 0; i < n; i++) { \
      float variable = from[i]; \
      to[i] = gradient[i] * (expression); \
    } \
  }

#define ROW( \
    variable, onnx_name, derivative, of_result, back, list, a, b, integer) \
  static const Function function_##variable = { apply_##variable, derivative, \
    of_result, a, b, integer }; \
  static bool infer_##variable (LamStep *step, GError **error) \
  { \
    return infer_function (step, &function_##variable, error); \
  } \
  const LamOperator lam_operator_##variable = { \
    .name = onnx_name, \
    .min_inputs = 1, \
    .max_inputs = 1, \
    .n_outputs = 1, \
    .attributes = list, \
    .can_overwrite = true, \
    .infer = infer_##variable, \
    .forward = forward, \
    .reach = lam_reach_pointwise, \
    .backward_inputs = of_result ? 0 : 1, \
    .backward_outputs = of_result ? 1 : 0, \
    .backward = back, \
  }

/* A function whose derivative is said in x, one in y, and one that is flat. */
#define OF_X(variable, onnx_name, list, a, b, expression, derivative) \
  APPLY (variable, expression) \
  DERIVE (variable, x, derivative) \
  ROW (variable, onnx_name, derive_##variable##_run, false, backward, list, a, \
      b, NULL)
#define OF_Y(variable, onnx_name, list, a, b, expression, derivative) \
  APPLY (variable, expression) \
  DERIVE (variable, y, derivative) \
  ROW (variable, onnx_name, derive_##variable##_run, true, backward, list, a, \
      b, NULL)
/* The first with integers, too. */
#define OF_ANY(variable, onnx_name, expression, derivative, integer) \
  APPLY (variable, expression) \
  DERIVE (variable, x, derivative) \
  ROW (variable, onnx_name, derive_##variable##_run, false, backward, NULL, 0, \
      0, integer)
#define FLAT(variable, onnx_name, expression) \
  APPLY (variable, expression) \
  ROW (variable, onnx_name, NULL, true, NULL, NULL, 0, 0, NULL)

static const char *const with_alpha[] = { "alpha", NULL };
static const char *const with_both[] = { "alpha", "beta", NULL };
static const char *const with_gamma[] = { "alpha", "gamma", NULL };

OF_ANY (abs, "Abs", fabsf (x), x<0 ? -1 : x> 0, get_size);
OF_ANY (neg, "Neg", -x, -1 + 0 * x, negate);
OF_Y (sqrt, "Sqrt", NULL, 0, 0, sqrtf (x), 0.5f / y);
OF_Y (exp, "Exp", NULL, 0, 0, expf (x), y);
OF_X (log, "Log", NULL, 0, 0, logf (x), 1 / x);
OF_Y (reciprocal, "Reciprocal", NULL, 0, 0, 1 / x, -y *y);
OF_X (sin, "Sin", NULL, 0, 0, sinf (x), cosf (x));
OF_X (cos, "Cos", NULL, 0, 0, cosf (x), -sinf (x));
OF_X (sinh, "Sinh", NULL, 0, 0, sinhf (x), coshf (x));
OF_X (cosh, "Cosh", NULL, 0, 0, coshf (x), sinhf (x));
OF_X (asinh, "Asinh", NULL, 0, 0, asinhf (x), 1 / sqrtf (x * x + 1));
OF_X (acosh, "Acosh", NULL, 0, 0, acoshf (x), 1 / sqrtf (x * x - 1));
OF_X (atanh, "Atanh", NULL, 0, 0, atanhf (x), 1 / (1 - x * x));
OF_X (erf, "Erf", NULL, 0, 0, erff (x), 1.12837917f * expf (-x * x));
OF_Y (softplus, "Softplus", NULL, 0, 0, softplus (x), 1 - expf (-y));
OF_X (softsign, "Softsign", NULL, 0, 0, x / (1 + fabsf (x)),
    1 / ((1 + fabsf (x)) * (1 + fabsf (x))));
OF_Y (selu, "Selu", with_gamma, 1.67326324f, 1.05070098f,
    beta *(x < 0 ? alpha * expm1f (x) : x), y < 0 ? y + alpha * beta : beta);
OF_Y (celu, "Celu", with_alpha, 1, 0, x < 0 ? alpha * expm1f (x / alpha) : x,
    y < 0 ? 1 + y / alpha : 1);
OF_Y (hard_sigmoid, "HardSigmoid", with_both, 0.2f, 0.5f,
    ramp (alpha *x + beta), y > 0 && y < 1 ? alpha : 0);
OF_X (hard_swish, "HardSwish", NULL, 0, 0, x *ramp (x / 6 + 0.5f),
    x<-3 ? 0 : x> 3 ? 1 : x / 3 + 0.5f);
OF_X (mish, "Mish", NULL, 0, 0, x *tanhf (softplus (x)), derive_mish (x));
OF_X (thresholded_relu, "ThresholdedRelu", with_alpha, 1, 0, x > alpha ? x : 0,
    x > alpha);
FLAT (floor, "Floor", floorf (x));
FLAT (ceil, "Ceil", ceilf (x));
FLAT (round, "Round", rintf (x));
FLAT (sign, "Sign", (x > 0) - (x < 0));
