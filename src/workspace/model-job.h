/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One box that a network is to segment. Main thread. */
#pragma once

#include <gio/gio.h>

#include "base/box.h"
#include "base/progress.h"

typedef enum {
  LAM_MODEL_JOB_WAITS,
  LAM_MODEL_JOB_COMPUTES,
  LAM_MODEL_JOB_WRITES,
} LamModelJobState;

#define LAM_TYPE_MODEL_JOB (lam_model_job_get_type ())
/* Signal "changed" (): its state or box. */
G_DECLARE_FINAL_TYPE (LamModelJob, lam_model_job, LAM, MODEL_JOB, GObject)

/* An edit that it answers, and around which. */
typedef struct {
  int64_t edit;
  LamBox box; /* with what the network has to see around it */
} LamModelJobCause;

LamModelJob *lam_model_job_new (void) G_GNUC_WARN_UNUSED_RESULT;

LamBox lam_model_job_get_box (LamModelJob *job);
LamModelJobState lam_model_job_get_state (LamModelJob *job);
/* Of computing, 0 to 1. */
double lam_model_job_get_fraction (LamModelJob *job);
/* 0: a person asked for it. */
int64_t lam_model_job_get_newest_cause (LamModelJob *job);

/* It joins objects that are there, in the box. */
bool lam_model_job_joins (LamModelJob *job);

/* For the worker. */
void lam_model_job_set_box (LamModelJob *job, const LamBox *box);
void lam_model_job_set_state (LamModelJob *job, LamModelJobState state);
LamProgress *lam_model_job_get_progress (LamModelJob *job);
void lam_model_job_add_cause (LamModelJob *job, const LamModelJobCause *cause);
size_t lam_model_job_get_n_causes (LamModelJob *job);
const LamModelJobCause *lam_model_job_get_cause (LamModelJob *job, size_t i);
/* Borrowed; what the worker keeps with it. */
void lam_model_job_set_request (LamModelJob *job, gpointer request);
gpointer lam_model_job_get_request (LamModelJob *job);
/* Everything around was answered already, but for what follows from what a
 * person knows there (model-evidence.h): less urgent. */
void lam_model_job_set_follows (LamModelJob *job, bool follows);
bool lam_model_job_follows (LamModelJob *job);
/* Nothing is computed for it: objects of the other jobs of its request are made
 * one where they meet (model-join.h), once those are done. */
void lam_model_job_set_joins (LamModelJob *job, bool joins);
/* Forgets an edit that was undone. True when the job answered it. */
bool lam_model_job_drop_cause (LamModelJob *job, int64_t edit);
