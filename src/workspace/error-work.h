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
/* LamPlace, the best first; `verdicts`: LamVerdictRow, as they were before;
 * `notes`: what was written to them, id (int64_t *) → char *. */
GArray *lam_error_search_finish (GAsyncResult *result, GArray **verdicts,
    GHashTable **notes, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Keeps `verdict` of `place` (NULL: none) with a note (NULL: none), and removes
 * the row `old_row` (0: none). */
void lam_error_say_async (LamWorkspace *workspace, const LamPlace *place,
    LamVerdict verdict, const char *note, int64_t old_row,
    GAsyncReadyCallback callback, gpointer user_data);
/* Removes rows, ids of int64_t, at once. */
void lam_error_remove_async (LamWorkspace *workspace, GArray *rows,
    GAsyncReadyCallback callback, gpointer user_data);
/* Exchanges the note of a row that is there. */
void lam_error_write_async (LamWorkspace *workspace, int64_t row,
    const char *note, GAsyncReadyCallback callback, gpointer user_data);
/* Of all three. The new row's id, 0 for none; negative with error. */
int64_t lam_error_say_finish (GAsyncResult *result, GError **error);
/* What was said while a copy was made goes to the store that the workspace has
 * now. */
void lam_error_work_send_held (LamWorkspace *workspace);
