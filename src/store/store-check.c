/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Looks for everything that can be wrong in a project. SQLite's own check finds
 * broken trees but not flipped bits in values; the checksums find those; and
 * the history is replayed: every brick, taken back through every edit, must end
 * as absent, so no voxel can be there that no edit wrote. One request: it sees
 * one state, and edits wait for its end. Memory: 16 bytes a stored difference.
 */
#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "base/int64-hash.h"
#include "store/brick-table.h"
#include "store/edit-opinions.h"
#include "store/history.h"
#include "store/note-table.h"
#include "store/opinion-table.h"
#include "store/region-table.h"
#include "store/row-table.h"
#include "store/store-private.h"

typedef struct {
  LamConnection *connection; /* Borrowed */
  LamProgress *progress; /* Borrowed, or NULL */
  GPtrArray *problems; /* Borrowed; char * */
  GHashTable *states; /* Owned; edit id → state + 1 */
  int64_t size[3]; /* of the volume in voxels */
} Check;

static void add (Check *check, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
add (Check *check, const char *format, ...)
{
  va_list values;
  va_start (values, format);
  g_ptr_array_add (check->problems, g_strdup_vprintf (format, values));
  va_end (values);
}

/* What cannot be read is a finding, not a failure of the check. */
static void
add_error (Check *check, GError *error)
{
  if (!error)
    return;
  add (check, "%s", error->message);
  g_error_free (error);
}

/* ---- Structure and rows ------------------------------------------------- */

/* A row of text is a problem, but for "ok". */
static void
check_pragma (Check *check, const char *sql)
{
  GError *error = NULL;
  sqlite3_stmt *rows =
      lam_connection_query (check->connection, sql, &error, "");
  while (rows && lam_connection_step (check->connection, rows, &error) == 1) {
    const char *text = (const char *)sqlite3_column_text (rows, 0);
    if (g_strcmp0 (text, "ok") != 0)
      add (check, _ ("the file's structure: %s"), text ? text : "?");
  }
  add_error (check, error);
}

/* One line a table: its rows whose checksum is wrong, each named by a text. */
static const char *const row_checks[] = {
  "SELECT 'volume' FROM volume WHERE checksum IS NOT " LAM_CHECKSUM
  "(id, path, relative_path, size_x, size_y, size_z, dtype, channel, nm_x,"
  " nm_y, nm_z, file_bytes)",
  "SELECT 'class ' || id FROM class WHERE checksum IS NOT " LAM_CHECKSUM
  "(id, name, rgb, key, locked, hidden, has_instances, organelle)",
  "SELECT 'label ' || id FROM label WHERE checksum IS NOT " LAM_CHECKSUM
  "(id, name, class, rgb, locked, hidden, deleted, original, state, in_group)",
  "SELECT 'edit ' || id FROM edit WHERE checksum IS NOT " LAM_CHECKSUM
  "(id, time, who, tool, detail, x0, y0, z0, x1, y1, z1, n_voxels, n_bricks,"
  " target, parent, head, state)",
  "SELECT 'brick ' || key FROM brick WHERE checksum IS NOT " LAM_CHECKSUM
  "(layer, key, data)",
  "SELECT 'edit ' || edit || ' of brick ' || key FROM edit_brick"
  " WHERE checksum IS NOT " LAM_CHECKSUM "(edit, layer, key, presence, data)",
  "SELECT 'edit ' || edit || ' of an opinion of brick ' || key"
  " FROM edit_opinion WHERE checksum IS NOT " LAM_CHECKSUM
  "(edit, layer, key, data)",
  "SELECT 'edit ' || edit || ' of row ' || number FROM edit_row"
  " WHERE checksum IS NOT " LAM_CHECKSUM "(edit, number, kind, before, after)",
  "SELECT 'model ' || id FROM model WHERE checksum IS NOT " LAM_CHECKSUM
  "(id, name, time, parent, hash, n_bytes, removed)",
  "SELECT 'part ' || number || ' of model ' || model FROM model_part"
  " WHERE checksum IS NOT " LAM_CHECKSUM "(model, number, data)",
  "SELECT 'run ' || id FROM run WHERE checksum IS NOT " LAM_CHECKSUM
  "(id, model, settings, time, x0, y0, z0, x1, y1, z1)",
  "SELECT 'model''s edit ' || edit FROM model_edit"
  " WHERE checksum IS NOT " LAM_CHECKSUM "(edit, run, cause)",
  "SELECT 'note ' || id FROM annotation WHERE checksum IS NOT " LAM_CHECKSUM
  "(id, kind, text, author, time, geometry)",
  "SELECT 'verdict ' || id FROM queue WHERE checksum IS NOT " LAM_CHECKSUM
  "(id, time, verdict, kind, score, x0, y0, z0, x1, y1, z1, labels,"
  " uncertainty, run, note)",
  "SELECT 'voice ' || id FROM voice WHERE checksum IS NOT " LAM_CHECKSUM
  "(id, name, time, kind, region, edit, x0, y0, z0, x1, y1, z1)",
  "SELECT 'brick ' || key || ' of voice ' || voice FROM voice_brick"
  " WHERE checksum IS NOT " LAM_CHECKSUM "(voice, key, data)",
  "SELECT 'label ' || id || ' of voice ' || voice FROM voice_label"
  " WHERE checksum IS NOT " LAM_CHECKSUM "(voice, id, name, class)",
  "SELECT 'merge ' || edit FROM merged WHERE checksum IS NOT " LAM_CHECKSUM
  "(edit, row, time, classes, labels, regions)",
  "SELECT 'ids of merge ' || edit FROM merged_ids"
  " WHERE checksum IS NOT " LAM_CHECKSUM "(edit, kind, ids)",
  "SELECT 'setting ' || name FROM setting WHERE checksum IS NOT " LAM_CHECKSUM
  "(name, value)",
};

/* Rows with a number that no class and no label can have. */
static const char *const number_checks[] = {
  "SELECT 'class ' || id FROM class WHERE id NOT BETWEEN 0 AND 2147483647"
  " OR organelle NOT BETWEEN 0 AND 2",
  "SELECT 'label ' || id FROM label WHERE id NOT BETWEEN 1 AND 4294967295",
};

static void
check_rows (Check *check, const char *sql, const char *complaint)
{
  GError *error = NULL;
  sqlite3_stmt *rows =
      lam_connection_query (check->connection, sql, &error, "");
  while (rows && lam_connection_step (check->connection, rows, &error) == 1)
    add (check, "%s: %s", (const char *)sqlite3_column_text (rows, 0),
        complaint);
  add_error (check, error);
}

static void
check_volume (Check *check)
{
  GError *error = NULL;
  g_auto (LamVolumeRow) volume = { 0 };
  if (lam_row_read_volume (check->connection, &volume, &error))
    for (int i = 0; i < 3; i++)
      check->size[i] = volume.size[i];
  add_error (check, error);
}

/* ---- The tree of edits -------------------------------------------------- */

static void
check_edit (Check *check, sqlite3_stmt *row)
{
  int64_t id = sqlite3_column_int64 (row, 0);
  int64_t parent = sqlite3_column_int64 (row, 1);
  int64_t head = sqlite3_column_int64 (row, 2);
  int64_t state = sqlite3_column_int64 (row, 3);
  if (id < 1 || parent < 0 || parent >= id || head < 0 || head > id
      || state < LAM_EDIT_DONE || state > LAM_EDIT_GIVEN_UP
      || (head != id && state != LAM_EDIT_DONE))
    add (check,
        _ ("edit %" G_GINT64_FORMAT ": its place in the history is"
           " impossible"),
        id);
  if (head == id
      && sqlite3_column_int64 (row, 4) != sqlite3_column_int64 (row, 5))
    add (check,
        _ ("edit %" G_GINT64_FORMAT ": it changed %" G_GINT64_FORMAT
           " bricks, and %" G_GINT64_FORMAT " are recorded"),
        id, (int64_t)sqlite3_column_int64 (row, 4),
        (int64_t)sqlite3_column_int64 (row, 5));
  /* Undo and redo rows have changed nothing by themselves. */
  int64_t known = head == id ? state + 1 : LAM_EDIT_GIVEN_UP + 1;
  g_hash_table_insert (
      check->states, g_memdup2 (&id, sizeof id), GINT_TO_POINTER ((int)known));
}

static int
state_of (Check *check, int64_t edit)
{
  return GPOINTER_TO_INT (g_hash_table_lookup (check->states, &edit)) - 1;
}

/* The done edits must be the head and its ancestors, and no others. */
static void
check_head (Check *check, int64_t n_done)
{
  GError *error = NULL;
  int64_t head, newest, n_ancestors = 0;
  bool ok = lam_history_read_head (check->connection, &head, &newest, &error);
  for (int64_t id = head; ok && id > 0; n_ancestors++) {
    g_auto (LamEditRow) row = { 0 };
    ok = lam_history_read_row (check->connection, id, &row, &error);
    if (ok && (row.state != LAM_EDIT_DONE || row.parent >= id))
      break;
    id = row.parent;
  }
  add_error (check, error);
  if (ok && n_ancestors != n_done)
    add (check,
        _ ("the history: %" G_GINT64_FORMAT
           " edits are marked as done, and %" G_GINT64_FORMAT
           " lead to the present state"),
        n_done, n_ancestors);
}

static void
check_history (Check *check)
{
  GError *error = NULL;
  int64_t n_done = 0, last = 0;
  sqlite3_stmt *rows = lam_connection_query (check->connection,
      "SELECT id, parent, head, state, n_bricks,"
      " (SELECT count(*) FROM edit_brick WHERE edit = edit.id) FROM edit"
      " ORDER BY id",
      &error, "");
  while (rows && lam_connection_step (check->connection, rows, &error) == 1) {
    check_edit (check, rows);
    int64_t id = sqlite3_column_int64 (rows, 0);
    n_done += state_of (check, id) == LAM_EDIT_DONE;
    /* Ids are given one after the other and no row is ever removed. */
    if (id != last + 1)
      add (check,
          _ ("the history: rows are missing before edit %" G_GINT64_FORMAT),
          id);
    last = id;
  }
  add_error (check, error);
  check_head (check, n_done);
}

static void
check_row_changes (Check *check)
{
  GHashTableIter iter;
  gpointer id;
  g_hash_table_iter_init (&iter, check->states);
  while (g_hash_table_iter_next (&iter, &id, NULL)) {
    GError *error = NULL;
    g_autoptr (GPtrArray) changes =
        lam_row_change_read (check->connection, *(int64_t *)id, &error);
    add_error (check, error);
  }
}

/* ---- Bricks ------------------------------------------------------------- */

typedef struct {
  int64_t key, edit;
} Difference;

static GArray *
read_differences (Check *check)
{
  GError *error = NULL;
  GArray *all = g_array_new (false, false, sizeof (Difference));
  sqlite3_stmt *rows = lam_connection_query (check->connection,
      "SELECT key, edit FROM edit_brick WHERE layer = 0 ORDER BY key, edit",
      &error, "");
  while (rows && lam_connection_step (check->connection, rows, &error) == 1) {
    Difference one = { sqlite3_column_int64 (rows, 0),
      sqlite3_column_int64 (rows, 1) };
    g_array_append_val (all, one);
  }
  add_error (check, error);
  return all;
}

static bool
apply (Check *check, const Difference *one, bool forward, LamLabelBrick **brick,
    GError **error)
{
  g_auto (LamStoredDifference) difference = { 0 };
  LamLabelBrick *other = NULL;
  if (!lam_brick_table_read_difference (
          check->connection, one->edit, one->key, &difference, error)
      || !lam_stored_difference_apply (
          &difference, *brick, forward, &other, error))
    return false;
  g_clear_pointer (brick, lam_label_brick_unref);
  *brick = other;
  return true;
}

static bool
replay (Check *check, const Difference *all, size_t n, LamLabelBrick *now,
    GError **error)
{
  g_autoptr (LamLabelBrick) brick = now ? lam_label_brick_ref (now) : NULL;
  for (size_t i = 0; i < n; i++)
    if (state_of (check, all[i].edit) == LAM_EDIT_UNDONE
        && !apply (check, &all[i], true, &brick, error))
      return false;
  g_clear_pointer (&brick, lam_label_brick_unref);
  brick = now ? lam_label_brick_ref (now) : NULL;
  for (size_t i = n; i-- > 0;)
    if (state_of (check, all[i].edit) == LAM_EDIT_DONE
        && !apply (check, &all[i], false, &brick, error))
      return false;
  if (!brick)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
      _ ("it holds voxels that no edit wrote"));
  return false;
}

