/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "store/model-table.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"

/* ---- Models ------------------------------------------------------------- */

static bool
write_parts (
    LamConnection *connection, int64_t model, GBytes *onnx, GError **error)
{
  gsize n;
  const char *data = g_bytes_get_data (onnx, &n);
  for (size_t at = 0, number = 0; at < n; at += LAM_MODEL_PART_BYTES, number++)
    if (!lam_connection_run (connection,
            "INSERT INTO model_part VALUES (?1, ?2, ?3, " LAM_CHECKSUM
            "(?1, ?2, ?3))",
            error, "iib", model, (int64_t)number, data + at,
            MIN (n - at, (size_t)LAM_MODEL_PART_BYTES)))
      return false;
  return true;
}

int64_t
lam_model_table_add (LamConnection *connection, const LamModelRow *row,
    GBytes *onnx, GError **error)
{
  int64_t last = 0;
  if (!lam_connection_read_int (
          connection, "SELECT max(id) FROM model", &last, error, "")
      || !lam_connection_run (connection,
          "INSERT INTO model VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, " LAM_CHECKSUM
          "(?1, ?2, ?3, ?4, ?5, ?6, 0))",
          error, "itiiti", last + 1, row->name, row->time, row->parent,
          row->hash, (int64_t)g_bytes_get_size (onnx))
      || !write_parts (connection, last + 1, onnx, error))
    return 0;
  return last + 1;
}

static LamModelRow *
model_of_row (sqlite3_stmt *from)
{
  LamModelRow *row = g_new0 (LamModelRow, 1);
  row->id = sqlite3_column_int64 (from, 0);
  row->name = g_strdup ((const char *)sqlite3_column_text (from, 1));
  row->time = sqlite3_column_int64 (from, 2);
  row->parent = sqlite3_column_int64 (from, 3);
  row->hash = g_strdup ((const char *)sqlite3_column_text (from, 4));
  row->n_bytes = sqlite3_column_int64 (from, 5);
  row->removed = sqlite3_column_int (from, 6) != 0;
  return row;
}

#define MODEL_COLUMNS "id, name, time, parent, hash, n_bytes, removed"

GPtrArray *
lam_model_table_read (LamConnection *connection, GError **error)
{
  sqlite3_stmt *rows = lam_connection_query (
      connection, "SELECT " MODEL_COLUMNS " FROM model ORDER BY id", error, "");
  if (!rows)
    return NULL;
  g_autoptr (GPtrArray) models =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_model_row_free);
  int has_row;
  while ((has_row = lam_connection_step (connection, rows, error)) == 1)
    g_ptr_array_add (models, model_of_row (rows));
  return has_row == 0 ? g_steal_pointer (&models) : NULL;
}

LamModelRow *
lam_model_table_find (LamConnection *connection, int64_t id, GError **error)
{
  sqlite3_stmt *rows = lam_connection_query (connection,
      "SELECT " MODEL_COLUMNS " FROM model WHERE id = ?1", error, "i", id);
  int has_row = rows ? lam_connection_step (connection, rows, error) : -1;
  if (has_row < 0)
    return NULL;
  g_autoptr (LamModelRow) row = has_row == 1 ? model_of_row (rows) : NULL;
  lam_connection_reset (rows);
  if (row && !row->removed)
    return g_steal_pointer (&row);
  if (row)
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("Model %" G_GINT64_FORMAT " of %s, “%s”, was removed"), id,
        lam_connection_get_path (connection), row->name);
  else
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("%s has no model %" G_GINT64_FORMAT),
        lam_connection_get_path (connection), id);
  return NULL;
}

GBytes *
lam_model_table_read_part (
    LamConnection *connection, int64_t id, int64_t number, GError **error)
{
  sqlite3_stmt *rows = lam_connection_query (connection,
      "SELECT data, checksum IS " LAM_CHECKSUM "(model, number, data)"
      " FROM model_part WHERE model = ?1 AND number = ?2",
      error, "ii", id, number);
  int has_row = rows ? lam_connection_step (connection, rows, error) : -1;
  if (has_row < 0)
    return NULL;
  GBytes *bytes = NULL;
  if (has_row == 1 && sqlite3_column_int (rows, 1))
    bytes = g_bytes_new (
        sqlite3_column_blob (rows, 0), (gsize)sqlite3_column_bytes (rows, 0));
  else
    g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
        has_row == 1
            ? _ ("%s: model %" G_GINT64_FORMAT " is damaged: its checksum is "
                 "wrong")
            : _ ("%s: a part of model %" G_GINT64_FORMAT " is missing"),
        lam_connection_get_path (connection), id);
  lam_connection_reset (rows);
  return bytes;
}

bool
lam_model_table_remove (LamConnection *connection, int64_t id, GError **error)
{
  return lam_connection_run (connection,
             "DELETE FROM model_part WHERE model = ?1", error, "i", id)
      && lam_connection_run (connection,
          "UPDATE model SET removed = 1, checksum = " LAM_CHECKSUM
          "(id, name, time, parent, hash, n_bytes, 1) WHERE id = ?1",
          error, "i", id);
}

/* ---- Runs --------------------------------------------------------------- */

