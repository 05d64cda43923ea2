/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Classes, labels, and which of them is painted with. Rows change in memory at
 * once and are saved through the queue. A label that is made because a stroke
 * needs one is saved with that stroke: one undo takes both back. A label is
 * never removed, only marked deleted, so that its id is never given again. */
#include "workspace/labelling.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "workspace/labelling-private.h"
#include "workspace/queue-private.h"
#include "workspace/workspace-private.h"

#define CHOICE_SETTING "painting" /* "<class> <label>" */

static GPtrArray *
rows_of (LamRowChange *change)
{
  GPtrArray *rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  g_ptr_array_add (rows, change);
  return rows;
}

/* Applies the change in memory and sends it to be saved. */
static void
commit_row (LamWorkspace *workspace, const char *tool, LamRowChange *change,
    const char *detail)
{
  GPtrArray *rows = rows_of (change);
  lam_queue_apply_rows (workspace, rows);
  lam_queue_push_rows (workspace, tool, rows, detail);
}

static bool
check_name (const char *name, GError **error)
{
  if (name && g_utf8_validate (name, -1, NULL) && strlen (name) <= 1000)
    return true;
  g_set_error_literal (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("A name must be text of at most 1000 bytes"));
  return false;
}

/* What is kept is clean, whoever made it. */
static bool
check_group (const char *group, GError **error)
{
  g_autofree char *clean = lam_label_group_clean (group, error);
  if (!clean || g_str_equal (clean, group ? group : ""))
    return clean != NULL;
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("“%s” is no group: it must be names with one “/” between them"),
      group);
  return false;
}

static bool
has_class (LamWorkspace *workspace, int32_t id, GError **error)
{
  if (lam_class_table_get_class (workspace->classes, id))
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
      _ ("There is no class %d in this project"), id);
  return false;
}

static bool
has_label (LamWorkspace *workspace, uint32_t id, GError **error)
{
  const LamLabel *row = lam_class_table_get_label (workspace->classes, id);
  if (row && !row->deleted)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
      _ ("There is no label %u in this project"), id);
  return false;
}

/* --- the active class and label ----------------------------------------- */

static void
emit_changed (LamWorkspace *workspace)
{
  g_signal_emit_by_name (workspace, "classes-changed");
}

int32_t
lam_workspace_get_active_class (LamWorkspace *workspace)
{
  return workspace->active_class;
}

uint32_t
lam_workspace_get_active_label (LamWorkspace *workspace)
{
  return workspace->active_label;
}

static void
activate (LamWorkspace *workspace, uint32_t label)
{
  if (workspace->active_label != 0 && workspace->active_label != label)
    workspace->previous_label = workspace->active_label;
  workspace->active_label = label;
}

/* The first label of a class; 0 when it has none yet. */
static uint32_t
first_label_of (LamWorkspace *workspace, int32_t class_id)
{
  size_t n = lam_class_table_get_n_labels (workspace->classes);
  for (size_t i = 0; i < n; i++) {
    const LamLabel *row = lam_class_table_get_nth_label (workspace->classes, i);
    if (row->class_id == class_id && !row->deleted)
      return row->id;
  }
  return 0;
}

void
lam_workspace_set_active_class (LamWorkspace *workspace, int32_t id)
{
  const LamClass *row = lam_class_table_get_class (workspace->classes, id);
  if (!row)
    return;
  const LamLabel *label =
      lam_class_table_get_label (workspace->classes, workspace->active_label);
  workspace->active_class = id;
  if (!row->has_instances)
    activate (workspace, first_label_of (workspace, id));
  else if (!label || label->class_id != id)
    activate (workspace, 0);
  emit_changed (workspace);
}

void
lam_workspace_set_active_label (LamWorkspace *workspace, uint32_t id)
{
  const LamLabel *row = lam_class_table_get_label (workspace->classes, id);
  if (id != 0 && (!row || row->deleted))
    return;
  activate (workspace, id);
  if (row)
    workspace->active_class = row->class_id;
  emit_changed (workspace);
}

void
lam_workspace_isolate (
    LamWorkspace *workspace, const uint32_t *ids, size_t n_ids)
{
  lam_class_table_isolate (workspace->classes, ids, n_ids);
  emit_changed (workspace);
}

void
lam_workspace_swap_active_label (LamWorkspace *workspace)
{
  if (workspace->previous_label != 0)
    lam_workspace_set_active_label (workspace, workspace->previous_label);
}

/* --- new labels --------------------------------------------------------- */

/* The change that brings a label: from a deleted row, so that undoing it keeps
 * the id taken. */
static LamRowChange *
creation_of (const LamLabel *row)
{
  LamLabel before = *row;
  before.deleted = true;
  return lam_row_change_new_label (&before, row);
}

static uint32_t
next_label (LamWorkspace *workspace, GError **error)
{
  uint32_t id = lam_label_numbers_take (workspace->numbers);
  if (id == 0)
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("All label numbers up to 4294967295 are taken"));
  return id;
}

