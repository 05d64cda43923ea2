/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* For each brick that the way back touches, the edits that touched it, in the
 * order of the way: sixteen bytes a brick and edit. A brick is read as it is
 * now and led along its part of the way, so that only what is asked for costs
 * anything. */
#include "store/past.h"

#include "base/int64-hash.h"
#include "store/brick-table.h"
#include "store/history-way.h"
#include "store/history.h"
#include "store/row-table.h"

typedef struct {
  int64_t edit;
  bool forward;
} Step;

struct _LamPast {
  LamConnection *connection; /* Borrowed */
  LamHistoryWay way; /* Owned */
  GHashTable *steps; /* Owned; packed key → owned GArray of Step */
};

void
lam_past_free (LamPast *past)
{
  lam_history_way_clear (&past->way);
  g_hash_table_unref (past->steps);
  g_free (past);
}

static void
add_step (LamPast *past, int64_t key, const Step *step)
{
  GArray *steps = g_hash_table_lookup (past->steps, &key);
  if (!steps) {
    steps = g_array_new (false, false, sizeof (Step));
    g_hash_table_insert (past->steps, g_memdup2 (&key, sizeof key), steps);
  }
  g_array_append_vals (steps, step, 1);
}

static bool
add_steps (LamPast *past, const GArray *edits, bool forward, GError **error)
{
  for (guint i = 0; i < edits->len; i++) {
    const Step step = { g_array_index (edits, int64_t, i), forward };
    g_autoptr (GArray) keys =
        lam_brick_table_dup_edit_keys (past->connection, step.edit, error);
    if (!keys)
      return false;
    for (guint j = 0; j < keys->len; j++)
      add_step (past, g_array_index (keys, int64_t, j), &step);
  }
  return true;
}

LamPast *
lam_past_new (LamConnection *connection, int64_t target, GError **error)
{
  g_autoptr (LamPast) past = g_new0 (LamPast, 1);
  past->connection = connection;
  past->steps = g_hash_table_new_full (
      lam_int64_hash, g_int64_equal, g_free, (GDestroyNotify)g_array_unref);
  int64_t head, newest, goal;
  return lam_history_read_head (connection, &head, &newest, error)
          && lam_history_find_goal (connection, target, &goal, error)
          && lam_history_way_find (connection, head, goal, &past->way, error)
          && add_steps (past, past->way.undo, false, error)
          && add_steps (past, past->way.redo, true, error)
      ? g_steal_pointer (&past)
      : NULL;
}

GArray *
lam_past_dup_keys (LamPast *past)
{
  GArray *keys = g_array_new (false, false, sizeof (int64_t));
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init (&iter, past->steps);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_array_append_vals (keys, key, 1);
  g_array_sort (keys, lam_int64_compare);
  return keys;
}

LamLabelBrick *
lam_past_read (LamPast *past, int64_t key, GError **error)
{
  GError *local = NULL;
  g_autoptr (LamLabelBrick) brick =
      lam_brick_table_read (past->connection, key, &local);
  const GArray *steps = g_hash_table_lookup (past->steps, &key);
  for (guint i = 0; !local && steps && i < steps->len; i++) {
    const Step *step = &g_array_index (steps, Step, i);
    g_auto (LamStoredDifference) difference = { 0 };
    g_autoptr (LamLabelBrick) then = NULL;
    if (lam_brick_table_read_difference (
            past->connection, step->edit, key, &difference, &local)
        && lam_stored_difference_apply (
            &difference, brick, step->forward, &then, &local)) {
      g_clear_pointer (&brick, lam_label_brick_unref);
      brick = g_steal_pointer (&then);
    }
  }
  if (local) {
    g_propagate_error (error, local);
    return NULL;
  }
  return g_steal_pointer (&brick);
}

static bool
add_rows (LamPast *past, const GArray *edits, bool forward, GPtrArray *rows,
    GError **error)
{
  for (guint i = 0; i < edits->len; i++) {
    g_autoptr (GPtrArray) of_edit = lam_row_change_read (
        past->connection, g_array_index (edits, int64_t, i), error);
    if (!of_edit)
      return false;
    for (guint j = 0; j < of_edit->len; j++) {
      const LamRowChange *change =
          of_edit->pdata[forward ? j : of_edit->len - 1 - j];
      g_autoptr (LamRowChange) inverse = lam_row_change_invert (change);
      g_ptr_array_add (rows,
          forward ? lam_row_change_invert (inverse)
                  : g_steal_pointer (&inverse));
    }
  }
  return true;
}

GPtrArray *
lam_past_dup_rows (LamPast *past, GError **error)
{
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  return add_rows (past, past->way.undo, false, rows, error)
          && add_rows (past, past->way.redo, true, rows, error)
      ? g_steal_pointer (&rows)
      : NULL;
}
