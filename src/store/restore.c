/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A box of voxels as it was at an earlier moment: what undoing would leave
 * there, but that it leaves alone what a tool would, as it is an edit like any
 * other. Only voxels go back: rows come with them where they would have no
 * label otherwise. */
#include "store/past.h"
#include "store/protection.h"
#include "store/row-table.h"
#include "store/row-text.h"
#include "store/store-private.h"

typedef struct {
  int64_t target;
  LamRestoreCount *count; /* Borrowed */
  LamPast *past; /* Owned; used on the store's thread */
  LamProtection *protection; /* Owned; the same */
  GArray *touched; /* Owned; keys of bricks touched since */
  GHashTable *labels; /* Owned; a set of those written */
  GPtrArray *rows; /* Borrowed; NULL: only counts */
  /* Of one brick */
  int64_t key;
  LamLabelBrick *now, *then; /* Owned; or NULL */
  uint8_t *kept; /* Owned; LamKept */
} Restore;

static void
restore_clear (Restore *restore)
{
  g_clear_pointer (&restore->past, lam_past_free);
  g_clear_pointer (&restore->protection, lam_protection_free);
  g_clear_pointer (&restore->touched, g_array_unref);
  g_clear_pointer (&restore->labels, g_hash_table_unref);
  g_clear_pointer (&restore->now, lam_label_brick_unref);
  g_clear_pointer (&restore->then, lam_label_brick_unref);
  g_clear_pointer (&restore->kept, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Restore, restore_clear)

/* ---- Voxels ------------------------------------------------------------- */

static bool
begin_work (LamConnection *connection, gpointer data, GError **error)
{
  Restore *restore = data;
  restore->past = lam_past_new (connection, restore->target, error);
  if (restore->past)
    restore->protection = lam_protection_new (connection, error);
  if (!restore->protection)
    return false;
  restore->touched = lam_past_dup_keys (restore->past);
  return true;
}

static bool
read_work (LamConnection *connection, gpointer data, GError **error)
{
  Restore *restore = data;
  GError *local = NULL;
  g_clear_pointer (&restore->then, lam_label_brick_unref);
  restore->then = lam_past_read (restore->past, restore->key, &local);
  if (!local)
    return lam_protection_find_kept (restore->protection,
        lam_brick_key_unpack (restore->key), restore->now, restore->then,
        restore->kept, error);
  g_propagate_error (error, local);
  return false;
}

static bool
read_two (LamBulkEdit *bulk, Restore *restore, GError **error)
{
  GError *local = NULL;
  g_clear_pointer (&restore->now, lam_label_brick_unref);
  restore->now =
      lam_bulk_edit_read (bulk, lam_brick_key_unpack (restore->key), &local);
  if (!local)
    return lam_bulk_edit_work (bulk, read_work, restore, error);
  g_propagate_error (error, local);
  return false;
}

typedef struct {
  uint32_t label;
  uint16_t source;
} Voxel;

static Voxel
get_voxel (const LamLabelBrick *brick, int i)
{
  return brick ? (Voxel){ lam_label_brick_get_label (brick, i),
    lam_label_brick_get_source (brick, i) }
               : (Voxel){ 0, LAM_SOURCE_UNSET };
}

/* Whether the voxel goes back; counts it. */
static bool
decide (Restore *restore, int i, Voxel now, Voxel then)
{
  LamRestoreCount *count = restore->count;
  if (now.label == then.label && now.source == then.source)
    return false;
  if (restore->kept[i] != LAM_KEPT_NOT) {
    (*(restore->kept[i] == LAM_KEPT_LOCKED ? &count->n_locked
                                           : &count->n_verified))++;
    return false;
  }
  count->n_voxels++;
  count->n_persons +=
      now.source == LAM_SOURCE_HUMAN || now.source == LAM_SOURCE_ACCEPTED;
  count->n_imported += now.source == LAM_SOURCE_IMPORTED;
  count->n_models += now.source >= LAM_SOURCE_FIRST_RUN;
  return true;
}

/* What is there now with the voxels of `part` from then; NULL: all of them are
 * as they were, or are left alone. */
static LamLabelBrick *
mix (Restore *restore, const LamBox *whole, const LamBox *part)
{
  g_autoptr (LamLabelBrick) brick = NULL;
  uint32_t *labels = NULL, last = 0; /* `last` is noted already */
  uint16_t *sources = NULL;
  for (int64_t z = part->min[2]; z < part->max[2]; z++)
    for (int64_t y = part->min[1]; y < part->max[1]; y++)
      for (int64_t x = part->min[0]; x < part->max[0]; x++) {
        int i = (int)(x - whole->min[0]
            + LAM_BRICK_EDGE
                * (y - whole->min[1] + LAM_BRICK_EDGE * (z - whole->min[2])));
        const Voxel then = get_voxel (restore->then, i);
        if (!decide (restore, i, get_voxel (restore->now, i), then)
            || !restore->rows)
          continue;
        if (!brick) {
          brick = restore->now ? lam_label_brick_copy (restore->now)
                               : lam_label_brick_new_cleared ();
          labels = lam_label_brick_write_labels (brick);
          sources = lam_label_brick_write_sources (brick);
        }
        labels[i] = then.label;
        sources[i] = then.source;
        if (then.label != last && then.label != 0)
          g_hash_table_add (restore->labels, GUINT_TO_POINTER (then.label));
        last = then.label;
      }
  if (brick)
    lam_label_brick_settle (brick);
  return g_steal_pointer (&brick);
}

static bool
restore_brick (LamBulkEdit *bulk, Restore *restore, const LamBox *box,
    GArray *keys, GError **error)
{
  LamBrickKey key = lam_brick_key_unpack (restore->key);
  LamBox whole = lam_brick_box (key);
  LamBox part = lam_box_intersect (&whole, box);
  if (lam_box_is_empty (&part))
    return true;
  if (!read_two (bulk, restore, error))
    return false;
  g_autoptr (LamLabelBrick) after = mix (restore, &whole, &part);
  if (!after)
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

/* A key can be that of one class only: one that is there, or that comes back
 * with this. */
static bool
is_key_taken (const Restore *restore, const LamClassTable *table, int key)
{
  for (size_t i = 0; i < lam_class_table_get_n_classes (table); i++)
    if (lam_class_table_get_nth_class (table, i)->key == key)
      return true;
  for (guint i = 0; i < restore->rows->len; i++) {
    const LamRowChange *change = restore->rows->pdata[i];
    if (change->kind == LAM_ROW_CLASS && change->class_after->key == key)
      return true;
  }
  return false;
}

/* A change that brings a row back which is gone by now. */
static bool
revive (LamConnection *connection, Restore *restore, const LamClassTable *table,
    const GPtrArray *past, LamRowKind kind, int64_t id, GError **error)
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
  if (!change)
    return false;
  if (kind == LAM_ROW_CLASS
      && is_key_taken (restore, table, change->class_after->key))
    change->class_after->key = 0;
  g_ptr_array_add (restore->rows, change);
  return true;
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
             || revive (connection, restore, table, past, LAM_ROW_CLASS,
                 class_id, error))
      && revive (connection, restore, table, past, LAM_ROW_LABEL, id, error);
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
    GArray *keys, GPtrArray *rows, LamRestoreCount *count,
    LamProgress *progress, GError **error)
{
  *count = (LamRestoreCount){ 0 };
  g_auto (Restore) restore = { .target = target,
    .count = count,
    .labels = g_hash_table_new (NULL, NULL),
    .rows = rows,
    .kept = g_malloc (LAM_BRICK_VOXELS) };
  if (!lam_bulk_edit_work (bulk, begin_work, &restore, error))
    return false;
  for (guint i = 0; i < restore.touched->len; i++) {
    restore.key = g_array_index (restore.touched, int64_t, i);
    if (!restore_brick (bulk, &restore, box, keys, error))
      return false;
    lam_progress_set (progress, i + 1, restore.touched->len);
    if (!lam_progress_check (progress, error))
      return false;
  }
  return !rows || lam_bulk_edit_work (bulk, rows_work, &restore, error);
}
