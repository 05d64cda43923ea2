/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The insides of joining, for model-join*.c: some of the pairs at a time are
 * looked at, decided upon and written. */
#pragma once

#include "labels/brick-runs.h"
#include "workspace/model-join.h"

typedef struct {
  LamModelActs *acts; /* Owned */
  /* Owned; from when its turn came */
  LamClassTable *table;
  GArray *verified; /* LamBox */
  bool only_proposes;
  LamJoinResult result;
} LamJoining;

/* Of a label of the pairs. */
typedef struct {
  int64_t n_voxels;
  bool is_there; /* as the run left it, with no person's hand in it */
  bool stays; /* keeps its label */
  bool is_fresh; /* the run made its label */
  bool has_kept; /* of the set that it is called by: one of it stays */
} LamJoinLabel;

typedef struct {
  LamJoining *joining; /* Borrowed */
  LamStore *store; /* Borrowed */
  uint16_t source; /* of the run */
  GArray *pairs; /* Owned; LamObjectPair */
  GHashTable *labels; /* Owned; LamJoinLabel, by label */
  GHashTable *sets; /* Owned; parents of what is joined */
  GHashTable *into; /* Owned; from label to label */
  GArray *keys; /* Owned; int64_t; bricks around them */
  /* Owned; by key: labels (uint32_t) that are in it; NULL: none */
  GArray **found;
  GArray *places; /* Owned; where the pairs were seen, by brick */
  bool *met; /* Owned; by pair and side: the label is where it was seen */
  GMutex mutex; /* of what several bricks say */
  LamModelEdit *edit; /* Borrowed */
  bool *changed; /* Owned; by key */
} LamJoinWork;

/* Borrowed; NULL: it is none of them. */
LamJoinLabel *lam_join_work_find (const LamJoinWork *work, uint32_t label);

/* model-join-look.c */
/* Which labels the pairs are of, how large they are, and whose. False with
 * error. */
bool lam_join_work_look (
    LamJoinWork *work, LamProgress *progress, GError **error);

/* model-join-sets.c */
/* Fills in `into`. */
void lam_join_work_decide (LamJoinWork *work);
