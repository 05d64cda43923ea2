/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Rows of the label table that are dragged onto a group, where the list shows
 * groups: what is selected, or the row alone. A label's row stands for the
 * group that it is in, and the room below the last row for none. The keyboard
 * has Alt+G for it. */
#include <glib/gi18n-lib.h>

#include "app/label-panel-private.h"
#include "app/message-dialog.h"
#include "workspace/label-groups.h"
#include "workspace/labelling.h"

/* The list's row at a place of the table; NULL: there is none. */
static GtkWidget *
pick_line (LamLabelPanel *panel, double x, double y)
{
  GtkWidget *line =
      gtk_widget_pick (GTK_WIDGET (panel->list), x, y, GTK_PICK_DEFAULT);
  while (line && line != GTK_WIDGET (panel->list)
      && lam_label_groups_get_row_of (line) == 0)
    line = gtk_widget_get_parent (line);
  return line == GTK_WIDGET (panel->list) ? NULL : line;
}

/* --- dragging ------------------------------------------------------------- */

static GdkContentProvider *
prepare_cb (GtkDragSource *source, double x, double y, LamLabelPanel *panel)
{
  GtkWidget *line = pick_line (panel, x, y);
  panel->dragged = line ? lam_label_groups_get_row_of (line) : 0;
  if (panel->dragged == 0 || !panel->model
      || !lam_label_model_has_groups (panel->model))
    return NULL;
  return gdk_content_provider_new_typed (LAM_TYPE_LABEL_PANEL, panel);
}

static char *
describe_dragged (LamLabelPanel *panel)
{
  g_autoptr (GPtrArray) groups = NULL;
  g_autoptr (GArray) alone =
      lam_label_chosen_list_alone (panel, panel->dragged, &groups);
  if (groups->len == 1 && alone->len == 0)
    return g_strdup (groups->pdata[0]);
  if (groups->len == 0 && alone->len == 1)
    return lam_workspace_dup_label_title (
        panel->workspace, g_array_index (alone, uint32_t, 0));
  g_autoptr (GArray) ids = lam_label_chosen_list (panel, panel->dragged);
  return g_strdup_printf (
      ngettext ("%'u label", "%'u labels", ids->len), ids->len);
}

static void
begin_cb (GtkDragSource *source, GdkDrag *drag, LamLabelPanel *panel)
{
  g_autofree char *text = describe_dragged (panel);
  GtkWidget *label = gtk_label_new (text);
  gtk_widget_add_css_class (label, "label-dragged");
  gtk_drag_icon_set_child (
      GTK_DRAG_ICON (gtk_drag_icon_get_for_drag (drag)), label);
}

/* --- dropping ------------------------------------------------------------- */

static void
point_at (LamLabelPanel *panel, GtkWidget *line)
{
  if (panel->drop_line)
    gtk_widget_unset_state_flags (panel->drop_line, GTK_STATE_FLAG_DROP_ACTIVE);
  g_set_weak_pointer (&panel->drop_line, line);
  if (line)
    gtk_widget_set_state_flags (line, GTK_STATE_FLAG_DROP_ACTIVE, false);
}

static GdkDragAction
motion_cb (GtkDropTarget *target, double x, double y, LamLabelPanel *panel)
{
  point_at (panel, pick_line (panel, x, y));
  return GDK_ACTION_MOVE;
}

static void
leave_cb (GtkDropTarget *target, LamLabelPanel *panel)
{
  point_at (panel, NULL);
}

/* "": none. */
static const char *
get_group_of (LamLabelPanel *panel, GtkWidget *line)
{
  const int64_t row = line ? lam_label_groups_get_row_of (line) : 0;
  const char *group = lam_label_groups_get (panel, row);
  const LamLabel *label = row > 0
      ? lam_class_table_get_label (
          lam_workspace_get_classes (panel->workspace), (uint32_t)row)
      : NULL;
  if (label)
    group = label->group;
  return group ? group : "";
}

static gboolean
drop_cb (GtkDropTarget *target, const GValue *value, double x, double y,
    LamLabelPanel *panel)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) groups = NULL;
  point_at (panel, NULL);
  if (g_value_get_object (value) != panel || !panel->model)
    return false;
  g_autofree char *into =
      g_strdup (get_group_of (panel, pick_line (panel, x, y)));
  g_autoptr (GArray) ids =
      lam_label_chosen_list_alone (panel, panel->dragged, &groups);
  g_ptr_array_add (groups, NULL);
  const bool is_done = lam_workspace_move_to_group (panel->workspace,
      (const uint32_t *)(gconstpointer)ids->data, ids->len,
      (const char *const *)groups->pdata, into, &error);
  if (!is_done)
    lam_toast_show (GTK_WIDGET (panel), error->message);
  return is_done;
}

void
lam_label_drag_attach (LamLabelPanel *panel)
{
  GtkDragSource *source = gtk_drag_source_new ();
  gtk_drag_source_set_actions (source, GDK_ACTION_MOVE);
  g_signal_connect (source, "prepare", G_CALLBACK (prepare_cb), panel);
  g_signal_connect (source, "drag-begin", G_CALLBACK (begin_cb), panel);
  gtk_widget_add_controller (
      GTK_WIDGET (panel->list), GTK_EVENT_CONTROLLER (source));
  GtkDropTarget *target =
      gtk_drop_target_new (LAM_TYPE_LABEL_PANEL, GDK_ACTION_MOVE);
  g_signal_connect (target, "motion", G_CALLBACK (motion_cb), panel);
  g_signal_connect (target, "leave", G_CALLBACK (leave_cb), panel);
  g_signal_connect (target, "drop", G_CALLBACK (drop_cb), panel);
  gtk_widget_add_controller (
      GTK_WIDGET (panel->list), GTK_EVENT_CONTROLLER (target));
}
