/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a model says about a volume, as files: one of classes, or one of
 * probabilities for each class. */
#pragma once

#include "segment/predict.h"

typedef enum {
  LAM_PREDICTION_CLASSES, /* uint8: 0, 1, … */
  LAM_PREDICTION_BYTES, /* uint8: probability · 255 */
  LAM_PREDICTION_FLOATS,
} LamPredictionKind;

typedef struct {
  const LamModel *model; /* Borrowed */
  LamVolume *volume; /* Borrowed */
  LamNormalisation normalisation;
  LamBox box;
  LamPredictSettings settings;
  LamPredictionKind kind;
  const char *path; /* .tif, .tiff or .zarr */
} LamPrediction;

/* "out.tif"; of probabilities, "out-mitochondrion.tif". */
char *lam_prediction_dup_path (
    const LamPrediction *prediction, int class_index) G_GNUC_WARN_UNUSED_RESULT;
/* Files appear only when they are complete; until then the result lies,
 * nameless, on their disk. */
bool lam_prediction_write (
    const LamPrediction *prediction, LamProgress *progress, GError **error);
