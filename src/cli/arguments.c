/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/arguments.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "cli/cli.h"

/* Exactly `n` numbers between commas. */
static bool
parse_numbers (const char *text, int n, double *values)
{
  for (int i = 0; i < n; i++) {
    char *end;
    values[i] = g_ascii_strtod (text, &end);
    if (end == text || !isfinite (values[i])
        || *end != (i + 1 < n ? ',' : '\0'))
      return false;
    text = end + 1;
  }
  return true;
}

static bool
parse_integers (const char *text, int n, int64_t least, int64_t *values)
{
  for (int i = 0; i < n; i++) {
    char *end;
    errno = 0;
    values[i] = g_ascii_strtoll (text, &end, 10);
    if (end == text || errno || values[i] < least
        || *end != (i + 1 < n ? ',' : '\0'))
      return false;
    text = end + 1;
  }
  return true;
}

bool
lam_argument_triple (const char *option, const char *text, int64_t least,
    int64_t value[3], GError **error)
{
  if (!text || parse_integers (text, 3, least, value))
    return true;
  return lam_cli_usage_error (error,
      _ ("%s needs three whole numbers X,Y,Z of at least %" G_GINT64_FORMAT
         ", not “%s”"),
      option, least, text);
}

bool
lam_argument_lengths (
    const char *option, const char *text, double value[3], GError **error)
{
  if (!text
      || (parse_numbers (text, 3, value) && value[0] > 0 && value[1] > 0
          && value[2] > 0))
    return true;
  return lam_cli_usage_error (error,
      _ ("%s needs three numbers X,Y,Z above 0, not “%s”"), option, text);
}

bool
lam_argument_number (const char *option, const char *text, double most,
    double *value, GError **error)
{
  if (!text || (parse_numbers (text, 1, value) && *value > 0 && *value <= most))
    return true;
  return lam_cli_usage_error (error,
      _ ("%s needs a number above 0 and at most %.15g, not “%s”"), option, most,
      text);
}

bool
lam_argument_place (
    const char *option, const char *text, double value[3], GError **error)
{
  if (!text || parse_numbers (text, 3, value))
    return true;
  return lam_cli_usage_error (
      error, _ ("%s needs three numbers X,Y,Z, not “%s”"), option, text);
}

bool
lam_argument_box (
    const char *option, const char *text, LamBox *box, GError **error)
{
  int64_t corners[6];
  if (!text)
    return true;
  if (parse_integers (text, 6, 0, corners)) {
    *box = lam_box_new (
        corners[0], corners[1], corners[2], corners[3], corners[4], corners[5]);
    if (!lam_box_is_empty (box))
      return true;
  }
  return lam_cli_usage_error (error,
      _ ("%s needs X0,Y0,Z0,X1,Y1,Z1 in voxels, the second corner being beyond "
         "the first, not “%s”"),
      option, text);
}

bool
lam_argument_integer (const char *option, const char *text, int64_t least,
    int64_t most, int64_t *value, GError **error)
{
  if (!text || (parse_integers (text, 1, least, value) && *value <= most))
    return true;
  return lam_cli_usage_error (error,
      _ ("%s needs a whole number from %" G_GINT64_FORMAT
         " to %" G_GINT64_FORMAT ", not “%s”"),
      option, least, most, text);
}

bool
lam_argument_time (const char *option, const char *text, LamDayMeaning day,
    int64_t *time, GError **error)
{
  if (!text || lam_moment_parse (text, day, time))
    return true;
  return lam_cli_usage_error (error,
      day == LAM_DAY_IS_NONE
          ? _ ("%s needs a moment such as 2026-11-26T17:40:00Z, not “%s”")
          : _ ("%s needs a day such as 2026-11-26 or a moment such as "
               "2026-11-26T17:40:00Z, not “%s”"),
      option, text);
}

bool
lam_argument_choice (const char *option, const char *text,
    const char *const *names, int *value, GError **error)
{
  if (!text)
    return true;
  for (int i = 0; names[i]; i++)
    if (strcmp (text, names[i]) == 0) {
      *value = i;
      return true;
    }
  g_autofree char *known = g_strjoinv (", ", (char **)names);
  return lam_cli_usage_error (
      error, _ ("%s needs one of %s, not “%s”"), option, known, text);
}
