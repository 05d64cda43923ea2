/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* All voxels of a scratch volume of labels, part by part. */
#pragma once

#include "base/progress.h"
#include "volume/source.h"

/* `labels`: of `box`, dense, to be read or changed. Any thread, several parts
 * at once. */
typedef bool (*LamLabelVisit) (
    const LamBox *box, uint32_t *labels, gpointer data, GError **error);

/* `brick`: how large the parts are; NULL or 0: as suits the scratch volume.
 * `write`: what was visited is written back. */
bool lam_label_walk (LamSource *labels, const int64_t brick[3], bool write,
    LamLabelVisit visit, gpointer data, LamProgress *progress, GError **error);
