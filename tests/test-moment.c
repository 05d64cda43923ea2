/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <glib.h>

#include "base/moment.h"

static void
assert_moment (const char *text, LamDayMeaning day, const char *wanted)
{
  int64_t time = 0;
  g_assert_true (lam_moment_parse (text, day, &time));
  g_autoptr (GDateTime) moment =
      g_date_time_new_from_unix_utc (time / G_USEC_PER_SEC);
  g_autofree char *said = g_date_time_format_iso8601 (moment);
  g_assert_cmpstr (said, ==, wanted);
}

/* In a zone of UTC+1 and, in summer, UTC+2. */
static void
test_said (void)
{
  assert_moment (
      "2026-11-26T17:40:00Z", LAM_DAY_IS_NONE, "2026-11-26T17:40:00Z");
  assert_moment (
      "2026-11-26T17:40:00", LAM_DAY_IS_NONE, "2026-11-26T16:40:00Z");
  assert_moment ("2026-11-26 17:40", LAM_DAY_IS_NONE, "2026-11-26T16:40:00Z");
  assert_moment (" 2026-11-26T17:40Z ", LAM_DAY_ENDS, "2026-11-26T17:40:00Z");
  assert_moment ("2026-11-26", LAM_DAY_BEGINS, "2026-11-25T23:00:00Z");
  assert_moment ("2026-11-26", LAM_DAY_ENDS, "2026-11-26T23:00:00Z");
  assert_moment ("2026-12-31", LAM_DAY_ENDS, "2026-12-31T23:00:00Z");
  /* The clock was put forward on that day. */
  assert_moment ("2026-03-29", LAM_DAY_BEGINS, "2026-03-28T23:00:00Z");
  assert_moment ("2026-03-29", LAM_DAY_ENDS, "2026-03-29T22:00:00Z");
}

static void
test_refused (void)
{
  static const char *const texts[] = { "", "2026", "2026-11", "2026-13-01",
    "2026-02-30", "26/11/2026", "yesterday", "2026-11-26T", "2026-11-26 17",
    "2026-11-26 25:00", "2026-11-26 17:4" };
  int64_t time;
  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    g_assert_false (lam_moment_parse (texts[i], LAM_DAY_BEGINS, &time));
  g_assert_false (lam_moment_parse ("2026-11-26", LAM_DAY_IS_NONE, &time));
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", true);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/moment/said", test_said);
  g_test_add_func ("/moment/refused", test_refused);
  return g_test_run ();
}
