/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Einsum of one or two inputs, each with letters that differ, and with the
 * result written out. Letters of the result are looped over, the others are
 * summed. A part is a run of results, or of one input's gradient: there the
 * letters that this input has not are summed. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "nn/operator-table.h"

#define RUN 256
#define MAX_LETTERS (2 * LAM_TENSOR_MAX_RANK)

/* Steps of both inputs (0, 1) and the result (2) along each letter. */
typedef struct {
  int n_inputs, n;
  char letters[MAX_LETTERS + 1];
  int64_t dims[MAX_LETTERS], steps[3][MAX_LETTERS];
} Einsum;

static bool
fail (const LamStep *step, const char *equation, GError **error)
{
  return lam_step_fail (step, error, LAM_ERROR_UNSUPPORTED,
      _ ("the equation “%s” is not understood"), equation);
}

/* The letters of each input, then of the result; NULL: not written so. */
static char **
split_equation (const char *equation, int n_inputs)
{
  g_auto (GStrv) words = g_strsplit (equation, " ", -1);
  g_autofree char *text = g_strjoinv ("", words);
  g_auto (GStrv) sides = g_strsplit (text, "->", -1);
  if (g_strv_length (sides) != 2 || strchr (sides[1], ','))
    return NULL;
  g_autofree char *joined = g_strconcat (sides[0], ",", sides[1], NULL);
  g_auto (GStrv) lists = g_strsplit (joined, ",", -1);
  return (int)g_strv_length (lists) == n_inputs + 1 ? g_steal_pointer (&lists)
                                                    : NULL;
}

/* The place of a letter; a new one is added for an input. */
static int
find_letter (Einsum *einsum, char letter, bool can_add)
{
  const char *found = strchr (einsum->letters, letter);
  if (found)
    return (int)(found - einsum->letters);
  if (!can_add || einsum->n == MAX_LETTERS)
    return -1;
  einsum->letters[einsum->n] = letter;
  return einsum->n++;
}

static bool
read_input (const LamStep *step, int input, const char *letters,
    const char *equation, GError **error)
{
  Einsum *einsum = step->settings;
  const LamShape *shape = &step->inputs[input]->shape;
  int64_t pace = 1;
  if (strlen (letters) != (size_t)shape->rank)
    return fail (step, equation, error);
  for (int i = shape->rank - 1; i >= 0; i--) {
    if (!g_ascii_isalpha (letters[i]) || strchr (letters + i + 1, letters[i]))
      return fail (step, equation, error);
    int at = find_letter (einsum, letters[i], true);
    if (einsum->dims[at] && einsum->dims[at] != shape->dims[i])
      return lam_step_fail (step, error, LAM_ERROR_INPUT,
          _ ("the letter %c is %" G_GINT64_FORMAT
             " in one input and %" G_GINT64_FORMAT " in the other"),
          letters[i], einsum->dims[at], shape->dims[i]);
    einsum->dims[at] = shape->dims[i];
    einsum->steps[input][at] = pace;
    pace *= shape->dims[i];
  }
  return true;
}

static bool
read_result (const LamStep *step, const char *letters, const char *equation,
    GError **error)
{
  Einsum *einsum = step->settings;
  int64_t dims[LAM_TENSOR_MAX_RANK], pace = 1;
  int rank = (int)strlen (letters);
  if (rank > LAM_TENSOR_MAX_RANK)
    return fail (step, equation, error);
  for (int i = rank - 1; i >= 0; i--) {
    int at = find_letter (einsum, letters[i], false);
    if (at < 0 || strchr (letters + i + 1, letters[i]))
      return fail (step, equation, error);
    dims[i] = einsum->dims[at];
    einsum->steps[2][at] = pace;
    pace *= dims[i];
  }
  return lam_step_set_output (step, 0, LAM_TENSOR_F32, rank, dims, error);
}

