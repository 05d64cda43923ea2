/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <glib/gi18n-lib.h>

#include "cli/commands.h"
#include "cli/step.h"

static char *option_count;

static const GOptionEntry options[] = {
  { "count", 'n', 0, G_OPTION_ARG_STRING, &option_count, N_ ("How many (1)"),
      N_ ("N") },
  { NULL },
};

static bool
run (const LamCliCall *call, GError **error)
{
  return lam_cli_step (call, LAM_CLI_REDO, option_count, error);
}

const LamCommand lam_command_redo = {
  .name = "redo",
  .title = N_ ("Does again what was undone"),
  .usage = "PROJECT",
  .min_arguments = 1,
  .max_arguments = 1,
  .options = options,
  .has_json = true,
  .run = run,
};
