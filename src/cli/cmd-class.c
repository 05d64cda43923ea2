/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* class list and set: the classes of a project. */
#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "cli/arguments.h"
#include "cli/class-choice.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/project.h"
#include "labels/class-words.h"
#include "workspace/labelling.h"
#include "workspace/object-rules.h"

static char *option_organelle, *option_split, *option_relief, *option_min_size,
    *option_min_volume;

static const GOptionEntry set_options[] = {
  { "organelle", 'o', 0, G_OPTION_ARG_STRING, &option_organelle,
      N_ ("Whether “score” counts it as an organelle: yes, no, or as its name "
          "says (name)"),
      N_ ("WHAT") },
  { "split", 's', 0, G_OPTION_ARG_STRING, &option_split,
      N_ ("Whether objects that a network finds are cut where several touch: "
          "yes or no"),
      N_ ("WHAT") },
  { "relief", 0, 0, G_OPTION_ARG_STRING, &option_relief,
      N_ ("Of --split: a neck is where the depth falls by this much, in "
          "percent "
          "of the lower middle’s (35); less cuts more"),
      N_ ("N") },
  { "min-size", 0, 0, G_OPTION_ARG_STRING, &option_min_size,
      N_ ("Of what a network finds, fewer voxels are no object (27)"),
      N_ ("N") },
  { "min-volume", 0, 0, G_OPTION_ARG_STRING, &option_min_volume,
      N_ ("The same in cubic nanometres; 27 voxels while the voxel size is not "
          "known"),
      N_ ("NM3") },
  { NULL },
};

/* By LamOrganelle. */
static const char *const organelle_words[] = { "name", "yes", "no", NULL };

/* What no option is about stays. */
static bool
read_rule (LamObjectRule *rule, GError **error)
{
  static const char *const words[] = { "no", "yes", NULL };
  int cuts = rule->cuts;
  int64_t relief = rule->relief_percent, least = 0;
  double volume = 0;
  if (option_min_size && option_min_volume)
    return lam_cli_usage_error (
        error, _ ("--min-size and --min-volume exclude each other"));
  if (!lam_argument_choice ("--split", option_split, words, &cuts, error)
      || !lam_argument_integer (
          "--relief", option_relief, 0, 100, &relief, error)
      || !lam_argument_integer ("--min-size", option_min_size, 1,
          (int64_t)LAM_OBJECT_RULE_MOST, &least, error)
      || !lam_argument_number ("--min-volume", option_min_volume,
          LAM_OBJECT_RULE_MOST, &volume, error))
    return false;
  rule->cuts = cuts;
  rule->relief_percent = (int)relief;
  if (!option_min_size && !option_min_volume)
    return true;
  rule->is_nm3 = option_min_volume != NULL;
  rule->smallest = rule->is_nm3 ? volume : (double)least;
  return true;
}

static bool
has_rule (void)
{
  return option_split || option_relief || option_min_size || option_min_volume;
}

static bool
set_rule (LamWorkspace *workspace, const LamClass *class, GError **error)
{
  LamObjectRule rule = lam_workspace_get_object_rule (workspace, class);
  if (!has_rule ())
    return true;
  if (!read_rule (&rule, error))
    return false;
  if (!class->has_instances || class->id == 0) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("“%s” is not of single objects"), class->name);
    return false;
  }
  const bool needs_nm = option_min_volume || (option_split && rule.cuts);
  if (needs_nm && !lam_workspace_knows_voxel_size (workspace)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("%s needs the voxel size, which the project does not know"),
        option_min_volume ? "--min-volume" : "--split yes");
    return false;
  }
  lam_workspace_set_object_rule (workspace, class, &rule);
  return true;
}

static bool
set_organelle (LamWorkspace *workspace, const LamClass *class, int organelle,
    GError **error)
{
  LamClass row = *class;
  row.organelle = (LamOrganelle)organelle;
  return !option_organelle || lam_workspace_set_class (workspace, &row, error);
}

static bool
run_set (const LamCliCall *call, GError **error)
{
  int organelle = LAM_ORGANELLE_BY_NAME;
  if (!option_organelle && !has_rule ())
    return lam_cli_usage_error (error,
        _ ("say by --organelle what it is, or by --split, --relief, --min-size "
           "or --min-volume what its objects are"));
  if (!lam_argument_choice (
          "--organelle", option_organelle, organelle_words, &organelle, error))
    return false;
  g_autoptr (LamWorkspace) workspace =
      lam_cli_open_for_change (call->arguments[0], error);
  if (!workspace)
    return false;
  const LamClass *now = lam_class_choice_find (
      lam_workspace_get_classes (workspace), call->arguments[1], error);
  const bool done = now && set_rule (workspace, now, error)
      && set_organelle (workspace, now, organelle, error);
  return lam_cli_close (workspace, done, error);
}

static void
add_bool (JsonBuilder *json, const char *name, bool value)
{
  json_builder_set_member_name (json, name);
  json_builder_add_boolean_value (json, value);
}

static void
add_rule (JsonBuilder *json, LamStore *store, const LamClass *class)
{
  const LamObjectRule rule = lam_project_object_rule (store, class);
  add_bool (json, "split", rule.cuts);
  lam_json_add_integer (json, "relief_percent", rule.relief_percent);
  const char *name = rule.is_nm3 ? "min_volume_nm3" : "min_size";
  if (lam_object_rule_count_decimals (&rule) == 0) {
    lam_json_add_integer (json, name, (int64_t)rule.smallest);
    return;
  }
  json_builder_set_member_name (json, name);
  json_builder_add_double_value (json, rule.smallest);
}

static void
print_json (LamStore *store, const LamClassTable *classes)
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
    if (row->id != 0 && row->has_instances)
      add_rule (json, store, row);
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
    print_json (store, classes);
    return true;
  }
  for (size_t i = 0; i < lam_class_table_get_n_classes (classes); i++) {
    const LamClass *row = lam_class_table_get_nth_class (classes, i);
    g_autofree char *name = lam_cli_dup_line (row->name);
    const bool makes_objects = row->id != 0 && row->has_instances;
    const bool cuts =
        makes_objects && lam_project_object_rule (store, row).cuts;
    g_print ("%4d  %s%s%s%s\n", row->id, name,
        row->has_instances ? _ (", single objects") : "",
        cuts ? _ (", cut where they touch") : "",
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
  .title = N_ ("Says what a class, by its name or number, is, and its objects"),
  .usage = "PROJECT CLASS",
  .help = N_ ("“score” takes the mean over organelles, too. Until it is said "
              "here or in the window all classes are organelles but 0, the "
              "background, and those whose name is of surroundings, such as "
              "cell, cytoplasm or plasma membrane; that is one edit, which "
              "“undo” takes back. The other options are about what a network "
              "finds from then on, beside a person and by “model run”: "
              "without them nothing is cut, and fewer than 27 voxels are "
              "noise. A volume is segmented in parts. What reaches from one "
              "into another is not left out for its size, and what was "
              "segmented already keeps its labels where it reaches beyond the "
              "part that is segmented anew: “undo” that first to have it "
              "cut."),
  .min_arguments = 2,
  .max_arguments = 2,
  .options = set_options,
  .run = run_set,
};
