/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Work on what a project holds at one moment, such as an export: the queue
 * gives a snapshot when all that was done before is on disk, and the rest runs
 * beside it while people paint on. Closing waits for it. For this floor. */
#pragma once

#include "store/snapshot.h"
#include "workspace/workspace.h"

/* In the queue's worker: takes what has to be of the same moment. */
typedef bool (*LamSnapshotTake) (
    gpointer data, LamStore *store, LamStoreSnapshot *snapshot, GError **error);
/* In a worker of its own; the snapshot is borrowed and ends with it. */
typedef bool (*LamSnapshotRun) (
    gpointer data, LamStoreSnapshot *snapshot, GError **error);

/* Takes over the task, whose source is the workspace, and whose task data is
 * what both are called with (`take` may be NULL). It returns TRUE at the end,
 * or the error. Main thread. */
void lam_snapshot_work_start (GTask *task, LamSnapshotTake take,
    LamSnapshotRun run, LamProgress *progress);
