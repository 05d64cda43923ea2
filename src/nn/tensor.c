/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "nn/tensor.h"

#include <string.h>

#include "nn/arena.h"

LamShape
lam_shape_new (LamTensorType type, int rank, const int64_t *dims)
{
  LamShape shape = { .type = type, .rank = rank };
  g_assert (rank >= 0 && rank <= LAM_TENSOR_MAX_RANK);
  for (int i = 0; i < rank; i++)
    shape.dims[i] = dims[i];
  return shape;
}

bool
lam_shape_is_valid (const LamShape *shape)
{
  int64_t count = 1;
  if (shape->rank < 0 || shape->rank > LAM_TENSOR_MAX_RANK)
    return false;
  for (int i = 0; i < shape->rank; i++) {
    int64_t n = shape->dims[i];
    if (n < 0 || n > LAM_TENSOR_MAX_COUNT)
      return false;
    if (n && count > LAM_TENSOR_MAX_COUNT / n)
      return false;
    /* An axis of 0 must not hide an absurd one behind it. */
    count *= MAX (n, 1);
  }
  return true;
}

int64_t
lam_shape_product (const LamShape *shape, int from, int to)
{
  int64_t product = 1;
  for (int i = from; i < to; i++)
    product *= shape->dims[i];
  return product;
}

int64_t
lam_shape_get_count (const LamShape *shape)
{
  return lam_shape_product (shape, 0, shape->rank);
}

size_t
lam_tensor_type_get_bytes (LamTensorType type)
{
  return type == LAM_TENSOR_I64 ? sizeof (int64_t)
      : type == LAM_TENSOR_F16  ? sizeof (uint16_t)
                                : sizeof (float);
}

int64_t
lam_shape_get_bytes (const LamShape *shape)
{
  return lam_shape_get_count (shape)
      * (int64_t)lam_tensor_type_get_bytes (shape->type);
}

bool
lam_shape_equal (const LamShape *a, const LamShape *b)
{
  return a->type == b->type && a->rank == b->rank
      && memcmp (a->dims, b->dims, a->rank * sizeof *a->dims) == 0;
}

char *
lam_shape_to_text (const LamShape *shape)
{
  g_autoptr (GString) text = g_string_new (shape->rank ? NULL : "1");
  for (int i = 0; i < shape->rank; i++)
    g_string_append_printf (
        text, "%s%" G_GINT64_FORMAT, i ? "×" : "", shape->dims[i]);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

LamTensor *
lam_tensor_new (const LamShape *shape)
{
  LamTensor *tensor = g_new0 (LamTensor, 1);
  tensor->shape = *shape;
  tensor->data = g_malloc0 (MAX (lam_shape_get_bytes (shape), 8));
  return tensor;
}

LamTensor *
lam_tensor_new_unset (const LamShape *shape)
{
  LamTensor *tensor = g_new0 (LamTensor, 1);
  int64_t bytes = MAX (lam_shape_get_bytes (shape), 8);
  tensor->shape = *shape;
  tensor->data = lam_arena_allocate (bytes);
  if (!tensor->data)
    g_error ("no %" G_GINT64_FORMAT " bytes of memory", bytes);
  return tensor;
}

void
lam_tensor_free (LamTensor *tensor)
{
  if (!tensor)
    return;
  g_free (tensor->data);
  g_free (tensor);
}
