/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Opening and beginning: finds the project of an image and the image of a
 * project. What reads files runs in a worker and gives an Opened; the rest is
 * put together on the main thread. */
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "workspace/project-image.h"
#include "workspace/queue.h"
#include "workspace/workspace-private.h"

#define PROJECT_SUFFIX ".lamella"

typedef struct {
  char *path;
  LamOpenOptions options;
  LamWorkspaceSettings how;
  char *copy_folder; /* what how.volume.copy_folder points to */
} Request;

typedef struct {
  LamSource *source; /* or NULL */
  LamStore *store; /* or NULL */
  char *problem; /* why there is no source */
  char *turn; /* or NULL; see take_turn() */
} Opened;

/* A person may ask for a path again while a worker, whose answer is no longer
 * wanted, still has it open: the second one would find the project in use.
 * Hence one at a time for each path. */
static GMutex turns_lock;
static GCond turns_changed;
static GHashTable *turns; /* paths, Owned */

#define TURN_LOOK_MICROSECONDS (20 * G_TIME_SPAN_MILLISECOND)

static bool
take_turn (const char *path, GCancellable *cancellable, GError **error)
{
  bool cancelled;
  g_mutex_lock (&turns_lock);
  if (!turns)
    turns = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  while (
      !(cancelled = g_cancellable_set_error_if_cancelled (cancellable, error))
      && g_hash_table_contains (turns, path))
    g_cond_wait_until (&turns_changed, &turns_lock,
        g_get_monotonic_time () + TURN_LOOK_MICROSECONDS);
  if (!cancelled)
    g_hash_table_add (turns, g_strdup (path));
  g_mutex_unlock (&turns_lock);
  return !cancelled;
}

static void
end_turn (const char *path)
{
  g_mutex_lock (&turns_lock);
  g_hash_table_remove (turns, path);
  g_cond_broadcast (&turns_changed);
  g_mutex_unlock (&turns_lock);
}

static void
request_free (gpointer data)
{
  Request *request = data;
  g_free (request->path);
  g_free (request->copy_folder);
  g_free (request);
}

static Request *
request_new (const char *path, const LamOpenOptions *options,
    const LamWorkspaceSettings *settings)
{
  Request *request = g_new0 (Request, 1);
  request->path = g_canonicalize_filename (path, NULL);
  request->options = options ? *options : LAM_OPEN_DEFAULTS;
  if (settings)
    request->how = *settings;
  request->copy_folder = g_strdup (request->how.volume.copy_folder);
  request->how.volume.copy_folder = request->copy_folder;
  return request;
}

static void
opened_free (gpointer data)
{
  Opened *opened = data;
  g_clear_pointer (&opened->source, lam_source_unref);
  g_clear_object (&opened->store);
  g_free (opened->problem);
  if (opened->turn)
    end_turn (opened->turn);
  g_free (opened->turn);
  g_free (opened);
}

static char *
project_path_of_image (const char *image)
{
  g_autofree char *folder = g_path_get_dirname (image);
  g_autofree char *base = g_path_get_basename (image);
  char *dot = strrchr (base, '.');
  if (dot && dot != base)
    *dot = 0;
  if (g_str_has_suffix (base, ".ome"))
    base[strlen (base) - 4] = 0;
  g_autofree char *name = g_strconcat (base, PROJECT_SUFFIX, NULL);
  return g_build_filename (folder, name, NULL);
}

static void
find_image (Opened *opened, GCancellable *cancellable)
{
  const LamOpenOptions how = { .channel = -1, .cancellable = cancellable };
  const LamVolumeRow *row = lam_store_get_volume (opened->store);
  const char *project = lam_store_get_path (opened->store);
  g_autoptr (GPtrArray) paths = lam_project_image_list (project, row);
  g_autoptr (GError) first = NULL;
  for (guint i = 0; i < paths->len && !opened->source; i++) {
    g_autoptr (GError) error = NULL;
    opened->source =
        lam_project_image_open (paths->pdata[i], row, &how, &error);
    if (error && !first)
      first = g_steal_pointer (&error);
  }
  if (opened->source)
    return;
  if (first)
    opened->problem = g_strdup (first->message);
  else
    opened->problem = g_strdup_printf (
        _ ("The image of this project is not where it was: %s. Say where it "
           "is now; the labels are all here."),
        row->path ? row->path : "?");
}

