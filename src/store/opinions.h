/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What networks think of the project's bricks, as it is stored. */
#pragma once

#include "labels/opinion.h"
#include "store/store.h"

/* Of all runs that are remembered; NULL without error: of none. Any thread,
 * blocking. */
LamOpinion *lam_store_read_opinion (LamStore *store, LamBrickKey key,
    GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether a voxel's first class is to be rejected. `index` as in label-brick.h.
 */
typedef bool (*LamRejects) (LamBrickKey key, int index, gpointer data);
/* Marks what the newest runs say as rejected, in one transaction outside of the
 * history; for a box, in level-0 voxels. How many voxels; -1 with error. Any
 * thread, blocking. */
int64_t lam_store_reject (LamStore *store, const LamBox *box,
    LamRejects rejects, gpointer data, GError **error);
