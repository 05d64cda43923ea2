/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "app/reveal.h"

/* The parts that wait, in their order. */
static gboolean
reveal_next_cb (GtkWidget *first, GdkFrameClock *clock, gpointer data)
{
  GQueue *waiting = data;
  GtkWidget *part = g_queue_pop_head (waiting);
  gtk_widget_set_opacity (part, 1);
  g_object_unref (part);
  return g_queue_is_empty (waiting) ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

/* Whoever goes with the window while waiting is shown by none. */
static void
free_waiting (gpointer data)
{
  g_queue_free_full (data, g_object_unref);
}

void
lam_reveal_by_parts (GtkWidget *const *parts)
{
  GQueue *waiting = g_queue_new ();
  for (size_t i = 0; parts[i]; i++) {
    gtk_widget_set_opacity (parts[i], 0);
    g_queue_push_tail (waiting, g_object_ref (parts[i]));
  }
  gtk_widget_add_tick_callback (
      parts[0], reveal_next_cb, waiting, free_waiting);
}
