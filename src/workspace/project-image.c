/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/project-image.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "workspace/image-saving.h"
#include "workspace/workspace-private.h"

static void
add_candidate (GPtrArray *paths, char *path)
{
  if (!g_ptr_array_find_with_equal_func (paths, path, g_str_equal, NULL)
      && g_file_test (path, G_FILE_TEST_EXISTS))
    g_ptr_array_add (paths, path);
  else
    g_free (path);
}

GPtrArray *
lam_project_image_list (const char *project, const LamVolumeRow *row)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *folder = g_path_get_dirname (project);
  if (row->relative_path)
    add_candidate (paths, g_canonicalize_filename (row->relative_path, folder));
  if (row->path && *row->path) {
    add_candidate (paths, g_strdup (row->path));
    g_autofree char *base = g_path_get_basename (row->path);
    add_candidate (paths, g_build_filename (folder, base, NULL));
  }
  return paths;
}

static bool
fits (const LamSourceInfo *info, const LamVolumeRow *row, GError **error)
{
  const int64_t *found = info->levels[0].size;
  const char *dtype = lam_dtype_name (info->dtype);
  if (memcmp (found, row->size, sizeof row->size) == 0
      && g_str_equal (dtype, row->dtype))
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_FORMAT,
      _ ("%s has %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT
         " × %" G_GINT64_FORMAT
         " voxels of %s, but the project was made on an image of "
         "%" G_GINT64_FORMAT " × %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT
         " voxels of %s"),
      info->path, found[0], found[1], found[2], dtype, row->size[0],
      row->size[1], row->size[2], row->dtype);
  return false;
}

LamSource *
lam_project_image_open (const char *path, const LamVolumeRow *row,
    const LamOpenOptions *options, GError **error)
{
  LamOpenOptions how = options ? *options : LAM_OPEN_DEFAULTS;
  if (how.channel < 0)
    how.channel = row->channel;
  g_autoptr (LamSource) source = lam_format_open (path, &how, error);
  if (!source || !fits (lam_source_get_info (source), row, error))
    return NULL;
  return g_steal_pointer (&source);
}

/* --- the person points to it -------------------------------------------- */

typedef struct {
  char *path;
  LamOpenOptions options;
  LamVolumeRow row; /* of the project, as far as the image has to fit it */
} Search;

static void
search_free (gpointer data)
{
  Search *search = data;
  g_free (search->path);
  lam_volume_row_clear (&search->row);
  g_free (search);
}

static void
take_image (LamWorkspace *workspace, LamSource *source)
{
  g_clear_object (&workspace->volume);
  lam_workspace_attach_volume (workspace, source);
  lam_workspace_save_image (workspace);
  g_signal_emit_by_name (workspace, "image-changed");
}

bool
lam_workspace_set_image (LamWorkspace *workspace, const char *path,
    const LamOpenOptions *options, GError **error)
{
  g_autofree char *canonical = g_canonicalize_filename (path, NULL);
  g_autoptr (LamSource) source = lam_project_image_open (
      canonical, lam_store_get_volume (workspace->store), options, error);
  if (source)
    take_image (workspace, source);
  return source != NULL;
}

static void
open_in_thread (
    GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Search *search = data;
  GError *error = NULL;
  LamSource *image = lam_project_image_open (
      search->path, &search->row, &search->options, &error);
  if (image)
    g_task_return_pointer (task, image, (GDestroyNotify)lam_source_unref);
  else
    g_task_return_error (task, error);
}

void
lam_workspace_set_image_async (LamWorkspace *workspace, const char *path,
    const LamOpenOptions *options, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  const LamVolumeRow *row = lam_store_get_volume (workspace->store);
  Search *search = g_new0 (Search, 1);
  search->path = g_canonicalize_filename (path, NULL);
  search->options = options ? *options : LAM_OPEN_DEFAULTS;
  search->options.cancellable = cancellable;
  search->row.dtype = g_strdup (row->dtype);
  search->row.channel = row->channel;
  memcpy (search->row.size, row->size, sizeof row->size);
  g_autoptr (GTask) task =
      g_task_new (workspace, cancellable, callback, user_data);
  g_task_set_return_on_cancel (task, true);
  g_task_set_task_data (task, search, search_free);
  g_task_run_in_thread (task, open_in_thread);
}

bool
lam_workspace_set_image_finish (
    LamWorkspace *workspace, GAsyncResult *result, GError **error)
{
  g_autoptr (LamSource) source =
      g_task_propagate_pointer (G_TASK (result), error);
  if (source)
    take_image (workspace, source);
  return source != NULL;
}
