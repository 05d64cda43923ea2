/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A round of the main loop is what lies between two calls of poll(): all the
 * work done without listening to the person. */
#include "app/announce.h"

#include <stdarg.h>
#include <stdio.h>

static gboolean is_enabled, is_held;
static char *watchdog_path;
static GPollFunc original_poll;
static gint64 round_start;
static GArray *rounds; /* int: microseconds */
static struct {
  const char *prefix;
  guint first; /* round */
  gboolean is_set;
} marks[] = {
  [LAM_WATCHDOG_STARTED] = { .prefix = "" },
  [LAM_WATCHDOG_OPENING] = { .prefix = "open-" },
  [LAM_WATCHDOG_MERGING] = { .prefix = "merge-" },
};

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
  if (!is_held)
    fflush (stdout);
}

void
lam_announce_hold (gboolean is_on)
{
  is_held = is_on;
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

void
lam_watchdog_mark (LamWatchdogMark mark)
{
  if (!watchdog_path || marks[mark].is_set)
    return;
  marks[mark].first = rounds->len;
  marks[mark].is_set = TRUE;
}

static double
get_percentile_ms (const GArray *sorted, double fraction)
{
  if (sorted->len == 0)
    return 0;
  guint i = MIN ((guint)(fraction * sorted->len), sorted->len - 1);
  return g_array_index (sorted, int, i) / 1000.0;
}

static void
describe (GString *text, guint first, const char *prefix)
{
  g_autoptr (GArray) some = g_array_new (FALSE, FALSE, sizeof (int));
  if (first < rounds->len)
    g_array_append_vals (
        some, &g_array_index (rounds, int, first), rounds->len - first);
  g_array_sort (some, compare_ints);
  g_string_append_printf (text, "%srounds %u\n", prefix, some->len);
  const struct {
    const char *name;
    double fraction;
  } rows[] = { { "p50", 0.5 }, { "p99", 0.99 }, { "p99.9", 0.999 },
    { "max", 1 } };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    g_string_append_printf (text, "%s%s %.3f\n", prefix, rows[i].name,
        get_percentile_ms (some, rows[i].fraction));
}

void
lam_watchdog_stop (void)
{
  if (!watchdog_path)
    return;
  g_main_context_set_poll_func (NULL, original_poll);
  g_autoptr (GString) text = g_string_new (NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (marks); i++)
    describe (
        text, marks[i].is_set ? marks[i].first : rounds->len, marks[i].prefix);
  describe (text, 0, "all-");
  g_autoptr (GError) error = NULL;
  if (!g_file_set_contents (watchdog_path, text->str, -1, &error))
    g_message ("%s", error->message);
  g_clear_pointer (&watchdog_path, g_free);
  g_clear_pointer (&rounds, g_array_unref);
}
