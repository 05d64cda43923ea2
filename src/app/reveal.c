/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "app/reveal.h"

/* `waiting`: the parts in their order, after a NULL: in the first frame all of
 * them get their place and style, which is enough for one frame. */
static gboolean
reveal_next_cb (GtkWidget *first, GdkFrameClock *clock, gpointer waiting)
{
  g_autoptr (GtkWidget) part = g_queue_pop_head (waiting);
  if (part)
    gtk_widget_set_opacity (part, 1);
  return g_queue_is_empty (waiting) ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

/* The window went before all were shown. */
static void
free_waiting (gpointer waiting)
{
  for (GtkWidget *part; !g_queue_is_empty (waiting);)
    if ((part = g_queue_pop_head (waiting)))
      g_object_unref (part);
  g_queue_free (waiting);
}

void
lam_reveal_by_parts (GtkWidget *const *parts)
{
  GQueue *waiting = g_queue_new ();
  g_queue_push_tail (waiting, NULL);
  for (size_t i = 0; parts[i]; i++) {
    gtk_widget_set_opacity (parts[i], 0);
    g_queue_push_tail (waiting, g_object_ref (parts[i]));
  }
  gtk_widget_add_tick_callback (
      parts[0], reveal_next_cb, waiting, free_waiting);
}
