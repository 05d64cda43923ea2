/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "store/note-table.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "store/row-table.h"
#include "store/row-text.h"

#define COLUMNS "id, kind, text, author, time, geometry"
#define BYTES_A_CORNER (3 * sizeof (uint64_t))

static bool
read_size (LamConnection *connection, int64_t size[3], GError **error)
{
  g_auto (LamVolumeRow) volume = { 0 };
  if (!lam_row_read_volume (connection, &volume, error))
    return false;
  memcpy (size, volume.size, sizeof volume.size);
  return true;
}

/* ---- Geometry ----------------------------------------------------------- */

/* Doubles in little endian, whatever this machine has. */
static void
swap_words (uint64_t *words, size_t n)
{
  for (size_t i = 0; i < n; i++)
    words[i] = GUINT64_TO_LE (words[i]);
}

static void *
dup_geometry (const LamNote *note, size_t *n_bytes)
{
  *n_bytes = (size_t)note->n_corners * BYTES_A_CORNER;
  uint64_t *words = g_memdup2 (note->corners, *n_bytes);
  swap_words (words, *n_bytes / sizeof *words);
  return words;
}

static bool
take_geometry (
    LamNote *note, const void *geometry, size_t n_bytes, GError **error)
{
  const size_t n = n_bytes / BYTES_A_CORNER;
  if (n_bytes == 0 || n_bytes % BYTES_A_CORNER != 0
      || n > LAM_NOTE_MAX_CORNERS) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("its geometry has %zu bytes, and 24 for each of 1 to %d places are "
           "needed"),
        n_bytes, LAM_NOTE_MAX_CORNERS);
    return false;
  }
  uint64_t *words = g_memdup2 (geometry, n_bytes);
  swap_words (words, n_bytes / sizeof *words);
  note->corners = (double *)(void *)words;
  note->n_corners = (int)n;
  return true;
}

/* ---- Rows --------------------------------------------------------------- */

static bool
fill_note (
    LamNote *note, sqlite3_stmt *row, const int64_t size[3], GError **error)
{
  const int64_t id = sqlite3_column_int64 (row, 0);
  note->id = (int32_t)id;
  note->kind = g_strdup ((const char *)sqlite3_column_text (row, 1));
  note->text = g_strdup ((const char *)sqlite3_column_text (row, 2));
  note->author = g_strdup ((const char *)sqlite3_column_text (row, 3));
  note->time = sqlite3_column_int64 (row, 4);
  if (id < 1 || id > INT32_MAX) {
    g_set_error (
        error, LAM_ERROR, LAM_ERROR_INPUT, _ ("its number is impossible"));
    return false;
  }
  return take_geometry (note, sqlite3_column_blob (row, 5),
             (size_t)sqlite3_column_bytes (row, 5), error)
      && lam_note_check (note, size, error);
}

static LamNote *
note_of_row (LamConnection *connection, sqlite3_stmt *row,
    const int64_t size[3], GError **error)
{
  g_autoptr (LamNote) note = g_new0 (LamNote, 1);
  g_autoptr (GError) why = NULL;
  if (fill_note (note, row, size, &why))
    return g_steal_pointer (&note);
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
      _ ("%s: note %" G_GINT64_FORMAT " is damaged: %s"),
      lam_connection_get_path (connection),
      (gint64)sqlite3_column_int64 (row, 0), why->message);
  return NULL;
}

/* Stops at the first that cannot be, or adds it to `problems`. */
static GPtrArray *
read_all (LamConnection *connection, GPtrArray *problems, GError **error)
{
  int64_t size[3];
  sqlite3_stmt *rows = NULL;
  if (read_size (connection, size, error))
    rows = lam_connection_query (connection,
        "SELECT " COLUMNS " FROM annotation ORDER BY id", error, "");
  if (!rows)
    return NULL;
  g_autoptr (GPtrArray) notes =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_note_free);
  int has_row;
  while ((has_row = lam_connection_step (connection, rows, error)) == 1) {
    g_autoptr (GError) problem = NULL;
    LamNote *note = note_of_row (connection, rows, size, &problem);
    if (note) {
      g_ptr_array_add (notes, note);
    } else if (problems) {
      g_ptr_array_add (problems, g_strdup (problem->message));
    } else {
      lam_connection_reset (rows);
      g_propagate_error (error, g_steal_pointer (&problem));
      return NULL;
    }
  }
  return has_row == 0 ? g_steal_pointer (&notes) : NULL;
}

GPtrArray *
lam_note_table_read (LamConnection *connection, GError **error)
{
  return read_all (connection, NULL, error);
}

GPtrArray *
lam_note_table_read_sound (LamConnection *connection, GPtrArray *problems,
    int32_t *last_id, GError **error)
{
  int64_t last = 0;
  if (!lam_connection_read_int (connection,
          "SELECT coalesce (max (id), 0) FROM annotation"
          " WHERE id BETWEEN 1 AND 2147483647",
          &last, error, ""))
    return NULL;
  *last_id = (int32_t)last;
  return read_all (connection, problems, error);
}

char *
lam_note_table_read_text (LamConnection *connection, int64_t id, GError **error)
{
  int64_t size[3];
  if (!read_size (connection, size, error))
    return NULL;
  sqlite3_stmt *rows = lam_connection_query (connection,
      "SELECT " COLUMNS " FROM annotation WHERE id = ?1", error, "i", id);
  if (!rows || lam_connection_step (connection, rows, error) != 1)
    return NULL;
  g_autoptr (LamNote) note = note_of_row (connection, rows, size, error);
  lam_connection_reset (rows);
  return lam_row_text_of_note (note);
}

bool
lam_note_table_write (
    LamConnection *connection, const LamNote *note, int64_t id, GError **error)
{
  int64_t size[3];
  size_t n_bytes;
  if (!note)
    return lam_connection_run (
        connection, "DELETE FROM annotation WHERE id = ?1", error, "i", id);
  if (!read_size (connection, size, error)
      || !lam_note_check (note, size, error))
    return false;
  g_autofree void *geometry = dup_geometry (note, &n_bytes);
  return lam_connection_run (connection,
      "INSERT OR REPLACE INTO annotation VALUES"
      " (?1, ?2, ?3, ?4, ?5, ?6, " LAM_CHECKSUM "(?1, ?2, ?3, ?4, ?5, ?6))",
      error, "itttib", id, note->kind, note->text ? note->text : "",
      note->author ? note->author : "", note->time, geometry, n_bytes);
}
