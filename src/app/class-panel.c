/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The selected row is the workspace's active class. The list model may put
 * other items in the place of the old ones at any change, which moves the
 * selection; between the model's signal and the end of sync_selection() a
 * changed selection is therefore not the person's. */
#include "app/class-panel.h"

#include <glib/gi18n-lib.h>

#include "app/class-dialog.h"
#include "app/message-dialog.h"
#include "app/project-dialog.h"
#include "app/table-row.h"
#include "labels/class-words.h"
#include "workspace/labelling.h"
#include "workspace/models.h"

struct _LamClassPanel {
  AdwBin parent_instance;
  bool is_syncing;
  /* Owned */
  LamWorkspace *workspace;
  GListModel *model;
  GtkSingleSelection *selection;
  GtkPopoverMenu *menu;
  /* Template children */
  GtkStack *stack;
  GtkListView *list;
  GtkWidget *add_button, *start_button;
};

G_DEFINE_FINAL_TYPE (LamClassPanel, lam_class_panel, ADW_TYPE_BIN)

/* A copy of the class to be changed and handed back, or false if it is gone. */
static bool
copy_class (LamClassPanel *panel, int64_t id, LamClass *copy)
{
  const LamClassTable *classes =
      panel->workspace ? lam_workspace_get_classes (panel->workspace) : NULL;
  const LamClass *class =
      classes ? lam_class_table_get_class (classes, (int32_t)id) : NULL;
  if (class)
    *copy = *class;
  return class != NULL;
}

/* False: it was said why. */
static bool
set_class (LamClassPanel *panel, const LamClass *class)
{
  g_autoptr (GError) error = NULL;
  if (lam_workspace_set_class (panel->workspace, class, &error))
    return true;
  lam_toast_show (GTK_WIDGET (panel), error->message);
  return false;
}

/* Nothing is lost where the class has gone. */
static gboolean
named_cb (LamTableRow *row, gint64 id, const char *name, LamClassPanel *panel)
{
  LamClass class;
  if (!copy_class (panel, id, &class))
    return TRUE;
  if (!*name) {
    lam_toast_show (GTK_WIDGET (panel), _ ("A class needs a name."));
    return FALSE;
  }
  class.name = (char *)name;
  return set_class (panel, &class);
}

static void
set_colour_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamClassPanel *panel = LAM_CLASS_PANEL (widget);
  int64_t id;
  LamClass class;
  uint32_t rgb;

  g_variant_get (parameter, "(xu)", &id, &rgb);
  if (!copy_class (panel, id, &class))
    return;
  class.rgb = rgb;
  set_class (panel, &class);
}

static void
toggle_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamClassPanel *panel = LAM_CLASS_PANEL (widget);
  LamClass class;

  if (!copy_class (panel, (int32_t)g_variant_get_int64 (parameter), &class))
    return;
  if (g_str_equal (action, "class.toggle-lock"))
    class.locked = !class.locked;
  else if (g_str_equal (action, "class.toggle-organelle"))
    lam_class_set_organelle (&class, !lam_class_is_organelle (&class));
  else
    class.hidden = !class.hidden;
  set_class (panel, &class);
}

static void
add_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamClassPanel *panel = LAM_CLASS_PANEL (widget);
  if (panel->workspace)
    lam_class_dialog_present (lam_window_of (widget), panel->workspace, -1);
}

static void
edit_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamClassPanel *panel = LAM_CLASS_PANEL (widget);
  if (panel->workspace)
    lam_class_dialog_present (lam_window_of (widget), panel->workspace,
        (int32_t)g_variant_get_int64 (parameter));
}

static void
remove_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamClassPanel *panel = LAM_CLASS_PANEL (widget);
  g_autoptr (GError) error = NULL;
  int32_t id = (int32_t)g_variant_get_int64 (parameter);
  if (panel->workspace
      && !lam_workspace_remove_class (panel->workspace, id, &error))
    lam_message_present (lam_window_of (widget),
        _ ("This Class Cannot Be Removed"), error->message);
}

static void
rename_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamClassPanel *panel = LAM_CLASS_PANEL (widget);
  LamTableRow *row = lam_table_row_find (
      GTK_WIDGET (panel->list), g_variant_get_int64 (parameter));
  if (row)
    lam_table_row_rename (row);
}

/* F2, Delete and the menu key: about the active class. */
static gboolean
active_shortcut_cb (GtkWidget *widget, GVariant *arguments, gpointer user_data)
{
  LamClassPanel *panel = LAM_CLASS_PANEL (widget);
  if (!panel->workspace)
    return FALSE;
  int64_t id = lam_workspace_get_active_class (panel->workspace);
  const char *action = g_variant_get_string (arguments, NULL);
  if (g_str_equal (action, "class.menu"))
    return gtk_widget_activate_action (widget, action, "(xdd)", id, -1., -1.);
  return gtk_widget_activate_action (widget, action, "x", id);
}

