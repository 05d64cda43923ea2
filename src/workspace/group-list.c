/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Kept with the workspace as long as the same project is open; a project that
 * cannot be written remembers it until it is closed. */
#include "workspace/group-list.h"

#include <stdlib.h>
#include <string.h>

#include "labels/label-state.h"
#include "workspace/workspace-private.h"

static const char *const settings[LAM_N_GROUP_SETS] = { "groups-made",
  "groups-folded" };

typedef struct {
  LamStore *store; /* weak: of which project it is */
  GHashTable *sets[LAM_N_GROUP_SETS]; /* Owned; paths */
} GroupList;

static void
group_list_free (gpointer data)
{
  GroupList *list = data;
  g_clear_weak_pointer (&list->store);
  for (int i = 0; i < LAM_N_GROUP_SETS; i++)
    g_clear_pointer (&list->sets[i], g_hash_table_unref);
  g_free (list);
}

/* One path a line: there are no lines within them. */
static GHashTable *
read_set (LamWorkspace *workspace, LamGroupSet which)
{
  GHashTable *set =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *text =
      lam_workspace_dup_setting (workspace, settings[which]);
  g_auto (GStrv) lines = g_strsplit (text ? text : "", "\n", -1);
  for (char **line = lines; *line; line++) {
    g_autofree char *clean = lam_label_group_clean (*line, NULL);
    if (clean && *clean)
      g_hash_table_add (set, g_steal_pointer (&clean));
  }
  return set;
}

static int
compare (const void *a, const void *b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static void
write_set (LamWorkspace *workspace, LamGroupSet which, GHashTable *set)
{
  guint n;
  g_autofree char **paths = (char **)g_hash_table_get_keys_as_array (set, &n);
  qsort (paths, n, sizeof *paths, compare);
  g_autofree char *text = g_strjoinv ("\n", paths);
  lam_workspace_set_setting (workspace, settings[which], text);
}

static GroupList *
get_list (LamWorkspace *workspace)
{
  GroupList *list = g_object_get_data (G_OBJECT (workspace), "group-list");
  if (list && list->store == workspace->store)
    return list;
  list = g_new0 (GroupList, 1);
  g_set_weak_pointer (&list->store, workspace->store);
  for (int i = 0; i < LAM_N_GROUP_SETS; i++)
    list->sets[i] = read_set (workspace, i);
  g_object_set_data_full (
      G_OBJECT (workspace), "group-list", list, group_list_free);
  return list;
}

GHashTable *
lam_group_list_get (LamWorkspace *workspace, LamGroupSet set)
{
  return get_list (workspace)->sets[set];
}

void
lam_group_list_put_all (LamWorkspace *workspace, LamGroupSet set,
    const char *const *groups, size_t n_groups, bool is_in)
{
  GHashTable *paths = lam_group_list_get (workspace, set);
  for (size_t i = 0; i < n_groups; i++)
    if (is_in)
      g_hash_table_add (paths, g_strdup (groups[i]));
    else
      g_hash_table_remove (paths, groups[i]);
  write_set (workspace, set, paths);
}

void
lam_group_list_put (
    LamWorkspace *workspace, LamGroupSet set, const char *group, bool is_in)
{
  lam_group_list_put_all (workspace, set, &group, 1, is_in);
}

static bool
move_in_set (GHashTable *paths, const char *from, const char *to)
{
  g_autoptr (GPtrArray) moved = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer path;
  bool is_changed = false;
  const bool is_within = !*to || lam_label_group_holds (to, from);
  g_hash_table_iter_init (&iter, paths);
  while (g_hash_table_iter_next (&iter, &path, NULL)) {
    if (!lam_label_group_holds (from, path))
      continue;
    if (!is_within || !g_str_equal (path, from))
      g_ptr_array_add (moved, lam_label_group_move (path, from, to));
    g_hash_table_iter_remove (&iter);
    is_changed = true;
  }
  for (guint i = 0; i < moved->len; i++)
    g_hash_table_add (paths, moved->pdata[i]);
  return is_changed;
}

bool
lam_group_list_move (LamWorkspace *workspace, const char *from, const char *to)
{
  bool is_changed = false;
  for (int i = 0; i < LAM_N_GROUP_SETS; i++) {
    GHashTable *paths = lam_group_list_get (workspace, i);
    if (!move_in_set (paths, from, to))
      continue;
    is_changed = true;
    write_set (workspace, i, paths);
  }
  return is_changed;
}
