/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The label layer as the main thread sees it: which bricks exist, and those of
 * them that are in memory. Bricks on disk come through a reader that is given
 * from above. Keeps decoded bricks below a byte budget, least recently used
 * first out, but never those of an open stroke or of an edit that is not yet on
 * disk (pinned). Main thread only, but for the two that read from disk.
 *
 * A brick may change in four ways, each of which makes a new serial for it, so
 * that what a worker read before is known to be stale: set() after an edit,
 * drop() after an undo on disk, set() back when a stroke is given up, and
 * renew() when another file took the place of the first. */
#pragma once

#include <gio/gio.h>

#include "labels/coarse-brick.h"
#include "labels/edit.h"

/* Reads one brick from disk. Any worker thread; blocks. Returns NULL without
 * error for a brick that is not stored. */
typedef LamLabelBrick *(*LamBrickRead) (LamBrickKey key, gpointer user_data,
    GCancellable *cancellable, GError **error);

/* The same for one part of it, at the multiples of `stride` alone. */
typedef LamCoarseBrick *(*LamBrickReadCoarse) (LamBrickKey key,
    LamBrickPart part, const int stride[3], gpointer user_data,
    GCancellable *cancellable, GError **error);

typedef struct _LamLabelMap LamLabelMap;

/* `size`: of the volume, in voxels. `budget_bytes` 0: an eighth of memory. */
LamLabelMap *lam_label_map_new (
    const int64_t size[3], int64_t budget_bytes) G_GNUC_WARN_UNUSED_RESULT;
void lam_label_map_free (LamLabelMap *map);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamLabelMap, lam_label_map_free)

/* Once, before the first worker reads. `read_coarse` NULL: coarse bricks are
 * picked from whole bricks. */
void lam_label_map_set_reader (LamLabelMap *map, LamBrickRead read,
    LamBrickReadCoarse read_coarse, gpointer user_data);
/* Says that a brick exists on disk (at opening: one call a row). */
void lam_label_map_add_stored (LamLabelMap *map, LamBrickKey key);

const int64_t *lam_label_map_get_size (LamLabelMap *map);

typedef enum {
  LAM_BRICK_ABSENT, /* unlabelled, unset everywhere */
  LAM_BRICK_ON_DISK,
  LAM_BRICK_LOADED,
} LamBrickState;

/* `brick` (may be NULL) is borrowed and set when loaded, else NULL. It may be
 * open (see label-brick.h). Keys outside of the volume are absent. */
LamBrickState lam_label_map_lookup (
    LamLabelMap *map, LamBrickKey key, LamLabelBrick **brick);
/* Puts what a worker read (NULL: not stored) into the map, unless that brick
 * changed since `serial` was taken: then returns false, and who still needs the
 * brick looks it up again. A brick that is loaded already stays as it is. */
bool lam_label_map_insert (
    LamLabelMap *map, LamBrickKey key, LamLabelBrick *brick, uint64_t serial);
/* Grows with each lam_label_map_set() and lam_label_map_drop(). */
uint64_t lam_label_map_get_serial (LamLabelMap *map);
/* The serial at which that brick changed last; 0: never. */
uint64_t lam_label_map_get_brick_serial (LamLabelMap *map, LamBrickKey key);
/* An edit's result: the new brick (NULL: absent from now on), pinned until
 * lam_label_map_unpin() was called as often as set. */
void lam_label_map_set (
    LamLabelMap *map, LamBrickKey key, LamLabelBrick *brick);
void lam_label_map_unpin (LamLabelMap *map, LamBrickKey key);
/* The brick as stored is no longer what is in memory, and it is not pinned:
 * forget it (after undo on disk). `exists`: it is stored now. */
void lam_label_map_drop (LamLabelMap *map, LamBrickKey key, bool exists);

/* The bricks on disk are these now (packed keys of int64_t), whatever they
 * were: forgets all that are not pinned. */
void lam_label_map_renew (LamLabelMap *map, const GArray *keys);

/* Label and source at a voxel without I/O; false when it is not in memory. */
bool lam_label_map_try_voxel (LamLabelMap *map, const int64_t voxel[3],
    uint32_t *label, uint16_t *source);
/* Any thread: reads from disk through the reader, past the map. Touches nothing
 * of the map but the reader and its data, which do not change. */
LamLabelBrick *lam_label_map_read (LamLabelMap *map, LamBrickKey key,
    GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same of every n-th voxel and one part. NULL only with an error: what is
 * not stored is unlabelled and unset. */
LamCoarseBrick *lam_label_map_read_coarse (LamLabelMap *map, LamBrickKey key,
    LamBrickPart part, const int stride[3], GCancellable *cancellable,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Bricks that exist, loaded or not. */
size_t lam_label_map_get_n_bricks (LamLabelMap *map);
int64_t lam_label_map_get_loaded_bytes (LamLabelMap *map);
/* Whether counts, list and states agree; for tests. */
bool lam_label_map_check (LamLabelMap *map);
/* Calls `each` for the key of every brick that exists, in no order. */
void lam_label_map_foreach (LamLabelMap *map,
    void (*each) (LamBrickKey key, gpointer user_data), gpointer user_data);
/* The same of those that `box` (in voxels) meets, and of those there that ever
 * changed, with the serial of that (0: never). Takes as long as there are such
 * bricks, or bricks in the box, whichever are fewer. */
void lam_label_map_foreach_in (LamLabelMap *map, const LamBox *box,
    void (*each) (
        LamBrickKey key, bool exists, uint64_t serial, gpointer user_data),
    gpointer user_data);
/* In turns: calls `each`, which changes nothing in the map, for `n` of the
 * bricks that exist or ever changed, from place `at` on, where the first turn
 * begins with 0. Gives where the next one begins; 0: those were all. A brick
 * that comes in between turns is met in a later one. */
size_t lam_label_map_foreach_turn (LamLabelMap *map, size_t at, size_t n,
    void (*each) (
        LamBrickKey key, bool exists, uint64_t serial, gpointer user_data),
    gpointer user_data);