static GMenuModel *
menu_model_new (const LamClass *class)
{
  GMenu *menu = g_menu_new ();
  const struct {
    const char *text, *action;
  } rows[] = {
    { _ ("_Edit…"), "class.edit" },
    { _ ("Re_name"), "class.rename" },
    { class->locked ? _ ("Un_lock") : _ ("_Lock"), "class.toggle-lock" },
    { class->hidden ? _ ("_Show") : _ ("_Hide"), "class.toggle-hide" },
    { lam_class_is_organelle (class) ? _ ("Do Not Count as _Organelle")
                                     : _ ("Count as _Organelle"),
        "class.toggle-organelle" },
    { _ ("_Remove"), "class.remove" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GMenuItem) item = g_menu_item_new (rows[i].text, NULL);
    g_menu_item_set_action_and_target (
        item, rows[i].action, "x", (int64_t) class->id);
    g_menu_append_item (menu, item);
  }
  return G_MENU_MODEL (menu);
}

static void
menu_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamClassPanel *panel = LAM_CLASS_PANEL (widget);
  int64_t id;
  double x, y;
  LamClass class;

  g_variant_get (parameter, "(xdd)", &id, &x, &y);
  LamTableRow *row = lam_table_row_find (GTK_WIDGET (panel->list), id);
  if (!row || !copy_class (panel, id, &class))
    return;
  g_autoptr (GMenuModel) model = menu_model_new (&class);
  gtk_popover_menu_set_menu_model (panel->menu, model);
  lam_table_row_popup (
      GTK_WIDGET (row), panel->menu, GTK_WIDGET (panel->list), x, y);
}

static void
start_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamClassPanel *panel = LAM_CLASS_PANEL (widget);
  if (panel->workspace)
    lam_project_dialog_present (lam_window_of (widget), panel->workspace);
}

static guint
find_position (LamClassPanel *panel, int32_t id)
{
  guint n = g_list_model_get_n_items (panel->model);
  for (guint i = 0; i < n; i++) {
    g_autoptr (LamClassItem) item = g_list_model_get_item (panel->model, i);
    const LamClass *class = lam_class_item_get_row (item);
    if (class && class->id == id)
      return i;
  }
  return GTK_INVALID_LIST_POSITION;
}

static void
sync_selection (LamClassPanel *panel)
{
  guint position =
      find_position (panel, lam_workspace_get_active_class (panel->workspace));
  panel->is_syncing = true;
  gtk_single_selection_set_selected (panel->selection, position);
  panel->is_syncing = false;
}

static void
before_items_changed_cb (GListModel *model, guint position, guint n_removed,
    guint n_added, LamClassPanel *panel)
{
  panel->is_syncing = true;
}

static void
after_items_changed_cb (GListModel *model, guint position, guint n_removed,
    guint n_added, LamClassPanel *panel)
{
  sync_selection (panel);
}

static void
selected_cb (
    GtkSingleSelection *selection, GParamSpec *spec, LamClassPanel *panel)
{
  LamClassItem *item = gtk_single_selection_get_selected_item (selection);
  const LamClass *class = item ? lam_class_item_get_row (item) : NULL;
  if (!panel->is_syncing && class
      && class->id != lam_workspace_get_active_class (panel->workspace))
    lam_workspace_set_active_class (panel->workspace, class->id);
}

static void
activate_cb (GtkListView *list, guint position, LamClassPanel *panel)
{
  g_autoptr (LamClassItem) item =
      g_list_model_get_item (G_LIST_MODEL (panel->selection), position);
  const LamClass *class = item ? lam_class_item_get_row (item) : NULL;
  if (class)
    gtk_widget_activate_action (
        GTK_WIDGET (panel), "class.rename", "x", (int64_t) class->id);
}

static void
detach_model (LamClassPanel *panel)
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
attach_model (LamClassPanel *panel)
{
  panel->model = lam_class_model_new (panel->workspace);
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
  sync_selection (panel);
}

/* What can be done depends on there being a project, and one that may be
 * written to. */
static void
update_state (LamClassPanel *panel)
{
  bool has_project =
      panel->workspace && lam_workspace_get_store (panel->workspace);
  bool is_writable =
      has_project && !lam_workspace_get_read_only_reason (panel->workspace);

  detach_model (panel);
  if (has_project)
    attach_model (panel);
  gtk_stack_set_visible_child_name (
      panel->stack, has_project ? "list" : "empty");
  gtk_widget_set_visible (panel->start_button, panel->workspace != NULL);
  gtk_widget_set_sensitive (panel->add_button, is_writable);
}

static void
classes_changed_cb (LamWorkspace *workspace, LamClassPanel *panel)
{
  if (panel->model)
    sync_selection (panel);
}

