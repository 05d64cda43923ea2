/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a training that can go on was asked for, as a small text file in its
 * folder. For this floor. */
#pragma once

#include "workspace/training-truth.h"

typedef struct {
  char *model_name; /* Owned */
  LamTruthChoice *choice; /* Owned; boxes and classes are settled */
  char **names; /* Owned; of the classes */
  int64_t step, n_steps;
  int64_t model; /* of the project, as what was kept last; 0: none */
  int64_t kept_step; /* whose weights those are */
} LamTrainingRecord;
void lam_training_record_free (LamTrainingRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamTrainingRecord, lam_training_record_free)

/* "/data/scan.training" of "/data/scan.lamella" */
char *lam_training_record_dup_folder (
    const char *project) G_GNUC_WARN_UNUSED_RESULT;
bool lam_training_record_write (
    const LamTrainingRecord *record, const char *path, GError **error);
/* Refuses what was not written so, or is about another volume. */
LamTrainingRecord *lam_training_record_read (const char *path,
    const int64_t size[3], GError **error) G_GNUC_WARN_UNUSED_RESULT;
