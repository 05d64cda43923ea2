/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A row is damaged when its checksum is wrong or it says what cannot be. Then
 * nobody knows whether somebody has verified the region, so it is taken as one
 * that is, and nothing in it changes until a person says anew what it is: in
 * the box that the row has, or in the whole volume where that is none. */
#include "store/region-table.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "store/row-table.h"
#include "store/row-text.h"

#define COLUMNS "id, name, x0, y0, z0, x1, y1, z1, role, review, note"
#define SELECT \
  "SELECT " COLUMNS ", checksum IS " LAM_CHECKSUM "(" COLUMNS ") FROM region"

enum { IS_SOUND = 11 };

static LamBox
read_volume_box (LamConnection *connection, GError **error)
{
  g_auto (LamVolumeRow) volume = { 0 };
  return lam_row_read_volume (connection, &volume, error)
      ? lam_box_of_size (volume.size)
      : (LamBox){ { 0 }, { 0 } };
}

static bool
can_be (int64_t id)
{
  return id >= 1 && id <= INT32_MAX;
}

static char *
dup_unknown_number (int64_t id)
{
  return g_strdup_printf (
      _ ("its number is impossible: %" G_GINT64_FORMAT), id);
}

/* NULL: nothing. */
static char *
dup_damage (sqlite3_stmt *row)
{
  const int64_t id = sqlite3_column_int64 (row, 0);
  const int64_t role = sqlite3_column_int64 (row, 8);
  const int64_t review = sqlite3_column_int64 (row, 9);
  const char *name = (const char *)sqlite3_column_text (row, 1);
  const char *note = (const char *)sqlite3_column_text (row, 10);
  if (!can_be (id))
    return dup_unknown_number (id);
  if (role < 0 || role >= LAM_N_REGION_ROLES)
    return g_strdup_printf (_ ("unknown role %" G_GINT64_FORMAT), role);
  if (review < 0 || review >= LAM_N_REVIEWS)
    return g_strdup_printf (
        _ ("unknown state %" G_GINT64_FORMAT " of its review"), review);
  if (!name || !g_utf8_validate (name, -1, NULL))
    return g_strdup (_ ("its name is no text"));
  if (!note || !g_utf8_validate (note, -1, NULL))
    return g_strdup (_ ("its note is no text"));
  return sqlite3_column_int (row, IS_SOUND)
      ? NULL
      : g_strdup (_ ("its checksum is wrong"));
}

/* Nothing of it is used for training. */
static void
make_safe (LamRegion *region, sqlite3_stmt *row, const LamBox *volume)
{
  const int64_t role = sqlite3_column_int64 (row, 8);
  region->role = role >= 0 && role < LAM_N_REGION_ROLES ? (LamRegionRole)role
                                                        : LAM_REGION_IGNORE;
  region->review = LAM_REVIEW_VERIFIED;
  region->box = lam_box_intersect (&region->box, volume);
  if (lam_box_is_empty (&region->box))
    region->box = *volume;
}

static char *
dup_column (sqlite3_stmt *row, int column)
{
  const char *text = (const char *)sqlite3_column_text (row, column);
  return g_utf8_make_valid (text ? text : "", -1);
}

/* A damaged one is given all the same. */
static LamRegion *
region_of_row (sqlite3_stmt *row, const LamBox *volume)
{
  LamRegion *region = g_new0 (LamRegion, 1);
  const int64_t id = sqlite3_column_int64 (row, 0);
  region->id = can_be (id) ? (int32_t)id : 0;
  region->name = dup_column (row, 1);
  region->note = dup_column (row, 10);
  for (int i = 0; i < 3; i++) {
    region->box.min[i] = sqlite3_column_int64 (row, 2 + i);
    region->box.max[i] = sqlite3_column_int64 (row, 5 + i);
  }
  region->damage = dup_damage (row);
  if (region->damage) {
    make_safe (region, row, volume);
    return region;
  }
  region->role = (LamRegionRole)sqlite3_column_int (row, 8);
  region->review = (LamReview)sqlite3_column_int (row, 9);
  return region;
}

static void
add_damage (LamConnection *connection, sqlite3_stmt *row,
    const LamRegion *region, GPtrArray *damaged)
{
  LamDamagedRegion *one = g_new0 (LamDamagedRegion, 1);
  one->id = sqlite3_column_int64 (row, 0);
  one->name = g_strdup (region->name);
  one->what = g_strdup_printf (
      _ ("%s: region %" G_GINT64_FORMAT " (“%s”) is damaged: %s"),
      lam_connection_get_path (connection), one->id, one->name, region->damage);
  g_ptr_array_add (damaged, one);
}

void
lam_damaged_region_free (LamDamagedRegion *damaged)
{
  g_free (damaged->name);
  g_free (damaged->what);
  g_free (damaged);
}

