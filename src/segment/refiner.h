/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Teaches all of a network what people said about voxels, and judges it by
 * voxels that it was not shown. Takes minutes; segment/learner.h is what takes
 * a moment. Of places that nobody spoke of it is shown what it said of them
 * before, so that it does not forget. The same bits for the same words, seed
 * and steps, for any number of threads. One thread at a time; any thread. */
#pragma once

#include "base/progress.h"
#include "segment/model.h"

typedef struct {
  int n_steps;
  double rate; /* of Adam, falling as a cosine */
  uint64_t seed;
  int n_threads; /* 0: one for each processor */
  double balance; /* 1: all classes are shown as often; 0: as they were said */
  /* What voxels that nobody spoke of count in a patch, as against the others:
   * 1. */
  double replay;
} LamRefinerSettings;
void lam_refiner_settings_init (LamRefinerSettings *settings);

typedef struct _LamRefiner LamRefiner;

/* `path`: an ONNX file, where the network begins; read again by run(). */
LamRefiner *lam_refiner_new (const char *path, LamVolume *volume,
    const LamRefinerSettings *settings,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_refiner_free (LamRefiner *refiner);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamRefiner, lam_refiner_free)

/* Where it begins. Borrowed. */
const LamModel *lam_refiner_get_model (const LamRefiner *refiner);

/* What is known in a brick: 64³ classes of the network or LAM_PATCH_IGNORED.
 * `tests` (may be NULL) judges and is never shown. Each brick once. */
void lam_refiner_tell (LamRefiner *refiner, LamBrickKey key,
    const uint8_t *teaches, const uint8_t *tests);

/* Where somebody spoke was chosen, as places are where the network was unsure:
 * then each voxel that tests counts by how much of the volume the network was
 * as sure of, so that the scores are about all of it. Not said: it was not. */
void lam_refiner_set_is_chosen (LamRefiner *refiner, bool is_chosen);

/* What is in use meanwhile, such as what the last layers learned from where it
 * begins: it is judged, too. Taken. Not where what judges it was kept back
 * here, as that has learned it. */
void lam_refiner_set_present (LamRefiner *refiner, LamModel *present);

typedef struct {
  int64_t n_taught; /* voxels that teach */
  int64_t n_tested; /* voxels that it was judged by */
  /* Nothing was told that tests: a fifth of what teaches was kept back. */
  bool is_part;
  double iou_before, iou_after; /* mean of the classes that are there */
  double iou_present; /* NaN: there is none that was judged */
  /* What is gained of the IoU is twice its standard error or more. */
  bool is_sure;
} LamRefinerReport;

/* Writes what it became to `result`. Whether to keep it is the caller's. Fails
 * where there is nothing to learn from or to judge by, and for networks that
 * cannot be trained, saying why. */
bool lam_refiner_run (LamRefiner *refiner, const char *result,
    LamRefinerReport *report, LamProgress *progress, GError **error);
