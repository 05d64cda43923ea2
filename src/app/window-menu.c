/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/window-menu.h"

#include <glib/gi18n-lib.h>

#include "app/dissent-words.h"
#include "workspace/labelling.h"
#include "workspace/opinions.h"

static void
append (GMenu *menu, const char *label, const char *action, GVariant *target)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);
  g_menu_item_set_action_and_target_value (item, action, target);
  g_menu_append_item (menu, item);
}

static void
append_label (GMenu *menu, LamWorkspace *workspace, uint32_t id)
{
  const LamLabel *row =
      lam_class_table_get_label (lam_workspace_get_classes (workspace), id);
  if (!row)
    return;
  g_autofree char *title = lam_workspace_dup_label_title (workspace, id);
  g_autofree char *paint = g_strdup_printf (_ ("Paint with %s"), title);
  g_autoptr (GMenu) section = g_menu_new ();
  append (section, paint, "win.pick-label", g_variant_new_uint32 (id));
  append (section, _ ("Join its pieces by bridges"), "win.join-label",
      g_variant_new_uint32 (id));
  append (section, row->locked ? _ ("Unlock it") : _ ("Lock it"),
      "win.lock-label", g_variant_new_uint32 (id));
  append (section, row->hidden ? _ ("Show it") : _ ("Hide it"),
      "win.hide-label", g_variant_new_uint32 (id));
  g_menu_append_section (menu, title, G_MENU_MODEL (section));
}

/* What the network would have said next, where one said it. */
static void
append_second (GMenu *menu, LamWorkspace *workspace, const int64_t voxel[3])
{
  uint8_t uncertainty;
  int32_t second;
  LamProposed proposed;
  if (lam_workspace_probe_opinion (workspace, voxel, &uncertainty, &second)
      != LAM_OPINION_KNOWN) {
    if (lam_workspace_probe_proposal (workspace, voxel, &proposed)
        != LAM_OPINION_KNOWN)
      return;
    second = proposed.second;
  }
  const LamClass *class =
      lam_class_table_get_class (lam_workspace_get_classes (workspace), second);
  if (!class)
    return;
  g_autofree char *text = g_strdup_printf (_ ("Make it %s"), class->name);
  g_autoptr (GMenu) section = g_menu_new ();
  append (section, text, "win.second-best-at",
      g_variant_new ("(xxx)", voxel[0], voxel[1], voxel[2]));
  g_menu_append_section (
      menu, _ ("The network’s second best"), G_MENU_MODEL (section));
}

static GMenuModel *
menu_new (LamWindow *window, const int64_t voxel[3])
{
  GMenu *menu = g_menu_new ();
  LamWorkspace *workspace = lam_window_get_workspace (window);
  LamProbe probe = lam_workspace_probe (workspace, voxel);
  if (probe.has_label && probe.label)
    append_label (menu, workspace, probe.label);
  append_second (menu, workspace, voxel);
  lam_dissent_append_menu (menu, workspace, voxel);
  g_autoptr (GMenu) section = g_menu_new ();
  append (section, _ ("Centre here"), "win.go-here",
      g_variant_new ("(xxx)", voxel[0], voxel[1], voxel[2]));
  append (section, _ ("Set a bookmark here…"), "win.bookmark-at",
      g_variant_new ("(xxx)", voxel[0], voxel[1], voxel[2]));
  append (section, _ ("Copy position"), "win.copy-position",
      g_variant_new ("(xxx)", voxel[0], voxel[1], voxel[2]));
  append (section, _ ("Show the whole volume"), "win.fit", NULL);
  g_menu_append_section (menu, NULL, G_MENU_MODEL (section));
  return G_MENU_MODEL (menu);
}

static void
drop_popover (gpointer popover)
{
  if (gtk_widget_get_parent (popover))
    gtk_widget_unparent (popover);
  g_object_unref (popover);
}

/* Its action runs after "closed", which may come twice. */
static void
popover_closed_cb (GtkPopover *popover, gpointer user_data)
{
  g_idle_add_once (drop_popover, g_object_ref (popover));
}

void
lam_window_menu_popup (LamWindow *window, const int64_t voxel[3],
    GtkWidget *pane, double x, double y)
{
  g_autoptr (GMenuModel) menu = menu_new (window, voxel);
  GtkWidget *popover = gtk_popover_menu_new_from_model (menu);
  gtk_widget_set_parent (popover, pane);
  gtk_popover_set_has_arrow (GTK_POPOVER (popover), FALSE);
  gtk_widget_set_halign (popover, GTK_ALIGN_START);
  gtk_popover_set_pointing_to (
      GTK_POPOVER (popover), &(GdkRectangle){ (int)x, (int)y, 1, 1 });
  g_signal_connect (popover, "closed", G_CALLBACK (popover_closed_cb), NULL);
  /* A window can close while it is open, or before it is dropped. */
  g_signal_connect_object (pane, "destroy", G_CALLBACK (gtk_widget_unparent),
      popover, G_CONNECT_SWAPPED);
  gtk_popover_popup (GTK_POPOVER (popover));
}
