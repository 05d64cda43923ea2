/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What merging needs to know of a project before it begins, and from where two
 * projects went apart. */
#pragma once

#include "store/merge-rows.h"
#include "store/past.h"
#include "store/voice-table.h"

typedef struct {
  char *path; /* Borrowed from the store */
  char *id; /* Owned; that all copies of it share; NULL: it is too old */
  int64_t size[3];
  GPtrArray *history; /* Owned; LamHistoryRow *, oldest first, all */
  GPtrArray *merged; /* Owned; LamMergedRow *, newest first */
  LamRowSet rows; /* Owned */
} LamMergeLook;
/* Store thread. */
bool lam_merge_look (
    LamMergeLook *look, LamConnection *connection, GError **error);
void lam_merge_look_clear (LamMergeLook *look);

/* The rows of both histories after which what theirs did is not known here:
 * where both went their own ways, which is the same row, or where theirs was
 * last merged into mine. */
typedef struct {
  int64_t mine, theirs;
  const LamMergedRow *merged; /* Borrowed from mine; or NULL */
} LamMergeBase;
/* LAM_ERROR_INPUT when they did not grow from one project. */
bool lam_merge_find_base (const LamMergeLook *mine, const LamMergeLook *theirs,
    LamMergeBase *base, GError **error);
/* The same, but only where one was merged into the other. */
bool lam_merge_find_merged (
    const LamMergeLook *mine, const LamMergeLook *theirs, LamMergeBase *base);
/* The rows of both histories where theirs last merged mine, if that is more
 * than `base` knows. */
bool lam_merge_find_shared (const LamMergeLook *mine,
    const LamMergeLook *theirs, const LamMergeBase *base, int64_t *mine_row,
    int64_t *theirs_row);
/* LAM_ERROR_INPUT when they are not about the same volume. */
bool lam_merge_check_size (
    const LamMergeLook *mine, const LamMergeLook *other, GError **error);
/* Who made edits after `row`: "Anna, Bert". */
char *lam_merge_dup_persons (const LamMergeLook *look, int64_t row,
    int *n_edits) G_GNUC_WARN_UNUSED_RESULT;
/* Adds what is known from merges in either direction: what an id of theirs is
 * here. */
bool lam_merge_add_known (const LamMergeLook *mine, const LamMergeLook *theirs,
    const LamMergeBase *base, LamIdMap *ids[LAM_N_ROW_KINDS], GError **error);
