/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which versions of a verdict's note a copy of the project has seen, so that a
 * merge knows which side is newer: verdicts are outside of the history. Kept as
 * a setting of the verdict's moment and place, once a note was changed: words,
 * the present version first, then those before it. Any thread, but where a
 * connection is. */
#pragma once

#include "labels/place.h"
#include "store/connection.h"

/* `settings`: of the copy, text by name. Where none is kept, the version is
 * made of the text: copies that never changed it agree. */
char *lam_verdict_versions_dup (GHashTable *settings, const LamVerdictRow *row,
    const char *note) G_GNUC_WARN_UNUSED_RESULT;
/* After another change. */
char *lam_verdict_versions_renew (
    const char *versions) G_GNUC_WARN_UNUSED_RESULT;
/* Who has seen both; the present version is that of `first`. */
char *lam_verdict_versions_join (
    const char *first, const char *other) G_GNUC_WARN_UNUSED_RESULT;
/* Whether the present version of `other` was seen. */
bool lam_verdict_versions_know (const char *versions, const char *other);
/* In a transaction. */
bool lam_verdict_versions_write (LamConnection *connection,
    const LamVerdictRow *row, const char *versions, GError **error);
