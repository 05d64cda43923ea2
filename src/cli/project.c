/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/project.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"

static LamStore *
warn (LamStore *store)
{
  if (store && lam_store_get_warning (store))
    g_printerr ("lamella-cli: %s\n", lam_store_get_warning (store));
  return store;
}

LamStore *
lam_cli_open_store (const char *path, GError **error)
{
  return warn (lam_store_open (path, error));
}

LamStore *
lam_cli_open_store_to_read (const char *path, GError **error)
{
  return warn (lam_store_open_to_read (path, error));
}

LamWorkspace *
lam_cli_open_for_change (const char *path, GError **error)
{
  return lam_cli_open_with (path, NULL, error);
}

LamWorkspace *
lam_cli_open_with (
    const char *path, const LamWorkspaceSettings *settings, GError **error)
{
  g_autoptr (LamWorkspace) workspace =
      lam_workspace_open (path, NULL, settings, error);
  if (!workspace)
    return NULL;
  if (!lam_workspace_get_store (workspace)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("%s is an image that has no project yet; “lamella-cli project "
           "create” makes one"),
        path);
    return NULL;
  }
  const char *reason = lam_workspace_get_read_only_reason (workspace);
  if (reason) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_READ_ONLY,
        _ ("%s cannot be changed: %s"), path, reason);
    return NULL;
  }
  return g_steal_pointer (&workspace);
}

bool
lam_cli_close (LamWorkspace *workspace, bool done, GError **error)
{
  GError *failed = NULL;
  if (lam_workspace_close (workspace, false, &failed))
    return done;
  if (done)
    g_propagate_error (error, failed);
  else
    g_error_free (failed);
  return false;
}

const LamRegion *
lam_cli_choose_region (
    const GPtrArray *regions, const char *name, GError **error)
{
  for (guint i = 0; i < regions->len; i++) {
    const LamRegion *region = regions->pdata[i];
    g_autofree char *number = g_strdup_printf ("%d", region->id);
    if (strcmp (region->name, name) == 0 || strcmp (number, name) == 0)
      return region;
  }
  g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
      _ ("There is no region “%s”; “lamella-cli region list” lists them"),
      name);
  return NULL;
}

const LamRegion *
lam_cli_find_region (LamWorkspace *workspace, const char *name, GError **error)
{
  g_autoptr (GPtrArray) regions = g_ptr_array_new ();
  for (size_t i = 0; i < lam_workspace_get_n_regions (workspace); i++)
    g_ptr_array_add (
        regions, (gpointer)lam_workspace_get_nth_region (workspace, i));
  return lam_cli_choose_region (regions, name, error);
}

char *
lam_cli_dup_line (const char *text)
{
  return g_strdelimit (g_strdup (text ? text : ""), "\n\r\t", ' ');
}

char *
lam_cli_dup_time (int64_t microseconds)
{
  g_autoptr (GDateTime) second =
      g_date_time_new_from_unix_utc (microseconds / G_USEC_PER_SEC);
  g_autofree char *text = g_date_time_format (second, "%Y-%m-%dT%H:%M:%S");
  return g_strdup_printf (
      "%s.%06dZ", text, (int)(microseconds % G_USEC_PER_SEC));
}
