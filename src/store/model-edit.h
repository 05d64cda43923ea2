/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a model says, written as one edit of its run: begin, write, end. The
 * store takes from it all that no model may change (protection.h) and all that
 * is stale: bricks that a person changed after the model began to look. One
 * transaction, nothing visible before the end. Blocking, any one thread, but
 * that several may write bricks at once; other requests wait until its end, so
 * all is to be computed before. */
#pragma once

#include "labels/opinion.h"
#include "store/store.h"

/* A label that says nothing: the voxel stays as it is. */
#define LAM_MODEL_SILENT UINT32_MAX

typedef struct {
  int64_t run; /* lam_store_begin_run() */
  /* lam_store_get_revision() before the model began to look. */
  int64_t base;
  /* The newest edit that this answers: it is undone and redone with it. 0: it
   * is an act of its own. */
  int64_t cause;
  bool keeps_redo; /* what can be redone is not given up for an act, either */
} LamModelEditInfo;

typedef enum {
  LAM_MODEL_WRITTEN,
  LAM_MODEL_UNCHANGED, /* nothing was left to write */
  LAM_MODEL_CAUSE_UNDONE, /* what it answers was taken back meanwhile */
  /* Something can be redone, which no answer may spoil: to be tried again when
   * that is no longer so. */
  LAM_MODEL_REDO_WAITS,
} LamModelOutcome;

/* Of voxels, but for the last two. Each one that the model spoke of is in one
 * of the four. */
typedef struct {
  LamModelOutcome outcome;
  int64_t n_written; /* label or source changed */
  int64_t n_same; /* were like that already */
  int64_t n_protected, n_stale; /* left alone */
  /* Bricks, not voxels: of which the run thinks another thing than before. */
  int64_t n_opinions;
  /* Around what is stale, for which the model has to look again; empty: nothing
   * is, or the whole was refused. */
  LamBox stale;
} LamModelCounts;

typedef struct _LamModelEdit LamModelEdit;

/* The newest line of the history; -1 with error. */
int64_t lam_store_get_revision (LamStore *store, GError **error);

/* `rows`: LamRowChange *, or NULL: of new labels that it may use; those that
 * got no voxel are not made, and out of `rows` at the end. And of labels that
 * are deleted, whose last voxels it takes. */
LamModelEdit *lam_store_begin_model_edit (LamStore *store,
    const LamModelEditInfo *info, GPtrArray *rows,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* `labels` are 64³ of the brick, those outside of `box` (level-0 voxels) not
 * looked at. Once a brick. `opinion` (may be NULL): what the run thinks of the
 * same voxels besides, kept with its labels (opinions.h), also of those that it
 * may not write. `changed` (may be NULL): whether any label was left to write.
 */
bool lam_model_edit_write (LamModelEdit *edit, LamBrickKey key,
    const LamBox *box, const uint32_t *labels, const LamRunOpinion *opinion,
    bool *changed, GError **error);
/* A brick as it is stored now. NULL with error, also where none is. */
LamBrickRuns *lam_model_edit_read_runs (LamModelEdit *edit, LamBrickKey key,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* So far. Between two calls for `edit`; borrowed. */
const LamModelCounts *lam_model_edit_get_counts (const LamModelEdit *edit);
/* Commits and frees `edit` in every case. NULL without error: nothing was
 * written, see the outcome. The edit's box is around what was written of each
 * brick. */
LamHistoryRow *lam_model_edit_end (LamModelEdit *edit, const char *detail,
    LamModelCounts *counts, GError **error);
void lam_model_edit_cancel (LamModelEdit *edit); /* rolls back and frees */
