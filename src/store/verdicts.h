/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a person said of places in the project: table `queue`. It is outside of
 * the history. Any thread, blocking. */
#pragma once

#include "labels/place.h"
#include "store/store.h"

/* The row's id is made here. The new id, or 0 with error. */
int64_t lam_store_add_verdict (
    LamStore *store, const LamVerdictRow *row, GError **error);
/* Takes a verdict back; one that is not there is no error. */
bool lam_store_remove_verdict (LamStore *store, int64_t id, GError **error);
/* LamVerdictRow, in order of id. */
GArray *lam_store_list_verdicts (
    LamStore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;
