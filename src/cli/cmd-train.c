/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* train: a network from an image and labels. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/train-run.h"

static char **option_images, **option_labels, **option_validation_images,
    **option_validation_labels, **option_settings, **option_weights,
    **option_validation_weights;
static char *option_sections, *option_validation_sections, *option_preset,
    *option_output, *option_classes, *option_ignored, *option_time,
    *option_steps, *option_seed, *option_threads, *option_keep, *option_box,
    *option_validation_box, *option_class_weights, *option_more;
static gboolean option_resume, option_list;

static const GOptionEntry options[] = {
  { "image", 'i', 0, G_OPTION_ARG_FILENAME_ARRAY, &option_images,
      N_ ("An image to learn from; may be given several times"),
      N_ ("VOLUME") },
  { "labels", 'l', 0, G_OPTION_ARG_FILENAME_ARRAY, &option_labels,
      N_ ("Its labels, of the same size; as often as --image"), N_ ("VOLUME") },
  { "classes", 0, 0, G_OPTION_ARG_STRING, &option_classes,
      N_ ("Names for the numbers 0, 1, … of the labels, or NAME=NUMBER"),
      N_ ("NAME,NAME,…") },
  { "ignore", 0, 0, G_OPTION_ARG_STRING, &option_ignored,
      N_ ("The number of voxels that nobody labelled"), N_ ("NUMBER") },
  { "weights", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &option_weights,
      N_ ("What an error in each voxel counts, of the same size; 0: nothing"),
      N_ ("VOLUME") },
  { "class-weights", 0, 0, G_OPTION_ARG_STRING, &option_class_weights,
      N_ ("What an error in each class counts (1 each), in cross-entropy"),
      N_ ("N,N,…") },
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &option_output,
      N_ ("The model; its checkpoint, settings and CSV lie beside it"),
      N_ ("FILE.onnx") },
  { "preset", 'p', 0, G_OPTION_ARG_STRING, &option_preset,
      N_ ("The network and how to train it (unet-small), or a file of one's "
          "own"),
      N_ ("NAME") },
  { "train-slices", 0, 0, G_OPTION_ARG_STRING, &option_sections,
      N_ ("Learn from these sections only, both included"), N_ ("A-B") },
  { "train-box", 0, 0, G_OPTION_ARG_STRING, &option_box,
      N_ ("Learn from these voxels only; the second corner is not in it"),
      N_ ("X0,Y0,Z0,X1,Y1,Z1") },
  { "validation-slices", 0, 0, G_OPTION_ARG_STRING, &option_validation_sections,
      N_ ("Judge by these sections of the images"), N_ ("A-B") },
  { "validation-box", 0, 0, G_OPTION_ARG_STRING, &option_validation_box,
      N_ ("Judge by these voxels of the images"), N_ ("X0,Y0,Z0,X1,Y1,Z1") },
  { "validation-image", 0, 0, G_OPTION_ARG_FILENAME_ARRAY,
      &option_validation_images, N_ ("Judge by this image"), N_ ("VOLUME") },
  { "validation-labels", 0, 0, G_OPTION_ARG_FILENAME_ARRAY,
      &option_validation_labels, N_ ("Its labels"), N_ ("VOLUME") },
  { "validation-weights", 0, 0, G_OPTION_ARG_FILENAME_ARRAY,
      &option_validation_weights,
      N_ ("What each voxel counts in what is judged by, of the same size; 0: "
          "nothing"),
      N_ ("VOLUME") },
  { "time", 0, 0, G_OPTION_ARG_STRING, &option_time,
      N_ ("As many steps as fit: 45m, 2h"), N_ ("TIME") },
  { "steps", 0, 0, G_OPTION_ARG_STRING, &option_steps, N_ ("How many"),
      N_ ("N") },
  { "seed", 0, 0, G_OPTION_ARG_STRING, &option_seed,
      N_ ("The same seed gives the same model"), N_ ("N") },
  { "keep", 0, 0, G_OPTION_ARG_STRING, &option_keep,
      N_ ("Which validation is the best: by loss or by iou, the mean of all "
          "classes (iou)"),
      "loss|iou" },
  { "set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &option_settings,
      N_ ("A setting instead of the preset's; see --settings"),
      N_ ("KEY=VALUE") },
  { "settings", 0, 0, G_OPTION_ARG_NONE, &option_list,
      N_ ("List what can be set, and nothing else"), NULL },
  { "threads", 't', 0, G_OPTION_ARG_STRING, &option_threads,
      N_ ("How many; without it one for each processor"), N_ ("N") },
  { "resume", 'r', 0, G_OPTION_ARG_NONE, &option_resume,
      N_ ("Go on with a training that was interrupted, with its settings"),
      NULL },
  { "more", 0, 0, G_OPTION_ARG_STRING, &option_more,
      N_ ("With --resume: so much longer than was planned, also when it was "
          "done; steps, or a time as 45m"),
      N_ ("N|TIME") },
  { NULL },
};

