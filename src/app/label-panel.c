/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The selected row is the workspace's active label. Between the model's
 * items-changed and the end of sync_selection() a changed selection is the
 * list's own doing, not the person's. The model is in order of id, so that the
 * active label is found by bisection among 100,000. */
#include "app/label-panel.h"

#include <glib/gi18n-lib.h>

#include "app/label-menu.h"
#include "app/label-verbs.h"
#include "app/message-dialog.h"
#include "app/table-row.h"
#include "workspace/labelling.h"
#include "workspace/models.h"

struct _LamLabelPanel {
  AdwBin parent_instance;
  bool is_syncing;
  int32_t class_filter; /* -1: all */
  uint64_t filled_serial; /* of the class table that the filter lists */
  /* Owned */
  LamWorkspace *workspace;
  GListModel *model;
  GtkSingleSelection *selection;
  GtkPopoverMenu *menu;
  GArray *filter_ids; /* int32_t, for each entry of the filter */
  /* Template children */
  GtkStack *stack;
  GtkListView *list;
  GtkSearchEntry *search;
  GtkDropDown *filter;
  GtkLabel *count;
  GtkWidget *new_button;
};

G_DEFINE_FINAL_TYPE (LamLabelPanel, lam_label_panel, ADW_TYPE_BIN)

/* --- verbs -------------------------------------------------------------- */

static void
set_name_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (widget);
  int64_t id;
  const char *name;
  LamLabel label;

  g_variant_get (parameter, "(x&s)", &id, &name);
  if (!lam_label_verb_copy (panel->workspace, (uint32_t)id, &label))
    return;
  label.name = (char *)name;
  lam_label_verb_set (widget, panel->workspace, &label);
}

static void
set_colour_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (widget);
  int64_t id;
  uint32_t rgb;
  LamLabel label;

  g_variant_get (parameter, "(xu)", &id, &rgb);
  if (!lam_label_verb_copy (panel->workspace, (uint32_t)id, &label))
    return;
  label.rgb = rgb;
  lam_label_verb_set (widget, panel->workspace, &label);
}

static void
set_class_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (widget);
  int64_t id;
  int32_t class_id;
  LamLabel label;

  g_variant_get (parameter, "(xi)", &id, &class_id);
  if (!lam_label_verb_copy (panel->workspace, (uint32_t)id, &label)
      || label.class_id == class_id)
    return;
  label.class_id = class_id;
  lam_label_verb_set (widget, panel->workspace, &label);
}

static void
toggle_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (widget);
  uint32_t id = (uint32_t)g_variant_get_int64 (parameter);
  LamLabel label;

  if (!lam_label_verb_copy (panel->workspace, id, &label))
    return;
  if (g_str_equal (action, "label.toggle-lock"))
    label.locked = !label.locked;
  else
    label.hidden = !label.hidden;
  lam_label_verb_set (widget, panel->workspace, &label);
}

static void
new_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (widget);
  if (panel->workspace)
    lam_label_verb_new (widget, panel->workspace);
}

static void
about_one_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (widget);
  int64_t id = g_variant_get_int64 (parameter);
  LamLabel label;

  if (!lam_label_verb_copy (panel->workspace, (uint32_t)id, &label))
    return;
  if (g_str_equal (action, "label.jump")) {
    lam_label_verb_jump (widget, panel->workspace, label.id);
  } else if (g_str_equal (action, "label.delete")) {
    lam_label_verb_delete (widget, panel->workspace, label.id);
  } else {
    LamTableRow *row = lam_table_row_find (GTK_WIDGET (panel->list), id);
    if (row)
      lam_table_row_rename (row);
  }
}

/* --- the menu of a row -------------------------------------------------- */

static void
menu_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (widget);
  int64_t id;
  double x, y;
  LamLabel label;

  g_variant_get (parameter, "(xdd)", &id, &x, &y);
  LamTableRow *row = lam_table_row_find (GTK_WIDGET (panel->list), id);
  if (!row || !lam_label_verb_copy (panel->workspace, (uint32_t)id, &label))
    return;
  g_autoptr (GMenuModel) model =
      lam_label_menu_new (lam_workspace_get_classes (panel->workspace), &label);
  gtk_popover_menu_set_menu_model (panel->menu, model);
  lam_table_row_popup (row, panel->menu, GTK_WIDGET (panel->list), x, y);
}

