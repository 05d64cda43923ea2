/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* From what a network says about a box to a model's edit, in the order of all
 * else that is done to the project: in the queue, when what was done before is
 * saved. For this floor. */
#pragma once

#include "segment/proposal.h"
#include "store/model-edit.h"
#include "workspace/object-joins.h"
#include "workspace/workspace.h"

/* What a person asked for at once: its first edit is an act, and the others
 * belong to that one. Reference counted. */
typedef struct {
  int64_t first_edit; /* 0: none yet */
  /* What can be redone when the first edit comes; an atomic bool. */
  int gives_up_redo;
  LamModelCounts counts; /* summed up */
  /* What its parts are to each other; while one of them is written, for the
   * queue's worker alone. */
  LamObjectJoins *joins; /* Owned */
  int64_t run; /* of the last part that was written; 0: none */
  int64_t newest_seen; /* of the history: what others did until then; 0 */
  bool is_whole; /* the parts make up the volume */
} LamModelActs;
LamModelActs *lam_model_acts_new (void) G_GNUC_WARN_UNUSED_RESULT;
LamModelActs *lam_model_acts_ref (LamModelActs *acts) G_GNUC_WARN_UNUSED_RESULT;
void lam_model_acts_unref (LamModelActs *acts);

/* The history's detail of an answer that is a part, and of an edit in which
 * nothing was asked of a network. */
#define LAM_MODEL_PART_DETAIL "at once"
#define LAM_MODEL_JOIN_DETAIL "joined"
bool lam_model_commit_is_part (const LamHistoryRow *row);
bool lam_model_commit_is_join (const LamHistoryRow *row);

typedef struct {
  int64_t model; /* of the project */
  char *title; /* Owned; its name */
  char *looks; /* Owned; lam_workspace_dup_looks() when it was run; or NULL */
  char **class_names; /* Owned; of the network; ends with NULL */
  LamProposal *proposal; /* Owned; its box lies inside of the volume */
  int64_t base; /* lam_store_get_revision() before it looked */
  int64_t cause; /* the newest edit that it answers; or else */
  LamModelActs *acts; /* Owned: what it belongs to; or NULL */
  bool is_part; /* what follows from what a person knows is still to come */
} LamModelCommit;
void lam_model_commit_free (LamModelCommit *commit);

/* Takes `commit`. Main thread. */
void lam_model_commit_async (LamWorkspace *workspace, LamModelCommit *commit,
    LamProgress *progress, GAsyncReadyCallback callback, gpointer user_data);
bool lam_model_commit_finish (
    GAsyncResult *result, LamModelCounts *counts, GError **error);
