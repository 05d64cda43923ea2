/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* region export-blind: a region for a second person, who must not see what the
 * first one said. */
#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/project.h"
#include "workspace/blind-copy.h"
#include "workspace/regions.h"

static char *option_output;

static const GOptionEntry options[] = {
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &option_output,
      N_ ("The project to make, NAME.lamella; its image is NAME.tif"),
      N_ ("PROJECT") },
  { NULL },
};

static bool
run (const LamCliCall *call, GError **error)
{
  if (!option_output || !g_str_has_suffix (option_output, ".lamella"))
    return lam_cli_usage_error (
        error, _ ("--output needs a name that ends in .lamella"));
  g_autofree char *path = g_canonicalize_filename (option_output, NULL);
  g_autoptr (LamWorkspace) workspace =
      lam_workspace_open (call->arguments[0], NULL, NULL, error);
  if (!workspace)
    return false;
  if (!lam_workspace_get_store (workspace)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING, _ ("%s is no project"),
        call->arguments[0]);
    return false;
  }
  const LamRegion *region =
      lam_cli_find_region (workspace, call->arguments[1], error);
  g_autoptr (LamBlindCopy) copy =
      region ? lam_blind_copy_new (workspace, region, error) : NULL;
  if (!copy || !lam_blind_copy_write (copy, path, call->progress, error))
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
