/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The table's key begins with the layer, so all rows of a brick are found by
 * way of the runs, one look each. */
#include "store/opinion-table.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "store/edit-opinions.h"
#include "store/opinion-codec.h"

/* A brick's opinions that are kept although no label of theirs is there: of so
 * many runs, the newest. Each state that a network learns is a run. */
#define N_KEPT 4

/* Says which brick of which file an error is about. */
static void
prefix (LamConnection *connection, int64_t key, GError **error)
{
  LamBrickKey brick = lam_brick_key_unpack (key);
  g_prefix_error (error, _ ("%s: brick %d, %d, %d: "),
      lam_connection_get_path (connection), brick.x, brick.y, brick.z);
}

GBytes *
lam_opinion_table_read_bytes (
    LamConnection *connection, uint16_t source, int64_t key, GError **error)
{
  sqlite3_stmt *rows = lam_connection_query (connection,
      "SELECT data, checksum IS " LAM_CHECKSUM "(layer, key, data) FROM brick"
      " WHERE layer = ?1 AND key = ?2",
      error, "ii", (int64_t)source, key);
  if (!rows || lam_connection_step (connection, rows, error) != 1)
    return NULL;
  GBytes *bytes = NULL;
  if (sqlite3_column_int (rows, 1))
    bytes = g_bytes_new (
        sqlite3_column_blob (rows, 0), (gsize)sqlite3_column_bytes (rows, 0));
  else
    g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
        _ ("what run %d thinks of it is damaged: its checksum is wrong"),
        source - LAM_SOURCE_FIRST_RUN);
  lam_connection_reset (rows);
  if (!bytes)
    prefix (connection, key, error);
  return bytes;
}

LamRunOpinion *
lam_opinion_table_read (
    LamConnection *connection, uint16_t source, int64_t key, GError **error)
{
  g_autoptr (GBytes) bytes =
      lam_opinion_table_read_bytes (connection, source, key, error);
  if (!bytes)
    return NULL;
  gsize size;
  const void *data = g_bytes_get_data (bytes, &size);
  LamRunOpinion *opinion = lam_opinion_decode (data, size, error);
  if (!opinion)
    prefix (connection, key, error);
  return opinion;
}

bool
lam_opinion_table_write (LamConnection *connection, uint16_t source,
    int64_t key, const GByteArray *data, GError **error)
{
  lam_connection_note_change (connection, key);
  return lam_connection_run (connection,
      "INSERT OR REPLACE INTO brick VALUES (?1, ?2, ?3, " LAM_CHECKSUM
      "(?1, ?2, ?3))",
      error, "iib", (int64_t)source, key, data->data, (size_t)data->len);
}

bool
lam_opinion_table_remove (
    LamConnection *connection, uint16_t source, int64_t key, GError **error)
{
  lam_connection_note_change (connection, key);
  return lam_connection_run (connection,
      "DELETE FROM brick WHERE layer = ?1 AND key = ?2", error, "ii",
      (int64_t)source, key);
}

/* ---- Old ones ----------------------------------------------------------- */

static bool
has_source (const LamLabelBrick *brick, uint16_t source)
{
  uint16_t only = LAM_SOURCE_UNSET;
  if (!brick || lam_label_brick_is_uniform (brick, NULL, &only))
    return only == source;
  const uint16_t *sources = lam_label_brick_get_sources (brick);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    if (sources[i] == source)
      return true;
  return false;
}

GArray *
lam_opinion_table_dup_sources (
    LamConnection *connection, int64_t key, GError **error)
{
  g_autoptr (GArray) sources = g_array_new (false, false, sizeof (uint16_t));
  sqlite3_stmt *rows = lam_connection_query (connection,
      "SELECT layer FROM run JOIN brick ON layer = run.id + 16"
      " WHERE key = ?1 ORDER BY layer DESC",
      error, "i", key);
  int has_row = -1;
  while (
      rows && (has_row = lam_connection_step (connection, rows, error)) == 1) {
    uint16_t source = (uint16_t)sqlite3_column_int (rows, 0);
    g_array_append_val (sources, source);
  }
  return has_row == 0 ? g_steal_pointer (&sources) : NULL;
}

bool
lam_opinion_table_prune (LamConnection *connection, int64_t key,
    const LamLabelBrick *brick, GError **error)
{
  g_autoptr (GArray) sources =
      lam_opinion_table_dup_sources (connection, key, error);
  for (guint i = N_KEPT; sources && i < sources->len; i++) {
    uint16_t source = g_array_index (sources, uint16_t, i);
    if (!has_source (brick, source)
        && (!lam_opinion_table_remove (connection, source, key, error)
            || !lam_edit_opinions_forget (connection, source, key, error)))
      return false;
  }
  return sources != NULL;
}

/* ---- Checking ----------------------------------------------------------- */

static void
check_row (LamConnection *connection, sqlite3_stmt *row, const int64_t size[3],
    GPtrArray *problems)
{
  g_autoptr (GError) error = NULL;
  int64_t layer = sqlite3_column_int64 (row, 0);
  LamBrickKey key = lam_brick_key_unpack (sqlite3_column_int64 (row, 1));
  LamBox box = lam_brick_box (key), volume = lam_box_of_size (size);
  LamBox inside = lam_box_intersect (&box, &volume);
  if (sqlite3_column_type (row, 3) == SQLITE_NULL)
    g_ptr_array_add (problems,
        g_strdup_printf (_ ("brick %d, %d, %d has a layer %" G_GINT64_FORMAT
                            ", which is that of no run"),
            key.x, key.y, key.z, layer));
  else if (lam_box_is_empty (&inside))
    g_ptr_array_add (problems,
        g_strdup_printf (_ ("what a run thinks of brick %d, %d, %d lies outside"
                            " of the image"),
            key.x, key.y, key.z));
  g_autofree LamRunOpinion *opinion =
      lam_opinion_decode (sqlite3_column_blob (row, 2),
          (size_t)sqlite3_column_bytes (row, 2), &error);
  if (!opinion)
    g_ptr_array_add (problems,
        g_strdup_printf (
            _ ("brick %d, %d, %d: %s"), key.x, key.y, key.z, error->message));
}

bool
lam_opinion_table_check (LamConnection *connection, const int64_t size[3],
    GPtrArray *problems, GError **error)
{
  sqlite3_stmt *rows = lam_connection_query (connection,
      "SELECT layer, key, data, run.id FROM brick"
      " LEFT JOIN run ON run.id = layer - 16 WHERE layer > 0",
      error, "");
  int has_row = -1;
  while (rows && (has_row = lam_connection_step (connection, rows, error)) == 1)
    check_row (connection, rows, size, problems);
  return has_row == 0;
}
