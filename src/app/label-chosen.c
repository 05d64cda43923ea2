/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* GTK's selection is one of positions: a list that is sorted anew loses it. So
 * the ids are kept, and selected again after each change. Between the model's
 * items-changed and the end of lam_label_chosen_sync() a changed selection is
 * the list's own doing, not the person's.
 *
 * A group that is selected stands for the labels in it; they are not selected
 * themselves, and the active label stays what it was. */
#include "app/label-panel-private.h"

#include "workspace/labelling.h"

static gpointer
key_of_group (int64_t row)
{
  return GUINT_TO_POINTER ((guint)-row);
}

static bool
is_chosen (LamLabelPanel *panel, int64_t row)
{
  return row < 0
      ? g_hash_table_contains (panel->chosen_groups, key_of_group (row))
      : gtk_bitset_contains (panel->chosen, (guint)row);
}

static void
forget_chosen (LamLabelPanel *panel)
{
  gtk_bitset_remove_all (panel->chosen);
  g_hash_table_remove_all (panel->chosen_groups);
}

static void
note_chosen (LamLabelPanel *panel)
{
  g_autoptr (GtkBitset) positions = gtk_selection_model_get_selection (
      GTK_SELECTION_MODEL (panel->selection));
  GtkBitsetIter iter;
  guint position;
  forget_chosen (panel);
  if (!gtk_bitset_iter_init_first (&iter, positions, &position))
    return;
  do {
    const int64_t row = lam_label_model_get_row (panel->model, position);
    if (row < 0)
      g_hash_table_add (panel->chosen_groups, key_of_group (row));
    else
      gtk_bitset_add (panel->chosen, (guint)row);
  } while (gtk_bitset_iter_next (&iter, &position));
}

/* Where what is listed of these ids is. */
static GtkBitset *
find_positions (LamLabelPanel *panel, const GtkBitset *ids)
{
  const guint n = g_list_model_get_n_items (panel->model);
  GtkBitset *positions = gtk_bitset_new_empty ();
  for (guint i = 0; !gtk_bitset_is_empty (ids) && i < n; i++) {
    const uint32_t id = lam_label_model_get_id (panel->model, i);
    if (id > 0 && gtk_bitset_contains (ids, id))
      gtk_bitset_add (positions, i);
  }
  return positions;
}

static void
add_group_positions (LamLabelPanel *panel, GtkBitset *positions)
{
  const guint n = g_list_model_get_n_items (panel->model);
  for (guint i = 0; g_hash_table_size (panel->chosen_groups) > 0 && i < n;
       i++) {
    const int64_t row = lam_label_model_get_row (panel->model, i);
    if (row < 0 && is_chosen (panel, row))
      gtk_bitset_add (positions, i);
  }
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
  const uint64_t n_chosen = gtk_bitset_get_size (panel->chosen)
      + g_hash_table_size (panel->chosen_groups);
  add_group_positions (panel, positions);
  select_positions (panel, positions);
  if (gtk_bitset_get_size (positions) < n_chosen)
    note_chosen (panel);
}

static void
choose_active (LamLabelPanel *panel, uint32_t active, guint position)
{
  forget_chosen (panel);
  if (position == G_MAXUINT) {
    gtk_selection_model_unselect_all (GTK_SELECTION_MODEL (panel->selection));
    return;
  }
  gtk_selection_model_select_item (
      GTK_SELECTION_MODEL (panel->selection), position, true);
  gtk_bitset_add (panel->chosen, active);
}

/* The rows' own list, which scrolls, is one of the view's children. NULL: it is
 * not laid out yet. */
static GtkWidget *
find_rows (LamLabelPanel *panel)
{
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (panel->list));
  while (child && !GTK_IS_LIST_VIEW (child))
    child = gtk_widget_get_next_sibling (child);
  return child && gtk_widget_get_height (child) > 0 ? child : NULL;
}

static gboolean
scroll_cb (GtkWidget *list, GdkFrameClock *clock, gpointer data)
{
  LamLabelPanel *panel = data;
  GtkWidget *rows = find_rows (panel);
  if (!rows)
    return G_SOURCE_CONTINUE;
  panel->scroll_tick = 0;
  if (panel->wanted_position < g_list_model_get_n_items (panel->model))
    gtk_widget_activate_action (
        rows, "list.scroll-to-item", "u", panel->wanted_position);
  return G_SOURCE_REMOVE;
}

void
lam_label_chosen_scroll_to (LamLabelPanel *panel, guint position)
{
  GtkWidget *rows = find_rows (panel);
  panel->wanted_position = position;
  if (rows)
    gtk_widget_activate_action (rows, "list.scroll-to-item", "u", position);
  else if (panel->scroll_tick == 0
      && gtk_widget_get_mapped (GTK_WIDGET (panel->list)))
    panel->scroll_tick = gtk_widget_add_tick_callback (
        GTK_WIDGET (panel->list), scroll_cb, panel, NULL);
}