static bool
check_pairs (char **images, char **labels, const char *image_option,
    const char *label_option, GError **error)
{
  guint n_images = images ? g_strv_length (images) : 0;
  guint n_labels = labels ? g_strv_length (labels) : 0;
  if (n_images == n_labels)
    return true;
  return lam_cli_usage_error (error,
      _ ("%s is given %u times and %s %u times; as many are needed"),
      image_option, n_images, label_option, n_labels);
}

static bool
parse_time (
    const char *option, const char *text, double *seconds, GError **error)
{
  static const struct {
    const char *unit;
    double seconds;
  } units[] = { { "s", 1 }, { "m", 60 }, { "min", 60 }, { "h", 3600 } };
  char *end;
  double value = text ? g_ascii_strtod (text, &end) : 0;
  for (size_t i = 0; text && i < G_N_ELEMENTS (units); i++)
    if (end != text && strcmp (end, units[i].unit) == 0 && value > 0
        && value < 1e6) {
      *seconds = value * units[i].seconds;
      return true;
    }
  return !text
      || lam_cli_usage_error (error,
          _ ("%s needs a time as 90s, 45m or 2h, not “%s”"), option, text);
}

/* Digits alone are steps. */
static bool
parse_more (LamTrainRun *run, GError **error)
{
  if (!option_more)
    return true;
  if (!option_resume)
    return lam_cli_usage_error (error, _ ("--more needs --resume"));
  return strspn (option_more, "0123456789") == strlen (option_more)
      ? lam_argument_integer (
          "--more", option_more, 1, 1000000000, &run->more_steps, error)
      : parse_time ("--more", option_more, &run->more_seconds, error);
}

/* --steps, --seed and --keep are settings like any other, and the last one
 * counts. */
static bool
collect_settings (GPtrArray *settings, GError **error)
{
  int64_t steps = 0, seed = 0;
  for (int i = 0; option_settings && option_settings[i]; i++)
    g_ptr_array_add (settings, g_strdup (option_settings[i]));
  if (!lam_argument_integer (
          "--steps", option_steps, 1, 1000000000, &steps, error)
      || !lam_argument_integer (
          "--seed", option_seed, 0, 1000000000000000, &seed, error))
    return false;
  if (option_steps)
    g_ptr_array_add (
        settings, g_strdup_printf ("steps=%" G_GINT64_FORMAT, steps));
  if (option_seed)
    g_ptr_array_add (
        settings, g_strdup_printf ("seed=%" G_GINT64_FORMAT, seed));
  if (option_keep)
    g_ptr_array_add (settings, g_strdup_printf ("keep=%s", option_keep));
  g_ptr_array_add (settings, NULL);
  return true;
}

