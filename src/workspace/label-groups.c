/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Most labels of a project share few groups: what becomes of a group is worked
 * out once for each. */
#include "workspace/label-groups.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "workspace/group-list.h"
#include "workspace/labelling-private.h"
#include "workspace/queue.h"
#include "workspace/workspace-private.h"

/* Rows that will be another's group; they borrow from the table and `texts`. */
typedef struct {
  GArray *rows; /* Owned; LamLabel */
  GHashTable *texts; /* Owned; a group → owned, what becomes of it; or NULL */
} Change;

static Change *
change_new (void)
{
  Change *change = g_new0 (Change, 1);
  change->rows = g_array_new (false, false, sizeof (LamLabel));
  change->texts =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return change;
}

static void
change_free (Change *change)
{
  g_array_unref (change->rows);
  g_hash_table_unref (change->texts);
  g_free (change);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Change, change_free)

static const char *
get_group (const LamLabel *row)
{
  return row->group ? row->group : "";
}

static void
change_add (Change *change, const LamLabel *row, const char *group)
{
  LamLabel after = *row;
  if (strcmp (get_group (row), group) == 0)
    return;
  after.group = (char *)group;
  g_array_append_val (change->rows, after);
}

static bool
change_commit (
    LamWorkspace *workspace, Change *change, char *detail, GError **error)
{
  g_autofree char *owned = detail;
  return lam_labelling_commit (workspace,
      (const LamLabel *)(const void *)change->rows->data, change->rows->len,
      owned, error);
}

static void
tell (LamWorkspace *workspace)
{
  g_signal_emit_by_name (workspace, "classes-changed");
}

/* --- single labels -------------------------------------------------------- */

static const LamLabel *
find_row (LamWorkspace *workspace, uint32_t id, GError **error)
{
  const LamLabel *row = workspace->classes
      ? lam_class_table_get_label (workspace->classes, id)
      : NULL;
  if (row && !row->deleted)
    return row;
  g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
      _ ("There is no label %u in this project"), id);
  return NULL;
}

bool
lam_workspace_set_label_groups (LamWorkspace *workspace, const uint32_t *ids,
    size_t n_ids, const char *group, GError **error)
{
  g_autofree char *clean = lam_label_group_clean (group, error);
  g_autoptr (Change) change = change_new ();
  if (!clean)
    return false;
  for (size_t i = 0; i < n_ids; i++) {
    const LamLabel *row = find_row (workspace, ids[i], error);
    if (!row)
      return false;
    change_add (change, row, clean);
  }
  const guint n = change->rows->len;
  char *detail = *clean
      ? g_strdup_printf (
          ngettext ("%u label into “%s”", "%u labels into “%s”", n), n, clean)
      : g_strdup_printf (ngettext ("%u label out of its group",
                             "%u labels out of their groups", n),
          n);
  return change_commit (workspace, change, detail, error);
}

/* --- what there is -------------------------------------------------------- */

GArray *
lam_workspace_list_group (LamWorkspace *workspace, const char *group)
{
  GArray *ids = g_array_new (false, false, sizeof (uint32_t));
  const LamClassTable *table = workspace->classes;
  const size_t n = table ? lam_class_table_get_n_labels (table) : 0;
  for (size_t i = 0; i < n; i++) {
    const LamLabel *row = lam_class_table_get_nth_label (table, i);
    if (!row->deleted && lam_label_group_holds (group, row->group))
      g_array_append_val (ids, row->id);
  }
  return ids;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static void
add_with_parents (GHashTable *all, const char *group)
{
  g_autofree char *path = g_strdup (group);
  while (*path && !g_hash_table_contains (all, path)) {
    char *parent = lam_label_group_dup_parent (path);
    g_hash_table_add (all, path);
    path = parent;
  }
}

GPtrArray *
lam_workspace_list_groups (LamWorkspace *workspace)
{
  g_autoptr (GHashTable) all = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) used = lam_class_table_list_groups (workspace->classes);
  for (guint i = 0; i < used->len; i++)
    add_with_parents (all, used->pdata[i]);
  GHashTableIter iter;
  gpointer path;
  g_hash_table_iter_init (
      &iter, lam_group_list_get (workspace, LAM_GROUPS_MADE));
  while (g_hash_table_iter_next (&iter, &path, NULL))
    add_with_parents (all, path);
  GPtrArray *list = g_ptr_array_new_with_free_func (g_free);
  g_hash_table_iter_init (&iter, all);
  while (g_hash_table_iter_next (&iter, &path, NULL))
    g_ptr_array_add (list, path);
  g_ptr_array_sort (list, compare);
  return list;
}

