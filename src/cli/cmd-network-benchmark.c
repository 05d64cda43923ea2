/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* network benchmark: how long a forward pass or a step of training takes, and
 * in what memory. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/text.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/network-agreement.h"
#include "cli/network-train.h"

#define MAX_RUNS 1000

static char *option_size, *option_threads, *option_runs;
static char **option_input, **option_expect;
static gboolean option_train, option_fast;

static const GOptionEntry options[] = {
  { "size", 's', 0, G_OPTION_ARG_STRING, &option_size,
      N_ ("Size of the made-up input"), "Z,Y,X" },
  { "threads", 't', 0, G_OPTION_ARG_STRING, &option_threads,
      N_ ("How many threads compute"), N_ ("N") },
  { "runs", 'r', 0, G_OPTION_ARG_STRING, &option_runs,
      N_ ("How many runs are timed (5)"), N_ ("N") },
  { "input", 'i', 0, G_OPTION_ARG_FILENAME_ARRAY, &option_input,
      N_ ("Take the input from here; one for each input"), "A.npy" },
  { "expect", 'e', 0, G_OPTION_ARG_FILENAME_ARRAY, &option_expect,
      N_ ("What the result should be; one for each output"), "B.npy" },
  { "train", 'T', 0, G_OPTION_ARG_NONE, &option_train,
      N_ ("Time a step of training: forward, backward and Adam"), NULL },
  { "fast", 0, 0, G_OPTION_ARG_NONE, &option_fast,
      N_ ("Convolutions in 16 bits, and how near that is"), NULL },
  { NULL },
};

typedef struct {
  double open_seconds; /* until ready to run */
  double seconds; /* median of a run */
  int64_t runs;
  int n_threads;
  double flops; /* of one forward pass */
  int64_t arena_bytes;
  const LamNetwork *network; /* Borrowed */
  const LamNetworkRun *state; /* Borrowed; NULL: training */
  bool is_fast;
  LamNetworkAgreement agreement; /* fast: with float32 */
} Times;

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void
take_median (Times *times, double *seconds)
{
  qsort (seconds, (size_t)times->runs, sizeof *seconds, compare_doubles);
  times->seconds =
      (seconds[(times->runs - 1) / 2] + seconds[times->runs / 2]) / 2;
}

/* One run to warm up, which is not counted. */
static bool
time_runs (
    LamNetworkRun *state, LamProgress *progress, Times *times, GError **error)
{
  double seconds[MAX_RUNS];
  for (int64_t i = -1; i < times->runs; i++) {
    gint64 start = g_get_monotonic_time ();
    if (!lam_network_run_once (state, progress, error))
      return false;
    if (i >= 0)
      seconds[i] = (double)(g_get_monotonic_time () - start) / 1e6;
  }
  take_median (times, seconds);
  return true;
}

static int64_t
get_peak_bytes (void)
{
  struct rusage usage;
  return getrusage (RUSAGE_SELF, &usage) ? 0 : usage.ru_maxrss * INT64_C (1024);
}

static void
add_number (JsonBuilder *json, const char *name, double value)
{
  json_builder_set_member_name (json, name);
  json_builder_add_double_value (json, value);
}

static double
get_rel_error (const Times *times)
{
  return times->agreement.difference / MAX (times->agreement.largest, 1e-300);
}

static void
print_json (const Times *times)
{
  const LamNetworkRun *state = times->state;
  double difference, largest;
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  lam_json_add_text (json, "path", lam_network_get_path (times->network));
  add_number (json, "seconds", times->seconds);
  add_number (json, "open_seconds", times->open_seconds);
  lam_json_add_integer (json, "runs", times->runs);
  lam_json_add_integer (json, "threads", times->n_threads);
  lam_json_add_integer (
      json, "parameters", lam_network_get_n_parameters (times->network));
  add_number (json, "flops", times->flops);
  lam_json_add_integer (json, "arena_bytes", times->arena_bytes);
  lam_json_add_integer (json, "peak_bytes", get_peak_bytes ());
  json_builder_set_member_name (json, "fast");
  json_builder_add_boolean_value (json, times->is_fast);
  if (times->is_fast) {
    add_number (json, "float_seconds", times->agreement.plain_seconds);
    add_number (json, "max_rel_error", get_rel_error (times));
    if (!isnan (times->agreement.same_argmax))
      add_number (json, "argmax_agreement", times->agreement.same_argmax);
  }
  if (state && state->expected->len) {
    lam_network_run_compare (state, &difference, &largest);
    add_number (json, "max_abs_error", difference);
    add_number (json, "max_abs_expected", largest);
  }
  json_builder_end_object (json);
  lam_json_print (json);
}

static void
print_agreement (const Times *times)
{
  const LamNetworkAgreement *agreement = &times->agreement;
  g_print (_ ("  fast        %.2f times faster than %.4g s in float32\n"),
      agreement->plain_seconds / times->seconds, agreement->plain_seconds);
  g_print (_ ("  agreement   %.2g of the largest number away at most\n"),
      get_rel_error (times));
  if (!isnan (agreement->same_argmax))
    g_print (_ ("              the same largest channel in %.3f %%\n"),
        100 * agreement->same_argmax);
}

