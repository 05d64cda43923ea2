/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The training of a network of the project (workspace/project-training.h) in
 * one line, with its progress and a button that stops it; hidden while none is
 * under way. */
#pragma once

#include <gtk/gtk.h>

#include "workspace/workspace.h"

#define LAM_TYPE_TRAINING_LINE (lam_training_line_get_type ())
/* Signals: "changed" (): it began, goes on, or ended */
G_DECLARE_FINAL_TYPE (
    LamTrainingLine, lam_training_line, LAM, TRAINING_LINE, GtkBox)

/* NULL: there is no project that can be changed. */
void lam_training_line_set_workspace (
    LamTrainingLine *line, LamWorkspace *workspace);
/* 0 to 1 and seconds (below 0: not known yet); false: none is under way. */
bool lam_training_line_get_left (
    LamTrainingLine *line, double *fraction, double *seconds);
/* To be called now and then while it is. */
void lam_training_line_refresh (LamTrainingLine *line);
