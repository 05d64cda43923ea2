/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "store/brick-keep.h"

typedef struct {
  /* Owned; at most one of them */
  GBytes *bytes;
  GError *error;
} Kept;

struct _LamBrickKeep {
  GHashTable *bricks; /* Owned; packed key → Kept */
};

static void
kept_free (gpointer data)
{
  Kept *kept = data;
  g_clear_pointer (&kept->bytes, g_bytes_unref);
  g_clear_error (&kept->error);
  g_free (kept);
}

LamBrickKeep *
lam_brick_keep_new (void)
{
  LamBrickKeep *keep = g_new0 (LamBrickKeep, 1);
  keep->bricks =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, kept_free);
  return keep;
}

void
lam_brick_keep_free (LamBrickKeep *keep)
{
  g_hash_table_unref (keep->bricks);
  g_free (keep);
}

bool
lam_brick_keep_has (LamBrickKeep *keep, int64_t key)
{
  return g_hash_table_contains (keep->bricks, &key);
}

void
lam_brick_keep_put (
    LamBrickKeep *keep, int64_t key, GBytes *bytes, const GError *error)
{
  Kept *kept = g_new0 (Kept, 1);
  kept->bytes = bytes ? g_bytes_ref (bytes) : NULL;
  kept->error = error ? g_error_copy (error) : NULL;
  g_hash_table_insert (keep->bricks, g_memdup2 (&key, sizeof key), kept);
}

bool
lam_brick_keep_lookup (
    LamBrickKeep *keep, int64_t key, GBytes **bytes, GError **error)
{
  const Kept *kept = g_hash_table_lookup (keep->bricks, &key);
  if (!kept)
    return false;
  *bytes = kept->bytes ? g_bytes_ref (kept->bytes) : NULL;
  if (kept->error)
    g_propagate_error (error, g_error_copy (kept->error));
  return true;
}