static bool
infer (LamStep *step, GError **error)
{
  Einsum *einsum = step->settings = g_new0 (Einsum, 1);
  const char *equation = "";
  einsum->n_inputs = step->node->n_inputs;
  if (!lam_step_need_floats (step, 2, error)
      || !lam_step_get_text (step, "equation", &equation, error))
    return false;
  g_auto (GStrv) lists = split_equation (equation, einsum->n_inputs);
  if (!lists)
    return fail (step, equation, error);
  for (int i = 0; i < einsum->n_inputs; i++)
    if (lam_shape_get_count (&step->inputs[i]->shape) < 1)
      return fail (step, equation, error);
    else if (!read_input (step, i, lists[i], equation, error))
      return false;
  step->flops = 2;
  for (int i = 0; i < einsum->n; i++)
    step->flops *= (double)einsum->dims[i];
  return read_result (step, lists[einsum->n_inputs], equation, error);
}

/* What is multiplied, and where the sums go: two tensors of 0 to 2, and the
 * third. A missing one is all ones. */
typedef struct {
  const Einsum *einsum;
  const float *factors[2]; /* or NULL */
  int which[2]; /* in `steps` */
  float *to;
  int target; /* in `steps` */
  int64_t count;
} Product;

/* Letters that the target has are counted by `index`, slowest last; those it
 * has not, by `term`. */
static void
find_places (
    const Product *product, int64_t index, bool of_target, int64_t places[3])
{
  const Einsum *einsum = product->einsum;
  for (int i = 0; i < einsum->n; i++) {
    if ((einsum->steps[product->target][i] != 0) != of_target)
      continue;
    int64_t at = index % einsum->dims[i];
    index /= einsum->dims[i];
    for (int j = 0; j < 3; j++)
      places[j] += at * einsum->steps[j][i];
  }
}

static int64_t
count_letters (const Product *product, bool of_target)
{
  const Einsum *einsum = product->einsum;
  int64_t n = 1;
  for (int i = 0; i < einsum->n; i++)
    if ((einsum->steps[product->target][i] != 0) == of_target)
      n *= einsum->dims[i];
  return n;
}

static void
do_part (gpointer data, int64_t part, int thread)
{
  const Product *product = data;
  int64_t n_terms = count_letters (product, false);
  for (int64_t i = part * RUN; i < MIN ((part + 1) * RUN, product->count);
       i++) {
    int64_t first[3] = { 0 };
    double sum = 0;
    find_places (product, i, true, first);
    for (int64_t j = 0; j < n_terms; j++) {
      int64_t at[3] = { first[0], first[1], first[2] };
      double term = 1;
      find_places (product, j, false, at);
      for (int k = 0; k < 2; k++)
        if (product->factors[k])
          term *= (double)product->factors[k][at[product->which[k]]];
      sum += term;
    }
    product->to[first[product->target]] = (float)sum;
  }
}

static void
multiply (Product *product, LamTeam *team)
{
  product->count = count_letters (product, true);
  lam_team_run (team, (product->count + RUN - 1) / RUN, do_part, product);
}

static const float *
get_input (const LamStep *step, int i)
{
  return i < step->node->n_inputs ? lam_tensor_floats (step->inputs[i]) : NULL;
}

static void
forward (const LamStep *step, LamTeam *team)
{
  Product product = { .einsum = step->settings,
    .factors = { get_input (step, 0), get_input (step, 1) },
    .which = { 0, 1 },
    .to = lam_tensor_floats (step->outputs[0]),
    .target = 2 };
  multiply (&product, team);
}

static void
backward (const LamStep *step, const LamStepGradients *gradients, LamTeam *team)
{
  for (int i = 0; i < step->node->n_inputs; i++) {
    Product product = { .einsum = step->settings,
      .factors = { gradients->outputs[0], get_input (step, 1 - i) },
      .which = { 2, 1 - i },
      .to = gradients->inputs[i],
      .target = i };
    if (product.factors[0] && product.to)
      multiply (&product, team);
  }
}

const LamOperator lam_operator_einsum = {
  .name = "Einsum",
  .min_inputs = 1,
  .max_inputs = 2,
  .n_outputs = 1,
  .attributes = (const char *const[]){ "equation", NULL },
  .infer = infer,
  .forward = forward,
  .backward_inputs = 3,
  .backward = backward,
};