/* F2, Delete and the menu key: about the active label. */
static gboolean
active_shortcut_cb (GtkWidget *widget, GVariant *arguments, gpointer user_data)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (widget);
  int64_t id =
      panel->workspace ? lam_workspace_get_active_label (panel->workspace) : 0;
  const char *action = g_variant_get_string (arguments, NULL);
  if (id == 0)
    return FALSE;
  if (g_str_equal (action, "label.menu"))
    return gtk_widget_activate_action (widget, action, "(xdd)", id, -1., -1.);
  return gtk_widget_activate_action (widget, action, "x", id);
}

/* --- selection ---------------------------------------------------------- */

static uint32_t
get_id (GListModel *model, guint position)
{
  g_autoptr (LamLabelItem) item = g_list_model_get_item (model, position);
  const LamLabel *label = item ? lam_label_item_get_row (item) : NULL;
  return label ? label->id : 0;
}

static guint
find_position (GListModel *model, uint32_t id)
{
  guint low = 0, high = g_list_model_get_n_items (model);
  while (id && low < high) {
    guint middle = low + (high - low) / 2;
    uint32_t found = get_id (model, middle);
    if (found == id)
      return middle;
    if (found < id)
      low = middle + 1;
    else
      high = middle;
  }
  return GTK_INVALID_LIST_POSITION;
}

static void
sync_selection (LamLabelPanel *panel)
{
  guint old = gtk_single_selection_get_selected (panel->selection);
  guint position = find_position (
      panel->model, lam_workspace_get_active_label (panel->workspace));
  panel->is_syncing = true;
  gtk_single_selection_set_selected (panel->selection, position);
  panel->is_syncing = false;
  /* A list that is not laid out yet cannot be scrolled. */
  if (position != old && position != GTK_INVALID_LIST_POSITION
      && gtk_widget_get_mapped (GTK_WIDGET (panel->list)))
    gtk_widget_activate_action (
        GTK_WIDGET (panel->list), "list.scroll-to-item", "u", position);
}

static void
before_items_changed_cb (GListModel *model, guint position, guint n_removed,
    guint n_added, LamLabelPanel *panel)
{
  panel->is_syncing = true;
}

static void
update_count (LamLabelPanel *panel)
{
  guint n = g_list_model_get_n_items (panel->model);
  bool is_filtered = panel->class_filter >= 0
      || *gtk_editable_get_text (GTK_EDITABLE (panel->search));
  g_autofree char *text =
      g_strdup_printf (ngettext ("%'u label", "%'u labels", n), n);
  gtk_label_set_text (panel->count, text);
  gtk_stack_set_visible_child_name (panel->stack,
      n                 ? "list"
          : is_filtered ? "nothing-found"
                        : "none-yet");
}

static void
after_items_changed_cb (GListModel *model, guint position, guint n_removed,
    guint n_added, LamLabelPanel *panel)
{
  sync_selection (panel);
  update_count (panel);
}

static void
selected_cb (
    GtkSingleSelection *selection, GParamSpec *spec, LamLabelPanel *panel)
{
  LamLabelItem *item = gtk_single_selection_get_selected_item (selection);
  const LamLabel *label = item ? lam_label_item_get_row (item) : NULL;
  if (!panel->is_syncing && label
      && label->id != lam_workspace_get_active_label (panel->workspace))
    lam_workspace_set_active_label (panel->workspace, label->id);
}

static void
activate_cb (GtkListView *list, guint position, LamLabelPanel *panel)
{
  uint32_t id = get_id (panel->model, position);
  if (id)
    lam_label_verb_jump (GTK_WIDGET (panel), panel->workspace, id);
}

/* --- search and filter -------------------------------------------------- */

