/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* An operation of the queue; for queue*.c, saving.c, snapshot-work.c, and what
 * takes rows back. */
#pragma once

#include "workspace/queue.h"
#include "workspace/workspace-private.h"

typedef enum {
  OPERATION_ROWS,
  OPERATION_STROKE,
  OPERATION_STEP,
  OPERATION_BULK,
} OperationKind;

typedef struct {
  double voxel[3];
  double pressure;
} Sample;

struct _LamOperation {
  OperationKind kind;
  LamWorkspace *workspace; /* Borrowed */
  bool in_flight; /* the store works on it */
  bool writes_over; /* it was refused because it did not fit the file */

  /* Owned; what is committed: of rows and strokes */
  char *tool, *detail;
  LamEdit *edit;
  GPtrArray *rows;

  /* Of a stroke. Samples wait until `stroke` is there; the edit is made when
   * the pen was lifted and no brick is missing. */
  LamBrush brush;
  GArray *samples; /* Owned */
  LamStroke *stroke; /* Owned */
  bool pen_is_up, is_built;
  bool has_told; /* that a verified region keeps its voxels */

  /* Of a step or bulk operation */
  LamStepKind step;
  int64_t target;
  LamProgress *progress; /* Owned; or NULL */
  LamBulkBegin begin;
  LamQueueHold hold;
  LamBulkRun run;
  GTask *task; /* Owned */
};

/* queue-stroke.c */
/* Brings strokes into memory as far as those before them allow. */
void lam_queue_prepare_strokes (LamWorkspace *workspace);
/* Takes a stroke out of the queue that made no edit. */
void lam_queue_drop_stroke (LamWorkspace *workspace, LamOperation *operation);

/* queue-rows.c */
/* They are on disk: for workspace->saved. `rows` may be NULL. */
void lam_queue_note_saved (LamWorkspace *workspace, GPtrArray *rows);
/* Rows that a worker wrote, into the tables and what is noted as saved: many of
 * them between rounds of the main loop, in portions of some milliseconds. Calls
 * `taken` once they all show and that was told, at once where they are few; the
 * operation stays in flight until then. `rows` may be NULL. */
typedef void (*LamRowsTaken) (LamWorkspace *workspace, gpointer data);
void lam_queue_take_rows (LamWorkspace *workspace, GPtrArray *rows,
    LamRowsTaken taken, gpointer data);
/* Makes the row changes that wait behind `touched` start from what it left. */
void lam_queue_rebase_rows (LamWorkspace *workspace, GPtrArray *touched);
/* What a person chose, or does to an object and what still waits, goes on with
 * the label that the object has now. First before the rows of that are taken,
 * then after it. */
void lam_queue_choose_joined (LamWorkspace *workspace, GHashTable *joined);
void lam_queue_follow_joined (LamWorkspace *workspace, GHashTable *joined);
/* Of a stroke that made no edit: its rows were for it alone. `rows` may be
 * NULL. `behind`: the first operation that came after it, or NULL; what came
 * before it began from rows without them. */
void lam_queue_take_rows_back (
    LamWorkspace *workspace, GPtrArray *rows, GList *behind);
/* A stroke is never painted with a label that is deleted by now, and its first
 * one is the beginning of work on it. */
void lam_queue_begin_label (LamWorkspace *workspace, LamOperation *operation);

/* queue.c */
LamOperation *lam_operation_new (
    LamWorkspace *workspace, OperationKind kind, const char *tool);
void lam_operation_free (LamOperation *operation);
void lam_queue_push (LamWorkspace *workspace, LamOperation *operation);
/* Starts what can be started. */
void lam_queue_advance (LamWorkspace *workspace);
/* The store works on the first operation. */
bool lam_queue_is_in_flight (LamWorkspace *workspace);

/* saving.c */
/* Starts the copy that was asked for, if any; nothing is in flight. */
bool lam_saving_try_copy (LamWorkspace *workspace);
