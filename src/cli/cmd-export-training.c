/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* export-training, check-training: a project's regions as a training set. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "cli/arguments.h"
#include "cli/await.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "workspace/curated-set.h"
#include "workspace/regions.h"

static char *option_output, *option_format, *option_patch, *option_overlap,
    *option_guard, *option_model, *option_w0, *option_sigma;
static gboolean option_only_verified, option_warn, option_fill, option_no_fill;

static const GOptionEntry options[] = {
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &option_output,
      N_ ("The folder to make"), N_ ("DIR") },
  { "format", 0, 0, G_OPTION_ARG_STRING, &option_format,
      N_ ("tiff (default), zarr (OME-Zarr 0.4), hdf5 or npy"), N_ ("FORMAT") },
  { "patch", 'p', 0, G_OPTION_ARG_STRING, &option_patch,
      N_ ("Cut regions into patches of so many voxels"), N_ ("Z,Y,X") },
  { "overlap", 0, 0, G_OPTION_ARG_STRING, &option_overlap,
      N_ ("By how much patches overlap (0)"), N_ ("Z,Y,X") },
  { "only-verified", 0, 0, G_OPTION_ARG_NONE, &option_only_verified,
      N_ ("Refuse regions that are not verified (the default)"), NULL },
  { "warn", 0, 0, G_OPTION_ARG_NONE, &option_warn,
      N_ ("Take them all the same: only what people said in them counts"),
      NULL },
  { "fill", 0, 0, G_OPTION_ARG_NONE, &option_fill,
      N_ ("What nobody labelled in a verified region is background (the "
          "default)"),
      NULL },
  { "no-fill", 0, 0, G_OPTION_ARG_NONE, &option_no_fill,
      N_ ("What nobody labelled does not count"), NULL },
  { "guard", 'g', 0, G_OPTION_ARG_STRING, &option_guard,
      N_ ("How many voxels lie between training, validation and test (what "
          "the network sees)"),
      N_ ("Z,Y,X") },
  { "model", 'm', 0, G_OPTION_ARG_FILENAME, &option_model,
      N_ ("Take the guard band from this network (the project’s active one)"),
      N_ ("FILE") },
  { "border-weight", 0, 0, G_OPTION_ARG_STRING, &option_w0,
      N_ ("w0 of the weights between objects (10); 0: none"), N_ ("W0") },
  { "border-sigma", 0, 0, G_OPTION_ARG_STRING, &option_sigma,
      N_ ("σ of the same, in voxels (5)"), N_ ("S") },
  { NULL },
};

/* "Z,Y,X", as arrays are, into x, y, z. */
static bool
parse_zyx (const char *option, const char *text, int64_t least,
    int64_t value[3], GError **error)
{
  int64_t zyx[3] = { value[2], value[1], value[0] };
  if (!lam_argument_triple (option, text, least, zyx, error))
    return false;
  for (int a = 0; a < 3; a++)
    value[a] = zyx[2 - a];
  return true;
}

static bool
parse_number (
    const char *option, const char *text, double *value, GError **error)
{
  char *end;
  if (!text)
    return true;
  double number = g_ascii_strtod (text, &end);
  if (end != text && *end == 0 && isfinite (number) && number >= 0
      && number <= LAM_CURATED_MAX_WEIGHT) {
    *value = number;
    return true;
  }
  return lam_cli_usage_error (
      error, _ ("%s needs a number of at least 0, not “%s”"), option, text);
}

static bool
parse (LamCuratedOptions *how, GError **error)
{
  const LamArrayFormat *const *all = lam_array_format_get_all ();
  const char *names[16] = { NULL };
  int format = 0;
  for (int i = 0; all[i]; i++)
    names[i] = all[i]->name;
  *how = lam_curated_get_defaults ();
  how->finds_guard = false; /* see choose_guard() */
  if (!lam_argument_choice ("--format", option_format, names, &format, error)
      || !parse_zyx ("--patch", option_patch, 1, how->patch, error)
      || !parse_zyx ("--overlap", option_overlap, 0, how->overlap, error)
      || !parse_zyx ("--guard", option_guard, 0, how->guard, error)
      || !parse_number ("--border-weight", option_w0, &how->border.w0, error)
      || !parse_number (
          "--border-sigma", option_sigma, &how->border.sigma, error))
    return false;
  how->format = all[format];
  how->may_be_unverified = option_warn;
  how->fills = !option_no_fill;
  if (!option_output)
    return lam_cli_usage_error (error, _ ("--output is missing"));
  if (option_warn && option_only_verified)
    return lam_cli_usage_error (
        error, _ ("--only-verified and --warn exclude each other"));
  if (option_fill && option_no_fill)
    return lam_cli_usage_error (
        error, _ ("--fill and --no-fill exclude each other"));
  if (option_overlap && !option_patch)
    return lam_cli_usage_error (error, _ ("--overlap is for --patch"));
  if (option_guard && option_model)
    return lam_cli_usage_error (
        error, _ ("--guard and --model exclude each other"));
  return true;
}

/* Of what is exported: with one alone nothing has to be kept apart. */
static int
count_roles (LamWorkspace *workspace)
{
  bool has[LAM_N_REGION_ROLES] = { false };
  for (size_t i = 0; i < lam_workspace_get_n_regions (workspace); i++)
    has[lam_workspace_get_nth_region (workspace, i)->role] = true;
  return has[LAM_REGION_TRAIN] + has[LAM_REGION_VALIDATION]
      + has[LAM_REGION_TEST];
}

