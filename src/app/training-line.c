/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/training-line.h"

#include <glib/gi18n-lib.h>

#include "base/text.h"
#include "workspace/project-training.h"

struct _LamTrainingLine {
  GtkBox parent_instance;
  LamProjectTraining *training; /* Owned; NULL without a project */
  /* Children */
  GtkProgressBar *bar;
};

G_DEFINE_FINAL_TYPE (LamTrainingLine, lam_training_line, GTK_TYPE_BOX)

static guint changed_signal;

static char *
dup_text (LamProjectTraining *training)
{
  const char *name = lam_project_training_get_model_name (training);
  const double seconds = lam_project_training_get_seconds_left (training);
  if (lam_project_training_get_state (training) == LAM_TRAINING_PREPARES)
    return g_strdup_printf (_ ("“%s” is prepared"), name);
  if (seconds < 0)
    return g_strdup_printf (_ ("“%s” trains"), name);
  g_autofree char *left = lam_text_duration (seconds);
  return g_strdup_printf (_ ("“%s” trains, %s left"), name, left);
}

bool
lam_training_line_get_left (
    LamTrainingLine *line, double *fraction, double *seconds)
{
  g_return_val_if_fail (LAM_IS_TRAINING_LINE (line), false);
  if (!line->training)
    return false;
  const LamTrainingState state =
      lam_project_training_get_state (line->training);
  const double n = (double)lam_project_training_get_n_steps (line->training);
  /* Until it is prepared, those are of what it goes on with. */
  *fraction = n > 0 && state != LAM_TRAINING_PREPARES
      ? (double)lam_project_training_get_step (line->training) / n
      : 0;
  *seconds = lam_project_training_get_seconds_left (line->training);
  return state == LAM_TRAINING_PREPARES || state == LAM_TRAINING_RUNS;
}

void
lam_training_line_refresh (LamTrainingLine *line)
{
  g_return_if_fail (LAM_IS_TRAINING_LINE (line));
  double fraction, seconds;
  const bool runs = lam_training_line_get_left (line, &fraction, &seconds);
  gtk_widget_set_visible (GTK_WIDGET (line), runs);
  if (!runs)
    return;
  g_autofree char *text = dup_text (line->training);
  gtk_progress_bar_set_fraction (line->bar, fraction);
  gtk_progress_bar_set_text (line->bar, text);
}

static void
changed_cb (LamTrainingLine *line)
{
  lam_training_line_refresh (line);
  g_signal_emit (line, changed_signal, 0);
}

static void
stop_cb (GtkButton *stop, LamTrainingLine *line)
{
  if (line->training)
    lam_project_training_stop (line->training);
}

void
lam_training_line_set_workspace (LamTrainingLine *line, LamWorkspace *workspace)
{
  g_return_if_fail (LAM_IS_TRAINING_LINE (line));
  if (line->training)
    g_signal_handlers_disconnect_by_data (line->training, line);
  LamProjectTraining *training =
      workspace ? lam_project_training_of (workspace) : NULL;
  g_set_object (&line->training, training);
  if (line->training)
    g_signal_connect_swapped (
        line->training, "changed", G_CALLBACK (changed_cb), line);
  changed_cb (line);
}

static void
lam_training_line_dispose (GObject *object)
{
  LamTrainingLine *line = LAM_TRAINING_LINE (object);
  if (line->training)
    g_signal_handlers_disconnect_by_data (line->training, line);
  g_clear_object (&line->training);
  G_OBJECT_CLASS (lam_training_line_parent_class)->dispose (object);
}

static void
lam_training_line_class_init (LamTrainingLineClass *class)
{
  G_OBJECT_CLASS (class)->dispose = lam_training_line_dispose;
  changed_signal = g_signal_new ("changed", LAM_TYPE_TRAINING_LINE,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lam_training_line_init (LamTrainingLine *line)
{
  GtkWidget *bar = gtk_progress_bar_new ();
  GtkWidget *stop = gtk_button_new_from_icon_name ("window-close-symbolic");
  line->bar = GTK_PROGRESS_BAR (bar);
  gtk_widget_set_visible (GTK_WIDGET (line), FALSE);
  gtk_box_set_spacing (GTK_BOX (line), 6);
  gtk_progress_bar_set_show_text (line->bar, TRUE);
  gtk_progress_bar_set_ellipsize (line->bar, PANGO_ELLIPSIZE_MIDDLE);
  gtk_widget_set_hexpand (bar, TRUE);
  gtk_widget_set_valign (bar, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (stop, "flat");
  gtk_widget_set_tooltip_text (
      stop, _ ("Stop training; “Train a Network” goes on with it"));
  g_signal_connect (stop, "clicked", G_CALLBACK (stop_cb), line);
  gtk_box_append (GTK_BOX (line), bar);
  gtk_box_append (GTK_BOX (line), stop);
}
