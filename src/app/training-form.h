/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a network is to be trained on, and how long. */
#pragma once

#include <adwaita.h>

#include "app/canvas.h"
#include "workspace/project-training.h"

#define LAM_TYPE_TRAINING_FORM (lam_training_form_get_type ())
G_DECLARE_FINAL_TYPE (
    LamTrainingForm, lam_training_form, LAM, TRAINING_FORM, AdwBin)

/* `canvas`: what is on screen, for new regions. Once. */
void lam_training_form_set_workspace (
    LamTrainingForm *form, LamWorkspace *workspace, LamCanvas *canvas);
/* Starts what is chosen; false with error. */
bool lam_training_form_start (
    LamTrainingForm *form, LamProjectTraining *training, GError **error);
/* Patches of that size from now on. */
void lam_training_form_set_tile (LamTrainingForm *form, const int64_t tile[3]);
