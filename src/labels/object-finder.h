/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* From a volume of classes to one of objects: connected components that are
 * large enough, in a scratch volume of labels, brick by brick, in several
 * threads. The result does not depend on bricks or threads. */
#pragma once

#include "base/progress.h"
#include "labels/components.h"
#include "volume/source.h"

typedef struct {
  LamConnectivity connectivity;
  int64_t min_voxels[256]; /* of each class; 0: the class makes no objects */
} LamObjectRules;

typedef struct {
  uint32_t id;
  int32_t class_id;
  int64_t n_voxels;
  int64_t first; /* its first voxel's index in the volume */
  LamBox box;
} LamObject;

/* `classes`: of a type of whole numbers, all from 0 to 255. `labels`: a scratch
 * source of uint32 of the same size; each voxel is written. Gives LamObject
 * by id, from 1: in the order of their first voxels. */
GArray *lam_object_finder_run (LamSource *classes, const LamObjectRules *rules,
    LamSource *labels, LamProgress *progress,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Bricks that suit how the file lies on disk, of some millions of voxels: no
 * chunk is decoded twice in one walk over them. */
void lam_object_finder_choose_brick (
    const LamSourceInfo *info, int64_t brick[3]);
/* Classes of a box as bytes; fails where a number is above 255. Any thread. */
bool lam_object_finder_read (LamSource *classes, const LamBox *box,
    uint8_t *out, GCancellable *cancellable, GError **error);