static void
refilter (LamLabelPanel *panel)
{
  if (!panel->model)
    return;
  lam_label_model_set_filter (panel->model,
      gtk_editable_get_text (GTK_EDITABLE (panel->search)),
      panel->class_filter);
  update_count (panel);
}

static void
search_changed_cb (GtkSearchEntry *entry, LamLabelPanel *panel)
{
  refilter (panel);
}

/* Enter: the first that was found becomes active and is gone to. */
static void
search_activate_cb (GtkSearchEntry *entry, LamLabelPanel *panel)
{
  refilter (panel);
  uint32_t id = panel->model ? get_id (panel->model, 0) : 0;
  if (!id)
    return;
  lam_workspace_set_active_label (panel->workspace, id);
  lam_label_verb_jump (GTK_WIDGET (panel), panel->workspace, id);
}

static void
stop_search_cb (GtkSearchEntry *entry, LamLabelPanel *panel)
{
  gtk_editable_set_text (GTK_EDITABLE (entry), "");
  gtk_widget_grab_focus (GTK_WIDGET (panel->list));
}

static void
filter_cb (GtkDropDown *filter, GParamSpec *spec, LamLabelPanel *panel)
{
  guint position = gtk_drop_down_get_selected (filter);
  if (panel->is_syncing || position >= panel->filter_ids->len)
    return;
  panel->class_filter = g_array_index (panel->filter_ids, int32_t, position);
  refilter (panel);
}

/* Lists the classes again, keeping what is chosen; none without a project. */
static void
fill_filter (LamLabelPanel *panel)
{
  const LamClassTable *classes =
      panel->model ? lam_workspace_get_classes (panel->workspace) : NULL;
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  int32_t all = -1;
  guint chosen = 0;

  panel->filled_serial = classes ? lam_class_table_get_serial (classes) : 0;
  g_array_set_size (panel->filter_ids, 0);
  g_array_append_val (panel->filter_ids, all);
  gtk_string_list_append (names, _ ("All classes"));
  size_t n = classes ? lam_class_table_get_n_classes (classes) : 0;
  for (size_t i = 0; i < n; i++) {
    const LamClass *class = lam_class_table_get_nth_class (classes, i);
    if (class->id == panel->class_filter)
      chosen = panel->filter_ids->len;
    g_array_append_val (panel->filter_ids, class->id);
    gtk_string_list_append (names, class->name);
  }
  panel->is_syncing = true;
  gtk_drop_down_set_model (panel->filter, G_LIST_MODEL (names));
  gtk_drop_down_set_selected (panel->filter, chosen);
  panel->is_syncing = false;
  panel->class_filter = g_array_index (panel->filter_ids, int32_t, chosen);
}

/* --- the workspace ------------------------------------------------------ */

static void
detach_model (LamLabelPanel *panel)
{
  if (!panel->model)
    return;
  g_signal_handlers_disconnect_by_data (panel->model, panel);
  g_signal_handlers_disconnect_by_data (panel->selection, panel);
  if (panel->list)
    gtk_list_view_set_model (panel->list, NULL);
  g_clear_object (&panel->selection);
  g_clear_object (&panel->model);
}

static void
attach_model (LamLabelPanel *panel)
{
  panel->model = lam_label_model_new (panel->workspace);
  g_signal_connect (panel->model, "items-changed",
      G_CALLBACK (before_items_changed_cb), panel);
  panel->selection = gtk_single_selection_new (g_object_ref (panel->model));
  gtk_single_selection_set_autoselect (panel->selection, FALSE);
  gtk_single_selection_set_can_unselect (panel->selection, TRUE);
  g_signal_connect (
      panel->selection, "notify::selected", G_CALLBACK (selected_cb), panel);
  g_signal_connect (panel->model, "items-changed",
      G_CALLBACK (after_items_changed_cb), panel);
  gtk_list_view_set_model (panel->list, GTK_SELECTION_MODEL (panel->selection));
  refilter (panel);
  sync_selection (panel);
}

