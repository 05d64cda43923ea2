/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The objects of a box that networks have segmented in parts: found in all of
 * it at once, from the classes that are written there, cut where they touch and
 * matched with what was there before the first part. So they do not depend on
 * how it was cut into parts, nor on their order. For this floor. */
#pragma once

#include "base/progress.h"
#include "labels/object-finder.h"
#include "workspace/label-numbers.h"
#include "workspace/model-acts.h"
#include "workspace/object-rules.h"

/* A voxel of an object that proved too small: it said that class. */
typedef struct {
  int64_t key; /* packed; of its brick */
  int32_t index; /* in it */
  int32_t class_id;
  uint8_t uncertainty;
} LamObjectDropped;

typedef struct {
  LamStore *store; /* Owned */
  LamModelActs *acts; /* Owned; all edits are written; its `before` is there */
  LamLabelNumbers *numbers; /* Owned */
  LamBox box; /* level-0 voxels */
  int64_t size[3]; /* of the volume */
  double voxel_size_nm[3]; /* 0: unknown */
  /* Owned; by place; of classes with instances, at most 255 */
  GArray *class_ids; /* int32_t */
  GArray *rules; /* LamObjectRule */

  /* What was found; all NULL before */
  int64_t base; /* the project's revision that it is about */
  LamStoreSnapshot *now; /* Owned; of that moment */
  LamSource *labels; /* Owned; of `wide`, where it is not silent */
  LamBox wide; /* the box, and as far around it as cuts look */
  GPtrArray *rows; /* Owned; LamRowChange of labels */
  GArray *keys; /* Owned; int64_t: bricks that change, in order */
  GArray *dropped; /* Owned; LamObjectDropped, in order of key */
} LamObjectLook;

void lam_object_look_free (LamObjectLook *look);
/* Once. In a worker; the project may change meanwhile, see `base`. */
bool lam_object_look_run (
    LamObjectLook *look, LamProgress *progress, GError **error);
/* What is to be written in a brick, LAM_MODEL_SILENT where nothing changes;
 * 64³. Any thread; good while the project is as in `base`, of which it reads
 * nothing. */
bool lam_object_look_fill (const LamObjectLook *look, LamBrickKey key,
    uint32_t *labels, GError **error);
