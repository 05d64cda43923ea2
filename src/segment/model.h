/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A network for images: what its file says about how it wants them, checked
 * and completed. Does not change; any thread. */
#pragma once

#include "nn/network.h"
#include "segment/normalisation.h"

typedef struct _LamModel LamModel;

/* Takes ONNX files of others too, as long as they give each voxel of one
 * channel the scores of some classes; refuses the rest, saying why. */
LamModel *lam_model_open (
    const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_model_free (LamModel *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamModel, lam_model_free)

LamNetwork *lam_model_get_network (const LamModel *model);
/* One output channel is two classes: not, and is. */
int lam_model_get_n_classes (const LamModel *model);
/* "class 3" where the file does not say. */
const char *lam_model_get_class_name (const LamModel *model, int class_index);
/* False where the file does not say. */
bool lam_model_get_normalisation (
    const LamModel *model, LamNormalisation *normalisation);
/* Its file says that it wants the mean and deviation of each whole image. */
bool lam_model_measures_image (const LamModel *model);
/* x, y, z: how many voxels at once it was trained on, else a good number;
 * sizes it accepts are multiples of `multiple` (or fixed: then both are the
 * same). */
const int64_t *lam_model_get_tile (const LamModel *model);
const int64_t *lam_model_get_multiple (const LamModel *model);
bool lam_model_is_fixed (const LamModel *model, int axis);
/* 4 (no z: one section at a time) or 5. */
int lam_model_get_rank (const LamModel *model);
/* x, y, z; see nn/field.h. `step` is a multiple of lam_model_get_multiple()
 * where that is free. `whole` is not NULL where a voxel may depend on the whole
 * tile, through the operator of that name ("" where it cannot be named). */
typedef struct {
  const char *whole;
  int64_t before[3], after[3], step[3];
} LamModelField;

const LamModelField *lam_model_get_field (const LamModel *model);
/* They are no scores, but went through a softmax or sigmoid already. */
bool lam_model_says_probabilities (const LamModel *model);
/* Turns the scores of `n` voxels, one row of n a channel of the output, into
 * probabilities, one row a class. */
void lam_model_finish (
    const LamModel *model, const float *scores, int64_t n, float *out);
