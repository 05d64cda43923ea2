/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "segment/training-log.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

/* The first cells; then one for the IoU of each class. */
#define HEAD \
  "step,seconds,rate,loss,gradient_norm,validation_loss,mean_iou,accuracy," \
  "best"
#define N_CELLS 9

struct _LamTrainingLog {
  char *path; /* Owned */
  FILE *file; /* Owned */
  int n_classes;
  int failed; /* errno of the first row that was not written */
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
make_head (const char *const *names)
{
  GString *row = g_string_new (HEAD);
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

LamTrainingLog *
lam_training_log_new (const char *path, const char *const *class_names,
    int64_t first_step, GError **error)
{
  g_autoptr (LamTrainingLog) log = g_new0 (LamTrainingLog, 1);
  g_autofree char *head = make_head (class_names);
  g_autofree char *text = keep_rows (path, head, first_step);
  log->path = g_strdup (path);
  log->n_classes = (int)g_strv_length ((char **)class_names);
  log->file = fopen (path, "we");
  if (!log->file || fputs (text, log->file) < 0 || fflush (log->file) != 0) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_IO, _ ("%s cannot be written: %s"),
        path, g_strerror (errno));
    return NULL;
  }
  return g_steal_pointer (&log);
}

void
lam_training_log_free (LamTrainingLog *log)
{
  if (!log)
    return;
  if (log->file)
    fclose (log->file);
  g_free (log->path);
  g_free (log);
}

void
lam_training_log_write (LamTrainingLog *log, const LamTrainReport *report)
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
  for (int i = 0; i < log->n_classes; i++) {
    g_string_append_c (row, ',');
    append_number (row, validation ? validation->iou[i] : NAN);
  }
  g_string_append_c (row, '\n');
  if ((fputs (row->str, log->file) < 0 || fflush (log->file) != 0)
      && !log->failed)
    log->failed = errno ? errno : EIO;
}

bool
lam_training_log_check (const LamTrainingLog *log, GError **error)
{
  if (!log->failed)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_IO, _ ("%s cannot be written: %s"),
      log->path, g_strerror (log->failed));
  return false;
}

/* ---- Reading ------------------------------------------------------------ */

/* NaN where a cell is empty. */
static double
parse_cell (const char *cell)
{
  return *cell ? g_ascii_strtod (cell, NULL) : NAN;
}

/* Cells as in the head; the names in it are not looked at. */
static void
parse_row (char **cells, int n_classes, int64_t n_steps,
    LamTrainingLogSeen seen, gpointer data)
{
  g_autofree double *iou = g_new (double, n_classes);
  LamValidation validation = { .loss = parse_cell (cells[5]),
    .mean_iou = parse_cell (cells[6]),
    .accuracy = parse_cell (cells[7]),
    .n_classes = n_classes,
    .iou = iou,
    .is_best = parse_cell (cells[8]) > 0 };
  for (int i = 0; i < n_classes; i++)
    iou[i] = parse_cell (cells[N_CELLS + i]);
  const LamTrainReport report = { .step = g_ascii_strtoll (cells[0], NULL, 10),
    .n_steps = n_steps,
    .seconds = parse_cell (cells[1]),
    .rate = parse_cell (cells[2]),
    .loss = parse_cell (cells[3]),
    .gradient_norm = parse_cell (cells[4]),
    .validation = *cells[8] ? &validation : NULL };
  seen (data, &report);
}

void
lam_training_log_read (const char *path, int n_classes, int64_t n_steps,
    LamTrainingLogSeen seen, gpointer data)
{
  g_autofree char *text = NULL;
  if (!g_file_get_contents (path, &text, NULL, NULL)
      || !g_str_has_prefix (text, HEAD))
    return;
  g_auto (GStrv) rows = g_strsplit (text, "\n", -1);
  /* The last row may have been cut off. */
  for (int i = 1; rows[0] && rows[i] && rows[i + 1]; i++) {
    g_auto (GStrv) cells = g_strsplit (rows[i], ",", -1);
    if (g_strv_length (cells) == (guint)(N_CELLS + n_classes))
      parse_row (cells, n_classes, n_steps, seen, data);
  }
}
