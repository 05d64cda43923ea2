/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The end of a run in several parts: objects that still meet at their borders
 * (object-joins.h) become one, as more of the same act. In the queue, some of
 * them at a time. For this floor.
 *
 * All of an object takes the label of the other, or none of it. It keeps its
 * own where
 * - a person has a hand in it: worked on, locked or verified, named or coloured
 *   or grouped, or of which a voxel is not the run's;
 * - it was there before the run, and may go on beyond the run's box;
 * - somebody made more of it meanwhile where no part has seen it.
 * Of such two or more that hang together each keeps what is next to it first;
 * of others the one goes on that was there before, then the largest. Labels
 * that the run itself made, and has taken the voxels of, are deleted; what a
 * person does to such an object meanwhile is done to the one that goes on. */
#pragma once

#include "workspace/model-commit.h"

typedef struct {
  LamModelOutcome
      outcome; /* of the edit, as lam_model_commit_finish() has it */
  bool is_more; /* objects that were not looked at yet */
} LamJoinResult;

/* Main thread; no part of `acts` is being written. */
void lam_model_join_async (LamWorkspace *workspace, LamModelActs *acts,
    LamProgress *progress, GAsyncReadyCallback callback, gpointer user_data);
bool lam_model_join_finish (
    GAsyncResult *result, LamJoinResult *joined, GError **error);
