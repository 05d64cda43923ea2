/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Decoded by who asks, so that the store's thread is free for the next. */
#include "store/opinions.h"

#include "store/opinion-codec.h"
#include "store/opinion-table.h"
#include "store/store-private.h"

typedef struct {
  int64_t key;
  GArray *sources; /* Owned; uint16_t: of runs, newest first */
  GPtrArray *bytes; /* Owned; GBytes, beside them */
} Request;

static void
request_clear (Request *request)
{
  g_clear_pointer (&request->sources, g_array_unref);
  g_ptr_array_unref (request->bytes);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Request, request_clear)

static bool
read_work (LamConnection *connection, gpointer data, GError **error)
{
  Request *request = data;
  request->sources =
      lam_opinion_table_dup_sources (connection, request->key, error);
  for (guint i = 0; request->sources && i < request->sources->len; i++) {
    GBytes *bytes = lam_opinion_table_read_bytes (connection,
        g_array_index (request->sources, uint16_t, i), request->key, error);
    if (!bytes)
      return false;
    g_ptr_array_add (request->bytes, bytes);
  }
  return request->sources != NULL;
}

static LamOpinion *
decode (const Request *request, GError **error)
{
  g_autoptr (LamOpinion) opinion = lam_opinion_new ();
  for (guint i = 0; i < request->bytes->len; i++) {
    gsize size;
    const void *data = g_bytes_get_data (request->bytes->pdata[i], &size);
    LamRunOpinion *of_run = lam_opinion_decode (data, size, error);
    if (!of_run)
      return NULL;
    lam_opinion_add (
        opinion, g_array_index (request->sources, uint16_t, i), of_run);
  }
  return g_steal_pointer (&opinion);
}

LamOpinion *
lam_store_read_opinion (
    LamStore *store, LamBrickKey key, GCancellable *cancellable, GError **error)
{
  g_auto (Request) request = { lam_brick_key_pack (key), NULL,
    g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref) };
  if (g_cancellable_set_error_if_cancelled (cancellable, error)
      || !lam_store_work (store, read_work, &request, error)
      || request.bytes->len == 0)
    return NULL;
  LamOpinion *opinion = decode (&request, error);
  if (!opinion)
    g_prefix_error (error, "%s: brick %d, %d, %d: ", lam_store_get_path (store),
        key.x, key.y, key.z);
  return opinion;
}

/* ---- Rejecting ---------------------------------------------------------- */

typedef struct {
  LamStore *store;
  LamBox box;
  LamRejects rejects;
  gpointer data;
  int64_t n_rejected;
} Rejection;

/* Of one run; voxels on which a newer one has spoken are left to that. */
static bool
reject_of_run (Rejection *rejection, LamConnection *connection, LamBrickKey key,
    uint16_t source, bool *is_spoken, GError **error)
{
  int64_t packed = lam_brick_key_pack (key), n = 0;
  g_autofree LamRunOpinion *of_run =
      lam_opinion_table_read (connection, source, packed, error);
  for (int i = 0; of_run && i < LAM_BRICK_VOXELS; i++) {
    if (of_run->seconds[i] == 0 || is_spoken[i])
      continue;
    is_spoken[i] = true;
    if (of_run->firsts[i] == 0 || (of_run->firsts[i] & LAM_OPINION_REJECTED)
        || !rejection->rejects (key, i, rejection->data))
      continue;
    of_run->firsts[i] |= LAM_OPINION_REJECTED;
    n++;
  }
  rejection->n_rejected += n;
  if (!of_run || n == 0)
    return of_run != NULL;
  g_autoptr (GByteArray) data = lam_opinion_encode (of_run);
  return lam_opinion_table_write (connection, source, packed, data, error);
}

static bool
reject_brick (Rejection *rejection, LamConnection *connection, LamBrickKey key,
    GError **error)
{
  g_autofree bool *is_spoken = g_new0 (bool, LAM_BRICK_VOXELS);
  g_autoptr (GArray) sources = lam_opinion_table_dup_sources (
      connection, lam_brick_key_pack (key), error);
  for (guint i = 0; sources && i < sources->len; i++)
    if (!reject_of_run (rejection, connection, key,
            g_array_index (sources, uint16_t, i), is_spoken, error))
      return false;
  return sources != NULL;
}

static bool
reject_bricks (LamConnection *connection, gpointer data, GError **error)
{
  Rejection *rejection = data;
  LamBox bricks = lam_box_bricks (&rejection->box);
  for (int64_t z = bricks.min[2]; z < bricks.max[2]; z++)
    for (int64_t y = bricks.min[1]; y < bricks.max[1]; y++)
      for (int64_t x = bricks.min[0]; x < bricks.max[0]; x++) {
        LamBrickKey key = { (int32_t)x, (int32_t)y, (int32_t)z };
        if (!reject_brick (rejection, connection, key, error))
          return false;
      }
  return true;
}

static bool
reject_work (LamConnection *connection, gpointer data, GError **error)
{
  Rejection *rejection = data;
  bool ok =
      lam_connection_transact (connection, reject_bricks, rejection, error);
  lam_store_after_write (rejection->store, ok);
  return ok;
}

int64_t
lam_store_reject (LamStore *store, const LamBox *box, LamRejects rejects,
    gpointer data, GError **error)
{
  Rejection rejection = { store, *box, rejects, data, 0 };
  return lam_store_check_writable (store, error)
          && lam_store_work (store, reject_work, &rejection, error)
      ? rejection.n_rejected
      : -1;
}
