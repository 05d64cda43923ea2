/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* objects: from a stack of classes to one of objects. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/output.h"
#include "cli/arguments.h"
#include "cli/class-values.h"
#include "cli/commands.h"
#include "cli/convert.h"
#include "cli/json.h"
#include "cli/object-run.h"
#include "volume/format.h"
#include "workspace/object-rules.h"

static char *option_output, *option_list, *option_classes, *option_min_size,
    *option_min_volume, *option_neighbours, *option_voxel_size, *option_split,
    *option_relief, *option_distance, *option_boundaries, *option_previous,
    *option_previous_list, *option_fixed;

static const GOptionEntry options[] = {
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &option_output,
      N_ ("Where to write the labels: .tif, .tiff or .zarr"), N_ ("FILE") },
  { "list", 'l', 0, G_OPTION_ARG_FILENAME, &option_list,
      N_ ("Write there, as JSON, each object’s id, class, voxels and box"),
      N_ ("FILE") },
  { "classes", 'c', 0, G_OPTION_ARG_STRING, &option_classes,
      N_ ("Which become objects; without it all but 0, which is unlabelled, "
          "and 255, which is unknown"),
      N_ ("CLASS,…") },
  { "min-size", 0, 0, G_OPTION_ARG_STRING, &option_min_size,
      N_ ("Leave out objects of fewer voxels; for all classes or for some (1)"),
      N_ ("N or CLASS=N,…") },
  { "min-volume", 0, 0, G_OPTION_ARG_STRING, &option_min_volume,
      N_ ("The same in cubic nanometres"), N_ ("NM3 or CLASS=NM3,…") },
  { "neighbours", 0, 0, G_OPTION_ARG_STRING, &option_neighbours,
      N_ ("How voxels are connected: across faces (6, the default), edges too "
          "(18), or corners too (26)"),
      N_ ("6, 18 or 26") },
  { "split", 's', 0, G_OPTION_ARG_STRING, &option_split,
      N_ ("Cut objects of these classes where several touch"),
      N_ ("CLASS,… or all") },
  { "relief", 0, 0, G_OPTION_ARG_STRING, &option_relief,
      N_ ("Of --split: a neck is where the depth falls by this much, in "
          "percent "
          "of the lower middle’s (35); less cuts more"),
      N_ ("N") },
  { "distance", 0, 0, G_OPTION_ARG_STRING, &option_distance,
      N_ ("Of --split: middles of two objects are no nearer, in nm (100)"),
      N_ ("NM") },
  { "boundaries", 0, 0, G_OPTION_ARG_FILENAME, &option_boundaries,
      N_ ("Of --split: cut along what is high in this map, instead of at "
          "necks"),
      N_ ("FILE") },
  { "previous", 'p', 0, G_OPTION_ARG_FILENAME, &option_previous,
      N_ ("Labels of an earlier run: objects found again keep their ids"),
      N_ ("FILE") },
  { "previous-list", 0, 0, G_OPTION_ARG_FILENAME, &option_previous_list,
      N_ ("What --list wrote then"), N_ ("FILE") },
  { "fixed", 0, 0, G_OPTION_ARG_STRING, &option_fixed,
      N_ ("Of --previous: objects that stay as they are"), N_ ("ID,…") },
  { "voxel-size", 'v', 0, G_OPTION_ARG_STRING, &option_voxel_size,
      N_ ("In nm, where the file does not say or is wrong"), N_ ("X,Y,Z") },
  { NULL },
};

typedef struct {
  LamSource *classes; /* Owned */
  LamSource *boundaries; /* Owned; or NULL */
  LamOldStack *old; /* Owned; or NULL */
  LamObjectRun run;
  LamSplitRules split;
  LamObjectReport report; /* Owned */
} Work;