/* As many as there are images to judge by, which may be those to learn from. */
static bool
check_validation_weights (GError **error)
{
  if (!option_validation_weights)
    return true;
  if (option_validation_images)
    return check_pairs (option_validation_images, option_validation_weights,
        "--validation-image", "--validation-weights", error);
  if (!option_validation_sections && !option_validation_box)
    return lam_cli_usage_error (error,
        _ ("--validation-weights needs --validation-slices, --validation-box "
           "or --validation-image"));
  return check_pairs (option_images, option_validation_weights, "--image",
      "--validation-weights", error);
}

static bool
check_options (GError **error)
{
  if (!option_images || !option_labels || !option_output)
    return lam_cli_usage_error (
        error, _ ("--image, --labels and --output are needed"));
  if (!g_str_has_suffix (option_output, ".onnx"))
    return lam_cli_usage_error (
        error, _ ("--output must end in .onnx, not “%s”"), option_output);
  if ((option_validation_sections != NULL) + (option_validation_box != NULL)
          + (option_validation_images != NULL)
      > 1)
    return lam_cli_usage_error (error,
        _ ("--validation-slices, --validation-box and --validation-image "
           "exclude each other"));
  if (option_sections && option_box)
    return lam_cli_usage_error (
        error, _ ("--train-slices and --train-box exclude each other"));
  if (option_steps && option_time)
    return lam_cli_usage_error (
        error, _ ("--steps and --time exclude each other"));
  return check_pairs (
             option_images, option_labels, "--image", "--labels", error)
      && (!option_weights
          || check_pairs (
              option_images, option_weights, "--image", "--weights", error))
      && check_pairs (option_validation_images, option_validation_labels,
          "--validation-image", "--validation-labels", error)
      && check_validation_weights (error);
}

static bool
check_overlap (const LamTrainRun *run, GError **error)
{
  if (!run->validation_box)
    return true;
  if (!run->box)
    return lam_cli_usage_error (error,
        _ ("--validation-slices or --validation-box needs --train-slices or "
           "--train-box, so that no voxel is in both"));
  LamBox common = lam_box_intersect (run->box, run->validation_box);
  return lam_box_is_empty (&common)
      || lam_cli_usage_error (error,
          _ ("--train-slices or --train-box and --validation-slices or "
             "--validation-box have voxels in common"));
}

/* What the options are called stands in the message of a mistake. */
static bool
read_box (const char *sections_option, const char *sections,
    const char *box_option, const char *text, LamBox *box, const LamBox **to,
    GError **error)
{
  if (!sections && !text)
    return true;
  *to = box;
  return sections
      ? lam_train_data_parse_sections (sections_option, sections, box, error)
      : lam_argument_box (box_option, text, box, error);
}

/* What a run borrows while it goes on. */
typedef struct {
  LamBox box, validation_box;
  float class_weights[LAM_TRUTH_MAX_CLASSES];
} Given;

static bool
fill_data (LamTrainRun *run, Given *given, GError **error)
{
  run->images = option_images;
  run->labels = option_labels;
  run->weights = option_weights;
  run->validation_images = option_validation_images;
  run->validation_labels = option_validation_labels;
  run->validation_weights = option_validation_weights;
  run->table.ignored = -1;
  if (option_class_weights)
    run->class_weights = given->class_weights;
  return lam_train_data_parse_classes (
             option_classes, &run->table, &run->class_names, error)
      && lam_argument_integer (
          "--ignore", option_ignored, 0, 1 << 24, &run->table.ignored, error)
      && (!option_class_weights
          || lam_train_data_parse_class_weights (option_class_weights,
              run->table.n_classes, given->class_weights, error))
      && read_box ("--train-slices", option_sections, "--train-box", option_box,
          &given->box, &run->box, error)
      && read_box ("--validation-slices", option_validation_sections,
          "--validation-box", option_validation_box, &given->validation_box,
          &run->validation_box, error)
      && check_overlap (run, error);
}

static bool
fill_run (LamTrainRun *run, Given *given, GError **error)
{
  int64_t n_threads = 0;
  run->preset = option_preset ? option_preset : "unet-small";
  run->output = option_output;
  run->resumes = option_resume;
  if (!check_options (error) || !fill_data (run, given, error)
      || !lam_argument_integer (
          "--threads", option_threads, 1, 256, &n_threads, error)
      || !parse_time ("--time", option_time, &run->seconds, error)
      || !parse_more (run, error))
    return false;
  run->n_threads = (int)n_threads;
  return true;
}