GPtrArray *
lam_region_table_read_all (
    LamConnection *connection, GPtrArray *damaged, GError **error)
{
  g_autoptr (GError) none = NULL;
  const LamBox volume = read_volume_box (connection, &none);
  if (none) {
    g_propagate_error (error, g_steal_pointer (&none));
    return NULL;
  }
  sqlite3_stmt *rows =
      lam_connection_query (connection, SELECT " ORDER BY id", error, "");
  if (!rows)
    return NULL;
  g_autoptr (GPtrArray) regions =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_region_free);
  int has_row;
  while ((has_row = lam_connection_step (connection, rows, error)) == 1) {
    LamRegion *region = region_of_row (rows, &volume);
    g_ptr_array_add (regions, region);
    if (region->damage)
      add_damage (connection, rows, region, damaged);
  }
  return has_row == 0 ? g_steal_pointer (&regions) : NULL;
}

GPtrArray *
lam_region_table_read (LamConnection *connection, GError **error)
{
  g_autoptr (GPtrArray) damaged =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_damaged_region_free);
  g_autoptr (GPtrArray) regions =
      lam_region_table_read_all (connection, damaged, error);
  if (!regions || damaged->len == 0)
    return g_steal_pointer (&regions);
  const LamDamagedRegion *first = damaged->pdata[0];
  g_set_error_literal (error, LAM_ERROR, LAM_ERROR_CORRUPT, first->what);
  return NULL;
}

/* After `before` (or NULL); NULL: there is nothing to say. */
static char *
dup_warning (const char *before, const GPtrArray *damaged)
{
  if (damaged->len == 0)
    return g_strdup (before);
  g_autoptr (GString) ids = g_string_new (NULL);
  for (guint i = 0; i < damaged->len; i++) {
    const LamDamagedRegion *one = damaged->pdata[i];
    g_string_append_printf (
        ids, "%s%" G_GINT64_FORMAT, i > 0 ? ", " : "", one->id);
  }
  const LamDamagedRegion *first = damaged->pdata[0];
  g_autofree char *text = g_strdup_printf (
      ngettext ("%s. It counts as verified, so that nothing in it changes. "
                "Look at its box, and say anew what is to happen with "
                "region %s.",
          "%s. Damaged regions count as verified, so that nothing in them "
          "changes. Look at their boxes, and say anew what is to happen with "
          "the regions %s.",
          damaged->len),
      first->what, ids->str);
  return before ? g_strjoin ("\n", before, text, NULL)
                : g_steal_pointer (&text);
}

/* A number that cannot be would be another region's for who changes it. */
static void
drop_unnumbered (GPtrArray *regions)
{
  for (guint i = regions->len; i > 0; i--)
    if (((LamRegion *)regions->pdata[i - 1])->id < 1)
      g_ptr_array_remove_index (regions, i - 1);
}

static int64_t
find_free_number (const GPtrArray *regions)
{
  int64_t free = 1;
  for (guint i = 0; i < regions->len; i++)
    free = MAX (free, (int64_t)((LamRegion *)regions->pdata[i])->id + 1);
  return free;
}

/* It can be listed and changed by the new number. The checksum is of the old
 * one: the row stays damaged until a person says what it is. */
static bool
number_anew (LamConnection *connection, LamRegion *region, int64_t old,
    int64_t number, GError **error)
{
  if (!can_be (number)
      || !lam_connection_run (connection,
          "UPDATE region SET id = ?2 WHERE id = ?1", error, "ii", old, number))
    return false;
  region->id = (int32_t)number;
  return true;
}

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  const LamRegion *x = *(LamRegion *const *)a, *y = *(LamRegion *const *)b;
  return (x->id > y->id) - (x->id < y->id);
}

/* `damaged` are those of `regions` that have a damage, in the same order. */
static bool
number_all_anew (LamConnection *connection, GPtrArray *regions,
    const GPtrArray *damaged, GError **error)
{
  guint n = 0;
  for (guint i = 0; i < regions->len; i++) {
    LamRegion *region = regions->pdata[i];
    if (!region->damage)
      continue;
    LamDamagedRegion *row = damaged->pdata[n++];
    if (region->id < 1
        && !number_anew (
            connection, region, row->id, find_free_number (regions), error))
      return false;
    row->id = region->id;
  }
  g_ptr_array_sort (regions, compare_ids);
  return true;
}

GPtrArray *
lam_region_table_load (
    LamConnection *connection, char **warning, GError **error)
{
  g_autoptr (GPtrArray) damaged =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_damaged_region_free);
  g_autoptr (GPtrArray) regions =
      lam_region_table_read_all (connection, damaged, error);
  if (!regions)
    return NULL;
  if (lam_connection_can_write (connection)
      && !number_all_anew (connection, regions, damaged, error))
    return NULL;
  drop_unnumbered (regions);
  g_autofree char *before = *warning;
  *warning = dup_warning (before, damaged);
  return g_steal_pointer (&regions);
}

char *
lam_region_table_read_text (
    LamConnection *connection, int64_t id, GError **error)
{
  g_autoptr (GError) none = NULL;
  const LamBox volume = read_volume_box (connection, &none);
  if (none) {
    g_propagate_error (error, g_steal_pointer (&none));
    return NULL;
  }
  sqlite3_stmt *rows = lam_connection_query (
      connection, SELECT " WHERE id = ?1", error, "i", id);
  if (!rows || lam_connection_step (connection, rows, error) != 1)
    return NULL;
  g_autoptr (LamRegion) region = region_of_row (rows, &volume);
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
