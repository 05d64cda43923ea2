/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One class in a list: colour, name, a note, hide, lock. It only
 * shows; what is pressed becomes an action of the panel around it: with the
 * prefix "class" these are "class.set-colour" (xu: id and colour),
 * "class.toggle-hide" (x), "class.toggle-lock" (x) and "class.menu" (xdd: id
 * and where in the row).
 *
 * Signal: "named" (int64_t id, const char *name), also while the row is given
 * to another class. Its one handler answers whether that is the name now. */
#pragma once

#include <adwaita.h>
#include <stdint.h>

#define LAM_TYPE_TABLE_ROW (lam_table_row_get_type ())
G_DECLARE_FINAL_TYPE (LamTableRow, lam_table_row, LAM, TABLE_ROW, AdwBin)

typedef struct {
  int64_t id;
  uint32_t rgb;
  const char *title; /* what is shown … */
  const char *name; /* … and what is edited in its place */
  const char *note; /* "" for none */
  bool is_key; /* the note is a key of the keyboard */
  bool locked, hidden;
} LamTableRowContent;

/* `prefix`: static. With `has_automatic` the colour may be left to us. */
GtkWidget *lam_table_row_new (const char *prefix, bool has_automatic);
void lam_table_row_show (LamTableRow *row, const LamTableRowContent *content);
void lam_table_row_rename (LamTableRow *row);
/* The row of that id among what `widget` has on screen, or NULL. */
LamTableRow *lam_table_row_find (GtkWidget *widget, int64_t id);
/* Opens `menu`, a child of `parent`, at a point in a row of any kind; below the
 * row for negative ones. */
void lam_table_row_popup (GtkWidget *row, GtkPopoverMenu *menu,
    GtkWidget *parent, double x, double y);
