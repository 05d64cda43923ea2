/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A network is read by the path of its file. So the bytes in the project are
 * put into a folder of their own for as long as that takes, alone: whatever
 * else a file would need is then missing, when it is added as well as later. */
#include "workspace/project-models.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "store/model-table.h"
#include "workspace/model-classes.h"
#include "workspace/model-export.h"
#include "workspace/model-looks.h"
#include "workspace/model-states.h"
#include "workspace/project-models-private.h"
#include "workspace/queue-private.h"
#include "workspace/shipped-models.h"
#include "workspace/workspace-private.h"

/* ---- Reading ------------------------------------------------------------ */

static void
name_in_error (GError *failed, const char *path, const char *shown)
{
  if (lam_error_rename_file (failed, path, shown))
    return;
  char *message = g_strconcat (shown, ": ", failed->message, NULL);
  g_free (failed->message);
  failed->message = message;
}

/* `shown`: what messages call it. */
static LamModel *
open_alone (GBytes *onnx, const char *shown, GError **error)
{
  gsize n;
  GError *failed = NULL;
  const char *data = g_bytes_get_data (onnx, &n);
  g_autofree char *folder = g_dir_make_tmp ("lamella-model-XXXXXX", error);
  if (!folder)
    return NULL;
  g_autofree char *path = g_build_filename (folder, "model.onnx", NULL);
  LamModel *model = g_file_set_contents (path, data, (gssize)n, error)
      ? lam_model_open (path, &failed)
      : NULL;
  g_unlink (path);
  g_rmdir (folder);
  if (failed) {
    name_in_error (failed, path, shown);
    g_propagate_error (error, failed);
  }
  if (model)
    lam_network_call (lam_model_get_network (model), shown);
  return model;
}

LamModel *
lam_project_model_open (
    LamStore *store, int64_t id, char **name, GError **error)
{
  g_autoptr (LamModelRow) row = lam_store_find_model (store, id, error);
  g_autoptr (GBytes) onnx =
      row ? lam_store_read_model (store, id, error) : NULL;
  g_autofree char *shown =
      row ? g_strdup_printf (_ ("Model “%s”"), row->name) : NULL;
  LamModel *model = onnx ? open_alone (onnx, shown, error) : NULL;
  if (model && name)
    *name = g_strdup (row->name);
  return model;
}

/* ---- Adding ------------------------------------------------------------- */

typedef struct {
  LamStore *store; /* Owned */
  char *path; /* NULL: it comes with the program, under `name` */
  char *name;
  GBytes *onnx; /* Owned; what was learned; or NULL */
  int64_t parent; /* of that; or 0 */
  int64_t id;
  char **classes; /* Owned; of the network, for activating */
  GArray *asked; /* Owned; int64_t; who would decide with it; or NULL */
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;
  g_clear_object (&request->store);
  g_free (request->path);
  g_free (request->name);
  g_clear_pointer (&request->onnx, g_bytes_unref);
  g_strfreev (request->classes);
  g_clear_pointer (&request->asked, g_array_unref);
  g_free (request);
}

/* "lucchi" of "/data/lucchi.onnx" */
static char *
name_of_file (const char *path)
{
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *text = g_filename_display_name (base);
  if (g_str_has_suffix (text, ".onnx"))
    text[strlen (text) - strlen (".onnx")] = 0;
  return g_steal_pointer (&text);
}

static GBytes *
read_file (const char *path, GError **error)
{
  GStatBuf info;
  if (g_stat (path, &info) != 0) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING, "%s: %s", path,
        g_strerror (errno));
    return NULL;
  }
  if (!S_ISREG (info.st_mode) || info.st_size > LAM_MODEL_MAX_BYTES) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("%s cannot be kept in a project: it must be a plain file of at most "
           "%d bytes"),
        path, LAM_MODEL_MAX_BYTES);
    return NULL;
  }
  char *data;
  gsize n;
  return g_file_get_contents (path, &data, &n, error)
      ? g_bytes_new_take (data, n)
      : NULL;
}

static void
add_in_thread (
    GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Request *request = data;
  GError *error = NULL;
  g_autoptr (GBytes) onnx = request->path
      ? read_file (request->path, &error)
      : lam_shipped_models_read (request->name, &error);
  const char *shown = request->path ? request->path : request->name;
  g_autoptr (LamModel) model = onnx ? open_alone (onnx, shown, &error) : NULL;
  if (model)
    request->id =
        lam_store_add_model (request->store, request->name, 0, onnx, &error);
  if (request->id != 0)
    g_task_return_boolean (task, true);
  else
    g_task_return_error (task, error);
}

/* Takes `work`, whose tag is what it does. */
static void
send (LamWorkspace *workspace, GTask *work)
{
  Request *request = g_task_get_task_data (work);
  request->store = g_object_ref (workspace->store);
  g_task_run_in_thread (work, (GTaskThreadFunc)g_task_get_source_tag (work));
  g_object_unref (work);
}

