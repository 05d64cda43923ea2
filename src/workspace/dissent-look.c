/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/dissent-look.h"

#include "workspace/dissent-places.h"
#include "workspace/workspace-private.h"

typedef struct {
  LamStore *store; /* Owned */
  LamClassTable *classes; /* Owned */
  LamPlace place;
  LamProgress *progress; /* Owned; or NULL */
} Look;

static void
look_free (gpointer data)
{
  Look *look = data;
  g_clear_pointer (&look->progress, lam_progress_unref);
  lam_class_table_free (look->classes);
  g_object_unref (look->store);
  g_free (look);
}

static void
look_in_thread (
    GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Look *look = data;
  GError *error = NULL;
  g_autoptr (LamVoice) voice =
      lam_dissent_find_voice (look->store, look->place.voice, &error);
  g_autoptr (LamDissent) dissent = voice ? lam_dissent_new (look->store, voice,
                                       look->classes, look->progress, &error)
                                         : NULL;
  GHashTable *voxels = dissent
      ? lam_dissent_find_voxels (dissent, &look->place, look->progress, &error)
      : NULL;
  if (voxels)
    g_task_return_pointer (task, voxels, (GDestroyNotify)g_hash_table_unref);
  else
    g_task_return_error (task, error);
}

void
lam_workspace_look_at_dissent_async (LamWorkspace *workspace,
    const LamPlace *place, LamProgress *progress, GAsyncReadyCallback callback,
    gpointer user_data)
{
  g_return_if_fail (workspace->store && place->kind == LAM_PLACE_DISSENT);
  /* No source: a worker must not drop the last reference to a workspace. */
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Look *look = g_new0 (Look, 1);
  look->store = g_object_ref (workspace->store);
  look->classes = lam_class_table_copy (workspace->saved);
  look->place = *place;
  look->progress = progress ? lam_progress_ref (progress) : NULL;
  g_task_set_task_data (task, look, look_free);
  g_task_run_in_thread (task, look_in_thread);
}

GHashTable *
lam_workspace_look_at_dissent_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
