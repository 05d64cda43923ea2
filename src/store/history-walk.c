/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Going elsewhere in the tree of edits means: undo from the head to the common
 * ancestor, newest first, then redo down to the target. Both apply stored
 * differences, and each checks that the voxels are what it says they were
 * before it changes them. */
#include "store/history-walk.h"

#include "base/int64-hash.h"
#include "store/brick-encoder.h"
#include "store/brick-table.h"
#include "store/edit-opinions.h"
#include "store/history-way.h"
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
  LamHistoryWay way; /* Owned */
  int64_t n_bricks_done, n_voxels;
} Walk;

static Walk *
walk_new (LamConnection *connection, LamProgress *progress)
{
  Walk *walk = g_new0 (Walk, 1);
  walk->connection = connection;
  walk->progress = progress;
  walk->step = step_new ();
  walk->places =
      g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, NULL);
  return walk;
}

static void
walk_free (Walk *walk)
{
  g_clear_pointer (&walk->step, lam_history_step_free);
  g_hash_table_unref (walk->places);
  lam_history_way_clear (&walk->way);
  g_free (walk);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Walk, walk_free)

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
  lam_progress_set (walk->progress, ++walk->n_bricks_done, walk->way.n_bricks);
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
  if (!lam_edit_opinions_move (
          walk->connection, id, &walk->step->opinion_box, error)
      || !move_rows (walk, id, forward, error)
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
move_each (Walk *walk, const GArray *edits, bool forward, GError **error)
{
  for (guint i = 0; i < edits->len; i++)
    if (!move_edit (walk, g_array_index (edits, int64_t, i), forward, error))
      return false;
  return true;
}

static bool
move_all (Walk *walk, GError **error)
{
  const LamHistoryWay *way = &walk->way;
  return move_each (walk, way->undo, false, error)
      && move_each (walk, way->redo, true, error)
      && (!way->revives || lam_history_give_up_redo (walk->connection, error));
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
  bool ok =
      lam_history_way_find (connection, way->head, way->goal, &walk->way, error)
      && move_all (walk, error) && write_way (walk, way, error);
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
  if (!lam_history_find_goal (connection, target, &way.goal, error)) {
    lam_connection_rollback (connection);
    return NULL;
  }
  if (way.goal == way.head) {
    lam_connection_rollback (connection);
    return NULL;
  }
  return walk_way (connection, &way, progress, error);
}
