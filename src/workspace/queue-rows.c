/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Row changes in the queue. They show in memory at once, also those made while
 * an undo before them is on its way; on disk they come after it. So when it is
 * done, the changes of the rows that it touched begin from what it left, and
 * their results are put on top again: in memory, too, they come after it. */
#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "base/int64-hash.h"
#include "workspace/notes-private.h"
#include "workspace/queue-private.h"
#include "workspace/regions-private.h"
#include "workspace/row-fields.h"

enum {
  MOST_AT_ONCE = 2048, /* rows */
  PORTION_US = 8000,
  LOOK_EVERY = 64, /* rows, at the clock */
};

/* A class or label. */
static void
put_row (LamClassTable *table, const LamRowChange *change)
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

static void
apply_change (LamWorkspace *workspace, const LamRowChange *change)
{
  if (change->kind == LAM_ROW_REGION)
    lam_regions_put (workspace, (int32_t)lam_row_change_get_id (change),
        change->region_after);
  else if (change->kind == LAM_ROW_NOTE)
    lam_note_list_put (workspace->notes,
        (int32_t)lam_row_change_get_id (change), change->note_after);
  else
    put_row (workspace->classes, change);
}

void
lam_queue_note_saved (LamWorkspace *workspace, GPtrArray *rows)
{
  for (guint i = 0; rows && i < rows->len; i++) {
    const LamRowChange *change = rows->pdata[i];
    if (change->kind == LAM_ROW_CLASS || change->kind == LAM_ROW_LABEL)
      put_row (workspace->saved, change);
  }
}

/* A bit a kind of row. */
static unsigned
find_kinds (GPtrArray *rows)
{
  unsigned kinds = 0;
  for (guint i = 0; rows && i < rows->len; i++)
    kinds |= 1u << ((LamRowChange *)rows->pdata[i])->kind;
  return kinds;
}

static void
tell_rows (LamWorkspace *workspace, GPtrArray *rows)
{
  const LamLabel *active =
      lam_class_table_get_label (workspace->classes, workspace->active_label);
  if (!active || active->deleted)
    workspace->active_label = 0;
  const unsigned kinds = find_kinds (rows);
  if (kinds & (1u << LAM_ROW_CLASS | 1u << LAM_ROW_LABEL))
    g_signal_emit_by_name (workspace, "classes-changed");
  if (kinds & 1u << LAM_ROW_REGION)
    g_signal_emit_by_name (workspace, "regions-changed");
  if (kinds & 1u << LAM_ROW_NOTE)
    g_signal_emit_by_name (workspace, "notes-changed");
}

void
lam_queue_apply_rows (LamWorkspace *workspace, GPtrArray *rows)
{
  for (guint i = 0; rows && i < rows->len; i++)
    apply_change (workspace, rows->pdata[i]);
  tell_rows (workspace, rows);
}

/* ---- In portions -------------------------------------------------------- */

typedef struct {
  LamWorkspace *workspace; /* Owned */
  GPtrArray *rows; /* Owned */
  guint at;
  LamRowsTaken taken;
  gpointer data;
} Taking;

/* False: there are more. */
static bool
take_portion (Taking *taking)
{
  const gint64 end = g_get_monotonic_time () + PORTION_US;
  for (; taking->at < taking->rows->len; taking->at++) {
    const LamRowChange *change = taking->rows->pdata[taking->at];
    if (taking->at % LOOK_EVERY == LOOK_EVERY - 1
        && g_get_monotonic_time () >= end)
      return false;
    if (change->kind == LAM_ROW_CLASS || change->kind == LAM_ROW_LABEL)
      put_row (taking->workspace->saved, change);
    apply_change (taking->workspace, change);
  }
  return true;
}

static gpointer
free_in_thread (gpointer rows)
{
  g_ptr_array_unref (rows);
  return NULL;
}

/* By then nobody else has them. */
static gboolean
let_go_cb (gpointer rows)
{
  g_thread_unref (g_thread_new ("rows", free_in_thread, rows));
  return G_SOURCE_REMOVE;
}

void
lam_queue_let_go (GPtrArray *rows)
{
  if (rows && rows->len > MOST_AT_ONCE)
    g_idle_add (let_go_cb, rows);
  else if (rows)
    g_ptr_array_unref (rows);
}

