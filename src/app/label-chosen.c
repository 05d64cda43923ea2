/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* GTK's selection is one of positions: a list that is sorted anew loses it. So
 * the ids are kept, and selected again after each change. Between the model's
 * items-changed and the end of lam_label_chosen_sync() a changed selection is
 * the list's own doing, not the person's. */
#include "app/label-panel-private.h"

#include "workspace/labelling.h"

static void
note_chosen (LamLabelPanel *panel)
{
  g_autoptr (GtkBitset) positions = gtk_selection_model_get_selection (
      GTK_SELECTION_MODEL (panel->selection));
  GtkBitsetIter iter;
  guint position;
  g_hash_table_remove_all (panel->chosen);
  if (!gtk_bitset_iter_init_first (&iter, positions, &position))
    return;
  do {
    const uint32_t id = lam_label_model_get_id (panel->model, position);
    g_hash_table_add (panel->chosen, GUINT_TO_POINTER (id));
  } while (gtk_bitset_iter_next (&iter, &position));
}

/* Where what is listed of these is. */
static GtkBitset *
find_positions (LamLabelPanel *panel, GHashTable *ids)
{
  const guint n = g_list_model_get_n_items (panel->model);
  GtkBitset *positions = gtk_bitset_new_empty ();
  for (guint i = 0; g_hash_table_size (ids) > 0 && i < n; i++) {
    const uint32_t id = lam_label_model_get_id (panel->model, i);
    if (g_hash_table_contains (ids, GUINT_TO_POINTER (id)))
      gtk_bitset_add (positions, i);
  }
  return positions;
}

static void
select_positions (LamLabelPanel *panel, GtkBitset *positions)
{
  const guint n = g_list_model_get_n_items (panel->model);
  g_autoptr (GtkBitset) all = gtk_bitset_new_range (0, n);
  gtk_selection_model_set_selection (
      GTK_SELECTION_MODEL (panel->selection), positions, all);
}

/* Selects what is listed of that, and forgets what is not. */
static void
select_chosen (LamLabelPanel *panel)
{
  g_autoptr (GtkBitset) positions = find_positions (panel, panel->chosen);
  select_positions (panel, positions);
  note_chosen (panel);
}

static void
choose_active (LamLabelPanel *panel, uint32_t active, guint position)
{
  g_hash_table_remove_all (panel->chosen);
  if (position == G_MAXUINT) {
    gtk_selection_model_unselect_all (GTK_SELECTION_MODEL (panel->selection));
    return;
  }
  gtk_selection_model_select_item (
      GTK_SELECTION_MODEL (panel->selection), position, true);
  g_hash_table_add (panel->chosen, GUINT_TO_POINTER (active));
}

/* The list follows to the active label when that is elsewhere in it. */
static void
follow_active (LamLabelPanel *panel, guint position)
{
  if (position == panel->active_position)
    return;
  panel->active_position = position;
  /* A list that is not laid out yet cannot be scrolled. */
  if (position != G_MAXUINT && gtk_widget_get_mapped (GTK_WIDGET (panel->list)))
    gtk_widget_activate_action (
        gtk_widget_get_last_child (GTK_WIDGET (panel->list)),
        "list.scroll-to-item", "u", position);
}

void
lam_label_chosen_sync (LamLabelPanel *panel)
{
  const uint32_t active = lam_workspace_get_active_label (panel->workspace);
  const guint position = lam_label_model_find (panel->model, active);
  panel->is_syncing = true;
  if (active == 0
      || !g_hash_table_contains (panel->chosen, GUINT_TO_POINTER (active)))
    choose_active (panel, active, position);
  panel->is_syncing = false;
  follow_active (panel, position);
}

static void
before_items_changed_cb (GListModel *model, guint position, guint n_removed,
    guint n_added, LamLabelPanel *panel)
{
  panel->is_syncing = true;
  panel->is_exchanging = true;
}

