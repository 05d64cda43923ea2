/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A list of edits, newest first. The selection has no meaning of its own: a
 * click or Enter goes to the place. "Just now" and the like are written when a
 * row is bound and once a minute. */
#include "app/history-panel.h"

#include <glib/gi18n-lib.h>

#include "app/history-choice.h"
#include "app/history-line.h"
#include "app/message-dialog.h"
#include "app/progress-dialog.h"
#include "app/restore-dialog.h"
#include "workspace/models.h"
#include "workspace/painting.h"

#define REFRESH_SECONDS 30

struct _LamHistoryPanel {
  AdwBin parent_instance;
  guint refresh_source;
  /* Owned */
  LamWorkspace *workspace;
  GListModel *model;
  GtkSelectionModel *selection;
  LamProgress *progress; /* of a revert under way, or NULL */
  LamProgressDialog *dialog;
  /* Borrowed */
  LamCanvas *canvas;
  bool is_partial; /* only some edits are listed */
  /* Template children */
  GtkToggleButton *choose;
  LamHistoryChoice *choice;
  GtkStack *stack;
  GtkListView *list;
};

G_DEFINE_FINAL_TYPE (LamHistoryPanel, lam_history_panel, ADW_TYPE_BIN)

static const LamHistoryRow *
get_row (LamHistoryPanel *panel, guint position)
{
  /* The model keeps the item; the row lives as long as that. */
  g_autoptr (LamHistoryItem) item =
      g_list_model_get_item (panel->model, position);
  return item ? lam_history_item_get_row (item) : NULL;
}

static const LamHistoryRow *
find_row (LamHistoryPanel *panel, int64_t id, guint *n_newer)
{
  guint n = panel->model ? g_list_model_get_n_items (panel->model) : 0;
  *n_newer = 0;
  for (guint i = 0; i < n; i++) {
    const LamHistoryRow *row = get_row (panel, i);
    if (row->id == id)
      return row;
    if (!row->undone)
      (*n_newer)++;
  }
  return NULL;
}

/* --- go there ----------------------------------------------------------- */

static void
go_to (LamHistoryPanel *panel, const LamHistoryRow *row)
{
  if (lam_box_is_empty (&row->box))
    return;
  double middle[3];
  for (int i = 0; i < 3; i++)
    /* The middle voxel's centre, so that the slice is one that was changed. */
    middle[i] = (double)((row->box.min[i] + row->box.max[i] - 1) / 2) + 0.5;
  lam_workspace_set_position (panel->workspace, middle);
}

static void
activate_cb (GtkListView *list, guint position, LamHistoryPanel *panel)
{
  const LamHistoryRow *row = get_row (panel, position);
  if (row)
    go_to (panel, row);
}

/* --- revert to there ---------------------------------------------------- */

typedef struct {
  LamHistoryPanel *panel; /* Owned */
  int64_t id;
} Revert;

static void
revert_free (gpointer data)
{
  g_object_unref (((Revert *)data)->panel);
  g_free (data);
}

static void
end_revert (LamHistoryPanel *panel)
{
  g_clear_pointer (&panel->dialog, lam_progress_dialog_close);
  g_clear_pointer (&panel->progress, lam_progress_unref);
}

static void
revert_agreed (gpointer user_data)
{
  const Revert *revert = user_data;
  LamHistoryPanel *panel = revert->panel;
  if (!panel->workspace || panel->progress)
    return;
  panel->progress = lam_progress_new ();
  panel->dialog = lam_progress_dialog_new (
      lam_window_of (GTK_WIDGET (panel)), _ ("Going Back"), panel->progress);
  lam_workspace_revert (panel->workspace, revert->id, panel->progress);
}

static char *
describe_revert (
    LamHistoryPanel *panel, const LamHistoryRow *row, guint n_newer)
{
  if (row->undone)
    return g_strdup (_ ("This and the undone edits before it are done again. "
                        "Undo takes that back."));
  if (panel->is_partial)
    return g_strdup (
        _ ("All edits after this one are undone, those that are not listed "
           "now, too. They stay in the history: Redo brings them back, until "
           "you change something else."));
  return g_strdup_printf (
      ngettext ("%u edit after this one is undone. It stays in the history: "
                "Redo brings it back, until you change something else.",
          "%u edits after this one are undone. They stay in the history: "
          "Redo brings them back, until you change something else.",
          n_newer),
      n_newer);
}

