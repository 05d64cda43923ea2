/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A name in a list that can be changed in its place: Enter or leaving it takes
 * the new name, Escape the old one. */
#pragma once

#include <adwaita.h>

/* Signal "edited" (const char *text): trimmed, and not what it was. The cell
 * keeps its text until it is told the new one. "ended" (): it is no longer
 * edited. */
#define LAM_TYPE_NAME_CELL (lam_name_cell_get_type ())
G_DECLARE_FINAL_TYPE (LamNameCell, lam_name_cell, LAM, NAME_CELL, AdwBin)

GtkWidget *lam_name_cell_new (void);
/* `title` is shown, `name` is what is edited. */
void lam_name_cell_set_text (
    LamNameCell *cell, const char *title, const char *name);
void lam_name_cell_edit (LamNameCell *cell);
