/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The first column is the label with its colour, name, lock and eye; the others
 * are numbers, one row of a table each, which are shown as the person chose.
 *
 * GTK sorts in the main thread, so the list sorts itself, and GTK's sorters are
 * only asked which column was pressed: each says its key when it is asked to
 * compare, and the view's own asks the first of them. (There is no other way
 * before GTK 4.10.) */
#include "app/label-panel-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/label-row.h"
#include "app/text-cell.h"
#include "workspace/labelling.h"

#define SETTING "label-columns"
/* So that a name can be read however many columns there are. */
#define MIN_LABEL_PX 160

typedef struct {
  const char *name; /* in the settings; NULL: the label's own column */
  const char *title;
  LamLabelKey key;
  char *(*format) (double value);
  int n_chars; /* how wide it is */
} Column;

/* --- numbers -------------------------------------------------------------- */

static char *
format_number (double value)
{
  return g_strdup_printf ("%'.0f", value);
}

static char *
format_percent (double value)
{
  return g_strdup_printf (_ ("%.0f %%"), 100 * value);
}

/* Three digits that mean something, in a unit that suits. */
static char *
format_in_unit (double value, double limit, double factor, const char *small,
    const char *large)
{
  const bool is_large = value >= limit;
  const double shown = is_large ? value * factor : value;
  const int digits = !is_large || shown >= 100 ? 0
      : shown >= 10                            ? 1
      : shown >= 1                             ? 2
                                               : 3;
  return g_strdup_printf ("%'.*f %s", digits, shown, is_large ? large : small);
}

static char *
format_volume (double nm3)
{
  return format_in_unit (nm3, 1e7, 1e-9, _ ("nm³"), _ ("µm³"));
}

static char *
format_surface (double nm2)
{
  return format_in_unit (nm2, 1e5, 1e-6, _ ("nm²"), _ ("µm²"));
}

/* Where their size is not known, a voxel counts as one nm. */
static char *
format_in_voxels (const Column *column, double value)
{
  return g_strdup_printf ("%'.0f %s", value,
      column->key == LAM_LABEL_BY_VOLUME ? _ ("voxels") : _ ("voxels²"));
}

char *
lam_label_columns_format_volume (LamLabelPanel *panel, int64_t n_voxels)
{
  const LamLabelCount count = { .n_voxels = n_voxels };
  const double value = lam_label_count_get_volume_nm3 (
      &count, lam_workspace_get_voxel_size_nm (panel->workspace));
  return lam_workspace_knows_voxel_size (panel->workspace)
      ? format_volume (value)
      : g_strdup_printf ("%'.0f %s", value, _ ("voxels"));
}

static const Column columns[] = {
  { NULL, N_ ("Label"), LAM_LABEL_BY_NAME, NULL, 0 },
  { "state", N_ ("State"), LAM_LABEL_BY_STATE, NULL, 5 },
  { "group", N_ ("Group"), LAM_LABEL_BY_GROUP, NULL, 13 },
  { "id", N_ ("Number"), LAM_LABEL_BY_ID, format_number, 7 },
  { "class", N_ ("Class"), LAM_LABEL_BY_CLASS, NULL, 13 },
  { "volume", N_ ("Volume"), LAM_LABEL_BY_VOLUME, format_volume, 9 },
  { "surface", N_ ("Surface"), LAM_LABEL_BY_SURFACE, format_surface, 9 },
  { "slices", N_ ("Slices"), LAM_LABEL_BY_SLICES, format_number, 6 },
  { "by-hand", N_ ("By hand"), LAM_LABEL_BY_HAND, format_percent, 6 },
  { "unsure", N_ ("Unsure"), LAM_LABEL_BY_UNCERTAINTY, format_percent, 6 },
};

/* --- cells ---------------------------------------------------------------- */

/* As the list is now, which may be about to be listed otherwise. */
static int
get_depth (LamLabelPanel *panel, const LamLabel *label)
{
  const LamGroupNode *node = panel->model && label->group
      ? lam_label_model_find_group (panel->model, label->group)
      : NULL;
  return node ? node->depth + 1 : 0;
}

static void
fill_row (LamLazyCell *cell, gpointer item, gpointer data)
{
  LamWorkspace *workspace = LAM_LABEL_PANEL (data)->workspace;
  const LamLabel *label = lam_label_item_get_row (item);
  if (lam_label_item_get_id (item) < 0)
    lam_label_groups_fill_row (data, LAM_LABEL_ROW (cell), item);
  if (!label)
    return;
  const LamClassTable *classes = lam_workspace_get_classes (workspace);
  const LamClass *class = lam_class_table_get_class (classes, label->class_id);
  g_autofree char *title = lam_workspace_dup_label_title (workspace, label->id);
  lam_label_row_show (LAM_LABEL_ROW (cell),
      &(LamLabelRowContent){ .id = label->id,
          .depth = get_depth (data, label),
          .rgb = lam_class_table_get_rgb (classes, label->id, false),
          .title = title,
          .name = label->name,
          /* Without a name of its own the title says the class. */
          .note = class && *label->name ? class->name : "",
          .locked = label->locked,
          .hidden = label->hidden });
}

