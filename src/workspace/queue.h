/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The project's work in order: strokes, changes of rows, undos, imports. See
 * queue.c. Main thread; for the modules of this floor. */
#pragma once

#include "labels/stroke.h"
#include "workspace/workspace.h"

/* What a bulk operation did, made in its worker. */
typedef struct {
  GArray *keys; /* Owned; int64_t packed keys that changed; or NULL */
  GPtrArray *rows; /* Owned; LamRowChange; or NULL */
  GHashTable *joined; /* Owned; from label to the one it is now; or NULL */
  LamHistoryRow *row; /* Owned; NULL: no edit was made */
  LamBox box; /* of `keys` */
  LamBox opinion_box; /* of what networks think another thing now */
  bool is_persons; /* drawn by a person: "edited" tells of it */
} LamBulkResult;
void lam_bulk_result_free (LamBulkResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamBulkResult, lam_bulk_result_free)

/* Main thread, when all before it is saved: takes from the tables what `run`
 * needs. False with error: it is not run. */
typedef bool (*LamBulkBegin) (
    LamWorkspace *workspace, GTask *task, GError **error);
/* In a worker. `task` is the caller's, for its data. NULL with error. */
typedef LamBulkResult *(*LamBulkRun) (
    LamStore *store, GTask *task, LamProgress *progress, GError **error);

/* Classes or labels changed (in memory already): one edit of rows. Takes
 * `rows` over. */
void lam_queue_push_rows (LamWorkspace *workspace, const char *tool,
    GPtrArray *rows, const char *detail);
/* The same for rows about a place, which undoing shows. */
void lam_queue_push_rows_at (LamWorkspace *workspace, const char *tool,
    GPtrArray *rows, const LamBox *box, const char *detail);
/* Opens a stroke that takes its samples by the next functions. `rows` (or NULL)
 * is taken over and saved with it: a label that it is the first to use. */
void lam_queue_push_stroke (LamWorkspace *workspace, const char *tool,
    const LamBrush *brush, GPtrArray *rows);
void lam_queue_add_sample (
    LamWorkspace *workspace, const double voxel[3], double pressure);
void lam_queue_end_stroke (LamWorkspace *workspace);
void lam_queue_cancel_stroke (LamWorkspace *workspace);
bool lam_queue_has_open_stroke (LamWorkspace *workspace);

typedef enum { LAM_STEP_UNDO, LAM_STEP_REDO, LAM_STEP_REVERT } LamStepKind;
void lam_queue_push_step (LamWorkspace *workspace, LamStepKind kind,
    int64_t target, LamProgress *progress);
/* Runs in a worker when all before it is saved. The task returns true, or the
 * error; what was done has been applied to the tables by then. `begin` NULL: it
 * changes nothing. What the person does to classes and labels meanwhile shows
 * at once and is saved after it, so it begins from those that are saved, and
 * takes the numbers of labels from `workspace->numbers`. */
void lam_queue_push_bulk (LamWorkspace *workspace, LamBulkBegin begin,
    LamBulkRun run, GTask *task, LamProgress *progress);
/* The same for one that gives out ids which a file says: until it is done
 * rows are not changed by others, see lam_queue_check_rows_free(). */
typedef enum {
  LAM_QUEUE_HOLD_NOT,
  LAM_QUEUE_HOLD_IMPORT,
  LAM_QUEUE_HOLD_MERGE,
  LAM_QUEUE_HOLD_RESTORE,
} LamQueueHold; /* who keeps others from changing rows */
void lam_queue_push_import (LamWorkspace *workspace, LamQueueHold hold,
    LamBulkBegin begin, LamBulkRun run, GTask *task, LamProgress *progress);
LamQueueHold lam_queue_get_hold (LamWorkspace *workspace);
/* Whether a person may change rows now; false with LAM_ERROR_MISSING or
 * LAM_ERROR_READ_ONLY. */
bool lam_queue_check_rows_free (LamWorkspace *workspace, GError **error);
/* What failed without harm: lam_workspace_wait() and a message tell of it. */
void lam_queue_report (LamWorkspace *workspace, const GError *error);
/* The label that the object of `label` has in the file, where that one is gone
 * because networks' objects were joined. For what a person asked for before. */
uint32_t lam_queue_find_label (LamWorkspace *workspace, uint32_t label);
/* Frees row changes (LamRowChange *), or NULL, that this thread is about to let
 * go of: many of them later, in another thread. Takes `rows`. */
void lam_queue_let_go (GPtrArray *rows);
/* Stops imports, exports, deletions and reverts, before closing. */
void lam_queue_cancel_long (LamWorkspace *workspace);

void lam_queue_brick_arrived (
    LamWorkspace *workspace, LamBrickKey key, const GError *error);
/* After the store was replaced or the person asked: tries again. */
void lam_queue_retry (LamWorkspace *workspace);
/* What the history allows, after opening. */
void lam_queue_learn_history (LamWorkspace *workspace);
void lam_queue_clear (LamWorkspace *workspace);
/* No row change waits and no stroke looks at the tables. */
bool lam_queue_leaves_rows_alone (LamWorkspace *workspace);
/* Applies row changes to what the person sees. */
void lam_queue_apply_rows (LamWorkspace *workspace, GPtrArray *rows);
