/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/label-panel.h"

#include <glib/gi18n-lib.h>

#include "app/label-panel-private.h"
#include "app/label-verbs.h"
#include "app/settings.h"
#include "workspace/labelling.h"

/* How often it is looked how far the counting is. */
#define COUNTING_MS 300

G_DEFINE_FINAL_TYPE (LamLabelPanel, lam_label_panel, ADW_TYPE_BIN)

/* Sizes of labels that could not be counted are missing from the columns: that
 * is said, and why. */
static void
show_problem (LamLabelPanel *panel)
{
  const GError *problem =
      panel->statistics ? lam_statistics_get_error (panel->statistics) : NULL;
  gtk_widget_set_visible (panel->problem, problem != NULL);
  g_autofree char *text = problem
      ? g_strdup_printf (
          _ ("The labels could not be measured: %s"), problem->message)
      : NULL;
  gtk_widget_set_tooltip_text (panel->problem, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (panel->problem),
      GTK_ACCESSIBLE_PROPERTY_LABEL, text ? text : "", -1);
}

static guint
count_chosen (LamLabelPanel *panel)
{
  if (g_hash_table_size (panel->chosen_groups) == 0)
    return (guint)gtk_bitset_get_size (panel->chosen);
  g_autoptr (GArray) ids =
      lam_label_chosen_list (panel, lam_label_panel_get_row (panel));
  return ids->len;
}

void
lam_label_panel_update_count (LamLabelPanel *panel)
{
  const guint n_rows = g_list_model_get_n_items (panel->model);
  const guint n = lam_label_model_get_n_labels (panel->model);
  const guint n_chosen = count_chosen (panel);
  bool is_filtered = panel->class_filter >= 0
      || *gtk_editable_get_text (GTK_EDITABLE (panel->search));
  g_autofree char *text = n_chosen > 1
          || g_hash_table_size (panel->chosen_groups) > 0
      ? g_strdup_printf (
          ngettext ("%'u selected", "%'u selected", n_chosen), n_chosen)
      : g_strdup_printf (ngettext ("%'u label", "%'u labels", n), n);
  gtk_label_set_text (panel->count, text);
  lam_label_panel_update_foot (panel);
  show_problem (panel);
  gtk_stack_set_visible_child_name (panel->stack,
      n_rows            ? "list"
          : is_filtered ? "nothing-found"
                        : "none-yet");
}

static void
activate_cb (GtkColumnView *list, guint position, LamLabelPanel *panel)
{
  const char *group = lam_label_groups_get (
      panel, lam_label_model_get_row (panel->model, position));
  const uint32_t id = lam_label_model_get_id (panel->model, position);
  if (group)
    lam_label_groups_fold (
        panel, group, !lam_label_model_is_folded (panel->model, group));
  else if (id)
    lam_label_verb_jump (GTK_WIDGET (panel), panel->workspace, id);
}

/* --- search and filter -------------------------------------------------- */

void
lam_label_panel_refilter (LamLabelPanel *panel)
{
  if (!panel->model)
    return;
  LamLabelOrder order = {
    .text = gtk_editable_get_text (GTK_EDITABLE (panel->search)),
    .class_id = panel->class_filter,
    .as_groups = gtk_toggle_button_get_active (panel->as_groups),
  };
  order.key = lam_label_columns_get_key (panel, &order.is_descending);
  lam_label_model_set_order (panel->model, &order, panel->statistics);
  lam_label_panel_update_count (panel);
}

void
lam_label_panel_search (LamLabelPanel *panel, const char *text)
{
  gtk_editable_set_text (GTK_EDITABLE (panel->search), text);
  lam_label_panel_refilter (panel);
}

void
lam_label_panel_list_all (LamLabelPanel *panel)
{
  gtk_drop_down_set_selected (panel->filter, 0);
  lam_label_panel_search (panel, "");
  lam_label_model_settle (panel->model, panel->workspace);
}

static void
search_changed_cb (GtkSearchEntry *entry, LamLabelPanel *panel)
{
  lam_label_panel_refilter (panel);
}

