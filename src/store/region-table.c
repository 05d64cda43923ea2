/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "store/region-table.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "store/row-text.h"

#define COLUMNS "id, name, x0, y0, z0, x1, y1, z1, role, review, note"

static LamRegion *
region_of_row (LamConnection *connection, sqlite3_stmt *row, GError **error)
{
  g_autoptr (LamRegion) region = g_new0 (LamRegion, 1);
  region->id = sqlite3_column_int (row, 0);
  region->name = g_strdup ((const char *)sqlite3_column_text (row, 1));
  for (int i = 0; i < 3; i++) {
    region->box.min[i] = sqlite3_column_int64 (row, 2 + i);
    region->box.max[i] = sqlite3_column_int64 (row, 5 + i);
  }
  region->note = g_strdup ((const char *)sqlite3_column_text (row, 10));
  int64_t role = sqlite3_column_int64 (row, 8);
  int64_t review = sqlite3_column_int64 (row, 9);
  if (role < 0 || role >= LAM_N_REGION_ROLES || review < 0
      || review >= LAM_N_REVIEWS) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
        _ ("%s: region %d has a role or review that does not exist"),
        lam_connection_get_path (connection), region->id);
    return NULL;
  }
  if (!g_utf8_validate (region->note, -1, NULL)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
        _ ("%s: the note of region %d is no text"),
        lam_connection_get_path (connection), region->id);
    return NULL;
  }
  region->role = (LamRegionRole)role;
  region->review = (LamReview)review;
  return g_steal_pointer (&region);
}

GPtrArray *
lam_region_table_read (LamConnection *connection, GError **error)
{
  sqlite3_stmt *rows = lam_connection_query (
      connection, "SELECT " COLUMNS " FROM region ORDER BY id", error, "");
  if (!rows)
    return NULL;
  g_autoptr (GPtrArray) regions =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_region_free);
  int has_row;
  while ((has_row = lam_connection_step (connection, rows, error)) == 1) {
    LamRegion *region = region_of_row (connection, rows, error);
    if (!region) {
      lam_connection_reset (rows);
      return NULL;
    }
    g_ptr_array_add (regions, region);
  }
  return has_row == 0 ? g_steal_pointer (&regions) : NULL;
}

char *
lam_region_table_read_text (
    LamConnection *connection, int64_t id, GError **error)
{
  sqlite3_stmt *rows = lam_connection_query (connection,
      "SELECT " COLUMNS " FROM region WHERE id = ?1", error, "i", id);
  if (!rows || lam_connection_step (connection, rows, error) != 1)
    return NULL;
  g_autoptr (LamRegion) region = region_of_row (connection, rows, error);
  lam_connection_reset (rows);
  return lam_row_text_of_region (region);
}

bool
lam_region_table_write (LamConnection *connection, const LamRegion *region,
    int64_t id, GError **error)
{
  if (!region)
    return lam_connection_run (
        connection, "DELETE FROM region WHERE id = ?1", error, "i", id);
  const int64_t *min = region->box.min, *max = region->box.max;
  return lam_connection_run (connection,
      "INSERT OR REPLACE INTO region VALUES"
      " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, " LAM_CHECKSUM
      "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11))",
      error, "itiiiiiiiit", id, region->name ? region->name : "", min[0],
      min[1], min[2], max[0], max[1], max[2], (int64_t)region->role,
      (int64_t)region->review, region->note ? region->note : "");
}
