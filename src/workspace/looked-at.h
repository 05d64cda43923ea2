/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How many places have been looked at, of the verdicts that were said of them.
 * A place that was found and decided again counts once. Plain values. */
#pragma once

#include "labels/place.h"

typedef struct _LamLookedAt LamLookedAt;
LamLookedAt *lam_looked_at_new (void) G_GNUC_WARN_UNUSED_RESULT;
void lam_looked_at_free (LamLookedAt *count);
/* The newest so far: those before it whose place it covers count no more. One
 * that does not stand does not count itself: its place is there again. */
void lam_looked_at_add (
    LamLookedAt *count, const LamVerdictRow *row, bool stands);
int lam_looked_at_get_n (const LamLookedAt *count);
