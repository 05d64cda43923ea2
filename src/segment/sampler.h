/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Patches to train on, drawn from images of which something is known: classes
 * that are rare come as often as one wants. The n-th patch follows from the
 * seed and n alone, so that a training that goes on sees what it would have
 * seen. Does not change but by add(); any thread. */
#pragma once

#include "segment/augment.h"
#include "segment/normalisation.h"
#include "segment/truth.h"

typedef struct {
  int64_t size[3]; /* x, y, z voxels of a patch */
  double balance; /* 1: all classes as often; 0: as often as they are */
  uint64_t seed;
  LamAugmentation augmentation;
} LamSamplerSettings;

typedef struct _LamSampler LamSampler;

LamSampler *lam_sampler_new (
    const LamSamplerSettings *settings) G_GNUC_WARN_UNUSED_RESULT;
void lam_sampler_free (LamSampler *sampler);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamSampler, lam_sampler_free)

/* All sources have the same classes. Takes `truth`. Image and labels have the
 * same size. */
void lam_sampler_add (LamSampler *sampler, LamVolume *image,
    const LamNormalisation *normalisation, LamTruth *truth);
/* Of the source added last: what an error in each voxel counts, at least 0.
 * `weights` has the size of its image. */
void lam_sampler_set_weights (LamSampler *sampler, LamVolume *weights);
/* Labelled voxels of all sources. */
int64_t lam_sampler_get_count (const LamSampler *sampler, int class_index);

/* Fills `patch`, which has the size of the settings, and augments it. There
 * must be labelled voxels. */
bool lam_sampler_draw (const LamSampler *sampler, uint64_t number,
    LamPatch *patch, GCancellable *cancellable, GError **error);

/* Patches that cover the boxes without gaps, unchanged: for validation. */
int64_t lam_sampler_get_n_tiles (const LamSampler *sampler);
bool lam_sampler_read_tile (const LamSampler *sampler, int64_t tile,
    LamPatch *patch, GCancellable *cancellable, GError **error);
