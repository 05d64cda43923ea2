/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* segment: what one or several networks make of a volume, voxel by voxel. */
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/output.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/model-input.h"
#include "cli/object-list.h"
#include "cli/segment-input.h"
#include "cli/segment-models.h"
#include "cli/segment-objects.h"
#include "cli/segment-run.h"
#include "volume/format.h"

static char **option_models;
static char *option_output, *option_uncertainty, *option_runner_up, *option_box,
    *option_tile, *option_channel, *option_normalisation, *option_map,
    *option_threads, *option_memory, *option_labels, *option_list,
    *option_instances, *option_min_size;
static gboolean option_flips, option_turns, option_blend, option_split;

static const GOptionEntry options[] = {
  { "model", 'm', 0, G_OPTION_ARG_FILENAME_ARRAY, &option_models,
      N_ ("The networks, whose mean decides; may be given again"),
      N_ ("FILE.onnx[,…]") },
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &option_output,
      N_ ("The class of each voxel: .tif, .tiff or .zarr"), N_ ("FILE") },
  { "uncertainty", 'u', 0, G_OPTION_ARG_FILENAME, &option_uncertainty,
      N_ ("How unsure that is, 0 to 255"), N_ ("FILE") },
  { "runner-up", 0, 0, G_OPTION_ARG_FILENAME, &option_runner_up,
      N_ ("The class that came second"), N_ ("FILE") },
  { "labels", 'l', 0, G_OPTION_ARG_FILENAME, &option_labels,
      N_ ("Objects, each with its number: connected voxels of a class that has "
          "instances"),
      N_ ("FILE") },
  { "instances", 'i', 0, G_OPTION_ARG_STRING, &option_instances,
      N_ ("Which classes have them; without it as the project says"),
      N_ ("CLASS,…") },
  { "min-size", 0, 0, G_OPTION_ARG_STRING, &option_min_size,
      N_ ("Leave out objects of fewer voxels; for all classes or for some (1)"),
      N_ ("N or CLASS=N,…") },
  { "split", 's', 0, G_OPTION_ARG_NONE, &option_split,
      N_ ("Cut objects where several touch; “objects” can do more"), NULL },
  { "list", 0, 0, G_OPTION_ARG_FILENAME, &option_list,
      N_ ("Write there, as JSON, each object’s id, class, voxels and box"),
      N_ ("FILE") },
  { "box", 'b', 0, G_OPTION_ARG_STRING, &option_box,
      N_ ("Only these voxels; the second corner is not in it"),
      N_ ("X0,Y0,Z0,X1,Y1,Z1") },
  { "flips", 0, 0, G_OPTION_ARG_NONE, &option_flips,
      N_ ("Show each network the image mirrored in x, y and both as well"),
      NULL },
  { "turns", 0, 0, G_OPTION_ARG_NONE, &option_turns,
      N_ ("And each of these turned by a right angle"), NULL },
  { "blend", 0, 0, G_OPTION_ARG_NONE, &option_blend,
      N_ ("Blend tiles that overlap by a quarter, even where what saw an edge "
          "could be thrown away: faster for networks that see far, but tiles "
          "show"),
      NULL },
  { "map", 0, 0, G_OPTION_ARG_STRING, &option_map,
      N_ ("Which class of the project one of the networks’ is, where it has "
          "another name"),
      N_ ("THEIRS=OURS,…") },
  { "tile", 0, 0, G_OPTION_ARG_STRING, &option_tile,
      N_ ("Voxels that a network is shown at once"), N_ ("X,Y,Z") },
  { "normalisation", 0, 0, G_OPTION_ARG_STRING, &option_normalisation,
      N_ ("Grey values for the network are (v - MEAN) / DEVIATION; “image”: "
          "those of this volume"),
      N_ ("MEAN,DEVIATION") },
  { "channel", 'c', 0, G_OPTION_ARG_STRING, &option_channel,
      N_ ("Which channel of an image, from 0"), N_ ("N") },
  { "threads", 't', 0, G_OPTION_ARG_STRING, &option_threads,
      N_ ("How many; without it one for each processor"), N_ ("N") },
  { "memory", 0, 0, G_OPTION_ARG_STRING, &option_memory,
      N_ ("MB that may be used (four fifths of what there is)"), N_ ("N") },
  { NULL },
};