static void
add_learned_in_thread (
    GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Request *request = data;
  GError *error = NULL;
  request->id = lam_store_add_model (
      request->store, request->name, request->parent, request->onnx, &error);
  if (request->id != 0)
    g_task_return_boolean (task, true);
  else
    g_task_return_error (task, error);
}

void
lam_project_models_send_held (LamWorkspace *workspace)
{
  GTask *work;
  while ((work = g_queue_pop_head (&workspace->held_models)))
    send (workspace, work);
}

/* Takes the task of the caller's. A copy of the project waits for it, or it for
 * the copy: the store that it is made of is not the one that has it later. */
static void
push (LamWorkspace *workspace, GTask *task, GTaskThreadFunc run,
    GAsyncReadyCallback done)
{
  GTask *work = g_task_new (NULL, NULL, done, task);
  g_task_set_task_data (work, g_task_get_task_data (task), NULL);
  g_task_set_source_tag (work, (gpointer)run);
  workspace->n_sendings++;
  if (workspace->is_copying)
    g_queue_push_tail (&workspace->held_models, work);
  else
    send (workspace, work);
}

static void
end (LamWorkspace *workspace)
{
  workspace->n_sendings--;
  lam_queue_advance (workspace);
}

/* Passes the answer of a task without a source on to the caller's: a worker
 * must not drop the last reference to a workspace. */
static void
added_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  end (g_task_get_source_object (task));
  if (!g_task_propagate_boolean (G_TASK (result), &error)) {
    g_task_return_error (task, error);
    return;
  }
  g_signal_emit_by_name (g_task_get_source_object (task), "models-changed");
  g_task_return_boolean (task, true);
}

/* A task of the caller's, and the request that its worker gets. NULL: answered
 * with an error. */
static GTask *
begin (LamWorkspace *workspace, Request *request, GAsyncReadyCallback callback,
    gpointer user_data)
{
  GError *error = NULL;
  g_autoptr (GTask) task = g_task_new (workspace, NULL, callback, user_data);
  g_task_set_task_data (task, request, request_free);
  if (!lam_workspace_check_writable (workspace, &error)) {
    g_task_return_error (task, error);
    return NULL;
  }
  return g_steal_pointer (&task);
}

static void
add (LamWorkspace *workspace, Request *request, GAsyncReadyCallback callback,
    gpointer user_data)
{
  GTask *task = begin (workspace, request, callback, user_data);
  if (task)
    push (workspace, task,
        request->onnx ? add_learned_in_thread : add_in_thread, added_cb);
}

void
lam_project_models_add_learned_async (LamWorkspace *workspace, GBytes *onnx,
    const char *name, int64_t parent, GAsyncReadyCallback callback,
    gpointer user_data)
{
  Request *request = g_new0 (Request, 1);
  request->name = g_strdup (name);
  request->onnx = g_bytes_ref (onnx);
  request->parent = parent;
  add (workspace, request, callback, user_data);
}

void
lam_workspace_add_model_async (LamWorkspace *workspace, const char *path,
    const char *name, GAsyncReadyCallback callback, gpointer user_data)
{
  Request *request = g_new0 (Request, 1);
  request->path = g_canonicalize_filename (path, NULL);
  request->name = name ? g_strdup (name) : name_of_file (path);
  add (workspace, request, callback, user_data);
}

void
lam_workspace_add_shipped_model_async (LamWorkspace *workspace,
    const char *name, GAsyncReadyCallback callback, gpointer user_data)
{
  Request *request = g_new0 (Request, 1);
  request->name = g_strdup (name);
  add (workspace, request, callback, user_data);
}

int64_t
lam_workspace_add_model_finish (
    LamWorkspace *workspace, GAsyncResult *result, GError **error)
{
  const Request *request = g_task_get_task_data (G_TASK (result));
  return g_task_propagate_boolean (G_TASK (result), error) ? request->id : 0;
}

/* ---- Which one is active ------------------------------------------------ */

#define ACTIVE "active-model"

int64_t
lam_project_model_get_active (LamStore *store)
{
  g_autofree char *text = lam_store_dup_setting (store, ACTIVE);
  return text ? g_ascii_strtoll (text, NULL, 10) : 0;
}

void
lam_project_model_set_active (LamStore *store, int64_t id)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, id);
  lam_store_set_setting (store, ACTIVE, text);
}

int64_t
lam_workspace_get_active_model (LamWorkspace *workspace)
{
  return workspace->store ? lam_project_model_get_active (workspace->store) : 0;
}

static void
set_active (LamWorkspace *workspace, int64_t id)
{
  lam_project_model_set_active (workspace->store, id);
  g_signal_emit_by_name (workspace, "models-changed");
}

