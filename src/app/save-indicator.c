/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/save-indicator.h"

#include <glib/gi18n-lib.h>

/* "Saving…" is shown only when it lasts longer than this: a word that flickers
 * with each stroke tells nobody anything. */
#define PATIENCE_MS 400

struct _LamSaveIndicator {
  GtkWidget parent_instance;
  guint patience_source;
  /* Owned */
  LamWorkspace *workspace;
  /* Borrowed */
  GtkWidget *box;
  GtkImage *icon;
  GtkLabel *label;
};

G_DEFINE_FINAL_TYPE (LamSaveIndicator, lam_save_indicator, GTK_TYPE_WIDGET)

typedef struct {
  const char *text, *tip, *icon_name, *style;
} Look;

static const Look looks[] = {
  [LAM_SAVE_NOTHING] = { N_ ("No project"),
      N_ ("Nothing is kept of this view until a project is started"), NULL,
      "dim-label" },
  [LAM_SAVE_SAVED] = { N_ ("Saved"), N_ ("Everything is on disk"),
      "emblem-ok-symbolic", "dim-label" },
  [LAM_SAVE_SAVING] = { N_ ("Saving…"), N_ ("The last change is being written"),
      NULL, "dim-label" },
  [LAM_SAVE_FAILED] = { N_ ("Not saved"),
      N_ ("Changes are kept in memory only; see the red bar"),
      "dialog-error-symbolic", "error" },
};

static const Look read_only = { N_ ("Read-only"),
  N_ ("This project cannot be changed here; see the bar below"),
  "changes-prevent-symbolic", "dim-label" };

static void
show (LamSaveIndicator *indicator, LamSaveState state)
{
  LamWorkspace *workspace = indicator->workspace;
  const Look *look = &looks[state];
  if (state == LAM_SAVE_SAVED && lam_workspace_get_read_only_reason (workspace))
    look = &read_only;
  for (size_t i = 0; i < G_N_ELEMENTS (looks); i++)
    gtk_widget_remove_css_class (indicator->box, looks[i].style);
  gtk_widget_add_css_class (indicator->box, look->style);
  gtk_label_set_text (indicator->label, _ (look->text));
  gtk_widget_set_tooltip_text (indicator->box, _ (look->tip));
  gtk_widget_set_visible (
      GTK_WIDGET (indicator->icon), look->icon_name != NULL);
  gtk_image_set_from_icon_name (indicator->icon, look->icon_name);
}

static gboolean
patience_cb (gpointer user_data)
{
  LamSaveIndicator *indicator = user_data;
  indicator->patience_source = 0;
  show (indicator, lam_workspace_get_save_state (indicator->workspace));
  return G_SOURCE_REMOVE;
}

static void
update (LamSaveIndicator *indicator)
{
  LamSaveState state = lam_workspace_get_save_state (indicator->workspace);
  if (state == LAM_SAVE_SAVING) {
    if (!indicator->patience_source)
      indicator->patience_source =
          g_timeout_add (PATIENCE_MS, patience_cb, indicator);
    return;
  }
  g_clear_handle_id (&indicator->patience_source, g_source_remove);
  show (indicator, state);
}

void
lam_save_indicator_set_workspace (
    LamSaveIndicator *indicator, LamWorkspace *workspace)
{
  g_return_if_fail (LAM_IS_SAVE_INDICATOR (indicator));
  g_clear_handle_id (&indicator->patience_source, g_source_remove);
  if (indicator->workspace)
    g_signal_handlers_disconnect_by_data (indicator->workspace, indicator);
  g_set_object (&indicator->workspace, workspace);
  gtk_widget_set_visible (indicator->box, workspace != NULL);
  if (!workspace)
    return;
  g_signal_connect_object (workspace, "save-state-changed", G_CALLBACK (update),
      indicator, G_CONNECT_SWAPPED);
  g_signal_connect_object (workspace, "project-changed", G_CALLBACK (update),
      indicator, G_CONNECT_SWAPPED);
  update (indicator);
}

static void
lam_save_indicator_dispose (GObject *object)
{
  LamSaveIndicator *indicator = LAM_SAVE_INDICATOR (object);
  g_clear_handle_id (&indicator->patience_source, g_source_remove);
  g_clear_object (&indicator->workspace);
  g_clear_pointer (&indicator->box, gtk_widget_unparent);
  G_OBJECT_CLASS (lam_save_indicator_parent_class)->dispose (object);
}

static void
lam_save_indicator_class_init (LamSaveIndicatorClass *class)
{
  G_OBJECT_CLASS (class)->dispose = lam_save_indicator_dispose;
  gtk_widget_class_set_layout_manager_type (
      GTK_WIDGET_CLASS (class), GTK_TYPE_BIN_LAYOUT);
}

static void
lam_save_indicator_init (LamSaveIndicator *indicator)
{
  indicator->box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  indicator->icon = GTK_IMAGE (gtk_image_new ());
  indicator->label = GTK_LABEL (gtk_label_new (NULL));
  gtk_box_append (GTK_BOX (indicator->box), GTK_WIDGET (indicator->icon));
  gtk_box_append (GTK_BOX (indicator->box), GTK_WIDGET (indicator->label));
  gtk_widget_set_parent (indicator->box, GTK_WIDGET (indicator));
  gtk_widget_set_visible (indicator->box, FALSE);
}