uint32_t
lam_workspace_take_label (LamWorkspace *workspace, GError **error)
{
  int32_t class_id = workspace->active_class;
  if (!lam_workspace_check_writable (workspace, error)
      || !has_class (workspace, class_id, error))
    return 0;
  const LamClass *class =
      lam_class_table_get_class (workspace->classes, class_id);
  if (class->locked) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_READ_ONLY,
        _ ("The class “%s” is locked: unlock it or choose another"),
        class->name);
    return 0;
  }
  if (workspace->active_label == 0 && !class->has_instances)
    activate (workspace, first_label_of (workspace, class_id));
  if (workspace->active_label != 0)
    return workspace->active_label;
  if (!lam_queue_check_rows_free (workspace, error))
    return 0;
  LamLabel row = { .id = next_label (workspace, error),
    .name = (char *)"",
    .class_id = class_id,
    .rgb = LAM_RGB_AUTO,
    .state = LAM_LABEL_IN_PROGRESS };
  if (row.id == 0)
    return 0;
  lam_class_table_set_label (workspace->classes, &row);
  workspace->fresh_label = row.id;
  activate (workspace, row.id);
  emit_changed (workspace);
  return row.id;
}

void
lam_labelling_save_fresh (LamWorkspace *workspace, uint32_t label)
{
  GPtrArray *rows = lam_labelling_take_fresh_rows (workspace, label);
  if (rows)
    lam_queue_push_rows (workspace, "label", rows, _ ("New label"));
}

void
lam_workspace_drop_unused_label (LamWorkspace *workspace)
{
  g_autoptr (GPtrArray) rows =
      lam_labelling_take_fresh_rows (workspace, workspace->fresh_label);
  lam_queue_take_rows_back (workspace, rows, workspace->operations.head);
}

GPtrArray *
lam_labelling_take_fresh_rows (LamWorkspace *workspace, uint32_t label)
{
  if (label == 0 || workspace->fresh_label != label)
    return NULL;
  workspace->fresh_label = 0;
  return rows_of (
      creation_of (lam_class_table_get_label (workspace->classes, label)));
}

void
lam_labelling_keep_choice (LamWorkspace *workspace)
{
  g_autofree char *text = g_strdup_printf (
      "%d %u", workspace->active_class, workspace->active_label);
  lam_workspace_set_setting (workspace, CHOICE_SETTING, text);
}

void
lam_labelling_restore_choice (LamWorkspace *workspace)
{
  const LamClass *first = lam_class_table_get_nth_class (workspace->classes, 1);
  int32_t class_id = 0;
  uint32_t label = 0;
  g_autofree char *text = lam_workspace_dup_setting (workspace, CHOICE_SETTING);
  workspace->active_class = first ? first->id : 0;
  if (text && sscanf (text, "%" SCNd32 " %" SCNu32, &class_id, &label) >= 1
      && lam_class_table_get_class (workspace->classes, class_id))
    workspace->active_class = class_id;
  const LamLabel *row = lam_class_table_get_label (workspace->classes, label);
  if (row && !row->deleted && row->class_id == workspace->active_class)
    workspace->active_label = label;
}

uint32_t
lam_workspace_add_label (
    LamWorkspace *workspace, const LamLabel *row, GError **error)
{
  if (!lam_queue_check_rows_free (workspace, error)
      || !check_name (row->name, error) || !check_group (row->group, error)
      || !has_class (workspace, row->class_id, error))
    return 0;
  LamLabel new_row = *row;
  new_row.id = next_label (workspace, error);
  if (new_row.id == 0)
    return 0;
  commit_row (workspace, "label", creation_of (&new_row), _ ("New label"));
  return new_row.id;
}

bool
lam_workspace_set_label (
    LamWorkspace *workspace, const LamLabel *row, GError **error)
{
  if (!lam_queue_check_rows_free (workspace, error)
      || !check_name (row->name, error) || !check_group (row->group, error)
      || !has_label (workspace, row->id, error)
      || !has_class (workspace, row->class_id, error))
    return false;
  lam_labelling_save_fresh (workspace, row->id);
  const LamLabel *old = lam_class_table_get_label (workspace->classes, row->id);
  commit_row (workspace, "label", lam_row_change_new_label (old, row),
      _ ("Changed label"));
  return true;
}

/* --- classes ------------------------------------------------------------ */

int32_t
lam_workspace_add_class (
    LamWorkspace *workspace, const LamClass *row, GError **error)
{
  if (!lam_queue_check_rows_free (workspace, error)
      || !check_name (row->name, error))
    return -1;
  LamClass new_row = *row;
  new_row.id = lam_class_table_get_next_class (workspace->classes);
  commit_row (workspace, "class", lam_row_change_new_class (NULL, &new_row),
      _ ("New class"));
  return new_row.id;
}

