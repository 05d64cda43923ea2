/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/welcome.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include "app/recent.h"

#define N_RECENT 6

struct _LamWelcome {
  GtkWidget parent_instance;
  /* Template children */
  GtkWidget *scroller;
  GtkWidget *recent_group;
  GtkListBox *recent;
  /* Owned */
  GStrv paths; /* as shown */
};

G_DEFINE_FINAL_TYPE (LamWelcome, lam_welcome, GTK_TYPE_WIDGET)

/* "Folder", shortened as people write it. */
static char *
dup_folder (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *shown = g_filename_display_name (folder);
  const char *home = g_get_home_dir ();
  if (g_str_has_prefix (shown, home))
    return g_strconcat ("~", shown + strlen (home), NULL);
  return g_steal_pointer (&shown);
}

static GtkWidget *
make_row (const char *path)
{
  g_autofree char *name = g_filename_display_basename (path);
  g_autofree char *folder = dup_folder (path);
  g_autofree char *title = g_markup_escape_text (name, -1);
  g_autofree char *subtitle = g_markup_escape_text (folder, -1);
  GtkWidget *row = adw_action_row_new ();
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 1);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (row), "win.open-path");
  gtk_actionable_set_action_target (GTK_ACTIONABLE (row), "s", path);
  return row;
}

static void
show_recent (LamWelcome *welcome)
{
  g_auto (GStrv) paths =
      lam_recent_dup_paths (lam_recent_get_default (), N_RECENT);
  /* The rows stay what they are, as one may have the focus. */
  if (welcome->paths
      && g_strv_equal (
          (const char *const *)paths, (const char *const *)welcome->paths))
    return;
  GtkListBoxRow *old;
  while ((old = gtk_list_box_get_row_at_index (welcome->recent, 0)))
    gtk_list_box_remove (welcome->recent, GTK_WIDGET (old));
  for (int i = 0; paths[i]; i++)
    gtk_list_box_append (welcome->recent, make_row (paths[i]));
  gtk_widget_set_visible (welcome->recent_group, paths[0] != NULL);
  g_strfreev (welcome->paths);
  welcome->paths = g_steal_pointer (&paths);
}

void
lam_welcome_refresh (LamWelcome *welcome)
{
  g_return_if_fail (LAM_IS_WELCOME (welcome));
  lam_recent_look (lam_recent_get_default ());
}

static void
lam_welcome_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), LAM_TYPE_WELCOME);
  G_OBJECT_CLASS (lam_welcome_parent_class)->dispose (object);
}

static void
lam_welcome_finalize (GObject *object)
{
  g_strfreev (LAM_WELCOME (object)->paths);
  G_OBJECT_CLASS (lam_welcome_parent_class)->finalize (object);
}

static void
lam_welcome_class_init (LamWelcomeClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lam_welcome_dispose;
  G_OBJECT_CLASS (class)->finalize = lam_welcome_finalize;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/welcome.ui");
  gtk_widget_class_bind_template_child (widget_class, LamWelcome, scroller);
  gtk_widget_class_bind_template_child (widget_class, LamWelcome, recent_group);
  gtk_widget_class_bind_template_child (widget_class, LamWelcome, recent);
}

static void
lam_welcome_init (LamWelcome *welcome)
{
  gtk_widget_init_template (GTK_WIDGET (welcome));
  show_recent (welcome);
  g_signal_connect_object (lam_recent_get_default (), "changed",
      G_CALLBACK (show_recent), welcome, G_CONNECT_SWAPPED);
}

GtkWidget *
lam_welcome_new (void)
{
  return g_object_new (LAM_TYPE_WELCOME, NULL);
}
