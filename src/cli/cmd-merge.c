/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* merge: two projects that grew from one become one again. */
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "base/error.h"
#include "cli/await.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/project.h"
#include "workspace/merging.h"

static char *option_output, *option_base;
static gboolean option_dry_run, option_skip_damaged;

static const GOptionEntry options[] = {
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &option_output,
      N_ ("Write the result there, a new project, and leave MINE as it is"),
      N_ ("PROJECT") },
  { "base", 'b', 0, G_OPTION_ARG_FILENAME, &option_base,
      N_ ("The project that both began from, where their histories do not say"),
      N_ ("PROJECT") },
  { "dry-run", 'n', 0, G_OPTION_ARG_NONE, &option_dry_run,
      N_ ("Only say what would be done"), NULL },
  { "skip-damaged", 0, 0, G_OPTION_ARG_NONE, &option_skip_damaged,
      N_ ("Leave out bricks that are damaged in THEIRS, and say which: yours "
          "stay there"),
      NULL },
  { NULL },
};

static void
add_sentences (JsonBuilder *json, const char *name, const GPtrArray *sentences)
{
  json_builder_set_member_name (json, name);
  json_builder_begin_array (json);
  for (guint i = 0; i < sentences->len; i++)
    json_builder_add_string_value (json, sentences->pdata[i]);
  json_builder_end_array (json);
}

static void
print_json (const LamMergeReport *report)
{
  const LamThreeWayCount *voxels = &report->voxels;
  const struct {
    const char *name;
    int64_t value;
  } numbers[] = {
    { "edit", report->edit },
    { "base", report->base },
    { "edits", report->n_edits },
    { "taken", voxels->n_taken },
    { "alike", voxels->n_alike },
    { "conflicts", voxels->n_conflicts },
    { "over_network", voxels->n_over_network },
    { "networks", voxels->n_networks },
    { "protected", voxels->n_protected },
    { "bricks", report->n_bricks },
    { "new_classes", report->n_new_classes },
    { "new_labels", report->n_new_labels },
    { "new_regions", report->n_new_regions },
    { "new_notes", report->n_new_notes },
    { "renumbered", report->n_renumbered },
    { "unified", report->n_unified },
    { "changed_rows", report->n_changed_rows },
    { "verdicts", report->n_verdicts },
    { "voice", report->voice },
  };
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  for (size_t i = 0; i < G_N_ELEMENTS (numbers); i++)
    lam_json_add_integer (json, numbers[i].name, numbers[i].value);
  lam_json_add_text (json, "persons", report->persons);
  add_sentences (json, "row_conflicts", report->row_conflicts);
  add_sentences (json, "left_out", report->left_out);
  json_builder_end_object (json);
  lam_json_print (json);
}

static void
print_text (const LamMergeReport *report)
{
  g_autofree char *text = lam_merge_report_dup_text (report, G_MAXUINT);
  g_print ("%s", text);
  if (option_dry_run)
    g_print (_ ("Nothing was written.\n"));
  else if (report->edit == 0)
    g_print (_ ("There is nothing to merge.\n"));
  else
    g_print (_ ("This is edit %" G_GINT64_FORMAT ", which undo takes back.\n"),
        report->edit);
}

static void
offer_rest (GError *error)
{
  g_autofree char *why = error->message;
  error->message = g_strdup_printf (
      _ ("%s. --skip-damaged leaves out the bricks that are damaged in THEIRS, "
         "and says which"),
      why);
}

static bool
merge (LamWorkspace *workspace, const LamCliCall *call, LamMergeReport *report,
    GError **error)
{
  GAsyncResult *answer = NULL;
  const LamMergeFlags flags = (option_dry_run ? 0 : LAM_MERGE_APPLIES)
      | (option_skip_damaged ? LAM_MERGE_SKIPS_DAMAGE : 0);
  lam_workspace_merge_async (workspace, call->arguments[1], option_base, flags,
      call->progress, lam_await_cb, &answer);
  g_autoptr (GAsyncResult) result = lam_await (&answer);
  GError *failed = NULL;
  if (lam_workspace_merge_finish (workspace, result, report, &failed))
    return true;
  if (g_error_matches (failed, LAM_ERROR, LAM_ERROR_CORRUPT_PART))
    offer_rest (failed);
  g_propagate_error (error, failed);
  return false;
}

static bool
copy (
    const char *path, const char *output, LamProgress *progress, GError **error)
{
  g_autoptr (LamStore) store = lam_cli_open_store_to_read (path, error);
  return store && lam_store_save_copy (store, output, progress, error);
}

static bool
run_in (const char *path, const LamCliCall *call, GError **error)
{
  g_autoptr (LamWorkspace) workspace = lam_cli_open_for_change (path, error);
  g_auto (LamMergeReport) report = { 0 };
  if (!workspace)
    return false;
  bool done = merge (workspace, call, &report, error);
  if (!lam_cli_close (workspace, done, error))
    return false;
  if (call->json)
    print_json (&report);
  else
    print_text (&report);
  return true;
}

static bool
run (const LamCliCall *call, GError **error)
{
  if (!option_output)
    return run_in (call->arguments[0], call, error);
  if (option_dry_run)
    return lam_cli_usage_error (
        error, _ ("--output and --dry-run do not go together"));
  if (!g_str_has_suffix (option_output, ".lamella"))
    return lam_cli_usage_error (
        error, _ ("--output needs a name that ends in .lamella"));
  if (!copy (call->arguments[0], option_output, call->progress, error))
    return false;
  if (run_in (option_output, call, error))
    return true;
  /* It was made by us, and nothing was merged into it. */
  g_unlink (option_output);
  return false;
}

const LamCommand lam_command_merge = {
  .name = "merge",
  .title = N_ ("Brings in what somebody did to another copy of a project"),
  .usage = "MINE THEIRS",
  .help =
      N_ ("THEIRS is only read. What only one of both changed since the two "
          "copies parted is taken, voxel by voxel, with classes, labels "
          "and regions; new ones of the same number get another. Where two "
          "persons differ, yours stays, and what theirs says is "
          "kept: “lamella-cli queue list” has these places, and so has the "
          "window. It is one edit, all or nothing; what is damaged in THEIRS "
          "refuses all of it, or is left out with --skip-damaged."),
  .min_arguments = 2,
  .max_arguments = 2,
  .options = options,
  .has_json = true,
  .is_long = true,
  .run = run,
};
