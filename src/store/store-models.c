/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "store/store-models.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "store/model-table.h"
#include "store/store-private.h"

/* What goes to the store's thread and comes back. */
typedef struct {
  LamStore *store; /* Borrowed */
  LamModelRow row; /* Borrowed texts */
  GBytes *onnx; /* Borrowed */
  const char *settings; /* Borrowed */
  int64_t id, number;
  gpointer result;
} Request;

/* Runs `work` in a transaction of its own. */
static bool
transact (LamConnection *connection, Request *request, LamConnectionWork work,
    GError **error)
{
  bool ok = lam_connection_transact (connection, work, request, error);
  if (!ok)
    lam_store_after_write (request->store, false);
  return ok;
}

/* ---- Models ------------------------------------------------------------- */

static bool
add (LamConnection *connection, gpointer data, GError **error)
{
  Request *request = data;
  g_autoptr (LamModelRow) parent = request->row.parent
      ? lam_model_table_find (connection, request->row.parent, error)
      : NULL;
  if (request->row.parent && !parent)
    return false;
  request->id =
      lam_model_table_add (connection, &request->row, request->onnx, error);
  return request->id != 0;
}

/* After a change: what is on disk now. */
static bool
keep_rows (LamConnection *connection, const Request *request, GError **error)
{
  GPtrArray *rows = lam_model_table_read (connection, error);
  lam_store_keep_models (request->store, rows);
  return rows != NULL;
}

static bool
add_work (LamConnection *connection, gpointer data, GError **error)
{
  return transact (connection, data, add, error)
      && keep_rows (connection, data, error);
}

int64_t
lam_store_add_model (LamStore *store, const char *name, int64_t parent,
    GBytes *onnx, GError **error)
{
  gsize n = g_bytes_get_size (onnx);
  if (!lam_store_check_writable (store, error))
    return 0;
  if (n == 0 || n > LAM_MODEL_MAX_BYTES) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("A model of %" G_GSIZE_FORMAT
           " bytes cannot be kept in a project; 1 to %d can"),
        n, LAM_MODEL_MAX_BYTES);
    return 0;
  }
  g_autofree char *hash =
      g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, onnx);
  Request request = { .store = store, .onnx = onnx };
  request.row = (LamModelRow){ .name = (char *)name,
    .time = g_get_real_time (),
    .parent = parent,
    .hash = hash };
  return lam_store_work (store, add_work, &request, error) ? request.id : 0;
}

static bool
list_work (LamConnection *connection, gpointer data, GError **error)
{
  Request *request = data;
  request->result = lam_model_table_read (connection, error);
  return request->result != NULL;
}

GPtrArray *
lam_store_list_models (LamStore *store, GError **error)
{
  Request request = { .store = store };
  GPtrArray *kept = lam_store_ref_models (store);
  if (kept)
    return kept;
  return lam_store_work (store, list_work, &request, error) ? request.result
                                                            : NULL;
}

static bool
find_work (LamConnection *connection, gpointer data, GError **error)
{
  Request *request = data;
  request->result = lam_model_table_find (connection, request->id, error);
  return request->result != NULL;
}

LamModelRow *
lam_store_find_model (LamStore *store, int64_t id, GError **error)
{
  Request request = { .store = store, .id = id };
  return lam_store_work (store, find_work, &request, error) ? request.result
                                                            : NULL;
}

static bool
part_work (LamConnection *connection, gpointer data, GError **error)
{
  Request *request = data;
  request->result = lam_model_table_read_part (
      connection, request->id, request->number, error);
  return request->result != NULL;
}

static bool
damaged (LamStore *store, int64_t id, GError **error)
{
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
      _ ("%s: model %" G_GINT64_FORMAT
         " is damaged: it is not the file that was kept"),
      lam_store_get_path (store), id);
  return false;
}

/* A request a part, so that edits and bricks come in between. */
static bool
read_parts (
    LamStore *store, const LamModelRow *row, GByteArray *onnx, GError **error)
{
  Request request = { .store = store, .id = row->id };
  if (row->n_bytes < 1 || row->n_bytes > LAM_MODEL_MAX_BYTES)
    return damaged (store, row->id, error);
  for (; onnx->len < row->n_bytes; request.number++) {
    if (!lam_store_work (store, part_work, &request, error))
      return false;
    g_autoptr (GBytes) part = request.result;
    gsize n;
    const guint8 *data = g_bytes_get_data (part, &n);
    if (n == 0 || n > (gsize)row->n_bytes - onnx->len)
      return damaged (store, row->id, error);
    g_byte_array_append (onnx, data, (guint)n);
  }
  return true;
}

GBytes *
lam_store_read_model (LamStore *store, int64_t id, GError **error)
{
  g_autoptr (LamModelRow) row = lam_store_find_model (store, id, error);
  g_autoptr (GByteArray) onnx = g_byte_array_new ();
  if (!row || !read_parts (store, row, onnx, error))
    return NULL;
  g_autoptr (GBytes) bytes =
      g_byte_array_free_to_bytes (g_steal_pointer (&onnx));
  g_autofree char *hash =
      g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
  if (g_strcmp0 (hash, row->hash) == 0)
    return g_steal_pointer (&bytes);
  damaged (store, id, error);
  return NULL;
}

static bool
remove_model (LamConnection *connection, gpointer data, GError **error)
{
  Request *request = data;
  g_autoptr (LamModelRow) row =
      lam_model_table_find (connection, request->id, error);
  return row && lam_model_table_remove (connection, request->id, error);
}

static bool
remove_work (LamConnection *connection, gpointer data, GError **error)
{
  return transact (connection, data, remove_model, error)
      && keep_rows (connection, data, error);
}

bool
lam_store_remove_model (LamStore *store, int64_t id, GError **error)
{
  Request request = { .store = store, .id = id };
  return lam_store_check_writable (store, error)
      && lam_store_work (store, remove_work, &request, error);
}

/* ---- Runs --------------------------------------------------------------- */

static bool
begin_run (LamConnection *connection, gpointer data, GError **error)
{
  Request *request = data;
  g_autoptr (LamModelRow) row =
      lam_model_table_find (connection, request->row.id, error);
  if (row)
    request->id =
        lam_run_table_begin (connection, row->id, request->settings, error);
  return request->id != 0;
}

static bool
begin_run_work (LamConnection *connection, gpointer data, GError **error)
{
  return transact (connection, data, begin_run, error);
}

int64_t
lam_store_begin_run (
    LamStore *store, int64_t model, const char *settings, GError **error)
{
  Request request = {
    .store = store, .row = { .id = model }, .settings = settings
  };
  return lam_store_check_writable (store, error)
          && lam_store_work (store, begin_run_work, &request, error)
      ? request.id
      : 0;
}

static bool
list_runs_work (LamConnection *connection, gpointer data, GError **error)
{
  Request *request = data;
  request->result = lam_run_table_read (connection, error);
  return request->result != NULL;
}

GPtrArray *
lam_store_list_runs (LamStore *store, GError **error)
{
  Request request = { .store = store };
  return lam_store_work (store, list_runs_work, &request, error)
      ? request.result
      : NULL;
}