static void
print_text (const Times *times)
{
  const LamNetworkRun *state = times->state;
  double difference, largest;
  g_autofree char *arena = lam_text_bytes (times->arena_bytes);
  g_autofree char *peak = lam_text_bytes (get_peak_bytes ());
  g_print (
      _ ("  run         %.4g s (median of %" G_GINT64_FORMAT ", %d threads)\n"),
      times->seconds, times->runs, times->n_threads);
  g_print (_ ("  opening     %.3g s\n"), times->open_seconds);
  g_print (_ ("  work        %.4g GFLOP, %.4g GFLOP/s\n"), times->flops / 1e9,
      times->flops / 1e9 / times->seconds);
  g_print (_ ("  memory      %s arena, %s in all\n"), arena, peak);
  if (times->is_fast)
    print_agreement (times);
  if (!state || !state->expected->len)
    return;
  lam_network_run_compare (state, &difference, &largest);
  g_print (_ ("  difference  %.3g at most, of %.3g\n"), difference, largest);
}

static void
print (const LamCliCall *call, const Times *times)
{
  if (call->json)
    print_json (times);
  else
    print_text (times);
}

static double
get_seconds_since (gint64 start)
{
  return (double)(g_get_monotonic_time () - start) / 1e6;
}

/* What float32 takes and gives, to compare with. */
static GPtrArray *
run_plain (const LamCliCall *call, const LamNetworkRunOptions *wanted,
    Times *times, GError **error)
{
  g_auto (LamNetworkRun) state = { 0 };
  LamNetworkRunOptions plain = *wanted;
  plain.is_fast = false;
  if (!lam_network_run_open (&state, call->arguments[0], &plain, error)
      || !time_runs (&state, call->progress, times, error))
    return NULL;
  times->agreement.plain_seconds = times->seconds;
  return lam_network_run_dup_outputs (&state);
}

static bool
run_forward (const LamCliCall *call, const LamNetworkRunOptions *wanted,
    Times *times, GError **error)
{
  g_auto (LamNetworkRun) state = { 0 };
  g_autoptr (GPtrArray) plain =
      wanted->is_fast ? run_plain (call, wanted, times, error) : NULL;
  gint64 start = g_get_monotonic_time ();
  if ((wanted->is_fast && !plain)
      || !lam_network_run_open (&state, call->arguments[0], wanted, error))
    return false;
  times->is_fast = wanted->is_fast;
  times->open_seconds = get_seconds_since (start);
  times->state = &state;
  times->network = state.network;
  times->n_threads = lam_plan_get_n_threads (state.plan);
  times->flops = lam_plan_get_flops (state.plan);
  times->arena_bytes = lam_plan_get_arena_bytes (state.plan);
  if (!time_runs (&state, call->progress, times, error))
    return false;
  if (plain)
    lam_network_run_agree (&state, plain, &times->agreement);
  print (call, times);
  return true;
}

static bool
run_training (const LamCliCall *call, const LamNetworkRunOptions *wanted,
    Times *times, GError **error)
{
  g_auto (LamNetworkTrain) state = { 0 };
  gint64 start = g_get_monotonic_time ();
  if (!lam_network_train_open (
          &state, call->arguments[0], wanted, times->runs, error))
    return false;
  times->open_seconds = get_seconds_since (start);
  const LamTrainPlan *plan = lam_trainer_get_plan (state.trainer);
  times->network = lam_train_plan_get_network (plan);
  times->n_threads = lam_team_get_n_threads (lam_train_plan_get_team (plan));
  times->flops = lam_train_plan_get_flops (plan);
  times->arena_bytes = lam_train_plan_get_arena_bytes (plan);
  if (!lam_network_train_run (&state, call->progress, error))
    return false;
  take_median (times, state.seconds + 1);
  print (call, times);
  return true;
}

static bool
run (const LamCliCall *call, GError **error)
{
  if (option_train && option_fast)
    return lam_cli_usage_error (error, _ ("--fast is not for --train"));
  const LamNetworkRunOptions wanted = { .size = option_size,
    .threads = option_threads,
    .is_fast = lam_network_choose_fast (option_fast),
    .inputs = option_input,
    .expected = option_expect };
  Times times = { .runs = 5 };
  if (!lam_argument_integer (
          "--runs", option_runs, 1, MAX_RUNS, &times.runs, error))
    return false;
  return option_train ? run_training (call, &wanted, &times, error)
                      : run_forward (call, &wanted, &times, error);
}

const LamCommand lam_command_network_benchmark = {
  .name = "network benchmark",
  .title = N_ ("Times a network"),
  .usage = "FILE",
  .help = N_ ("FILE is an ONNX file. FLOPs are those of a forward "
              "pass, counted as if convolutions were done directly. "
              "--fast computes convolutions in 16 bits where the processor "
              "has AVX-512 VNNI, and says how much faster that is than "
              "float32, and how near."),
  .min_arguments = 1,
  .max_arguments = 1,
  .options = options,
  .has_json = true,
  .is_long = true,
  .run = run,
};