static gboolean
portion_cb (gpointer data)
{
  Taking *taking = data;
  if (!take_portion (taking))
    return G_SOURCE_CONTINUE;
  tell_rows (taking->workspace, taking->rows);
  taking->taken (taking->workspace, taking->data);
  g_thread_unref (
      g_thread_new ("rows", free_in_thread, g_steal_pointer (&taking->rows)));
  g_object_unref (taking->workspace);
  g_free (taking);
  return G_SOURCE_REMOVE;
}

void
lam_queue_take_rows (
    LamWorkspace *workspace, GPtrArray *rows, LamRowsTaken taken, gpointer data)
{
  if (!rows || rows->len <= MOST_AT_ONCE) {
    lam_queue_note_saved (workspace, rows);
    lam_queue_apply_rows (workspace, rows);
    taken (workspace, data);
    return;
  }
  Taking *taking = g_new0 (Taking, 1);
  taking->workspace = g_object_ref (workspace);
  taking->rows = g_ptr_array_ref (rows);
  taking->taken = taken;
  taking->data = data;
  g_idle_add (portion_cb, taking);
}

/* ---- Beginning from others ---------------------------------------------- */

static int64_t
get_key (const LamRowChange *change)
{
  return (int64_t)change->kind << 48 ^ lam_row_change_get_id (change);
}

/* Which rows the changes are about, by kind and id. */
static GHashTable *
collect_keys (GPtrArray *rows)
{
  GHashTable *keys =
      g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, NULL);
  for (guint i = 0; i < rows->len; i++) {
    const int64_t key = get_key (rows->pdata[i]);
    g_hash_table_add (keys, g_memdup2 (&key, sizeof key));
  }
  return keys;
}

static bool
touches (GHashTable *keys, const LamRowChange *change)
{
  const int64_t key = get_key (change);
  return g_hash_table_contains (keys, &key);
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

static LamRowChange *
rebase_region (LamWorkspace *workspace, const LamRowChange *change)
{
  const LamRegion *now = lam_workspace_get_region (
      workspace, (int32_t)lam_row_change_get_id (change));
  if (!now || !change->region_before || !change->region_after)
    return now || change->region_after
        ? lam_row_change_new_region (now, change->region_after)
        : NULL;
  LamRegion after = lam_row_fields_region (
      now, change->region_after, lam_row_fields_find (change));
  return lam_row_change_new_region (now, &after);
}

static LamRowChange *
rebase_class (const LamClassTable *table, const LamRowChange *change)
{
  int32_t id = (int32_t)lam_row_change_get_id (change);
  const LamClass *now = lam_class_table_get_class (table, id);
  if (!change->class_after && (!now || has_labels (table, id)))
    return NULL;
  if (!now || !change->class_before || !change->class_after)
    return lam_row_change_new_class (now, change->class_after);
  LamClass after = lam_row_fields_class (
      now, change->class_after, lam_row_fields_find (change));
  return lam_row_change_new_class (now, &after);
}

static LamRowChange *
rebase_label (const LamClassTable *table, const LamRowChange *change)
{
  const LamLabel *now = lam_class_table_get_label (
      table, (uint32_t)lam_row_change_get_id (change));
  LamLabel after = *change->label_after;
  if (now && change->label_before)
    after = lam_row_fields_label (
        now, change->label_after, lam_row_fields_find (change));
  after = with_class (table, &after);
  return lam_row_change_new_label (now ? now : change->label_before, &after);
}

/* The change from what the table holds now; NULL when nothing is left of it.
 * What the row had got meanwhile stays, where the change is about something
 * else. */
static LamRowChange *
rebase (LamWorkspace *workspace, const LamRowChange *change)
{
  if (change->kind == LAM_ROW_REGION)
    return rebase_region (workspace, change);
  if (change->kind == LAM_ROW_NOTE) {
    const LamNote *now = lam_note_list_get (
        workspace->notes, (int32_t)lam_row_change_get_id (change));
    return now || change->note_after
        ? lam_row_change_new_note (now, change->note_after)
        : NULL;
  }
  return change->kind == LAM_ROW_CLASS
      ? rebase_class (workspace->classes, change)
      : rebase_label (workspace->classes, change);
}

static bool
has_lost_class (const LamClassTable *table, const LamRowChange *change)
{
  return change->kind == LAM_ROW_LABEL && change->label_after
      && !lam_class_table_get_class (table, change->label_after->class_id);
}

static void
lose_class (LamWorkspace *workspace, LamRowChange *change)
{
  change->label_after->class_id = 0;
  apply_change (workspace, change);
}

static bool
is_used (const LamClassTable *table, int32_t class_id)
{
  size_t n = lam_class_table_get_n_labels (table);
  for (size_t i = 0; i < n; i++) {
    const LamLabel *row = lam_class_table_get_nth_label (table, i);
    if (row->class_id == class_id && !row->deleted)
      return true;
  }
  return false;
}

/* A class was taken away while labels of it were on their way: it stays. */
static bool
keeps_class (LamWorkspace *workspace, const LamRowChange *change)
{
  if (change->kind != LAM_ROW_CLASS || change->class_after
      || !is_used (workspace->classes, change->class_before->id))
    return false;
  g_autofree char *text =
      g_strdup_printf (_ ("The class “%s” stays: labels belong to it by now"),
          change->class_before->name);
  lam_class_table_set_class (workspace->classes, change->class_before);
  lam_workspace_emit_message (workspace, text);
  return true;
}

static void
rebase_operation (
    LamWorkspace *workspace, LamOperation *operation, GHashTable *touched)
{
  GPtrArray *rows = operation->rows;
  for (guint i = 0; i < rows->len;) {
    LamRowChange *change = rows->pdata[i];
    if (keeps_class (workspace, change)) {
      g_ptr_array_remove_index (rows, i);
      continue;
    }
    if (!touches (touched, change)) {
      if (has_lost_class (workspace->classes, change))
        lose_class (workspace, change);
      i++;
      continue;
    }
    LamRowChange *next = rebase (workspace, change);
    if (!next) {
      g_ptr_array_remove_index (rows, i);
      continue;
    }
    next->fields = lam_row_fields_find (change);
    apply_change (workspace, next);
    rows->pdata[i++] = next;
    lam_row_change_free (change);
  }
}

/* From `link` on. */
static void
rebase_rows_from (LamWorkspace *workspace, GPtrArray *touched, GList *link)
{
  if (!touched || touched->len == 0)
    return;
  g_autoptr (GHashTable) keys = NULL;
  for (; link; link = link->next) {
    LamOperation *operation = link->data;
    if (!operation->rows || operation->in_flight)
      continue;
    if (!keys)
      keys = collect_keys (touched);
    rebase_operation (workspace, operation, keys);
  }
  const unsigned kinds = keys ? find_kinds (touched) : 0;
  if (keys)
    g_signal_emit_by_name (workspace, "classes-changed");
  if (kinds & 1u << LAM_ROW_REGION)
    g_signal_emit_by_name (workspace, "regions-changed");
  if (kinds & 1u << LAM_ROW_NOTE)
    g_signal_emit_by_name (workspace, "notes-changed");
}

void
lam_queue_rebase_rows (LamWorkspace *workspace, GPtrArray *touched)
{
  rebase_rows_from (workspace, touched, workspace->operations.head);
}

static GPtrArray *
rows_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
}

