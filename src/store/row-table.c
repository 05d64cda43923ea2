/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "store/row-table.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "store/note-table.h"
#include "store/region-table.h"
#include "store/row-text.h"

static bool
corrupt (LamConnection *connection, const char *what, GError **error)
{
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT, "%s: %s",
      lam_connection_get_path (connection), what);
  return false;
}

static char *
column_text (sqlite3_stmt *row, int i)
{
  return g_strdup ((const char *)sqlite3_column_text (row, i));
}

/* ---- Volume ------------------------------------------------------------- */

bool
lam_row_write_volume (
    LamConnection *connection, const LamVolumeRow *row, GError **error)
{
  return lam_connection_run (connection,
      "INSERT OR REPLACE INTO volume VALUES"
      " (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, " LAM_CHECKSUM
      "(1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11))",
      error, "ttiiitidddi", row->path ? row->path : "", row->relative_path,
      row->size[0], row->size[1], row->size[2], row->dtype ? row->dtype : "",
      (int64_t)row->channel, row->voxel_size_nm[0], row->voxel_size_nm[1],
      row->voxel_size_nm[2], row->file_bytes);
}

bool
lam_row_read_volume (
    LamConnection *connection, LamVolumeRow *row, GError **error)
{
  sqlite3_stmt *found = lam_connection_query (connection,
      "SELECT path, relative_path, size_x, size_y, size_z, dtype, channel,"
      " nm_x, nm_y, nm_z, file_bytes FROM volume",
      error, "");
  int has_row = found ? lam_connection_step (connection, found, error) : -1;
  if (has_row < 1)
    return has_row == 0 ? corrupt (
               connection, _ ("it does not say which image it is about"), error)
                        : false;
  row->path = column_text (found, 0);
  row->relative_path = column_text (found, 1);
  bool sound = true;
  for (int i = 0; i < 3; i++) {
    row->size[i] = sqlite3_column_int64 (found, 2 + i);
    row->voxel_size_nm[i] = sqlite3_column_double (found, 7 + i);
    sound &= row->size[i] > 0
        && row->size[i] <= (INT64_C (1) << 21) * LAM_BRICK_EDGE
        && row->voxel_size_nm[i] >= 0;
  }
  row->dtype = column_text (found, 5);
  row->channel = sqlite3_column_int (found, 6);
  row->file_bytes = sqlite3_column_int64 (found, 10);
  lam_connection_reset (found);
  return sound
      || corrupt (connection, _ ("the size of its image is impossible"), error);
}

/* ---- Settings ----------------------------------------------------------- */

bool
lam_row_write_setting (LamConnection *connection, const char *name,
    const char *value, GError **error)
{
  return lam_connection_run (connection,
      "INSERT OR REPLACE INTO setting VALUES"
      " (?1, ?2, " LAM_CHECKSUM "(?1, ?2))",
      error, "tt", name, value);
}

bool
lam_row_read_settings (
    LamConnection *connection, GHashTable *settings, GError **error)
{
  sqlite3_stmt *rows = lam_connection_query (
      connection, "SELECT name, value FROM setting", error, "");
  int has_row = -1;
  while (rows && (has_row = lam_connection_step (connection, rows, error)) == 1)
    g_hash_table_insert (
        settings, column_text (rows, 0), column_text (rows, 1));
  return has_row == 0;
}

/* ---- Classes and labels ------------------------------------------------- */

#define CLASS_COLUMNS \
  "id, name, rgb, key, locked, hidden, has_instances, organelle"

bool
lam_row_write_class (
    LamConnection *connection, const LamClass *row, GError **error)
{
  /* Not REPLACE, which would delete a row that labels refer to. */
  return lam_connection_run (connection,
      "INSERT INTO class (" CLASS_COLUMNS ", checksum)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, " LAM_CHECKSUM
      "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)) ON CONFLICT (id) DO UPDATE SET"
      " name=excluded.name, rgb=excluded.rgb, key=excluded.key,"
      " locked=excluded.locked, hidden=excluded.hidden,"
      " has_instances=excluded.has_instances, organelle=excluded.organelle,"
      " checksum=excluded.checksum",
      error, "itiiiiii", (int64_t)row->id, row->name ? row->name : "",
      (int64_t)row->rgb, (int64_t)row->key, (int64_t)row->locked,
      (int64_t)row->hidden, (int64_t)row->has_instances,
      (int64_t)row->organelle);
}

