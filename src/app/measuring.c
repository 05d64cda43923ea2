/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/measuring.h"

#define DELAY_MS 400

struct _LamMeasuring {
  guint source; /* of the delay */
  bool is_stale; /* measure again when this one has ended */
  bool (*start) (LamProgress *progress, gpointer user_data);
  gpointer user_data;
  GtkSpinner *spinner; /* Borrowed */
  LamProgress *progress; /* Owned; of the one under way; or NULL */
};

LamMeasuring *
lam_measuring_new (GtkSpinner *spinner,
    bool (*start) (LamProgress *progress, gpointer user_data),
    gpointer user_data)
{
  LamMeasuring *measuring = g_new0 (LamMeasuring, 1);
  measuring->spinner = spinner;
  measuring->start = start;
  measuring->user_data = user_data;
  return measuring;
}

void
lam_measuring_free (LamMeasuring *measuring)
{
  g_clear_handle_id (&measuring->source, g_source_remove);
  lam_measuring_cancel (measuring);
  g_clear_pointer (&measuring->progress, lam_progress_unref);
  g_free (measuring);
}

void
lam_measuring_cancel (LamMeasuring *measuring)
{
  if (measuring->progress)
    lam_progress_cancel (measuring->progress);
}

static gboolean
delay_cb (gpointer user_data)
{
  LamMeasuring *measuring = user_data;
  measuring->source = 0;
  if (measuring->progress) {
    measuring->is_stale = true;
    lam_measuring_cancel (measuring);
    return G_SOURCE_REMOVE;
  }
  measuring->is_stale = false;
  measuring->progress = lam_progress_new ();
  lam_progress_give_way (measuring->progress);
  if (measuring->start (measuring->progress, measuring->user_data))
    gtk_spinner_start (measuring->spinner);
  else
    g_clear_pointer (&measuring->progress, lam_progress_unref);
  return G_SOURCE_REMOVE;
}

void
lam_measuring_ask (LamMeasuring *measuring)
{
  g_clear_handle_id (&measuring->source, g_source_remove);
  measuring->source = g_timeout_add (DELAY_MS, delay_cb, measuring);
}

void
lam_measuring_end (LamMeasuring *measuring)
{
  g_clear_pointer (&measuring->progress, lam_progress_unref);
  gtk_spinner_stop (measuring->spinner);
  if (measuring->is_stale)
    lam_measuring_ask (measuring);
}
