/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "store/voice-table.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "store/brick-decoder.h"
#include "store/brick-encoder.h"
#include "store/project-data.h"

/* ---- Voices ------------------------------------------------------------- */

int64_t
lam_voice_table_add (
    LamConnection *connection, const LamVoice *voice, GError **error)
{
  const int64_t *min = voice->box.min, *max = voice->box.max;
  int64_t last = 0;
  return lam_connection_read_int (
             connection, "SELECT max(id) FROM voice", &last, error, "")
          && lam_connection_run (connection,
              "INSERT INTO voice VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
              " ?10, ?11, ?12, " LAM_CHECKSUM "(?1, ?2, ?3, ?4, ?5, ?6, ?7,"
              " ?8, ?9, ?10, ?11, ?12))",
              error, "itiiiiiiiiii", last + 1, voice->name, voice->time,
              (int64_t)voice->kind, (int64_t)voice->region, voice->edit, min[0],
              min[1], min[2], max[0], max[1], max[2])
      ? last + 1
      : 0;
}

bool
lam_voice_table_remove (LamConnection *connection, int64_t id, GError **error)
{
  return lam_connection_run (connection,
             "DELETE FROM voice_brick WHERE voice = ?1", error, "i", id)
      && lam_connection_run (connection,
          "DELETE FROM voice_label WHERE voice = ?1", error, "i", id)
      && lam_connection_run (
          connection, "DELETE FROM voice WHERE id = ?1", error, "i", id);
}

/* Whether the checksum in `column` holds. */
static bool
check_row (LamConnection *connection, sqlite3_stmt *row, int column,
    const char *what, GError **error)
{
  if (sqlite3_column_int (row, column))
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
      _ ("%s: %s is damaged: its checksum is wrong"),
      lam_connection_get_path (connection), what);
  lam_connection_reset (row);
  return false;
}

static LamVoice *
voice_of_row (LamConnection *connection, sqlite3_stmt *row, GError **error)
{
  g_autoptr (LamVoice) voice = g_new0 (LamVoice, 1);
  int64_t kind = sqlite3_column_int64 (row, 3);
  voice->id = sqlite3_column_int64 (row, 0);
  voice->name = g_strdup ((const char *)sqlite3_column_text (row, 1));
  voice->time = sqlite3_column_int64 (row, 2);
  voice->kind = (LamVoiceKind)kind;
  voice->region = sqlite3_column_int (row, 4);
  voice->edit = sqlite3_column_int64 (row, 5);
  for (int i = 0; i < 3; i++) {
    voice->box.min[i] = sqlite3_column_int64 (row, 6 + i);
    voice->box.max[i] = sqlite3_column_int64 (row, 9 + i);
  }
  if (kind >= 0 && kind < LAM_N_VOICE_KINDS && !lam_box_is_empty (&voice->box))
    return g_steal_pointer (&voice);
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
      _ ("%s: what “%s” says has a kind or a box that does not exist"),
      lam_connection_get_path (connection), voice->name);
  return NULL;
}

GPtrArray *
lam_voice_table_read (LamConnection *connection, GError **error)
{
  sqlite3_stmt *rows = lam_connection_query (connection,
      "SELECT id, name, time, kind, region, edit, x0, y0, z0, x1, y1, z1,"
      " checksum IS " LAM_CHECKSUM
      "(id, name, time, kind, region, edit, x0, y0, z0, x1, y1, z1)"
      " FROM voice WHERE edit = 0"
      " OR edit IN (SELECT id FROM edit WHERE state = 0) ORDER BY id",
      error, "");
  if (!rows)
    return NULL;
  g_autoptr (GPtrArray) voices =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_voice_free);
  int has_row;
  while ((has_row = lam_connection_step (connection, rows, error)) == 1) {
    if (!check_row (connection, rows, 12, _ ("a voice"), error))
      return NULL;
    LamVoice *voice = voice_of_row (connection, rows, error);
    if (!voice) {
      lam_connection_reset (rows);
      return NULL;
    }
    g_ptr_array_add (voices, voice);
  }
  return has_row == 0 ? g_steal_pointer (&voices) : NULL;
}

/* ---- Bricks ------------------------------------------------------------- */

bool
lam_voice_table_write_brick (LamConnection *connection, int64_t voice,
    int64_t key, const LamLabelBrick *brick, GError **error)
{
  g_autoptr (GByteArray) data = lam_brick_encode (brick);
  return lam_connection_run (connection,
      "INSERT OR REPLACE INTO voice_brick VALUES (?1, ?2, ?3, " LAM_CHECKSUM
      "(?1, ?2, ?3))",
      error, "iib", voice, key, data->data, (size_t)data->len);
}

LamLabelBrick *
lam_voice_table_read_brick (
    LamConnection *connection, int64_t voice, int64_t key, GError **error)
{
  sqlite3_stmt *rows = lam_connection_query (connection,
      "SELECT data, checksum IS " LAM_CHECKSUM "(voice, key, data)"
      " FROM voice_brick WHERE voice = ?1 AND key = ?2",
      error, "ii", voice, key);
  if (!rows || lam_connection_step (connection, rows, error) != 1)
    return NULL;
  LamLabelBrick *brick = NULL;
  if (sqlite3_column_int (rows, 1))
    brick = lam_brick_decode (sqlite3_column_blob (rows, 0),
        (size_t)sqlite3_column_bytes (rows, 0), error);
  else
    g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
        _ ("%s: what another person says of a brick is damaged: its checksum "
           "is wrong"),
        lam_connection_get_path (connection));
  lam_connection_reset (rows);
  return brick;
}

