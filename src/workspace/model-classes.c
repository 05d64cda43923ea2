/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/model-classes.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "workspace/project-models.h"
#include "workspace/workspace-private.h"

/* A setting of the project for each model that a person said something of.
 * Numbers of models are never given again. */
static char *
name_setting (int64_t model)
{
  return g_strdup_printf ("model-classes-%" G_GINT64_FORMAT, model);
}

static GArray *
find_fit (LamWorkspace *workspace, const LamClassTable *classes, int64_t model,
    const char *const *names, GError **error)
{
  g_autofree char *setting = name_setting (model);
  g_autofree char *said = lam_workspace_dup_setting (workspace, setting);
  return lam_class_fit_find (names, said, classes, error);
}

GArray *
lam_workspace_find_class_fit (LamWorkspace *workspace, int64_t model,
    const char *const *names, GError **error)
{
  return find_fit (workspace, workspace->classes, model, names, error);
}

GArray *
lam_workspace_find_saved_class_fit (LamWorkspace *workspace, int64_t model,
    const char *const *names, GError **error)
{
  return find_fit (workspace, workspace->saved, model, names, error);
}

char *
lam_workspace_dup_class_fit_text (LamWorkspace *workspace, int64_t model)
{
  g_autofree char *setting = name_setting (model);
  return lam_workspace_dup_setting (workspace, setting);
}

void
lam_workspace_copy_class_fit (LamWorkspace *workspace, int64_t from, int64_t to)
{
  g_autofree char *said = lam_workspace_dup_class_fit_text (workspace, from);
  g_autofree char *setting = name_setting (to);
  if (said)
    lam_workspace_set_setting (workspace, setting, said);
}

static bool
check (LamWorkspace *workspace, const char *const *names, const GArray *fit,
    GError **error)
{
  const guint n = g_strv_length ((char **)names);
  bool is_any = false;
  for (guint i = 0; i < fit->len && i < n; i++) {
    int32_t id = g_array_index (fit, int32_t, i);
    is_any |= id != LAM_CLASS_FIT_NONE;
    if (id == LAM_CLASS_FIT_NONE
        || lam_class_table_get_class (workspace->classes, id))
      continue;
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("There is no class %d in this project"), id);
    return false;
  }
  if (fit->len == n && is_any)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("The network has %u classes, and at least one of them must be a class "
         "of the project"),
      n);
  return false;
}

bool
lam_workspace_set_class_fit (LamWorkspace *workspace, int64_t model,
    const char *const *names, const GArray *fit, GError **error)
{
  if (!lam_workspace_check_writable (workspace, error)
      || !check (workspace, names, fit, error))
    return false;
  g_autofree char *setting = name_setting (model);
  g_autofree char *text = lam_class_fit_to_text (names, fit);
  lam_workspace_set_setting (workspace, setting, text);
  g_signal_emit_by_name (workspace, "models-changed");
  return true;
}

/* ---- Names -------------------------------------------------------------- */

typedef struct {
  LamStore *store; /* Owned */
  int64_t model;
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;
  g_object_unref (request->store);
  g_free (request);
}

static void
read_in_thread (
    GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Request *request = data;
  GError *error = NULL;
  g_autoptr (LamModel) model =
      lam_project_model_open (request->store, request->model, NULL, &error);
  if (model)
    g_task_return_pointer (
        task, lam_class_fit_dup_names (model), (GDestroyNotify)g_strfreev);
  else
    g_task_return_error (task, error);
}

/* A worker must not drop the last reference to a workspace. */
static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  char **names = g_task_propagate_pointer (G_TASK (result), &error);
  if (names)
    g_task_return_pointer (task, names, (GDestroyNotify)g_strfreev);
  else
    g_task_return_error (task, error);
}

void
lam_workspace_read_model_classes_async (LamWorkspace *workspace, int64_t model,
    GAsyncReadyCallback callback, gpointer user_data)
{
  GError *error = NULL;
  g_autoptr (GTask) task = g_task_new (workspace, NULL, callback, user_data);
  if (!lam_workspace_check_writable (workspace, &error)) {
    g_task_return_error (task, error);
    return;
  }
  Request *request = g_new (Request, 1);
  *request = (Request){ g_object_ref (workspace->store), model };
  g_autoptr (GTask) work =
      g_task_new (NULL, NULL, read_cb, g_steal_pointer (&task));
  g_task_set_task_data (work, request, request_free);
  g_task_run_in_thread (work, read_in_thread);
}

char **
lam_workspace_read_model_classes_finish (
    LamWorkspace *workspace, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
