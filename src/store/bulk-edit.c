/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A bulk edit holds the store's thread from begin to end. Bricks are coded in
 * the caller's thread and only written in the store's, and none is kept: an
 * import of any size needs the memory of a few bricks. */
#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "store/brick-decoder.h"
#include "store/brick-encoder.h"
#include "store/brick-table.h"
#include "store/edit-writer.h"
#include "store/store-private.h"

struct _LamBulkEdit {
  LamStore *store; /* Owned */
  LamEditWriter *writer; /* Owned; used on the store's thread */
  char *tool; /* Owned */
  int64_t n_left_out; /* voxels */
  bool has_failed;
};

static bool
begin_work (LamConnection *connection, gpointer data, GError **error)
{
  LamBulkEdit *bulk = data;
  bulk->writer = lam_edit_writer_begin (connection, bulk->tool, error);
  if (!bulk->writer)
    lam_store_after_write (bulk->store, false);
  return bulk->writer != NULL;
}

/* Lets the others in again and frees `bulk`. */
static void
let_go (LamBulkEdit *bulk)
{
  lam_store_thread_release (lam_store_get_thread (bulk->store));
  g_object_unref (bulk->store);
  g_free (bulk->tool);
  g_free (bulk);
}

LamBulkEdit *
lam_store_begin_bulk (LamStore *store, const char *tool, GError **error)
{
  if (!lam_store_check_writable (store, error))
    return NULL;
  if (!lam_store_thread_hold (lam_store_get_thread (store))) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_IO, _ ("%s has been closed"),
        lam_store_get_path (store));
    return NULL;
  }
  LamBulkEdit *bulk = g_new0 (LamBulkEdit, 1);
  bulk->store = g_object_ref (store);
  bulk->tool = g_strdup (tool);
  if (lam_store_work_held (store, begin_work, bulk, error))
    return bulk;
  let_go (bulk);
  return NULL;
}

int64_t
lam_bulk_edit_get_id (LamBulkEdit *bulk)
{
  return lam_edit_writer_get_id (bulk->writer);
}

bool
lam_bulk_edit_work (
    LamBulkEdit *bulk, LamStoreWork work, gpointer data, GError **error)
{
  const bool done = lam_store_work_held (bulk->store, work, data, error);
  bulk->has_failed = bulk->has_failed || !done;
  return done;
}

bool
lam_bulk_edit_has_failed (const LamBulkEdit *bulk)
{
  return bulk->has_failed;
}

typedef struct {
  int64_t key;
  GBytes *bytes;
} ReadRequest;

static bool
read_work (LamConnection *connection, gpointer data, GError **error)
{
  ReadRequest *request = data;
  GError *local = NULL;
  request->bytes =
      lam_brick_table_read_bytes (connection, request->key, &local);
  if (local)
    g_propagate_error (error, local);
  return local == NULL;
}

LamLabelBrick *
lam_bulk_edit_read (LamBulkEdit *bulk, LamBrickKey key, GError **error)
{
  ReadRequest request = { lam_brick_key_pack (key), NULL };
  if (!lam_store_work_held (bulk->store, read_work, &request, error)
      || !request.bytes)
    return NULL;
  g_autoptr (GBytes) bytes = request.bytes;
  gsize size;
  const void *data = g_bytes_get_data (bytes, &size);
  LamLabelBrick *brick = lam_brick_decode (data, size, error);
  if (!brick)
    g_prefix_error (error, _ ("%s: brick %d, %d, %d: "),
        lam_store_get_path (bulk->store), key.x, key.y, key.z);
  return brick;
}

static bool
keys_work (LamConnection *connection, gpointer data, GError **error)
{
  GArray **keys = data;
  *keys = lam_brick_table_dup_keys (connection, error);
  return *keys != NULL;
}

GArray *
lam_bulk_edit_dup_keys (LamBulkEdit *bulk, GError **error)
{
  GArray *keys = NULL;
  return lam_store_work_held (bulk->store, keys_work, &keys, error) ? keys
                                                                    : NULL;
}

typedef struct {
  LamEditWriter *writer;
  LamBrickKey key;
  int presence;
  GByteArray *brick, *difference;
  int64_t n_voxels;
} WriteRequest;

static bool
write_work (LamConnection *connection, gpointer data, GError **error)
{
  WriteRequest *request = data;
  return lam_edit_writer_put (request->writer, request->key, request->presence,
      request->brick, request->difference, request->n_voxels, error);
}

void
lam_bulk_edit_leave_out (LamBulkEdit *bulk, int64_t n_voxels)
{
  bulk->n_left_out += n_voxels;
}

bool
lam_bulk_edit_write (
    LamBulkEdit *bulk, LamBrickKey key, LamLabelBrick *after, GError **error)
{
  GError *local = NULL;
  g_autoptr (LamLabelBrick) before = lam_bulk_edit_read (bulk, key, &local);
  if (local) {
    g_propagate_error (error, local);
    return false;
  }
  if (before && after ? lam_label_brick_equal (before, after)
                      : !before && !after)
    return true;
  WriteRequest request = { bulk->writer, key };
  request.presence =
      (before ? LAM_PRESENCE_BEFORE : 0) | (after ? LAM_PRESENCE_AFTER : 0);
  g_autoptr (GByteArray) difference =
      lam_difference_encode (before, after, &request.n_voxels);
  g_autoptr (GByteArray) brick = after ? lam_brick_encode (after) : NULL;
  request.difference = difference;
  request.brick = brick;
  return lam_store_work_held (bulk->store, write_work, &request, error);
}

typedef struct {
  LamBulkEdit *bulk;
  GPtrArray *rows;
  const LamBox *box;
  const char *detail;
  LamHistoryRow *row;
} EndRequest;

static bool
end_work (LamConnection *connection, gpointer data, GError **error)
{
  EndRequest *request = data;
  LamStore *store = request->bulk->store;
  LamEditWriter *writer = request->bulk->writer;
  lam_edit_writer_leave_out (writer, request->bulk->n_left_out);
  if (lam_edit_writer_rows (writer, request->rows, error)
      && lam_store_write_settings (store, connection, error))
    request->row =
        lam_edit_writer_end (writer, request->box, request->detail, error);
  else
    lam_edit_writer_cancel (writer);
  lam_store_after_write (store, request->row != NULL);
  return request->row != NULL;
}

LamHistoryRow *
lam_bulk_edit_end (LamBulkEdit *bulk, GPtrArray *rows, const LamBox *box,
    const char *detail, GError **error)
{
  EndRequest request = { bulk, rows, box, detail, NULL };
  lam_store_work_held (bulk->store, end_work, &request, error);
  let_go (bulk);
  return request.row;
}

static bool
cancel_work (LamConnection *connection, gpointer data, GError **error)
{
  lam_edit_writer_cancel (data);
  return true;
}

void
lam_bulk_edit_cancel (LamBulkEdit *bulk)
{
  lam_store_work_held (bulk->store, cancel_work, bulk->writer, NULL);
  let_go (bulk);
}