static const struct {
  const char *icon_name, *colour_name;
} marks[LAM_N_LABEL_STATES] = {
  [LAM_LABEL_NOT_STARTED] = { NULL, NULL },
  [LAM_LABEL_IN_PROGRESS] = { "document-edit-symbolic", "accent_color" },
  [LAM_LABEL_COMPLETED] = { "object-select-symbolic", "success_color" },
  [LAM_LABEL_FLAGGED] = { "emoji-flags-symbolic", "warning_color" },
};

static bool
is_text (const Column *column)
{
  return column->format == NULL;
}

static char *
make_text (LamLabelPanel *panel, const Column *column, const LamLabel *label)
{
  if (column->key == LAM_LABEL_BY_CLASS) {
    const LamClass *class = lam_class_table_get_class (
        lam_workspace_get_classes (panel->workspace), label->class_id);
    return g_strdup (class ? class->name : "");
  }
  if (column->key == LAM_LABEL_BY_STATE)
    return g_strdup (lam_label_state_title (label->state));
  if (column->key == LAM_LABEL_BY_GROUP)
    return g_strdup (label->group ? label->group : "");
  if (column->key == LAM_LABEL_BY_ID)
    return column->format (label->id);
  const double value = lam_label_key_get_value (column->key,
      lam_statistics_get (panel->statistics, label->id),
      lam_workspace_get_voxel_size_nm (panel->workspace));
  const bool is_size =
      column->key == LAM_LABEL_BY_VOLUME || column->key == LAM_LABEL_BY_SURFACE;
  if (isnan (value))
    return g_strdup ("–");
  return is_size && !lam_workspace_knows_voxel_size (panel->workspace)
      ? format_in_voxels (column, value)
      : column->format (value);
}

static void
fill_group_text (LamLabelPanel *panel, LamTextCell *cell, gpointer item)
{
  const Column *column = g_object_get_data (G_OBJECT (cell), "column");
  g_autofree char *text =
      lam_label_groups_make_text (panel, item, column->key);
  g_autofree char *tip = column->key == LAM_LABEL_BY_STATE
      ? lam_label_groups_make_tip (panel, item)
      : NULL;
  lam_text_cell_set_text (cell, text);
  lam_text_cell_clear_mark (cell);
  gtk_widget_set_tooltip_text (GTK_WIDGET (cell), tip);
}

static void
fill_text (LamLazyCell *cell, gpointer item, gpointer data)
{
  const LamLabel *label = lam_label_item_get_row (item);
  const Column *column = g_object_get_data (G_OBJECT (cell), "column");
  if (lam_label_item_get_id (item) < 0 && LAM_LABEL_PANEL (data)->statistics)
    fill_group_text (data, LAM_TEXT_CELL (cell), item);
  if (!label || !LAM_LABEL_PANEL (data)->statistics)
    return;
  g_autofree char *text = make_text (data, column, label);
  lam_text_cell_set_text (LAM_TEXT_CELL (cell), text);
  if (column->key == LAM_LABEL_BY_STATE)
    lam_text_cell_set_mark (LAM_TEXT_CELL (cell), marks[label->state].icon_name,
        marks[label->state].colour_name);
  if (column->key == LAM_LABEL_BY_STATE || column->key == LAM_LABEL_BY_GROUP)
    gtk_widget_set_tooltip_text (GTK_WIDGET (cell), text);
}

static GtkWidget *
make_cell (LamLabelPanel *panel, Column *column)
{
  if (!column->name) {
    GtkWidget *row = lam_label_row_new ();
    gtk_widget_set_size_request (row, MIN_LABEL_PX, -1);
    lam_lazy_cell_set_up (LAM_LAZY_CELL (row), panel->view, fill_row, panel);
    lam_label_naming_watch (panel, LAM_LABEL_ROW (row));
    return row;
  }
  GtkWidget *cell = lam_text_cell_new (!is_text (column), column->n_chars);
  gtk_widget_add_css_class (cell, "caption");
  if (is_text (column))
    gtk_widget_add_css_class (cell, "dim-label");
  g_object_set_data (G_OBJECT (cell), "column", column);
  lam_lazy_cell_set_up (LAM_LAZY_CELL (cell), panel->view, fill_text, panel);
  return cell;
}

/* A press is the row's: were it the cell's as well, as GTK 4.8 has it, a click
 * with Ctrl held would choose the label and let go of it at once. */
