/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which bricks were written since the project was opened, so that what was
 * worked out from a brick can be kept until it is another. */
#pragma once

#include "store/store.h"

/* Packed key → number of its last change (int64_t *, from 1, each given once)
 * of each brick whose labels or opinions were written; where it is missing,
 * nothing was. What is read after this call is at least as new. Any thread,
 * blocking. */
GHashTable *lam_store_dup_brick_changes (
    LamStore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;
