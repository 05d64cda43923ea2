/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* region export-blind: a region for a second person, who must not see what the
 * first one said. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "base/output.h"
#include "cli/commands.h"
#include "cli/convert.h"
#include "cli/project.h"
#include "volume/format.h"
#include "workspace/annotator.h"
#include "workspace/regions.h"

static char *option_output;

static const GOptionEntry options[] = {
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &option_output,
      N_ ("The project to make, NAME.lamella; its image is NAME.tif"),
      N_ ("PROJECT") },
  { NULL },
};

static bool
write_image (LamWorkspace *workspace, const LamRegion *region, const char *path,
    LamProgress *progress, GError **error)
{
  LamVolume *volume = lam_workspace_get_volume (workspace);
  if (!volume) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING, "%s",
        lam_workspace_get_image_problem (workspace));
    return false;
  }
  const LamSourceInfo *info = lam_volume_get_info (volume);
  const LamOpenOptions how = { .channel = info->channel };
  const char *const inputs[] = { info->path,
    lam_store_get_path (lam_workspace_get_store (workspace)), NULL };
  g_autoptr (LamSource) source = lam_format_open (info->path, &how, error);
  LamConversion conversion = {
    .source = source, .box = region->box, .path = path
  };
  if (lam_workspace_knows_voxel_size (workspace))
    memcpy (conversion.voxel_size_nm,
        lam_workspace_get_voxel_size_nm (workspace),
        sizeof conversion.voxel_size_nm);
  return source && lam_output_check (path, inputs, false, error)
      && lam_convert_to_tiff (&conversion, progress, error);
}

/* The classes, and nothing that was said with them. */
static bool
make_project (LamWorkspace *workspace, const LamRegion *region,
    const char *image, const char *path, GError **error)
{
  const LamClassTable *table = lam_workspace_get_classes (workspace);
  g_autoptr (GArray) classes = g_array_new (FALSE, FALSE, sizeof (LamClass));
  for (size_t i = 0; i < lam_class_table_get_n_classes (table); i++)
    g_array_append_vals (classes, lam_class_table_get_nth_class (table, i), 1);
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
  if (lam_workspace_knows_voxel_size (workspace))
    memcpy (row.voxel_size_nm, lam_workspace_get_voxel_size_nm (workspace),
        sizeof row.voxel_size_nm);
  g_autoptr (LamStore) store = lam_store_create (
      path, &row, (const LamClass *)classes->data, classes->len, error);
  if (!store)
    return false;
  g_autofree char *mark =
      lam_annotator_dup_mark (lam_workspace_get_store (workspace), region);
  lam_store_set_setting (store, LAM_SETTING_BLIND, mark);
  return lam_store_close (store, error);
}

static bool
run (const LamCliCall *call, GError **error)
{
  if (!option_output || !g_str_has_suffix (option_output, ".lamella"))
    return lam_cli_usage_error (
        error, _ ("--output needs a name that ends in .lamella"));
  g_autofree char *path = g_canonicalize_filename (option_output, NULL);
  g_autofree char *stem = g_strndup (path, strlen (path) - strlen (".lamella"));
  g_autofree char *image = g_strconcat (stem, ".tif", NULL);
  g_autoptr (LamWorkspace) workspace =
      lam_workspace_open (call->arguments[0], NULL, NULL, error);
  if (!workspace)
    return false;
  if (!lam_workspace_get_store (workspace)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING, _ ("%s is no project"),
        call->arguments[0]);
    return false;
  }
  if (g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("%s is there already: choose another name"), path);
    return false;
  }
  const LamRegion *region =
      lam_cli_find_region (workspace, call->arguments[1], error);
  if (!region || !write_image (workspace, region, image, call->progress, error)
      || !make_project (workspace, region, image, path, error))
    return false;
  g_print ("%s\n", path);
  return true;
}

const LamCommand lam_command_region_export_blind = {
  .name = "region export-blind",
  .title =
      N_ ("Makes a project of a region for a second person, without labels"),
  .usage = "PROJECT REGION",
  .help = N_ ("The region’s image and the project’s classes, in a project of "
              "their own. Afterwards “lamella-cli region import-annotator” "
              "brings what that person said back in, beside the labels. REGION "
              "is a name or a number."),
  .min_arguments = 2,
  .max_arguments = 2,
  .options = options,
  .is_long = true,
  .run = run,
};
