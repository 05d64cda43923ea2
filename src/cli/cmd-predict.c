/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* predict: what a model says about a volume. */
#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "base/output.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/convert.h"
#include "cli/json.h"
#include "cli/model-input.h"
#include "cli/network-agreement.h"
#include "cli/prediction.h"
#include "volume/format.h"

static char *option_model, *option_output, *option_box, *option_threads,
    *option_tile, *option_overlap, *option_channel, *option_normalisation;
static gboolean option_classes, option_probabilities, option_float, option_fast,
    option_flips;

static const GOptionEntry options[] = {
  { "model", 'm', 0, G_OPTION_ARG_FILENAME, &option_model, N_ ("The network"),
      N_ ("FILE.onnx") },
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &option_output,
      N_ ("Where to write: .tif, .tiff or .zarr"), N_ ("FILE") },
  { "classes", 0, 0, G_OPTION_ARG_NONE, &option_classes,
      N_ ("The class of each voxel, from 0 (the default)"), NULL },
  { "probabilities", 0, 0, G_OPTION_ARG_NONE, &option_probabilities,
      N_ ("A file of probabilities (0 to 255) for each class"), NULL },
  { "float", 0, 0, G_OPTION_ARG_NONE, &option_float,
      N_ ("Probabilities as float32, 0 to 1"), NULL },
  { "box", 'b', 0, G_OPTION_ARG_STRING, &option_box,
      N_ ("Only these voxels; the second corner is not in it"),
      N_ ("X0,Y0,Z0,X1,Y1,Z1") },
  { "tile", 0, 0, G_OPTION_ARG_STRING, &option_tile,
      N_ ("Voxels at once; without it as the model was trained"),
      N_ ("X,Y,Z") },
  { "overlap", 0, 0, G_OPTION_ARG_STRING, &option_overlap,
      N_ ("Of tiles, in percent (25)"), N_ ("N") },
  { "flips", 0, 0, G_OPTION_ARG_NONE, &option_flips,
      N_ ("Show the network the image mirrored in x, y and both as well, and "
          "take the mean"),
      NULL },
  { "normalisation", 0, 0, G_OPTION_ARG_STRING, &option_normalisation,
      N_ ("Grey values for the network are (v - MEAN) / DEVIATION; “image”: "
          "those of this volume"),
      N_ ("MEAN,DEVIATION") },
  { "channel", 'c', 0, G_OPTION_ARG_STRING, &option_channel,
      N_ ("Which channel, from 0"), N_ ("N") },
  { "fast", 0, 0, G_OPTION_ARG_NONE, &option_fast,
      N_ ("Convolutions in 16 bits where the processor has AVX-512 VNNI"),
      NULL },
  { "threads", 't', 0, G_OPTION_ARG_STRING, &option_threads,
      N_ ("How many; without it one for each processor"), N_ ("N") },
  { NULL },
};

static bool
read_settings (LamPrediction *prediction, GError **error)
{
  int64_t n_threads = 0, percent = 25;
  if (!option_model || !option_output)
    return lam_cli_usage_error (error, _ ("--model and --output are needed"));
  if (option_classes && (option_probabilities || option_float))
    return lam_cli_usage_error (
        error, _ ("--classes and --probabilities exclude each other"));
  if (!lam_argument_integer (
          "--threads", option_threads, 1, 256, &n_threads, error)
      || !lam_argument_integer (
          "--overlap", option_overlap, 0, 90, &percent, error)
      || !lam_argument_triple (
          "--tile", option_tile, 1, prediction->settings.tile, error))
    return false;
  prediction->settings.n_threads = (int)n_threads;
  prediction->settings.is_last = true;
  prediction->settings.flips = option_flips;
  prediction->settings.is_fast = lam_network_choose_fast (option_fast);
  prediction->settings.overlap = (double)percent / 100;
  prediction->path = option_output;
  prediction->kind = option_float ? LAM_PREDICTION_FLOATS
      : option_probabilities      ? LAM_PREDICTION_BYTES
                                  : LAM_PREDICTION_CLASSES;
  return true;
}

