/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a training says as it goes: a CSV file with a row a step, and a line on
 * standard output for each validation. */
#pragma once

#include "base/progress.h"
#include "nn/trainer.h"

typedef struct _LamTrainLog LamTrainLog;

/* `first_step` above 0 keeps the rows before it. `is_quiet`: no lines. */
LamTrainLog *lam_train_log_new (const char *path, char **class_names,
    int64_t first_step, bool is_quiet, LamProgress *progress,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_train_log_free (LamTrainLog *log);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamTrainLog, lam_train_log_free)

/* For LamTrainingSettings; `data` is the log. */
void lam_train_log_report (gpointer data, const LamTrainReport *report);
/* Why a row could not be written, once. */
bool lam_train_log_check (LamTrainLog *log, GError **error);
/* Mean seconds of the steps so far; 0 before the first. */
double lam_train_log_get_step_seconds (const LamTrainLog *log);
double lam_train_log_get_last_loss (const LamTrainLog *log);