static bool
write_label (LamConnection *connection, const LamLabel *row, GError **error)
{
  return lam_connection_run (connection,
      "INSERT OR REPLACE INTO label VALUES"
      " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, " LAM_CHECKSUM
      "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10))",
      error, "itiiiiiiit", (int64_t)row->id, row->name ? row->name : "",
      (int64_t)row->class_id, (int64_t)row->rgb, (int64_t)row->locked,
      (int64_t)row->hidden, (int64_t)row->deleted, (int64_t)row->original_id,
      (int64_t)row->state, row->group ? row->group : "");
}

/* Borrows the name from the statement. A word on organelles that cannot be is
 * none; the check finds the row. */
static LamClass
class_of_row (sqlite3_stmt *row)
{
  const int64_t organelle = sqlite3_column_int64 (row, 7);
  return (LamClass){
    .id = sqlite3_column_int (row, 0),
    .name = (char *)sqlite3_column_text (row, 1),
    .rgb = (uint32_t)sqlite3_column_int64 (row, 2),
    .key = sqlite3_column_int (row, 3),
    .locked = sqlite3_column_int (row, 4) != 0,
    .hidden = sqlite3_column_int (row, 5) != 0,
    .has_instances = sqlite3_column_int (row, 6) != 0,
    .organelle = organelle >= 0 && organelle < LAM_N_ORGANELLES
        ? (LamOrganelle)organelle
        : LAM_ORGANELLE_BY_NAME,
  };
}

/* The same of the group. What cannot be is left out, and told by the error. */
static bool
label_of_row (LamConnection *connection, sqlite3_stmt *row, LamLabel *label,
    GError **error)
{
  const int64_t state = sqlite3_column_int64 (row, 8);
  const char *group = (const char *)sqlite3_column_text (row, 9);
  const bool has_state = state >= 0 && state < LAM_N_LABEL_STATES;
  const bool has_group = group && g_utf8_validate (group, -1, NULL);
  *label = (LamLabel){
    .id = (uint32_t)sqlite3_column_int64 (row, 0),
    .name = (char *)sqlite3_column_text (row, 1),
    .class_id = sqlite3_column_int (row, 2),
    .rgb = (uint32_t)sqlite3_column_int64 (row, 3),
    .locked = sqlite3_column_int (row, 4) != 0,
    .hidden = sqlite3_column_int (row, 5) != 0,
    .deleted = sqlite3_column_int (row, 6) != 0,
    .original_id = (uint64_t)sqlite3_column_int64 (row, 7),
    .state = has_state ? (LamLabelState)state : LAM_LABEL_NOT_STARTED,
    .group = has_group ? (char *)group : NULL,
  };
  if (has_state && has_group)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
      has_state ? _ ("%s: the group of label %u is no text")
                : _ ("%s: label %u has a state that does not exist"),
      lam_connection_get_path (connection), label->id);
  return false;
}

static bool
read_classes (LamConnection *connection, LamClassTable *table, GError **error)
{
  int has_row = -1;
  sqlite3_stmt *rows = lam_connection_query (
      connection, "SELECT " CLASS_COLUMNS " FROM class ORDER BY id", error, "");
  while (
      rows && (has_row = lam_connection_step (connection, rows, error)) == 1) {
    LamClass row = class_of_row (rows);
    if (row.id >= 0)
      lam_class_table_set_class (table, &row);
  }
  return has_row == 0;
}

/* `problems` NULL: stops at the first label that cannot be. */
static bool
read_labels (LamConnection *connection, LamClassTable *table,
    GPtrArray *problems, GError **error)
{
  int has_row = -1;
  sqlite3_stmt *rows = lam_connection_query (
      connection, "SELECT * FROM label ORDER BY id", error, "");
  while (
      rows && (has_row = lam_connection_step (connection, rows, error)) == 1) {
    LamLabel row;
    GError *problem = NULL;
    if (!label_of_row (connection, rows, &row, &problem) && !problems) {
      lam_connection_reset (rows);
      g_propagate_error (error, problem);
      return false;
    }
    if (problem)
      g_ptr_array_add (problems, g_strdup (problem->message));
    g_clear_error (&problem);
    if (row.id > 0)
      lam_class_table_set_label (table, &row);
  }
  return has_row == 0;
}

