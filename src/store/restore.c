/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A box of voxels as it was at an earlier moment. It is what undoing would
 * leave there, so that a lock or a verified region holds nothing back, and it
 * is an edit like any other, so that all of it can be undone. Only voxels go
 * back: rows come with them where they would have no label otherwise. */
#include "store/past.h"
#include "store/row-table.h"
#include "store/row-text.h"
#include "store/store-private.h"

typedef struct {
  int64_t target;
  LamPast *past; /* Owned; used on the store's thread */
  GArray *keys; /* Owned; touched since */
  GHashTable *labels; /* Owned; a set of those written */
  GPtrArray *rows; /* Borrowed */
  /* Of one brick */
  int64_t key;
  LamLabelBrick *then; /* Owned; or NULL */
} Restore;

static void
restore_clear (Restore *restore)
{
  g_clear_pointer (&restore->past, lam_past_free);
  g_clear_pointer (&restore->keys, g_array_unref);
  g_clear_pointer (&restore->labels, g_hash_table_unref);
  g_clear_pointer (&restore->then, lam_label_brick_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Restore, restore_clear)

/* ---- Voxels ------------------------------------------------------------- */

static bool
begin_work (LamConnection *connection, gpointer data, GError **error)
{
  Restore *restore = data;
  restore->past = lam_past_new (connection, restore->target, error);
  if (!restore->past)
    return false;
  restore->keys = lam_past_dup_keys (restore->past);
  return true;
}

static bool
read_work (LamConnection *connection, gpointer data, GError **error)
{
  Restore *restore = data;
  GError *local = NULL;
  g_clear_pointer (&restore->then, lam_label_brick_unref);
  restore->then = lam_past_read (restore->past, restore->key, &local);
  if (local)
    g_propagate_error (error, local);
  return !local;
}

/* `now` with the voxels of `box` from `then`; either may be absent. */
static LamLabelBrick *
mix (Restore *restore, LamLabelBrick *now, const LamBox *box)
{
  LamBox whole = lam_brick_box (lam_brick_key_unpack (restore->key));
  LamBox part = lam_box_intersect (&whole, box);
  LamLabelBrick *brick =
      now ? lam_label_brick_copy (now) : lam_label_brick_new_cleared ();
  uint32_t *labels = lam_label_brick_write_labels (brick);
  uint16_t *sources = lam_label_brick_write_sources (brick);
  uint32_t last = 0; /* noted already */
  for (int64_t z = part.min[2]; z < part.max[2]; z++)
    for (int64_t y = part.min[1]; y < part.max[1]; y++)
      for (int64_t x = part.min[0]; x < part.max[0]; x++) {
        int i = (int)(x - whole.min[0]
            + LAM_BRICK_EDGE
                * (y - whole.min[1] + LAM_BRICK_EDGE * (z - whole.min[2])));
        const LamLabelBrick *then = restore->then;
        labels[i] = then ? lam_label_brick_get_label (then, i) : 0;
        sources[i] =
            then ? lam_label_brick_get_source (then, i) : LAM_SOURCE_UNSET;
        if (labels[i] != last && labels[i] != 0)
          g_hash_table_add (restore->labels, GUINT_TO_POINTER (labels[i]));
        last = labels[i];
      }
  lam_label_brick_settle (brick);
  return brick;
}

static bool
restore_brick (LamBulkEdit *bulk, Restore *restore, const LamBox *box,
    GArray *keys, GError **error)
{
  GError *local = NULL;
  LamBrickKey key = lam_brick_key_unpack (restore->key);
  g_autoptr (LamLabelBrick) now = lam_bulk_edit_read (bulk, key, &local);
  if (local) {
    g_propagate_error (error, local);
    return false;
  }
  if (!lam_bulk_edit_work (bulk, read_work, restore, error))
    return false;
  if (!now && !restore->then)
    return true;
  g_autoptr (LamLabelBrick) after = mix (restore, now, box);
  if (now && lam_label_brick_equal (now, after))
    return true;
  g_array_append_val (keys, restore->key);
  return lam_bulk_edit_write (bulk, key, after, error);
}

/* ---- Rows --------------------------------------------------------------- */

/* The row as it was then, when it changed since; else NULL. */
static const LamRowChange *
find_then (const GPtrArray *rows, LamRowKind kind, int64_t id)
{
  for (guint i = rows->len; i-- > 0;) {
    const LamRowChange *change = rows->pdata[i];
    if (change->kind == kind && lam_row_change_get_id (change) == id)
      return change;
  }
  return NULL;
}

/* A change that brings a row back which is gone by now. */
static bool
revive (LamConnection *connection, Restore *restore, const GPtrArray *past,
    LamRowKind kind, int64_t id, GError **error)
{
  GError *local = NULL;
  const LamRowChange *then = find_then (past, kind, id);
  g_autofree char *now = lam_row_read_text (connection, kind, id, &local);
  g_autofree char *after = then ? lam_row_text_after (then) : NULL;
  if (local) {
    g_propagate_error (error, local);
    return false;
  }
  if (!after)
    return true;
  LamRowChange *change = lam_row_change_of_texts (kind, now, after, error);
  if (change)
    g_ptr_array_add (restore->rows, change);
  return change != NULL;
}

static bool
revive_label (LamConnection *connection, Restore *restore,
    const LamClassTable *table, const GPtrArray *past, uint32_t id,
    GError **error)
{
  const LamLabel *now = lam_class_table_get_label (table, id);
  const LamRowChange *then = find_then (past, LAM_ROW_LABEL, id);
  if ((now && !now->deleted) || !then || !then->label_after)
    return true;
  int32_t class_id = then->label_after->class_id;
  bool has_class = lam_class_table_get_class (table, class_id)
      || find_then (restore->rows, LAM_ROW_CLASS, class_id);
  return (has_class
             || revive (
                 connection, restore, past, LAM_ROW_CLASS, class_id, error))
      && revive (connection, restore, past, LAM_ROW_LABEL, id, error);
}

static bool
rows_work (LamConnection *connection, gpointer data, GError **error)
{
  Restore *restore = data;
  g_autoptr (LamClassTable) table = lam_class_table_new ();
  g_autoptr (GPtrArray) past = lam_past_dup_rows (restore->past, error);
  if (!past || !lam_row_read_classes (connection, table, error))
    return false;
  GHashTableIter iter;
  gpointer id;
  g_hash_table_iter_init (&iter, restore->labels);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    if (!revive_label (
            connection, restore, table, past, GPOINTER_TO_UINT (id), error))
      return false;
  return true;
}

bool
lam_bulk_edit_restore (LamBulkEdit *bulk, int64_t target, const LamBox *box,
    GArray *keys, GPtrArray *rows, LamProgress *progress, GError **error)
{
  g_auto (Restore) restore = {
    .target = target, .labels = g_hash_table_new (NULL, NULL), .rows = rows
  };
  if (!lam_bulk_edit_work (bulk, begin_work, &restore, error))
    return false;
  for (guint i = 0; i < restore.keys->len; i++) {
    restore.key = g_array_index (restore.keys, int64_t, i);
    LamBox brick = lam_brick_box (lam_brick_key_unpack (restore.key));
    LamBox both = lam_box_intersect (&brick, box);
    if (!lam_box_is_empty (&both)
        && !restore_brick (bulk, &restore, box, keys, error))
      return false;
    lam_progress_set (progress, i + 1, restore.keys->len);
    if (!lam_progress_check (progress, error))
      return false;
  }
  return lam_bulk_edit_work (bulk, rows_work, &restore, error);
}
