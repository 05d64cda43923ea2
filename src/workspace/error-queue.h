/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The likely errors of the open project, one after the other, and what the
 * person says of them. Main thread; places are searched for in a background
 * thread of low priority, again a moment after labels or what networks think of
 * them changed, while it is active. Not to be mixed up with queue.h, the
 * project's work in order. */
#pragma once

#include "workspace/error-progress.h"
#include "workspace/workspace.h"

#define LAM_TYPE_ERROR_QUEUE (lam_error_queue_get_type ())
/* Signals:
 * "changed" (): the place, what was said of it, or how much is left
 * "failed" (const char *text): a sentence for the person */
G_DECLARE_FINAL_TYPE (LamErrorQueue, lam_error_queue, LAM, ERROR_QUEUE, GObject)

/* Not active yet. */
LamErrorQueue *lam_error_queue_new (
    LamWorkspace *workspace) G_GNUC_WARN_UNUSED_RESULT;
/* False: nothing is searched for, and a search that runs is cancelled. What was
 * found stays. */
void lam_error_queue_set_active (LamErrorQueue *queue, bool is_active);
bool lam_error_queue_is_searching (LamErrorQueue *queue);

/* To the next place: the best that was not shown yet; of those that were passed
 * by, once there is no other. While nothing was found yet, as soon as it is. */
void lam_error_queue_next (LamErrorQueue *queue);
/* To the one shown before; false when there is none. */
bool lam_error_queue_previous (LamErrorQueue *queue);
/* NULL: at none; borrowed until "changed". */
const LamPlace *lam_error_queue_get_place (LamErrorQueue *queue);
/* What was said of it since the project was opened; false: nothing. */
bool lam_error_queue_get_verdict (LamErrorQueue *queue, LamVerdict *verdict);

/* Of the place; replaces what was said of it before. Painting there says
 * "corrected" by itself, and undoing that takes it back. False: at no place, or
 * the project cannot be changed. */
bool lam_error_queue_say (LamErrorQueue *queue, LamVerdict verdict);
/* What was said of several places elsewhere and is in the file, LamVerdictRow:
 * those that are shown have it, too. */
void lam_error_queue_note_said (LamErrorQueue *queue, const GArray *rows);
/* With what was said at once of other places of one object.
 * A place that has a note is "unsure" then, as the file keeps notes with what
 * was said. */
void lam_error_queue_take_back (LamErrorQueue *queue);
/* What the person writes to the place, "" for nothing: kept in the file at
 * once, with what was said of it, else with an "unsure" that goes when the note
 * does. False: at no place, the project cannot be changed, or the text is too
 * long. */
bool lam_error_queue_write (LamErrorQueue *queue, const char *note);
/* Its "unsure" is there for the note alone. */
bool lam_error_queue_is_for_note (LamErrorQueue *queue);
/* What is written to it, also by whoever looked at it before; "": nothing.
 * Borrowed until "changed". */
const char *lam_error_queue_get_note (LamErrorQueue *queue);

void lam_error_queue_get_progress (
    LamErrorQueue *queue, LamErrorProgress *progress);
