/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "store/edit-writer.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "store/brick-encoder.h"
#include "store/brick-table.h"
#include "store/history.h"
#include "store/model-table.h"
#include "store/row-table.h"

struct _LamEditWriter {
  LamConnection *connection; /* Borrowed */
  LamEditRow edit;
  LamBox bricks; /* around the bricks written so far, in voxels */
  bool may_redo; /* undone edits may be waiting to be redone */
};

LamEditWriter *
lam_edit_writer_begin (
    LamConnection *connection, const char *tool, GError **error)
{
  int64_t head, newest;
  if (!lam_connection_begin (connection, error))
    return NULL;
  if (!lam_history_read_head (connection, &head, &newest, error)) {
    lam_connection_rollback (connection);
    return NULL;
  }
  LamEditWriter *writer = g_new0 (LamEditWriter, 1);
  writer->connection = connection;
  writer->edit.row = lam_history_row_new (newest + 1, tool, "");
  writer->edit.parent = head;
  writer->edit.head = newest + 1;
  /* An edit gives up all that could be redone, so right after one there is
   * nothing. */
  writer->may_redo = head != newest;
  return writer;
}

void
lam_edit_writer_set_run (
    LamEditWriter *writer, int64_t run, int64_t cause, const char *who)
{
  LamHistoryRow *row = writer->edit.row;
  row->run = run;
  row->cause = cause;
  g_free (row->who);
  row->who = g_strdup (who);
}

int64_t
lam_edit_writer_get_id (const LamEditWriter *writer)
{
  return writer->edit.row->id;
}

bool
lam_edit_writer_put (LamEditWriter *writer, LamBrickKey key, int presence,
    const GByteArray *brick, const GByteArray *difference, int64_t n_voxels,
    GError **error)
{
  int64_t packed = lam_brick_key_pack (key);
  LamHistoryRow *row = writer->edit.row;
  if (!lam_brick_table_write_bytes (writer->connection, packed, brick, error)
      || !lam_brick_table_write_difference (
          writer->connection, row->id, packed, presence, difference, error))
    return false;
  LamBox box = lam_brick_box (key);
  writer->bricks = lam_box_unite (&writer->bricks, &box);
  row->n_voxels += n_voxels;
  row->n_bricks++;
  return true;
}

void
lam_edit_writer_leave_out (LamEditWriter *writer, int64_t n_voxels)
{
  writer->edit.row->n_voxels -= n_voxels;
}

static bool
is_same (const LamLabelBrick *a, const LamLabelBrick *b)
{
  return a && b ? lam_label_brick_equal (a, b) : !a && !b;
}

/* `brick` NULL: absent. */
static bool
read_stored (LamEditWriter *writer, LamBrickKey key, LamLabelBrick **brick,
    GError **error)
{
  GError *local = NULL;
  *brick = lam_brick_table_read (
      writer->connection, lam_brick_key_pack (key), &local);
  if (local)
    g_propagate_error (error, local);
  return !local;
}

static bool
check_before (
    LamEditWriter *writer, const LamBrickChange *change, GError **error)
{
  g_autoptr (LamLabelBrick) stored = NULL;
  if (!read_stored (writer, change->key, &stored, error))
    return false;
  bool equal = is_same (stored, change->before);
  if (!equal)
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("%s: brick %d, %d, %d is not as it was when this edit was made; an "
           "earlier edit was not saved"),
        lam_connection_get_path (writer->connection), change->key.x,
        change->key.y, change->key.z);
  return equal;
}

static bool
put_change (LamEditWriter *writer, const LamBrickChange *change, GError **error)
{
  int64_t n_voxels;
  g_autoptr (GByteArray) difference =
      lam_difference_encode (change->before, change->after, &n_voxels);
  g_autoptr (GByteArray) brick =
      change->after ? lam_brick_encode (change->after) : NULL;
  int presence = (change->before ? LAM_PRESENCE_BEFORE : 0)
      | (change->after ? LAM_PRESENCE_AFTER : 0);
  return lam_edit_writer_put (
      writer, change->key, presence, brick, difference, n_voxels, error);
}

bool
lam_edit_writer_change (
    LamEditWriter *writer, const LamBrickChange *change, GError **error)
{
  return check_before (writer, change, error)
      && put_change (writer, change, error);
}

