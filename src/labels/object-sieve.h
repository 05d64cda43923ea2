/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Leaves out objects that are too small, of a part of a volume: those that are
 * all in it. */
#pragma once

#include "labels/object-finder.h"

typedef struct {
  int64_t min_voxels[256]; /* of each class; fewer are left out */
  int64_t noise; /* the same where an object may go on, if that is less */
  /* Borrowed; of each voxel, dense. An object with a voxel that has one of the
   * bits `keeps` stays, whatever its size. One that lies face to face with a
   * voxel that has one of the bits `open` may go on there. */
  const uint8_t *flags;
  uint8_t keeps, open;
  LamBox inside; /* where nothing is open */
} LamSieve;

/* `labels` and `objects` as the divider left them, in memory; both are numbered
 * anew, in the same order. */
bool lam_object_sieve_run (LamSource *labels, GArray *objects,
    const LamSieve *sieve, LamProgress *progress,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
