/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A cell decides in its snapshot, when all rows have their places. One that is
 * not in view draws nothing, and GTK keeps that picture of it wherever the row
 * goes; therefore the view knows all such cells, and has them drawn again when
 * rows may have moved. */
#include "app/lazy-cell.h"

struct _LamLazyView {
  GtkWidget *table; /* Borrowed */
  GHashTable *blank; /* Owned; cells that drew nothing, borrowed */
};

typedef struct {
  bool is_filled;
  gpointer fill_data; /* Borrowed */
  LamLazyFill fill;
  LamLazyView *view; /* Owned */
  GObject *item; /* Owned; or NULL */
  gulong changed, exchanged;
} LamLazyCellPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (
    LamLazyCell, lam_lazy_cell, GTK_TYPE_WIDGET)

static LamLazyCellPrivate *
get_private (gpointer cell)
{
  return lam_lazy_cell_get_instance_private (LAM_LAZY_CELL (cell));
}

/* --- the view ------------------------------------------------------------- */

LamLazyView *
lam_lazy_view_new (GtkWidget *table)
{
  LamLazyView *view = g_rc_box_new0 (LamLazyView);
  view->table = table;
  view->blank = g_hash_table_new (NULL, NULL);
  return view;
}

static void
view_clear (gpointer data)
{
  LamLazyView *view = data;
  g_hash_table_unref (view->blank);
}

void
lam_lazy_view_unref (LamLazyView *view)
{
  g_rc_box_release_full (view, view_clear);
}

void
lam_lazy_view_wake (LamLazyView *view)
{
  GHashTableIter iter;
  gpointer cell;
  g_hash_table_iter_init (&iter, view->blank);
  while (g_hash_table_iter_next (&iter, &cell, NULL))
    gtk_widget_queue_draw (cell);
}

static bool
is_in_view (GtkWidget *cell, const LamLazyView *view)
{
  graphene_rect_t place;
  if (!gtk_widget_compute_bounds (cell, view->table, &place))
    return false;
  return place.origin.y + place.size.height > 0
      && place.origin.y < (float)gtk_widget_get_height (view->table);
}

/* --- the cell ------------------------------------------------------------- */

static void
lam_lazy_cell_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  LamLazyCell *cell = LAM_LAZY_CELL (widget);
  LamLazyCellPrivate *private = get_private (cell);
  if (!private->item || !is_in_view (widget, private->view)) {
    g_hash_table_add (private->view->blank, cell);
    return;
  }
  g_hash_table_remove (private->view->blank, cell);
  lam_lazy_cell_fill (cell);
  LAM_LAZY_CELL_GET_CLASS (cell)->draw (cell, snapshot);
  GTK_WIDGET_CLASS (lam_lazy_cell_parent_class)->snapshot (widget, snapshot);
}

static void
changed_cb (GObject *item, LamLazyCell *cell)
{
  get_private (cell)->is_filled = false;
  gtk_widget_queue_draw (GTK_WIDGET (cell));
}

static void
leave (LamLazyCell *cell)
{
  if (LAM_LAZY_CELL_GET_CLASS (cell)->leave)
    LAM_LAZY_CELL_GET_CLASS (cell)->leave (cell);
}

static void
exchanged_cb (GObject *item, LamLazyCell *cell)
{
  leave (cell);
  changed_cb (item, cell);
}

static void
forget_item (LamLazyCell *cell)
{
  LamLazyCellPrivate *private = get_private (cell);
  if (private->item) {
    g_clear_signal_handler (&private->changed, private->item);
    g_clear_signal_handler (&private->exchanged, private->item);
  }
  g_clear_object (&private->item);
  private->is_filled = false;
}

static void
lam_lazy_cell_dispose (GObject *object)
{
  LamLazyCellPrivate *private = get_private (object);
  forget_item (LAM_LAZY_CELL (object));
  if (private->view)
    g_hash_table_remove (private->view->blank, object);
  g_clear_pointer (&private->view, lam_lazy_view_unref);
  G_OBJECT_CLASS (lam_lazy_cell_parent_class)->dispose (object);
}

static void
lam_lazy_cell_class_init (LamLazyCellClass *class)
{
  G_OBJECT_CLASS (class)->dispose = lam_lazy_cell_dispose;
  GTK_WIDGET_CLASS (class)->snapshot = lam_lazy_cell_snapshot;
}

static void
lam_lazy_cell_init (LamLazyCell *cell)
{
}

void
lam_lazy_cell_set_up (
    LamLazyCell *cell, LamLazyView *view, LamLazyFill fill, gpointer data)
{
  g_return_if_fail (LAM_IS_LAZY_CELL (cell));
  LamLazyCellPrivate *private = get_private (cell);
  g_return_if_fail (!private->view);
  private->view = g_rc_box_acquire (view);
  private->fill = fill;
  private->fill_data = data;
}

void
lam_lazy_cell_set_item (LamLazyCell *cell, gpointer item)
{
  g_return_if_fail (LAM_IS_LAZY_CELL (cell));
  LamLazyCellPrivate *private = get_private (cell);
  if (private->item == item)
    return;
  leave (cell);
  forget_item (cell);
  if (item) {
    private->item = g_object_ref (item);
    private->changed =
        g_signal_connect (item, "changed", G_CALLBACK (changed_cb), cell);
    private->exchanged =
        g_signal_connect (item, "exchanged", G_CALLBACK (exchanged_cb), cell);
  }
  gtk_widget_queue_draw (GTK_WIDGET (cell));
}

gpointer
lam_lazy_cell_get_item (LamLazyCell *cell)
{
  g_return_val_if_fail (LAM_IS_LAZY_CELL (cell), NULL);
  return get_private (cell)->item;
}

void
lam_lazy_cell_fill (LamLazyCell *cell)
{
  g_return_if_fail (LAM_IS_LAZY_CELL (cell));
  LamLazyCellPrivate *private = get_private (cell);
  if (private->item && !private->is_filled) {
    private->fill (cell, private->item, private->fill_data);
    private->is_filled = true;
  }
}

bool
lam_lazy_cell_is_filled (LamLazyCell *cell)
{
  g_return_val_if_fail (LAM_IS_LAZY_CELL (cell), false);
  return get_private (cell)->is_filled;
}
