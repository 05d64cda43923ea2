/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* network check: runs a network once, and compares. */
#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/network-run.h"

/* Of the largest expected value. */
#define TOLERANCE 1e-4

static char *option_size, *option_threads;
static char **option_input, **option_expect;

static const GOptionEntry options[] = {
  { "size", 's', 0, G_OPTION_ARG_STRING, &option_size,
      N_ ("Size of the made-up input"), "Z,Y,X" },
  { "threads", 't', 0, G_OPTION_ARG_STRING, &option_threads,
      N_ ("How many threads compute"), N_ ("N") },
  { "input", 'i', 0, G_OPTION_ARG_FILENAME_ARRAY, &option_input,
      N_ ("Take the input from here; one for each input"), "A.npy" },
  { "expect", 'e', 0, G_OPTION_ARG_FILENAME_ARRAY, &option_expect,
      N_ ("What the result should be; one for each output"), "B.npy" },
  { NULL },
};

static void
print_json (const LamNetworkRun *run, double difference, double largest)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  lam_json_add_text (json, "path", lam_network_get_path (run->network));
  json_builder_set_member_name (json, "ok");
  json_builder_add_boolean_value (
      json, difference <= TOLERANCE * largest || !run->expected->len);
  if (run->expected->len) {
    json_builder_set_member_name (json, "max_abs_error");
    json_builder_add_double_value (json, difference);
    json_builder_set_member_name (json, "max_abs_expected");
    json_builder_add_double_value (json, largest);
  }
  json_builder_end_object (json);
  lam_json_print (json);
}

static bool
run (const LamCliCall *call, GError **error)
{
  g_auto (LamNetworkRun) state = { 0 };
  const LamNetworkRunOptions wanted = { .size = option_size,
    .threads = option_threads,
    .inputs = option_input,
    .expected = option_expect };
  double difference = 0, largest = 0;
  if (!lam_network_run_open (&state, call->arguments[0], &wanted, error)
      || !lam_network_run_once (&state, call->progress, error))
    return false;
  if (state.expected->len)
    lam_network_run_compare (&state, &difference, &largest);
  if (call->json)
    print_json (&state, difference, largest);
  else if (state.expected->len)
    g_print (_ ("%s: largest difference %.3g, largest expected value %.3g\n"),
        call->arguments[0], difference, largest);
  else
    g_print (_ ("%s can be run\n"), call->arguments[0]);
  if (difference <= TOLERANCE * largest || !state.expected->len)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
      _ ("%s: the result differs from %s by %.3g; up to %.3g is accepted"),
      call->arguments[0], option_expect[0], difference, TOLERANCE * largest);
  return false;
}

const LamCommand lam_command_network_check = {
  .name = "network check",
  .title = N_ ("Runs a network once, and compares its result"),
  .usage = "FILE",
  .help = N_ ("FILE is an ONNX file. With --input and --expect, its result "
              "must be what another program found."),
  .min_arguments = 1,
  .max_arguments = 1,
  .options = options,
  .has_json = true,
  .is_long = true,
  .run = run,
};
