/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/class-values.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "cli/cli.h"
#include "segment/proposal.h"

static bool
parse_class (const char *text, int *class_id)
{
  guint64 value;
  if (!g_ascii_string_to_unsigned (text, 10, 0, 255, &value, NULL))
    return false;
  *class_id = (int)value;
  return true;
}

bool
lam_class_values_parse_set (
    const char *option, const char *text, bool is_in[256], GError **error)
{
  bool all = strcmp (text, "all") == 0;
  for (int i = 0; i < 256; i++)
    is_in[i] = all && i > 0 && i != LAM_PROPOSAL_UNKNOWN;
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  for (int i = 0; !all && parts[i]; i++) {
    int class_id;
    if (!parse_class (g_strstrip (parts[i]), &class_id))
      return lam_cli_usage_error (error,
          _ ("%s needs classes from 0 to 255 with commas, or “all”, not “%s”"),
          option, text);
    is_in[class_id] = true;
  }
  return true;
}

static bool
parse_number (const char *text, double *number)
{
  char *end;
  *number = g_ascii_strtod (text, &end);
  return end != text && !*end && isfinite (*number) && *number > 0;
}

/* "50" or "2=50". */
static bool
parse_part (const char *text, double values[256])
{
  const char *sign = strchr (text, '=');
  double number;
  int class_id;
  if (!parse_number (sign ? sign + 1 : text, &number))
    return false;
  for (int i = 0; !sign && i < 256; i++)
    values[i] = number;
  if (!sign)
    return true;
  g_autofree char *name = g_strndup (text, (gsize)(sign - text));
  if (!parse_class (g_strstrip (name), &class_id))
    return false;
  values[class_id] = number;
  return true;
}

bool
lam_class_values_parse (
    const char *option, const char *text, double values[256], GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text ? text : "", ",", -1);
  for (int i = 0; parts[i]; i++)
    if (!parse_part (parts[i], values))
      return lam_cli_usage_error (error,
          _ ("%s needs a number above 0, or CLASS=NUMBER,…, not “%s”"), option,
          text);
  return true;
}