void
lam_queue_take_rows_back (
    LamWorkspace *workspace, GPtrArray *rows, GList *behind)
{
  if (!rows)
    return;
  g_autoptr (GPtrArray) back = rows_new ();
  for (guint i = rows->len; i > 0; i--)
    g_ptr_array_add (back, lam_row_change_invert (rows->pdata[i - 1]));
  lam_queue_apply_rows (workspace, back);
  rebase_rows_from (workspace, back, behind);
}

/* ---- Objects that have another label now -------------------------------- */

static uint32_t
find_joined (GHashTable *joined, uint32_t label)
{
  const gpointer into = g_hash_table_lookup (joined, GUINT_TO_POINTER (label));
  return into ? GPOINTER_TO_UINT (into) : label;
}

void
lam_queue_choose_joined (LamWorkspace *workspace, GHashTable *joined)
{
  workspace->active_label = find_joined (joined, workspace->active_label);
  workspace->previous_label = find_joined (joined, workspace->previous_label);
}

/* A change of what the person sees of an object, which was there and stays. */
static bool
is_about_object (const LamRowChange *change)
{
  return change->kind == LAM_ROW_LABEL && change->label_before
      && change->label_after && !change->label_before->deleted
      && !change->label_after->deleted;
}

/* Makes changes of rows changes of the others'. Adds those to `begun`, as they
 * are on disk: all that waits begins from that. */