GArray *
lam_voice_table_dup_keys (
    LamConnection *connection, int64_t voice, GError **error)
{
  sqlite3_stmt *rows = lam_connection_query (connection,
      "SELECT key FROM voice_brick WHERE voice = ?1 ORDER BY key", error, "i",
      voice);
  if (!rows)
    return NULL;
  g_autoptr (GArray) keys = g_array_new (false, false, sizeof (int64_t));
  int has_row;
  while ((has_row = lam_connection_step (connection, rows, error)) == 1) {
    int64_t key = sqlite3_column_int64 (rows, 0);
    g_array_append_val (keys, key);
  }
  return has_row == 0 ? g_steal_pointer (&keys) : NULL;
}

/* ---- Labels ------------------------------------------------------------- */

bool
lam_voice_table_write_label (LamConnection *connection, int64_t voice,
    const LamVoiceLabel *label, GError **error)
{
  return lam_connection_run (connection,
      "INSERT INTO voice_label VALUES (?1, ?2, ?3, ?4, " LAM_CHECKSUM
      "(?1, ?2, ?3, ?4))",
      error, "iiti", voice, (int64_t)label->id, label->name,
      (int64_t)label->class_id);
}

GPtrArray *
lam_voice_table_read_labels (
    LamConnection *connection, int64_t voice, GError **error)
{
  sqlite3_stmt *rows = lam_connection_query (connection,
      "SELECT id, name, class, checksum IS " LAM_CHECKSUM
      "(voice, id, name, class) FROM voice_label WHERE voice = ?1 ORDER BY id",
      error, "i", voice);
  if (!rows)
    return NULL;
  g_autoptr (GPtrArray) labels =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_voice_label_free);
  int has_row;
  while ((has_row = lam_connection_step (connection, rows, error)) == 1) {
    if (!check_row (connection, rows, 3, _ ("a voice’s label"), error))
      return NULL;
    LamVoiceLabel *label = g_new0 (LamVoiceLabel, 1);
    label->id = (uint32_t)sqlite3_column_int64 (rows, 0);
    label->name = g_strdup ((const char *)sqlite3_column_text (rows, 1));
    label->class_id = sqlite3_column_int (rows, 2);
    g_ptr_array_add (labels, label);
  }
  return has_row == 0 ? g_steal_pointer (&labels) : NULL;
}

/* ---- Merges ------------------------------------------------------------- */

void
lam_merged_row_free (LamMergedRow *row)
{
  g_free (row->classes);
  g_free (row->labels);
  g_free (row->regions);
  g_free (row->notes);
  g_free (row);
}

bool
lam_voice_table_write_merged (
    LamConnection *connection, const LamMergedRow *row, GError **error)
{
  return lam_connection_run (connection,
             "INSERT INTO merged VALUES (?1, ?2, ?3, ?4, ?5, ?6, " LAM_CHECKSUM
             "(?1, ?2, ?3, ?4, ?5, ?6))",
             error, "iiittt", row->edit, row->row, row->time, row->classes,
             row->labels, row->regions)
      && (!row->notes
          || lam_connection_run (connection,
              "INSERT INTO merged_ids VALUES (?1, ?2, ?3, " LAM_CHECKSUM
              "(?1, ?2, ?3))",
              error, "iit", row->edit, (int64_t)LAM_ROW_NOTE, row->notes));
}

GPtrArray *
lam_voice_table_read_merged (LamConnection *connection, GError **error)
{
  sqlite3_stmt *rows = lam_connection_query (connection,
      "SELECT merged.edit, row, merged.time, classes, labels, regions,"
      " merged.checksum IS " LAM_CHECKSUM
      "(merged.edit, row, merged.time, classes, labels, regions)"
      " AND (ids IS NULL OR merged_ids.checksum IS " LAM_CHECKSUM
      "(merged_ids.edit, kind, ids)), ids FROM merged"
      " JOIN edit ON edit.id = merged.edit"
      " LEFT JOIN merged_ids ON merged_ids.edit = merged.edit AND kind = ?1"
      " WHERE state = 0 ORDER BY merged.edit DESC",
      error, "i", (int64_t)LAM_ROW_NOTE);
  if (!rows)
    return NULL;
  g_autoptr (GPtrArray) merged =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_merged_row_free);
  int has_row;
  while ((has_row = lam_connection_step (connection, rows, error)) == 1) {
    if (!check_row (connection, rows, 6, _ ("what is known of a merge"), error))
      return NULL;
    LamMergedRow *row = g_new0 (LamMergedRow, 1);
    row->edit = sqlite3_column_int64 (rows, 0);
    row->row = sqlite3_column_int64 (rows, 1);
    row->time = sqlite3_column_int64 (rows, 2);
    row->classes = g_strdup ((const char *)sqlite3_column_text (rows, 3));
    row->labels = g_strdup ((const char *)sqlite3_column_text (rows, 4));
    row->regions = g_strdup ((const char *)sqlite3_column_text (rows, 5));
    row->notes = g_strdup ((const char *)sqlite3_column_text (rows, 7));
    g_ptr_array_add (merged, row);
  }
  return has_row == 0 ? g_steal_pointer (&merged) : NULL;
}
