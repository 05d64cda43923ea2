/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A row that was changed on both sides of a merge, part by part. A label's
 * state and its group are things of their own, so that who names an object and
 * who paints in it are not at odds; so are the role, the review state and the
 * note of a region. */
#pragma once

#include <stdbool.h>

#include "store/project-data.h"

/* What comes of the four texts (row-text.h); `is_conflict` is set when both
 * sides changed the same of it, which stays mine; of notes both are kept. NULL:
 * a text is NULL, so that the row is not there on each side, or rows of this
 * kind have no parts. */
char *lam_merge_parts (LamRowKind kind, const char *mine,
    const char *mine_before, const char *theirs, const char *theirs_before,
    bool *is_conflict) G_GNUC_WARN_UNUSED_RESULT;
