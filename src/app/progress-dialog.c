/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The task never calls us: the progress is looked at a few times a second. */
#include "app/progress-dialog.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include "base/text.h"

#define LOOK_MS 150
/* Shorter tasks show nothing: a window that flashes up only disturbs. */
#define SHOW_AFTER_MS 400

struct _LamProgressDialog {
  /* Owned */
  LamProgress *progress;
  guint source;
  /* Owned too: the parent may take the window with it */
  AdwMessageDialog *window;
  GtkProgressBar *bar;
  GtkLabel *label;
  int64_t started;
};

static void
show_state (LamProgressDialog *dialog)
{
  double fraction = lam_progress_get_fraction (dialog->progress);
  double seconds = lam_progress_get_seconds_left (dialog->progress);
  if (fraction > 0)
    gtk_progress_bar_set_fraction (dialog->bar, fraction);
  else
    gtk_progress_bar_pulse (dialog->bar);

  if (lam_progress_is_cancelled (dialog->progress)) {
    gtk_label_set_text (dialog->label, _ ("Stopping…"));
  } else if (seconds >= 1) {
    g_autofree char *duration = lam_text_duration (seconds);
    g_autofree char *text = g_strdup_printf (_ ("%s left"), duration);
    gtk_label_set_text (dialog->label, text);
  } else {
    gtk_label_set_text (dialog->label, "");
  }
}

static gboolean
look_cb (gpointer user_data)
{
  LamProgressDialog *dialog = user_data;
  bool is_due = g_get_monotonic_time () - dialog->started
      >= SHOW_AFTER_MS * INT64_C (1000);
  if (is_due && !gtk_widget_get_visible (GTK_WIDGET (dialog->window)))
    gtk_window_present (GTK_WINDOW (dialog->window));
  show_state (dialog);
  return G_SOURCE_CONTINUE;
}

/* Escape and the button: the window stays until the task has ended. */
static gboolean
close_request_cb (GtkWindow *window, LamProgressDialog *dialog)
{
  lam_progress_cancel (dialog->progress);
  show_state (dialog);
  return TRUE;
}

static void
cancel_cb (GtkButton *button, LamProgressDialog *dialog)
{
  gtk_widget_set_sensitive (GTK_WIDGET (button), FALSE);
  lam_progress_cancel (dialog->progress);
  show_state (dialog);
}

LamProgressDialog *
lam_progress_dialog_new (
    GtkWindow *parent, const char *title, LamProgress *progress)
{
  LamProgressDialog *dialog = g_new0 (LamProgressDialog, 1);
  dialog->progress = lam_progress_ref (progress);
  dialog->started = g_get_monotonic_time ();
  dialog->window =
      ADW_MESSAGE_DIALOG (adw_message_dialog_new (parent, title, NULL));
  g_object_ref (dialog->window);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  dialog->bar = g_object_ref (GTK_PROGRESS_BAR (gtk_progress_bar_new ()));
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (dialog->bar), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  dialog->label = g_object_ref (GTK_LABEL (gtk_label_new ("")));
  gtk_widget_add_css_class (GTK_WIDGET (dialog->label), "dim-label");
  gtk_widget_add_css_class (GTK_WIDGET (dialog->label), "numeric");
  GtkWidget *button = gtk_button_new_with_mnemonic (_ ("_Cancel"));
  gtk_widget_set_halign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "pill");
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (dialog->bar));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (dialog->label));
  gtk_box_append (GTK_BOX (box), button);
  adw_message_dialog_set_extra_child (dialog->window, box);
  g_signal_connect (button, "clicked", G_CALLBACK (cancel_cb), dialog);
  g_signal_connect (
      dialog->window, "close-request", G_CALLBACK (close_request_cb), dialog);
  dialog->source = g_timeout_add (LOOK_MS, look_cb, dialog);
  return dialog;
}

void
lam_progress_dialog_close (LamProgressDialog *dialog)
{
  g_source_remove (dialog->source);
  g_signal_handlers_disconnect_by_data (dialog->window, dialog);
  gtk_window_destroy (GTK_WINDOW (dialog->window));
  g_object_unref (dialog->window);
  g_object_unref (dialog->bar);
  g_object_unref (dialog->label);
  lam_progress_unref (dialog->progress);
  g_free (dialog);
}