typedef struct {
  LamSegmentInput input; /* Owned */
  LamSegmentModels set; /* Owned */
  char *plan, *note, *labels_note; /* Owned */
  bool is_complete; /* all is there, of the same plan */
  LamObjectRun objects;
  LamSplitRules split;
  LamObjectReport found; /* Owned */
} Work;

static void
work_clear (Work *work)
{
  lam_segment_models_clear (&work->set);
  lam_segment_input_clear (&work->input);
  lam_object_report_clear (&work->found);
  g_free (work->plan);
  g_free (work->note);
  g_free (work->labels_note);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

/* Names may have commas in them: what is a file is one name. */
static GPtrArray *
list_models (void)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  for (int i = 0; option_models[i]; i++) {
    bool is_file = g_file_test (option_models[i], G_FILE_TEST_EXISTS);
    g_auto (GStrv) names =
        g_strsplit (option_models[i], is_file ? "\n" : ",", -1);
    for (int j = 0; names[j]; j++)
      g_ptr_array_add (paths, g_strdup (is_file ? option_models[i] : names[j]));
  }
  g_ptr_array_add (paths, NULL);
  return paths;
}

static bool
read_settings (LamSegmenterSettings *settings, LamBox *box, GError **error)
{
  int64_t n_threads = 0, memory = 0;
  if (!option_models || !option_output)
    return lam_cli_usage_error (error, _ ("--model and --output are needed"));
  if (!lam_argument_integer (
          "--threads", option_threads, 1, 256, &n_threads, error)
      || !lam_argument_integer (
          "--memory", option_memory, 1, 1 << 30, &memory, error)
      || !lam_argument_triple ("--tile", option_tile, 1, settings->tile, error)
      || !lam_argument_box ("--box", option_box, box, error))
    return false;
  settings->n_threads = (int)n_threads;
  settings->limit_bytes = memory * 1000000;
  settings->blends = option_blend;
  settings->copies = option_turns ? LAM_COPIES_TURNS
      : option_flips              ? LAM_COPIES_FLIPS
                                  : LAM_COPIES_ONE;
  return true;
}

/* ---- What is there ------------------------------------------------------ */

/* NULL: nothing is there, or it says none. */
static char *
read_note (const char *path)
{
  g_autoptr (LamSource) source = path && g_file_test (path, G_FILE_TEST_EXISTS)
      ? lam_format_open (path, &LAM_OPEN_DEFAULTS, NULL)
      : NULL;
  return source ? g_strdup (lam_source_get_info (source)->note) : NULL;
}

static char *
read_list_note (const char *path)
{
  g_autoptr (LamObjectList) list = lam_object_list_read (path, NULL);
  return list ? g_steal_pointer (&list->note) : NULL;
}

static char *
read_any_note (const char *path)
{
  bool is_list = option_list && g_strcmp0 (path, option_list) == 0;
  return is_list ? read_list_note (path) : read_note (path);
}

/* It may be what would be made: that is known later. */
static bool
may_be_ours (const LamSegmentRun *run, const char *path)
{
  g_autofree char *note = read_any_note (path);
  return note != NULL || lam_segment_run_has_written (run, path);
}

/* Before the work, not after it. */
static bool
check_outputs (const Work *work, const LamSegmentRun *run,
    const LamCliCall *call, char **models, GError **error)
{
  const char *image = lam_source_get_info (work->input.source)->path;
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  g_ptr_array_add (inputs, (char *)call->arguments[0]);
  g_ptr_array_add (inputs, (char *)image);
  for (int i = 0; models[i]; i++)
    g_ptr_array_add (inputs, models[i]);
  g_ptr_array_add (inputs, NULL);
  for (int i = 0; i < LAM_SEGMENT_N; i++)
    if (run->paths[i]
        && !lam_output_check (run->paths[i], (const char *const *)inputs->pdata,
            call->force || may_be_ours (run, run->paths[i]), error))
      return false;
  const char *const more[] = { option_labels, option_list };
  for (size_t i = 0; i < G_N_ELEMENTS (more); i++)
    if (more[i]
        && !lam_output_check (more[i], (const char *const *)inputs->pdata,
            call->force || may_be_ours (run, more[i]), error))
      return false;
  return true;
}

/* A file that is there is not replaced, unless all are there and the same. */
static bool
look_at (const LamSegmentRun *run, const char *path, const char *wanted,
    bool *is_complete, GError **error)
{
  if (!path || lam_segment_run_has_written (run, path)) {
    *is_complete &= !path;
    return true;
  }
  g_autofree char *note = read_any_note (path);
  if (!note || strcmp (note, wanted) == 0) {
    *is_complete &= note != NULL;
    return true;
  }
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("%s is there already, made with another plan: other networks, image, "
         "voxel size, box or settings; --force replaces it"),
      path);
  return false;
}