static void
check_brick (Check *check, int64_t key, const Difference *all, size_t n)
{
  GError *error = NULL;
  LamBrickKey brick = lam_brick_key_unpack (key);
  LamBox box = lam_brick_box (brick);
  LamBox volume = lam_box_of_size (check->size);
  LamBox inside = lam_box_intersect (&box, &volume);
  if (key < 0 || lam_box_is_empty (&inside))
    add (check, _ ("brick %d, %d, %d lies outside of the image"), brick.x,
        brick.y, brick.z);
  g_autoptr (LamLabelBrick) now =
      lam_brick_table_read (check->connection, key, &error);
  if (!error)
    replay (check, all, n, now, &error);
  if (error)
    add (check, _ ("brick %d, %d, %d and its history: %s"), brick.x, brick.y,
        brick.z, error->message);
  g_clear_error (&error);
}

/* Both lists are in the order of keys and are walked together. */
static bool
check_bricks (Check *check, GError **error)
{
  GError *local = NULL;
  g_autoptr (GArray) all = read_differences (check);
  g_autoptr (GArray) keys =
      lam_brick_table_dup_keys (check->connection, &local);
  add_error (check, local);
  guint i = 0, k = 0, n_keys = keys ? keys->len : 0;
  const Difference *differences = (const Difference *)(void *)all->data;
  while (i < all->len || k < n_keys) {
    int64_t key = INT64_MAX;
    if (i < all->len)
      key = differences[i].key;
    if (k < n_keys)
      key = MIN (key, g_array_index (keys, int64_t, k));
    guint first = i;
    while (i < all->len && differences[i].key == key)
      i++;
    while (k < n_keys && g_array_index (keys, int64_t, k) == key)
      k++;
    check_brick (check, key, differences + first, i - first);
    lam_progress_set (check->progress, i + k, all->len + n_keys);
    if (!lam_progress_check (check->progress, error))
      return false;
  }
  return true;
}

