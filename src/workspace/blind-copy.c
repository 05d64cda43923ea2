/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/blind-copy.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "base/output.h"
#include "volume/convert.h"
#include "volume/format.h"
#include "workspace/annotator.h"

#define SUFFIX ".lamella"

struct _LamBlindCopy {
  char *image_path, *project_path, *mark; /* Owned */
  int channel;
  LamBox box;
  double voxel_size_nm[3]; /* 0: unknown */
  LamClassTable *classes; /* Owned */
};

LamBlindCopy *
lam_blind_copy_new (
    LamWorkspace *workspace, const LamRegion *region, GError **error)
{
  LamVolume *volume = lam_workspace_get_volume (workspace);
  LamStore *store = lam_workspace_get_store (workspace);
  if (!volume) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
        lam_workspace_get_image_problem (workspace));
    return NULL;
  }
  const LamSourceInfo *info = lam_volume_get_info (volume);
  g_autofree char *mark = lam_annotator_dup_mark (store, region, error);
  if (!mark)
    return NULL;
  LamBlindCopy *copy = g_new0 (LamBlindCopy, 1);
  copy->image_path = g_strdup (info->path);
  copy->project_path = g_strdup (lam_store_get_path (store));
  copy->mark = g_steal_pointer (&mark);
  copy->channel = info->channel;
  copy->box = region->box;
  copy->classes = lam_class_table_copy (lam_workspace_get_classes (workspace));
  if (lam_workspace_knows_voxel_size (workspace))
    memcpy (copy->voxel_size_nm, lam_workspace_get_voxel_size_nm (workspace),
        sizeof copy->voxel_size_nm);
  return copy;
}

void
lam_blind_copy_free (LamBlindCopy *copy)
{
  g_clear_pointer (&copy->classes, lam_class_table_free);
  g_free (copy->image_path);
  g_free (copy->project_path);
  g_free (copy->mark);
  g_free (copy);
}

static bool
write_image (const LamBlindCopy *copy, const char *path, LamProgress *progress,
    GError **error)
{
  const LamOpenOptions how = { .channel = copy->channel };
  const char *const inputs[] = { copy->image_path, copy->project_path, NULL };
  g_autoptr (LamSource) source =
      lam_format_open (copy->image_path, &how, error);
  LamConversion conversion = {
    .source = source, .box = copy->box, .path = path
  };
  memcpy (conversion.voxel_size_nm, copy->voxel_size_nm,
      sizeof conversion.voxel_size_nm);
  return source && lam_output_check (path, inputs, false, error)
      && lam_convert_to_tiff (&conversion, progress, error);
}

/* The classes, and nothing that was said with them. */
static bool
write_project (const LamBlindCopy *copy, const char *image, const char *path,
    GError **error)
{
  g_autoptr (GArray) classes = g_array_new (FALSE, FALSE, sizeof (LamClass));
  for (size_t i = 0; i < lam_class_table_get_n_classes (copy->classes); i++)
    g_array_append_vals (
        classes, lam_class_table_get_nth_class (copy->classes, i), 1);
  g_autoptr (LamSource) source =
      lam_format_open (image, &LAM_OPEN_DEFAULTS, error);
  if (!source)
    return false;
  const LamSourceInfo *info = lam_source_get_info (source);
  g_auto (LamVolumeRow) row = { .path = g_strdup (info->path),
    .relative_path = g_path_get_basename (image),
    .dtype = g_strdup (lam_dtype_name (info->dtype)),
    .file_bytes = info->file_bytes };
  memcpy (row.size, info->levels[0].size, sizeof row.size);
  memcpy (row.voxel_size_nm, copy->voxel_size_nm, sizeof row.voxel_size_nm);
  g_autoptr (LamStore) store = lam_store_create (
      path, &row, (const LamClass *)classes->data, classes->len, error);
  if (!store)
    return false;
  lam_store_set_setting (store, LAM_SETTING_BLIND, copy->mark);
  return lam_store_close (store, error);
}

bool
lam_blind_copy_write (const LamBlindCopy *copy, const char *path,
    LamProgress *progress, GError **error)
{
  if (!g_str_has_suffix (path, SUFFIX)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("%s: the name of a project ends in .lamella"), path);
    return false;
  }
  if (g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("%s is there already: choose another name"), path);
    return false;
  }
  g_autofree char *stem = g_strndup (path, strlen (path) - strlen (SUFFIX));
  g_autofree char *image = g_strconcat (stem, ".tif", NULL);
  return write_image (copy, image, progress, error)
      && write_project (copy, image, path, error);
}
