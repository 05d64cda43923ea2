/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Whether a file is still there is asked in a thread for each, as a question
 * to a network that is down is never answered: only that file waits then, and
 * is asked for once. What is shown is what is known; of a file that nothing is
 * known of yet, nothing is. */
#include "app/recent.h"

#include <glib/gi18n-lib.h>

#define APP_NAME "Lamella"

enum {
  /* Of the newest so many are looked at; so many questions may hang. */
  MAX_FILES = 32,
};

typedef struct {
  bool is_asked; /* and not answered */
  bool exists;
} Known;

struct _LamRecent {
  GObject parent_instance;
  /* Owned */
  GHashTable *files; /* path → Known */
  GThreadPool *pool; /* of questions */
};

G_DEFINE_FINAL_TYPE (LamRecent, lam_recent, G_TYPE_OBJECT)

static guint changed_signal;

/* ---- The desktop's list ------------------------------------------------- */

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

/* Whether they are there or not. */
static GStrv
dup_all (void)
{
  GList *items =
      gtk_recent_manager_get_items (gtk_recent_manager_get_default ());
  items = g_list_sort (items, compare_times);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  int left = MAX_FILES;
  for (GList *l = items; l && left > 0; l = l->next) {
    if (!gtk_recent_info_has_application (l->data, APP_NAME)
        || !gtk_recent_info_is_local (l->data))
      continue;
    g_autofree char *path =
        g_filename_from_uri (gtk_recent_info_get_uri (l->data), NULL, NULL);
    if (!path)
      continue;
    g_strv_builder_add (builder, path);
    left--;
  }
  g_list_free_full (items, (GDestroyNotify)gtk_recent_info_unref);
  return g_strv_builder_end (builder);
}

/* ---- What is there ------------------------------------------------------ */

typedef struct {
  LamRecent *recent; /* Owned */
  char *path; /* Owned */
  bool exists;
} Question;

static gboolean
answered_cb (gpointer data)
{
  Question *question = data;
  Known *known = g_hash_table_lookup (question->recent->files, question->path);
  known->is_asked = false;
  if (known->exists != question->exists) {
    known->exists = question->exists;
    g_signal_emit (question->recent, changed_signal, 0);
  }
  g_object_unref (question->recent);
  g_free (question->path);
  g_free (question);
  return G_SOURCE_REMOVE;
}

/* In a thread of the pool. */
static void
ask (gpointer data, gpointer unused)
{
  Question *question = data;
  question->exists = g_file_test (question->path, G_FILE_TEST_EXISTS);
  g_idle_add (answered_cb, question);
}

void
lam_recent_look (LamRecent *recent)
{
  g_auto (GStrv) paths = dup_all ();
  for (int i = 0; paths[i]; i++) {
    Known *known = g_hash_table_lookup (recent->files, paths[i]);
    if (!known) {
      known = g_new0 (Known, 1);
      g_hash_table_insert (recent->files, g_strdup (paths[i]), known);
    }
    if (known->is_asked)
      continue;
    Question *question = g_new0 (Question, 1);
    question->recent = g_object_ref (recent);
    question->path = g_strdup (paths[i]);
    known->is_asked = true;
    g_thread_pool_push (recent->pool, question, NULL);
  }
}

GStrv
lam_recent_dup_paths (LamRecent *recent, int limit)
{
  g_auto (GStrv) all = dup_all ();
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  for (int i = 0; all[i] && limit > 0; i++) {
    const Known *known = g_hash_table_lookup (recent->files, all[i]);
    if (!known || !known->exists)
      continue;
    g_strv_builder_add (builder, all[i]);
    limit--;
  }
  return g_strv_builder_end (builder);
}

GMenuModel *
lam_recent_new_menu (LamRecent *recent, int limit)
{
  GMenu *menu = g_menu_new ();
  g_auto (GStrv) paths = lam_recent_dup_paths (recent, limit);
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

/* ---- The object --------------------------------------------------------- */

static void
list_changed_cb (LamRecent *recent)
{
  lam_recent_look (recent);
  g_signal_emit (recent, changed_signal, 0);
}

static void
lam_recent_class_init (LamRecentClass *class)
{
  changed_signal = g_signal_new ("changed", LAM_TYPE_RECENT, G_SIGNAL_RUN_LAST,
      0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lam_recent_init (LamRecent *recent)
{
  recent->files =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  recent->pool = g_thread_pool_new (ask, NULL, MAX_FILES, FALSE, NULL);
  g_signal_connect_swapped (gtk_recent_manager_get_default (), "changed",
      G_CALLBACK (list_changed_cb), recent);
  lam_recent_look (recent);
}

LamRecent *
lam_recent_get_default (void)
{
  static LamRecent *recent;
  if (!recent)
    recent = g_object_new (LAM_TYPE_RECENT, NULL);
  return recent;
}
