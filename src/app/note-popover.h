/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Asks for a note's kind and text, and writes it: Enter and a press elsewhere
 * keep what was changed, Escape leaves all as it was. */
#pragma once

#include "app/window.h"
#include "labels/note.h"

/* Points at (x, y) of `parent`, in application pixels. A note of id 0 is a new
 * one, whose kind may be NULL: then it is the one that was chosen last. The one
 * that is open is settled first; where it stays, no other opens. */
void lam_note_popover_open (LamWindow *window, GtkWidget *parent, double x,
    double y, const LamNote *note);
/* Of the one that is open, if any: what was changed is written and it closes.
 * False: that cannot be, and it stays and says why. */
bool lam_note_popover_settle (LamWindow *window);
