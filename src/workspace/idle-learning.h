/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* All of the network learns by itself (whole-learning.h) while the person does
 * nothing for a while: where the network may learn (model-worker-learn.h) and
 * enough was corrected since the last time. It stops at once when the person
 * goes on, and begins anew after the next rest. Main thread. */
#pragma once

#include "workspace/model-worker.h"
#include "workspace/whole-learning.h"

#define LAM_TYPE_IDLE_LEARNING (lam_idle_learning_get_type ())
/* Signals:
 * "changed" (): it began, or ended; see get_progress() and get_result() */
G_DECLARE_FINAL_TYPE (
    LamIdleLearning, lam_idle_learning, LAM, IDLE_LEARNING, GObject)

/* Strokes and the like from when on it is worth it. */
#define LAM_IDLE_LEARNING_CORRECTIONS 8

/* `settings` are copied. Ends with the worker's workspace. */
LamIdleLearning *lam_idle_learning_new (LamModelWorker *worker,
    LamWorkspace *workspace,
    const LamWholeLearningSettings *settings) G_GNUC_WARN_UNUSED_RESULT;
/* How long nothing must have been done; 0 seconds: it never begins. */
void lam_idle_learning_set_rest (LamIdleLearning *idle, double seconds);

/* Times are those of g_get_monotonic_time(). The person does something: */
void lam_idle_learning_stir (LamIdleLearning *idle, int64_t now_us);
/* To be called now and then: begins when it is time. */
void lam_idle_learning_look (LamIdleLearning *idle, int64_t now_us);
/* Whoever trains by hand, or closes: stops what runs. */
void lam_idle_learning_stop (LamIdleLearning *idle);

/* Of what runs; NULL: nothing does. Borrowed. */
LamProgress *lam_idle_learning_get_progress (LamIdleLearning *idle);
/* Of the last that came to its end; NULL: none did. Borrowed. */
const LamWholeLearningResult *lam_idle_learning_get_result (
    LamIdleLearning *idle);
/* Why the last failed; NULL: it did not, or was stopped. */
const char *lam_idle_learning_get_problem (LamIdleLearning *idle);