/* --- opening ------------------------------------------------------------ */

/* True when the project at `path` is about `image`. */
static LamStore *
open_project_about (const char *path, const char *image)
{
  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return NULL;
  g_autoptr (LamStore) store = lam_store_open (path, NULL);
  if (!store)
    return NULL;
  g_autoptr (GPtrArray) paths =
      lam_project_image_list (path, lam_store_get_volume (store));
  return paths->len > 0 && g_str_equal (paths->pdata[0], image)
      ? g_steal_pointer (&store)
      : NULL;
}

static Opened *
open_files (const Request *request, GError **error)
{
  GCancellable *cancellable = request->options.cancellable;
  Opened *opened = g_new0 (Opened, 1);
  if (g_str_has_suffix (request->path, PROJECT_SUFFIX)) {
    opened->store = lam_store_open (request->path, error);
  } else {
    opened->source = lam_format_open (request->path, &request->options, error);
    g_autofree char *project = project_path_of_image (request->path);
    if (opened->source && !g_cancellable_is_cancelled (cancellable))
      opened->store = open_project_about (project, request->path);
    /* The project knows which channel it is about. */
    if (opened->store)
      g_clear_pointer (&opened->source, lam_source_unref);
  }
  if (opened->store)
    find_image (opened, cancellable);
  if (!opened->store && !opened->source)
    g_clear_pointer (&opened, opened_free);
  return opened;
}

static LamWorkspace *
put_together (const Request *request, Opened *opened)
{
  LamWorkspace *workspace = g_object_new (LAM_TYPE_WORKSPACE, NULL);
  workspace->how = request->how;
  workspace->copy_folder = g_strdup (request->copy_folder);
  workspace->how.volume.copy_folder = workspace->copy_folder;
  workspace->pool = lam_job_pool_new (request->how.n_threads);
  workspace->path = g_strdup (request->path);
  workspace->title = g_path_get_basename (request->path);
  if (opened->store)
    lam_workspace_attach_store (workspace, opened->store);
  if (opened->source)
    lam_workspace_attach_volume (workspace, opened->source);
  workspace->image_problem = g_steal_pointer (&opened->problem);
  return workspace;
}

static void
open_in_thread (
    GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Request *request = data;
  bool is_project = g_str_has_suffix (request->path, PROJECT_SUFFIX);
  char *turn = is_project ? g_strdup (request->path)
                          : project_path_of_image (request->path);
  GError *error = NULL;
  bool is_mine = take_turn (turn, cancellable, &error);
  Opened *opened = is_mine ? open_files (request, &error) : NULL;
  if (opened)
    opened->turn = g_steal_pointer (&turn);
  else if (is_mine)
    end_turn (turn);
  g_free (turn);
  if (opened)
    g_task_return_pointer (task, opened, opened_free);
  else
    g_task_return_error (task, error);
}

void
lam_workspace_open_async (const char *path, const LamOpenOptions *options,
    const LamWorkspaceSettings *settings, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_return_on_cancel (task, true);
  Request *request = request_new (path, options, settings);
  request->options.cancellable = cancellable;
  g_task_set_task_data (task, request, request_free);
  g_task_run_in_thread (task, open_in_thread);
}

LamWorkspace *
lam_workspace_open_finish (GAsyncResult *result, GError **error)
{
  Opened *opened = g_task_propagate_pointer (G_TASK (result), error);
  if (!opened)
    return NULL;
  LamWorkspace *workspace =
      put_together (g_task_get_task_data (G_TASK (result)), opened);
  opened_free (opened);
  return workspace;
}

LamWorkspace *
lam_workspace_open (const char *path, const LamOpenOptions *options,
    const LamWorkspaceSettings *settings, GError **error)
{
  Request *request = request_new (path, options, settings);
  Opened *opened = open_files (request, error);
  LamWorkspace *workspace = opened ? put_together (request, opened) : NULL;
  g_clear_pointer (&opened, opened_free);
  request_free (request);
  return workspace;
}

