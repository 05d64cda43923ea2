/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A cell of a large table, which is filled only once it is in view. GTK keeps
 * some 200 rows of a list and binds all of them when the list is sorted or
 * filtered; so binding must cost next to nothing, and most of the rows that are
 * bound are never seen. A cell draws itself and has children only while it is
 * worked with. */
#pragma once

#include <gtk/gtk.h>
#include <stdbool.h>

/* What the cells of one table share. Reference counted; main thread. */
typedef struct _LamLazyView LamLazyView;
/* `table`: what the rows scroll in. Borrowed: it outlives its cells. */
LamLazyView *lam_lazy_view_new (GtkWidget *table) G_GNUC_WARN_UNUSED_RESULT;
void lam_lazy_view_unref (LamLazyView *view);
/* After rows may have moved without being bound: cells that were out of view
 * look whether they are in it now. */
void lam_lazy_view_wake (LamLazyView *view);

#define LAM_TYPE_LAZY_CELL (lam_lazy_cell_get_type ())
G_DECLARE_DERIVABLE_TYPE (LamLazyCell, lam_lazy_cell, LAM, LAZY_CELL, GtkWidget)

struct _LamLazyCellClass {
  GtkWidgetClass parent_class;
  /* What is not a child; the cell is filled. */
  void (*draw) (LamLazyCell *cell, GtkSnapshot *snapshot);
  /* Another item: what was being done with the one before ends. Or NULL. */
  void (*leave) (LamLazyCell *cell);
};

/* Called before the cell is drawn with an item that is new or has changed; it
 * must not ask for another size. */
typedef void (*LamLazyFill) (LamLazyCell *cell, gpointer item, gpointer data);

/* Once, before the first item. `view` gets a reference. */
void lam_lazy_cell_set_up (
    LamLazyCell *cell, LamLazyView *view, LamLazyFill fill, gpointer data);
/* NULL: none. An item says that it is another now by its signal "changed". */
void lam_lazy_cell_set_item (LamLazyCell *cell, gpointer item);
/* Borrowed; or NULL. */
gpointer lam_lazy_cell_get_item (LamLazyCell *cell);
/* For who works with it before it was drawn. */
void lam_lazy_cell_fill (LamLazyCell *cell);
/* Whether it shows its item; what it says is meaningless before. */
bool lam_lazy_cell_is_filled (LamLazyCell *cell);
