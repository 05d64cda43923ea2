/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "nn/broadcast.h"

#include <glib/gi18n-lib.h>

#define RUN 16384

static int64_t
get_dim (const LamShape *shape, int rank, int i)
{
  int at = i - (rank - shape->rank);
  return at < 0 ? 1 : shape->dims[at];
}

static bool
fail (const LamStep *step, const LamShape *a, const LamShape *b, GError **error)
{
  g_autofree char *left = lam_shape_to_text (a);
  g_autofree char *right = lam_shape_to_text (b);
  lam_step_fail (step, error, LAM_ERROR_INPUT,
      _ ("the inputs are %s and %s, which do not fit together"), left, right);
  return false;
}

/* Makes `all` reach over `shape`, too. */
static bool
reach_over (
    const LamStep *step, const LamShape *shape, LamShape *all, GError **error)
{
  const LamShape before = *all;
  all->rank = MAX (before.rank, shape->rank);
  for (int i = 0; i < all->rank; i++) {
    int64_t a = get_dim (&before, all->rank, i);
    int64_t b = get_dim (shape, all->rank, i);
    if (a != b && a != 1 && b != 1)
      return fail (step, &before, shape, error);
    all->dims[i] = a == 1 ? b : a;
  }
  return true;
}

static bool
can_join (const LamBroadcast *broadcast, int64_t (*steps)[LAM_TENSOR_MAX_RANK],
    int axis, int64_t size)
{
  int last = broadcast->rank - 1;
  if (broadcast->rank == 0)
    return false;
  for (int i = 0; i < broadcast->n; i++)
    if (broadcast->steps[i][last] != steps[i][axis] * size)
      return false;
  return true;
}

/* Axes of size 1 vanish. */
static void
join_axes (LamBroadcast *broadcast, const LamShape *all,
    int64_t (*steps)[LAM_TENSOR_MAX_RANK])
{
  for (int i = 0; i < all->rank; i++) {
    if (all->dims[i] == 1)
      continue;
    if (!can_join (broadcast, steps, i, all->dims[i]))
      broadcast->dims[broadcast->rank++] = 1;
    int last = broadcast->rank - 1;
    broadcast->dims[last] *= all->dims[i];
    for (int j = 0; j < broadcast->n; j++)
      broadcast->steps[j][last] = steps[j][i];
  }
  if (broadcast->rank == 0)
    broadcast->dims[broadcast->rank++] = 1;
}

LamBroadcast *
lam_broadcast_new (LamStep *step, int n, const LamShape *least,
    LamTensorType result, GError **error)
{
  LamShape all = least ? *least : step->inputs[0]->shape;
  for (int i = 0; i < n; i++)
    if (!reach_over (step, &step->inputs[i]->shape, &all, error))
      return NULL;
  if (!lam_step_set_output (step, 0, result, all.rank, all.dims, error))
    return NULL;
  LamBroadcast *broadcast =
      g_malloc0 (sizeof *broadcast + (size_t)n * sizeof *broadcast->steps);
  int64_t (*steps)[LAM_TENSOR_MAX_RANK] = g_malloc0 ((size_t)n * sizeof *steps);
  broadcast->n = n;
  for (int i = 0; i < n; i++) {
    int64_t pace = 1;
    for (int j = all.rank - 1; j >= 0; j--) {
      int64_t size = get_dim (&step->inputs[i]->shape, all.rank, j);
      steps[i][j] = size == 1 ? 0 : pace;
      pace *= size;
    }
  }
  join_axes (broadcast, &all, steps);
  g_free (steps);
  int64_t width = broadcast->dims[broadcast->rank - 1];
  broadcast->row_parts = (width + RUN - 1) / RUN;
  broadcast->n_parts = broadcast->row_parts;
  for (int i = 0; i < broadcast->rank - 1; i++)
    broadcast->n_parts *= broadcast->dims[i];
  return broadcast;
}

int64_t
lam_broadcast_find_run (const LamBroadcast *broadcast, int64_t part, int64_t *n)
{
  int64_t width = broadcast->dims[broadcast->rank - 1];
  int64_t first = part % broadcast->row_parts * RUN;
  *n = MIN (RUN, width - first);
  return part / broadcast->row_parts * width + first;
}

int64_t
lam_broadcast_find_input (
    const LamBroadcast *broadcast, int64_t part, int input, int64_t *pace)
{
  const int64_t *steps = broadcast->steps[input];
  int last = broadcast->rank - 1;
  int64_t at = part % broadcast->row_parts * RUN * steps[last];
  int64_t row = part / broadcast->row_parts;
  for (int i = last - 1; i >= 0; i--) {
    at += row % broadcast->dims[i] * steps[i];
    row /= broadcast->dims[i];
  }
  *pace = steps[last];
  return at;
}

bool
lam_broadcast_is_whole (const LamBroadcast *broadcast, int input)
{
  for (int i = 0; i < broadcast->rank; i++)
    if (broadcast->steps[input][i] == 0 && broadcast->dims[i] != 1)
      return false;
  return true;
}
