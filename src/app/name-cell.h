/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A name in a list that can be changed in its place: Enter or leaving it takes
 * the new name, Escape the old one. */
#pragma once

#include <adwaita.h>
#include <stdint.h>

/* Signal "edited" (int64_t id, const char *text): trimmed, and not what it was;
 * of what was named when it began, whatever the cell shows by then. Its one
 * handler answers whether that is the name now, and says why where it is not.
 * The cell keeps its text until it is told the new one. "ended" (): it is no
 * longer edited. */
#define LAM_TYPE_NAME_CELL (lam_name_cell_get_type ())
G_DECLARE_FINAL_TYPE (LamNameCell, lam_name_cell, LAM, NAME_CELL, AdwBin)

GtkWidget *lam_name_cell_new (void);
/* `title` is shown, `name` is what is edited. */
void lam_name_cell_set_text (
    LamNameCell *cell, const char *title, const char *name);
/* What is being written is left as it is. */
void lam_name_cell_edit (LamNameCell *cell, int64_t id);
bool lam_name_cell_is_editing (LamNameCell *cell);
/* As Enter does, at once; nothing, when it is not edited. */
void lam_name_cell_finish (LamNameCell *cell);
/* The same when it is about to go: the keyboard stays where it is. */
void lam_name_cell_leave (LamNameCell *cell);
/* The same for the one that is edited in a window, if there is one. */
void lam_name_cell_finish_open (GtkRoot *window);
/* Before the window goes: as Enter does, but a name that is refused goes on
 * being edited, and this is false. */
bool lam_name_cell_settle_open (GtkRoot *window);
