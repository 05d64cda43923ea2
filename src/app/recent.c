/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/recent.h"

#include <glib/gi18n-lib.h>

#define APP_NAME "Lamella"

void
lam_recent_add (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *uri = g_filename_to_uri (path, NULL, &error);
  if (!uri) {
    g_message ("%s", error->message);
    return;
  }
  bool is_project = g_str_has_suffix (path, ".lamella");
  GtkRecentData data = {
    .mime_type = is_project ? "application/x-lamella" : "image/tiff",
    .app_name = APP_NAME,
    .app_exec = "lamella %f",
  };
  gtk_recent_manager_add_full (gtk_recent_manager_get_default (), uri, &data);
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  GDateTime *x = gtk_recent_info_get_modified ((GtkRecentInfo *)a);
  GDateTime *y = gtk_recent_info_get_modified ((GtkRecentInfo *)b);
  return g_date_time_compare (y, x);
}

char **
lam_recent_dup_paths (int limit)
{
  GList *items =
      gtk_recent_manager_get_items (gtk_recent_manager_get_default ());
  items = g_list_sort (items, compare_times);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  for (GList *l = items; l && limit > 0; l = l->next) {
    if (!gtk_recent_info_has_application (l->data, APP_NAME)
        || !gtk_recent_info_is_local (l->data)
        || !gtk_recent_info_exists (l->data))
      continue;
    g_autofree char *path =
        g_filename_from_uri (gtk_recent_info_get_uri (l->data), NULL, NULL);
    if (!path)
      continue;
    g_strv_builder_add (builder, path);
    limit--;
  }
  g_list_free_full (items, (GDestroyNotify)gtk_recent_info_unref);
  return g_strv_builder_end (builder);
}

GMenuModel *
lam_recent_new_menu (int limit)
{
  GMenu *menu = g_menu_new ();
  g_auto (GStrv) paths = lam_recent_dup_paths (limit);
  for (int i = 0; paths[i]; i++) {
    g_autofree char *name = g_filename_display_basename (paths[i]);
    g_autoptr (GMenuItem) item = g_menu_item_new (name, NULL);
    g_menu_item_set_action_and_target (item, "win.open-path", "s", paths[i]);
    g_menu_append_item (menu, item);
  }
  g_autoptr (GMenu) others = g_menu_new ();
  g_menu_append (others, _ ("Open a _Project…"), "win.open-project");
  g_menu_append (others, _ ("Open a _Folder of Images…"), "win.open-folder");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (others));
  return G_MENU_MODEL (menu);
}
