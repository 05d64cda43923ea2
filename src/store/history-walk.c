/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Edits are a tree, the project stands at one of them (the head), and the done
 * edits are exactly the head and its ancestors. Going elsewhere means: undo
 * from the head to the common ancestor, newest first, then redo down to the
 * target. Both apply stored differences, and each checks that the voxels are
 * what it says they were before it changes them. */
#include "store/history-walk.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "store/brick-encoder.h"
#include "store/brick-table.h"
#include "store/history.h"
#include "store/row-table.h"

void
lam_history_step_free (LamHistoryStep *step)
{
  g_clear_pointer (&step->keys, g_array_unref);
  g_clear_pointer (&step->exist, g_array_unref);
  g_clear_pointer (&step->rows, g_ptr_array_unref);
  g_clear_pointer (&step->history, g_ptr_array_unref);
  g_free (step);
}

static LamHistoryStep *
step_new (void)
{
  LamHistoryStep *step = g_new0 (LamHistoryStep, 1);
  step->keys = g_array_new (false, false, sizeof (int64_t));
  step->exist = g_array_new (false, false, sizeof (bool));
  step->rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  step->history =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_history_row_free);
  return step;
}

typedef struct {
  LamConnection *connection; /* Borrowed */
  LamProgress *progress; /* Borrowed, or NULL */
  LamHistoryStep *step; /* Owned */
  GHashTable *places; /* Owned; int64_t key → its place in step->keys */
  GArray *undo, *redo; /* Owned; int64_t ids in the order of the walk */
  bool revives; /* redoes what had been given up */
  int64_t n_bricks, n_bricks_done, n_voxels;
} Walk;

static Walk *
walk_new (LamConnection *connection, LamProgress *progress)
{
  Walk *walk = g_new0 (Walk, 1);
  walk->connection = connection;
  walk->progress = progress;
  walk->step = step_new ();
  walk->places =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  walk->undo = g_array_new (false, false, sizeof (int64_t));
  walk->redo = g_array_new (false, false, sizeof (int64_t));
  return walk;
}

static void
walk_free (Walk *walk)
{
  g_clear_pointer (&walk->step, lam_history_step_free);
  g_hash_table_unref (walk->places);
  g_array_unref (walk->undo);
  g_array_unref (walk->redo);
  g_free (walk);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Walk, walk_free)

/* ---- Finding the way ---------------------------------------------------- */

static bool
damaged (Walk *walk, int64_t id, GError **error)
{
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
      _ ("%s: the history is damaged at edit %" G_GINT64_FORMAT),
      lam_connection_get_path (walk->connection), id);
  return false;
}

/* From `target` up to the first done edit; that one is the common ancestor. */
static bool
plan_redo (Walk *walk, int64_t target, int64_t *ancestor, GError **error)
{
  int64_t id = target;
  while (id > 0) {
    g_auto (LamEditRow) edit = { 0 };
    if (!lam_history_read_row (walk->connection, id, &edit, error))
      return false;
    if (edit.state == LAM_EDIT_DONE)
      break;
    g_array_prepend_val (walk->redo, id);
    walk->revives |= edit.state == LAM_EDIT_GIVEN_UP;
    walk->n_bricks += edit.row->n_bricks;
    /* Parents are older; anything else would go round for ever. */
    if (edit.parent >= id)
      return damaged (walk, id, error);
    id = edit.parent;
  }
  *ancestor = id;
  return true;
}

static bool
plan_undo (Walk *walk, int64_t head, int64_t ancestor, GError **error)
{
  int64_t id = head;
  while (id > ancestor) {
    g_auto (LamEditRow) edit = { 0 };
    if (!lam_history_read_row (walk->connection, id, &edit, error))
      return false;
    if (edit.state != LAM_EDIT_DONE || edit.parent >= id)
      return damaged (walk, id, error);
    g_array_append_val (walk->undo, id);
    walk->n_bricks += edit.row->n_bricks;
    id = edit.parent;
  }
  return id == ancestor || damaged (walk, id, error);
}

/* ---- Walking ------------------------------------------------------------ */

