/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Class, label, region and note rows of two projects that grew from one,
 * brought together. Rows are texts, as in row-text.h. */
#pragma once

#include "store/merge-ids.h"
#include "store/row-set.h"

typedef struct {
  LamRowSet mine, mine_before, theirs, theirs_before; /* Owned */
  bool has_shared; /* theirs has merged mine since */
  LamRowSet mine_shared, theirs_shared; /* Owned; then */
  LamIdMap *ids[LAM_N_ROW_KINDS]; /* Owned; theirs that are others here */
  /* What came of it */
  int n_new[LAM_N_ROW_KINDS]; /* rows of theirs that are new here */
  int n_renumbered; /* of those, under another id */
  int n_unified; /* made by both, the same thing */
  int n_changed; /* rows that only they changed */
  GPtrArray *conflicts; /* Owned; a sentence a row that both changed */
  int64_t next[LAM_N_ROW_KINDS]; /* a new id; 0: not looked for yet */
  bool is_full[LAM_N_ROW_KINDS]; /* none is left above all ids */
  LamRowSet result; /* Owned; rows that are to be another than mine */
  GHashTable *my_notes; /* Owned; what each of mine says → its id; or NULL */
} LamRowMerge;
/* `ids` may hold pairs that are known. */
void lam_row_merge_begin (LamRowMerge *merge);
/* LAM_ERROR_LIMIT when no id is left. */
bool lam_row_merge_run (LamRowMerge *merge, GError **error);
/* Whether a label that is there in mine is to be deleted as theirs is. */
bool lam_row_merge_takes_labels (const LamRowMerge *merge);
/* LamRowChange *; every label of `used` (ids, GUINT_TO_POINTER) has a row with
 * a class after them. */
GPtrArray *lam_row_merge_end (
    LamRowMerge *merge, GHashTable *used) G_GNUC_WARN_UNUSED_RESULT;
void lam_row_merge_clear (LamRowMerge *merge);
