/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/job-row.h"

#include <glib/gi18n-lib.h>

#include "workspace/model-worker.h"

static void
show (LamModelJob *job, GtkLabel *label)
{
  static const char *const states[] = {
    [LAM_MODEL_JOB_WAITS] = N_ ("Waits"),
    [LAM_MODEL_JOB_COMPUTES] = N_ ("Computes"),
    [LAM_MODEL_JOB_WRITES] = N_ ("Writes"),
  };
  if (lam_model_job_joins (job)) {
    gtk_label_set_text (label,
        lam_model_job_get_state (job) == LAM_MODEL_JOB_WRITES
            ? _ ("Joins objects that meet where its parts end")
            : _ ("Waits to join objects that meet where its parts end"));
    return;
  }
  const LamBox box = lam_model_job_get_box (job);
  g_autofree char *text = g_strdup_printf (
      _ ("%s: %d × %d × %d voxels at %d, %d, %d"),
      _ (states[lam_model_job_get_state (job)]), (int)(box.max[0] - box.min[0]),
      (int)(box.max[1] - box.min[1]), (int)(box.max[2] - box.min[2]),
      (int)box.min[0], (int)box.min[1], (int)box.min[2]);
  gtk_label_set_text (label, text);
}

static void
cancel_cb (GtkButton *cancel, LamModelWorker *worker)
{
  lam_model_worker_cancel (
      worker, g_object_get_data (G_OBJECT (cancel), "lam-job"));
}

GtkWidget *
lam_job_row_new (gpointer job, gpointer worker)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *label = gtk_label_new (NULL);
  GtkWidget *cancel = gtk_button_new_from_icon_name ("window-close-symbolic");
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_widget_add_css_class (label, "numeric");
  gtk_widget_add_css_class (cancel, "flat");
  gtk_widget_set_tooltip_text (cancel, _ ("Do not segment this"));
  g_object_set_data_full (
      G_OBJECT (cancel), "lam-job", g_object_ref (job), g_object_unref);
  g_signal_connect_object (
      cancel, "clicked", G_CALLBACK (cancel_cb), worker, 0);
  g_signal_connect_object (job, "changed", G_CALLBACK (show), label, 0);
  show (job, GTK_LABEL (label));
  gtk_box_append (GTK_BOX (row), label);
  gtk_box_append (GTK_BOX (row), cancel);
  return row;
}
