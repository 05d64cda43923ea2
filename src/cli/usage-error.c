/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

static GQuark
usage_quark (void)
{
  return g_quark_from_static_string ("lam-cli-usage");
}

bool
lam_cli_usage_error (GError **error, const char *format, ...)
{
  va_list values;
  va_start (values, format);
  if (error)
    *error = g_error_new_valist (usage_quark (), 0, format, values);
  va_end (values);
  return false;
}

bool
lam_cli_is_usage_error (const GError *error)
{
  return error && error->domain == usage_quark ();
}
