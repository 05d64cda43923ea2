/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the parts of a check of a training set share. */
#pragma once

#include "workspace/curated-manifest.h"
#include "workspace/curated-private.h"

typedef struct {
  const char *folder; /* Borrowed */
  JsonObject *manifest; /* Borrowed */
  const LamArrayFormat *format;
  GPtrArray *problems; /* Borrowed */
  LamProgress *progress; /* Borrowed */
  int version;
  LamCuratedOptions options; /* as the manifest has them */
  double voxel_size_nm[3]; /* likewise; 0: unknown */
  bool has_wrong_voxel_size; /* one array says enough */

  /* What must follow from the manifest's boxes, options and names and, counted
   * in the arrays, from these; NULL: they make no plan. */
  LamCuratedPlan *plan; /* Owned */
  bool is_counted; /* every voxel could be */

  /* By the class's id, LAM_CURATED_MAX_CLASSES; as the manifest has them */
  uint8_t *kinds; /* Owned; 0: there is none, 1: a class, 2: with instances */
  double *class_weights; /* Owned */
} LamCuratedCheck;

/* The arrays of an item, all of its size and type. */
typedef struct {
  const char *path; /* Borrowed; in the set */
  LamBox box; /* in the volume */
  LamSource *arrays[LAM_CURATED_N_ARRAYS]; /* Owned */
  LamCuratedRegion *region; /* Borrowed; of the plan; NULL: it is in none */
  LamBox own; /* of the volume: what is counted */
} LamCuratedItem;

/* Takes so many that more would say nothing new. */
G_GNUC_PRINTF (2, 3)
void lam_curated_complain (LamCuratedCheck *check, const char *format, ...);

/* Boxes, roles and states; makes the plan. */
void lam_curated_check_plan (LamCuratedCheck *check);
/* The i-th item's region and own part; false: the plan has it not. */
bool lam_curated_check_find (
    const LamCuratedCheck *check, guint i, LamCuratedItem *item);
/* At the end: each value that follows from others or from the arrays. */
void lam_curated_check_values (LamCuratedCheck *check);
/* Every voxel of an item; counts them. */
void lam_curated_check_voxels (LamCuratedCheck *check, LamCuratedItem *item);
