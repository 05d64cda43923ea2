/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the files of the queue of likely errors share. */
#pragma once

#include "workspace/error-progress.h"
#include "workspace/error-queue.h"
#include "workspace/places.h"

typedef struct {
  LamPlace place;
  bool is_said; /* … `verdict`, whose id is 0 until it is written */
  bool is_for_note; /* nobody said it: it is there to hold the note */
  LamVerdictRow verdict;
  uint64_t serial; /* of what was said of it, to know a late answer */
  char *note; /* Owned; or NULL */
  bool has_new_note; /* not in the verdict that is being written */
} LamVisit;

struct _LamErrorQueue {
  GObject parent;
  bool is_active;
  bool is_stale; /* something changed since the last search began */
  bool is_known; /* `places` were found */
  bool wants_next; /* as soon as they are */
  guint delay;
  int at; /* in `visits`; -1: nowhere */
  uint64_t serial;
  /* Owned */
  LamProgress *search; /* NULL: none runs */
  LamPlaceMemory *memory; /* of the last search */
  LamErrorList *list; /* what is left, and what was said */
  GArray *visits; /* of LamVisit */
  /* Borrowed */
  LamWorkspace *workspace; /* weak */
};

static inline LamVisit *
lam_error_queue_visit_at (LamErrorQueue *queue, int i)
{
  return &g_array_index (queue->visits, LamVisit, i);
}

void lam_error_queue_tell (LamErrorQueue *queue);
void lam_error_queue_fail (LamErrorQueue *queue, const GError *error);
/* Another search comes soon. */
void lam_error_queue_note_stale (LamErrorQueue *queue);

/* error-saying.c: signals of the workspace. */
void lam_error_queue_note_edit (LamErrorQueue *queue, const LamHistoryRow *row);
void lam_error_queue_note_step (
    LamErrorQueue *queue, const LamHistoryStep *step);