static bool
choose_guard (LamWorkspace *workspace, LamCuratedOptions *how, GError **error)
{
  if (option_guard)
    return true;
  if (!lam_curated_find_guard (
          lam_workspace_get_store (workspace), option_model, how->guard, error))
    return false;
  if (how->guard[0] > 0 || count_roles (workspace) <= 1)
    return true;
  return lam_cli_usage_error (error,
      _ ("how wide is the guard band? The project has no active network: say "
         "--guard Z,Y,X or --model FILE"));
}

static void
add_sentences (JsonBuilder *json, const char *name, const GPtrArray *sentences)
{
  json_builder_set_member_name (json, name);
  json_builder_begin_array (json);
  for (guint i = 0; i < sentences->len; i++)
    json_builder_add_string_value (json, g_ptr_array_index (sentences, i));
  json_builder_end_array (json);
}

static void
print (const LamCliCall *call, const LamCuratedOptions *how,
    const LamCuratedReport *report)
{
  for (guint i = 0; i < report->warnings->len; i++)
    g_printerr ("lamella-cli: %s\n",
        (const char *)g_ptr_array_index (report->warnings, i));
  if (!call->json) {
    g_print (_ ("%d regions, %d items, %" G_GINT64_FORMAT
                " voxels that count: %s\n"),
        report->n_regions, report->n_items, report->n_voxels, option_output);
    return;
  }
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  lam_json_add_text (json, "path", option_output);
  lam_json_add_text (json, "format", how->format->name);
  lam_json_add_integer (json, "regions", report->n_regions);
  lam_json_add_integer (json, "items", report->n_items);
  lam_json_add_integer (json, "counted_voxels", report->n_voxels);
  add_sentences (json, "warnings", report->warnings);
  json_builder_end_object (json);
  lam_json_print (json);
}

static bool
run_export (const LamCliCall *call, GError **error)
{
  LamCuratedOptions how = { 0 };
  g_auto (LamCuratedReport) report = { 0 };
  if (!parse (&how, error))
    return false;
  g_autoptr (LamWorkspace) workspace =
      lam_workspace_open (call->arguments[0], NULL, NULL, error);
  if (!workspace)
    return false;
  if (!lam_workspace_get_store (workspace)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING, _ ("%s is no project"),
        call->arguments[0]);
    return false;
  }
  if (!choose_guard (workspace, &how, error))
    return false;
  GAsyncResult *answer = NULL;
  lam_workspace_export_curated_async (
      workspace, option_output, &how, call->progress, lam_await_cb, &answer);
  g_autoptr (GAsyncResult) result = lam_await (&answer);
  if (!lam_workspace_export_curated_finish (workspace, result, &report, error))
    return false;
  print (call, &how, &report);
  return true;
}

static bool
run_check (const LamCliCall *call, GError **error)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) remarks = g_ptr_array_new_with_free_func (g_free);
  int n_items = 0;
  if (!lam_curated_check (call->arguments[0], problems, remarks, &n_items,
          call->progress, error))
    return false;
  for (guint i = 0; i < remarks->len; i++)
    g_printerr ("lamella-cli: %s\n", (char *)g_ptr_array_index (remarks, i));
  if (call->json) {
    g_autoptr (JsonBuilder) json = json_builder_new ();
    json_builder_begin_object (json);
    lam_json_add_integer (json, "items", n_items);
    add_sentences (json, "problems", problems);
    add_sentences (json, "remarks", remarks);
    json_builder_end_object (json);
    lam_json_print (json);
  } else {
    for (guint i = 0; i < problems->len; i++)
      g_print ("%s\n", (const char *)g_ptr_array_index (problems, i));
  }
  if (problems->len > 0) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
        ngettext ("%s has %u problem", "%s has %u problems", problems->len),
        call->arguments[0], problems->len);
    return false;
  }
  if (!call->json)
    g_print (
        ngettext ("%s is sound: %d item\n", "%s is sound: %d items\n", n_items),
        call->arguments[0], n_items);
  return true;
}

const LamCommand lam_command_export_training = {
  .name = "export-training",
  .title = N_ ("Writes the regions of a project as a training set"),
  .usage = "PROJECT",
  .help = N_ (
      "Regions whose role is train, validation or test, each in a folder (or, "
      "hdf5, a file) with the image (raw), classes (labels), objects "
      "(instances), what counts (mask), who said it (source) and how much "
      "errors weigh (weights: the class’s, by inverse frequency in training, "
      "1 for a class that training does not have, with a warning; "
      "and w0 · exp (-(d1 + d2)² / (2 σ²)) between objects, in each section). "
      "Between the roles a guard band is left, at the cost of training, and of "
      "validation beside test. What regions of the role ignore cover does not "
      "count. manifest.json describes all of it, SHA256SUMS has the hash of "
      "each file, README.md says how to load it. "
      "Exporting twice gives the same bytes. The folder appears when it is "
      "complete."),
  .min_arguments = 1,
  .max_arguments = 1,
  .options = options,
  .has_json = true,
  .is_long = true,
  .run = run_export,
};

const LamCommand lam_command_check_training = {
  .name = "check-training",
  .title = N_ ("Checks a training set: every byte, and every number again"),
  .usage = "DIR",
  .help = N_ (
      "Ends with 0 if all is as the manifest says, and else with 1 after a "
      "line for each problem. Each file is checked against its SHA-256, each "
      "voxel’s class, mask, source and weight against the others; boxes, "
      "guard bands, distances, items, counts, shares, class weights and the "
      "voxel size (which npy files do not have) are computed again from the "
      "files. What only manifest.json says (people, names, notes, colours, "
      "states, options, project) is held by its SHA-256 in SHA256SUMS: that "
      "finds that it was changed, not by one who also writes that anew. Sets "
      "of version 1 have no SHA256SUMS, which is said."),
  .min_arguments = 1,
  .max_arguments = 1,
  .has_json = true,
  .is_long = true,
  .run = run_check,
};
