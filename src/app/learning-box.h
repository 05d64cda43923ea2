/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Whether the network learns from the person's corrections, what came of it
 * last, and the button by which all of it is trained. */
#pragma once

#include <gtk/gtk.h>

#include "workspace/model-worker.h"

#define LAM_TYPE_LEARNING_BOX (lam_learning_box_get_type ())
/* Signals: "training-changed" (): all of the network began to train, or ended
 */
G_DECLARE_FINAL_TYPE (
    LamLearningBox, lam_learning_box, LAM, LEARNING_BOX, GtkWidget)

/* Once, before the next: after how long a rest the network trains by itself,
 * and the window in which whatever the person does ends that. */
void lam_learning_box_set_up (
    LamLearningBox *box, GSettings *settings, GtkWidget *window);
/* NULL for both: there is no project. A training under way is stopped. */
void lam_learning_box_set_worker (
    LamLearningBox *box, LamWorkspace *workspace, LamModelWorker *worker);
/* Of all of the network: 0 to 1 and seconds (below 0: not known yet); false:
 * nothing trains. */
bool lam_learning_box_get_left (
    LamLearningBox *box, double *fraction, double *seconds);