/* --- beginning a project ------------------------------------------------ */

char *
lam_workspace_suggest_project_path (LamWorkspace *workspace)
{
  g_autofree char *first = project_path_of_image (workspace->path);
  g_autofree char *folder = g_path_get_dirname (first);
  if (access (folder, W_OK) != 0) {
    const char *documents = g_get_user_special_dir (G_USER_DIRECTORY_DOCUMENTS);
    g_free (folder);
    folder = g_strdup (documents ? documents : g_get_home_dir ());
  }
  g_autofree char *base = g_path_get_basename (first);
  base[strlen (base) - strlen (PROJECT_SUFFIX)] = 0;
  for (int i = 1;; i++) {
    g_autofree char *name = i == 1
        ? g_strconcat (base, PROJECT_SUFFIX, NULL)
        : g_strdup_printf ("%s-%d" PROJECT_SUFFIX, base, i);
    g_autofree char *path = g_build_filename (folder, name, NULL);
    if (!g_file_test (path, G_FILE_TEST_EXISTS))
      return g_steal_pointer (&path);
  }
}

/* The image as seen from the project's folder, where that is the same folder or
 * one below or one above it; else NULL. */
static char *
make_relative (const char *project, const char *image)
{
  g_autoptr (GFile) file = g_file_new_for_path (image);
  g_autofree char *folder = g_path_get_dirname (project);
  g_autoptr (GFile) base = g_file_new_for_path (folder);
  char *below = g_file_get_relative_path (base, file);
  if (below)
    return below;
  g_autoptr (GFile) parent = g_file_get_parent (base);
  g_autofree char *beside =
      parent ? g_file_get_relative_path (parent, file) : NULL;
  return beside ? g_build_filename ("..", beside, NULL) : NULL;
}

void
lam_workspace_fill_volume_row (
    LamWorkspace *workspace, const char *project_path, LamVolumeRow *row)
{
  g_autofree char *project = g_canonicalize_filename (project_path, NULL);
  const LamSourceInfo *info =
      workspace->volume ? lam_volume_get_info (workspace->volume) : NULL;
  const LamVolumeRow *old =
      workspace->store ? lam_store_get_volume (workspace->store) : NULL;
  const char *image = info ? info->path : old->path;
  row->path = g_strdup (image);
  row->relative_path = make_relative (project, image);
  row->dtype = g_strdup (info ? lam_dtype_name (info->dtype) : old->dtype);
  row->channel = info ? info->channel : old->channel;
  row->file_bytes = info ? info->file_bytes : old->file_bytes;
  memcpy (row->size, workspace->size, sizeof row->size);
  if (workspace->knows_voxel_size)
    memcpy (row->voxel_size_nm, workspace->voxel_size_nm,
        sizeof row->voxel_size_nm);
}

static void
keep_settings (LamWorkspace *workspace)
{
  GHashTableIter iter;
  gpointer name, value;
  g_hash_table_iter_init (&iter, workspace->settings);
  while (g_hash_table_iter_next (&iter, &name, &value))
    lam_store_set_setting (workspace->store, name, value);
  g_hash_table_remove_all (workspace->settings);
}

bool
lam_workspace_create_project (LamWorkspace *workspace, const char *path,
    const char *preset, GError **error)
{
  if (workspace->store) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("%s is a project already"), lam_store_get_path (workspace->store));
    return false;
  }
  size_t n = 0;
  const LamClass *classes = lam_class_preset_get (preset, &n);
  if (!classes) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("There is no class preset “%s”"), preset);
    return false;
  }
  g_auto (LamVolumeRow) row = { 0 };
  lam_workspace_fill_volume_row (workspace, path, &row);
  g_autoptr (LamStore) store = lam_store_create (path, &row, classes, n, error);
  if (!store)
    return false;
  double position[3];
  memcpy (position, workspace->position, sizeof position);
  lam_workspace_attach_store (workspace, store);
  lam_workspace_set_position (workspace, position);
  keep_settings (workspace);
  g_signal_emit_by_name (workspace, "project-changed");
  g_signal_emit_by_name (workspace, "classes-changed");
  return true;
}
