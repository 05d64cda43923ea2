/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* project content-hash: one number for all that is labelled. */
#include <glib/gi18n-lib.h>

#include "cli/commands.h"
#include "cli/json.h"
#include "cli/project.h"

static bool
run (const LamCliCall *call, GError **error)
{
  g_autoptr (LamStore) store = lam_cli_open_store (call->arguments[0], error);
  g_autofree char *hash =
      store ? lam_store_content_hash (store, call->progress, error) : NULL;
  if (!hash)
    return false;
  if (!call->json) {
    g_print ("%s\n", hash);
    return true;
  }
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  lam_json_add_text (json, "sha256", hash);
  json_builder_end_object (json);
  lam_json_print (json);
  return true;
}

const LamCommand lam_command_project_content_hash = {
  .name = "project content-hash",
  .title = N_ ("Prints one number for all that a project says"),
  .usage = "PROJECT",
  .help = N_ ("SHA-256 over classes, labels and voxels as values: two projects "
              "have the same one when they say the same, however they came "
              "to it."),
  .min_arguments = 1,
  .max_arguments = 1,
  .has_json = true,
  .is_long = true,
  .run = run,
};
