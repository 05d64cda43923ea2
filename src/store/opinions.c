/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Decoded by who asks, so that the store's thread is free for the next. */
#include "store/opinions.h"

#include "store/opinion-codec.h"
#include "store/opinion-table.h"
#include "store/store-private.h"

typedef struct {
  int64_t key;
  GArray *sources; /* Owned; uint16_t: of runs */
  GPtrArray *bytes; /* Owned; GBytes or NULL, beside them */
} Request;

static void
request_clear (Request *request)
{
  g_array_unref (request->sources);
  for (guint i = 0; i < request->bytes->len; i++)
    if (request->bytes->pdata[i])
      g_bytes_unref (request->bytes->pdata[i]);
  g_ptr_array_unref (request->bytes);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Request, request_clear)

static void
add_source (GArray *sources, uint16_t source)
{
  if (source < LAM_SOURCE_FIRST_RUN)
    return;
  for (guint i = 0; i < sources->len; i++)
    if (g_array_index (sources, uint16_t, i) == source)
      return;
  g_array_append_val (sources, source);
}

static void
find_runs (const LamLabelBrick *brick, GArray *sources)
{
  uint16_t last = LAM_SOURCE_UNSET;
  if (lam_label_brick_is_uniform (brick, NULL, &last)) {
    add_source (sources, last);
    return;
  }
  const uint16_t *planes = lam_label_brick_get_sources (brick);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    if (planes[i] != last)
      add_source (sources, last = planes[i]);
}

static bool
read_work (LamConnection *connection, gpointer data, GError **error)
{
  Request *request = data;
  for (guint i = 0; i < request->sources->len; i++) {
    GError *local = NULL;
    GBytes *bytes = lam_opinion_table_read_bytes (connection,
        g_array_index (request->sources, uint16_t, i), request->key, &local);
    if (local) {
      g_propagate_error (error, local);
      return false;
    }
    g_ptr_array_add (request->bytes, bytes);
  }
  return true;
}

static bool
add_decoded (
    LamOpinion *opinion, uint16_t source, GBytes *bytes, GError **error)
{
  gsize size;
  const void *data = g_bytes_get_data (bytes, &size);
  LamRunOpinion *of_run = lam_opinion_decode (data, size, error);
  if (of_run)
    lam_opinion_add (opinion, source, of_run);
  return of_run != NULL;
}

static LamOpinion *
decode (const Request *request, GError **error)
{
  g_autoptr (LamOpinion) opinion = lam_opinion_new ();
  bool any = false;
  for (guint i = 0; i < request->bytes->len; i++) {
    GBytes *bytes = request->bytes->pdata[i];
    if (bytes
        && !add_decoded (opinion, g_array_index (request->sources, uint16_t, i),
            bytes, error))
      return NULL;
    any |= bytes != NULL;
  }
  return any ? g_steal_pointer (&opinion) : NULL;
}

LamOpinion *
lam_store_read_opinion (
    LamStore *store, LamBrickKey key, GCancellable *cancellable, GError **error)
{
  g_autoptr (LamLabelBrick) brick =
      lam_store_read_brick (store, key, cancellable, error);
  if (!brick)
    return NULL;
  g_auto (Request) request = { lam_brick_key_pack (key),
    g_array_new (false, false, sizeof (uint16_t)), g_ptr_array_new () };
  find_runs (brick, request.sources);
  if (request.sources->len == 0
      || g_cancellable_set_error_if_cancelled (cancellable, error)
      || !lam_store_work (store, read_work, &request, error))
    return NULL;
  GError *local = NULL;
  LamOpinion *opinion = decode (&request, &local);
  if (local) {
    g_prefix_error (&local, "%s: ", lam_store_get_path (store));
    g_propagate_error (error, local);
  }
  return opinion;
}