static bool
has_group (const GPtrArray *all, const char *group)
{
  guint at;
  return g_ptr_array_find_with_equal_func (
      (GPtrArray *)all, group, g_str_equal, &at);
}

static bool
check_group (const GPtrArray *all, const char *group, GError **error)
{
  if (has_group (all, group))
    return true;
  g_set_error (
      error, LAM_ERROR, LAM_ERROR_MISSING, _ ("There is no group “%s”"), group);
  return false;
}

/* --- whole groups --------------------------------------------------------- */

/* Where each of `from` goes: as long as that, strings or none. */
typedef struct {
  const char *const *from;
  GPtrArray *to; /* Owned */
} Moves;

static const char *
find_target (Change *change, const Moves *moves, const char *group)
{
  gpointer found;
  if (g_hash_table_lookup_extended (change->texts, group, NULL, &found))
    return found;
  char *target = NULL;
  for (guint i = 0; !target && i < moves->to->len; i++)
    if (lam_label_group_holds (moves->from[i], group))
      target =
          lam_label_group_move (group, moves->from[i], moves->to->pdata[i]);
  g_hash_table_insert (change->texts, g_strdup (group), target);
  return target;
}

static void
change_add_moves (Change *change, LamWorkspace *workspace, const Moves *moves,
    GHashTable *ids, const char *into)
{
  const LamClassTable *table = workspace->classes;
  const size_t n = lam_class_table_get_n_labels (table);
  for (size_t i = 0; i < n; i++) {
    const LamLabel *row = lam_class_table_get_nth_label (table, i);
    if (row->deleted)
      continue;
    const char *target =
        row->group ? find_target (change, moves, row->group) : NULL;
    if (target)
      change_add (change, row, target);
    else if (ids && g_hash_table_contains (ids, GUINT_TO_POINTER (row->id)))
      change_add (change, row, into);
  }
}

/* What the project remembers of them goes along, once the labels can. */
static bool
apply (LamWorkspace *workspace, Change *change, const Moves *moves,
    char *detail, GError **error)
{
  bool is_changed = false;
  if (!change_commit (workspace, change, detail, error))
    return false;
  for (guint i = 0; i < moves->to->len; i++)
    if (!g_str_equal (moves->from[i], moves->to->pdata[i]))
      is_changed |=
          lam_group_list_move (workspace, moves->from[i], moves->to->pdata[i]);
  if (is_changed)
    tell (workspace);
  return true;
}

static bool
move_one (LamWorkspace *workspace, const char *from, const char *to,
    const char *detail, GError **error)
{
  g_autoptr (Change) change = change_new ();
  g_autoptr (GPtrArray) targets = g_ptr_array_new ();
  const Moves moves = { &from, targets };
  g_ptr_array_add (targets, (gpointer)to);
  change_add_moves (change, workspace, &moves, NULL, NULL);
  return apply (workspace, change, &moves, g_strdup (detail), error);
}

bool
lam_workspace_rename_group (
    LamWorkspace *workspace, const char *from, const char *to, GError **error)
{
  g_autofree char *clean = lam_label_group_clean (to, error);
  g_autoptr (GPtrArray) all = lam_workspace_list_groups (workspace);
  if (!clean || !check_group (all, from, error))
    return false;
  if (strcmp (from, clean) == 0)
    return true;
  g_autofree char *detail = *clean
      ? g_strdup_printf (_ ("Group “%s” is now “%s”"), from, clean)
      : g_strdup_printf (_ ("Dissolved group “%s”"), from);
  return move_one (workspace, from, clean, detail, error);
}

bool
lam_workspace_remove_group (
    LamWorkspace *workspace, const char *group, GError **error)
{
  g_autoptr (GPtrArray) all = lam_workspace_list_groups (workspace);
  if (!check_group (all, group, error))
    return false;
  g_autofree char *parent = lam_label_group_dup_parent (group);
  g_autofree char *detail = g_strdup_printf (_ ("Removed group “%s”"), group);
  return move_one (workspace, group, parent, detail, error);
}