/* Rows with a number that cannot be are told by the check; no voxel can need
 * them. */
bool
lam_row_read_classes (
    LamConnection *connection, LamClassTable *table, GError **error)
{
  return read_classes (connection, table, error)
      && read_labels (connection, table, NULL, error);
}

bool
lam_row_read_sound_classes (LamConnection *connection, LamClassTable *table,
    GPtrArray *problems, GError **error)
{
  return read_classes (connection, table, error)
      && read_labels (connection, table, problems, error);
}

char *
lam_row_dup_warning (const char *before, const GPtrArray *problems)
{
  if (problems->len == 0)
    return g_strdup (before);
  g_autofree char *text = g_strdup_printf (
      ngettext ("%s. This is the only row like it. A damaged note is not "
                "shown, and a damaged state or group of a label counts as "
                "none; “lamella-cli project check” tells more.",
          "%s. This is the first of %u rows like it. Damaged notes are not "
          "shown, and a damaged state or group of a label counts as none; "
          "“lamella-cli project check” tells all.",
          problems->len),
      (const char *)problems->pdata[0], problems->len);
  return before ? g_strjoin ("\n", before, text, NULL)
                : g_steal_pointer (&text);
}

/* ---- Changes ------------------------------------------------------------ */

char *
lam_row_read_text (
    LamConnection *connection, LamRowKind kind, int64_t id, GError **error)
{
  if (kind == LAM_ROW_REGION)
    return lam_region_table_read_text (connection, id, error);
  if (kind == LAM_ROW_NOTE)
    return lam_note_table_read_text (connection, id, error);
  sqlite3_stmt *rows = kind == LAM_ROW_CLASS
      ? lam_connection_query (connection,
          "SELECT " CLASS_COLUMNS " FROM class WHERE id = ?1", error, "i", id)
      : lam_connection_query (
          connection, "SELECT * FROM label WHERE id = ?1", error, "i", id);
  if (!rows || lam_connection_step (connection, rows, error) != 1)
    return NULL;
  char *text = NULL;
  LamLabel label;
  if (kind == LAM_ROW_CLASS) {
    LamClass row = class_of_row (rows);
    text = lam_row_text_of_class (&row);
  } else {
    label_of_row (connection, rows, &label, NULL);
    text = lam_row_text_of_label (&label);
  }
  lam_connection_reset (rows);
  return text;
}

/* A label comes into being from a deleted row, so that undoing that leaves its
 * id taken for ever; the first time there is no such row yet. Nothing else
 * about a deleted row counts: its class may be gone. */
static bool
is_deleted_label (LamRowKind kind, const char *text)
{
  if (kind != LAM_ROW_LABEL || !text)
    return false;
  g_autoptr (LamRowChange) change =
      lam_row_change_of_texts (kind, text, NULL, NULL);
  return change && change->label_before->deleted;
}

bool
lam_row_change_is_done (LamConnection *connection, const LamRowChange *change)
{
  g_autofree char *after = lam_row_text_after (change);
  g_autofree char *now = lam_row_read_text (
      connection, change->kind, lam_row_change_get_id (change), NULL);
  return g_strcmp0 (now, after) == 0;
}

static bool
check_current (LamConnection *connection, const LamRowChange *change,
    const char *expected, GError **error)
{
  GError *local = NULL;
  g_autofree char *current = lam_row_read_text (
      connection, change->kind, lam_row_change_get_id (change), &local);
  if (local) {
    g_propagate_error (error, local);
    return false;
  }
  if (g_strcmp0 (current, expected) == 0
      || (is_deleted_label (change->kind, expected)
          && (!current || is_deleted_label (change->kind, current))))
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
      change->kind == LAM_ROW_CLASS
          ? _ ("%s: class %" G_GINT64_FORMAT " is %s, and %s was expected")
          : change->kind == LAM_ROW_LABEL
          ? _ ("%s: label %" G_GINT64_FORMAT " is %s, and %s was expected")
          : change->kind == LAM_ROW_REGION
          ? _ ("%s: region %" G_GINT64_FORMAT " is %s, and %s was expected")
          : _ ("%s: note %" G_GINT64_FORMAT " is %s, and %s was expected"),
      lam_connection_get_path (connection), lam_row_change_get_id (change),
      current ? current : _ ("missing"), expected ? expected : _ ("none"));
  return false;
}

