/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "base/moment.h"

#include <glib.h>
#include <string.h>

/* "2026-11-26" */
#define DAY_BYTES 10

static GDateTime *
read_day (const char *text, LamDayMeaning day, GTimeZone *zone)
{
  g_autofree char *whole = g_strconcat (text, "T00:00:00", NULL);
  g_autoptr (GDateTime) begin = g_date_time_new_from_iso8601 (whole, zone);
  return begin ? g_date_time_add_days (begin, day == LAM_DAY_ENDS) : NULL;
}

/* "17:40", or "17:40Z": `clock` needs seconds. */
static bool
lacks_seconds (const char *clock)
{
  return strspn (clock, "0123456789") == 2 && clock[2] == ':'
      && strspn (clock + 3, "0123456789") == 2 && clock[5] != ':';
}

static GDateTime *
read_moment (const char *text, GTimeZone *zone)
{
  const char *clock = text + DAY_BYTES + 1;
  if (strlen (text) <= DAY_BYTES || !lacks_seconds (clock))
    return g_date_time_new_from_iso8601 (text, zone);
  g_autofree char *whole =
      g_strdup_printf ("%.*s:00%s", (int)(clock + 5 - text), text, clock + 5);
  return g_date_time_new_from_iso8601 (whole, zone);
}

bool
lam_moment_parse (const char *text, LamDayMeaning day, int64_t *time)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();
  g_autofree char *trimmed = g_strstrip (g_strdup (text));
  g_autoptr (GDateTime) moment = strlen (trimmed) == DAY_BYTES
      ? (day == LAM_DAY_IS_NONE ? NULL : read_day (trimmed, day, zone))
      : read_moment (trimmed, zone);
  if (!moment)
    return false;
  *time = g_date_time_to_unix (moment) * G_USEC_PER_SEC
      + g_date_time_get_microsecond (moment);
  return true;
}
