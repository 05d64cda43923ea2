/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Trains a network in the open project: what on and how long, how it goes, and
 * what becomes of it. The training goes on when this window is closed. */
#pragma once

#include "app/canvas.h"
#include "workspace/workspace.h"

/* One for each project; shows the one that is there. */
void lam_training_window_present (
    GtkWindow *parent, LamWorkspace *workspace, LamCanvas *canvas);
/* A short message where a training of an earlier opening can go on. */
void lam_training_window_remind (GtkWindow *parent, LamWorkspace *workspace);
