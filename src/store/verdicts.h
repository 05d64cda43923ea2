/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a person said of places in the project: table `queue`. It is outside of
 * the history. Any thread, blocking. */
#pragma once

#include "labels/place.h"
#include "store/store.h"

/* The row's id is made here. `note`: what the person writes to it, NULL or ""
 * for nothing. The new id, or 0 with error. */
int64_t lam_store_add_verdict (LamStore *store, const LamVerdictRow *row,
    const char *note, GError **error);
/* Several at once, of LamVerdictRow, in one transaction: each gets its id. */
bool lam_store_add_verdicts (
    LamStore *store, GArray *rows, const char *note, GError **error);
/* Writes another note; NULL or "" takes it away. LAM_ERROR_MISSING when there
 * is no such verdict. */
bool lam_store_set_verdict_note (
    LamStore *store, int64_t id, const char *note, GError **error);
/* Takes a verdict back; one that is not there is no error. */
bool lam_store_remove_verdict (LamStore *store, int64_t id, GError **error);
/* Several at once, of int64_t, in one transaction. */
bool lam_store_remove_verdicts (LamStore *store, GArray *ids, GError **error);
/* LamVerdictRow, in order of id. */
GArray *lam_store_list_verdicts (
    LamStore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* id (int64_t *) → char *, of those that have a note. */
GHashTable *lam_store_list_verdict_notes (
    LamStore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;
