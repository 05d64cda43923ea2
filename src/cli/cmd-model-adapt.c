/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* model adapt: the active network learns from what people said, as it does
 * beside a person in the window. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "cli/arguments.h"
#include "cli/await.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/project.h"
#include "workspace/model-worker-learn.h"
#include "workspace/project-models.h"
#include "workspace/whole-learning.h"

static gboolean option_whole;
static char *option_steps, *option_rate, *option_seed, *option_threads;

static const GOptionEntry options[] = {
  { "whole", 'w', 0, G_OPTION_ARG_NONE, &option_whole,
      N_ ("All of the network and not only its last layers: minutes"), NULL },
  { "steps", 's', 0, G_OPTION_ARG_STRING, &option_steps,
      N_ ("How many steps of learning"), N_ ("N") },
  { "rate", 'r', 0, G_OPTION_ARG_STRING, &option_rate,
      N_ ("How large a step is, with --whole (0.0003)"), N_ ("R") },
  { "seed", 0, 0, G_OPTION_ARG_STRING, &option_seed,
      N_ ("The same words and the same seed give the same network (1)"),
      N_ ("N") },
  { "threads", 't', 0, G_OPTION_ARG_STRING, &option_threads,
      N_ ("How many; without it one for each processor"), N_ ("N") },
  { NULL },
};

/* What came out, whichever way. */
typedef struct {
  const char *outcome; /* stable */
  int64_t model; /* active now */
  int64_t n_taught, n_tested;
  const char *judged_by; /* stable */
  double before, after;
  double present; /* of what was in use, if that was another; NaN */
} Outcome;

static bool
learn_last (LamWorkspace *workspace, const LamWholeLearningSettings *settings,
    Outcome *outcome, GError **error)
{
  LamLesson lesson;
  g_autoptr (LamModelWorker) worker =
      lam_model_worker_new (workspace, settings->n_threads, false);
  GAsyncResult *answer = NULL;
  lam_model_worker_cancel_all (worker);
  lam_model_worker_learn_async (
      worker, settings->n_steps, settings->seed, lam_await_cb, &answer);
  g_autoptr (GAsyncResult) result = lam_await (&answer);
  if (!lam_model_worker_learn_finish (worker, result, &lesson, error))
    return false;
  outcome->outcome = lesson.state == LAM_LESSON_KEPT ? "kept"
      : lesson.state == LAM_LESSON_WORSE             ? "worse"
      : lesson.state == LAM_LESSON_BACK              ? "back"
                                                     : "nothing";
  outcome->n_taught = lesson.report.n_known;
  outcome->n_tested = lesson.report.n_tested;
  outcome->judged_by = lesson.judged_by == LAM_JUDGED_NOT ? "nothing"
      : lesson.judged_by == LAM_JUDGED_BY_PART            ? "part"
                                                          : "regions";
  outcome->before = lesson.report.iou_before;
  outcome->after = lesson.report.iou_after;
  return true;
}

static bool
learn_whole (LamWorkspace *workspace, const LamWholeLearningSettings *settings,
    LamProgress *progress, Outcome *outcome, GError **error)
{
  LamWholeLearningResult what;
  GAsyncResult *answer = NULL;
  lam_whole_learning_async (
      workspace, settings, progress, lam_await_cb, &answer);
  g_autoptr (GAsyncResult) result = lam_await (&answer);
  if (!lam_whole_learning_finish (workspace, result, &what, error))
    return false;
  outcome->outcome = what.state != 0 ? "kept" : "worse";
  outcome->n_taught = what.report.n_taught;
  outcome->n_tested = what.report.n_tested;
  outcome->judged_by = what.report.is_part ? "part" : "regions";
  outcome->before = what.report.iou_before;
  outcome->present = what.report.iou_present;
  outcome->after = what.report.iou_after;
  return true;
}

static void
print_json (const Outcome *outcome)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  lam_json_add_text (builder, "outcome", outcome->outcome);
  lam_json_add_integer (builder, "model", outcome->model);
  lam_json_add_integer (builder, "learned_from", outcome->n_taught);
  lam_json_add_text (builder, "judged_by", outcome->judged_by);
  lam_json_add_integer (builder, "judged_by_voxels", outcome->n_tested);
  if (isfinite (outcome->before) && isfinite (outcome->after)) {
    json_builder_set_member_name (builder, "iou_before");
    json_builder_add_double_value (builder, outcome->before);
    json_builder_set_member_name (builder, "iou_after");
    json_builder_add_double_value (builder, outcome->after);
  }
  if (isfinite (outcome->present)) {
    json_builder_set_member_name (builder, "iou_in_use");
    json_builder_add_double_value (builder, outcome->present);
  }
  json_builder_end_object (builder);
  lam_json_print (builder);
}

