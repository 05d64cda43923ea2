/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Edits are a tree, the project stands at one of them (the head), and the done
 * edits are exactly the head and its ancestors. So the first done edit above
 * the goal is the common ancestor of both. */
#include "store/history-way.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "store/history.h"

void
lam_history_way_clear (LamHistoryWay *way)
{
  g_clear_pointer (&way->undo, g_array_unref);
  g_clear_pointer (&way->redo, g_array_unref);
}

static bool
damaged (LamConnection *connection, int64_t id, GError **error)
{
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
      _ ("%s: the history is damaged at edit %" G_GINT64_FORMAT),
      lam_connection_get_path (connection), id);
  return false;
}

/* From `goal` up to the first done edit. */
static bool
plan_redo (LamConnection *connection, LamHistoryWay *way, int64_t goal,
    int64_t *ancestor, GError **error)
{
  int64_t id = goal;
  while (id > 0) {
    g_auto (LamEditRow) edit = { 0 };
    if (!lam_history_read_row (connection, id, &edit, error))
      return false;
    if (edit.state == LAM_EDIT_DONE)
      break;
    g_array_prepend_val (way->redo, id);
    way->revives |= edit.state == LAM_EDIT_GIVEN_UP;
    way->n_bricks += edit.row->n_bricks;
    /* Parents are older; anything else would go round for ever. */
    if (edit.parent >= id)
      return damaged (connection, id, error);
    id = edit.parent;
  }
  *ancestor = id;
  return true;
}

static bool
plan_undo (LamConnection *connection, LamHistoryWay *way, int64_t head,
    int64_t ancestor, GError **error)
{
  int64_t id = head;
  while (id > ancestor) {
    g_auto (LamEditRow) edit = { 0 };
    if (!lam_history_read_row (connection, id, &edit, error))
      return false;
    if (edit.state != LAM_EDIT_DONE || edit.parent >= id)
      return damaged (connection, id, error);
    g_array_append_val (way->undo, id);
    way->n_bricks += edit.row->n_bricks;
    id = edit.parent;
  }
  return id == ancestor || damaged (connection, id, error);
}

bool
lam_history_way_find (LamConnection *connection, int64_t head, int64_t goal,
    LamHistoryWay *way, GError **error)
{
  int64_t ancestor;
  way->undo = g_array_new (false, false, sizeof (int64_t));
  way->redo = g_array_new (false, false, sizeof (int64_t));
  return plan_redo (connection, way, goal, &ancestor, error)
      && plan_undo (connection, way, head, ancestor, error);
}

bool
lam_history_find_goal (
    LamConnection *connection, int64_t target, int64_t *goal, GError **error)
{
  g_auto (LamEditRow) edit = { 0 };
  if (target != 0 && !lam_history_read_row (connection, target, &edit, error))
    return false;
  *goal = target != 0 ? edit.head : 0;
  return true;
}
