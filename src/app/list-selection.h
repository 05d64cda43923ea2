/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Any number of rows of a list, as GtkMultiSelection has it, for long lists:
 * that one keeps, and makes, the item of each selected row, and looks at all
 * items to find the selected ones again when rows change. This one keeps places
 * alone; rows that are replaced are no longer selected, unless its owner says
 * so. It knows "rows-exchanged", too, see workspace/id-list.h. Main thread. */
#pragma once

#include <gtk/gtk.h>
#include <stdbool.h>

#define LAM_TYPE_LIST_SELECTION (lam_list_selection_get_type ())
G_DECLARE_FINAL_TYPE (
    LamListSelection, lam_list_selection, LAM, LIST_SELECTION, GObject)

LamListSelection *lam_list_selection_new (
    GListModel *model) G_GNUC_WARN_UNUSED_RESULT;
/* `is_kept` is asked about each row that comes, before anyone hears of it. */
void lam_list_selection_keep (LamListSelection *selection,
    bool (*is_kept) (guint position, gpointer data), gpointer data);
/* Borrowed. */
GListModel *lam_list_selection_get_model (LamListSelection *selection);