static void
revert_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamHistoryPanel *panel = LAM_HISTORY_PANEL (widget);
  guint n_newer;
  int64_t id = g_variant_get_int64 (parameter);
  const LamHistoryRow *row = find_row (panel, id, &n_newer);
  if (!row)
    return;
  if (!row->undone && n_newer == 0 && !panel->is_partial) {
    lam_toast_show (widget, _ ("This is how it is now."));
    return;
  }
  Revert *revert = g_new (Revert, 1);
  *revert = (Revert){ g_object_ref (panel), id };
  g_autofree char *body = describe_revert (panel, row, n_newer);
  lam_question_present (lam_window_of (widget),
      row->undone ? _ ("Redo up to Here?") : _ ("Go Back to Here?"), body,
      row->undone ? _ ("_Redo") : _ ("_Go Back"), FALSE, revert_agreed, revert,
      revert_free);
}

/* --- restore a part ------------------------------------------------------ */

static void
restore_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  LamHistoryPanel *panel = LAM_HISTORY_PANEL (widget);
  guint n_newer;
  const LamHistoryRow *row =
      find_row (panel, g_variant_get_int64 (parameter), &n_newer);
  if (row)
    lam_restore_dialog_present (
        lam_window_of (widget), panel->workspace, panel->canvas, row);
}

/* --- rows --------------------------------------------------------------- */

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item,
    LamHistoryPanel *panel)
{
  gtk_list_item_set_child (list_item, lam_history_line_new ());
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item,
    LamHistoryPanel *panel)
{
  LamHistoryItem *item = gtk_list_item_get_item (list_item);
  lam_history_line_show (LAM_HISTORY_LINE (gtk_list_item_get_child (list_item)),
      lam_history_item_get_row (item));
}

/* --- the workspace ------------------------------------------------------ */

static void
update_stack (LamHistoryPanel *panel)
{
  guint n = panel->model ? g_list_model_get_n_items (panel->model) : 0;
  gtk_stack_set_visible_child_name (panel->stack,
      n                       ? "list"
          : panel->is_partial ? "none"
                              : "empty");
}

/* --- what is listed ----------------------------------------------------- */

static void
chosen_cb (LamHistoryPanel *panel)
{
  LamHistoryFilter filter;
  panel->is_partial = lam_history_choice_get (panel->choice, &filter);
  if (panel->model)
    lam_history_model_set_filter (panel->model, &filter);
}

static void
list_all_cb (LamHistoryPanel *panel)
{
  lam_history_choice_reset (panel->choice);
}

/* What cannot be seen does not hold. */
static void
choose_cb (LamHistoryPanel *panel)
{
  if (gtk_toggle_button_get_active (panel->choose))
    lam_history_choice_refresh (panel->choice);
  else
    lam_history_choice_reset (panel->choice);
}

static void
history_changed_cb (LamHistoryPanel *panel)
{
  end_revert (panel);
  if (gtk_toggle_button_get_active (panel->choose))
    lam_history_choice_refresh (panel->choice);
}

static void
detach_model (LamHistoryPanel *panel)
{
  if (!panel->model)
    return;
  g_signal_handlers_disconnect_by_data (panel->model, panel);
  if (panel->list)
    gtk_list_view_set_model (panel->list, NULL);
  g_clear_object (&panel->selection);
  g_clear_object (&panel->model);
}

static void
attach_model (LamHistoryPanel *panel)
{
  detach_model (panel);
  gtk_toggle_button_set_active (panel->choose, FALSE);
  lam_history_choice_set_workspace (panel->choice, panel->workspace);
  gtk_widget_set_sensitive (GTK_WIDGET (panel->choose),
      panel->workspace && lam_workspace_get_store (panel->workspace));
  if (panel->workspace) {
    panel->model = lam_history_model_new (panel->workspace);
    panel->selection = GTK_SELECTION_MODEL (
        gtk_no_selection_new (g_object_ref (panel->model)));
    g_signal_connect_swapped (
        panel->model, "items-changed", G_CALLBACK (update_stack), panel);
    gtk_list_view_set_model (panel->list, panel->selection);
  }
  update_stack (panel);
}

