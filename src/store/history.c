/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "store/history.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "base/person.h"
#include "store/brick-table.h"

#define SELECT \
  "SELECT id, time, who, tool, detail, x0, y0, z0, x1, y1, z1, n_voxels," \
  " n_bricks, target, parent, head, state, coalesce(run, 0)," \
  " coalesce(cause, 0) FROM edit" \
  " LEFT JOIN model_edit ON model_edit.edit = edit.id"

/* What lies in few bricks, or also changed what a network thinks, is where its
 * box is. Of the others the box may span much that they left alone, as of two
 * labels that lie far apart. */
#define IS_ONE_PLACE \
  "n_bricks < 2 OR run IS NOT NULL OR NOT EXISTS" \
  " (SELECT 1 FROM edit_brick WHERE edit_brick.edit = edit.id)"
#define MAX_VOXELS (LAM_BRICK_EDGE * ((INT64_C (1) << 21) - 1))
/* The key as lam_brick_key_pack() has it. */
#define HAS_BRICK \
  "EXISTS (SELECT 1 FROM edit_brick WHERE edit_brick.edit = edit.id" \
  " AND layer = 0 AND key >= ?20 AND key < ?21" \
  " AND (key & 2097151) >= ?16 AND (key & 2097151) < ?17" \
  " AND (key >> 21 & 2097151) >= ?18 AND (key >> 21 & 2097151) < ?19)"

void
lam_edit_row_clear (LamEditRow *row)
{
  g_clear_pointer (&row->row, lam_history_row_free);
}

static LamHistoryRow *
row_of_statement (sqlite3_stmt *from)
{
  LamHistoryRow *row = g_new0 (LamHistoryRow, 1);
  row->id = sqlite3_column_int64 (from, 0);
  row->time = sqlite3_column_int64 (from, 1);
  row->who = g_strdup ((const char *)sqlite3_column_text (from, 2));
  row->tool = g_strdup ((const char *)sqlite3_column_text (from, 3));
  row->detail = g_strdup ((const char *)sqlite3_column_text (from, 4));
  for (int i = 0; i < 3; i++) {
    row->box.min[i] = sqlite3_column_int64 (from, 5 + i);
    row->box.max[i] = sqlite3_column_int64 (from, 8 + i);
  }
  row->n_voxels = sqlite3_column_int64 (from, 11);
  row->n_bricks = sqlite3_column_int (from, 12);
  row->target = sqlite3_column_int64 (from, 13);
  row->undone = sqlite3_column_int (from, 16) != LAM_EDIT_DONE;
  row->given_up = sqlite3_column_int (from, 16) == LAM_EDIT_GIVEN_UP;
  row->run = sqlite3_column_int64 (from, 17);
  row->cause = sqlite3_column_int64 (from, 18);
  return row;
}

bool
lam_history_read_row (
    LamConnection *connection, int64_t id, LamEditRow *row, GError **error)
{
  sqlite3_stmt *rows = lam_connection_query (
      connection, SELECT " WHERE id = ?1", error, "i", id);
  int has_row = rows ? lam_connection_step (connection, rows, error) : -1;
  if (has_row < 1) {
    if (has_row == 0)
      g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
          _ ("%s has no edit %" G_GINT64_FORMAT),
          lam_connection_get_path (connection), id);
    return false;
  }
  row->row = row_of_statement (rows);
  row->parent = sqlite3_column_int64 (rows, 14);
  row->head = sqlite3_column_int64 (rows, 15);
  row->state = sqlite3_column_int (rows, 16);
  lam_connection_reset (rows);
  return true;
}

bool
lam_history_read_head (
    LamConnection *connection, int64_t *head, int64_t *newest, GError **error)
{
  *head = *newest = 0;
  return lam_connection_read_int (connection,
             "SELECT head FROM edit ORDER BY id DESC LIMIT 1", head, error, "")
      && lam_connection_read_int (
          connection, "SELECT max(id) FROM edit", newest, error, "");
}

GPtrArray *
lam_history_read (LamConnection *connection, int64_t before, int limit,
    const LamHistoryFilter *filter, GError **error)
{
  const LamBox *box = &filter->box;
  const LamBox all = lam_box_new (0, 0, 0, MAX_VOXELS, MAX_VOXELS, MAX_VOXELS);
  const LamBox inside = lam_box_intersect (box, &all);
  const LamBox bricks = lam_box_bricks (&inside);
  sqlite3_stmt *rows = lam_connection_query (connection,
      SELECT " WHERE id < ?1 AND id > ?15 AND (?2 OR head = id)"
             " AND (?4 IS NULL OR who = ?4) AND (?5 IS NULL OR tool = ?5)"
             " AND time >= ?6 AND time < ?7 AND (?8 OR (x0 < ?12 AND x1 > ?9"
             " AND y0 < ?13 AND y1 > ?10 AND z0 < ?14 AND z1 > ?11"
             " AND (" IS_ONE_PLACE " OR " HAS_BRICK ")))"
             " ORDER BY id DESC LIMIT ?3",
      error, "iiittiiiiiiiiiiiiiiii", before > 0 ? before : INT64_MAX,
      (int64_t)filter->has_steps, (int64_t)MAX (limit, 0), filter->who,
      filter->tool, filter->since,
      filter->until != 0 ? filter->until : INT64_MAX,
      (int64_t)lam_box_is_empty (box), box->min[0], box->min[1], box->min[2],
      box->max[0], box->max[1], box->max[2], filter->after, bricks.min[0],
      bricks.max[0], bricks.min[1], bricks.max[1], bricks.min[2] << 42,
      bricks.max[2] << 42);
  if (!rows)
    return NULL;
  g_autoptr (GPtrArray) out =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_history_row_free);
  int has_row;
  while ((has_row = lam_connection_step (connection, rows, error)) == 1)
    g_ptr_array_add (out, row_of_statement (rows));
  return has_row == 0 ? g_steal_pointer (&out) : NULL;
}

