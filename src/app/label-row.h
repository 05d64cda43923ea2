/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One label in the table, or a group of labels: colour or arrow, name, a note,
 * hide, lock. It draws them itself and only shows; what is pressed becomes an
 * action of the panel around it: "label.set-colour" (xu), "label.toggle-fold"
 * (x), "label.toggle-hide" (x), "label.toggle-lock" (x) and "label.menu" (xdd:
 * id and where in the row). By the keyboard all that is in the menu.
 *
 * Signals: "naming" (gboolean), a name is being written from now on, or no
 * longer; "named" (int64_t id, const char *name), also while the row is given
 * to another label: its one handler answers whether that is the name now. */
#pragma once

#include <stdint.h>

#include "app/lazy-cell.h"

#define LAM_TYPE_LABEL_ROW (lam_label_row_get_type ())
G_DECLARE_FINAL_TYPE (LamLabelRow, lam_label_row, LAM, LABEL_ROW, LamLazyCell)

typedef enum {
  LAM_ROW_IS_LABEL,
  LAM_ROW_IS_UNFOLDED,
  LAM_ROW_IS_FOLDED,
  LAM_ROW_IS_EMPTY, /* nothing to fold */
} LamLabelRowKind;

typedef struct {
  int64_t id;
  LamLabelRowKind kind;
  int depth; /* how many groups it lies in, as they are shown */
  uint32_t rgb; /* of a label */
  const char *title; /* what is shown … */
  const char *name; /* … and what is edited in its place */
  const char *note; /* "" for none */
  const char *short_note; /* where that does not fit; NULL: it is cut off */
  const char *tip; /* more about it, where the name is; NULL: nothing */
  bool locked, hidden;
} LamLabelRowContent;

GtkWidget *lam_label_row_new (void);
/* While the cell is filled. Copies. */
void lam_label_row_show (LamLabelRow *row, const LamLabelRowContent *content);
void lam_label_row_rename (LamLabelRow *row);
void lam_label_row_offer_colours (LamLabelRow *row);

/* What is pressed and has no widget of its own. */
typedef enum {
  LAM_ROW_COLOUR, /* of a group: its arrow */
  LAM_ROW_NAME, /* no button */
  LAM_ROW_REMARK, /* none either */
  LAM_ROW_HIDE,
  LAM_ROW_LOCK,
  LAM_N_ROW_PARTS,
} LamRowPart;
/* In the row; of no size where it is not shown. */
GdkRectangle lam_label_row_get_place (LamLabelRow *row, LamRowPart part);
bool lam_label_row_is_group (LamLabelRow *row);
/* What it does when pressed; of the name, the title, and of the note, what it
 * says. Borrowed. */
const char *lam_label_row_get_text (LamLabelRow *row, LamRowPart part);
