/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Where the labels of a project are likely wrong, best place to look at first.
 * Any thread, blocking. */
#pragma once

#include "base/progress.h"
#include "labels/label-map.h"
#include "labels/opinion.h"
#include "labels/place.h"
#include "segment/likely-cache.h"
#include "segment/look-map.h"

/* NULL without error: nobody spoke there. */
typedef LamOpinion *(*LamOpinionRead) (
    LamBrickKey key, gpointer data, GCancellable *cancellable, GError **error);
/* False: a person has looked at that place already. May lower its score. */
typedef bool (*LamPlaceFilter) (
    LamPlace *place, gpointer data, bool *is_wanted, GError **error);

typedef struct {
  int64_t size[3]; /* of the volume, in voxels */
  const GArray *keys; /* packed int64_t: the bricks that exist, in any order */
  LamBrickRead read_brick;
  LamOpinionRead read_opinion;
  LamPlaceFilter filter; /* sets `is_wanted`; NULL: all are */
  /* LamBox: nothing is expected in those that stand, see look-map.h; or NULL */
  const GArray *settled;
  bool (*stands) (guint n, gpointer data, bool *stands, GError **error);
  /* NULL: classes do not matter. Else a voxel counts more the fewer there are
   * of its class, in steps. */
  int32_t (*get_class) (uint32_t label, gpointer data);
  /* With a cache: the number of the brick's last change, 0 or more, which is
   * never given again. */
  int64_t (*get_change) (LamBrickKey key, gpointer data);
  gpointer data; /* for the six */
} LamLikelyInput;

typedef struct {
  int least_uncertainty; /* of an unsure voxel */
  int64_t least_unsure; /* voxels of an unsure place */
  int64_t most_tiny; /* voxels of a tiny piece or hole */
  int64_t least_end; /* voxels of an end */
  int64_t least_slice; /* voxels that the slices beside contradict */
  guint limit; /* places that are given, the best */
} LamLikelyRules;
extern const LamLikelyRules lam_likely_rules;

/* LamPlace, in the order of lam_place_compare(); the same each time, with a
 * cache or without (NULL). A cache goes with one project and these rules; with
 * it, the time goes with the bricks that changed since, and with the number of
 * places. */
GArray *lam_likely_errors_find (const LamLikelyInput *input,
    const LamLikelyRules *rules, LamLikelyCache *cache, LamProgress *progress,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
