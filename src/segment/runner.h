/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A model made ready for tiles of one size. One thread at a time. */
#pragma once

#include "base/progress.h"
#include "nn/plan.h"
#include "segment/model.h"
#include "segment/turn.h"

typedef struct _LamRunner LamRunner;

/* Of what the model is shown: a tile of x, y, z voxels. */
LamShape lam_runner_find_shape (const LamModel *model, const int64_t tile[3]);
/* `tile`: x, y, z voxels that the model accepts. Refuses, before it allocates,
 * what needs more than the options' limit. */
LamRunner *lam_runner_new (const LamModel *model, const int64_t tile[3],
    const LamPlanOptions *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_runner_free (LamRunner *runner);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamRunner, lam_runner_free)

/* After weights of the model have changed (nn/head.h). */
bool lam_runner_renew (LamRunner *runner, GError **error);

const int64_t *lam_runner_get_tile (const LamRunner *runner);
/* What a runner takes, and what the weights take as it wants them; `turns`:
 * where not only 0 will be asked for. */
bool lam_runner_measure (const LamModel *model, const int64_t tile[3],
    int n_threads, bool turns, int64_t *bytes, int64_t *weights_bytes,
    GError **error);

/* What the network, shown the turned tile, says of each voxel (turned back):
 * probabilities, one row a class, good until the next call. Those of some
 * voxels may be no numbers. `tile` has the runner's size, and may reach beyond
 * the volume: there the image is mirrored. */
const float *lam_runner_run (LamRunner *runner, LamVolume *volume,
    const LamNormalisation *normalisation, const LamBox *tile, LamTurn turn,
    LamProgress *progress, GError **error);