static void
check_opinions (Check *check)
{
  GError *error = NULL;
  lam_opinion_table_check (
      check->connection, check->size, check->problems, &error);
  add_error (check, error);
  error = NULL;
  lam_edit_opinions_check (check->connection, check->problems, &error);
  add_error (check, error);
}

static void
check_notes (Check *check)
{
  GError *error = NULL;
  int32_t last_id;
  g_autoptr (GPtrArray) notes = lam_note_table_read_sound (
      check->connection, check->problems, &last_id, &error);
  add_error (check, error);
}

static void
check_regions (Check *check)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) damaged =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_damaged_region_free);
  g_autoptr (GPtrArray) regions =
      lam_region_table_read_all (check->connection, damaged, &error);
  for (guint i = 0; i < damaged->len; i++)
    add (check, "%s", ((LamDamagedRegion *)damaged->pdata[i])->what);
  add_error (check, error);
}

static void
check_labels (Check *check)
{
  GError *error = NULL;
  g_autoptr (LamClassTable) table = lam_class_table_new ();
  lam_row_read_sound_classes (
      check->connection, table, check->problems, &error);
  add_error (check, error);
}

/* ---- The requests ------------------------------------------------------- */

static bool
check_work (LamConnection *connection, gpointer data, GError **error)
{
  Check *check = data;
  check->connection = connection;
  check_pragma (check, "PRAGMA integrity_check(100)");
  check_pragma (check, "PRAGMA foreign_key_check");
  for (size_t i = 0; i < G_N_ELEMENTS (row_checks); i++)
    check_rows (check, row_checks[i], _ ("its checksum is wrong"));
  for (size_t i = 0; i < G_N_ELEMENTS (number_checks); i++)
    check_rows (check, number_checks[i], _ ("its number is impossible"));
  check_volume (check);
  check_history (check);
  check_row_changes (check);
  check_opinions (check);
  check_labels (check);
  check_notes (check);
  check_regions (check);
  return check_bricks (check, error);
}

