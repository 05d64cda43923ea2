/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The whole volume segmented by the active network, what is on screen first.
 * The project remembers that it was begun, so that one that is closed in the
 * middle goes on when it is opened again. Main thread. */
#pragma once

#include "workspace/model-worker.h"

/* The setting of a project in which that was begun and not ended. */
#define LAM_SEGMENT_ALL_SETTING "segment-all"

bool lam_segment_all_is_left (LamWorkspace *workspace);
/* `first`: what is on screen, inside of the volume. Ends when all is written,
 * or with an error; one that was cancelled by closing the project is left. */
void lam_segment_all_async (LamModelWorker *worker, const LamBox *first,
    GAsyncReadyCallback callback, gpointer user_data);
bool lam_segment_all_finish (
    LamModelWorker *worker, GAsyncResult *result, GError **error);
