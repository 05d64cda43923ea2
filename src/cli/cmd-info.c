/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* info: what an image file is, without reading its voxels. */
#include <sys/stat.h>
#include <sys/types.h>

#include <fts.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/text.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "volume/format.h"
#include "volume/pyramid.h"

/* Of a Zarr, whose chunks are files. */
#define MAX_FILES 500000

static char *option_channel;

static const GOptionEntry options[] = {
  { "channel", 'c', 0, G_OPTION_ARG_STRING, &option_channel,
      N_ ("Which channel, from 0"), N_ ("N") },
  { NULL },
};

/* Bytes of all files of the volume. False: so many files that counting them
 * would take minutes; `bytes` is what the first of them have. */
static bool
measure (const LamSourceInfo *info, int64_t *bytes)
{
  *bytes = info->file_bytes;
  if (!g_file_test (info->path, G_FILE_TEST_IS_DIR)
      || strcmp (info->format, "ome-zarr") != 0)
    return true;
  *bytes = 0;
  char *const paths[] = { info->path, NULL };
  FTS *tree = fts_open (paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
  int64_t n_files = 0;
  for (FTSENT *entry; tree && (entry = fts_read (tree));)
    if (entry->fts_info == FTS_F) {
      *bytes += entry->fts_statp->st_size;
      if (++n_files > MAX_FILES)
        break;
    }
  if (tree)
    fts_close (tree);
  return n_files <= MAX_FILES;
}

static void
print_json (const LamSourceInfo *info)
{
  int64_t bytes;
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  lam_json_add_text (json, "path", info->path);
  lam_json_add_text (json, "format", info->format);
  lam_json_add_triple (json, "size", info->levels[0].size);
  lam_json_add_text (json, "dtype", lam_dtype_name (info->dtype));
  lam_json_add_lengths (json, "voxel_size_nm", info->voxel_size_nm);
  lam_json_add_integer (json, "levels", info->n_levels);
  json_builder_set_member_name (json, "level_sizes");
  json_builder_begin_array (json);
  for (int i = 0; i < info->n_levels; i++) {
    json_builder_begin_array (json);
    for (int j = 0; j < 3; j++)
      json_builder_add_int_value (json, info->levels[i].size[j]);
    json_builder_end_array (json);
  }
  json_builder_end_array (json);
  lam_json_add_integer (json, "channels", info->n_channels);
  lam_json_add_triple (json, "chunk", info->chunk);
  json_builder_set_member_name (json, "compressed");
  json_builder_add_boolean_value (json, info->is_compressed);
  if (measure (info, &bytes))
    lam_json_add_integer (json, "file_bytes", bytes);
  json_builder_end_object (json);
  lam_json_print (json);
}

/* What the file does not say is a question mark. */
static void
print_voxel_size (const double nm[3])
{
  char text[3][G_ASCII_DTOSTR_BUF_SIZE];
  int n_known = 0;
  for (int a = 0; a < 3; a++) {
    n_known += nm[a] > 0;
    g_snprintf (text[a], sizeof text[a], nm[a] > 0 ? "%g" : "?", nm[a]);
  }
  if (n_known == 0)
    g_print (_ ("  voxel size  not in the file\n"));
  else
    g_print (_ ("  voxel size  %s × %s × %s nm%s\n"), text[0], text[1], text[2],
        n_known < 3 ? _ (" (the file does not say all of it)") : "");
}

static void
print_text (const LamSourceInfo *info)
{
  const int64_t *size = info->levels[0].size;
  int64_t n_bytes;
  bool is_all = measure (info, &n_bytes);
  g_autofree char *bytes = lam_text_bytes (n_bytes);
  g_print ("%s\n", info->path);
  g_print (_ ("  format      %s, %s%s%s\n"), info->format,
      is_all ? "" : _ ("more than "), bytes,
      info->is_compressed ? _ (", compressed") : "");
  g_print (_ ("  size        %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT
              " × %" G_GINT64_FORMAT " voxels\n"),
      size[0], size[1], size[2]);
  g_print (_ ("  type        %s\n"), lam_dtype_name (info->dtype));
  if (info->n_channels > 1)
    g_print (_ ("  channels    %d\n"), info->n_channels);
  print_voxel_size (info->voxel_size_nm);
  g_print (_ ("  levels      %d\n"), info->n_levels);
}

static bool
run (const LamCliCall *call, GError **error)
{
  int64_t channel = -1;
  if (!lam_argument_integer (
          "--channel", option_channel, 0, G_MAXINT, &channel, error))
    return false;
  if (g_str_has_suffix (call->arguments[0], ".lamella"))
    return lam_cli_usage_error (error,
        _ ("%s is a project; “lamella-cli project info” says what it holds"),
        call->arguments[0]);
  const LamOpenOptions how = { .channel = (int)channel };
  g_autoptr (LamSource) source =
      lam_format_open (call->arguments[0], &how, error);
  if (!source)
    return false;
  const LamSourceInfo *info = lam_source_get_info (source);
  if (call->json)
    print_json (info);
  else
    print_text (info);
  return true;
}

const LamCommand lam_command_info = {
  .name = "info",
  .title = N_ ("Says what an image file is"),
  .usage = "VOLUME",
  .help = N_ ("VOLUME is a file or folder of any format that can be opened. "
              "Its voxels are not read."),
  .min_arguments = 1,
  .max_arguments = 1,
  .options = options,
  .has_json = true,
  .run = run,
};
