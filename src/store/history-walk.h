/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Going to another state of the history: undo, redo, revert. Store thread. */
#pragma once

#include "base/progress.h"
#include "store/connection.h"
#include "store/store.h"

/* NULL without error: nothing to undo (or redo), or already there. Each is one
 * transaction and one row of the history. */
LamHistoryStep *lam_history_undo (
    LamConnection *connection, GError **error) G_GNUC_WARN_UNUSED_RESULT;
LamHistoryStep *lam_history_redo (
    LamConnection *connection, GError **error) G_GNUC_WARN_UNUSED_RESULT;
LamHistoryStep *lam_history_revert (LamConnection *connection, int64_t target,
    LamProgress *progress, GError **error) G_GNUC_WARN_UNUSED_RESULT;
