/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Row changes in the queue. They show in memory at once, also those made while
 * an undo before them is on its way; on disk they come after it. So when it is
 * done, the changes of the rows that it touched begin from what it left, and
 * their results are put on top again: in memory, too, they come after it. */
#include "workspace/queue-private.h"

static void
apply_change (LamClassTable *table, const LamRowChange *change)
{
  if (change->kind == LAM_ROW_CLASS && change->class_after)
    lam_class_table_set_class (table, change->class_after);
  else if (change->kind == LAM_ROW_CLASS)
    lam_class_table_remove_class (table, change->class_before->id);
  else if (change->label_after)
    lam_class_table_set_label (table, change->label_after);
  else
    lam_class_table_remove_label (table, change->label_before->id);
}

void
lam_queue_apply_rows (LamWorkspace *workspace, GPtrArray *rows)
{
  LamClassTable *table = workspace->classes;
  for (guint i = 0; rows && i < rows->len; i++)
    apply_change (table, rows->pdata[i]);
  const LamLabel *active =
      lam_class_table_get_label (table, workspace->active_label);
  if (!active || active->deleted)
    workspace->active_label = 0;
  if (rows && rows->len > 0)
    g_signal_emit_by_name (workspace, "classes-changed");
}

static int64_t
id_of (const LamRowChange *change)
{
  if (change->kind == LAM_ROW_CLASS)
    return change->class_after ? change->class_after->id
                               : change->class_before->id;
  return change->label_after ? change->label_after->id
                             : change->label_before->id;
}

static bool
touches (GPtrArray *rows, const LamRowChange *change)
{
  for (guint i = 0; i < rows->len; i++) {
    const LamRowChange *other = rows->pdata[i];
    if (other->kind == change->kind && id_of (other) == id_of (change))
      return true;
  }
  return false;
}

static bool
has_labels (const LamClassTable *table, int32_t class_id)
{
  size_t n = lam_class_table_get_n_labels (table);
  for (size_t i = 0; i < n; i++) {
    const LamLabel *row = lam_class_table_get_nth_label (table, i);
    if (row->class_id == class_id)
      return true;
  }
  return false;
}

/* The label as it can be: a class that is gone is exchanged for the one that
 * always stays. */
static LamLabel
with_class (const LamClassTable *table, const LamLabel *row)
{
  LamLabel out = *row;
  if (!lam_class_table_get_class (table, out.class_id))
    out.class_id = 0;
  return out;
}

/* The change from what the table holds now; NULL when nothing is left of it. */
static LamRowChange *
rebase (const LamClassTable *table, const LamRowChange *change)
{
  if (change->kind == LAM_ROW_CLASS) {
    int32_t id = (int32_t)id_of (change);
    const LamClass *now = lam_class_table_get_class (table, id);
    if (!change->class_after && (!now || has_labels (table, id)))
      return NULL;
    return lam_row_change_new_class (now, change->class_after);
  }
  const LamLabel *now =
      lam_class_table_get_label (table, (uint32_t)id_of (change));
  LamLabel after = with_class (table, change->label_after);
  return lam_row_change_new_label (now ? now : change->label_before, &after);
}

static bool
has_lost_class (const LamClassTable *table, const LamRowChange *change)
{
  return change->kind == LAM_ROW_LABEL && change->label_after
      && !lam_class_table_get_class (table, change->label_after->class_id);
}

static void
lose_class (LamClassTable *table, LamRowChange *change)
{
  change->label_after->class_id = 0;
  apply_change (table, change);
}

static void
rebase_operation (
    LamClassTable *table, LamOperation *operation, GPtrArray *touched)
{
  GPtrArray *rows = operation->rows;
  for (guint i = 0; i < rows->len;) {
    LamRowChange *change = rows->pdata[i];
    if (!touches (touched, change)) {
      if (has_lost_class (table, change))
        lose_class (table, change);
      i++;
      continue;
    }
    LamRowChange *next = rebase (table, change);
    if (!next) {
      g_ptr_array_remove_index (rows, i);
      continue;
    }
    apply_change (table, next);
    rows->pdata[i++] = next;
    lam_row_change_free (change);
  }
}

void
lam_queue_rebase_rows (LamWorkspace *workspace, GPtrArray *touched)
{
  if (!touched || touched->len == 0)
    return;
  bool any = false;
  for (GList *link = workspace->operations.head; link; link = link->next) {
    LamOperation *operation = link->data;
    if (!operation->rows || operation->in_flight)
      continue;
    rebase_operation (workspace->classes, operation, touched);
    any = true;
  }
  if (any)
    g_signal_emit_by_name (workspace, "classes-changed");
}

static GPtrArray *
rows_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
}

void
lam_queue_take_rows_back (LamWorkspace *workspace, GPtrArray *rows)
{
  if (!rows)
    return;
  g_autoptr (GPtrArray) back = rows_new ();
  for (guint i = rows->len; i > 0; i--) {
    const LamRowChange *change = rows->pdata[i - 1];
    g_ptr_array_add (back,
        change->kind == LAM_ROW_CLASS
            ? lam_row_change_new_class (
                change->class_after, change->class_before)
            : lam_row_change_new_label (
                change->label_after, change->label_before));
  }
  lam_queue_apply_rows (workspace, back);
  lam_queue_rebase_rows (workspace, back);
}

void
lam_queue_revive_label (LamWorkspace *workspace, LamOperation *operation)
{
  const LamLabel *row =
      lam_class_table_get_label (workspace->classes, operation->brush.label);
  if (!row || !row->deleted)
    return;
  LamLabel alive = with_class (workspace->classes, row);
  alive.deleted = false;
  LamRowChange *change = lam_row_change_new_label (row, &alive);
  if (!operation->rows)
    operation->rows = rows_new ();
  g_ptr_array_add (operation->rows, change);
  apply_change (workspace->classes, change);
  g_signal_emit_by_name (workspace, "classes-changed");
}

bool
lam_queue_leaves_rows_alone (LamWorkspace *workspace)
{
  if (workspace->fresh_label != 0)
    return false;
  for (GList *link = workspace->operations.head; link; link = link->next) {
    const LamOperation *operation = link->data;
    if (operation->rows || operation->stroke)
      return false;
  }
  return true;
}