static void
update_state (LamLabelPanel *panel)
{
  bool has_project =
      panel->workspace && lam_workspace_get_store (panel->workspace);
  bool is_writable =
      has_project && !lam_workspace_get_read_only_reason (panel->workspace);

  detach_model (panel);
  if (has_project)
    attach_model (panel);
  fill_filter (panel);
  if (!has_project) {
    gtk_stack_set_visible_child_name (panel->stack, "no-project");
    gtk_label_set_text (panel->count, "");
  }
  gtk_widget_set_sensitive (GTK_WIDGET (panel->search), has_project);
  gtk_widget_set_sensitive (GTK_WIDGET (panel->filter), has_project);
  gtk_widget_set_sensitive (panel->new_button, is_writable);
}

static void
classes_changed_cb (LamWorkspace *workspace, LamLabelPanel *panel)
{
  if (!panel->model)
    return;
  const LamClassTable *classes = lam_workspace_get_classes (workspace);
  if (lam_class_table_get_serial (classes) != panel->filled_serial)
    fill_filter (panel);
  sync_selection (panel);
}

/* --- rows --------------------------------------------------------------- */

static void
show_label (LamLabelItem *item, LamTableRow *row)
{
  LamLabelPanel *panel = g_object_get_data (G_OBJECT (row), "panel");
  LamWorkspace *workspace = panel->workspace;
  const LamLabel *label = lam_label_item_get_row (item);
  if (!label)
    return;
  const LamClassTable *classes = lam_workspace_get_classes (workspace);
  const LamClass *class = lam_class_table_get_class (classes, label->class_id);
  g_autofree char *title = lam_workspace_dup_label_title (workspace, label->id);
  lam_table_row_show (row,
      &(LamTableRowContent){ .id = label->id,
          .rgb = lam_class_table_get_rgb (classes, label->id, false),
          .title = title,
          .name = label->name,
          /* Without a name of its own the title says the class. */
          .note = class && *label->name ? class->name : "",
          .locked = label->locked,
          .hidden = label->hidden });
}

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item,
    LamLabelPanel *panel)
{
  GtkWidget *row = lam_table_row_new ("label", true);
  /* A row is not inside of the panel yet when it is bound first. */
  g_object_set_data (G_OBJECT (row), "panel", panel);
  gtk_list_item_set_child (list_item, row);
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item,
    LamLabelPanel *panel)
{
  LamLabelItem *item = gtk_list_item_get_item (list_item);
  GtkWidget *row = gtk_list_item_get_child (list_item);
  g_signal_connect_object (item, "changed", G_CALLBACK (show_label), row, 0);
  show_label (item, LAM_TABLE_ROW (row));
}

static void
unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item,
    LamLabelPanel *panel)
{
  g_signal_handlers_disconnect_by_func (gtk_list_item_get_item (list_item),
      show_label, gtk_list_item_get_child (list_item));
}

/* --- the widget --------------------------------------------------------- */

static void
lam_label_panel_dispose (GObject *object)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (object);
  lam_label_panel_set_workspace (panel, NULL);
  if (panel->menu)
    gtk_widget_unparent (GTK_WIDGET (g_steal_pointer (&panel->menu)));
  g_clear_pointer (&panel->filter_ids, g_array_unref);
  G_OBJECT_CLASS (lam_label_panel_parent_class)->dispose (object);
}

static void
bind_template (GtkWidgetClass *class)
{
  gtk_widget_class_set_template_from_resource (
      class, "/org/lamella/Lamella/label-panel.ui");
  gtk_widget_class_bind_template_child (class, LamLabelPanel, stack);
  gtk_widget_class_bind_template_child (class, LamLabelPanel, list);
  gtk_widget_class_bind_template_child (class, LamLabelPanel, search);
  gtk_widget_class_bind_template_child (class, LamLabelPanel, filter);
  gtk_widget_class_bind_template_child (class, LamLabelPanel, count);
  gtk_widget_class_bind_template_child (class, LamLabelPanel, new_button);
  gtk_widget_class_bind_template_callback (class, setup_cb);
  gtk_widget_class_bind_template_callback (class, bind_cb);
  gtk_widget_class_bind_template_callback (class, unbind_cb);
  gtk_widget_class_bind_template_callback (class, activate_cb);
  gtk_widget_class_bind_template_callback (class, search_changed_cb);
  gtk_widget_class_bind_template_callback (class, search_activate_cb);
  gtk_widget_class_bind_template_callback (class, stop_search_cb);
  gtk_widget_class_bind_template_callback (class, filter_cb);
}

