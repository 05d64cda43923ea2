/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A label's row that was changed on both sides of a merge. Its state and its
 * group are things of their own, so that who names an object and who paints in
 * it are not at odds. */
#pragma once

#include <stdbool.h>

#include "store/project-data.h"

/* What comes of the four texts (row-text.h); `is_conflict` is set when both
 * sides changed the same of it, which stays mine. NULL: a text is NULL, so that
 * the row is not there on each side. */
char *lam_merge_label (const char *mine, const char *mine_before,
    const char *theirs, const char *theirs_before,
    bool *is_conflict) G_GNUC_WARN_UNUSED_RESULT;
