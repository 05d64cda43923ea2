/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "store/brick-changes.h"

#include "base/int64-hash.h"
#include "store/store-private.h"

static bool
copy_work (LamConnection *connection, gpointer data, GError **error)
{
  GHashTable *copy = data;
  GHashTableIter each;
  gpointer key, change;
  g_hash_table_iter_init (&each, lam_connection_get_changes (connection));
  while (g_hash_table_iter_next (&each, &key, &change))
    g_hash_table_insert (copy, g_memdup2 (key, sizeof (int64_t)),
        g_memdup2 (change, sizeof (int64_t)));
  return true;
}

GHashTable *
lam_store_dup_brick_changes (LamStore *store, GError **error)
{
  GHashTable *copy =
      g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, g_free);
  if (lam_store_work (store, copy_work, copy, error))
    return copy;
  g_hash_table_unref (copy);
  return NULL;
}
