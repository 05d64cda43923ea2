/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* project locate: where a project's image is now. */
#include <glib/gi18n-lib.h>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/project.h"
#include "workspace/painting.h"

static char *option_channel;

static const GOptionEntry options[] = {
  { "channel", 'c', 0, G_OPTION_ARG_STRING, &option_channel,
      N_ ("Which channel of the image, from 0 (as before)"), N_ ("N") },
  { NULL },
};

static void
report (LamWorkspace *workspace, bool json)
{
  LamVolume *volume = lam_workspace_get_volume (workspace);
  const LamSourceInfo *info = lam_volume_get_info (volume);
  if (!json) {
    g_print ("%s\n", info->path);
    return;
  }
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  lam_json_add_text (builder, "image", info->path);
  lam_json_add_triple (builder, "size", info->levels[0].size);
  lam_json_add_text (builder, "dtype", lam_dtype_name (info->dtype));
  lam_json_add_integer (builder, "channel", info->channel);
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
  const LamOpenOptions how = { .channel = (int)channel };
  g_autoptr (LamWorkspace) workspace =
      lam_cli_open_for_change (call->arguments[0], error);
  if (!workspace)
    return false;
  bool done =
      lam_workspace_set_image (workspace, call->arguments[1], &how, error)
      && lam_workspace_wait (workspace, NULL, error);
  if (done)
    report (workspace, call->json);
  return lam_cli_close (workspace, done, error);
}

const LamCommand lam_command_project_locate = {
  .name = "project locate",
  .title = N_ ("Says where a project's image is now"),
  .usage = "PROJECT VOLUME",
  .help = N_ ("For an image that was moved or renamed. It must have the size "
              "and the type of voxel of the one that the project was made on. "
              "Labels and voxel size stay as they are."),
  .min_arguments = 2,
  .max_arguments = 2,
  .options = options,
  .has_json = true,
  .run = run,
};