static LamRunRow *
run_of_row (sqlite3_stmt *from)
{
  LamRunRow *row = g_new0 (LamRunRow, 1);
  row->id = sqlite3_column_int64 (from, 0);
  row->model = sqlite3_column_int64 (from, 1);
  row->settings = g_strdup ((const char *)sqlite3_column_text (from, 2));
  row->time = sqlite3_column_int64 (from, 3);
  for (int i = 0; i < 3; i++) {
    row->box.min[i] = sqlite3_column_int64 (from, 4 + i);
    row->box.max[i] = sqlite3_column_int64 (from, 7 + i);
  }
  return row;
}

#define RUN_COLUMNS "id, model, settings, time, x0, y0, z0, x1, y1, z1"

GPtrArray *
lam_run_table_read (LamConnection *connection, GError **error)
{
  sqlite3_stmt *rows = lam_connection_query (
      connection, "SELECT " RUN_COLUMNS " FROM run ORDER BY id", error, "");
  if (!rows)
    return NULL;
  g_autoptr (GPtrArray) runs =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_run_row_free);
  int has_row;
  while ((has_row = lam_connection_step (connection, rows, error)) == 1)
    g_ptr_array_add (runs, run_of_row (rows));
  return has_row == 0 ? g_steal_pointer (&runs) : NULL;
}

static bool
write_run (LamConnection *connection, const LamRunRow *run, GError **error)
{
  const int64_t *min = run->box.min, *max = run->box.max;
  /* Not REPLACE, which would delete a row that edits refer to. */
  return lam_connection_run (connection,
      "INSERT INTO run VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
      " " LAM_CHECKSUM "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10))"
      " ON CONFLICT (id) DO UPDATE SET x0=excluded.x0, y0=excluded.y0,"
      " z0=excluded.z0, x1=excluded.x1, y1=excluded.y1, z1=excluded.z1,"
      " checksum=excluded.checksum",
      error, "iitiiiiiii", run->id, run->model, run->settings, run->time,
      min[0], min[1], min[2], max[0], max[1], max[2]);
}

/* NULL without error: there is none. */
static LamRunRow *
take_run (LamConnection *connection, sqlite3_stmt *rows, GError **error)
{
  if (!rows || lam_connection_step (connection, rows, error) != 1)
    return NULL;
  LamRunRow *run = run_of_row (rows);
  lam_connection_reset (rows);
  return run;
}

static LamRunRow *
new_run (LamConnection *connection, int64_t model, const char *settings,
    GError **error)
{
  int64_t last = 0;
  if (!lam_connection_read_int (
          connection, "SELECT max(id) FROM run", &last, error, ""))
    return NULL;
  if (last >= LAM_MAX_RUN) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("%s holds %d runs of models, and no number is left for another"),
        lam_connection_get_path (connection), LAM_MAX_RUN);
    return NULL;
  }
  LamRunRow *run = g_new0 (LamRunRow, 1);
  run->id = last + 1;
  run->model = model;
  run->settings = g_strdup (settings);
  run->time = g_get_real_time ();
  return run;
}

int64_t
lam_run_table_begin (LamConnection *connection, int64_t model,
    const char *settings, GError **error)
{
  GError *local = NULL;
  g_autoptr (LamRunRow) run = take_run (connection,
      lam_connection_query (connection,
          "SELECT " RUN_COLUMNS " FROM run WHERE model = ?1 AND settings = ?2"
          " ORDER BY id LIMIT 1",
          &local, "it", model, settings),
      &local);
  bool is_new = !run && !local;
  if (is_new)
    run = new_run (connection, model, settings, &local);
  if (local)
    g_propagate_error (error, local);
  return run && (!is_new || write_run (connection, run, error)) ? run->id : 0;
}

bool
lam_run_table_extend (
    LamConnection *connection, int64_t id, const LamBox *box, GError **error)
{
  g_autoptr (LamRunRow) run = take_run (connection,
      lam_connection_query (connection,
          "SELECT " RUN_COLUMNS " FROM run WHERE id = ?1", error, "i", id),
      error);
  if (!run) /* the caller has found it before, so it cannot be missing */
    return false;
  LamBox old = run->box;
  run->box = lam_box_unite (&old, box);
  return lam_box_equal (&old, &run->box) || write_run (connection, run, error);
}

char *
lam_run_table_dup_name (LamConnection *connection, int64_t run, GError **error)
{
  sqlite3_stmt *rows = lam_connection_query (connection,
      "SELECT name FROM run JOIN model ON model.id = run.model"
      " WHERE run.id = ?1",
      error, "i", run);
  int has_row = rows ? lam_connection_step (connection, rows, error) : -1;
  if (has_row < 1) {
    if (has_row == 0)
      g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
          _ ("%s has no run %" G_GINT64_FORMAT " of a model"),
          lam_connection_get_path (connection), run);
    return NULL;
  }
  char *name = g_strdup ((const char *)sqlite3_column_text (rows, 0));
  lam_connection_reset (rows);
  return name;
}

bool
lam_model_table_write_edit (LamConnection *connection, int64_t edit,
    int64_t run, int64_t cause, GError **error)
{
  return lam_connection_run (connection,
      "INSERT INTO model_edit VALUES (?1, ?2, ?3, " LAM_CHECKSUM
      "(?1, ?2, ?3))",
      error, "iii", edit, run, cause);
}