bool
lam_store_check (
    LamStore *store, GPtrArray *problems, LamProgress *progress, GError **error)
{
  Check check = { .progress = progress, .problems = problems };
  check.states =
      g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, NULL);
  bool ok = lam_store_work (store, check_work, &check, error);
  g_hash_table_unref (check.states);
  return ok;
}

static bool
count_work (LamConnection *connection, gpointer data, GError **error)
{
  static const struct {
    const char *name, *sql;
  } tables[] = {
    { "annotation", "SELECT count(*) FROM annotation" },
    { "brick", "SELECT count(*) FROM brick WHERE layer = 0" },
    { "class", "SELECT count(*) FROM class" },
    { "edit", "SELECT count(*) FROM edit" },
    { "edit_brick", "SELECT count(*) FROM edit_brick" },
    { "edit_opinion", "SELECT count(*) FROM edit_opinion" },
    { "edit_row", "SELECT count(*) FROM edit_row" },
    { "label", "SELECT count(*) FROM label" },
    { "model", "SELECT count(*) FROM model" },
    { "model_edit", "SELECT count(*) FROM model_edit" },
    { "model_part", "SELECT count(*) FROM model_part" },
    { "opinion", "SELECT count(*) FROM brick WHERE layer >= 16" },
    { "queue", "SELECT count(*) FROM queue" },
    { "region", "SELECT count(*) FROM region" },
    { "run", "SELECT count(*) FROM run" },
    { "setting", "SELECT count(*) FROM setting" },
    { "voice", "SELECT count(*) FROM voice" },
    { "voice_brick", "SELECT count(*) FROM voice_brick" },
    { "voice_label", "SELECT count(*) FROM voice_label" },
    { "merged", "SELECT count(*) FROM merged" },
    { "merged_ids", "SELECT count(*) FROM merged_ids" },
    { "volume", "SELECT count(*) FROM volume" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (tables); i++) {
    int64_t n = 0;
    if (!lam_connection_read_int (connection, tables[i].sql, &n, error, ""))
      return false;
    g_variant_builder_add (data, "{sx}", tables[i].name, n);
  }
  return true;
}

GVariant *
lam_store_count (LamStore *store, GError **error)
{
  g_auto (GVariantBuilder) counts =
      G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{sx}"));
  if (!lam_store_work (store, count_work, &counts, error))
    return NULL;
  return g_variant_ref_sink (g_variant_builder_end (&counts));
}
