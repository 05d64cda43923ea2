/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* An operation of the queue; for queue*.c only. */
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

  /* Of a step or bulk operation */
  LamStepKind step;
  int64_t target;
  LamProgress *progress; /* Owned; or NULL */
  LamBulkRun run;
  GTask *task; /* Owned */
};

/* queue-stroke.c */
/* Brings strokes into memory as far as those before them allow. */
void lam_queue_prepare_strokes (LamWorkspace *workspace);
/* Takes a stroke out of the queue that made no edit. */
void lam_queue_drop_stroke (LamWorkspace *workspace, LamOperation *operation);

/* queue.c */
LamOperation *lam_operation_new (
    LamWorkspace *workspace, OperationKind kind, const char *tool);
void lam_operation_free (LamOperation *operation);
void lam_queue_push (LamWorkspace *workspace, LamOperation *operation);
/* Starts what can be started. */
void lam_queue_advance (LamWorkspace *workspace);
