/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "store/voices.h"

#include <string.h>

#include "store/store-private.h"
#include "store/voice-table.h"

typedef struct {
  LamStore *store;
  int64_t voice, key;
  GPtrArray *rows;
  GArray *keys;
  LamLabelBrick *brick;
  /* Of a new one */
  const LamVoice *new;
  const GPtrArray *labels;
  LamVoiceNext next;
  gpointer data;
} Request;

static bool
list_work (LamConnection *connection, gpointer data, GError **error)
{
  Request *request = data;
  request->rows = lam_voice_table_read (connection, error);
  return request->rows != NULL;
}

GPtrArray *
lam_store_list_voices (LamStore *store, GError **error)
{
  Request request = { .store = store };
  return lam_store_work (store, list_work, &request, error) ? request.rows
                                                            : NULL;
}

static bool
keys_work (LamConnection *connection, gpointer data, GError **error)
{
  Request *request = data;
  request->keys = lam_voice_table_dup_keys (connection, request->voice, error);
  return request->keys != NULL;
}

GArray *
lam_store_list_voice_bricks (LamStore *store, int64_t voice, GError **error)
{
  Request request = { .store = store, .voice = voice };
  return lam_store_work (store, keys_work, &request, error) ? request.keys
                                                            : NULL;
}

static bool
brick_work (LamConnection *connection, gpointer data, GError **error)
{
  Request *request = data;
  GError *local = NULL;
  request->brick = lam_voice_table_read_brick (
      connection, request->voice, request->key, &local);
  if (local)
    g_propagate_error (error, local);
  return !local;
}

LamLabelBrick *
lam_store_read_voice (
    LamStore *store, int64_t voice, LamBrickKey key, GError **error)
{
  Request request = {
    .store = store, .voice = voice, .key = lam_brick_key_pack (key)
  };
  lam_store_work (store, brick_work, &request, error);
  return request.brick;
}

static bool
labels_work (LamConnection *connection, gpointer data, GError **error)
{
  Request *request = data;
  request->rows =
      lam_voice_table_read_labels (connection, request->voice, error);
  return request->rows != NULL;
}

GPtrArray *
lam_store_list_voice_labels (LamStore *store, int64_t voice, GError **error)
{
  Request request = { .store = store, .voice = voice };
  return lam_store_work (store, labels_work, &request, error) ? request.rows
                                                              : NULL;
}

/* ---- Changing ----------------------------------------------------------- */

/* What the same person said of the same region before `voice`. */
static bool
remove_same (LamConnection *connection, const LamVoice *new, int64_t voice,
    GError **error)
{
  g_autoptr (GPtrArray) voices = lam_voice_table_read (connection, error);
  for (guint i = 0; voices && i < voices->len; i++) {
    const LamVoice *old = voices->pdata[i];
    if (old->id != voice && old->kind == LAM_VOICE_ANNOTATOR
        && new->kind == old->kind
        && old->region == new->region &&strcmp (old->name, new->name) == 0
        && !lam_voice_table_remove (connection, old->id, error))
      return false;
  }
  return voices != NULL;
}

static bool
write_new (LamConnection *connection, gpointer data, GError **error)
{
  Request *request = data;
  GError *local = NULL;
  int64_t key;
  LamLabelBrick *next;
  /* The old one is still there, so that the id is another. */
  request->voice = lam_voice_table_add (connection, request->new, error);
  if (request->voice == 0
      || !remove_same (connection, request->new, request->voice, error))
    return false;
  for (guint i = 0; i < request->labels->len; i++)
    if (!lam_voice_table_write_label (
            connection, request->voice, request->labels->pdata[i], error))
      return false;
  while (request->next (request->data, &key, &next, &local)) {
    g_autoptr (LamLabelBrick) brick = next;
    if (!lam_voice_table_write_brick (
            connection, request->voice, key, brick, error))
      return false;
  }
  if (local)
    g_propagate_error (error, local);
  return !local;
}

static bool
add_work (LamConnection *connection, gpointer data, GError **error)
{
  Request *request = data;
  bool ok = lam_connection_transact (connection, write_new, request, error);
  lam_store_after_write (request->store, ok);
  return ok;
}

int64_t
lam_store_add_voice (LamStore *store, const LamVoice *voice,
    const GPtrArray *labels, LamVoiceNext next, gpointer data, GError **error)
{
  Request request = {
    .store = store, .new = voice, .labels = labels, .next = next, .data = data
  };
  return lam_store_check_writable (store, error)
          && lam_store_work (store, add_work, &request, error)
      ? request.voice
      : 0;
}

static bool
remove_voice (LamConnection *connection, gpointer data, GError **error)
{
  return lam_voice_table_remove (connection, ((Request *)data)->voice, error);
}

static bool
remove_work (LamConnection *connection, gpointer data, GError **error)
{
  Request *request = data;
  bool ok = lam_connection_transact (connection, remove_voice, request, error);
  lam_store_after_write (request->store, ok);
  return ok;
}

bool
lam_store_remove_voice (LamStore *store, int64_t id, GError **error)
{
  Request request = { .store = store, .voice = id };
  return lam_store_check_writable (store, error)
      && lam_store_work (store, remove_work, &request, error);
}
