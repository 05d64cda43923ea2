/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* All notes of the project: found by kind and text, gone to, changed, taken
 * away, exported. Signal: "chosen" (int id), by a click or Enter: go there. */
#pragma once

#include <adwaita.h>

#include "app/display.h"
#include "workspace/workspace.h"

#define LAM_TYPE_NOTE_PANEL (lam_note_panel_get_type ())
G_DECLARE_FINAL_TYPE (LamNotePanel, lam_note_panel, LAM, NOTE_PANEL, AdwBin)

GtkWidget *lam_note_panel_new (void);
void lam_note_panel_set_display (LamNotePanel *panel, LamDisplay *display);
void lam_note_panel_set_workspace (
    LamNotePanel *panel, LamWorkspace *workspace);
/* The one that is listed so many after `id`, or at the other end of the list
 * past its end; the first or last when `id` is not listed; 0: none is. */
int32_t lam_note_panel_find_next (LamNotePanel *panel, int32_t id, int step);
/* Selects it, if it is listed. */
void lam_note_panel_select (LamNotePanel *panel, int32_t id);
/* The ids that are listed, int32_t. */
GArray *lam_note_panel_dup_listed (
    LamNotePanel *panel) G_GNUC_WARN_UNUSED_RESULT;
/* Where one types what to find. */
void lam_note_panel_focus (LamNotePanel *panel);