/* The rows of deleted labels would keep the class, for no one's good. */
static bool
delete_class (LamConnection *connection, int64_t id, GError **error)
{
  return lam_connection_run (connection,
             "UPDATE label SET class = 0, checksum = " LAM_CHECKSUM
             "(id, name, 0, rgb, locked, hidden, deleted, original, state,"
             " in_group)"
             " WHERE class = ?1 AND deleted",
             error, "i", id)
      && lam_connection_run (
          connection, "DELETE FROM class WHERE id = ?1", error, "i", id);
}

static bool
write_class_or_delete (
    LamConnection *connection, const LamClass *row, int64_t id, GError **error)
{
  return row ? lam_row_write_class (connection, row, error)
             : delete_class (connection, id, error);
}

static bool
write_label_or_delete (
    LamConnection *connection, const LamLabel *row, int64_t id, GError **error)
{
  return row ? write_label (connection, row, error)
             : lam_connection_run (
                 connection, "DELETE FROM label WHERE id = ?1", error, "i", id);
}

bool
lam_row_change_apply (LamConnection *connection, const LamRowChange *change,
    bool forward, GError **error)
{
  g_autofree char *expected =
      forward ? lam_row_text_before (change) : lam_row_text_after (change);
  if (!check_current (connection, change, expected, error))
    return false;
  int64_t id = lam_row_change_get_id (change);
  if (change->kind == LAM_ROW_CLASS)
    return write_class_or_delete (connection,
        forward ? change->class_after : change->class_before, id, error);
  if (change->kind == LAM_ROW_REGION)
    return lam_region_table_write (connection,
        forward ? change->region_after : change->region_before, id, error);
  if (change->kind == LAM_ROW_NOTE)
    return lam_note_table_write (connection,
        forward ? change->note_after : change->note_before, id, error);
  return write_label_or_delete (connection,
      forward ? change->label_after : change->label_before, id, error);
}

bool
lam_row_change_write (LamConnection *connection, int64_t edit, int number,
    const LamRowChange *change, GError **error)
{
  g_autofree char *before = lam_row_text_before (change);
  g_autofree char *after = lam_row_text_after (change);
  return lam_connection_run (connection,
      "INSERT INTO edit_row VALUES (?1, ?2, ?3, ?4, ?5, " LAM_CHECKSUM
      "(?1, ?2, ?3, ?4, ?5))",
      error, "iiitt", edit, (int64_t)number, (int64_t)change->kind, before,
      after);
}

GPtrArray *
lam_row_change_read (LamConnection *connection, int64_t edit, GError **error)
{
  sqlite3_stmt *rows = lam_connection_query (connection,
      "SELECT kind, before, after FROM edit_row WHERE edit = ?1"
      " ORDER BY number",
      error, "i", edit);
  if (!rows)
    return NULL;
  g_autoptr (GPtrArray) changes =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  int has_row;
  while ((has_row = lam_connection_step (connection, rows, error)) == 1) {
    LamRowChange *change =
        lam_row_change_of_texts (sqlite3_column_int64 (rows, 0),
            (const char *)sqlite3_column_text (rows, 1),
            (const char *)sqlite3_column_text (rows, 2), NULL);
    if (!change) {
      lam_connection_reset (rows);
      corrupt (
          connection, _ ("the history of a class or label is damaged"), error);
      return NULL;
    }
    g_ptr_array_add (changes, change);
  }
  return has_row == 0 ? g_steal_pointer (&changes) : NULL;
}

LamRowChange *
lam_row_change_rebase (
    LamConnection *connection, const LamRowChange *change, GError **error)
{
  GError *local = NULL;
  g_autofree char *now = lam_row_read_text (
      connection, change->kind, lam_row_change_get_id (change), &local);
  if (local) {
    g_propagate_error (error, local);
    return NULL;
  }
  g_autofree char *after = lam_row_text_after (change);
  return lam_row_change_of_texts (change->kind, now, after, error);
}
