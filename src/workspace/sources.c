/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/sources.h"

#include <glib/gi18n-lib.h>

#include "store/store-models.h"
#include "workspace/workspace-private.h"

/* Run id → its network's name, both of one project. */
static GHashTable *
name_runs (GPtrArray *runs, GPtrArray *models)
{
  GHashTable *names =
      g_hash_table_new_full (g_direct_hash, g_direct_equal, NULL, g_free);
  for (guint i = 0; i < runs->len; i++) {
    const LamRunRow *run = g_ptr_array_index (runs, i);
    for (guint j = 0; j < models->len; j++) {
      const LamModelRow *model = g_ptr_array_index (models, j);
      if (model->id == run->model)
        g_hash_table_insert (
            names, GINT_TO_POINTER ((int)run->id), g_strdup (model->name));
    }
  }
  return names;
}

/* Any thread; blocks. */
static GHashTable *
read_runs (LamStore *store, GError **error)
{
  g_autoptr (GPtrArray) runs = lam_store_list_runs (store, error);
  g_autoptr (GPtrArray) models =
      runs ? lam_store_list_models (store, error) : NULL;
  return models ? name_runs (runs, models) : NULL;
}

static void
take_runs (LamWorkspace *workspace, GHashTable *names)
{
  GHashTableIter iter;
  gpointer id;
  g_clear_pointer (&workspace->run_names, g_hash_table_unref);
  workspace->run_names = names;
  workspace->newest_run = 0;
  g_hash_table_iter_init (&iter, names);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    workspace->newest_run = MAX (workspace->newest_run, GPOINTER_TO_INT (id));
}

bool
lam_workspace_read_runs (LamWorkspace *workspace, GError **error)
{
  if (!workspace->store)
    return true;
  GHashTable *names = read_runs (workspace->store, error);
  if (names)
    take_runs (workspace, names);
  return names != NULL;
}

static void
refresh_in_thread (
    GTask *task, gpointer source, gpointer store, GCancellable *cancellable)
{
  GError *error = NULL;
  GHashTable *names = read_runs (store, &error);
  if (names)
    g_task_return_pointer (task, names, (GDestroyNotify)g_hash_table_unref);
  else
    g_task_return_error (task, error);
}

static void
refreshed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  LamWorkspace *workspace = LAM_WORKSPACE (source);
  g_autoptr (GError) error = NULL;
  workspace->is_reading_runs = false;
  GHashTable *names = g_task_propagate_pointer (G_TASK (result), &error);
  /* A store that was closed meanwhile has nothing to tell. */
  if (!names)
    g_debug ("runs of networks: %s", error->message);
  if (!names || !workspace->store)
    return;
  const guint n_before = g_hash_table_size (workspace->run_names);
  const guint n = g_hash_table_size (names);
  take_runs (workspace, names);
  if (n != n_before)
    g_signal_emit_by_name (workspace, "sources-changed");
}

void
lam_workspace_refresh_runs (LamWorkspace *workspace)
{
  if (!workspace->store || workspace->is_reading_runs)
    return;
  workspace->is_reading_runs = true;
  g_autoptr (GTask) task = g_task_new (workspace, NULL, refreshed_cb, NULL);
  g_task_set_task_data (task, g_object_ref (workspace->store), g_object_unref);
  g_task_run_in_thread (task, refresh_in_thread);
}

static char *
dup_run_title (LamWorkspace *workspace, int run)
{
  const char *name =
      g_hash_table_lookup (workspace->run_names, GINT_TO_POINTER (run));
  if (name)
    return g_strdup_printf (_ ("network %s, run %d"), name, run);
  /* Asked for once each: a damaged project may name runs that never were. */
  if (run > workspace->asked_run) {
    workspace->asked_run = run;
    lam_workspace_refresh_runs (workspace);
  }
  return g_strdup_printf (_ ("a network, run %d"), run);
}

char *
lam_workspace_dup_source_title (LamWorkspace *workspace, uint16_t source)
{
  switch (source) {
  case LAM_SOURCE_UNSET:
    return NULL;
  case LAM_SOURCE_IMPORTED:
    return g_strdup (_ ("imported"));
  case LAM_SOURCE_HUMAN:
    return g_strdup (_ ("painted by hand"));
  case LAM_SOURCE_ACCEPTED:
    return g_strdup (_ ("a network's label, accepted"));
  default:
    return dup_run_title (workspace, source - LAM_SOURCE_FIRST_RUN);
  }
}

uint16_t
lam_workspace_get_newest_run (LamWorkspace *workspace)
{
  const int run = workspace->newest_run;
  return run > 0 ? (uint16_t)(LAM_SOURCE_FIRST_RUN + run) : 0;
}

int
lam_workspace_get_n_runs (LamWorkspace *workspace)
{
  return (int)g_hash_table_size (workspace->run_names);
}