static void
work_clear (Work *work)
{
  g_clear_pointer (&work->classes, lam_source_unref);
  g_clear_pointer (&work->boundaries, lam_source_unref);
  g_clear_pointer (&work->old, lam_old_stack_free);
  lam_object_report_clear (&work->report);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

static bool
read_neighbours (LamObjectRules *rules, GError **error)
{
  static const char *const names[] = { "6", "18", "26", NULL };
  static const LamConnectivity values[] = { LAM_CONNECT_FACES,
    LAM_CONNECT_EDGES, LAM_CONNECT_CORNERS };
  int choice = 0;
  if (!lam_argument_choice (
          "--neighbours", option_neighbours, names, &choice, error))
    return false;
  rules->connectivity = values[choice];
  return true;
}

static bool
knows_voxel_size (const Work *work)
{
  const double *nm = work->run.voxel_size_nm;
  return nm[0] > 0 && nm[1] > 0 && nm[2] > 0;
}

/* Least sizes in voxels and in nm³: both hold. */
static bool
read_least (Work *work, GError **error)
{
  double voxels[256], volumes[256] = { 0 };
  bool is_in[256];
  const double *nm = work->run.voxel_size_nm;
  for (int i = 0; i < 256; i++)
    voxels[i] = 1;
  if (!lam_class_values_parse_set (
          "--classes", option_classes ? option_classes : "all", is_in, error)
      || !lam_class_values_parse ("--min-size", option_min_size, voxels, error)
      || !lam_class_values_parse (
          "--min-volume", option_min_volume, volumes, error))
    return false;
  if (option_min_volume && !knows_voxel_size (work))
    return lam_cli_usage_error (error,
        _ ("--min-volume needs the voxel size, which %s does not say: give "
           "--voxel-size X,Y,Z"),
        lam_source_get_info (work->classes)->path);
  for (int i = 0; i < 256; i++) {
    const LamObjectRule volume = { .smallest = volumes[i], .is_nm3 = true };
    int64_t least = (int64_t)ceil (fmin (voxels[i], 9e15));
    if (option_min_volume)
      least = MAX (least, lam_object_rule_count_voxels (&volume, nm));
    work->run.rules.min_voxels[i] = is_in[i] ? least : 0;
  }
  return true;
}

static bool
check_split_options (const Work *work, GError **error)
{
  if (!option_split && (option_relief || option_distance || option_boundaries))
    return lam_cli_usage_error (
        error, _ ("--relief, --distance and --boundaries are for --split"));
  if (option_distance && option_boundaries)
    return lam_cli_usage_error (
        error, _ ("--distance and --boundaries exclude each other"));
  if (option_split && !knows_voxel_size (work))
    return lam_cli_usage_error (error,
        _ ("--split needs the voxel size, which %s does not say: give "
           "--voxel-size X,Y,Z"),
        lam_source_get_info (work->classes)->path);
  return true;
}

static bool
read_split (Work *work, GError **error)
{
  LamSplitRules *split = &work->split;
  int64_t percent = lrint (100 * LAM_SPLIT_RELIEF);
  int64_t distance_nm = LAM_SPLIT_DISTANCE_NM;
  if (!check_split_options (work, error)
      || (option_split
          && !lam_class_values_parse_set (
              "--split", option_split, split->is_split, error))
      || !lam_argument_integer (
          "--relief", option_relief, 0, 100, &percent, error)
      || !lam_argument_integer (
          "--distance", option_distance, 0, 1000000, &distance_nm, error))
    return false;
  for (int i = 0; i < 256; i++)
    split->relief[i] = (double)percent / 100;
  split->least_distance_nm = (double)distance_nm;
  split->connectivity = work->run.rules.connectivity;
  memcpy (
      split->min_voxels, work->run.rules.min_voxels, sizeof split->min_voxels);
  memcpy (split->voxel_size_nm, work->run.voxel_size_nm,
      sizeof split->voxel_size_nm);
  if (!option_boundaries)
    return true;
  split->boundaries = work->boundaries =
      lam_format_open (option_boundaries, &LAM_OPEN_DEFAULTS, error);
  return work->boundaries
      && lam_object_splitter_check (
          split, lam_source_get_info (work->classes)->levels[0].size, error);
}

static bool
read_previous (Work *work, GError **error)
{
  if (!option_previous != !option_previous_list)
    return lam_cli_usage_error (
        error, _ ("--previous and --previous-list go together"));
  if (option_fixed && !option_previous)
    return lam_cli_usage_error (error, _ ("--fixed is for --previous"));
  if (!option_previous)
    return true;
  work->old = lam_old_stack_open (option_previous, option_previous_list,
      option_fixed, lam_source_get_info (work->classes)->levels[0].size, error);
  return work->old != NULL;
}

static bool
read_options (Work *work, GError **error)
{
  const LamSourceInfo *info = lam_source_get_info (work->classes);
  memcpy (
      work->run.voxel_size_nm, info->voxel_size_nm, sizeof info->voxel_size_nm);
  return lam_argument_lengths (
             "--voxel-size", option_voxel_size, work->run.voxel_size_nm, error)
      && read_neighbours (&work->run.rules, error) && read_least (work, error)
      && read_split (work, error) && read_previous (work, error);
}

static void
print_json (
    const Work *work, const int64_t n_objects[256], const int64_t n_voxels[256])
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  lam_json_add_text (json, "labels", option_output);
  lam_json_add_text (json, "list", option_list);
  lam_json_add_integer (json, "objects", work->report.objects->len);
  lam_json_add_integer (json, "cut", work->report.n_cut);
  lam_json_add_integer (json, "too_large_to_cut", work->report.n_too_large);
  if (work->old) {
    lam_json_add_integer (json, "kept", work->report.match.n_kept);
    lam_json_add_integer (json, "new", work->report.match.n_new);
    lam_json_add_integer (json, "gone", work->report.match.n_gone);
  }
  json_builder_set_member_name (json, "classes");
  json_builder_begin_array (json);
  for (int i = 0; i < 256; i++) {
    if (n_objects[i] == 0)
      continue;
    json_builder_begin_object (json);
    lam_json_add_integer (json, "class", i);
    lam_json_add_integer (json, "objects", n_objects[i]);
    lam_json_add_integer (json, "voxels", n_voxels[i]);
    json_builder_end_object (json);
  }
  json_builder_end_array (json);
  json_builder_end_object (json);
  lam_json_print (json);
}

