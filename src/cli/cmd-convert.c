/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* convert: one image format into another. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "base/output.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/convert.h"
#include "cli/json.h"
#include "volume/format.h"

static char *option_channel, *option_box, *option_voxel_size;
static gboolean option_deflate;

static const GOptionEntry options[] = {
  { "channel", 'c', 0, G_OPTION_ARG_STRING, &option_channel,
      N_ ("Which channel, from 0"), N_ ("N") },
  { "box", 'b', 0, G_OPTION_ARG_STRING, &option_box,
      N_ ("Only these voxels; the second corner is not in it"),
      N_ ("X0,Y0,Z0,X1,Y1,Z1") },
  { "deflate", 0, 0, G_OPTION_ARG_NONE, &option_deflate,
      N_ ("Compress the TIFF (OME-Zarr always is)"), NULL },
  { "voxel-size", 'v', 0, G_OPTION_ARG_STRING, &option_voxel_size,
      N_ ("In nm, where the file does not say or is wrong"), N_ ("X,Y,Z") },
  { NULL },
};

static bool
fill_conversion (LamConversion *conversion, GError **error)
{
  const LamSourceInfo *info = lam_source_get_info (conversion->source);
  LamBox whole = lam_box_of_size (info->levels[0].size);
  conversion->box = whole;
  conversion->deflate = option_deflate;
  memcpy (conversion->voxel_size_nm, info->voxel_size_nm,
      sizeof info->voxel_size_nm);
  if (!lam_argument_box ("--box", option_box, &conversion->box, error)
      || !lam_argument_lengths (
          "--voxel-size", option_voxel_size, conversion->voxel_size_nm, error))
    return false;
  LamBox inside = lam_box_intersect (&whole, &conversion->box);
  if (lam_box_equal (&inside, &conversion->box))
    return true;
  return lam_cli_usage_error (error,
      _ ("--box reaches beyond the volume of %" G_GINT64_FORMAT
         " × %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT " voxels"),
      whole.max[0], whole.max[1], whole.max[2]);
}

static void
print_json (const LamConversion *conversion)
{
  const LamBox *box = &conversion->box;
  const int64_t size[3] = { box->max[0] - box->min[0],
    box->max[1] - box->min[1], box->max[2] - box->min[2] };
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  lam_json_add_text (json, "path", conversion->path);
  lam_json_add_triple (json, "size", size);
  lam_json_add_text (json, "dtype",
      lam_dtype_name (lam_source_get_info (conversion->source)->dtype));
  lam_json_add_lengths (json, "voxel_size_nm", conversion->voxel_size_nm);
  json_builder_end_object (json);
  lam_json_print (json);
}

static bool
run (const LamCliCall *call, GError **error)
{
  const char *in = call->arguments[0], *out = call->arguments[1];
  int64_t channel = -1;
  LamConvert convert = lam_convert_find (out, error);
  if (!convert
      || !lam_argument_integer (
          "--channel", option_channel, 0, G_MAXINT, &channel, error))
    return false;
  const char *const inputs[] = { in, NULL };
  const LamOpenOptions how = { .channel = (int)channel };
  g_autoptr (LamSource) source = lam_format_open (in, &how, error);
  LamConversion conversion = { .source = source, .path = out };
  if (!source || !fill_conversion (&conversion, error)
      || !lam_output_check (out, inputs, call->force, error)
      || !convert (&conversion, call->progress, error))
    return false;
  if (call->json)
    print_json (&conversion);
  return true;
}

const LamCommand lam_command_convert = {
  .name = "convert",
  .title = N_ ("Writes a volume, or a part of it, in another format"),
  .usage = "VOLUME OUTPUT",
  .help = N_ (
      "OUTPUT ends in .tif or .tiff (a stack, BigTIFF where needed) or "
      ".zarr (OME-Zarr 0.4 with levels). Voxels keep their type and "
      "value; real numbers of 16 and 64 bits become 32. Works in slabs: the "
      "volume may be larger than the "
      "memory. Until it is complete nothing appears under its name; it lies "
      "beside, as OUTPUT.XXXXXXXX.part or .partial.zarr. What a program "
      "that was killed has left there is removed by the next that "
      "writes OUTPUT."),
  .min_arguments = 2,
  .max_arguments = 2,
  .options = options,
  .has_json = true,
  .has_force = true,
  .is_long = true,
  .run = run,
};
