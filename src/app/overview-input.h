/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the pointer does in the overview: a drag turns it, the wheel zooms, a
 * double click puts it back. */
#pragma once

#include "app/canvas.h"

void lam_overview_input_attach (LamCanvas *canvas, LamPaneView *pane);