static void
note_brick (Walk *walk, int64_t key, bool exists)
{
  LamHistoryStep *step = walk->step;
  gpointer place;
  if (g_hash_table_lookup_extended (walk->places, &key, NULL, &place)) {
    g_array_index (step->exist, bool, GPOINTER_TO_UINT (place)) = exists;
    return;
  }
  g_hash_table_insert (walk->places, g_memdup2 (&key, sizeof key),
      GUINT_TO_POINTER (step->keys->len));
  g_array_append_val (step->keys, key);
  g_array_append_val (step->exist, exists);
}

static bool
move_brick (Walk *walk, int64_t edit, int64_t key, bool forward, GError **error)
{
  g_auto (LamStoredDifference) difference = { 0 };
  GError *local = NULL;
  if (!lam_brick_table_read_difference (
          walk->connection, edit, key, &difference, error))
    return false;
  g_autoptr (LamLabelBrick) now =
      lam_brick_table_read (walk->connection, key, &local);
  if (local) {
    g_propagate_error (error, local);
    return false;
  }
  g_autoptr (LamLabelBrick) then = NULL;
  if (!lam_stored_difference_apply (&difference, now, forward, &then, error))
    return false;
  g_autoptr (GByteArray) data = then ? lam_brick_encode (then) : NULL;
  note_brick (walk, key, then != NULL);
  lam_progress_set (walk->progress, ++walk->n_bricks_done, walk->n_bricks);
  return lam_brick_table_write_bytes (walk->connection, key, data, error)
      && lam_progress_check (walk->progress, error);
}

static bool
move_rows (Walk *walk, int64_t edit, bool forward, GError **error)
{
  g_autoptr (GPtrArray) rows =
      lam_row_change_read (walk->connection, edit, error);
  for (guint i = 0; rows && i < rows->len; i++) {
    LamRowChange *change = rows->pdata[forward ? i : rows->len - 1 - i];
    if (!lam_row_change_apply (walk->connection, change, forward, error))
      return false;
    g_autoptr (LamRowChange) inverse = lam_row_change_invert (change);
    g_ptr_array_add (walk->step->rows,
        forward ? lam_row_change_invert (inverse) : g_steal_pointer (&inverse));
  }
  return rows != NULL;
}

static bool
move_edit (Walk *walk, int64_t id, bool forward, GError **error)
{
  g_autoptr (GArray) keys =
      lam_brick_table_dup_edit_keys (walk->connection, id, error);
  if (!keys)
    return false;
  for (guint i = 0; i < keys->len; i++)
    if (!move_brick (
            walk, id, g_array_index (keys, int64_t, i), forward, error))
      return false;
  g_auto (LamEditRow) edit = { 0 };
  if (!move_rows (walk, id, forward, error)
      || !lam_history_set_state (walk->connection, id,
          forward ? LAM_EDIT_DONE : LAM_EDIT_UNDONE, error)
      || !lam_history_read_row (walk->connection, id, &edit, error))
    return false;
  LamHistoryStep *step = walk->step;
  step->box = lam_box_unite (&step->box, &edit.row->box);
  walk->n_voxels += edit.row->n_voxels;
  g_ptr_array_add (step->history, g_steal_pointer (&edit.row));
  return true;
}

static bool
move_all (Walk *walk, GError **error)
{
  for (guint i = 0; i < walk->undo->len; i++)
    if (!move_edit (walk, g_array_index (walk->undo, int64_t, i), false, error))
      return false;
  for (guint i = 0; i < walk->redo->len; i++)
    if (!move_edit (walk, g_array_index (walk->redo, int64_t, i), true, error))
      return false;
  return !walk->revives || lam_history_give_up_redo (walk->connection, error);
}

/* ---- One walk ----------------------------------------------------------- */

typedef struct {
  const char *tool;
  int64_t target; /* as the history row shows it */
  int64_t head, newest, goal;
} Way;

static bool
write_way (Walk *walk, const Way *way, GError **error)
{
  g_auto (LamEditRow) edit = {
    .row = lam_history_row_new (way->newest + 1, way->tool, ""),
    .parent = way->head,
    .head = way->goal,
  };
  edit.row->target = way->target;
  edit.row->box = walk->step->box;
  edit.row->n_voxels = walk->n_voxels;
  edit.row->n_bricks = (int)walk->step->keys->len;
  return lam_history_write_row (walk->connection, &edit, error);
}

