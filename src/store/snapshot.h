/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Bricks, classes and labels as they were at one moment, while edits go on. Any
 * thread; every function waits for the store's thread. */
#pragma once

#include "store/store.h"

typedef struct _LamStoreSnapshot LamStoreSnapshot;

/* Sees every edit that was sent before by the same thread. Holds the store, and
 * the stored bytes of each brick that is edited while it lives: up to
 * `max_bytes` in memory, the rest in a nameless file beside the project. */
LamStoreSnapshot *lam_store_snapshot_new (LamStore *store, int64_t max_bytes,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_store_snapshot_free (LamStoreSnapshot *snapshot);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamStoreSnapshot, lam_store_snapshot_free)
/* Borrowed: classes and labels of the same moment. */
const LamClassTable *lam_store_snapshot_get_classes (
    LamStoreSnapshot *snapshot);
/* NULL without error: the brick was not stored. */
LamLabelBrick *lam_store_snapshot_read (LamStoreSnapshot *snapshot,
    LamBrickKey key, GError **error) G_GNUC_WARN_UNUSED_RESULT;
