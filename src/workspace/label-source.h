/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a project says about voxels, as a volume of numbers (uint32), at the
 * moment of a snapshot: for what reads and writes volumes. */
#pragma once

#include "labels/voice.h"
#include "store/snapshot.h"
#include "volume/source.h"

typedef enum {
  LAM_LABEL_SOURCE_LABELS,
  LAM_LABEL_SOURCE_CLASSES, /* the label's class's id */
  LAM_LABEL_SOURCE_SOURCES, /* LamVoxelSource */
} LamLabelSourceWhat;

/* The classes of what another person says, 255 where nothing is said. The
 * snapshot, of the same store, is borrowed for its classes. */
LamSource *lam_label_source_new_voice (LamStore *store,
    LamStoreSnapshot *snapshot, const LamVoice *voice,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The snapshot is borrowed: it outlives the source. `unlabelled`: of classes,
 * the number where nothing is labelled. `voxel_size_nm` 0: unknown. */
LamSource *lam_label_source_new (LamStoreSnapshot *snapshot,
    LamLabelSourceWhat what, uint32_t unlabelled, const char *path,
    const int64_t size[3],
    const double voxel_size_nm[3]) G_GNUC_WARN_UNUSED_RESULT;