static void
print_why_not (const Outcome *outcome)
{
  if (outcome->n_tested == 0)
    g_print (_ ("Not kept yet: a part of the places that are settled judges "
                "it, and in that there are none\n"));
  else if (outcome->after < outcome->present
      && outcome->present > outcome->before)
    g_print (_ ("What the last layers learned does better: %.4f; it stays as "
                "it was\n"),
        outcome->present);
  else if (outcome->after > outcome->before)
    g_print (_ ("That it would be better is not sure, and it stays as it "
                "was\n"));
  else
    g_print (_ ("It would be no better, and stays as it was\n"));
}

static void
print_text (const Outcome *outcome)
{
  if (g_str_equal (outcome->outcome, "nothing")) {
    g_print (_ ("Nothing was painted, accepted or verified yet that the "
                "network could learn from\n"));
    return;
  }
  g_print (_ ("Learned from %" G_GINT64_FORMAT " voxels\n"), outcome->n_taught);
  if (g_str_equal (outcome->outcome, "kept")
      && g_str_equal (outcome->judged_by, "nothing"))
    g_print (_ ("Not judged: no verified region is held out for validation or "
                "test\n"));
  else if (outcome->n_tested > 0)
    g_print (_ ("Mean IoU of %" G_GINT64_FORMAT
                " voxels of %s: %.4f before, %.4f now\n"),
        outcome->n_tested,
        g_str_equal (outcome->judged_by, "part")
            ? _ ("corrections that were kept back")
            : _ ("verified regions for validation or test"),
        outcome->before, outcome->after);
  if (g_str_equal (outcome->outcome, "worse"))
    print_why_not (outcome);
  else if (g_str_equal (outcome->outcome, "back"))
    g_print (_ ("Worse than where it began, as it was before this: back to "
                "model %" G_GINT64_FORMAT "\n"),
        outcome->model);
  else
    g_print (_ ("Active now: model %" G_GINT64_FORMAT "\n"), outcome->model);
}

static bool
run (const LamCliCall *call, GError **error)
{
  int64_t n_threads = 0, n_steps = 0, seed = 0;
  LamWholeLearningSettings settings = { 0 };
  if (!lam_argument_integer (
          "--threads", option_threads, 1, 256, &n_threads, error)
      || !lam_argument_integer (
          "--steps", option_steps, 1, 1000000, &n_steps, error)
      || !lam_argument_integer (
          "--seed", option_seed, 1, 1000000000000000, &seed, error)
      || !lam_argument_number (
          "--rate", option_rate, 1000, &settings.rate, error))
    return false;
  settings.n_threads = (int)n_threads;
  settings.n_steps = (int)n_steps;
  settings.seed = (uint64_t)seed;
  g_autoptr (LamWorkspace) workspace =
      lam_cli_open_for_change (call->arguments[0], error);
  if (!workspace)
    return false;
  Outcome outcome = { .present = NAN };
  bool done = option_whole
      ? learn_whole (workspace, &settings, call->progress, &outcome, error)
      : learn_last (workspace, &settings, &outcome, error);
  outcome.model = lam_workspace_get_active_model (workspace);
  if (!lam_cli_close (workspace, done, error))
    return false;
  if (call->json)
    print_json (&outcome);
  else
    print_text (&outcome);
  return true;
}

const LamCommand lam_command_model_adapt = {
  .name = "model adapt",
  .title = N_ ("Lets a project’s active network learn from what people said"),
  .usage = "PROJECT",
  .help = N_ ("From what was painted or accepted and from verified regions. "
              "Verified regions for validation or test are not learned from "
              "but judge it; where there are none, a quarter of the places "
              "that were settled does, but for the borders that were left as "
              "the network drew them, and has to be clearly better known; "
              "without any place --whole keeps a fifth of the rest back for "
              "that. What does worse is not kept. What comes out is a model of "
              "the project, and “model activate” goes back to an earlier one."),
  .min_arguments = 1,
  .max_arguments = 1,
  .options = options,
  .has_json = true,
  .is_long = true,
  .run = run,
};
