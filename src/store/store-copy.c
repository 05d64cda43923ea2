/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Who goes on with a copy must not lose what was saved to the file after it was
 * made: from that moment on, on the store's thread, no transaction begins. */
#include "store/project-copy.h"
#include "store/store-private.h"

typedef struct {
  const char *path;
  LamProgress *progress;
  bool is_left; /* nothing is written to the original any more */
} Request;

static bool
copy_work (LamConnection *connection, gpointer data, GError **error)
{
  const Request *request = data;
  if (!lam_project_copy (connection, request->path, request->progress, error))
    return false;
  if (request->is_left)
    lam_connection_leave (connection, request->path);
  return true;
}

static bool
stay_work (LamConnection *connection, gpointer data, GError **error)
{
  lam_connection_leave (connection, NULL);
  return true;
}

bool
lam_store_save_copy (
    LamStore *store, const char *path, LamProgress *progress, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  Request request = { absolute, progress, false };
  return lam_store_work (store, copy_work, &request, error);
}

LamStore *
lam_store_move_to_copy (
    LamStore *store, const char *path, LamProgress *progress, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  Request request = { absolute, progress, true };
  if (!lam_store_work (store, copy_work, &request, error))
    return NULL;
  LamStore *copy = lam_store_open (absolute, error);
  if (!copy)
    lam_store_work (store, stay_work, NULL, NULL);
  return copy;
}