static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item,
    LamLabelPanel *panel)
{
  gtk_list_item_set_selectable (list_item, false);
  gtk_list_item_set_activatable (list_item, false);
  gtk_list_item_set_child (list_item,
      make_cell (panel, g_object_get_data (G_OBJECT (factory), "column")));
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item,
    LamLabelPanel *panel)
{
  lam_lazy_cell_set_item (LAM_LAZY_CELL (gtk_list_item_get_child (list_item)),
      gtk_list_item_get_item (list_item));
}

static void
unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item,
    LamLabelPanel *panel)
{
  lam_lazy_cell_set_item (
      LAM_LAZY_CELL (gtk_list_item_get_child (list_item)), NULL);
}

/* --- sorting -------------------------------------------------------------- */

static int
say_key_cb (gconstpointer a, gconstpointer b, gpointer data)
{
  const Column *column = data;
  LamLabelPanel *panel = LAM_LABEL_PANEL ((gpointer)a);
  if (panel->probed_key < 0)
    panel->probed_key = (int)column->key;
  return -1;
}

LamLabelKey
lam_label_columns_get_key (LamLabelPanel *panel, bool *is_descending)
{
  panel->probed_key = -1;
  /* Two things, since one is as it is itself. */
  *is_descending = gtk_sorter_compare (gtk_column_view_get_sorter (panel->list),
                       panel, panel->list)
      == GTK_ORDERING_LARGER;
  return panel->probed_key < 0 ? LAM_LABEL_BY_ID
                               : (LamLabelKey)panel->probed_key;
}

static void
sorter_changed_cb (
    GtkSorter *sorter, GtkSorterChange change, LamLabelPanel *panel)
{
  lam_label_naming_finish (panel);
  lam_label_panel_refilter (panel);
}

/* --- which are shown ------------------------------------------------------ */

static void
save_shown (LamLabelPanel *panel)
{
  GListModel *shown = gtk_column_view_get_columns (panel->list);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  for (guint i = 1; i < G_N_ELEMENTS (columns); i++) {
    g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (shown, i);
    if (gtk_column_view_column_get_visible (column))
      g_strv_builder_add (names, columns[i].name);
  }
  g_auto (GStrv) list = g_strv_builder_end (names);
  if (panel->settings)
    g_settings_set_strv (panel->settings, SETTING, (const char **)list);
}

static bool
is_shown (LamLabelPanel *panel, const Column *column)
{
  if (!column->name)
    return true;
  if (!panel->settings)
    return column->key == LAM_LABEL_BY_STATE;
  g_auto (GStrv) names = g_settings_get_strv (panel->settings, SETTING);
  return g_strv_contains ((const char *const *)names, column->name);
}

static GMenuModel *
make_menu (void)
{
  GMenu *menu = g_menu_new ();
  for (size_t i = 1; i < G_N_ELEMENTS (columns); i++) {
    g_autofree char *action = g_strconcat ("columns.", columns[i].name, NULL);
    g_menu_append (menu, _ (columns[i].title), action);
  }
  return G_MENU_MODEL (menu);
}

/* --- making --------------------------------------------------------------- */

static GtkColumnViewColumn *
make_column (LamLabelPanel *panel, const Column *row, GMenuModel *menu)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_object_set_data (G_OBJECT (factory), "column", (gpointer)row);
  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), panel);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), panel);
  g_signal_connect (factory, "unbind", G_CALLBACK (unbind_cb), panel);
  GtkColumnViewColumn *column =
      gtk_column_view_column_new (_ (row->title), factory);
  g_autoptr (GtkSorter) sorter =
      GTK_SORTER (gtk_custom_sorter_new (say_key_cb, (gpointer)row, NULL));
  gtk_column_view_column_set_sorter (column, sorter);
  gtk_column_view_column_set_expand (column, !row->name);
  gtk_column_view_column_set_resizable (column, true);
  gtk_column_view_column_set_header_menu (column, menu);
  gtk_column_view_column_set_visible (column, is_shown (panel, row));
  return column;
}

void
lam_label_columns_add (LamLabelPanel *panel)
{
  g_autoptr (GMenuModel) menu = make_menu ();
  g_autoptr (GSimpleActionGroup) group = g_simple_action_group_new ();
  for (size_t i = 0; i < G_N_ELEMENTS (columns); i++) {
    g_autoptr (GtkColumnViewColumn) column =
        make_column (panel, &columns[i], menu);
    gtk_column_view_append_column (panel->list, column);
    if (!columns[i].name)
      continue;
    g_autoptr (GPropertyAction) action =
        g_property_action_new (columns[i].name, column, "visible");
    g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (action));
    g_signal_connect_object (column, "notify::visible", G_CALLBACK (save_shown),
        panel, G_CONNECT_SWAPPED);
  }
  gtk_widget_insert_action_group (
      GTK_WIDGET (panel), "columns", G_ACTION_GROUP (group));
  gtk_menu_button_set_menu_model (panel->columns_button, menu);
  g_signal_connect_object (gtk_column_view_get_sorter (panel->list), "changed",
      G_CALLBACK (sorter_changed_cb), panel, 0);
}
