/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the pointer does in a slice pane: mouse, pen and fingers become calls of
 * the canvas and its tool box. */
#pragma once

#include "app/canvas.h"

/* Lives as long as the pane. */
typedef struct _LamPaneInput LamPaneInput;
LamPaneInput *lam_pane_input_attach (
    LamCanvas *canvas, LamPaneView *pane, LamPlane plane);
/* Ends a gesture that is under way, as a release would. */
void lam_pane_input_finish (LamPaneInput *input);
/* The pointer's picture follows tool and Space. */
void lam_pane_input_update_cursor (LamPaneInput *input);
