/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"

#include <gio/gio.h>

G_STATIC_ASSERT (G_IO_ERROR_CANCELLED == 19);

G_DEFINE_QUARK (lam-error-quark, lam_error)

gboolean
lam_error_rename_file (GError *error, const char *path, const char *shown)
{
  g_auto (GStrv) parts = g_strsplit (error->message, path, -1);
  if (g_strv_length (parts) < 2)
    return FALSE;
  g_free (error->message);
  error->message = g_strjoinv (shown, parts);
  return TRUE;
}
