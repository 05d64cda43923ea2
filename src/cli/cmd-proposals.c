/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* proposals list, accept and reject: what networks say that is not the labels,
 * as with the window's keys. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/error.h"
#include "cli/arguments.h"
#include "cli/await.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/project.h"
#include "workspace/acceptance.h"

static char *option_box, *option_at, *option_plane;
static gboolean option_second;

static const GOptionEntry list_options[] = {
  { "box", 'b', 0, G_OPTION_ARG_STRING, &option_box,
      N_ ("Only these voxels; the second corner is not in it"),
      N_ ("X0,Y0,Z0,X1,Y1,Z1") },
  { NULL },
};

#define CHOICE_OPTIONS \
  { "box", 'b', 0, G_OPTION_ARG_STRING, &option_box, \
    N_ ("All in these voxels; the second corner is not in it"), \
    N_ ("X0,Y0,Z0,X1,Y1,Z1") }, \
      { "at", 'a', 0, G_OPTION_ARG_STRING, &option_at, \
        N_ ("What is connected with this voxel"), N_ ("X,Y,Z") }, \
  { \
    "plane", 'p', 0, G_OPTION_ARG_STRING, &option_plane, \
        N_ ("With --at: only in its slice: xy, xz or yz"), N_ ("PLANE") \
  }

static const GOptionEntry accept_options[] = {
  CHOICE_OPTIONS,
  { "second", 0, 0, G_OPTION_ARG_NONE, &option_second,
      N_ ("With --at: not a proposal, but the second best of the label there"),
      NULL },
  { NULL },
};

static const GOptionEntry reject_options[] = { CHOICE_OPTIONS, { NULL } };

/* --- which ---------------------------------------------------------------- */

static bool
parse_flood (LamSelectionRule *rule, GError **error)
{
  static const char *const planes[] = { "xy", "xz", "yz", NULL };
  int plane = LAM_N_PLANES;
  double at[3];
  if (option_box)
    return lam_cli_usage_error (
        error, _ ("--box and --at cannot both say what is meant"));
  if (!lam_argument_place ("--at", option_at, at, error)
      || !lam_argument_choice ("--plane", option_plane, planes, &plane, error))
    return false;
  rule->is_flood = true;
  rule->plane = (LamPlane)plane;
  for (int i = 0; i < 3; i++)
    rule->voxel[i] = (int64_t)floor (at[i]);
  return true;
}

static bool
parse_rule (LamWorkspace *workspace, LamSelectionRule *rule, GError **error)
{
  rule->word = option_second ? LAM_WORD_SECOND : LAM_WORD_PROPOSAL;
  rule->box = lam_box_of_size (lam_workspace_get_size (workspace));
  if (option_at)
    return parse_flood (rule, error);
  if (option_plane || option_second)
    return lam_cli_usage_error (
        error, _ ("--plane and --second need --at X,Y,Z"));
  return lam_argument_box ("--box", option_box, &rule->box, error);
}

/* --- list ----------------------------------------------------------------- */

static void
report_classes (LamWorkspace *workspace, GHashTable *counts, bool json)
{
  const LamClassTable *classes = lam_workspace_get_classes (workspace);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_array (builder);
  for (size_t i = 0; i < lam_class_table_get_n_classes (classes); i++) {
    const LamClass *class = lam_class_table_get_nth_class (classes, i);
    const int64_t *n =
        g_hash_table_lookup (counts, GINT_TO_POINTER (class->id));
    if (!n)
      continue;
    if (!json)
      g_print (_ ("%s: %" G_GINT64_FORMAT " voxels\n"), class->name, *n);
    json_builder_begin_object (builder);
    lam_json_add_text (builder, "class", class->name);
    lam_json_add_integer (builder, "voxels", *n);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
  if (json)
    lam_json_print (builder);
  else if (g_hash_table_size (counts) == 0)
    g_print (_ ("No network proposes anything.\n"));
}

static bool
run_list (const LamCliCall *call, GError **error)
{
  g_autoptr (LamWorkspace) workspace =
      lam_workspace_open (call->arguments[0], NULL, NULL, error);
  if (!workspace)
    return false;
  if (!lam_workspace_get_store (workspace)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("%s is an image and no project"), call->arguments[0]);
    return false;
  }
  LamBox box = lam_box_of_size (lam_workspace_get_size (workspace));
  g_autoptr (GHashTable) counts =
      lam_argument_box ("--box", option_box, &box, error)
      ? lam_workspace_count_proposals (workspace, &box, call->progress, error)
      : NULL;
  if (counts)
    report_classes (workspace, counts, call->json);
  return counts != NULL;
}

/* --- accept and reject ---------------------------------------------------- */

static bool
decide (LamWorkspace *workspace, bool rejects, LamProgress *progress,
    int64_t *n_voxels, GError **error)
{
  LamSelectionRule rule = { 0 };
  GAsyncResult *answer = NULL;
  if (!parse_rule (workspace, &rule, error))
    return false;
  lam_workspace_accept_async (
      workspace, &rule, rejects, progress, lam_await_cb, &answer);
  g_autoptr (GAsyncResult) result = lam_await (&answer);
  return lam_workspace_accept_finish (workspace, result, n_voxels, error);
}

static bool
run_choice (const LamCliCall *call, bool rejects, GError **error)
{
  int64_t n_voxels = 0;
  g_autoptr (LamWorkspace) workspace =
      lam_cli_open_for_change (call->arguments[0], error);
  if (!workspace)
    return false;
  bool done = decide (workspace, rejects, call->progress, &n_voxels, error);
  if (!lam_cli_close (workspace, done, error))
    return false;
  if (!call->json) {
    g_print (rejects ? _ ("%" G_GINT64_FORMAT " voxels rejected\n")
                     : _ ("%" G_GINT64_FORMAT " voxels accepted\n"),
        n_voxels);
    return true;
  }
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  lam_json_add_integer (builder, "voxels", n_voxels);
  json_builder_end_object (builder);
  lam_json_print (builder);
  return true;
}

static bool
run_accept (const LamCliCall *call, GError **error)
{
  return run_choice (call, false, error);
}

static bool
run_reject (const LamCliCall *call, GError **error)
{
  return run_choice (call, true, error);
}

const LamCommand lam_command_proposals_list = {
  .name = "proposals list",
  .title = N_ ("Lists what networks propose for a project, by class"),
  .usage = "PROJECT",
  .help = N_ ("Proposed is what the newest network says that spoke of a voxel, "
              "where the label is of another class and neither a person's nor "
              "in a verified region."),
  .min_arguments = 1,
  .max_arguments = 1,
  .options = list_options,
  .has_json = true,
  .is_long = true,
  .run = run_list,
};

const LamCommand lam_command_proposals_accept = {
  .name = "proposals accept",
  .title = N_ ("Takes what networks propose into the labels of a project"),
  .usage = "PROJECT",
  .help = N_ ("Everywhere, in a box, or what is connected with a voxel; as one "
              "act that can be undone. No network changes it any more."),
  .min_arguments = 1,
  .max_arguments = 1,
  .options = accept_options,
  .has_json = true,
  .is_long = true,
  .run = run_accept,
};

const LamCommand lam_command_proposals_reject = {
  .name = "proposals reject",
  .title = N_ ("Drops what networks propose for a project"),
  .usage = "PROJECT",
  .help = N_ ("Everywhere, in a box, or what is connected with a voxel. The "
              "same network does not propose it again. This is not undone by "
              "undo."),
  .min_arguments = 1,
  .max_arguments = 1,
  .options = reject_options,
  .has_json = true,
  .is_long = true,
  .run = run_reject,
};