bool
lam_edit_writer_change_over (
    LamEditWriter *writer, const LamBrickChange *change, GError **error)
{
  g_autoptr (LamLabelBrick) stored = NULL;
  if (!read_stored (writer, change->key, &stored, error))
    return false;
  LamBrickChange over = { change->key, stored, change->after };
  return is_same (stored, change->after) || put_change (writer, &over, error);
}

bool
lam_edit_writer_rows_over (
    LamEditWriter *writer, GPtrArray *rows, GError **error)
{
  g_autoptr (GPtrArray) over =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  for (guint i = 0; rows && i < rows->len; i++) {
    if (lam_row_change_is_done (writer->connection, rows->pdata[i]))
      continue;
    LamRowChange *change =
        lam_row_change_rebase (writer->connection, rows->pdata[i], error);
    if (!change)
      return false;
    g_ptr_array_add (over, change);
  }
  return lam_edit_writer_rows (writer, over, error);
}

/* Nothing but the edit itself makes a row like this one after all others and
 * leaves every brick and row as it would. */
static bool
is_done (LamConnection *connection, LamEdit *edit, GPtrArray *rows,
    const LamHistoryRow *last)
{
  LamBox box = lam_edit_get_box (edit);
  size_t n_bricks = lam_edit_get_n_bricks (edit);
  if (last->undone || !g_str_equal (last->tool, lam_edit_get_tool (edit))
      || (size_t)last->n_bricks != n_bricks
      || (n_bricks > 0 && !lam_box_equal (&last->box, &box)))
    return false;
  for (size_t i = 0; i < n_bricks; i++) {
    const LamBrickChange *change = lam_edit_get_brick (edit, i);
    g_autoptr (LamLabelBrick) stored = lam_brick_table_read (
        connection, lam_brick_key_pack (change->key), NULL);
    if (!is_same (stored, change->after))
      return false;
  }
  for (guint i = 0; rows && i < rows->len; i++)
    if (!lam_row_change_is_done (connection, rows->pdata[i]))
      return false;
  return n_bricks > 0 || (rows && rows->len > 0);
}

LamHistoryRow *
lam_edit_find_done (LamConnection *connection, LamEdit *edit, GPtrArray *rows)
{
  const LamHistoryFilter all = { .has_steps = true };
  g_autoptr (GPtrArray) last = lam_history_read (connection, 0, 1, &all, NULL);
  if (!last || last->len == 0
      || !is_done (connection, edit, rows, last->pdata[0]))
    return NULL;
  return g_ptr_array_steal_index (last, 0);
}

bool
lam_edit_writer_rows (LamEditWriter *writer, GPtrArray *rows, GError **error)
{
  for (guint i = 0; rows && i < rows->len; i++)
    if (!lam_row_change_apply (writer->connection, rows->pdata[i], true, error)
        || !lam_row_change_write (writer->connection, writer->edit.row->id,
            (int)i, rows->pdata[i], error))
      return false;
  return true;
}

static void
writer_free (LamEditWriter *writer)
{
  lam_edit_row_clear (&writer->edit);
  g_free (writer);
}

static bool
write_row (LamEditWriter *writer, GError **error)
{
  LamConnection *connection = writer->connection;
  const LamHistoryRow *row = writer->edit.row;
  if ((writer->may_redo && !lam_history_give_up_redo (connection, error))
      || !lam_history_write_row (connection, &writer->edit, error))
    return false;
  return row->run == 0
      || (lam_model_table_write_edit (
              connection, row->id, row->run, row->cause, error)
          && lam_run_table_extend (connection, row->run, &row->box, error));
}

LamHistoryRow *
lam_edit_writer_end (LamEditWriter *writer, const LamBox *box,
    const char *detail, GError **error)
{
  LamConnection *connection = writer->connection;
  LamHistoryRow *row = writer->edit.row;
  row->box = box ? *box : writer->bricks;
  g_free (row->detail);
  row->detail = g_strdup (detail ? detail : "");
  bool written = write_row (writer, error);
  if (!written)
    lam_connection_rollback (connection);
  bool ok = written && lam_connection_commit (connection, error);
  LamHistoryRow *out = ok ? g_steal_pointer (&writer->edit.row) : NULL;
  writer_free (writer);
  return out;
}

void
lam_edit_writer_cancel (LamEditWriter *writer)
{
  lam_connection_rollback (writer->connection);
  writer_free (writer);
}
