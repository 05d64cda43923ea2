/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* project check: looks for damage. */
#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/project.h"

static void
print_json (GPtrArray *problems)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  json_builder_set_member_name (json, "clean");
  json_builder_add_boolean_value (json, problems->len == 0);
  json_builder_set_member_name (json, "problems");
  json_builder_begin_array (json);
  for (guint i = 0; i < problems->len; i++)
    json_builder_add_string_value (json, g_ptr_array_index (problems, i));
  json_builder_end_array (json);
  json_builder_end_object (json);
  lam_json_print (json);
}

static void
print_text (GPtrArray *problems, const char *path)
{
  for (guint i = 0; i < problems->len; i++)
    g_print ("%s\n", (const char *)g_ptr_array_index (problems, i));
  if (problems->len == 0)
    g_print (_ ("%s is sound.\n"), path);
}

static bool
run (const LamCliCall *call, GError **error)
{
  const char *path = call->arguments[0];
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (LamStore) store = lam_cli_open_store (path, error);
  if (!store || !lam_store_check (store, problems, call->progress, error))
    return false;
  if (call->json)
    print_json (problems);
  else
    print_text (problems, path);
  if (problems->len == 0)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
      ngettext ("%s is damaged: %u problem", "%s is damaged: %u problems",
          problems->len),
      path, problems->len);
  return false;
}

const LamCommand lam_command_project_check = {
  .name = "project check",
  .title = N_ ("Looks for damage in a project"),
  .usage = "PROJECT",
  .help = N_ ("Checks the file, every checksum, and every edit against what "
              "it changed. Prints one line a problem and ends with 1 when "
              "there are any."),
  .min_arguments = 1,
  .max_arguments = 1,
  .has_json = true,
  .is_long = true,
  .run = run,
};