/* The first label below whatever groups; 0: there is none. */
static uint32_t
find_first (GListModel *model)
{
  guint position = 0;
  while (lam_label_model_get_row (model, position) < 0)
    position++;
  return lam_label_model_get_id (model, position);
}

/* Enter: the first that was found becomes active and is gone to. */
static void
search_activate_cb (GtkSearchEntry *entry, LamLabelPanel *panel)
{
  lam_label_panel_refilter (panel);
  if (panel->model)
    lam_label_model_settle (panel->model, panel->workspace);
  const uint32_t id = panel->model ? find_first (panel->model) : 0;
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
  lam_label_naming_finish (panel);
  lam_label_panel_refilter (panel);
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
  lam_label_chosen_detach (panel);
  g_signal_handlers_disconnect_by_data (panel->statistics, panel);
  lam_statistics_set_active (panel->statistics, false);
  lam_label_groups_forget_totals (panel);
  g_clear_object (&panel->statistics);
  g_clear_object (&panel->model);
}

/* Whoever looks at the list wants numbers; they are counted for nobody else. */
static void
update_active (LamLabelPanel *panel)
{
  if (panel->statistics)
    lam_statistics_set_active (
        panel->statistics, gtk_widget_get_mapped (GTK_WIDGET (panel)));
}

static gboolean
counting_cb (gpointer data)
{
  LamLabelPanel *panel = data;
  LamProgress *progress = panel->statistics
      ? lam_statistics_get_progress (panel->statistics)
      : NULL;
  gtk_widget_set_opacity (GTK_WIDGET (panel->counting), progress ? 1 : 0);
  if (!progress) {
    panel->progress_source = 0;
    return G_SOURCE_REMOVE;
  }
  const double fraction = lam_progress_get_fraction (progress);
  g_autofree char *text =
      g_strdup_printf (_ ("Measuring the labels: %.0f %%"), 100 * fraction);
  gtk_progress_bar_set_fraction (panel->counting, fraction);
  gtk_widget_set_tooltip_text (GTK_WIDGET (panel->counting), text);
  return G_SOURCE_CONTINUE;
}

/* A count of few bricks is over before it is worth a word. */
static void
show_counting (LamLabelPanel *panel)
{
  if (panel->progress_source == 0)
    panel->progress_source = g_timeout_add (COUNTING_MS, counting_cb, panel);
}

static void
statistics_changed_cb (LamStatistics *statistics, LamLabelPanel *panel)
{
  lam_label_groups_forget_totals (panel);
  show_counting (panel);
  if (!lam_statistics_get_progress (statistics))
    lam_label_panel_refilter (panel);
}

static void
attach_model (LamLabelPanel *panel)
{
  panel->model = lam_label_model_new (panel->workspace);
  panel->statistics = lam_statistics_new (panel->workspace);
  g_signal_connect (
      panel->statistics, "changed", G_CALLBACK (statistics_changed_cb), panel);
  lam_label_chosen_attach (panel);
  lam_label_panel_refilter (panel);
  lam_label_chosen_sync (panel);
  update_active (panel);
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
    lam_label_panel_update_foot (panel);
  }
  gtk_widget_set_sensitive (GTK_WIDGET (panel->search), has_project);
  gtk_widget_set_sensitive (GTK_WIDGET (panel->filter), has_project);
  gtk_widget_set_sensitive (panel->new_button, is_writable);
  gtk_widget_set_sensitive (panel->new_group, is_writable);
}

static void
classes_changed_cb (LamWorkspace *workspace, LamLabelPanel *panel)
{
  if (!panel->model)
    return;
  const LamClassTable *classes = lam_workspace_get_classes (workspace);
  if (lam_class_table_get_serial (classes) != panel->filled_serial)
    fill_filter (panel);
  lam_label_chosen_sync (panel);
  lam_label_panel_update_foot (panel);
}

/* --- the widget --------------------------------------------------------- */

