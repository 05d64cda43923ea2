/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The table queue. Store thread. */
#pragma once

#include "labels/place.h"
#include "store/connection.h"

/* Makes the row's id. `note` NULL: none. In a transaction. */
bool lam_verdict_table_add (LamConnection *connection, LamVerdictRow *row,
    const char *note, GError **error);
/* Exchanges the note of a row. In a transaction. */
bool lam_verdict_table_set_note (
    LamConnection *connection, int64_t id, const char *note, GError **error);
/* id (int64_t *) → char *, of those that have a note. */
GHashTable *lam_verdict_table_read_notes (
    LamConnection *connection, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* LamVerdictRow, in order of id. */
GArray *lam_verdict_table_read (
    LamConnection *connection, GError **error) G_GNUC_WARN_UNUSED_RESULT;
