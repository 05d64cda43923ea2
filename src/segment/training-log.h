/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How a training went: a CSV file with a row a step. */
#pragma once

#include "nn/trainer.h"

typedef struct _LamTrainingLog LamTrainingLog;

/* `first_step` above 0 keeps the rows up to it. */
LamTrainingLog *lam_training_log_new (const char *path,
    const char *const *class_names, int64_t first_step,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_training_log_free (LamTrainingLog *log);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamTrainingLog, lam_training_log_free)

/* One row; a failure is kept for the function below. */
void lam_training_log_write (LamTrainingLog *log, const LamTrainReport *report);
/* Why a row could not be written, once. */
bool lam_training_log_check (const LamTrainingLog *log, GError **error);

/* Calls `seen` for each row of such a file, with what it holds; for none where
 * there is no such file. */
typedef void (*LamTrainingLogSeen) (
    gpointer data, const LamTrainReport *report);
void lam_training_log_read (const char *path, int n_classes, int64_t n_steps,
    LamTrainingLogSeen seen, gpointer data);
