/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/tool-bar.h"

#include <glib/gi18n-lib.h>

#include "tools/tool.h"

static GtkWidget *
make_button (const LamTool *tool)
{
  GtkWidget *button = gtk_toggle_button_new ();
  gtk_button_set_icon_name (GTK_BUTTON (button), tool->icon_name);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_focus_on_click (button, FALSE);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "win.tool");
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", tool->name);

  gtk_widget_set_tooltip_text (button, _ (tool->title));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button),
      GTK_ACCESSIBLE_PROPERTY_LABEL, _ (tool->title), -1);
  return button;
}

GtkWidget *
lam_tool_bar_new (void)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  gtk_widget_add_css_class (bar, "tool-bar");
  const LamTool *const *tools = lam_tool_get_all ();
  for (int i = 0; tools[i]; i++)
    gtk_box_append (GTK_BOX (bar), make_button (tools[i]));
  lam_tool_bar_set_has_theirs (bar, FALSE);
  return bar;
}

void
lam_tool_bar_set_has_theirs (GtkWidget *bar, gboolean has_theirs)
{
  const LamTool *const *tools = lam_tool_get_all ();
  GtkWidget *button = gtk_widget_get_first_child (bar);
  for (int i = 0; button; i++, button = gtk_widget_get_next_sibling (button))
    gtk_widget_set_visible (button, has_theirs || !tools[i]->needs_theirs);
}
