/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Named boxes of the volume: what they are for, and how far a person has looked
 * at them. Plain values. */
#pragma once

#include <glib.h>

#include "base/box.h"

/* Numbers are stored; they never change. */
typedef enum {
  LAM_REGION_WORK,
  LAM_REGION_TRAIN,
  LAM_REGION_VALIDATION,
  LAM_REGION_TEST,
  LAM_REGION_IGNORE,
  LAM_N_REGION_ROLES
} LamRegionRole;

typedef enum {
  LAM_REVIEW_NOT_STARTED,
  LAM_REVIEW_IN_PROGRESS,
  LAM_REVIEW_VERIFIED, /* no model and no tool changes a voxel in it */
  LAM_REVIEW_FLAGGED,
  LAM_N_REVIEWS
} LamReview;

typedef struct {
  int32_t id; /* from 1 */
  char *name; /* Owned */
  LamBox box; /* level-0 voxels */
  LamRegionRole role;
  LamReview review;
  char *note; /* Owned; free text; NULL or "" for none */
  char *damage; /* Owned; why it counts as verified whatever it was, until
                 * somebody says anew what it is; NULL: it is sound */
} LamRegion;

/* NULL gives NULL. */
LamRegion *lam_region_copy (const LamRegion *region) G_GNUC_WARN_UNUSED_RESULT;
void lam_region_free (LamRegion *region);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamRegion, lam_region_free)

/* Of LamBox: those that are verified, of LamRegion. */
GArray *lam_regions_dup_verified (
    const GPtrArray *regions) G_GNUC_WARN_UNUSED_RESULT;

/* Whether one of the boxes (LamBox) holds the voxel. */
bool lam_boxes_contain (const GArray *boxes, const int64_t voxel[3]);
/* Whether one of the boxes meets `whole`; then says for each voxel of it,
 * dense, whether one holds it. */
bool lam_boxes_mark (const GArray *boxes, const LamBox *whole, bool *marks);

/* "verified": stable names, not translated. */
const char *lam_region_role_name (LamRegionRole role);
const char *lam_review_name (LamReview review);
