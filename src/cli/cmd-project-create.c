/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* project create: starts a project on an image. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "store/store.h"
#include "volume/format.h"

static char *option_output, *option_preset, *option_voxel_size;
static char *option_channel;

static const GOptionEntry options[] = {
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &option_output,
      N_ ("The project (VOLUME’s name with .lamella, beside it)"),
      N_ ("PROJECT") },
  { "preset", 'p', 0, G_OPTION_ARG_STRING, &option_preset,
      N_ ("Classes to begin with: platelet (default) or empty"), N_ ("NAME") },
  { "voxel-size", 'v', 0, G_OPTION_ARG_STRING, &option_voxel_size,
      N_ ("In nm, where the image does not say or is wrong"), N_ ("X,Y,Z") },
  { "channel", 'c', 0, G_OPTION_ARG_STRING, &option_channel,
      N_ ("Which channel of the image, from 0"), N_ ("N") },
  { NULL },
};

static char *
default_path (const char *image)
{
  g_autofree char *full = g_canonicalize_filename (image, NULL);
  g_autofree char *folder = g_path_get_dirname (full);
  g_autofree char *base = g_path_get_basename (full);
  char *dot = strrchr (base, '.');
  if (dot && dot != base)
    *dot = 0;
  g_autofree char *name = g_strconcat (base, ".lamella", NULL);
  return g_build_filename (folder, name, NULL);
}

/* `file` as seen from `folder`; both absolute. */
static char *
relative_path (const char *folder, const char *file)
{
  g_auto (GStrv) from = g_strsplit (folder, "/", -1);
  g_auto (GStrv) to = g_strsplit (file, "/", -1);
  int n_same = 0;
  while (from[n_same] && to[n_same] && strcmp (from[n_same], to[n_same]) == 0)
    n_same++;
  g_autoptr (GString) path = g_string_new (NULL);
  for (int i = n_same; from[i]; i++)
    if (*from[i])
      g_string_append (path, "../");
  g_autofree char *rest = g_strjoinv ("/", to + n_same);
  g_string_append (path, rest);
  return g_string_free (g_steal_pointer (&path), false);
}

static bool
fill_row (const LamSourceInfo *info, int channel, const char *project,
    LamVolumeRow *row, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (project);
  row->path = g_strdup (info->path);
  row->relative_path = relative_path (folder, info->path);
  row->dtype = g_strdup (lam_dtype_name (info->dtype));
  row->channel = MAX (channel, 0);
  row->file_bytes = info->file_bytes;
  memcpy (row->size, info->levels[0].size, sizeof row->size);
  memcpy (row->voxel_size_nm, info->voxel_size_nm, sizeof row->voxel_size_nm);
  return lam_argument_lengths (
      "--voxel-size", option_voxel_size, row->voxel_size_nm, error);
}

static void
report (const char *path, const LamVolumeRow *row, size_t n_classes, bool json)
{
  if (!json) {
    g_print ("%s\n", path);
    return;
  }
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  lam_json_add_text (builder, "path", path);
  lam_json_add_text (builder, "image", row->path);
  lam_json_add_triple (builder, "size", row->size);
  lam_json_add_lengths (builder, "voxel_size_nm", row->voxel_size_nm);
  lam_json_add_integer (builder, "classes", (int64_t)n_classes);
  json_builder_end_object (builder);
  lam_json_print (builder);
}

static bool
run (const LamCliCall *call, GError **error)
{
  int64_t channel = -1;
  if (!lam_argument_integer (
          "--channel", option_channel, 0, G_MAXINT, &channel, error))
    return false;
  const char *preset = option_preset ? option_preset : "platelet";
  size_t n_classes;
  const LamClass *classes = lam_class_preset_get (preset, &n_classes);
  if (!classes)
    return lam_cli_usage_error (error, _ ("there is no preset “%s”"), preset);
  const LamOpenOptions how = { .channel = (int)channel };
  g_autoptr (LamSource) source =
      lam_format_open (call->arguments[0], &how, error);
  if (!source)
    return false;
  g_autofree char *path = option_output
      ? g_canonicalize_filename (option_output, NULL)
      : default_path (call->arguments[0]);
  g_auto (LamVolumeRow) row = { 0 };
  if (!fill_row (lam_source_get_info (source), (int)channel, path, &row, error))
    return false;
  g_autoptr (LamStore) store =
      lam_store_create (path, &row, classes, n_classes, error);
  if (!store || !lam_store_close (store, error))
    return false;
  report (path, &row, n_classes, call->json);
  return true;
}

const LamCommand lam_command_project_create = {
  .name = "project create",
  .title = N_ ("Starts a project on an image"),
  .usage = "VOLUME",
  .help = N_ ("A project is one file that holds all that is said about the "
              "image, and not the image itself. A file that is there already "
              "is never overwritten."),
  .min_arguments = 1,
  .max_arguments = 1,
  .options = options,
  .has_json = true,
  .run = run,
};