/* --- the widget --------------------------------------------------------- */

static void
refresh_times (GtkWidget *widget)
{
  if (LAM_IS_HISTORY_LINE (widget)) {
    lam_history_line_refresh_time (LAM_HISTORY_LINE (widget));
    return;
  }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    refresh_times (child);
}

static gboolean
refresh_cb (gpointer user_data)
{
  refresh_times (GTK_WIDGET (LAM_HISTORY_PANEL (user_data)->list));
  return G_SOURCE_CONTINUE;
}

static void
lam_history_panel_map (GtkWidget *widget)
{
  LamHistoryPanel *panel = LAM_HISTORY_PANEL (widget);
  GTK_WIDGET_CLASS (lam_history_panel_parent_class)->map (widget);
  refresh_cb (panel);
  panel->refresh_source =
      g_timeout_add_seconds (REFRESH_SECONDS, refresh_cb, panel);
}

static void
lam_history_panel_unmap (GtkWidget *widget)
{
  g_clear_handle_id (
      &LAM_HISTORY_PANEL (widget)->refresh_source, g_source_remove);
  GTK_WIDGET_CLASS (lam_history_panel_parent_class)->unmap (widget);
}

static void
lam_history_panel_dispose (GObject *object)
{
  LamHistoryPanel *panel = LAM_HISTORY_PANEL (object);
  end_revert (panel);
  g_clear_weak_pointer (&panel->canvas);
  if (panel->workspace)
    g_signal_handlers_disconnect_by_data (panel->workspace, panel);
  detach_model (panel);
  g_clear_object (&panel->workspace);
  G_OBJECT_CLASS (lam_history_panel_parent_class)->dispose (object);
}

static void
lam_history_panel_class_init (LamHistoryPanelClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lam_history_panel_dispose;
  widget_class->map = lam_history_panel_map;
  widget_class->unmap = lam_history_panel_unmap;

  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/history-panel.ui");
  g_type_ensure (LAM_TYPE_HISTORY_CHOICE);
  gtk_widget_class_bind_template_child (widget_class, LamHistoryPanel, choose);
  gtk_widget_class_bind_template_child (widget_class, LamHistoryPanel, choice);
  gtk_widget_class_bind_template_child (widget_class, LamHistoryPanel, stack);
  gtk_widget_class_bind_template_child (widget_class, LamHistoryPanel, list);
  gtk_widget_class_bind_template_callback (widget_class, setup_cb);
  gtk_widget_class_bind_template_callback (widget_class, bind_cb);
  gtk_widget_class_bind_template_callback (widget_class, activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, choose_cb);
  gtk_widget_class_bind_template_callback (widget_class, chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, list_all_cb);
  gtk_widget_class_install_action (
      widget_class, "history.revert", "x", revert_action);
  gtk_widget_class_install_action (
      widget_class, "history.restore", "x", restore_action);
}

static void
lam_history_panel_init (LamHistoryPanel *panel)
{
  gtk_widget_init_template (GTK_WIDGET (panel));
}

GtkWidget *
lam_history_panel_new (void)
{
  return g_object_new (LAM_TYPE_HISTORY_PANEL, NULL);
}

void
lam_history_panel_set_canvas (LamHistoryPanel *panel, LamCanvas *canvas)
{
  g_return_if_fail (LAM_IS_HISTORY_PANEL (panel));
  g_set_weak_pointer (&panel->canvas, canvas);
  lam_history_choice_set_canvas (panel->choice, canvas);
}

void
lam_history_panel_set_workspace (
    LamHistoryPanel *panel, LamWorkspace *workspace)
{
  g_return_if_fail (LAM_IS_HISTORY_PANEL (panel));
  if (panel->workspace == workspace)
    return;
  end_revert (panel);
  if (panel->workspace)
    g_signal_handlers_disconnect_by_data (panel->workspace, panel);
  g_set_object (&panel->workspace, workspace);
  if (workspace) {
    g_signal_connect_swapped (
        workspace, "history-changed", G_CALLBACK (history_changed_cb), panel);
    g_signal_connect_swapped (
        workspace, "message", G_CALLBACK (history_changed_cb), panel);
    g_signal_connect_swapped (
        workspace, "project-changed", G_CALLBACK (attach_model), panel);
  }
  attach_model (panel);
}