GPtrArray *
lam_history_read_names (LamConnection *connection, bool who, GError **error)
{
  sqlite3_stmt *rows = who
      ? lam_connection_query (
          connection, "SELECT DISTINCT who FROM edit ORDER BY who", error, "")
      : lam_connection_query (connection,
          "SELECT DISTINCT tool FROM edit WHERE head = id ORDER BY tool", error,
          "");
  if (!rows)
    return NULL;
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  int has_row;
  while ((has_row = lam_connection_step (connection, rows, error)) == 1)
    g_ptr_array_add (
        names, g_strdup ((const char *)sqlite3_column_text (rows, 0)));
  return has_row == 0 ? g_steal_pointer (&names) : NULL;
}

bool
lam_history_find_time (
    LamConnection *connection, int64_t time, int64_t *id, GError **error)
{
  *id = 0;
  return lam_connection_read_int (connection,
      "SELECT id FROM edit WHERE time <= ?1 ORDER BY id DESC LIMIT 1", id,
      error, "i", time);
}

LamHistoryRow *
lam_history_row_new (int64_t id, const char *tool, const char *detail)
{
  LamHistoryRow *row = g_new0 (LamHistoryRow, 1);
  row->id = id;
  row->time = g_get_real_time ();
  row->who = lam_person_dup_name ();
  row->tool = g_strdup (tool);
  row->detail = g_strdup (detail ? detail : "");
  return row;
}

bool
lam_history_write_row (
    LamConnection *connection, const LamEditRow *edit, GError **error)
{
  const LamHistoryRow *row = edit->row;
  LamBox box = row->box;
  if (lam_box_is_empty (&box))
    box = (LamBox){ { 0 }, { 0 } };
  return lam_connection_run (connection,
      "INSERT INTO edit VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
      " ?12, ?13, ?14, ?15, ?16, ?17, " LAM_CHECKSUM
      "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
      " ?12, ?13, ?14, ?15, ?16, ?17))",
      error, "iitttiiiiiiiiiiii", row->id, row->time, row->who, row->tool,
      row->detail, box.min[0], box.min[1], box.min[2], box.max[0], box.max[1],
      box.max[2], row->n_voxels, (int64_t)row->n_bricks, row->target,
      edit->parent, edit->head, (int64_t)edit->state);
}

/* In an UPDATE the columns on the right are the old ones, so that the new state
 * stands in the checksum by itself. */
#define CHECKSUM_WITH_STATE(state) \
  LAM_CHECKSUM "(id, time, who, tool, detail, x0, y0, z0, x1, y1, z1," \
               " n_voxels, n_bricks, target, parent, head, " state ")"

bool
lam_history_set_state (
    LamConnection *connection, int64_t id, int state, GError **error)
{
  return lam_connection_run (connection,
      "UPDATE edit SET state = ?2, checksum = " CHECKSUM_WITH_STATE (
          "?2") " WHERE id = ?1",
      error, "ii", id, (int64_t)state);
}

bool
lam_history_give_up_redo (LamConnection *connection, GError **error)
{
  return lam_connection_run (connection,
      "UPDATE edit SET state = 2, checksum = " CHECKSUM_WITH_STATE (
          "2") " WHERE state = 1",
      error, "");
}

/* ---- What persons changed ------------------------------------------------ */

static bool
add_keys (
    LamConnection *connection, int64_t edit, GHashTable *keys, GError **error)
{
  g_autoptr (GArray) changed =
      lam_brick_table_dup_edit_keys (connection, edit, error);
  for (guint i = 0; changed && i < changed->len; i++)
    g_hash_table_add (keys,
        g_memdup2 (&g_array_index (changed, int64_t, i), sizeof (int64_t)));
  return changed != NULL;
}

/* The edits between two places of the tree: parents are older, so the newer of
 * the two climbs until they meet. */
static bool
add_way (LamConnection *connection, int64_t from, int64_t to, GHashTable *keys,
    GError **error)
{
  while (from != to) {
    int64_t *newer = from > to ? &from : &to;
    g_auto (LamEditRow) edit = { 0 };
    if (!lam_history_read_row (connection, *newer, &edit, error)
        || !add_keys (connection, *newer, keys, error))
      return false;
    if (edit.parent >= *newer) {
      g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
          _ ("%s: the history is damaged at edit %" G_GINT64_FORMAT),
          lam_connection_get_path (connection), *newer);
      return false;
    }
    *newer = edit.parent;
  }
  return true;
}

bool
lam_history_find_changed (
    LamConnection *connection, int64_t since, GHashTable *keys, GError **error)
{
  int64_t head, newest;
  if (!lam_history_read_head (connection, &head, &newest, error))
    return false;
  for (int64_t id = since + 1; id <= newest; id++) {
    g_auto (LamEditRow) edit = { 0 };
    if (!lam_history_read_row (connection, id, &edit, error))
      return false;
    if (edit.head == id
            ? edit.row->run == 0 && !add_keys (connection, id, keys, error)
            : !add_way (connection, edit.parent, edit.head, keys, error))
      return false;
  }
  return true;
}
