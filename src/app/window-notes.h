/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The window's actions about notes. */
#pragma once

#include "app/window.h"
#include "tools/tool.h"

void lam_window_notes_add (LamWindow *window);
void lam_window_notes_update (LamWindow *window);
/* The panel's "chosen" is listened to. Once. */
void lam_window_notes_connect (LamWindow *window);
/* Tells the tool box whether marks are shown; of each new box, once. */
void lam_window_notes_heed_marks (LamWindow *window);
/* The tool asks for what a note says; the pointer is there. */
void lam_window_notes_ask (
    LamWindow *window, const LamNote *note, const LamPointerEvent *event);
/* Delete, while the tool of notes is active: false, if none is chosen. */
bool lam_window_notes_remove (LamWindow *window);