static bool
find_complete (Work *work, const LamSegmentRun *run, const LamCliCall *call,
    GError **error)
{
  bool is_complete = true;
  if (call->force)
    return true;
  for (int i = 0; i < LAM_SEGMENT_N; i++)
    if (!look_at (run, run->paths[i], work->note, &is_complete, error))
      return false;
  if (!look_at (run, option_labels, work->labels_note, &is_complete, error)
      || !look_at (run, option_list, work->labels_note, &is_complete, error))
    return false;
  work->is_complete = is_complete;
  if (is_complete)
    return true;
  const char *const all[] = { run->paths[0], run->paths[1], run->paths[2],
    option_labels, option_list };
  for (size_t i = 0; i < G_N_ELEMENTS (all); i++)
    if (all[i] && !lam_segment_run_has_written (run, all[i])
        && !lam_output_check (all[i], NULL, false, error))
      return false;
  return true;
}

/* ---- What was done ------------------------------------------------------ */

static bool
prepare_objects (Work *work, const LamSegmentRun *run, GError **error)
{
  const LamSegmentObjects wanted = { .labels_path = option_labels,
    .list_path = option_list,
    .instances = option_instances,
    .min_size = option_min_size,
    .split = option_split };
  return lam_segment_objects_prepare (&wanted, &work->input,
      work->set.models->pdata[0], run, &work->objects, &work->split, error);
}

static void
report_complete (const LamSegmentRun *run, bool json)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  const char *path = run->paths[LAM_SEGMENT_CLASSES];
  json_builder_begin_object (builder);
  lam_json_add_text (builder, "complete_already", path);
  lam_json_add_box (builder, "box", &run->box);
  json_builder_end_object (builder);
  if (json)
    lam_json_print (builder);
  else
    g_print (_ ("%s is complete already: the same networks, image, box and "
                "settings; nothing was done\n"),
        path);
}

static void
report_objects (const Work *work, JsonBuilder *builder, bool json)
{
  if (!option_labels)
    return;
  lam_json_add_text (builder, "labels", option_labels);
  lam_json_add_text (builder, "list", option_list);
  lam_json_add_integer (builder, "objects", work->found.objects->len);
  lam_json_add_integer (builder, "cut", work->found.n_cut);
  lam_json_add_integer (builder, "too_large_to_cut", work->found.n_too_large);
  if (json)
    return;
  g_print ("%s\n", option_labels);
  g_print (g_dngettext (GETTEXT_PACKAGE, "  %u object\n", "  %u objects\n",
               work->found.objects->len),
      work->found.objects->len);
  if (work->found.n_too_large > 0)
    g_print (_ ("%d objects were left whole: their boxes hold more than "
                "%" G_GINT64_FORMAT " voxels\n"),
        work->found.n_too_large, LAM_SPLIT_MAX_VOXELS);
}

static void
report (const Work *work, const LamSegmentRun *run,
    const LamSegmentReport *done, bool json, double seconds)
{
  static const char *const names[] = { "classes", "runner_ups",
    "uncertainties" };
  const LamModel *model = work->set.models->pdata[0];
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "files");
  json_builder_begin_object (builder);
  for (int i = 0; i < LAM_SEGMENT_N; i++)
    if (run->paths[i]) {
      lam_json_add_text (builder, names[i], run->paths[i]);
      if (!json)
        g_print ("%s\n", run->paths[i]);
    }
  json_builder_end_object (builder);
  json_builder_set_member_name (builder, "classes");
  json_builder_begin_object (builder);
  int n_classes = lam_model_get_n_classes (model);
  for (int i = 0; i < n_classes; i++) {
    const char *name = lam_model_get_class_name (model, i);
    lam_json_add_integer (builder, name, run->numbers[i]);
    if (!json)
      g_print ("  %d  %s\n", run->numbers[i], name);
  }
  json_builder_end_object (builder);
  if (!json && done->n_unknown)
    g_print (_ ("  %d  unknown (%" G_GINT64_FORMAT " voxels)\n"),
        LAM_PROPOSAL_UNKNOWN, done->n_unknown);
  lam_json_add_integer (builder, "unknown_voxels", done->n_unknown);
  report_objects (work, builder, json);
  lam_json_add_box (builder, "box", &run->box);
  lam_json_add_integer (builder, "parts", done->n_parts);
  lam_json_add_integer (builder, "parts_found", done->n_found);
  json_builder_set_member_name (builder, "seconds");
  json_builder_add_double_value (builder, seconds);
  json_builder_end_object (builder);
  if (json)
    lam_json_print (builder);
}

