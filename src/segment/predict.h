/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A model over a volume, tile by tile. Tiles overlap and are blended, so that
 * no seams are seen. Memory does not grow with the volume; the result depends
 * neither on how it is cut to stay below the limit, nor on threads. */
#pragma once

#include "base/progress.h"
#include "segment/model.h"

typedef struct {
  int64_t tile[3]; /* x, y, z voxels; 0: as the model says */
  double overlap; /* of a tile, 0 to 0.9; below 0: a quarter */
  int n_threads; /* 0: one for each processor */
  int64_t limit_bytes; /* for probabilities that are not finished; 0: 256 MB */
  bool is_last; /* the model is used no more: takes less memory */
  bool is_fast; /* as LamPlanOptions */
  bool flips; /* the mean of what it says mirrored in x, y, both and neither */
} LamPredictSettings;

/* Finished probabilities of `box`: for each class, x fastest. False ends it.
 * Boxes do not overlap and cover all that was asked for. */
typedef bool (*LamPredictTake) (const LamBox *box, const float *probabilities,
    int n_classes, gpointer user_data, GError **error);

/* `box` lies inside the volume. Fails where the model gives something that is
 * no number. Any thread; blocks. */
bool lam_predict (const LamModel *model, LamVolume *volume,
    const LamNormalisation *normalisation, const LamBox *box,
    const LamPredictSettings *settings, LamPredictTake take, gpointer user_data,
    LamProgress *progress, GError **error);