/* Null where it is none. */
static void
add_number (JsonBuilder *json, const char *name, double value)
{
  json_builder_set_member_name (json, name);
  if (isfinite (value))
    json_builder_add_double_value (json, value);
  else
    json_builder_add_null_value (json);
}

static void
print_json (const LamTrainRun *run)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  lam_json_add_text (json, "model", run->output);
  lam_json_add_integer (json, "steps", run->step);
  lam_json_add_integer (json, "best_step", run->best_step);
  json_builder_set_member_name (json, "stopped_early");
  json_builder_add_boolean_value (json, run->is_stopped);
  add_number (json, "loss", run->loss);
  add_number (json, "best_validation_loss", run->best_loss);
  add_number (json, "best_mean_iou", run->best_mean_iou);
  json_builder_set_member_name (json, "iou");
  json_builder_begin_object (json);
  for (int i = 0; run->class_names[i]; i++)
    add_number (json, run->class_names[i], run->best_iou[i]);
  json_builder_end_object (json);
  add_number (json, "seconds_a_step", run->step_seconds);
  json_builder_end_object (json);
  lam_json_print (json);
}

static void
print_text (const LamTrainRun *run)
{
  if (run->is_stopped)
    g_print (_ ("stopped after step %" G_GINT64_FORMAT
                ": no validation was better than that of step %" G_GINT64_FORMAT
                "\n"),
        run->step, run->best_step);
  g_print ("%s\n", run->output);
}

static void
explain_failure (const LamTrainRun *run, const GError *error)
{
  g_autofree char *checkpoint = lam_train_run_dup_path (run, ".checkpoint");
  if (run->step == 0)
    return;
  g_printerr (_ ("lamella-cli: after step %" G_GINT64_FORMAT
                 " of %" G_GINT64_FORMAT ", %s is what was learnt so far.\n"),
      run->step, run->recipe.steps, run->output);
  if (lam_error_is_cancelled (error))
    g_printerr (_ ("%s keeps the training: give the same command with --resume "
                   "to go on.\n"),
        checkpoint);
}

static bool
train (const LamCliCall *call, LamTrainRun *run, GError **error)
{
  GError *failed = NULL;
  run->is_quiet = call->json;
  run->may_replace = call->force;
  bool done = lam_train_run (run, call->progress, &failed);
  if (!done)
    explain_failure (run, failed);
  else if (call->json)
    print_json (run);
  else
    print_text (run);
  if (failed)
    g_propagate_error (error, failed);
  return done;
}

static bool
run (const LamCliCall *call, GError **error)
{
  Given given;
  LamTrainRun all = { 0 };
  g_autoptr (GPtrArray) settings = g_ptr_array_new_with_free_func (g_free);
  if (option_list) {
    g_autofree char *text = lam_recipe_describe ();
    g_print ("%s", text);
    return true;
  }
  bool done =
      fill_run (&all, &given, error) && collect_settings (settings, error);
  all.settings = (char **)settings->pdata;
  done = done && train (call, &all, error);
  g_strfreev (all.class_names);
  return done;
}

const LamCommand lam_command_train = {
  .name = "train",
  .title = N_ ("Trains a network on an image and its labels"),
  .usage = "",
  .help =
      N_ ("Presets: unet-small (for a laptop), unet-local (to work beside a "
          "person), unet2d, hybrid2d3d, "
          "unet3d. The model with the best validation is kept. Ctrl+C "
          "keeps a checkpoint; the same command with --resume goes on, "
          "to the same model bit by bit. What is done goes on with --resume "
          "--more 500."),
  .min_arguments = 0,
  .max_arguments = 0,
  .options = options,
  .has_json = true,
  .has_force = true,
  .is_long = true,
  .run = run,
};