static int
get_n_files (const LamPrediction *prediction)
{
  return prediction->kind == LAM_PREDICTION_CLASSES
      ? 1
      : lam_model_get_n_classes (prediction->model);
}

/* Before the work, not after it. */
static bool
check_files (
    const LamPrediction *prediction, const LamCliCall *call, GError **error)
{
  const char *const inputs[] = { call->arguments[0], option_model, NULL };
  for (int i = 0; i < get_n_files (prediction); i++) {
    g_autofree char *path = lam_prediction_dup_path (prediction, i);
    if (!lam_output_check (path, inputs, call->force, error))
      return false;
  }
  return true;
}

static void
report (const LamPrediction *prediction, bool json, double seconds)
{
  bool is_one = prediction->kind == LAM_PREDICTION_CLASSES;
  int n_classes = lam_model_get_n_classes (prediction->model);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "files");
  json_builder_begin_array (builder);
  for (int i = 0; i < get_n_files (prediction); i++) {
    g_autofree char *path = lam_prediction_dup_path (prediction, i);
    json_builder_add_string_value (builder, path);
    if (!json)
      g_print ("%s\n", path);
  }
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "classes");
  json_builder_begin_array (builder);
  for (int i = 0; i < n_classes; i++) {
    const char *name = lam_model_get_class_name (prediction->model, i);
    json_builder_add_string_value (builder, name);
    if (!json && is_one)
      g_print ("  %d  %s\n", i, name);
  }
  json_builder_end_array (builder);
  lam_json_add_box (builder, "box", &prediction->box);
  json_builder_set_member_name (builder, "fast");
  json_builder_add_boolean_value (builder, prediction->settings.is_fast);
  json_builder_set_member_name (builder, "seconds");
  json_builder_add_double_value (builder, seconds);
  json_builder_end_object (builder);
  if (json)
    lam_json_print (builder);
}

static bool
run (const LamCliCall *call, GError **error)
{
  LamPrediction prediction = { 0 };
  int64_t channel = -1, start = g_get_monotonic_time ();
  if (!read_settings (&prediction, error)
      || !lam_argument_integer (
          "--channel", option_channel, 0, G_MAXINT, &channel, error))
    return false;
  const LamOpenOptions how = { .channel = (int)channel };
  g_autoptr (LamSource) source =
      lam_format_open (call->arguments[0], &how, error);
  g_autoptr (LamModel) model =
      source ? lam_model_open (option_model, error) : NULL;
  if (!model)
    return false;
  g_autoptr (LamVolume) volume =
      lam_model_input_open (source, lam_model_get_tile (model)[2]);
  prediction.model = model;
  prediction.volume = volume;
  if (!lam_convert_find (option_output, error)
      || !lam_argument_box ("--box", option_box, &prediction.box, error)
      || !lam_model_input_check_box (volume, &prediction.box, error)
      || !check_files (&prediction, call, error)
      || !lam_model_input_choose_normalisation (option_normalisation, model,
          volume, &prediction.box, &prediction.normalisation, call->progress,
          error)
      || !lam_prediction_write (&prediction, call->progress, error))
    return false;
  report (&prediction, call->json,
      (double)(g_get_monotonic_time () - start) / G_USEC_PER_SEC);
  return true;
}

const LamCommand lam_command_predict = {
  .name = "predict",
  .title = N_ ("Runs a network over a volume"),
  .usage = "VOLUME",
  .help = N_ ("Tile by tile, blending where tiles overlap; memory does not "
              "grow with the volume. Flat networks go section by section. "
              "Nothing appears under a name until it is complete."),
  .min_arguments = 1,
  .max_arguments = 1,
  .options = options,
  .has_json = true,
  .has_force = true,
  .is_long = true,
  .run = run,
};
