/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A round of the main loop is what lies between two calls of poll(): all the
 * work done without listening to the person. */
#include "app/announce.h"

#include <stdarg.h>
#include <stdio.h>

static gboolean is_enabled;
static char *watchdog_path;
static GPollFunc original_poll;
static gint64 round_start;
static GArray *rounds; /* int: microseconds */

void
lam_announce_enable (void)
{
  is_enabled = TRUE;
}

void
lam_announce (const char *format, ...)
{
  if (!is_enabled)
    return;
  va_list arguments;
  va_start (arguments, format);
  vprintf (format, arguments);
  va_end (arguments);
  putchar ('\n');
  fflush (stdout);
}

static int
poll_cb (GPollFD *fds, guint n_fds, int timeout)
{
  if (round_start) {
    int microseconds = (int)(g_get_monotonic_time () - round_start);
    g_array_append_val (rounds, microseconds);
  }
  int n = original_poll (fds, n_fds, timeout);
  round_start = g_get_monotonic_time ();
  return n;
}

void
lam_watchdog_start (const char *path)
{
  watchdog_path = g_strdup (path);
  rounds = g_array_new (FALSE, FALSE, sizeof (int));
  original_poll = g_main_context_get_poll_func (NULL);
  g_main_context_set_poll_func (NULL, poll_cb);
}

static int
compare_ints (gconstpointer a, gconstpointer b)
{
  int x = *(const int *)a, y = *(const int *)b;
  return (x > y) - (x < y);
}

static double
get_percentile_ms (double fraction)
{
  if (rounds->len == 0)
    return 0;
  guint i = MIN ((guint)(fraction * rounds->len), rounds->len - 1);
  return g_array_index (rounds, int, i) / 1000.0;
}

void
lam_watchdog_stop (void)
{
  if (!watchdog_path)
    return;
  g_main_context_set_poll_func (NULL, original_poll);
  g_array_sort (rounds, compare_ints);
  g_autofree char *text =
      g_strdup_printf ("rounds %u\np50 %.3f\np99 %.3f\np99.9 %.3f\nmax %.3f\n",
          rounds->len, get_percentile_ms (0.5), get_percentile_ms (0.99),
          get_percentile_ms (0.999), get_percentile_ms (1));
  g_autoptr (GError) error = NULL;
  if (!g_file_set_contents (watchdog_path, text, -1, &error))
    g_message ("%s", error->message);
  g_clear_pointer (&watchdog_path, g_free);
  g_clear_pointer (&rounds, g_array_unref);
}
