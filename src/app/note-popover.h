/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Asks for a note's kind and text, and writes it: Enter keeps, Escape leaves
 * all as it was. */
#pragma once

#include "app/window.h"
#include "labels/note.h"

/* Points at (x, y) of `parent`, in application pixels. A note of id 0 is a new
 * one, whose kind may be NULL: then it is the one that was chosen last. */
void lam_note_popover_open (LamWindow *window, GtkWidget *parent, double x,
    double y, const LamNote *note);
