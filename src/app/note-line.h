/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A note in the list: kind, text, author, place. Signals: "edit" () and
 * "remove" (), by its buttons. */
#pragma once

#include <adwaita.h>

#include "labels/note.h"
#include "workspace/workspace.h"

#define LAM_TYPE_NOTE_LINE (lam_note_line_get_type ())
G_DECLARE_FINAL_TYPE (LamNoteLine, lam_note_line, LAM, NOTE_LINE, AdwBin)

GtkWidget *lam_note_line_new (void);
void lam_note_line_show (
    LamNoteLine *line, LamWorkspace *workspace, const LamNote *note);
/* 0: none is shown. */
int32_t lam_note_line_get_id (LamNoteLine *line);
