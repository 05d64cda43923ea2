/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* model run: the active network over a box, on the same path as beside a person
 * in the window. */
#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "cli/arguments.h"
#include "cli/await.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/project.h"
#include "workspace/acceptance.h"
#include "workspace/model-worker.h"
#include "workspace/project-models.h"

#define TICK_MILLISECONDS 100

static char *option_box, *option_threads, *option_tile, *option_memory;
static gboolean option_only_proposes;

static const GOptionEntry options[] = {
  { "box", 'b', 0, G_OPTION_ARG_STRING, &option_box,
      N_ ("Only these voxels; the second corner is not in it"),
      N_ ("X0,Y0,Z0,X1,Y1,Z1") },
  { "threads", 't', 0, G_OPTION_ARG_STRING, &option_threads,
      N_ ("How many; without it one for each processor"), N_ ("N") },
  { "only-propose", 0, 0, G_OPTION_ARG_NONE, &option_only_proposes,
      N_ ("Write no labels; see “proposals”"), NULL },
  { "tile", 0, 0, G_OPTION_ARG_STRING, &option_tile,
      N_ ("Voxels computed at once, remembered for this network"),
      N_ ("X,Y,Z") },
  { "memory", 0, 0, G_OPTION_ARG_STRING, &option_memory,
      N_ ("MB that may be used (four fifths of what there is)"), N_ ("N") },
  { NULL },
};

typedef struct {
  LamModelWorker *worker;
  LamProgress *progress;
  int64_t n_voxels;
  GError *error; /* Owned; why the worker paused; or NULL */
} Tick;

/* Shows how far it is, and stops it on Ctrl+C. */
static gboolean
tick_cb (gpointer data)
{
  const Tick *tick = data;
  int64_t left = lam_model_worker_get_voxels_left (tick->worker);
  lam_progress_set (tick->progress, tick->n_voxels - left, tick->n_voxels);
  if (lam_progress_is_cancelled (tick->progress))
    lam_model_worker_cancel_all (tick->worker);
  return G_SOURCE_CONTINUE;
}

/* Nobody is there to let a worker that has paused go on. */
static void
give_up (Tick *tick, int code, char *text)
{
  if (!tick->error)
    tick->error = g_error_new_literal (LAM_ERROR, code, text);
  lam_model_worker_cancel_all (tick->worker);
  g_free (text);
}

static void
failed_cb (LamModelWorker *worker, const char *text, Tick *tick)
{
  give_up (tick, LAM_ERROR_IO, g_strdup (text));
}

static void
needs_memory_cb (LamModelWorker *worker, const char *text,
    const LamModelTiles *tiles, Tick *tick)
{
  give_up (tick, LAM_ERROR_LIMIT,
      g_strdup_printf (_ ("%s: try --tile %" G_GINT64_FORMAT
                          ",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT),
          text, tiles->tile[0], tiles->tile[1], tiles->tile[2]));
}

static bool
segment (LamWorkspace *workspace, const LamBox *box, int n_threads,
    LamProgress *progress, LamModelCounts *counts, GError **error)
{
  g_autoptr (LamModelWorker) worker =
      lam_model_worker_new (workspace, n_threads, false);
  Tick tick = { worker, progress, lam_box_volume (box), NULL };
  g_signal_connect (worker, "failed", G_CALLBACK (failed_cb), &tick);
  g_signal_connect (
      worker, "needs-memory", G_CALLBACK (needs_memory_cb), &tick);
  guint timer = g_timeout_add (TICK_MILLISECONDS, tick_cb, &tick);
  GAsyncResult *answer = NULL;
  lam_model_worker_ask_async (worker, box, lam_await_cb, &answer);
  g_autoptr (GAsyncResult) result = lam_await (&answer);
  g_source_remove (timer);
  g_signal_handlers_disconnect_by_data (worker, &tick);
  g_autoptr (GError) failed = tick.error;
  g_autoptr (GError) asked = NULL;
  const bool done =
      lam_model_worker_ask_finish (worker, result, counts, &asked);
  /* What was cancelled for want of memory says only that. */
  GError **why = failed && lam_error_is_cancelled (asked) ? &failed : &asked;
  if (!done)
    g_propagate_error (error, g_steal_pointer (why));
  return done;
}

static bool
set_tile (LamWorkspace *workspace, GError **error)
{
  int64_t tile[3] = { 0 };
  if (!lam_argument_triple ("--tile", option_tile, 1, tile, error))
    return false;
  const int64_t model = lam_workspace_get_active_model (workspace);
  if (option_tile && model != 0)
    lam_workspace_set_model_tile (workspace, model, tile);
  return true;
}

static void
report (const LamModelCounts *counts, bool json)
{
  if (!json) {
    g_print (_ ("%" G_GINT64_FORMAT " voxels written, %" G_GINT64_FORMAT
                " as before, %" G_GINT64_FORMAT " protected, %" G_GINT64_FORMAT
                " stale\n"),
        counts->n_written, counts->n_same, counts->n_protected,
        counts->n_stale);
    return;
  }
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  lam_json_add_integer (builder, "written", counts->n_written);
  lam_json_add_integer (builder, "same", counts->n_same);
  lam_json_add_integer (builder, "protected", counts->n_protected);
  lam_json_add_integer (builder, "stale", counts->n_stale);
  json_builder_end_object (builder);
  lam_json_print (builder);
}

static bool
run (const LamCliCall *call, GError **error)
{
  int64_t n_threads = 0, memory = 0;
  if (!lam_argument_integer (
          "--threads", option_threads, 1, 256, &n_threads, error)
      || !lam_argument_integer (
          "--memory", option_memory, 1, 1 << 30, &memory, error))
    return false;
  const LamWorkspaceSettings settings = { .network_bytes = memory * 1000000 };
  g_autoptr (LamWorkspace) workspace =
      lam_cli_open_with (call->arguments[0], &settings, error);
  if (!workspace)
    return false;
  LamBox box = lam_box_of_size (lam_workspace_get_size (workspace));
  LamModelCounts counts = { 0 };
  const bool only_proposed = lam_workspace_only_proposes (workspace);
  if (option_only_proposes)
    lam_workspace_set_only_proposes (workspace, true);
  bool done = lam_argument_box ("--box", option_box, &box, error)
      && set_tile (workspace, error)
      && segment (
          workspace, &box, (int)n_threads, call->progress, &counts, error);
  if (option_only_proposes)
    lam_workspace_set_only_proposes (workspace, only_proposed);
  if (!lam_cli_close (workspace, done, error))
    return false;
  report (&counts, call->json);
  return true;
}

const LamCommand lam_command_model_run = {
  .name = "model run",
  .title = N_ ("Segments a project’s volume with its active network"),
  .usage = "PROJECT",
  .help = N_ ("What a person painted or accepted, verified regions and what is "
              "locked stay as they are. It goes on in parts, and joins objects "
              "that meet where those end, but for what a person has a hand in. "
              "What it finds of classes with single objects is cut where they "
              "touch if “class set --split” says so; then nothing is joined, "
              "and objects that were segmented before and reach beyond one of "
              "the parts stay whole: “undo” that first. "
              "It is one act that can be undone, also when it is stopped in "
              "the middle."),
  .min_arguments = 1,
  .max_arguments = 1,
  .options = options,
  .has_json = true,
  .is_long = true,
  .run = run,
};