static bool
prepare (Work *work, const LamCliCall *call,
    const LamSegmenterSettings *settings, LamSegmentRun *run, GError **error)
{
  int64_t channel = -1;
  g_autoptr (GPtrArray) paths = list_models ();
  char **models = (char **)paths->pdata;
  if (!models[0])
    return lam_cli_usage_error (error, _ ("--model names no file"));
  run->paths[LAM_SEGMENT_CLASSES] = option_output;
  run->paths[LAM_SEGMENT_RUNNER_UPS] = option_runner_up;
  run->paths[LAM_SEGMENT_UNCERTAINTIES] = option_uncertainty;
  if (!lam_argument_integer (
          "--channel", option_channel, 0, G_MAXINT, &channel, error)
      || !lam_segment_run_check (run, error)
      || !lam_segment_input_open (
          &work->input, call->arguments[0], (int)channel, error)
      || !check_outputs (work, run, call, models, error)
      || !lam_segment_models_open (&work->set, models, error)
      || !lam_segment_input_number_classes (&work->input,
          work->set.models->pdata[0], option_map, run->numbers, error)
      || !lam_segment_models_prepare (&work->set, work->input.source, settings,
          option_normalisation, call->progress, error)
      || !lam_model_input_check_box (work->set.volume, &run->box, error))
    return false;
  memcpy (
      run->voxel_size_nm, work->input.voxel_size_nm, sizeof run->voxel_size_nm);
  work->plan = lam_segment_models_dup_plan (
      &work->set, &run->box, call->progress, error);
  if (!work->plan)
    return false;
  run->plan = work->plan;
  run->segmenter = work->set.segmenter;
  run->volume = work->set.volume;
  work->note = lam_segment_run_dup_note (run);
  run->note = work->note;
  if (!prepare_objects (work, run, error))
    return false;
  work->labels_note = lam_segment_objects_dup_note (&work->objects, work->note);
  work->objects.note = work->labels_note;
  return find_complete (work, run, call, error)
      && (work->is_complete
          || lam_segment_models_announce (&work->set, &run->box, error));
}

static bool
run (const LamCliCall *call, GError **error)
{
  g_auto (Work) work = { 0 };
  LamSegmenterSettings settings = { 0 };
  LamSegmentRun segmentation = { 0 };
  LamSegmentReport done;
  int64_t start = g_get_monotonic_time ();
  if (!read_settings (&settings, &segmentation.box, error)
      || !prepare (&work, call, &settings, &segmentation, error))
    return false;
  if (work.is_complete) {
    report_complete (&segmentation, call->json);
    return true;
  }
  if (!lam_segment_run_do (&segmentation, &done, call->progress, error)
      || (option_labels
          && !lam_segment_objects_do (&segmentation, &work.objects, &work.found,
              call->progress, error)))
    return false;
  report (&work, &segmentation, &done, call->json,
      (double)(g_get_monotonic_time () - start) / G_USEC_PER_SEC);
  fflush (stdout);
  lam_segment_run_end (&segmentation, &done);
  return true;
}

const LamCommand lam_command_segment = {
  .name = "segment",
  .title = N_ ("Segments a volume with one or several networks"),
  .usage = "PROJECT|VOLUME",
  .help = N_ (
      "Tile by tile, so that tiles do not show; memory does not grow with "
      "the volume. For a project the numbers are its classes’, ready for "
      "“labels import --as classes”. 255 is unknown: where the image or a "
      "network gives no number (“--map 255=0” imports it as unlabelled). The "
      "uncertainty is the entropy of the probabilities, of several networks or "
      "mirrored copies that of their mean: 255 where two classes are as likely "
      "or the networks disagree. What is finished lies in OUTPUT.parts until "
      "all is: "
      "the same command goes on where it was ended, to the same bytes, and "
      "when all is there, does nothing: the files say by which networks, "
      "image, voxel size, box and settings they were made."),
  .min_arguments = 1,
  .max_arguments = 1,
  .options = options,
  .has_json = true,
  .has_force = true,
  .is_long = true,
  .run = run,
};