/* Inside a transaction, which it ends. */
static LamHistoryStep *
walk_way (LamConnection *connection, const Way *way, LamProgress *progress,
    GError **error)
{
  g_autoptr (Walk) walk = walk_new (connection, progress);
  int64_t ancestor;
  bool ok = plan_redo (walk, way->goal, &ancestor, error)
      && plan_undo (walk, way->head, ancestor, error) && move_all (walk, error)
      && write_way (walk, way, error);
  if (!ok)
    lam_connection_rollback (connection);
  if (!ok || !lam_connection_commit (connection, error))
    return NULL;
  return g_steal_pointer (&walk->step);
}

/* Begins and finds out where the project stands. */
static bool
begin (LamConnection *connection, Way *way, GError **error)
{
  if (!lam_connection_begin (connection, error))
    return false;
  if (lam_history_read_head (connection, &way->head, &way->newest, error))
    return true;
  lam_connection_rollback (connection);
  return false;
}

/* What a model made of an edit goes and comes back with it. So the newest act
 * is the newest done edit that answers no other; all above it are answers. */
static bool
find_act (LamConnection *connection, int64_t head, int64_t *act, int64_t *goal,
    GError **error)
{
  int64_t id = head;
  for (;;) {
    g_auto (LamEditRow) edit = { 0 };
    if (!lam_history_read_row (connection, id, &edit, error))
      return false;
    *act = id;
    *goal = edit.parent;
    if (edit.row->cause == 0 || edit.parent == 0 || edit.parent >= id)
      return true;
    id = edit.parent;
  }
}

/* Undone edits that can be redone are a line down from the head, in the order
 * of their ids: the first, and the answers that follow it. */
static bool
find_redo (
    LamConnection *connection, int64_t *act, int64_t *goal, GError **error)
{
  sqlite3_stmt *rows = lam_connection_query (connection,
      "SELECT id, coalesce(cause, 0) FROM edit"
      " LEFT JOIN model_edit ON model_edit.edit = edit.id"
      " WHERE state = 1 ORDER BY id",
      error, "");
  int has_row = -1;
  while (
      rows && (has_row = lam_connection_step (connection, rows, error)) == 1) {
    int64_t id = sqlite3_column_int64 (rows, 0);
    if (*act != 0 && sqlite3_column_int64 (rows, 1) == 0) {
      lam_connection_reset (rows);
      return true;
    }
    *goal = id;
    if (*act == 0)
      *act = id;
  }
  return has_row == 0 && *act != 0;
}

LamHistoryStep *
lam_history_undo (LamConnection *connection, GError **error)
{
  Way way = { .tool = "undo" };
  if (!begin (connection, &way, error))
    return NULL;
  if (way.head == 0
      || !find_act (connection, way.head, &way.target, &way.goal, error)) {
    lam_connection_rollback (connection);
    return NULL;
  }
  return walk_way (connection, &way, NULL, error);
}

LamHistoryStep *
lam_history_redo (LamConnection *connection, GError **error)
{
  Way way = { .tool = "redo" };
  if (!begin (connection, &way, error))
    return NULL;
  /* Right after an edit nothing can be redone; then the table is not read. */
  if (way.head == way.newest
      || !find_redo (connection, &way.target, &way.goal, error)) {
    lam_connection_rollback (connection);
    return NULL;
  }
  return walk_way (connection, &way, NULL, error);
}

LamHistoryStep *
lam_history_revert (LamConnection *connection, int64_t target,
    LamProgress *progress, GError **error)
{
  Way way = { .tool = "revert", .target = target };
  if (!begin (connection, &way, error))
    return NULL;
  /* A row that is an undo itself stands for the state that it led to. */
  g_auto (LamEditRow) edit = { 0 };
  if (target != 0 && !lam_history_read_row (connection, target, &edit, error)) {
    lam_connection_rollback (connection);
    return NULL;
  }
  way.goal = target != 0 ? edit.head : 0;
  if (way.goal == way.head) {
    lam_connection_rollback (connection);
    return NULL;
  }
  return walk_way (connection, &way, progress, error);
}
