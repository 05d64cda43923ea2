/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "app/reveal.h"

#include <stdbool.h>

#include "base/courtesy.h"

/* Of a frame clock: the number of the frame that was taken last. */
#define LAST_FRAME_KEY "lam-reveal-frame"

bool
lam_reveal_take_frame (GdkFrameClock *clock)
{
  gpointer last = g_object_get_data (G_OBJECT (clock), LAST_FRAME_KEY);
  gpointer now = GSIZE_TO_POINTER (gdk_frame_clock_get_frame_counter (clock));
  g_object_set_data (G_OBJECT (clock), LAST_FRAME_KEY, now);
  return last != now;
}

/* `waiting`: the parts in their order, after a NULL: in the first frame all of
 * them get their place and style, which is enough for one frame. */
static gboolean
reveal_next_cb (GtkWidget *first, GdkFrameClock *clock, gpointer waiting)
{
  lam_courtesy_stir ();
  if (!lam_reveal_take_frame (clock))
    return G_SOURCE_CONTINUE;
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
lam_reveal_by_parts (const GPtrArray *parts)
{
  GQueue *waiting = g_queue_new ();
  g_queue_push_tail (waiting, NULL);
  for (guint i = 0; i < parts->len; i++) {
    GtkWidget *part = g_ptr_array_index (parts, i);
    gtk_widget_set_opacity (part, 0);
    g_queue_push_tail (waiting, g_object_ref (part));
  }
  gtk_widget_add_tick_callback (
      g_ptr_array_index (parts, 0), reveal_next_cb, waiting, free_waiting);
}
