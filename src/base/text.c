/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "base/text.h"

#include <math.h>
#include <string.h>

/* Three significant digits without trailing zeros or an exponent. */
static char *
three_digits (double value)
{
  int before = value >= 100 ? 3 : value >= 10 ? 2 : 1;
  char buffer[64];
  g_ascii_formatd (
      buffer, sizeof buffer, before == 3 ? "%.0f" : before == 2 ? "%.1f"
                                                                : "%.2f",
      value);
  if (strchr (buffer, '.')) {
    size_t n = strlen (buffer);
    while (buffer[n - 1] == '0')
      buffer[--n] = 0;
    if (buffer[n - 1] == '.')
      buffer[--n] = 0;
  }
  return g_strdup (buffer);
}

char *
lam_text_length (double nm)
{
  static const struct {
    double scale;
    const char *unit;
  } units[] = { { 1, "nm" }, { 1e3, "µm" }, { 1e6, "mm" } };
  int i = fabs (nm) < 999.5 ? 0 : fabs (nm) < 999.5e3 ? 1 : 2;
  g_autofree char *number = three_digits (fabs (nm) / units[i].scale);
  return g_strdup_printf (
      "%s%s\u00a0%s", nm < 0 ? "−" : "", number, units[i].unit);
}

char *
lam_text_bytes (int64_t bytes)
{
  return g_format_size_full (MAX (bytes, 0), G_FORMAT_SIZE_DEFAULT);
}

char *
lam_text_duration (double seconds)
{
  int64_t s = (int64_t)(seconds + 0.5);
  if (s < 90)
    return g_strdup_printf ("%d s", (int)s);
  if (s < 90 * 60)
    return g_strdup_printf ("%d min", (int)((s + 30) / 60));
  return g_strdup_printf ("%d h %d min", (int)(s / 3600),
      (int)(s % 3600 / 60));
}
