/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* undo and redo: the same, in two directions. */
#include <glib/gi18n-lib.h>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/project.h"
#include "workspace/painting.h"

typedef enum { UNDO, REDO } Direction;

static char *option_count;

static const GOptionEntry options[] = {
  { "count", 'n', 0, G_OPTION_ARG_STRING, &option_count, N_ ("How many (1)"),
      N_ ("N") },
  { NULL },
};

/* The newest line of the history, undos and redos among them: each step that
 * did something adds one. -1 with error. */
static int64_t
newest_line (LamWorkspace *workspace, GError **error)
{
  g_autoptr (GPtrArray) rows = lam_store_read_history (
      lam_workspace_get_store (workspace), 0, 1, true, error);
  if (!rows)
    return -1;
  return rows->len > 0 ? ((LamHistoryRow *)rows->pdata[0])->id : 0;
}

static bool
take_steps (LamWorkspace *workspace, Direction direction, int64_t count,
    int64_t *n_done, GError **error)
{
  int64_t line = newest_line (workspace, error);
  for (*n_done = 0; line >= 0 && *n_done < count; ++*n_done) {
    if (direction == UNDO)
      lam_workspace_undo (workspace);
    else
      lam_workspace_redo (workspace);
    if (!lam_workspace_wait (workspace, NULL, error))
      return false;
    int64_t next = newest_line (workspace, error);
    if (next == line)
      return true;
    line = next;
  }
  return line >= 0;
}

static void
report (Direction direction, int64_t n_done, bool json)
{
  if (json) {
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    json_builder_begin_object (builder);
    lam_json_add_integer (
        builder, direction == UNDO ? "undone" : "redone", n_done);
    json_builder_end_object (builder);
    lam_json_print (builder);
    return;
  }
  if (n_done == 0)
    g_print ("%s\n",
        direction == UNDO ? _ ("There is nothing to undo.")
                          : _ ("There is nothing to redo."));
  else
    g_print (
        direction == UNDO ? _ ("Edits undone: %d\n") : _ ("Edits redone: %d\n"),
        (int)n_done);
}

/* Takes fewer steps where there are no more. */
static bool
step (const LamCliCall *call, Direction direction, GError **error)
{
  int64_t n_wanted = 1, n_done = 0;
  if (!lam_argument_integer (
          "--count", option_count, 1, G_MAXINT, &n_wanted, error))
    return false;
  g_autoptr (LamWorkspace) workspace =
      lam_cli_open_for_change (call->arguments[0], error);
  if (!workspace)
    return false;
  bool done = take_steps (workspace, direction, n_wanted, &n_done, error);
  if (!lam_cli_close (workspace, done, error))
    return false;
  report (direction, n_done, call->json);
  return true;
}

static bool
run_undo (const LamCliCall *call, GError **error)
{
  return step (call, UNDO, error);
}

static bool
run_redo (const LamCliCall *call, GError **error)
{
  return step (call, REDO, error);
}

#define ROW(verb, words) \
  const LamCommand lam_command_##verb = { \
    .name = #verb, \
    .title = words, \
    .usage = "PROJECT", \
    .min_arguments = 1, \
    .max_arguments = 1, \
    .options = options, \
    .has_json = true, \
    .run = run_##verb, \
  }

ROW (undo, N_ ("Takes back the newest edits"));
ROW (redo, N_ ("Does again what was undone"));