static void
after_items_changed_cb (GListModel *model, guint position, guint n_removed,
    guint n_added, LamLabelPanel *panel)
{
  panel->is_exchanging = false;
  panel->is_syncing = true;
  lam_lazy_view_wake (panel->view);
  if (lam_label_model_is_changing (panel->model))
    return;
  select_chosen (panel);
  lam_label_chosen_sync (panel);
  lam_label_panel_update_count (panel);
}

static void
selected_cb (GtkSelectionModel *selection, guint position, guint n_items,
    LamLabelPanel *panel)
{
  if (panel->is_syncing)
    return;
  note_chosen (panel);
  lam_label_panel_update_count (panel);
  const uint32_t active = lam_workspace_get_active_label (panel->workspace);
  if (g_hash_table_size (panel->chosen) == 0
      || g_hash_table_contains (panel->chosen, GUINT_TO_POINTER (active)))
    return;
  GHashTableIter iter;
  gpointer first;
  g_hash_table_iter_init (&iter, panel->chosen);
  if (g_hash_table_iter_next (&iter, &first, NULL))
    lam_workspace_set_active_label (panel->workspace, GPOINTER_TO_UINT (first));
}

void
lam_label_chosen_attach (LamLabelPanel *panel)
{
  panel->active_position = G_MAXUINT;
  g_signal_connect (panel->model, "items-changed",
      G_CALLBACK (before_items_changed_cb), panel);
  panel->selection = lam_list_selection_new (panel->model);
  g_signal_connect (
      panel->selection, "selection-changed", G_CALLBACK (selected_cb), panel);
  g_signal_connect (panel->model, "items-changed",
      G_CALLBACK (after_items_changed_cb), panel);
  gtk_column_view_set_model (
      panel->list, GTK_SELECTION_MODEL (panel->selection));
}

void
lam_label_chosen_detach (LamLabelPanel *panel)
{
  g_signal_handlers_disconnect_by_data (panel->model, panel);
  g_signal_handlers_disconnect_by_data (panel->selection, panel);
  if (panel->list)
    gtk_column_view_set_model (panel->list, NULL);
  g_clear_object (&panel->selection);
  g_hash_table_remove_all (panel->chosen);
}

void
lam_label_chosen_set (LamLabelPanel *panel, const GArray *ids)
{
  g_autoptr (GHashTable) wanted = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < ids->len; i++)
    g_hash_table_add (
        wanted, GUINT_TO_POINTER (g_array_index (ids, uint32_t, i)));
  lam_label_model_settle (panel->model, panel->workspace);
  g_autoptr (GtkBitset) positions = find_positions (panel, wanted);
  if (gtk_bitset_get_size (positions) < g_hash_table_size (wanted)) {
    lam_label_panel_list_all (panel);
    g_clear_pointer (&positions, gtk_bitset_unref);
    positions = find_positions (panel, wanted);
  }
  select_positions (panel, positions);
}

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

GArray *
lam_label_chosen_list (LamLabelPanel *panel, uint32_t id)
{
  GArray *ids = g_array_new (false, false, sizeof (uint32_t));
  if (!g_hash_table_contains (panel->chosen, GUINT_TO_POINTER (id))) {
    g_array_append_val (ids, id);
    return ids;
  }
  GHashTableIter iter;
  gpointer chosen;
  g_hash_table_iter_init (&iter, panel->chosen);
  while (g_hash_table_iter_next (&iter, &chosen, NULL)) {
    const uint32_t one = GPOINTER_TO_UINT (chosen);
    g_array_append_val (ids, one);
  }
  g_array_sort (ids, compare_ids);
  return ids;
}

GArray *
lam_label_panel_dup_chosen (LamLabelPanel *panel, uint32_t id)
{
  g_return_val_if_fail (LAM_IS_LABEL_PANEL (panel), NULL);
  return lam_label_chosen_list (panel, id);
}
