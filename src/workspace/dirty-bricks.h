/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which bricks of a label map changed since they were taken. A large box is
 * looked through in turns. One thread: the map's. */
#pragma once

#include "labels/label-map.h"

typedef struct _LamDirtyBricks LamDirtyBricks;

LamDirtyBricks *lam_dirty_bricks_new (void) G_GNUC_WARN_UNUSED_RESULT;
void lam_dirty_bricks_free (LamDirtyBricks *dirty);
/* As new. */
void lam_dirty_bricks_clear (LamDirtyBricks *dirty);

/* Of the bricks in the box (voxels) those that changed since they were taken,
 * or all of them that exist. */
void lam_dirty_bricks_add_box (
    LamDirtyBricks *dirty, LamLabelMap *map, const LamBox *box, bool all);
void lam_dirty_bricks_add (LamDirtyBricks *dirty, int64_t packed);
/* What was taken is as it was at that serial of the brick. */
void lam_dirty_bricks_note_taken (
    LamDirtyBricks *dirty, int64_t packed, uint64_t serial);

/* False: nothing is dirty. True: something may be. */
bool lam_dirty_bricks_has (LamDirtyBricks *dirty);
/* Looks through what is waiting, until that moment (monotonic, in µs). False:
 * there is more. */
bool lam_dirty_bricks_look (
    LamDirtyBricks *dirty, LamLabelMap *map, int64_t end_us);
/* The set of packed keys; none is dirty from then on, but for what is still to
 * be looked through. */
GHashTable *lam_dirty_bricks_steal (
    LamDirtyBricks *dirty) G_GNUC_WARN_UNUSED_RESULT;
/* Takes over what was stolen: all of it is dirty again. */
void lam_dirty_bricks_give_back (LamDirtyBricks *dirty, GHashTable *keys);

/* Frees a table in a thread, where that takes long; NULL is none. */
void lam_dirty_bricks_drop (GHashTable *table);
