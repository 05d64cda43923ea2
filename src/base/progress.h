/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How far a long task is, and the way to cancel it. One object is shared by
 * the task and whoever shows it; every function may be called from any
 * thread. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct _LamProgress LamProgress;

LamProgress *lam_progress_new (void) G_GNUC_WARN_UNUSED_RESULT;
LamProgress *lam_progress_ref (LamProgress *progress) G_GNUC_WARN_UNUSED_RESULT;
void lam_progress_unref (LamProgress *progress);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamProgress, lam_progress_unref)

/* For a task that is a step of a longer one: what it sets moves `whole` from
 * `first` to `end` of `total`; cancelling either cancels both. NULL of NULL. */
LamProgress *lam_progress_new_part (LamProgress *whole, int64_t first,
    int64_t end, int64_t total) G_GNUC_WARN_UNUSED_RESULT;

/* For one of several steps that are done at once: cancelling either cancels
 * both, and it rests as `whole` does, but moves nothing. NULL of NULL. */
LamProgress *lam_progress_new_beside (
    LamProgress *whole) G_GNUC_WARN_UNUSED_RESULT;

/* For a step that others wait for: cancelling either cancels both, but it rests
 * for nobody and moves nothing. NULL of NULL. */
LamProgress *lam_progress_new_restless (
    LamProgress *whole) G_GNUC_WARN_UNUSED_RESULT;

/* 0 to 1. */
double lam_progress_get_fraction (LamProgress *progress);
/* Estimated from the pace so far; negative while nothing is known. */
double lam_progress_get_seconds_left (LamProgress *progress);
/* Lives as long as the progress. */
GCancellable *lam_progress_get_cancellable (LamProgress *progress);
bool lam_progress_is_cancelled (LamProgress *progress);

/* Work of the background: from now on lam_progress_check() rests while the
 * person acts (base/courtesy.h). Before the task starts. */
void lam_progress_give_way (LamProgress *progress);
/* The same, and while an answer to the person is made in the background. */
void lam_progress_take_time (LamProgress *progress);

/* Every task accepts NULL for `progress`, and so do the next five. */
void lam_progress_set (LamProgress *progress, int64_t done, int64_t total);
/* The same for what was done before: the pace counts from here. */
void lam_progress_begin (LamProgress *progress, int64_t done, int64_t total);
/* false and G_IO_ERROR_CANCELLED once cancelled. */
bool lam_progress_check (LamProgress *progress, GError **error);
GCancellable *lam_progress_cancellable_or_null (LamProgress *progress);
void lam_progress_cancel (LamProgress *progress);
