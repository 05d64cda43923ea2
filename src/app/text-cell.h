/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A word or number in a large table. */
#pragma once

#include "app/lazy-cell.h"

#define LAM_TYPE_TEXT_CELL (lam_text_cell_get_type ())
G_DECLARE_FINAL_TYPE (LamTextCell, lam_text_cell, LAM, TEXT_CELL, LamLazyCell)

/* A number stands at the right, its digits as wide as each other. The column is
 * as wide as `n_chars` digits at least, whatever it shows. */
GtkWidget *lam_text_cell_new (bool is_number, int n_chars);
/* What is too long is cut off. While the cell is filled. */
void lam_text_cell_set_text (LamTextCell *cell, const char *text);
/* A mark before the text, which is drawn only where there is room for a word.
 * Both are static: an icon, NULL for none, and a colour of the style. */
void lam_text_cell_set_mark (
    LamTextCell *cell, const char *icon_name, const char *colour_name);
/* The text stands where the mark would. */
void lam_text_cell_clear_mark (LamTextCell *cell);
/* Borrowed; "" before it is filled. */
const char *lam_text_cell_get_text (LamTextCell *cell);
