/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/network-train.h"

#include <glib/gi18n-lib.h>

#include "base/random.h"
#include "cli/arguments.h"
#include "cli/cli.h"

static bool
make_batch (gpointer data, int64_t step, LamBatch *batch, GError **error)
{
  const LamNetworkTrain *train = data;
  LamRandom random = lam_random_new ((uint64_t)step, 1);
  const LamShape *logits = lam_trainer_get_logits_shape (train->trainer);
  uint32_t n_classes = (uint32_t)logits->dims[1];
  int64_t n = lam_shape_get_count (logits) / n_classes;
  for (int64_t i = 0; i < lam_shape_get_count (&train->input); i++)
    batch->image[i] = (float)lam_random_normal (&random);
  for (int64_t i = 0; i < n; i++)
    batch->labels[i] = (int32_t)(lam_random_u32 (&random) % n_classes);
  return true;
}

static void
note_seconds (gpointer data, const LamTrainReport *report)
{
  LamNetworkTrain *train = data;
  train->seconds[report->step - 1] = report->seconds;
}

bool
lam_network_train_open (LamNetworkTrain *train, const char *path,
    const LamNetworkRunOptions *options, int64_t runs, GError **error)
{
  LamTrainerOptions how;
  const LamTrainerSource source = {
    .get_batch = make_batch, .report = note_seconds, .data = train
  };
  int64_t n_threads = 0;
  if (options->inputs || options->expected)
    return lam_cli_usage_error (
        error, _ ("--train makes its inputs up; --input does not fit to it"));
  if (!lam_argument_integer (
          "--threads", options->threads, 1, 256, &n_threads, error))
    return false;
  g_autoptr (LamNetwork) network = lam_network_open_for_training (path, error);
  if (!network
      || !lam_network_run_choose_shape (
          network, 0, options->size, &train->input, error))
    return false;
  lam_trainer_options_init (&how);
  how.n_steps = runs + 1;
  how.n_threads = (int)n_threads;
  train->seconds = g_new0 (double, how.n_steps);
  train->trainer =
      lam_trainer_new (network, &train->input, &how, &source, error);
  return train->trainer != NULL;
}

void
lam_network_train_clear (LamNetworkTrain *train)
{
  g_clear_pointer (&train->trainer, lam_trainer_free);
  g_clear_pointer (&train->seconds, g_free);
}

bool
lam_network_train_run (
    LamNetworkTrain *train, LamProgress *progress, GError **error)
{
  return lam_trainer_run (train->trainer, progress, error);
}
