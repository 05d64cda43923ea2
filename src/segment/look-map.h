/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How much is likely wrong where, and from it the looks that are worth most:
 * what a person sees at one place and puts right while there. Any one thread.
 */
#pragma once

#include "base/progress.h"
#include "segment/brick-doubt.h"

/* What one look shows, in voxels across and in slices. Where less is doubtful
 * the place's box is smaller. */
#define LAM_LOOK_WIDTH 64
#define LAM_LOOK_DEPTH 5

typedef struct _LamLookMap LamLookMap;

LamLookMap *lam_look_map_new (void) G_GNUC_WARN_UNUSED_RESULT;
void lam_look_map_free (LamLookMap *map);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamLookMap, lam_look_map_free)

/* What there is of a brick from now on; NULL: nothing. */
void lam_look_map_put (LamLookMap *map, LamBrickKey key, LamBrickDoubt *doubt);

typedef struct {
  /* What a voxel of that label counts which may be of class `second` (-1: not
   * known); above 0. */
  double (*weigh) (uint32_t label, int32_t second, gpointer data);
  /* LamBox: what a person said there may be right. May be NULL. */
  const GArray *settled;
  /* Whether the n-th of those still is; asked where it matters. */
  bool (*stands) (guint n, gpointer data, bool *stands, GError **error);
  gpointer data; /* for both */
  int64_t least; /* unsure voxels of a look */
  guint limit; /* looks; each time the same */
} LamLookRule;

typedef struct {
  LamBox box; /* around the unsure voxels; no larger than a look */
  int64_t n_voxels; /* of those */
  double uncertainty; /* their mean */
  uint32_t label; /* that many of them have, and the class that comes second */
  int32_t second;
  double score; /* what looking there is expected to put right, weighed */
} LamLook;

/* Appends the best looks (LamLook), each the best of what those before it left:
 * they hardly overlap. The same whatever was asked before. False with error:
 * cancelled, or of `stands`; then all is sought anew the next time. */
bool lam_look_map_find (LamLookMap *map, const LamLookRule *rule, GArray *looks,
    LamProgress *progress, GError **error);
/* Without what was put. */
int64_t lam_look_map_get_n_bytes (const LamLookMap *map);
