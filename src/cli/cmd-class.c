/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* class list and set: the classes of a project. */
#include <glib/gi18n-lib.h>

#include "cli/arguments.h"
#include "cli/class-choice.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/project.h"
#include "labels/class-words.h"
#include "workspace/labelling.h"

static char *option_organelle;

static const GOptionEntry set_options[] = {
  { "organelle", 'o', 0, G_OPTION_ARG_STRING, &option_organelle,
      N_ ("Whether “score” counts it as an organelle: yes, no, or as its name "
          "says (name)"),
      N_ ("WHAT") },
  { NULL },
};

/* By LamOrganelle. */
static const char *const organelle_words[] = { "name", "yes", "no", NULL };

static bool
run_set (const LamCliCall *call, GError **error)
{
  int organelle = LAM_ORGANELLE_BY_NAME;
  if (!option_organelle)
    return lam_cli_usage_error (error, _ ("say by --organelle what it is"));
  if (!lam_argument_choice (
          "--organelle", option_organelle, organelle_words, &organelle, error))
    return false;
  g_autoptr (LamWorkspace) workspace =
      lam_cli_open_for_change (call->arguments[0], error);
  if (!workspace)
    return false;
  const LamClass *now = lam_class_choice_find (
      lam_workspace_get_classes (workspace), call->arguments[1], error);
  bool done = false;
  if (now) {
    LamClass row = *now;
    row.organelle = (LamOrganelle)organelle;
    done = lam_workspace_set_class (workspace, &row, error);
  }
  return lam_cli_close (workspace, done, error);
}

static void
add_bool (JsonBuilder *json, const char *name, bool value)
{
  json_builder_set_member_name (json, name);
  json_builder_add_boolean_value (json, value);
}

static void
print_json (const LamClassTable *classes)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_array (json);
  for (size_t i = 0; i < lam_class_table_get_n_classes (classes); i++) {
    const LamClass *row = lam_class_table_get_nth_class (classes, i);
    json_builder_begin_object (json);
    lam_json_add_integer (json, "id", row->id);
    lam_json_add_text (json, "name", row->name);
    add_bool (json, "has_instances", row->has_instances);
    add_bool (json, "is_organelle", lam_class_is_organelle (row));
    lam_json_add_text (json, "organelle", organelle_words[row->organelle]);
    json_builder_end_object (json);
  }
  json_builder_end_array (json);
  lam_json_print (json);
}

static bool
run_list (const LamCliCall *call, GError **error)
{
  g_autoptr (LamStore) store = lam_cli_open_store (call->arguments[0], error);
  if (!store)
    return false;
  g_autoptr (LamClassTable) classes = lam_store_dup_classes (store);
  if (call->json) {
    print_json (classes);
    return true;
  }
  for (size_t i = 0; i < lam_class_table_get_n_classes (classes); i++) {
    const LamClass *row = lam_class_table_get_nth_class (classes, i);
    g_autofree char *name = lam_cli_dup_line (row->name);
    g_print ("%4d  %s%s%s\n", row->id, name,
        row->has_instances ? _ (", single objects") : "",
        lam_class_is_organelle (row) ? _ (", organelle") : "");
  }
  return true;
}

const LamCommand lam_command_class_list = {
  .name = "class list",
  .title = N_ ("Lists the classes of a project"),
  .usage = "PROJECT",
  .min_arguments = 1,
  .max_arguments = 1,
  .has_json = true,
  .run = run_list,
};

const LamCommand lam_command_class_set = {
  .name = "class set",
  .title = N_ ("Says whether a class, by its name or number, is an organelle"),
  .usage = "PROJECT CLASS",
  .help = N_ ("“score” takes the mean over organelles, too. Until it is said "
              "here or in the window all classes are organelles but 0, the "
              "background, and those whose name is of surroundings, such as "
              "cell, cytoplasm or plasma membrane. One edit, which “undo” "
              "takes back."),
  .min_arguments = 2,
  .max_arguments = 2,
  .options = set_options,
  .run = run_set,
};