static void
open_in_thread (
    GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Request *request = data;
  GError *error = NULL;
  g_autoptr (LamModel) model =
      lam_project_model_open (request->store, request->id, NULL, &error);
  if (model)
    request->classes = lam_class_fit_dup_names (model);
  if (model
      && lam_project_models_check_together (
          request->store, request->id, request->asked, &error))
    g_task_return_boolean (task, true);
  else
    g_task_return_error (task, error);
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  LamWorkspace *workspace = g_task_get_source_object (task);
  const Request *request = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GArray) fit = NULL;
  end (workspace);
  if (g_task_propagate_boolean (G_TASK (result), &error))
    fit = lam_workspace_find_class_fit (
        workspace, request->id, (const char *const *)request->classes, &error);
  if (!fit) {
    g_task_return_error (task, error);
    return;
  }
  set_active (workspace, request->id);
  g_task_return_boolean (task, true);
}

void
lam_workspace_activate_model_async (LamWorkspace *workspace, int64_t id,
    GAsyncReadyCallback callback, gpointer user_data)
{
  Request *request = g_new0 (Request, 1);
  request->id = id;
  request->asked = lam_workspace_list_asked (workspace, id);
  GTask *task = begin (workspace, request, callback, user_data);
  if (task && id == 0) {
    set_active (workspace, 0);
    g_task_return_boolean (task, true);
    g_object_unref (task);
  } else if (task)
    push (workspace, task, open_in_thread, opened_cb);
}

bool
lam_workspace_activate_model_finish (
    LamWorkspace *workspace, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
remove_in_thread (
    GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Request *request = data;
  GError *error = NULL;
  if (lam_store_remove_model (request->store, request->id, &error))
    g_task_return_boolean (task, true);
  else
    g_task_return_error (task, error);
}

static void
removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  LamWorkspace *workspace = g_task_get_source_object (task);
  const Request *request = g_task_get_task_data (task);
  GError *error = NULL;
  end (workspace);
  if (!g_task_propagate_boolean (G_TASK (result), &error)) {
    g_task_return_error (task, error);
    return;
  }
  if (lam_workspace_get_active_model (workspace) == request->id)
    set_active (workspace, 0);
  else
    g_signal_emit_by_name (workspace, "models-changed");
  g_task_return_boolean (task, true);
}

void
lam_workspace_remove_model_async (LamWorkspace *workspace, int64_t id,
    GAsyncReadyCallback callback, gpointer user_data)
{
  Request *request = g_new0 (Request, 1);
  request->id = id;
  GTask *task = begin (workspace, request, callback, user_data);
  if (task)
    push (workspace, task, remove_in_thread, removed_cb);
}

bool
lam_workspace_remove_model_finish (
    LamWorkspace *workspace, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- A file of it -------------------------------------------------------- */

void
lam_workspace_export_model_async (LamWorkspace *workspace, int64_t id,
    const char *path, bool may_replace, GAsyncReadyCallback callback,
    gpointer user_data)
{
  GError *error = NULL;
  if (workspace->store)
    lam_model_export_async (workspace,
        &(LamModelExport){ .store = workspace->store,
            .model = id,
            .path = path,
            .may_replace = may_replace },
        callback, user_data);
  else {
    lam_workspace_check_writable (workspace, &error);
    g_task_report_error (workspace, callback, user_data, NULL, error);
  }
}

GPtrArray *
lam_workspace_list_models (LamWorkspace *workspace, GError **error)
{
  if (!workspace->store) {
    lam_workspace_check_writable (workspace, error);
    return NULL;
  }
  return lam_store_list_models (workspace->store, error);
}

/* --- its tiles ------------------------------------------------------------ */

static char *
dup_tile_name (int64_t id)
{
  return g_strdup_printf ("model-tile-%" G_GINT64_FORMAT, id);
}

void
lam_workspace_get_model_tile (
    LamWorkspace *workspace, int64_t id, int64_t tile[3])
{
  g_autofree char *text = NULL;
  memset (tile, 0, 3 * sizeof *tile);
  /* A state's base is older than the state, whatever a file says. */
  while (id > 0 && !text) {
    g_autofree char *name = dup_tile_name (id);
    text = lam_workspace_dup_setting (workspace, name);
    const int64_t base = lam_workspace_get_model_state (workspace, id).base;
    id = base < id ? base : 0;
  }
  g_auto (GStrv) words = text ? g_strsplit (text, ",", 4) : NULL;
  if (!words || g_strv_length (words) != 3)
    return;
  for (int i = 0; i < 3; i++)
    tile[i] = CLAMP (g_ascii_strtoll (words[i], NULL, 10), 0, 1 << 20);
}

void
lam_workspace_set_model_tile (
    LamWorkspace *workspace, int64_t id, const int64_t tile[3])
{
  g_autofree char *name = dup_tile_name (id);
  g_autofree char *text = g_strdup_printf (
      "%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT, tile[0],
      tile[1], tile[2]);
  lam_workspace_set_setting (workspace, name, text);
}
