/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A snapshot is a table of what was overwritten since: brick-table.c puts the
 * bytes of a brick there before it first writes over them (or that there were
 * none). A read looks there first and then at what is stored now. All of this
 * runs on the store's thread, so no write comes in between. A transaction that
 * is rolled back leaves kept bytes that are those stored: they are right. */
#include "store/snapshot.h"

#include <glib/gi18n-lib.h>

#include "store/brick-decoder.h"
#include "store/brick-keep.h"
#include "store/brick-table.h"
#include "store/row-table.h"
#include "store/store-private.h"

struct _LamStoreSnapshot {
  LamStore *store; /* Owned */
  LamClassTable *classes; /* Owned */
  LamBrickKeep *keep; /* Owned; store thread */
  int64_t max_bytes;
};

static bool
begin_work (LamConnection *connection, gpointer data, GError **error)
{
  LamStoreSnapshot *snapshot = data;
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  if (!lam_row_read_sound_classes (
          connection, snapshot->classes, problems, error))
    return false;
  g_autofree char *folder =
      g_path_get_dirname (lam_connection_get_path (connection));
  snapshot->keep = lam_brick_keep_new (snapshot->max_bytes, folder);
  lam_connection_add_keep (connection, snapshot->keep);
  return true;
}

LamStoreSnapshot *
lam_store_snapshot_new (LamStore *store, int64_t max_bytes, GError **error)
{
  g_autoptr (LamStoreSnapshot) snapshot = g_new0 (LamStoreSnapshot, 1);
  snapshot->store = g_object_ref (store);
  snapshot->classes = lam_class_table_new ();
  snapshot->max_bytes = max_bytes;
  if (!lam_store_work (store, begin_work, snapshot, error))
    return NULL;
  return g_steal_pointer (&snapshot);
}

static bool
end_work (LamConnection *connection, gpointer data, GError **error)
{
  LamStoreSnapshot *snapshot = data;
  lam_connection_remove_keep (connection, snapshot->keep);
  return true;
}

void
lam_store_snapshot_free (LamStoreSnapshot *snapshot)
{
  /* Of a store that was closed there is no connection any more. */
  if (snapshot->keep)
    lam_store_work (snapshot->store, end_work, snapshot, NULL);
  g_clear_pointer (&snapshot->keep, lam_brick_keep_free);
  lam_class_table_free (snapshot->classes);
  g_object_unref (snapshot->store);
  g_free (snapshot);
}

const LamClassTable *
lam_store_snapshot_get_classes (LamStoreSnapshot *snapshot)
{
  return snapshot->classes;
}

typedef struct {
  const LamStoreSnapshot *snapshot;
  int64_t key;
  GBytes *bytes; /* Owned */
} ReadRequest;

static bool
read_work (LamConnection *connection, gpointer data, GError **error)
{
  ReadRequest *request = data;
  GError *problem = NULL;
  if (!lam_brick_keep_lookup (
          request->snapshot->keep, request->key, &request->bytes, &problem))
    request->bytes =
        lam_brick_table_read_bytes (connection, request->key, &problem);
  if (problem)
    g_propagate_error (error, problem);
  return problem == NULL;
}

LamLabelBrick *
lam_store_snapshot_read (
    LamStoreSnapshot *snapshot, LamBrickKey key, GError **error)
{
  ReadRequest request = { snapshot, lam_brick_key_pack (key), NULL };
  if (!lam_store_work (snapshot->store, read_work, &request, error)
      || !request.bytes)
    return NULL;
  g_autoptr (GBytes) bytes = request.bytes;
  gsize size;
  const void *data = g_bytes_get_data (bytes, &size);
  LamLabelBrick *brick = lam_brick_decode (data, size, error);
  if (!brick)
    g_prefix_error (error, _ ("%s: brick %d, %d, %d: "),
        lam_store_get_path (snapshot->store), key.x, key.y, key.z);
  return brick;
}
