/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/train-log.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/text.h"
#include "segment/training-log.h"

struct _LamTrainLog {
  LamTrainingLog *rows; /* Owned */
  char **names; /* Owned */
  LamProgress *progress; /* Borrowed */
  bool is_quiet;
  int64_t n;
  double seconds, loss;
  double recent; /* mean loss since the last line */
  int64_t n_recent;
};

LamTrainLog *
lam_train_log_new (const char *path, char **class_names, int64_t first_step,
    bool is_quiet, LamProgress *progress, GError **error)
{
  g_autoptr (LamTrainLog) log = g_new0 (LamTrainLog, 1);
  log->rows = lam_training_log_new (
      path, (const char *const *)class_names, first_step, error);
  if (!log->rows)
    return NULL;
  log->names = g_strdupv (class_names);
  log->progress = progress;
  log->is_quiet = is_quiet;
  return g_steal_pointer (&log);
}

void
lam_train_log_free (LamTrainLog *log)
{
  if (!log)
    return;
  lam_training_log_free (log->rows);
  g_strfreev (log->names);
  g_free (log);
}

static void
print_line (LamTrainLog *log, const LamTrainReport *report)
{
  const LamValidation *validation = report->validation;
  double mean = log->recent / (double)MAX (log->n_recent, 1);
  double left = (double)(report->n_steps - report->step) * log->seconds
      / (double)MAX (log->n, 1);
  g_autofree char *duration = lam_text_duration (left);
  g_print (_ ("step %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT "  loss %.4f"),
      report->step, report->n_steps, mean);
  if (validation) {
    g_print (_ ("  validation %.4f  IoU"), validation->loss);
    for (int i = 0; log->names[i]; i++)
      if (isfinite (validation->iou[i]))
        g_print (" %s %.4f", log->names[i], validation->iou[i]);
      else
        g_print (" %s –", log->names[i]);
    g_print ("%s", validation->is_best ? _ ("  best") : "");
  }
  g_print (_ ("  %s left\n"), duration);
  log->recent = 0;
  log->n_recent = 0;
}

/* A line is printed so often where nothing is validated. */
#define LINE_STEPS 100

void
lam_train_log_report (gpointer data, const LamTrainReport *report)
{
  LamTrainLog *log = data;
  log->n++;
  log->seconds += report->seconds;
  log->loss = report->loss;
  log->recent += report->loss;
  log->n_recent++;
  lam_progress_set (log->progress, report->step, report->n_steps);
  lam_training_log_write (log->rows, report);
  if (!log->is_quiet
      && (report->validation || report->step % LINE_STEPS == 0
          || report->step == report->n_steps))
    print_line (log, report);
}

bool
lam_train_log_check (LamTrainLog *log, GError **error)
{
  return lam_training_log_check (log->rows, error);
}

double
lam_train_log_get_step_seconds (const LamTrainLog *log)
{
  return log->n ? log->seconds / (double)log->n : 0;
}

double
lam_train_log_get_last_loss (const LamTrainLog *log)
{
  return log->loss;
}