static void
turn_rows (LamWorkspace *workspace, LamOperation *operation, GHashTable *joined,
    GPtrArray *begun)
{
  for (guint i = 0; operation->rows && i < operation->rows->len; i++) {
    LamRowChange *change = operation->rows->pdata[i];
    if (!is_about_object (change))
      continue;
    const uint32_t label = change->label_before->id,
                   into = find_joined (joined, label);
    const LamLabel *saved = lam_class_table_get_label (workspace->saved, into);
    if (into == label || !saved)
      continue;
    change->fields = lam_row_fields_find (change);
    change->label_before->id = change->label_after->id = into;
    g_ptr_array_add (begun, lam_row_change_new_label (saved, saved));
  }
}

uint32_t
lam_queue_find_label (LamWorkspace *workspace, uint32_t label)
{
  const guint n_most = g_hash_table_size (workspace->joined);
  uint32_t now = label;
  for (guint i = 0; i <= n_most; i++) {
    const LamLabel *row = lam_class_table_get_label (workspace->saved, now);
    if (row && !row->deleted)
      return now;
    now = find_joined (workspace->joined, now);
  }
  return label;
}

void
lam_queue_follow_joined (LamWorkspace *workspace, GHashTable *joined)
{
  g_autoptr (GPtrArray) begun = rows_new ();
  GHashTableIter iter;
  gpointer label, into;
  g_hash_table_iter_init (&iter, joined);
  while (g_hash_table_iter_next (&iter, &label, &into))
    g_hash_table_insert (workspace->joined, label, into);
  for (GList *link = workspace->operations.head; link; link = link->next) {
    LamOperation *operation = link->data;
    if (operation->in_flight)
      continue;
    operation->brush.label = find_joined (joined, operation->brush.label);
    turn_rows (workspace, operation, joined, begun);
  }
  for (guint i = 0; i < begun->len; i++)
    apply_change (workspace, begun->pdata[i]);
  lam_queue_rebase_rows (workspace, begun);
  /* No row need have changed for another label to be chosen. */
  g_signal_emit_by_name (workspace, "classes-changed");
}

/* ---- The first stroke of a label ---------------------------------------- */

/* A row shows its changes at once, also those that come to the disk only after
 * the operation, which waited for something before it. */
static bool
shows_later_row (
    LamWorkspace *workspace, const LamOperation *operation, uint32_t label)
{
  GList *link = g_queue_find (&workspace->operations, operation);
  for (link = link ? link->next : NULL; link; link = link->next) {
    GPtrArray *rows = ((const LamOperation *)link->data)->rows;
    for (guint i = 0; rows && i < rows->len; i++) {
      const LamRowChange *change = rows->pdata[i];
      if (change->kind == LAM_ROW_LABEL
          && lam_row_change_get_id (change) == label)
        return true;
    }
  }
  return false;
}

void
lam_queue_begin_label (LamWorkspace *workspace, LamOperation *operation)
{
  const LamLabel *row =
      lam_class_table_get_label (workspace->classes, operation->brush.label);
  if (!row || (!row->deleted && row->state != LAM_LABEL_NOT_STARTED))
    return;
  /* With what comes later it would be written too early, and later undone: the
   * next stroke says that work has begun. */
  if (!row->deleted
      && shows_later_row (workspace, operation, operation->brush.label))
    return;
  LamLabel alive = with_class (workspace->classes, row);
  alive.deleted = false;
  if (alive.state == LAM_LABEL_NOT_STARTED)
    alive.state = LAM_LABEL_IN_PROGRESS;
  LamRowChange *change = lam_row_change_new_label (row, &alive);
  if (!operation->rows)
    operation->rows = rows_new ();
  g_ptr_array_add (operation->rows, change);
  apply_change (workspace, change);
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

static const char *
get_hold_text (LamQueueHold hold)
{
  if (hold == LAM_QUEUE_HOLD_MERGE)
    return _ ("Another copy is just being merged: wait until that is done, or "
              "stop it");
  if (hold == LAM_QUEUE_HOLD_RESTORE)
    return _ ("An earlier state is just being restored: wait until that is "
              "done, or stop it");
  return _ ("Labels are just being imported: wait until that is done, or stop "
            "it");
}

/* An import gives out numbers that its file says, so until it is done nobody
 * else may. */
bool
lam_queue_check_rows_free (LamWorkspace *workspace, GError **error)
{
  if (!lam_workspace_check_writable (workspace, error))
    return false;
  const LamQueueHold hold = lam_queue_get_hold (workspace);
  if (hold == LAM_QUEUE_HOLD_NOT)
    return true;
  g_set_error_literal (
      error, LAM_ERROR, LAM_ERROR_READ_ONLY, get_hold_text (hold));
  return false;
}
