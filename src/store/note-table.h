/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The table annotation. Store thread. */
#pragma once

#include "store/connection.h"
#include "store/project-data.h"

/* LamNote *, in order of id. LAM_ERROR_CORRUPT names the first that cannot be:
 * a geometry of another length, a corner that is no number or lies outside of
 * the volume. */
GPtrArray *lam_note_table_read (
    LamConnection *connection, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Those that can be; adds a sentence (char *) for each other one to `problems`.
 * `*last_id`: above it no number is taken, by whichever. */
GPtrArray *lam_note_table_read_sound (LamConnection *connection,
    GPtrArray *problems, int32_t *last_id,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The row as in the history; NULL without error when there is none. */
char *lam_note_table_read_text (LamConnection *connection, int64_t id,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* `note` NULL: the row goes away. Refuses what could not be read again. */
bool lam_note_table_write (
    LamConnection *connection, const LamNote *note, int64_t id, GError **error);
