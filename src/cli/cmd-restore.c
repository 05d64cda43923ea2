/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* restore: a part of the volume as it was at an earlier moment. */
#include <glib/gi18n-lib.h>

#include "cli/arguments.h"
#include "cli/await.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/project.h"
#include "workspace/regions.h"
#include "workspace/restore.h"

static char *option_region, *option_box, *option_edit, *option_time;

static const GOptionEntry options[] = {
  { "region", 'r', 0, G_OPTION_ARG_STRING, &option_region,
      N_ ("What goes back: a region, by name or number"), N_ ("REGION") },
  { "box", 'b', 0, G_OPTION_ARG_STRING, &option_box,
      N_ ("Or its voxels; the second corner is not in it"),
      N_ ("X0,Y0,Z0,X1,Y1,Z1") },
  { "edit", 'e', 0, G_OPTION_ARG_STRING, &option_edit,
      N_ ("To just after this edit of the history; 0: before the first"),
      N_ ("ID") },
  { "time", 't', 0, G_OPTION_ARG_STRING, &option_time,
      N_ ("Or to a moment: 2026-11-26T17:40:00Z, or without Z in local time"),
      N_ ("TIME") },
  { NULL },
};

/* `name` is borrowed from the workspace, or NULL. */
static bool
parse_box (
    LamWorkspace *workspace, LamBox *box, const char **name, GError **error)
{
  if (!option_region == !option_box)
    return lam_cli_usage_error (
        error, _ ("Say what goes back: --region or --box"));
  if (option_box)
    return lam_argument_box ("--box", option_box, box, error);
  const LamRegion *region =
      lam_cli_find_region (workspace, option_region, error);
  if (!region)
    return false;
  *box = region->box;
  *name = region->name;
  return true;
}

static bool
parse_moment (LamStore *store, int64_t *edit, GError **error)
{
  int64_t time = 0;
  if (!option_edit == !option_time)
    return lam_cli_usage_error (
        error, _ ("Say to when it goes back: --edit or --time"));
  if (option_edit)
    return lam_argument_integer (
        "--edit", option_edit, 0, G_MAXINT64, edit, error);
  return lam_argument_time ("--time", option_time, LAM_DAY_IS_NONE, &time, error)
      && lam_store_find_edit_at (store, time, edit, error);
}

static bool
restore (LamWorkspace *workspace, LamRestoreReport *report,
    LamProgress *progress, GError **error)
{
  LamBox box = { { 0 }, { 0 } };
  const char *name = NULL;
  int64_t edit = 0;
  if (!parse_box (workspace, &box, &name, error)
      || !parse_moment (lam_workspace_get_store (workspace), &edit, error))
    return false;
  GAsyncResult *answer = NULL;
  lam_workspace_restore_async (
      workspace, edit, &box, name, progress, lam_await_cb, &answer);
  g_autoptr (GAsyncResult) result = lam_await (&answer);
  return lam_workspace_restore_finish (workspace, result, report, error);
}

static void
print_report (const LamHistoryRow *row, const LamRestoreCount *count, bool json)
{
  const int64_t n_kept = count->n_locked + count->n_verified;
  if (!json) {
    g_print (_ ("%s: %" G_GINT64_FORMAT " voxels changed (edit "
                "%" G_GINT64_FORMAT ")\n"),
        row->detail, row->n_voxels, row->id);
    if (n_kept > 0)
      g_print (_ ("Left alone: %" G_GINT64_FORMAT
                  " voxels of locked labels and %" G_GINT64_FORMAT
                  " in verified regions\n"),
          count->n_locked, count->n_verified);
    return;
  }
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  lam_json_add_integer (builder, "edit", row->id);
  lam_json_add_integer (builder, "voxels", row->n_voxels);
  lam_json_add_integer (builder, "locked", count->n_locked);
  lam_json_add_integer (builder, "verified", count->n_verified);
  json_builder_end_object (builder);
  lam_json_print (builder);
}

static bool
run (const LamCliCall *call, GError **error)
{
  g_autoptr (LamWorkspace) workspace =
      lam_cli_open_for_change (call->arguments[0], error);
  if (!workspace)
    return false;
  g_auto (LamRestoreReport) report = { 0 };
  bool done = restore (workspace, &report, call->progress, error);
  g_autoptr (GPtrArray) rows = done
      ? lam_store_read_history (
          lam_workspace_get_store (workspace), 0, 1, true, error)
      : NULL;
  if (!lam_cli_close (workspace, rows != NULL, error))
    return false;
  print_report (rows->pdata[0], &report.voxels, call->json);
  return true;
}

const LamCommand lam_command_restore = {
  .name = "restore",
  .title = N_ ("Takes a region back to what it was at an earlier moment"),
  .usage = "PROJECT",
  .help =
      N_ ("All else stays as it is, and undo takes it back: it is one edit. "
          "“lamella-cli history --region REGION” lists what was done "
          "there. Locked labels and verified regions are left alone, and how "
          "much of them is said."),
  .min_arguments = 1,
  .max_arguments = 1,
  .options = options,
  .has_json = true,
  .is_long = true,
  .run = run,
};