static void
lam_label_panel_dispose (GObject *object)
{
  LamLabelPanel *panel = LAM_LABEL_PANEL (object);
  lam_label_panel_set_workspace (panel, NULL);
  g_clear_weak_pointer (&panel->drop_line);
  g_clear_handle_id (&panel->progress_source, g_source_remove);
  g_clear_handle_id (&panel->release_source, g_source_remove);
  if (panel->menu)
    gtk_widget_unparent (GTK_WIDGET (g_steal_pointer (&panel->menu)));
  g_clear_pointer (&panel->filter_ids, g_array_unref);
  g_clear_pointer (&panel->chosen, gtk_bitset_unref);
  g_clear_pointer (&panel->chosen_groups, g_hash_table_unref);
  g_clear_object (&panel->settings);
  g_clear_pointer (&panel->view, lam_lazy_view_unref);
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
  gtk_widget_class_bind_template_child (class, LamLabelPanel, problem);
  gtk_widget_class_bind_template_child (class, LamLabelPanel, counting);
  gtk_widget_class_bind_template_child (class, LamLabelPanel, new_button);
  gtk_widget_class_bind_template_child (class, LamLabelPanel, as_groups);
  gtk_widget_class_bind_template_child (class, LamLabelPanel, new_group);
  gtk_widget_class_bind_template_child (class, LamLabelPanel, columns_button);
  gtk_widget_class_bind_template_child (class, LamLabelPanel, foot);
  gtk_widget_class_bind_template_child (class, LamLabelPanel, done);
  gtk_widget_class_bind_template_child (class, LamLabelPanel, states);
  gtk_widget_class_bind_template_child (class, LamLabelPanel, flagged);
  gtk_widget_class_bind_template_callback (class, activate_cb);
  gtk_widget_class_bind_template_callback (class, search_changed_cb);
  gtk_widget_class_bind_template_callback (class, search_activate_cb);
  gtk_widget_class_bind_template_callback (class, stop_search_cb);
  gtk_widget_class_bind_template_callback (class, filter_cb);
}

static void
lam_label_panel_class_init (LamLabelPanelClass *class)
{
  G_OBJECT_CLASS (class)->dispose = lam_label_panel_dispose;
  bind_template (GTK_WIDGET_CLASS (class));
  lam_label_actions_install (GTK_WIDGET_CLASS (class));
  lam_label_states_install (GTK_WIDGET_CLASS (class));
  lam_label_groups_install (GTK_WIDGET_CLASS (class));
}

static void
wake_cells (LamLabelPanel *panel)
{
  if (panel->view)
    lam_lazy_view_wake (panel->view);
}

static void
follow_scrolling (LamLabelPanel *panel)
{
  GtkAdjustment *place =
      gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (panel->list));
  g_signal_connect_object (
      place, "changed", G_CALLBACK (wake_cells), panel, G_CONNECT_SWAPPED);
  g_signal_connect_object (place, "value-changed", G_CALLBACK (wake_cells),
      panel, G_CONNECT_SWAPPED);
}

static void
lam_label_panel_init (LamLabelPanel *panel)
{
  panel->class_filter = -1;
  panel->filter_ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
  panel->chosen = gtk_bitset_new_empty ();
  panel->chosen_groups = g_hash_table_new (NULL, NULL);
  panel->settings = lam_settings_new (NULL);
  gtk_widget_init_template (GTK_WIDGET (panel));
  panel->view = lam_lazy_view_new (GTK_WIDGET (panel->list));
  lam_label_columns_add (panel);
  lam_label_groups_attach (panel);
  lam_label_drag_attach (panel);
  follow_scrolling (panel);
  g_signal_connect (panel, "map", G_CALLBACK (update_active), NULL);
  g_signal_connect_after (panel, "unmap", G_CALLBACK (update_active), NULL);
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
    /* Volumes and surfaces are in another unit when a voxel has a size. */
    g_signal_connect_swapped (workspace, "image-changed",
        G_CALLBACK (lam_label_panel_refilter), panel);
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
