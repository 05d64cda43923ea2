/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What networks think of the project's bricks, as it is stored. */
#pragma once

#include "labels/opinion.h"
#include "store/store.h"

/* Of each run whose labels the stored brick holds; NULL without error: of none
 * of them. Any thread, blocking. */
LamOpinion *lam_store_read_opinion (LamStore *store, LamBrickKey key,
    GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;