/* The first time that it is shown. */
static void
mapped_cb (GtkWidget *list, LamLabelPanel *panel)
{
  if (!find_rows (panel) && panel->active_position != G_MAXUINT)
    lam_label_chosen_scroll_to (panel, panel->active_position);
}

/* The list follows to the active label when that is elsewhere in it. */
static void
follow_active (LamLabelPanel *panel, guint position)
{
  if (position == panel->active_position)
    return;
  panel->active_position = position;
  if (!panel->keeps_place && position != G_MAXUINT)
    lam_label_chosen_scroll_to (panel, position);
}

/* A label that somebody picks elsewhere is shown, whatever is folded; not the
 * one that was active already when the list came. */
static bool
take_active (LamLabelPanel *panel, uint32_t active)
{
  if (active == panel->followed)
    return false;
  panel->followed = active;
  if (active != 0)
    lam_label_model_reveal (panel->model, &active, 1);
  return true;
}

void
lam_label_chosen_sync (LamLabelPanel *panel)
{
  const uint32_t active = lam_workspace_get_active_label (panel->workspace);
  const bool is_other = take_active (panel, active);
  const guint position = lam_label_model_find (panel->model, active);
  panel->is_syncing = true;
  if ((active == 0 || !is_chosen (panel, active))
      && (is_other || g_hash_table_size (panel->chosen_groups) == 0))
    choose_active (panel, active, position);
  panel->is_syncing = false;
  follow_active (panel, position);
}

static void
begin_exchange (LamLabelPanel *panel)
{
  panel->is_syncing = true;
  panel->is_exchanging = true;
}

static void
end_exchange (LamLabelPanel *panel)
{
  panel->is_exchanging = false;
  panel->is_syncing = true;
  lam_lazy_view_wake (panel->view);
  if (lam_label_model_is_changing (panel->model))
    return;
  select_chosen (panel);
  lam_label_chosen_sync (panel);
  panel->keeps_place = false;
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
  if (!gtk_bitset_is_empty (panel->chosen) && !is_chosen (panel, active))
    lam_workspace_set_active_label (
        panel->workspace, gtk_bitset_get_minimum (panel->chosen));
}

/* Rows that are exchanged are selected from the first if they are to be in the
 * end: all that are on screen would be styled twice. */
static bool
stays_selected (guint position, gpointer data)
{
  LamLabelPanel *panel = data;
  return is_chosen (panel, lam_label_model_get_row (panel->model, position));
}

