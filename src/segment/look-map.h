/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How much is likely wrong where, and from it the looks that are worth most:
 * what a person sees at one place and puts right while there. Any one thread.
 */
#pragma once

#include "segment/brick-doubt.h"

/* What one look shows, in voxels across and in slices. Where less is doubtful
 * the place's box is smaller. */
#define LAM_LOOK_WIDTH 64
#define LAM_LOOK_DEPTH 5

typedef struct _LamLookMap LamLookMap;

LamLookMap *lam_look_map_new (const int64_t size[3]) G_GNUC_WARN_UNUSED_RESULT;
void lam_look_map_free (LamLookMap *map);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamLookMap, lam_look_map_free)

/* Once a brick. */
void lam_look_map_add (LamLookMap *map, LamBrickKey key, LamBrickDoubt *doubt);

/* What a voxel of that label counts which may be of class `second` (-1: not
 * known). */
typedef double (*LamLookWeigh) (uint32_t label, int32_t second, gpointer data);
/* Once, when all bricks are there. */
void lam_look_map_weigh (LamLookMap *map, LamLookWeigh weigh, gpointer data);

/* Appends boxes (LamBox) of which a person has said that they are right, as far
 * as they meet `box`. */
typedef bool (*LamLookSettled) (
    const LamBox *box, gpointer data, GArray *boxes, GError **error);

typedef struct {
  LamBox box; /* around the unsure voxels; no larger than a look */
  int64_t n_voxels; /* of those */
  double uncertainty; /* their mean */
  uint32_t label; /* that many of them have, and the class that comes second */
  int32_t second;
  double score; /* what looking there is expected to put right, weighed */
} LamLook;

/* After that: the best of what is left, which is taken away by that: looks
 * hardly overlap, and each counts what those before it left. With at least
 * `least` unsure voxels. False without error: there is no more. */
bool lam_look_map_take (LamLookMap *map, int64_t least, LamLookSettled settled,
    gpointer data, LamLook *look, GError **error);
