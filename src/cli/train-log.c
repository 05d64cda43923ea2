/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/train-log.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

struct _LamTrainLog {
  char *path; /* Owned */
  FILE *file; /* Owned */
  char **names; /* Owned */
  LamProgress *progress; /* Borrowed */
  bool is_quiet;
  int failed; /* errno of the first row that was not written */
  int64_t n;
  double seconds, loss;
  double recent; /* mean loss since the last line */
  int64_t n_recent;
};

static void
append_number (GString *row, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  if (isfinite (value))
    g_string_append (row, g_ascii_formatd (text, sizeof text, "%.9g", value));
}

static void
append_name (GString *row, const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, "\"", -1);
  g_autofree char *doubled = g_strjoinv ("\"\"", parts);
  g_string_append_printf (row, ",\"iou %s\"", doubled);
}

static char *
make_head (char **names)
{
  GString *row = g_string_new ("step,seconds,rate,loss,gradient_norm,"
                               "validation_loss,mean_iou,accuracy,best");
  for (int i = 0; names[i]; i++)
    append_name (row, names[i]);
  return g_string_free (g_string_append_c (row, '\n'), FALSE);
}

/* Rows of steps before `first_step` of an earlier run; NULL: it is not ours. */
static char *
keep_rows (const char *path, const char *head, int64_t first_step)
{
  g_autofree char *old = NULL;
  GString *kept = g_string_new (head);
  if (first_step > 0 && g_file_get_contents (path, &old, NULL, NULL)
      && g_str_has_prefix (old, head)) {
    g_auto (GStrv) rows = g_strsplit (old + strlen (head), "\n", -1);
    for (int i = 0; rows[i] && rows[i + 1]; i++)
      if (g_ascii_strtoll (rows[i], NULL, 10) <= first_step)
        g_string_append_printf (kept, "%s\n", rows[i]);
  }
  return g_string_free (kept, FALSE);
}

LamTrainLog *
lam_train_log_new (const char *path, char **class_names, int64_t first_step,
    bool is_quiet, LamProgress *progress, GError **error)
{
  g_autoptr (LamTrainLog) log = g_new0 (LamTrainLog, 1);
  g_autofree char *head = make_head (class_names);
  g_autofree char *text = keep_rows (path, head, first_step);
  log->path = g_strdup (path);
  log->names = g_strdupv (class_names);
  log->progress = progress;
  log->is_quiet = is_quiet;
  log->file = fopen (path, "we");
  if (!log->file || fputs (text, log->file) < 0 || fflush (log->file) != 0) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_IO, _ ("%s cannot be written: %s"),
        path, g_strerror (errno));
    return NULL;
  }
  return g_steal_pointer (&log);
}

void
lam_train_log_free (LamTrainLog *log)
{
  if (!log)
    return;
  if (log->file)
    fclose (log->file);
  g_free (log->path);
  g_strfreev (log->names);
  g_free (log);
}

static void
write_row (LamTrainLog *log, const LamTrainReport *report)
{
  const LamValidation *validation = report->validation;
  g_autoptr (GString) row = g_string_new (NULL);
  const double numbers[] = { (double)report->step, report->seconds,
    report->rate, report->loss, report->gradient_norm,
    validation ? validation->loss : NAN,
    validation ? validation->mean_iou : NAN,
    validation ? validation->accuracy : NAN,
    validation ? validation->is_best : NAN };
  for (size_t i = 0; i < G_N_ELEMENTS (numbers); i++) {
    if (i > 0)
      g_string_append_c (row, ',');
    append_number (row, numbers[i]);
  }
  for (int i = 0; log->names[i]; i++) {
    g_string_append_c (row, ',');
    append_number (row, validation ? validation->iou[i] : NAN);
  }
  g_string_append_c (row, '\n');
  if ((fputs (row->str, log->file) < 0 || fflush (log->file) != 0)
      && !log->failed)
    log->failed = errno ? errno : EIO;
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
  write_row (log, report);
  if (!log->is_quiet
      && (report->validation || report->step % LINE_STEPS == 0
          || report->step == report->n_steps))
    print_line (log, report);
}

bool
lam_train_log_check (LamTrainLog *log, GError **error)
{
  if (!log->failed)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_IO, _ ("%s cannot be written: %s"),
      log->path, g_strerror (log->failed));
  return false;
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
