/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Ids that stay: an object that was found again keeps its id, and so its name
 * and colour.
 *
 * - A new object takes the id of the old one of its class that it overlaps
 *   most. Of several new ones the larger overlap wins, then the lower id; so
 *   what falls apart leaves its id to the largest part, and what grows together
 *   takes that of the largest.
 * - An old one that lost its largest overlap takes another only if that holds a
 *   tenth of it: a name must not hop to a neighbour with a voxel of it.
 * - Other new objects get fresh ids. Those of old objects that are gone are
 *   never given again.
 * - Of a shared old one, which a person has seen as one, no part is another
 *   object: all that overlap it most take its id.
 * - Fixed voxels stay as they are. A new object that overlaps fixed ones of its
 *   class is more of that object and takes its id, of several the one with most
 *   of them; any number of new objects may. But a known one comes first if no
 *   other of them overlaps it more, so that not most of what a person knows
 *   becomes another; and always where known ones were kept apart. */
#pragma once

#include "labels/object-finder.h"

/* What was there before. */
typedef struct {
  /* Fills labels of `box` (dense; 0: none) and which of them are fixed, 0
   * too. Any thread, several boxes at once. */
  bool (*read) (const LamBox *box, uint32_t *labels, bool *fixed, gpointer data,
      GError **error);
  /* Of a label that was read; -1: of none that there could be a new object of.
   */
  int32_t (*get_class) (uint32_t id, gpointer data);
  /* An id that was never given; 0: there are none left. In order of the new
   * objects' numbers. */
  uint32_t (*next_id) (gpointer data);
  gpointer data;
  int64_t brick[3]; /* what read() likes; or 0 */
  /* Whether an id is shared; NULL: none is. */
  bool (*is_shared) (uint32_t id, gpointer data);
  bool (*is_known) (uint32_t id, gpointer data); /* the same */
  bool keeps_apart; /* by object-divider.h, those that are known */
} LamOldObjects;

typedef struct {
  int n_kept, n_new, n_gone; /* n_gone: old ids that no voxel has any more */
} LamMatchResult;

/* `labels` and `objects` as finder and splitter left them; both get the ids
 * that stay. Rows are in the order of ids then, and those of old objects with
 * fixed voxels are among them. */
bool lam_object_matcher_run (LamSource *labels, GArray *objects,
    const LamOldObjects *old, LamMatchResult *result, LamProgress *progress,
    GError **error);
