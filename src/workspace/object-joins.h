/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Objects that the parts of a run made two, and a later part showed to be one.
 *
 * A part is written beside those before it, and what it finds at their border
 * is more of what they wrote there. But one piece may meet two objects that are
 * stored already: the two prongs of a fork. It becomes more of one of them. So
 * each part notes which objects meet at its border, with a voxel of each, and
 * when all parts are written, what still meets there is joined (model-join.h).
 * Then the objects of a run are connected components, wherever its parts end.
 *
 * Only what the run itself has written is noted, and no object that a person
 * has a hand in: where he left two, two stay. Nor are objects of a class that
 * is cut where they touch, of which a border is no proof.
 *
 * One thread at a time. For this floor. */
#pragma once

#include "workspace/object-sight.h"

LamObjectJoins *lam_object_joins_new (void) G_GNUC_WARN_UNUSED_RESULT;
void lam_object_joins_free (LamObjectJoins *joins);

/* The parts that follow make up `box`, also where parts before them were. */
void lam_object_joins_begin (LamObjectJoins *joins, const LamBox *box);
/* Of the parts since then that are written and meet a box: LamBox. */
GArray *lam_object_joins_list_done (
    const LamObjectJoins *joins, const LamBox *near) G_GNUC_WARN_UNUSED_RESULT;
/* A label that parts before them made for a while: it is all to be said again.
 */
bool lam_object_joins_is_passing (const LamObjectJoins *joins, uint32_t label);
/* What a part that is to be written sees: the labels of its sight, dense, its
 * objects by id, and the set of those that are new. */
LamObjectPart *lam_object_joins_look (const LamObjectJoins *joins,
    const LamObjectSight *sight, const uint32_t *labels, const GArray *found,
    GHashTable *fresh) G_GNUC_WARN_UNUSED_RESULT;
/* It is written. Takes `part`. */
void lam_object_joins_add (LamObjectJoins *joins, LamObjectPart *part);
void lam_object_part_free (LamObjectPart *part);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamObjectPart, lam_object_part_free)

/* Two labels that met, and where: level-0 voxels. */
typedef struct {
  uint32_t labels[2]; /* the lower one first */
  int64_t at[2][3];
} LamObjectPair;

/* Of an object that was in a part. */
typedef struct {
  uint32_t label;
  LamBox box; /* around all that the parts saw of it */
  bool is_fresh; /* one of them made it */
  bool is_known; /* a person has a hand in it */
  bool goes_on; /* in bricks beyond those that the box meets */
} LamJoinObject;

bool lam_object_joins_is_any (const LamObjectJoins *joins);
/* The next pairs, in order: all that hang together, and of those so many that
 * the boxes of their objects meet some `max_bricks`. Empty: none are left. */
GArray *lam_object_joins_next (
    LamObjectJoins *joins, int64_t max_bricks) G_GNUC_WARN_UNUSED_RESULT;
/* NULL: it was in no part. Borrowed. */
const LamJoinObject *lam_object_joins_find (
    const LamObjectJoins *joins, uint32_t label);
/* `label`, perhaps of an object, is in that brick. */
void lam_object_joins_note_brick (
    LamObjectJoins *joins, uint32_t label, LamBrickKey brick);
/* They were looked at, and are not next any more. */
void lam_object_joins_drop (LamObjectJoins *joins, const GArray *pairs);
/* `label` has become `into`. */
void lam_object_joins_note_joined (
    LamObjectJoins *joins, uint32_t label, uint32_t into);

/* Sets of labels that are one, each called by one of its labels: a table of
 * labels' parents, to begin with g_hash_table_new (NULL, NULL). */
uint32_t lam_object_joins_root (GHashTable *parents, uint32_t label);
