/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "store/verdicts.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "base/int64-hash.h"
#include "labels/note.h"
#include "store/store-private.h"
#include "store/row-table.h"
#include "store/verdict-table.h"
#include "store/verdict-versions.h"

#define FIELDS \
  "id, time, verdict, kind, score, x0, y0, z0, x1, y1, z1, labels," \
  " uncertainty, run"

typedef struct {
  LamStore *store; /* Borrowed */
  bool (*change) (
      LamConnection *, LamVerdictRow *, const char *note, GError **);
  LamVerdictRow row;
  const char *note; /* Borrowed */
  GArray *rows; /* to add; or Owned, those that were read */
  GArray *ids; /* Borrowed; to remove */
  GHashTable *notes;
} Request;

/* ---- Adding and removing ------------------------------------------------ */

bool
lam_verdict_table_add (LamConnection *connection, LamVerdictRow *row,
    const char *note, GError **error)
{
  const int64_t *min = row->box.min, *max = row->box.max;
  return lam_connection_read_int (connection,
             "SELECT coalesce(max(id), 0) + 1 FROM queue", &row->id, error, "")
      && lam_connection_run (connection,
          "INSERT INTO queue VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
          " ?11, ?12, ?13, ?14, ?15, " LAM_CHECKSUM "(?1, ?2, ?3, ?4, ?5, ?6,"
          " ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15))",
          error, "iiiidiiiiiiiiit", row->id, row->time, (int64_t)row->verdict,
          (int64_t)row->kind, row->score, min[0], min[1], min[2], max[0],
          max[1], max[2], row->state.labels, row->state.uncertainty,
          row->state.run, note ? note : "");
}

bool
lam_verdict_table_set_note (
    LamConnection *connection, int64_t id, const char *note, GError **error)
{
  return lam_connection_run (connection,
      "UPDATE queue SET note = ?2, checksum = " LAM_CHECKSUM "(" FIELDS
      ", ?2) WHERE id = ?1",
      error, "it", id, note ? note : "");
}

/* Of that id; NULL: there is none. */
static const LamVerdictRow *
find_row (const GArray *rows, int64_t id)
{
  for (guint i = 0; i < rows->len; i++)
    if (g_array_index (rows, LamVerdictRow, i).id == id)
      return &g_array_index (rows, LamVerdictRow, i);
  return NULL;
}

/* This copy has seen what the note was, and changes it. */
static bool
renew_versions (
    LamConnection *connection, const LamVerdictRow *row, GError **error)
{
  g_autoptr (GHashTable) notes =
      lam_verdict_table_read_notes (connection, error);
  g_autoptr (GHashTable) settings =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (!notes || !lam_row_read_settings (connection, settings, error))
    return false;
  g_autofree char *before = lam_verdict_versions_dup (
      settings, row, g_hash_table_lookup (notes, &row->id));
  g_autofree char *after = lam_verdict_versions_renew (before);
  return lam_verdict_versions_write (connection, row, after, error);
}

static bool
set_note (LamConnection *connection, LamVerdictRow *row, const char *note,
    GError **error)
{
  g_autoptr (GArray) rows = lam_verdict_table_read (connection, error);
  const LamVerdictRow *known = rows ? find_row (rows, row->id) : NULL;
  if (known)
    return renew_versions (connection, known, error)
        && lam_verdict_table_set_note (connection, row->id, note, error);
  if (rows)
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("%s: there is no verdict %" G_GINT64_FORMAT),
        lam_connection_get_path (connection), row->id);
  return false;
}

static bool delete (LamConnection *connection, LamVerdictRow *row,
    const char *note, GError **error)
{
  return lam_connection_run (
      connection, "DELETE FROM queue WHERE id = ?1", error, "i", row->id);
}

static bool
change_all (LamConnection *connection, gpointer data, GError **error)
{
  Request *request = data;
  const GArray *rows = request->rows, *ids = request->ids;
  if (request->change
      && !request->change (connection, &request->row, request->note, error))
    return false;
  for (guint i = 0; rows && i < rows->len; i++)
    if (!lam_verdict_table_add (connection,
            &g_array_index (rows, LamVerdictRow, i), request->note, error))
      return false;
  for (guint i = 0; ids && i < ids->len; i++) {
    LamVerdictRow row = { .id = g_array_index (ids, int64_t, i) };
    if (!delete (connection, &row, NULL, error))
      return false;
  }
  return true;
}

static bool
change_work (LamConnection *connection, gpointer data, GError **error)
{
  Request *request = data;
  bool ok = lam_connection_transact (connection, change_all, request, error);
  if (!ok)
    lam_store_after_write (request->store, false);
  return ok;
}

int64_t
lam_store_add_verdict (
    LamStore *store, const LamVerdictRow *row, const char *note, GError **error)
{
  Request request = {
    .store = store, .change = lam_verdict_table_add, .row = *row, .note = note
  };
  return lam_note_check_text (note, error)
          && lam_store_check_writable (store, error)
          && lam_store_work (store, change_work, &request, error)
      ? request.row.id
      : 0;
}

bool
lam_store_add_verdicts (
    LamStore *store, GArray *rows, const char *note, GError **error)
{
  Request request = { .store = store, .rows = rows, .note = note };
  return lam_note_check_text (note, error)
      && lam_store_check_writable (store, error)
      && lam_store_work (store, change_work, &request, error);
}

