/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the queue of likely errors does in the background: search, and write
 * what was said. For this floor. Main thread. */
#pragma once

#include "base/progress.h"
#include "labels/place.h"
#include "workspace/places.h"
#include "workspace/workspace.h"

/* In a thread that comes after the window's frames when the person waits for
 * it, else of low priority, and gives way to the person. What is in the project
 * file counts, and the bricks that exist now. */
void lam_error_search_async (LamWorkspace *workspace, LamPlaceMemory *memory,
    LamProgress *progress, bool is_awaited, GAsyncReadyCallback callback,
    gpointer user_data);
/* LamPlace, the best first; `verdicts`: LamVerdictRow, as they were before. */
GArray *lam_error_search_finish (GAsyncResult *result, GArray **verdicts,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Keeps `verdict` of `place` (NULL: none), and removes the row `old_row` (0:
 * none). */
void lam_error_say_async (LamWorkspace *workspace, const LamPlace *place,
    LamVerdict verdict, int64_t old_row, GAsyncReadyCallback callback,
    gpointer user_data);
/* The new row's id, 0 for none; negative with error. */
int64_t lam_error_say_finish (GAsyncResult *result, GError **error);