bool
lam_workspace_make_group (
    LamWorkspace *workspace, const char *group, GError **error)
{
  g_autofree char *clean = lam_label_group_clean (group, error);
  if (!clean || !lam_queue_check_rows_free (workspace, error))
    return false;
  g_autoptr (GPtrArray) all = lam_workspace_list_groups (workspace);
  if (!*clean) {
    g_set_error_literal (
        error, LAM_ERROR, LAM_ERROR_INPUT, _ ("A group must have a name"));
    return false;
  }
  if (has_group (all, clean)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("There is a group “%s” already"), clean);
    return false;
  }
  lam_group_list_put (workspace, LAM_GROUPS_MADE, clean, true);
  tell (workspace);
  return true;
}

/* --- moving several ------------------------------------------------------- */

/* Those that do not go along with another of them. */
static GPtrArray *
list_outer (const char *const *groups)
{
  GPtrArray *outer = g_ptr_array_new ();
  for (guint i = 0; groups[i]; i++) {
    bool is_inner = false;
    for (guint j = 0; groups[j] && !is_inner; j++)
      is_inner = !g_str_equal (groups[i], groups[j])
          && lam_label_group_holds (groups[j], groups[i]);
    if (!is_inner)
      g_ptr_array_add (outer, (gpointer)groups[i]);
  }
  return outer;
}

static char *
make_target (const char *group, const char *into)
{
  const char *slash = strrchr (group, '/');
  const char *name = slash ? slash + 1 : group;
  return *into ? g_strconcat (into, "/", name, NULL) : g_strdup (name);
}

static bool
check_moves (LamWorkspace *workspace, GPtrArray *groups, const char *into,
    GError **error)
{
  g_autoptr (GPtrArray) all = lam_workspace_list_groups (workspace);
  for (guint i = 0; i < groups->len; i++) {
    if (!check_group (all, groups->pdata[i], error))
      return false;
    if (!lam_label_group_holds (groups->pdata[i], into))
      continue;
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("The group “%s” cannot go into itself"),
        (const char *)groups->pdata[i]);
    return false;
  }
  return true;
}

static char *
describe_move (const GPtrArray *groups, guint n_labels, const char *into)
{
  if (groups->len == 1)
    return *into ? g_strdup_printf (
               _ ("Group “%s” into “%s”"), (const char *)groups->pdata[0], into)
                 : g_strdup_printf (_ ("Group “%s” to the top"),
                     (const char *)groups->pdata[0]);
  return *into
      ? g_strdup_printf (ngettext ("%u label of %u groups into “%s”",
                             "%u labels of %u groups into “%s”", n_labels),
          n_labels, groups->len, into)
      : g_strdup_printf (ngettext ("%u label of %u groups to the top",
                             "%u labels of %u groups to the top", n_labels),
          n_labels, groups->len);
}

static GHashTable *
make_set (const uint32_t *ids, size_t n_ids)
{
  GHashTable *set = g_hash_table_new (NULL, NULL);
  for (size_t i = 0; i < n_ids; i++)
    g_hash_table_add (set, GUINT_TO_POINTER (ids[i]));
  return set;
}

bool
lam_workspace_move_to_group (LamWorkspace *workspace, const uint32_t *ids,
    size_t n_ids, const char *const *groups, const char *into, GError **error)
{
  if (!groups || !*groups)
    return lam_workspace_set_label_groups (workspace, ids, n_ids, into, error);
  g_autofree char *clean = lam_label_group_clean (into, error);
  g_autoptr (GPtrArray) outer = list_outer (groups);
  if (!clean || !check_moves (workspace, outer, clean, error))
    return false;
  g_autoptr (Change) change = change_new ();
  g_autoptr (GHashTable) set = make_set (ids, n_ids);
  g_autoptr (GPtrArray) targets = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < outer->len; i++)
    g_ptr_array_add (targets, make_target (outer->pdata[i], clean));
  const Moves moves = { (const char *const *)outer->pdata, targets };
  change_add_moves (change, workspace, &moves, set, clean);
  return apply (workspace, change, &moves,
      describe_move (outer, change->rows->len, clean), error);
}