void
lam_label_chosen_attach (LamLabelPanel *panel)
{
  panel->active_position = G_MAXUINT;
  panel->followed = lam_workspace_get_active_label (panel->workspace);
  g_signal_connect_swapped (
      panel->model, "items-changed", G_CALLBACK (begin_exchange), panel);
  g_signal_connect_swapped (
      panel->model, "rows-exchanged", G_CALLBACK (begin_exchange), panel);
  panel->selection = lam_list_selection_new (panel->model);
  lam_list_selection_keep (panel->selection, stays_selected, panel);
  g_signal_connect (
      panel->selection, "selection-changed", G_CALLBACK (selected_cb), panel);
  g_signal_connect_swapped (
      panel->model, "items-changed", G_CALLBACK (end_exchange), panel);
  /* Once the items are others. */
  g_signal_connect_data (panel->model, "rows-exchanged",
      G_CALLBACK (end_exchange), panel, NULL,
      G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  g_signal_connect (panel->list, "map", G_CALLBACK (mapped_cb), panel);
  gtk_column_view_set_model (
      panel->list, GTK_SELECTION_MODEL (panel->selection));
}

void
lam_label_chosen_detach (LamLabelPanel *panel)
{
  if (panel->list)
    g_signal_handlers_disconnect_by_func (panel->list, mapped_cb, panel);
  if (panel->list && panel->scroll_tick != 0)
    gtk_widget_remove_tick_callback (
        GTK_WIDGET (panel->list), panel->scroll_tick);
  panel->scroll_tick = 0;
  g_signal_handlers_disconnect_by_data (panel->model, panel);
  g_signal_handlers_disconnect_by_data (panel->selection, panel);
  if (panel->list)
    gtk_column_view_set_model (panel->list, NULL);
  g_clear_object (&panel->selection);
  forget_chosen (panel);
}

static void
unfold (LamLabelPanel *panel, const GArray *ids)
{
  lam_label_model_reveal (
      panel->model, (const uint32_t *)(gconstpointer)ids->data, ids->len);
  lam_label_model_settle (panel->model, panel->workspace);
}

void
lam_label_chosen_set (LamLabelPanel *panel, const GArray *ids)
{
  g_autoptr (GtkBitset) wanted = gtk_bitset_new_empty ();
  for (guint i = 0; i < ids->len; i++)
    gtk_bitset_add (wanted, g_array_index (ids, uint32_t, i));
  lam_label_model_settle (panel->model, panel->workspace);
  unfold (panel, ids);
  g_autoptr (GtkBitset) positions = find_positions (panel, wanted);
  if (gtk_bitset_get_size (positions) < gtk_bitset_get_size (wanted)) {
    lam_label_panel_list_all (panel);
    unfold (panel, ids);
    g_clear_pointer (&positions, gtk_bitset_unref);
    positions = find_positions (panel, wanted);
  }
  select_positions (panel, positions);
}

void
lam_label_chosen_set_row (LamLabelPanel *panel, int64_t row)
{
  const guint position = lam_label_model_find (panel->model, row);
  if (position != G_MAXUINT)
    gtk_selection_model_select_item (
        GTK_SELECTION_MODEL (panel->selection), position, true);
}

int64_t
lam_label_panel_get_row (LamLabelPanel *panel)
{
  const uint32_t active =
      panel->model ? lam_workspace_get_active_label (panel->workspace) : 0;
  GHashTableIter iter;
  gpointer any;
  g_hash_table_iter_init (&iter, panel->chosen_groups);
  if (!gtk_bitset_is_empty (panel->chosen)
      || !g_hash_table_iter_next (&iter, &any, NULL))
    return active;
  return -(int64_t)GPOINTER_TO_UINT (any);
}

void
lam_label_chosen_rename (LamLabelPanel *panel, const char *from, const char *to)
{
  g_autoptr (GHashTable) renamed = g_hash_table_new (NULL, NULL);
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init (&iter, panel->chosen_groups);
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    const char *group = lam_label_model_get_group (
        panel->model, -(int64_t)GPOINTER_TO_UINT (key));
    if (!lam_label_group_holds (from, group))
      continue;
    g_autofree char *now = lam_label_group_move (group, from, to);
    g_hash_table_iter_remove (&iter);
    if (*now)
      g_hash_table_add (renamed,
          key_of_group (lam_label_model_get_group_row (panel->model, now)));
  }
  g_hash_table_iter_init (&iter, renamed);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_hash_table_add (panel->chosen_groups, key);
}

/* --- what an act is about ------------------------------------------------- */

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

static void
sort_once (GArray *ids)
{
  guint n = 0;
  g_array_sort (ids, compare_ids);
  for (guint i = 0; i < ids->len; i++)
    if (i == 0
        || g_array_index (ids, uint32_t, i)
            != g_array_index (ids, uint32_t, n - 1))
      g_array_index (ids, uint32_t, n++) = g_array_index (ids, uint32_t, i);
  g_array_set_size (ids, n);
}

static void
add_ids (const GtkBitset *chosen, GArray *ids)
{
  GtkBitsetIter iter;
  guint id;
  for (bool has = gtk_bitset_iter_init_first (&iter, chosen, &id); has;
       has = gtk_bitset_iter_next (&iter, &id))
    g_array_append_val (ids, id);
}

GArray *
lam_label_chosen_list_alone (
    LamLabelPanel *panel, int64_t row, GPtrArray **groups)
{
  GArray *ids = g_array_new (false, false, sizeof (uint32_t));
  const uint32_t label = row > 0 ? (uint32_t)row : 0;
  GHashTableIter iter;
  gpointer key;
  *groups = g_ptr_array_new_with_free_func (g_free);
  if (!is_chosen (panel, row)) {
    if (label)
      g_array_append_val (ids, label);
    else if (lam_label_groups_get (panel, row))
      g_ptr_array_add (*groups, g_strdup (lam_label_groups_get (panel, row)));
    return ids;
  }
  add_ids (panel->chosen, ids);
  g_hash_table_iter_init (&iter, panel->chosen_groups);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_ptr_array_add (*groups,
        g_strdup (
            lam_label_groups_get (panel, -(int64_t)GPOINTER_TO_UINT (key))));
  return ids;
}

GArray *
lam_label_chosen_list (LamLabelPanel *panel, int64_t row)
{
  g_autoptr (GPtrArray) groups = NULL;
  GArray *ids = lam_label_chosen_list_alone (panel, row, &groups);
  for (guint i = 0; i < groups->len; i++)
    lam_label_model_list_in_group (panel->model, groups->pdata[i], ids);
  if (groups->len > 0)
    sort_once (ids);
  return ids;
}

GArray *
lam_label_panel_dup_chosen (LamLabelPanel *panel, uint32_t id)
{
  g_return_val_if_fail (LAM_IS_LABEL_PANEL (panel), NULL);
  return lam_label_chosen_list (panel, id);
}
