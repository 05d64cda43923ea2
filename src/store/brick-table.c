/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "store/brick-table.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "store/brick-decoder.h"

static void
set_corrupt (LamConnection *connection, int64_t key, GError **error)
{
  LamBrickKey brick = lam_brick_key_unpack (key);
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
      _ ("%s: brick %d, %d, %d is damaged: its checksum is wrong"),
      lam_connection_get_path (connection), brick.x, brick.y, brick.z);
}

/* Says which brick of which file an error of the codec is about. */
static void
prefix (LamConnection *connection, int64_t key, GError **error)
{
  LamBrickKey brick = lam_brick_key_unpack (key);
  g_prefix_error (error, _ ("%s: brick %d, %d, %d: "),
      lam_connection_get_path (connection), brick.x, brick.y, brick.z);
}

static GBytes *
column_bytes (sqlite3_stmt *row, int i)
{
  const void *data = sqlite3_column_blob (row, i);
  return g_bytes_new (data, (gsize)sqlite3_column_bytes (row, i));
}

GBytes *
lam_brick_table_read_bytes (
    LamConnection *connection, int64_t key, GError **error)
{
  sqlite3_stmt *rows = lam_connection_query (connection,
      "SELECT data, checksum IS " LAM_CHECKSUM "(layer, key, data) FROM brick"
      " WHERE layer = 0 AND key = ?1",
      error, "i", key);
  if (!rows || lam_connection_step (connection, rows, error) != 1)
    return NULL;
  GBytes *bytes = NULL;
  if (sqlite3_column_int (rows, 1))
    bytes = column_bytes (rows, 0);
  else
    set_corrupt (connection, key, error);
  lam_connection_reset (rows);
  return bytes;
}

LamLabelBrick *
lam_brick_table_read (LamConnection *connection, int64_t key, GError **error)
{
  g_autoptr (GBytes) bytes =
      lam_brick_table_read_bytes (connection, key, error);
  if (!bytes)
    return NULL;
  gsize size;
  const void *data = g_bytes_get_data (bytes, &size);
  LamLabelBrick *brick = lam_brick_decode (data, size, error);
  if (!brick)
    prefix (connection, key, error);
  return brick;
}

/* That a brick cannot be read is the snapshot's trouble, not the writer's. */
static void
keep_for_snapshots (LamConnection *connection, int64_t key)
{
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  bool is_read = false;
  const GSList *link = lam_connection_get_keeps (connection);
  for (; link; link = link->next) {
    if (lam_brick_keep_has (link->data, key))
      continue;
    if (!is_read)
      bytes = lam_brick_table_read_bytes (connection, key, &error);
    is_read = true;
    lam_brick_keep_put (link->data, key, bytes, error);
  }
}

bool
lam_brick_table_write_bytes (LamConnection *connection, int64_t key,
    const GByteArray *data, GError **error)
{
  keep_for_snapshots (connection, key);
  lam_connection_note_change (connection, key);
  if (!data)
    return lam_connection_run (connection,
        "DELETE FROM brick WHERE layer = 0 AND key = ?1", error, "i", key);
  return lam_connection_run (connection,
      "INSERT OR REPLACE INTO brick VALUES (0, ?1, ?2, " LAM_CHECKSUM
      "(0, ?1, ?2))",
      error, "ib", key, data->data, (size_t)data->len);
}

static GArray *
read_keys (LamConnection *connection, sqlite3_stmt *rows, GError **error)
{
  if (!rows)
    return NULL;
  g_autoptr (GArray) keys = g_array_new (false, false, sizeof (int64_t));
  int has_row;
  while ((has_row = lam_connection_step (connection, rows, error)) == 1) {
    int64_t key = sqlite3_column_int64 (rows, 0);
    g_array_append_val (keys, key);
  }
  return has_row == 0 ? g_steal_pointer (&keys) : NULL;
}

GArray *
lam_brick_table_dup_keys (LamConnection *connection, GError **error)
{
  return read_keys (connection,
      lam_connection_query (connection,
          "SELECT key FROM brick WHERE layer = 0 ORDER BY key", error, ""),
      error);
}

void
lam_stored_difference_clear (LamStoredDifference *difference)
{
  g_clear_pointer (&difference->data, g_bytes_unref);
}

bool
lam_brick_table_write_difference (LamConnection *connection, int64_t edit,
    int64_t key, int presence, const GByteArray *data, GError **error)
{
  return lam_connection_run (connection,
      "INSERT INTO edit_brick VALUES (?1, 0, ?2, ?3, ?4, " LAM_CHECKSUM
      "(?1, 0, ?2, ?3, ?4))",
      error, "iiib", edit, key, (int64_t)presence, data->data,
      (size_t)data->len);
}

bool
lam_brick_table_read_difference (LamConnection *connection, int64_t edit,
    int64_t key, LamStoredDifference *difference, GError **error)
{
  sqlite3_stmt *rows = lam_connection_query (connection,
      "SELECT presence, data, checksum IS " LAM_CHECKSUM
      "(edit, layer, key, presence, data) FROM edit_brick"
      " WHERE edit = ?1 AND layer = 0 AND key = ?2",
      error, "ii", edit, key);
  int has_row = rows ? lam_connection_step (connection, rows, error) : -1;
  if (has_row < 0)
    return false;
  bool sound = has_row == 1 && sqlite3_column_int (rows, 2);
  if (sound) {
    difference->key = key;
    difference->presence = sqlite3_column_int (rows, 0);
    difference->data = column_bytes (rows, 1);
  } else {
    set_corrupt (connection, key, error);
  }
  if (has_row == 1)
    lam_connection_reset (rows);
  return sound;
}

GArray *
lam_brick_table_dup_edit_keys (
    LamConnection *connection, int64_t edit, GError **error)
{
  return read_keys (connection,
      lam_connection_query (connection,
          "SELECT key FROM edit_brick WHERE edit = ?1 AND layer = 0"
          " ORDER BY key",
          error, "i", edit),
      error);
}

bool
lam_stored_difference_apply (const LamStoredDifference *difference,
    const LamLabelBrick *brick, bool forward, LamLabelBrick **out,
    GError **error)
{
  int from = forward ? LAM_PRESENCE_BEFORE : LAM_PRESENCE_AFTER;
  int to = forward ? LAM_PRESENCE_AFTER : LAM_PRESENCE_BEFORE;
  if (((difference->presence & from) != 0) != (brick != NULL)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
        _ ("the history does not fit the bricks stored"));
    return false;
  }
  gsize size;
  const void *data = g_bytes_get_data (difference->data, &size);
  g_autoptr (LamLabelBrick) result =
      lam_difference_apply (data, size, brick, forward, error);
  if (!result)
    return false;
  *out = difference->presence & to ? g_steal_pointer (&result) : NULL;
  return true;
}
