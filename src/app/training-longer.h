/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A button that asks how much longer a training is to go on. */
#pragma once

#include <gtk/gtk.h>

#define LAM_TYPE_TRAINING_LONGER (lam_training_longer_get_type ())
/* Signals: "asked" (double seconds, gint64 steps): one of them is 0 */
G_DECLARE_FINAL_TYPE (
    LamTrainingLonger, lam_training_longer, LAM, TRAINING_LONGER, GtkWidget)

/* What is suggested. */
void lam_training_longer_set_steps (LamTrainingLonger *longer, gint64 steps);