bool
lam_workspace_set_class (
    LamWorkspace *workspace, const LamClass *row, GError **error)
{
  if (!lam_queue_check_rows_free (workspace, error)
      || !check_name (row->name, error)
      || !has_class (workspace, row->id, error))
    return false;
  const LamClass *old = lam_class_table_get_class (workspace->classes, row->id);
  commit_row (workspace, "class", lam_row_change_new_class (old, row),
      _ ("Changed class"));
  return true;
}

bool
lam_workspace_remove_class (LamWorkspace *workspace, int32_t id, GError **error)
{
  if (!lam_queue_check_rows_free (workspace, error)
      || !has_class (workspace, id, error))
    return false;
  const LamClass *row = lam_class_table_get_class (workspace->classes, id);
  if (id == 0) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("The class “%s” always stays"), row->name);
    return false;
  }
  if (first_label_of (workspace, id) != 0) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("Labels belong to the class “%s”: give them another class or "
           "delete them first"),
        row->name);
    return false;
  }
  if (workspace->active_class == id)
    workspace->active_class = 0;
  commit_row (workspace, "class", lam_row_change_new_class (row, NULL),
      _ ("Removed class"));
  return true;
}

char *
lam_labelling_make_title (const char *name, const char *class_name, uint32_t id)
{
  if (name && *name)
    return g_strdup (name);
  return class_name ? g_strdup_printf ("%s %u", class_name, id)
                    : g_strdup_printf (_ ("Label %u"), id);
}

char *
lam_labelling_dup_title (const LamClassTable *classes, uint32_t id)
{
  const LamLabel *row = lam_class_table_get_label (classes, id);
  const LamClass *class =
      row ? lam_class_table_get_class (classes, row->class_id) : NULL;
  return lam_labelling_make_title (
      row ? row->name : NULL, class ? class->name : NULL, id);
}

bool
lam_labelling_check_unlocked (
    const LamClassTable *classes, uint32_t id, GError **error)
{
  if (!lam_class_table_is_locked (classes, id))
    return true;
  g_autofree char *title = lam_labelling_dup_title (classes, id);
  g_set_error (error, LAM_ERROR, LAM_ERROR_READ_ONLY,
      lam_class_table_get_label (classes, id)->state == LAM_LABEL_COMPLETED
          ? _ ("“%s” is completed: give it another state first")
          : _ ("“%s” is locked: unlock it first"),
      title);
  return false;
}

char *
lam_workspace_dup_label_title (LamWorkspace *workspace, uint32_t id)
{
  if (id == 0)
    return g_strdup (_ ("Unlabelled"));
  return lam_labelling_dup_title (workspace->classes, id);
}

/* --- many at once --------------------------------------------------------- */

/* What the row was before; NULL with error when it cannot be changed so. What
 * stays as it was needs no look, nor does the group that was `checked` last:
 * that is what 100,000 rows take time for. */
static const LamLabel *
check_row (LamWorkspace *workspace, const LamLabel *row, const char **checked,
    GError **error)
{
  if (!has_label (workspace, row->id, error)
      || !has_class (workspace, row->class_id, error))
    return NULL;
  const LamLabel *old = lam_class_table_get_label (workspace->classes, row->id);
  const bool is_named = g_strcmp0 (row->name, old->name) != 0;
  const bool is_grouped =
      row->group != *checked && g_strcmp0 (row->group, old->group) != 0;
  if ((is_named && !check_name (row->name, error))
      || (is_grouped && !check_group (row->group, error)))
    return NULL;
  if (is_grouped)
    *checked = row->group;
  return old;
}

bool
lam_labelling_commit (LamWorkspace *workspace, const LamLabel *rows,
    size_t n_rows, const char *detail, GError **error)
{
  if (!lam_queue_check_rows_free (workspace, error))
    return false;
  g_autoptr (GPtrArray) changes =
      g_ptr_array_new_full ((guint)n_rows, (GDestroyNotify)lam_row_change_free);
  const char *checked = NULL;
  for (size_t i = 0; i < n_rows; i++) {
    const LamLabel *old = check_row (workspace, &rows[i], &checked, error);
    if (!old)
      return false;
    g_ptr_array_add (changes, lam_row_change_new_label (old, &rows[i]));
  }
  if (n_rows == 0)
    return true;
  for (size_t i = 0; i < n_rows; i++)
    lam_labelling_save_fresh (workspace, rows[i].id);
  lam_queue_apply_rows (workspace, changes);
  lam_queue_push_rows (workspace, "label", g_steal_pointer (&changes), detail);
  return true;
}

bool
lam_workspace_set_labels (LamWorkspace *workspace, const LamLabel *rows,
    size_t n_rows, GError **error)
{
  g_autofree char *detail = g_strdup_printf (
      ngettext ("Changed %zu label", "Changed %zu labels", n_rows), n_rows);
  return lam_labelling_commit (workspace, rows, n_rows, detail, error);
}