static void
show_class (LamClassItem *item, LamTableRow *row)
{
  const LamClass *class = lam_class_item_get_row (item);
  if (!class)
    return;
  char key[2] = { (char)('0' + class->key), '\0' };
  lam_table_row_show (row,
      &(LamTableRowContent){ .id = class->id,
          .rgb = class->rgb,
          .title = class->name,
          .name = class->name,
          .note = class->key ? key : "",
          .is_key = true,
          .locked = class->locked,
          .hidden = class->hidden });
}

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item,
    LamClassPanel *panel)
{
  GtkWidget *row = lam_table_row_new ("class", false);
  g_signal_connect_object (row, "named", G_CALLBACK (named_cb), panel, 0);
  gtk_list_item_set_child (list_item, row);
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item,
    LamClassPanel *panel)
{
  LamClassItem *item = gtk_list_item_get_item (list_item);
  GtkWidget *row = gtk_list_item_get_child (list_item);
  g_signal_connect_object (item, "changed", G_CALLBACK (show_class), row, 0);
  show_class (item, LAM_TABLE_ROW (row));
}

static void
unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item,
    LamClassPanel *panel)
{
  g_signal_handlers_disconnect_by_func (gtk_list_item_get_item (list_item),
      show_class, gtk_list_item_get_child (list_item));
}

static void
lam_class_panel_dispose (GObject *object)
{
  LamClassPanel *panel = LAM_CLASS_PANEL (object);
  lam_class_panel_set_workspace (panel, NULL);
  if (panel->menu)
    gtk_widget_unparent (GTK_WIDGET (g_steal_pointer (&panel->menu)));
  G_OBJECT_CLASS (lam_class_panel_parent_class)->dispose (object);
}

static void
bind_template (GtkWidgetClass *class)
{
  gtk_widget_class_set_template_from_resource (
      class, "/org/lamella/Lamella/class-panel.ui");
  gtk_widget_class_bind_template_child (class, LamClassPanel, stack);
  gtk_widget_class_bind_template_child (class, LamClassPanel, list);
  gtk_widget_class_bind_template_child (class, LamClassPanel, add_button);
  gtk_widget_class_bind_template_child (class, LamClassPanel, start_button);
  gtk_widget_class_bind_template_callback (class, setup_cb);
  gtk_widget_class_bind_template_callback (class, bind_cb);
  gtk_widget_class_bind_template_callback (class, unbind_cb);
  gtk_widget_class_bind_template_callback (class, activate_cb);
}

static void
install_actions (GtkWidgetClass *class)
{
  const struct {
    const char *name, *parameter;
    GtkWidgetActionActivateFunc activate;
  } rows[] = {
    { "class.add", NULL, add_action },
    { "class.start-project", NULL, start_action },
    { "class.edit", "x", edit_action },
    { "class.rename", "x", rename_action },
    { "class.remove", "x", remove_action },
    { "class.menu", "(xdd)", menu_action },
    { "class.set-colour", "(xu)", set_colour_action },
    { "class.toggle-lock", "x", toggle_action },
    { "class.toggle-hide", "x", toggle_action },
    { "class.toggle-organelle", "x", toggle_action },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    gtk_widget_class_install_action (
        class, rows[i].name, rows[i].parameter, rows[i].activate);
  gtk_widget_class_add_binding (
      class, GDK_KEY_F2, 0, active_shortcut_cb, "s", "class.rename");
  gtk_widget_class_add_binding (
      class, GDK_KEY_Menu, 0, active_shortcut_cb, "s", "class.menu");
  gtk_widget_class_add_binding (class, GDK_KEY_F10, GDK_SHIFT_MASK,
      active_shortcut_cb, "s", "class.menu");
}

static void
lam_class_panel_class_init (LamClassPanelClass *class)
{
  G_OBJECT_CLASS (class)->dispose = lam_class_panel_dispose;
  bind_template (GTK_WIDGET_CLASS (class));
  install_actions (GTK_WIDGET_CLASS (class));
}

static void
lam_class_panel_init (LamClassPanel *panel)
{
  gtk_widget_init_template (GTK_WIDGET (panel));
  panel->menu = GTK_POPOVER_MENU (gtk_popover_menu_new_from_model (NULL));
  gtk_popover_set_has_arrow (GTK_POPOVER (panel->menu), FALSE);
  gtk_widget_set_halign (GTK_WIDGET (panel->menu), GTK_ALIGN_START);
  gtk_widget_set_parent (GTK_WIDGET (panel->menu), GTK_WIDGET (panel->list));
  update_state (panel);
}

GtkWidget *
lam_class_panel_new (void)
{
  return g_object_new (LAM_TYPE_CLASS_PANEL, NULL);
}

void
lam_class_panel_set_workspace (LamClassPanel *panel, LamWorkspace *workspace)
{
  g_return_if_fail (LAM_IS_CLASS_PANEL (panel));
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
  if (panel->stack)
    update_state (panel);
}
