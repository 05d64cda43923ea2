/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Expand repeats axes of size 1, Tile whole axes. A part of Tile is a row of
 * the result. Backwards, repeated elements are added up by one thread. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "nn/broadcast.h"
#include "nn/operator-table.h"

static bool
infer_expand (LamStep *step, GError **error)
{
  const LamTensor *input = step->inputs[0];
  const int64_t *dims = NULL;
  int rank = 0;
  if (!lam_step_get_list (step, NULL, 1, &dims, &rank, error))
    return false;
  if (rank > LAM_TENSOR_MAX_RANK)
    return lam_step_set_output (step, 0, input->shape.type, rank, NULL, error);
  LamShape least = lam_shape_new (input->shape.type, rank, dims);
  if (!lam_shape_is_valid (&least)) {
    g_autofree char *text = lam_shape_to_text (&least);
    return lam_step_fail (step, error, LAM_ERROR_LIMIT,
        _ ("the result would have %s elements"), text);
  }
  LamBroadcast *broadcast = step->settings =
      lam_broadcast_new (step, 1, &least, input->shape.type, error);
  return broadcast != NULL;
}

static void
expand_part (gpointer data, int64_t part, int thread)
{
  const LamStep *step = data;
  int64_t n, pace;
  int64_t to = lam_broadcast_find_run (step->settings, part, &n);
  int64_t at = lam_broadcast_find_input (step->settings, part, 0, &pace);
  if (step->inputs[0]->shape.type == LAM_TENSOR_F32)
    for (int64_t i = 0; i < n; i++)
      lam_tensor_floats (step->outputs[0])[to + i] =
          lam_tensor_floats (step->inputs[0])[at + i * pace];
  else
    for (int64_t i = 0; i < n; i++)
      lam_tensor_integers (step->outputs[0])[to + i] =
          lam_tensor_integers (step->inputs[0])[at + i * pace];
}

static void
forward_expand (const LamStep *step, LamTeam *team)
{
  const LamBroadcast *broadcast = step->settings;
  lam_team_run (team, broadcast->n_parts, expand_part, (gpointer)step);
}

static void
backward_expand (
    const LamStep *step, const LamStepGradients *gradients, LamTeam *team)
{
  const LamBroadcast *broadcast = step->settings;
  const float *from = gradients->outputs[0];
  float *to = gradients->inputs[0];
  if (!from || !to)
    return;
  memset (to, 0, (size_t)lam_shape_get_bytes (&step->inputs[0]->shape));
  for (int64_t part = 0; part < broadcast->n_parts; part++) {
    int64_t n, pace, first = lam_broadcast_find_run (broadcast, part, &n);
    int64_t at = lam_broadcast_find_input (broadcast, part, 0, &pace);
    for (int64_t i = 0; i < n; i++)
      to[at + i * pace] += from[first + i];
  }
}

static bool
infer_tile (LamStep *step, GError **error)
{
  const LamShape *shape = &step->inputs[0]->shape;
  const int64_t *repeats = NULL;
  int64_t dims[LAM_TENSOR_MAX_RANK];
  int n = 0;
  if (!lam_step_need_rank (step, 0, 1, LAM_TENSOR_MAX_RANK, error)
      || !lam_step_get_list (step, NULL, 1, &repeats, &n, error))
    return false;
  if (n != shape->rank)
    return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
        _ ("%s has %d numbers, but %d are needed"), "repeats", n, shape->rank);
  for (int i = 0; i < n; i++) {
    if (repeats[i] < 0 || repeats[i] > G_MAXINT32)
      return lam_step_fail (step, error, LAM_ERROR_CORRUPT,
          _ ("axis %d is repeated %" G_GINT64_FORMAT " times"), i, repeats[i]);
    dims[i] = shape->dims[i] > LAM_TENSOR_MAX_COUNT / MAX (repeats[i], 1)
        ? LAM_TENSOR_MAX_COUNT + 1
        : shape->dims[i] * repeats[i];
  }
  return lam_step_set_output (step, 0, shape->type, n, dims, error);
}

/* The element of the input that row `row` of the result begins with. */
static int64_t
find_row (const LamStep *step, int64_t row)
{
  const LamShape *from = &step->inputs[0]->shape;
  const LamShape *to = &step->outputs[0]->shape;
  int64_t at = 0, pace = from->dims[from->rank - 1];
  for (int i = from->rank - 2; i >= 0; i--) {
    at += row % to->dims[i] % from->dims[i] * pace;
    pace *= from->dims[i];
    row /= to->dims[i];
  }
  return at;
}

static void
tile_part (gpointer data, int64_t part, int thread)
{
  const LamStep *step = data;
  const LamShape *from = &step->inputs[0]->shape;
  size_t size = lam_tensor_type_get_bytes (from->type);
  size_t n = (size_t)from->dims[from->rank - 1] * size;
  size_t wanted = (size_t)step->outputs[0]->shape.dims[from->rank - 1] * size;
  char *to = (char *)step->outputs[0]->data + (size_t)part * wanted;
  const char *row = (const char *)step->inputs[0]->data
      + (size_t)find_row (step, part) * size;
  for (size_t done = 0; done < wanted; done += n)
    memcpy (to + done, row, n);
}

static int64_t
count_rows (const LamShape *shape)
{
  return lam_shape_get_count (shape)
      ? lam_shape_product (shape, 0, shape->rank - 1)
      : 0;
}

static void
forward_tile (const LamStep *step, LamTeam *team)
{
  lam_team_run (
      team, count_rows (&step->outputs[0]->shape), tile_part, (gpointer)step);
}

static void
backward_tile (
    const LamStep *step, const LamStepGradients *gradients, LamTeam *team)
{
  const LamShape *shape = &step->inputs[0]->shape;
  int64_t n = shape->dims[shape->rank - 1];
  int64_t width = step->outputs[0]->shape.dims[shape->rank - 1];
  const float *from = gradients->outputs[0];
  float *to = gradients->inputs[0];
  if (!from || !to)
    return;
  memset (to, 0, (size_t)lam_shape_get_bytes (shape));
  for (int64_t row = 0; row < count_rows (&step->outputs[0]->shape); row++) {
    int64_t at = find_row (step, row);
    for (int64_t i = 0; i < width; i++)
      to[at + i % n] += from[row * width + i];
  }
}

const LamOperator lam_operator_expand = {
  .name = "Expand",
  .min_inputs = 2,
  .max_inputs = 2,
  .n_outputs = 1,
  .infer = infer_expand,
  .forward = forward_expand,
  .backward = backward_expand,
};

const LamOperator lam_operator_tile = {
  .name = "Tile",
  .min_inputs = 2,
  .max_inputs = 2,
  .n_outputs = 1,
  .infer = infer_tile,
  .forward = forward_tile,
  .backward = backward_tile,
};
