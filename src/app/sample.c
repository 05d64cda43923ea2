/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Three commands, one after the other: make the volume, start a project on it,
 * put the true labels there. They work in a folder that gets its name only when
 * all is done, so that a sample that was broken off is made again. */
#include "app/sample.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "app/message-dialog.h"
#include "app/progress-dialog.h"

#define CLI "lamella-cli"
#define N_STEPS 3
#define N_WORDS 8

typedef struct {
  int step;
  char *folder; /* Owned; what is being filled */
  char *project; /* Owned; what is opened at the end */
  LamWindow *window; /* Owned */
  LamProgress *progress; /* Owned */
  LamProgressDialog *dialog; /* Owned */
} Sample;

/* "%" stands for the folder. */
static const char *const steps[N_STEPS][N_WORDS] = {
  { "synthesize", "--deflate", "--size", "384,384,64", "--output", "%" },
  { "project", "create", "%/image.tif", "--output", "%/platelets.lamella" },
  { "labels", "import", "--objects", "%/objects.json", "%/platelets.lamella",
      "%/labels.tif" },
};

static void run_step (Sample *sample);

static void
sample_free (Sample *sample)
{
  lam_progress_dialog_close (sample->dialog);
  lam_progress_unref (sample->progress);
  g_object_unref (sample->window);
  g_free (sample->folder);
  g_free (sample->project);
  g_free (sample);
}

static void
fail (Sample *sample, const char *why)
{
  if (!lam_progress_is_cancelled (sample->progress))
    lam_message_present (
        GTK_WINDOW (sample->window), _ ("The sample could not be made"), why);
  sample_free (sample);
}

static void
finish (Sample *sample)
{
  g_autofree char *final = g_path_get_dirname (sample->project);
  if (g_rename (sample->folder, final) != 0) {
    g_autofree char *why = g_strdup_printf (_ ("%s cannot become %s: %s"),
        sample->folder, final, g_strerror (errno));
    fail (sample, why);
    return;
  }
  lam_window_open (sample->window, sample->project);
  sample_free (sample);
}

static void
step_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Sample *sample = user_data;
  GSubprocess *process = G_SUBPROCESS (source);
  g_autoptr (GError) error = NULL;
  g_autofree char *complaint = NULL;
  if (!g_subprocess_communicate_utf8_finish (
          process, result, NULL, &complaint, &error)) {
    g_subprocess_force_exit (process);
    fail (sample, error->message);
  } else if (!g_subprocess_get_successful (process))
    fail (sample, complaint);
  else {
    lam_progress_set (sample->progress, ++sample->step, N_STEPS);
    if (sample->step == N_STEPS)
      finish (sample);
    else
      run_step (sample);
  }
}

/* The command-line program that belongs to this one, else any. */
static char *
dup_cli_path (void)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = self ? g_path_get_dirname (self) : NULL;
  g_autofree char *beside =
      folder ? g_build_filename (folder, CLI, NULL) : NULL;
  if (beside && g_file_test (beside, G_FILE_TEST_IS_EXECUTABLE))
    return g_steal_pointer (&beside);
  return g_strdup (CLI);
}

static void
run_step (Sample *sample)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *program = dup_cli_path ();
  g_strv_builder_add (builder, program);
  for (int i = 0; i < N_WORDS && steps[sample->step][i]; i++) {
    const char *word = steps[sample->step][i];
    g_autofree char *path = *word == '%'
        ? g_strconcat (sample->folder, word + 1, NULL)
        : g_strdup (word);
    g_strv_builder_add (builder, path);
  }
  g_auto (GStrv) words = g_strv_builder_end (builder);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process =
      g_subprocess_newv ((const char *const *)words,
          G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_PIPE,
          &error);
  if (!process) {
    fail (sample, error->message);
    return;
  }
  g_subprocess_communicate_utf8_async (process, NULL,
      lam_progress_get_cancellable (sample->progress), step_done_cb, sample);
}

void
lam_sample_open (LamWindow *window)
{
  g_return_if_fail (LAM_IS_WINDOW (window));
  g_autofree char *base =
      g_build_filename (g_get_user_data_dir (), "lamella", NULL);
  g_autofree char *project =
      g_build_filename (base, "sample", "platelets.lamella", NULL);
  if (g_file_test (project, G_FILE_TEST_EXISTS)) {
    lam_window_open (window, project);
    return;
  }
  g_autofree char *folder = g_build_filename (base, "sample-XXXXXX", NULL);
  if (g_mkdir_with_parents (base, 0755) != 0 || !g_mkdtemp (folder)) {
    g_autofree char *why = g_strdup_printf ("%s: %s", base, g_strerror (errno));
    lam_message_present (
        GTK_WINDOW (window), _ ("The sample could not be made"), why);
    return;
  }
  Sample *sample = g_new0 (Sample, 1);
  sample->folder = g_steal_pointer (&folder);
  sample->project = g_steal_pointer (&project);
  sample->window = g_object_ref (window);
  sample->progress = lam_progress_new ();
  sample->dialog = lam_progress_dialog_new (
      GTK_WINDOW (window), _ ("Making the sample"), sample->progress);
  run_step (sample);
}
