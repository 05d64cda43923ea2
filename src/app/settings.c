/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/settings.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "lam-config.h"

#define SCHEMA_ID "org.lamella.Lamella"

/* The system's folders first, then that of the installation, which may be in a
 * prefix of its own. */
static GSettingsSchema *
find_schema (void)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  GSettingsSchema *schema =
      source ? g_settings_schema_source_lookup (source, SCHEMA_ID, TRUE) : NULL;
  if (schema)
    return schema;
  g_autoptr (GSettingsSchemaSource) own =
      g_settings_schema_source_new_from_directory (
          LAM_SCHEMA_DIR, source, FALSE, NULL);
  return own ? g_settings_schema_source_lookup (own, SCHEMA_ID, TRUE) : NULL;
}

GSettings *
lam_settings_new (GError **error)
{
  g_autoptr (GSettingsSchema) schema = find_schema ();
  if (schema)
    return g_settings_new_full (schema, NULL, NULL);
  g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
      _ ("The settings “%s” are not installed (looked in the system's folders "
         "and in %s). Run “meson install”, or set GSETTINGS_SCHEMA_DIR to the "
         "“data” folder of the build."),
      SCHEMA_ID, LAM_SCHEMA_DIR);
  return NULL;
}
