/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The cheapest way from a set of voxels to a goal, in a volume larger than
 * memory: what it comes by is read in blocks. Belongs to one thread at a
 * time. */
#pragma once

#include "base/progress.h"
#include "labels/voxel-set.h"

/* Along each axis. */
#define LAM_WAY_BLOCK 32
#define LAM_WAY_BLOCK_VOXELS (LAM_WAY_BLOCK * LAM_WAY_BLOCK * LAM_WAY_BLOCK)

/* A voxel's price: closed, from cheap to dear by even steps, or a goal. */
enum {
  LAM_WAY_CLOSED = 0,
  LAM_WAY_CHEAP = 1,
  LAM_WAY_DEAR = 254, /* a nm costs as much as this many cheap ones: */
  LAM_WAY_GOAL = 255,
};
#define LAM_WAY_DEAREST 9

typedef struct {
  LamBox box; /* no way leads out of it; inside of the volume */
  double voxel_size_nm[3];
  /* `prices`: of a whole block, x fastest, whose part inside of the box
   * `inside` is; all closed before. */
  bool (*read) (const LamBox *block, const LamBox *inside, uint8_t *prices,
      gpointer user_data, GError **error);
  gpointer user_data;
} LamWayRule;

typedef enum {
  LAM_WAY_FOUND,
  LAM_WAY_NONE, /* all that is open was looked at */
  LAM_WAY_TOO_FAR, /* not within what memory is spent on */
  LAM_WAY_FAILED, /* with error */
} LamWayEnd;

typedef struct {
  int64_t at[3];
} LamWayVoxel;

typedef struct _LamWayFinder LamWayFinder;

LamWayFinder *lam_way_finder_new (
    const LamWayRule *rule) G_GNUC_WARN_UNUSED_RESULT;
void lam_way_finder_free (LamWayFinder *finder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamWayFinder, lam_way_finder_free)
/* These voxels are goals from now on, as `rule->read` will say, too. */
void lam_way_finder_add_goals (LamWayFinder *finder, const LamVoxelSet *set);
/* From `from`, whose voxels are goals that do not count, to the cheapest other
 * goal. `way` gets LamWayVoxel from that one on to one of `from`, each beside
 * the next by a face. */
LamWayEnd lam_way_finder_find (LamWayFinder *finder, const LamVoxelSet *from,
    GArray *way, LamProgress *progress, GError **error);
