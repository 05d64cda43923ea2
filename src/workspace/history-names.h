/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Who and what stands in the history, to choose from and to read. Main thread.
 */
#pragma once

#include "workspace/workspace.h"

typedef struct {
  GPtrArray *persons, *tools; /* Owned; char *, each once, in their order */
} LamHistoryNames;
void lam_history_names_clear (LamHistoryNames *names);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LamHistoryNames, lam_history_names_clear)

/* What a row says beside its tool, in the person's language; "": nothing. */
const char *lam_history_get_detail (const LamHistoryRow *row);

/* Of what is saved. The workspace has a project. */
void lam_history_names_read_async (
    LamWorkspace *workspace, GAsyncReadyCallback callback, gpointer user_data);
bool lam_history_names_read_finish (
    GAsyncResult *result, LamHistoryNames *names, GError **error);
