/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Shapes and tensors: n, c, z, y, x (or fewer axes), x fastest, without gaps.
 * Images and weights are float32; shapes and class numbers are int64. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define LAM_TENSOR_MAX_RANK 8
/* More elements than this are a mistake or an attack, not an image. */
#define LAM_TENSOR_MAX_COUNT (INT64_C (1) << 40)

typedef enum {
  LAM_TENSOR_F32,
  LAM_TENSOR_I64,
  LAM_TENSOR_F16, /* within fast programs only; see nn/half.h */
} LamTensorType;

typedef struct {
  LamTensorType type;
  int rank; /* 0: one number */
  int64_t dims[LAM_TENSOR_MAX_RANK];
} LamShape;

/* `data` is NULL while only the shape is known. */
typedef struct {
  LamShape shape;
  void *data;
  bool wants_size; /* somebody asks for it */
  float size; /* while running: no number is larger; 0: unknown */
  float *units; /* Borrowed; F16: by channel, set by who writes it */
} LamTensor;

LamShape lam_shape_new (LamTensorType type, int rank, const int64_t *dims);
/* Each axis at least 0, the product at most LAM_TENSOR_MAX_COUNT. */
bool lam_shape_is_valid (const LamShape *shape);
/* The next three only for valid shapes. The product of axes [from, to). */
int64_t lam_shape_product (const LamShape *shape, int from, int to);
int64_t lam_shape_get_count (const LamShape *shape);
int64_t lam_shape_get_bytes (const LamShape *shape);
/* Of one element. */
size_t lam_tensor_type_get_bytes (LamTensorType type);
/* Same type, rank and axes. */
bool lam_shape_equal (const LamShape *a, const LamShape *b);
/* "1×64×5×256×256". */
char *lam_shape_to_text (const LamShape *shape) G_GNUC_WARN_UNUSED_RESULT;

/* Owns its data, which is zero. */
LamTensor *lam_tensor_new (const LamShape *shape) G_GNUC_WARN_UNUSED_RESULT;
/* The same, but its data is whatever was there. */
LamTensor *lam_tensor_new_unset (
    const LamShape *shape) G_GNUC_WARN_UNUSED_RESULT;
void lam_tensor_free (LamTensor *tensor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamTensor, lam_tensor_free)

static inline float *
lam_tensor_floats (const LamTensor *tensor)
{
  return tensor->data;
}

static inline uint16_t *
lam_tensor_halves (const LamTensor *tensor)
{
  return tensor->data;
}

static inline int64_t *
lam_tensor_integers (const LamTensor *tensor)
{
  return tensor->data;
}
