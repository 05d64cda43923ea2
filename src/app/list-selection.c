/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/list-selection.h"

struct _LamListSelection {
  GObject parent;
  bool (*is_kept) (guint position, gpointer data); /* or NULL */
  gpointer data; /* Borrowed; of that */
  /* Owned */
  GListModel *model;
  GtkBitset *selected;
};

static void list_model_init (GListModelInterface *iface);
static void selection_model_init (GtkSelectionModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LamListSelection, lam_list_selection,
    G_TYPE_OBJECT,
    G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init)
        G_IMPLEMENT_INTERFACE (GTK_TYPE_SELECTION_MODEL, selection_model_init))

/* --- the list ------------------------------------------------------------- */

static GType
get_item_type (GListModel *list)
{
  return g_list_model_get_item_type (LAM_LIST_SELECTION (list)->model);
}

static guint
get_n_items (GListModel *list)
{
  return g_list_model_get_n_items (LAM_LIST_SELECTION (list)->model);
}

static gpointer
get_item (GListModel *list, guint position)
{
  return g_list_model_get_item (LAM_LIST_SELECTION (list)->model, position);
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static void
keep_rows (LamListSelection *selection, guint position, guint n)
{
  for (guint i = position; selection->is_kept && i < position + n; i++)
    if (selection->is_kept (i, selection->data))
      gtk_bitset_add (selection->selected, i);
}

static void
items_changed_cb (GListModel *model, guint position, guint n_removed,
    guint n_added, LamListSelection *selection)
{
  gtk_bitset_splice (selection->selected, position, n_removed, n_added);
  keep_rows (selection, position, n_added);
  g_list_model_items_changed (
      G_LIST_MODEL (selection), position, n_removed, n_added);
}

/* In place: see id-list.h. */
static void
rows_exchanged_cb (
    GListModel *model, guint position, guint n, LamListSelection *selection)
{
  g_autoptr (GtkBitset) changed = gtk_bitset_copy (selection->selected);
  gtk_bitset_remove_range (selection->selected, position, n);
  keep_rows (selection, position, n);
  gtk_bitset_difference (changed, selection->selected);
  if (gtk_bitset_is_empty (changed))
    return;
  const guint first = gtk_bitset_get_minimum (changed);
  gtk_selection_model_selection_changed (GTK_SELECTION_MODEL (selection), first,
      gtk_bitset_get_maximum (changed) - first + 1);
}

/* --- what is selected ----------------------------------------------------- */

static gboolean
is_selected (GtkSelectionModel *model, guint position)
{
  return gtk_bitset_contains (LAM_LIST_SELECTION (model)->selected, position);
}

static GtkBitset *
get_selection_in_range (GtkSelectionModel *model, guint position, guint n_items)
{
  return gtk_bitset_ref (LAM_LIST_SELECTION (model)->selected);
}

/* GTK's own way from every other act to this one. */
static gboolean
set_selection (GtkSelectionModel *model, GtkBitset *selected, GtkBitset *mask)
{
  LamListSelection *selection = LAM_LIST_SELECTION (model);
  g_autoptr (GtkBitset) changed = gtk_bitset_copy (selection->selected);
  gtk_bitset_difference (changed, selected);
  gtk_bitset_intersect (changed, mask);
  const guint n = get_n_items (G_LIST_MODEL (model));
  gtk_bitset_remove_range_closed (changed, n, G_MAXUINT);
  if (gtk_bitset_is_empty (changed))
    return true;
  gtk_bitset_difference (selection->selected, changed);
  const guint first = gtk_bitset_get_minimum (changed);
  gtk_selection_model_selection_changed (
      model, first, gtk_bitset_get_maximum (changed) - first + 1);
  return true;
}

static void
selection_model_init (GtkSelectionModelInterface *iface)
{
  iface->is_selected = is_selected;
  iface->get_selection_in_range = get_selection_in_range;
  iface->set_selection = set_selection;
}

/* --- the object ----------------------------------------------------------- */

static void
lam_list_selection_finalize (GObject *object)
{
  LamListSelection *selection = LAM_LIST_SELECTION (object);
  g_signal_handlers_disconnect_by_data (selection->model, selection);
  g_object_unref (selection->model);
  gtk_bitset_unref (selection->selected);
  G_OBJECT_CLASS (lam_list_selection_parent_class)->finalize (object);
}

static void
lam_list_selection_class_init (LamListSelectionClass *class)
{
  G_OBJECT_CLASS (class)->finalize = lam_list_selection_finalize;
}

static void
lam_list_selection_init (LamListSelection *selection)
{
  selection->selected = gtk_bitset_new_empty ();
}

LamListSelection *
lam_list_selection_new (GListModel *model)
{
  LamListSelection *selection = g_object_new (LAM_TYPE_LIST_SELECTION, NULL);
  selection->model = g_object_ref (model);
  g_signal_connect (
      model, "items-changed", G_CALLBACK (items_changed_cb), selection);
  if (g_signal_lookup ("rows-exchanged", G_OBJECT_TYPE (model)))
    g_signal_connect (
        model, "rows-exchanged", G_CALLBACK (rows_exchanged_cb), selection);
  return selection;
}

void
lam_list_selection_keep (LamListSelection *selection,
    bool (*is_kept) (guint position, gpointer data), gpointer data)
{
  g_return_if_fail (LAM_IS_LIST_SELECTION (selection));
  selection->is_kept = is_kept;
  selection->data = data;
}

GListModel *
lam_list_selection_get_model (LamListSelection *selection)
{
  g_return_val_if_fail (LAM_IS_LIST_SELECTION (selection), NULL);
  return selection->model;
}
