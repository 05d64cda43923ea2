/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How often a number of one volume meets a number of another: a sparse
 * contingency table. It grows with the pairs that there are, 16 bytes each, not
 * with the voxels. One thread at a time. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
  uint32_t truth, test;
  int64_t n_voxels;
} LamScorePair;

typedef struct _LamScoreTable LamScoreTable;

/* More pairs than this are refused: 2 GB of them. */
#define LAM_SCORE_MAX_PAIRS (INT64_C (1) << 26)

LamScoreTable *lam_score_table_new (void) G_GNUC_WARN_UNUSED_RESULT;
void lam_score_table_free (LamScoreTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamScoreTable, lam_score_table_free)

void lam_score_table_add (
    LamScoreTable *table, uint32_t truth, uint32_t test, int64_t n_voxels);
/* Adds all of `from`; LAM_ERROR_LIMIT beyond LAM_SCORE_MAX_PAIRS. */
bool lam_score_table_merge (
    LamScoreTable *table, const LamScoreTable *from, GError **error);

int64_t lam_score_table_get_n_pairs (const LamScoreTable *table);
/* LamScorePair, in order of truth and then of test. */
GArray *lam_score_table_dup_pairs (
    const LamScoreTable *table) G_GNUC_WARN_UNUSED_RESULT;