static void
report (const Work *work, bool json)
{
  int64_t n_objects[256] = { 0 }, n_voxels[256] = { 0 };
  lam_object_report_count (&work->report, n_objects, n_voxels);
  if (json) {
    print_json (work, n_objects, n_voxels);
    return;
  }
  for (int i = 0; i < 256; i++)
    if (n_objects[i] > 0)
      g_print (_ ("class %d: %" G_GINT64_FORMAT " objects, %" G_GINT64_FORMAT
                  " voxels\n"),
          i, n_objects[i], n_voxels[i]);
  if (option_split)
    g_print (g_dngettext (GETTEXT_PACKAGE, "%d object was cut\n",
                 "%d objects were cut\n", (gulong)work->report.n_cut),
        work->report.n_cut);
  if (work->report.n_too_large > 0)
    g_print (_ ("%d objects were left whole: their boxes hold more than "
                "%" G_GINT64_FORMAT " voxels\n"),
        work->report.n_too_large, LAM_SPLIT_MAX_VOXELS);
  if (work->old)
    g_print (_ ("%d objects kept their ids, %d are new, %d are gone\n"),
        work->report.match.n_kept, work->report.match.n_new,
        work->report.match.n_gone);
  if (work->report.objects->len == 0)
    g_print ("%s\n",
        option_classes
            ? _ ("no objects")
            : _ ("no objects: 0 is unlabelled and 255 unknown, unless "
                 "--classes names them"));
}

static bool
check_outputs (const LamCliCall *call, GError **error)
{
  const char *inputs[] = { call->arguments[0], NULL, NULL, NULL, NULL, NULL };
  const char *const more[] = { option_boundaries, option_previous,
    option_previous_list };
  int n = 1;
  for (size_t i = 0; i < G_N_ELEMENTS (more); i++)
    if (more[i])
      inputs[n++] = more[i];
  if (option_list && lam_output_is_same (option_list, option_output))
    return lam_cli_usage_error (
        error, _ ("--list and --output name the same file"));
  if (!lam_output_check (option_output, inputs, call->force, error))
    return false;
  inputs[n] = option_output;
  return !option_list
      || lam_output_check (option_list, inputs, call->force, error);
}

static bool
run (const LamCliCall *call, GError **error)
{
  g_auto (Work) work = { 0 };
  if (!option_output)
    return lam_cli_usage_error (error, _ ("--output is needed"));
  if (!lam_convert_find (option_output, error) || !check_outputs (call, error))
    return false;
  work.classes =
      lam_format_open (call->arguments[0], &LAM_OPEN_DEFAULTS, error);
  if (!work.classes || !read_options (&work, error))
    return false;
  work.run.classes = work.classes;
  work.run.split = option_split ? &work.split : NULL;
  work.run.old = work.old;
  work.run.labels_path = option_output;
  work.run.list_path = option_list;
  if (!lam_object_run_do (&work.run, &work.report, call->progress, error))
    return false;
  report (&work, call->json);
  return true;
}

const LamCommand lam_command_objects = {
  .name = "objects",
  .title = N_ ("Turns a stack of classes into one of objects"),
  .usage = "CLASSES",
  .help = N_ ("Voxels of one class that are connected are one object. Objects "
              "are numbered from 1 in the order of their first voxels; the "
              "same stack gives the same numbers. Memory does not grow with "
              "the volume. “labels import PROJECT LABELS --objects LIST” takes "
              "the result."),
  .min_arguments = 1,
  .max_arguments = 1,
  .options = options,
  .has_json = true,
  .has_force = true,
  .is_long = true,
  .run = run,
};
