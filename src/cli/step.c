/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/step.h"

#include <glib/gi18n-lib.h>

#include "cli/arguments.h"
#include "cli/json.h"
#include "cli/project.h"
#include "workspace/painting.h"

static bool
can_step (LamWorkspace *workspace, LamCliStep step)
{
  return step == LAM_CLI_UNDO ? lam_workspace_can_undo (workspace)
                              : lam_workspace_can_redo (workspace);
}

static bool
take_steps (LamWorkspace *workspace, LamCliStep step, int64_t count,
    int64_t *n_done, GError **error)
{
  for (*n_done = 0; *n_done < count && can_step (workspace, step); ++*n_done) {
    if (step == LAM_CLI_UNDO)
      lam_workspace_undo (workspace);
    else
      lam_workspace_redo (workspace);
    if (!lam_workspace_wait (workspace, NULL, error))
      return false;
  }
  return true;
}

static void
report (LamCliStep step, int64_t n_done, bool json)
{
  if (json) {
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    json_builder_begin_object (builder);
    lam_json_add_integer (
        builder, step == LAM_CLI_UNDO ? "undone" : "redone", n_done);
    json_builder_end_object (builder);
    lam_json_print (builder);
    return;
  }
  if (n_done == 0)
    g_print ("%s\n",
        step == LAM_CLI_UNDO ? _ ("There is nothing to undo.")
                             : _ ("There is nothing to redo."));
  else
    g_print (step == LAM_CLI_UNDO ? _ ("Edits undone: %d\n")
                                  : _ ("Edits redone: %d\n"),
        (int)n_done);
}

bool
lam_cli_step (
    const LamCliCall *call, LamCliStep step, const char *count, GError **error)
{
  int64_t n_wanted = 1, n_done = 0;
  if (!lam_argument_integer ("--count", count, 1, G_MAXINT, &n_wanted, error))
    return false;
  g_autoptr (LamWorkspace) workspace =
      lam_cli_open_for_change (call->arguments[0], error);
  if (!workspace)
    return false;
  bool done = take_steps (workspace, step, n_wanted, &n_done, error);
  if (!lam_cli_close (workspace, done, error))
    return false;
  report (step, n_done, call->json);
  return true;
}