static void
install_actions (GtkWidgetClass *class)
{
  const struct {
    const char *name, *parameter;
    GtkWidgetActionActivateFunc activate;
  } rows[] = {
    { "label.new", NULL, new_action },
    { "label.jump", "x", about_one_action },
    { "label.rename", "x", about_one_action },
    { "label.delete", "x", about_one_action },
    { "label.menu", "(xdd)", menu_action },
    { "label.set-name", "(xs)", set_name_action },
    { "label.set-colour", "(xu)", set_colour_action },
    { "label.set-class", "(xi)", set_class_action },
    { "label.toggle-lock", "x", toggle_action },
    { "label.toggle-hide", "x", toggle_action },
  };
  const struct {
    guint key;
    GdkModifierType modifiers;
    const char *action;
  } keys[] = {
    { GDK_KEY_F2, 0, "label.rename" },
    { GDK_KEY_Delete, 0, "label.delete" },
    { GDK_KEY_Menu, 0, "label.menu" },
    { GDK_KEY_F10, GDK_SHIFT_MASK, "label.menu" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    gtk_widget_class_install_action (
        class, rows[i].name, rows[i].parameter, rows[i].activate);
  for (size_t i = 0; i < G_N_ELEMENTS (keys); i++)
    gtk_widget_class_add_binding (class, keys[i].key, keys[i].modifiers,
        active_shortcut_cb, "s", keys[i].action);
}

static void
lam_label_panel_class_init (LamLabelPanelClass *class)
{
  G_OBJECT_CLASS (class)->dispose = lam_label_panel_dispose;
  bind_template (GTK_WIDGET_CLASS (class));
  install_actions (GTK_WIDGET_CLASS (class));
}

static void
lam_label_panel_init (LamLabelPanel *panel)
{
  panel->class_filter = -1;
  panel->filter_ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
  gtk_widget_init_template (GTK_WIDGET (panel));
  panel->menu = GTK_POPOVER_MENU (gtk_popover_menu_new_from_model (NULL));
  gtk_popover_set_has_arrow (GTK_POPOVER (panel->menu), FALSE);
  gtk_widget_set_halign (GTK_WIDGET (panel->menu), GTK_ALIGN_START);
  gtk_widget_set_parent (GTK_WIDGET (panel->menu), GTK_WIDGET (panel->list));
  update_state (panel);
}

GtkWidget *
lam_label_panel_new (void)
{
  return g_object_new (LAM_TYPE_LABEL_PANEL, NULL);
}

void
lam_label_panel_set_workspace (LamLabelPanel *panel, LamWorkspace *workspace)
{
  g_return_if_fail (LAM_IS_LABEL_PANEL (panel));
  if (panel->workspace == workspace)
    return;
  if (panel->workspace)
    g_signal_handlers_disconnect_by_data (panel->workspace, panel);
  detach_model (panel);
  g_set_object (&panel->workspace, workspace);
  if (workspace) {
    g_signal_connect (
        workspace, "classes-changed", G_CALLBACK (classes_changed_cb), panel);
    g_signal_connect_swapped (
        workspace, "project-changed", G_CALLBACK (update_state), panel);
  }
  panel->class_filter = -1;
  if (panel->stack)
    update_state (panel);
}

void
lam_label_panel_focus_search (LamLabelPanel *panel)
{
  g_return_if_fail (LAM_IS_LABEL_PANEL (panel));
  gtk_widget_grab_focus (GTK_WIDGET (panel->search));
  gtk_editable_select_region (GTK_EDITABLE (panel->search), 0, -1);
}