bool
lam_store_set_verdict_note (
    LamStore *store, int64_t id, const char *note, GError **error)
{
  Request request = {
    .store = store, .change = set_note, .row = { .id = id }, .note = note
  };
  return lam_note_check_text (note, error)
      && lam_store_check_writable (store, error)
      && lam_store_work (store, change_work, &request, error);
}

bool
lam_store_remove_verdict (LamStore *store, int64_t id, GError **error)
{
  Request request = { .store = store, .change = delete, .row = { .id = id } };
  return lam_store_check_writable (store, error)
      && lam_store_work (store, change_work, &request, error);
}

bool
lam_store_remove_verdicts (LamStore *store, GArray *ids, GError **error)
{
  Request request = { .store = store, .ids = ids };
  return lam_store_check_writable (store, error)
      && lam_store_work (store, change_work, &request, error);
}

/* ---- Listing ------------------------------------------------------------ */

static bool
read_row (LamConnection *connection, sqlite3_stmt *statement,
    LamVerdictRow *row, GError **error)
{
  int64_t verdict = sqlite3_column_int64 (statement, 2);
  int64_t kind = sqlite3_column_int64 (statement, 3);
  row->id = sqlite3_column_int64 (statement, 0);
  row->time = sqlite3_column_int64 (statement, 1);
  row->score = sqlite3_column_double (statement, 4);
  for (int i = 0; i < 3; i++) {
    row->box.min[i] = sqlite3_column_int64 (statement, 5 + i);
    row->box.max[i] = sqlite3_column_int64 (statement, 8 + i);
  }
  LamBox volume = lam_box_of_size (row->box.max);
  LamBox inside = lam_box_intersect (&row->box, &volume);
  if (verdict < 0 || verdict >= LAM_N_VERDICTS || kind < 0
      || kind >= LAM_N_PLACE_KINDS || lam_box_is_empty (&row->box)
      || !lam_box_equal (&inside, &row->box)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
        _ ("%s: verdict %" G_GINT64_FORMAT
           " has a kind or a box that does not exist"),
        lam_connection_get_path (connection), row->id);
    return false;
  }
  row->verdict = (LamVerdict)verdict;
  row->kind = (LamPlaceKind)kind;
  row->state = (LamBoxState){ sqlite3_column_int64 (statement, 11),
    sqlite3_column_int64 (statement, 12),
    sqlite3_column_int64 (statement, 13) };
  return true;
}

GArray *
lam_verdict_table_read (LamConnection *connection, GError **error)
{
  sqlite3_stmt *rows = lam_connection_query (
      connection, "SELECT " FIELDS " FROM queue ORDER BY id", error, "");
  if (!rows)
    return NULL;
  g_autoptr (GArray) verdicts =
      g_array_new (false, false, sizeof (LamVerdictRow));
  int has_row;
  while ((has_row = lam_connection_step (connection, rows, error)) == 1) {
    LamVerdictRow row;
    if (!read_row (connection, rows, &row, error)) {
      lam_connection_reset (rows);
      return NULL;
    }
    g_array_append_val (verdicts, row);
  }
  return has_row == 0 ? g_steal_pointer (&verdicts) : NULL;
}

static bool
list_work (LamConnection *connection, gpointer data, GError **error)
{
  Request *request = data;
  request->rows = lam_verdict_table_read (connection, error);
  return request->rows != NULL;
}

GArray *
lam_store_list_verdicts (LamStore *store, GError **error)
{
  Request request = { .store = store };
  return lam_store_work (store, list_work, &request, error) ? request.rows
                                                            : NULL;
}

/* ---- Notes -------------------------------------------------------------- */

GHashTable *
lam_verdict_table_read_notes (LamConnection *connection, GError **error)
{
  sqlite3_stmt *rows = lam_connection_query (connection,
      "SELECT id, note FROM queue WHERE note <> '' ORDER BY id", error, "");
  if (!rows)
    return NULL;
  g_autoptr (GHashTable) notes =
      g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, g_free);
  int has_row;
  while ((has_row = lam_connection_step (connection, rows, error)) == 1) {
    const int64_t id = sqlite3_column_int64 (rows, 0);
    const char *note = (const char *)sqlite3_column_text (rows, 1);
    if (!g_utf8_validate (note, -1, NULL)) {
      g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
          _ ("%s: the note of verdict %" G_GINT64_FORMAT " is no text"),
          lam_connection_get_path (connection), id);
      lam_connection_reset (rows);
      return NULL;
    }
    g_hash_table_insert (notes, g_memdup2 (&id, sizeof id), g_strdup (note));
  }
  return has_row == 0 ? g_steal_pointer (&notes) : NULL;
}

static bool
list_notes_work (LamConnection *connection, gpointer data, GError **error)
{
  Request *request = data;
  request->notes = lam_verdict_table_read_notes (connection, error);
  return request->notes != NULL;
}

GHashTable *
lam_store_list_verdict_notes (LamStore *store, GError **error)
{
  Request request = { .store = store };
  return lam_store_work (store, list_notes_work, &request, error)
      ? request.notes
      : NULL;
}
