/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/figure-writer.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "base/int64-hash.h"
#include "workspace/labelling-private.h"

#define EDGE LAM_BRICK_EDGE

struct _LamFigureWriter {
  int32_t class_id; /* of new labels */
  int64_t n_voxels, n_said; /* changed; only said to be what they are */
  bool met_lock, is_kept; /* something was: by a lock, by anything */
  /* Owned */
  LamFigureRule *rule;
  GPtrArray *used_up; /* of LamRowChange */
  GHashTable *known; /* label → its class */
  GHashTable *written; /* labels that voxels were written with, in pointers */
  GHashTable *said; /* labels of which voxels were only said, in pointers */
  GPtrArray *begun; /* of LamRowChange */
  LamLabelNumbers *numbers;
};

LamFigureWriter *
lam_figure_writer_new (const LamClassTable *classes, const GPtrArray *regions,
    LamLabelNumbers *numbers, uint32_t label)
{
  LamFigureWriter *writer = g_new0 (LamFigureWriter, 1);
  const LamLabel *row = lam_class_table_get_label (classes, label);
  writer->class_id = row ? row->class_id : 0;
  writer->numbers = lam_label_numbers_ref (numbers);
  writer->used_up =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  writer->known = g_hash_table_new (NULL, NULL);
  writer->written = g_hash_table_new (NULL, NULL);
  writer->said = g_hash_table_new (NULL, NULL);
  writer->begun =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  writer->rule = lam_figure_rule_new (classes, regions);
  return writer;
}

void
lam_figure_writer_free (LamFigureWriter *writer)
{
  lam_figure_rule_free (writer->rule);
  g_ptr_array_unref (writer->used_up);
  g_hash_table_unref (writer->known);
  g_hash_table_unref (writer->written);
  g_hash_table_unref (writer->said);
  g_ptr_array_unref (writer->begun);
  lam_label_numbers_unref (writer->numbers);
  g_free (writer);
}

void
lam_figure_writer_begin_work (LamFigureWriter *writer, const LamLabel *row)
{
  for (guint i = 0; row && i < writer->begun->len; i++)
    if (((LamRowChange *)writer->begun->pdata[i])->label_after->id == row->id)
      return;
  LamRowChange *begun = lam_labelling_begin_work (row);
  if (begun)
    g_ptr_array_add (writer->begun, begun);
}

void
lam_figure_writer_use_up (LamFigureWriter *writer, const LamLabel *row)
{
  LamLabel after = *row;
  after.deleted = true;
  g_ptr_array_add (writer->used_up, lam_row_change_new_label (row, &after));
}

void
lam_figure_writer_know (LamFigureWriter *writer, const LamLabel *row)
{
  g_hash_table_insert (writer->known, GUINT_TO_POINTER (row->id),
      GINT_TO_POINTER (row->class_id));
}

LamFigureRule *
lam_figure_writer_get_rule (LamFigureWriter *writer)
{
  return writer->rule;
}

int64_t
lam_figure_writer_get_n_voxels (const LamFigureWriter *writer)
{
  return writer->n_voxels;
}

bool
lam_figure_writer_has_kept (const LamFigureWriter *writer)
{
  return writer->is_kept;
}

/* --- one brick ------------------------------------------------------------ */

static bool
is_locked (LamFigureWriter *writer, uint32_t label)
{
  if (!lam_figure_rule_is_locked (writer->rule, label))
    return false;
  writer->met_lock = writer->is_kept = true;
  return true;
}

static bool
may_change (LamFigureWriter *writer, const LamFigurePart *part, uint32_t label)
{
  return !is_locked (writer, label)
      && (part->is_own || lam_figure_rule_allows (writer->rule, label));
}

/* Returns how many voxels are the person's that were not. */
static int64_t
say_part (const LamFigurePart *part, const uint64_t *rows,
    const uint32_t *labels, uint16_t *sources)
{
  int64_t n = 0;
  for (int row = 0; row < LAM_VOXEL_ROWS; row++)
    for (uint64_t word = rows[row]; word; word &= word - 1) {
      const int i = row * EDGE + __builtin_ctzll (word);
      if (labels[i] != part->label || sources[i] == LAM_SOURCE_HUMAN
          || sources[i] == LAM_SOURCE_ACCEPTED)
        continue;
      sources[i] = LAM_SOURCE_HUMAN;
      n++;
    }
  return n;
}

/* Returns how many voxels were changed. */
static int64_t
write_part (LamFigureWriter *writer, const LamFigurePart *part,
    const uint64_t *rows, uint32_t *labels, uint16_t *sources)
{
  int64_t n = 0;
  if (is_locked (writer, part->label))
    return 0;
  for (int row = 0; row < LAM_VOXEL_ROWS; row++)
    for (uint64_t word = rows[row]; word; word &= word - 1) {
      int i = row * EDGE + __builtin_ctzll (word);
      if ((labels[i] == part->label && sources[i] == LAM_SOURCE_HUMAN)
          || !may_change (writer, part, labels[i]))
        continue;
      labels[i] = part->label;
      sources[i] = LAM_SOURCE_HUMAN;
      n++;
    }
  if (n > 0)
    g_hash_table_add (writer->written, GUINT_TO_POINTER (part->label));
  return n;
}

/* The brick with all parts in it; NULL: nothing is another. */
static LamLabelBrick *
change_brick (LamFigureWriter *writer, LamBrickKey key,
    const LamLabelBrick *brick, const GPtrArray *parts)
{
  g_autoptr (LamLabelBrick) after =
      brick ? lam_label_brick_copy (brick) : lam_label_brick_new_cleared ();
  uint32_t *labels = lam_label_brick_write_labels (after);
  uint16_t *sources = lam_label_brick_write_sources (after);
  uint64_t room[LAM_VOXEL_ROWS];
  int64_t n = 0, n_said = 0;
  for (guint i = 0; i < parts->len; i++) {
    const LamFigurePart *part = parts->pdata[i];
    const uint64_t *all = lam_voxel_set_get (part->set, key);
    const uint64_t *rows =
        lam_figure_rule_leave_verified (writer->rule, key, all, room);
    if (part->is_said) {
      const int64_t n_more = say_part (part, rows, labels, sources);
      if (n_more > 0)
        g_hash_table_add (writer->said, GUINT_TO_POINTER (part->label));
      n_said += n_more;
      continue;
    }
    if (rows != all && memcmp (rows, all, sizeof room) != 0)
      writer->is_kept = true;
    n += write_part (writer, part, rows, labels, sources);
  }
  lam_label_brick_settle (after);
  writer->n_voxels += n;
  writer->n_said += n_said;
  return n + n_said > 0 ? g_steal_pointer (&after) : NULL;
}

/* --- all of them ---------------------------------------------------------- */

/* Packed key → GPtrArray of the parts that have voxels in that brick. */
static GHashTable *
sort_by_brick (const GPtrArray *parts)
{
  GHashTable *bricks = g_hash_table_new_full (
      lam_int64_hash, g_int64_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
  for (guint i = 0; i < parts->len; i++) {
    const LamFigurePart *part = parts->pdata[i];
    g_autoptr (GArray) keys = lam_voxel_set_dup_keys (part->set);
    for (guint j = 0; j < keys->len; j++) {
      int64_t packed = g_array_index (keys, int64_t, j);
      GPtrArray *list = g_hash_table_lookup (bricks, &packed);
      if (!list) {
        list = g_ptr_array_new ();
        g_hash_table_insert (bricks, g_memdup2 (&packed, sizeof packed), list);
      }
      g_ptr_array_add (list, parts->pdata[i]);
    }
  }
  return bricks;
}

static bool
write_bricks (LamFigureWriter *writer, LamBulkEdit *bulk, GHashTable *bricks,
    LamBulkResult *result, LamProgress *progress, GError **error)
{
  g_autoptr (GArray) keys = g_array_new (false, false, sizeof (int64_t));
  GHashTableIter iter;
  gpointer key_of;
  g_hash_table_iter_init (&iter, bricks);
  while (g_hash_table_iter_next (&iter, &key_of, NULL))
    g_array_append_vals (keys, key_of, 1);
  g_array_sort (keys, lam_int64_compare);
  for (guint i = 0; i < keys->len; i++) {
    int64_t packed = g_array_index (keys, int64_t, i);
    LamBrickKey key = lam_brick_key_unpack (packed);
    GError *problem = NULL;
    g_autoptr (LamLabelBrick) brick = lam_bulk_edit_read (bulk, key, &problem);
    g_autoptr (LamLabelBrick) after = problem
        ? NULL
        : change_brick (
            writer, key, brick, g_hash_table_lookup (bricks, &packed));
    if (problem
        || (after && !lam_bulk_edit_write (bulk, key, after, &problem))) {
      g_propagate_error (error, problem);
      return false;
    }
    if (after)
      g_array_append_val (result->keys, packed);
    lam_progress_set (progress, i + 1, keys->len);
    if (!lam_progress_check (progress, error))
      return false;
  }
  return true;
}

static int32_t
class_of (const LamFigureWriter *writer, const LamFigurePart *part)
{
  gpointer found;
  return g_hash_table_lookup_extended (
             writer->known, GUINT_TO_POINTER (part->like), NULL, &found)
      ? GPOINTER_TO_INT (found)
      : writer->class_id;
}

static bool
give_numbers (LamFigureWriter *writer, const GPtrArray *parts, GPtrArray *rows,
    GError **error)
{
  for (guint i = 0; i < parts->len; i++) {
    LamFigurePart *part = parts->pdata[i];
    if (!part->is_new)
      continue;
    LamLabel row = { .id = lam_label_numbers_take (writer->numbers),
      .name = part->name ? part->name : (char *)"",
      .class_id = class_of (writer, part),
      .rgb = LAM_RGB_AUTO,
      .state = LAM_LABEL_IN_PROGRESS };
    if (row.id == 0) {
      g_set_error_literal (error, LAM_ERROR, LAM_ERROR_LIMIT,
          _ ("All label numbers up to 4294967295 are taken"));
      return false;
    }
    LamLabel before = row;
    before.deleted = true;
    part->label = row.id;
    g_ptr_array_add (rows, lam_row_change_new_label (&before, &row));
  }
  return true;
}

static bool
is_made_by_parts (const GPtrArray *parts, uint32_t label)
{
  for (guint i = 0; i < parts->len; i++) {
    const LamFigurePart *part = parts->pdata[i];
    if ((part->is_new || part->like != 0) && part->label == label)
      return true;
  }
  return false;
}

/* New labels, and those that come back, of which a lock or a region kept every
 * voxel. */
static void
drop_unwritten (
    const LamFigureWriter *writer, const GPtrArray *parts, GPtrArray *rows)
{
  for (guint i = rows->len; i-- > 0;) {
    const LamLabel *row = ((LamRowChange *)rows->pdata[i])->label_after;
    if (row && is_made_by_parts (parts, row->id)
        && !g_hash_table_contains (writer->written, GUINT_TO_POINTER (row->id)))
      g_ptr_array_remove_index (rows, i);
  }
}

/* Why nothing changed. */
static void
say_why_not (const LamFigureWriter *writer, GError **error)
{
  if (writer->met_lock)
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_READ_ONLY,
        _ ("Nothing was changed: the labels there are locked or completed"));
  else
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("Nothing was changed: it is so already, or a verified region or "
           "“Paints over” keeps it"));
}

static LamBox
find_box (const GPtrArray *parts)
{
  LamBox box = { 0 };
  for (guint i = 0; i < parts->len; i++) {
    const LamBox one =
        lam_voxel_set_get_box (((const LamFigurePart *)parts->pdata[i])->set);
    box = lam_box_unite (&box, &one);
  }
  return box;
}

static void
add_row (GPtrArray *to, const LamRowChange *row)
{
  g_ptr_array_add (
      to, lam_row_change_new_label (row->label_before, row->label_after));
}

static void
add_rows (GPtrArray *to, GPtrArray *rows)
{
  for (guint i = 0; rows && i < rows->len; i++)
    add_row (to, rows->pdata[i]);
}

/* Of labels that the person said something of. */
static void
add_begun (const LamFigureWriter *writer, GPtrArray *to)
{
  for (guint i = 0; i < writer->begun->len; i++) {
    const LamRowChange *row = writer->begun->pdata[i];
    gpointer label = GUINT_TO_POINTER (row->label_after->id);
    if (g_hash_table_contains (writer->written, label)
        || g_hash_table_contains (writer->said, label))
      add_row (to, row);
  }
}

LamBulkResult *
lam_figure_writer_run (LamFigureWriter *writer, LamStore *store,
    const char *tool, const char *detail, const GPtrArray *parts,
    GPtrArray *rows, LamProgress *progress, GError **error)
{
  g_autoptr (LamBulkResult) result = g_new0 (LamBulkResult, 1);
  result->keys = g_array_new (false, false, sizeof (int64_t));
  result->rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  add_rows (result->rows, rows);
  result->box = find_box (parts);
  result->is_persons = true;
  if (!give_numbers (writer, parts, result->rows, error))
    return NULL;
  g_autoptr (GHashTable) bricks = sort_by_brick (parts);
  LamBulkEdit *bulk = lam_store_begin_bulk (store, tool, error);
  if (!bulk)
    return NULL;
  if (!write_bricks (writer, bulk, bricks, result, progress, error)) {
    lam_bulk_edit_cancel (bulk);
    return NULL;
  }
  if (writer->n_voxels == 0) {
    lam_bulk_edit_cancel (bulk);
    say_why_not (writer, error);
    return NULL;
  }
  drop_unwritten (writer, parts, result->rows);
  if (!writer->is_kept)
    add_rows (result->rows, writer->used_up);
  add_begun (writer, result->rows);
  lam_bulk_edit_leave_out (bulk, writer->n_said);
  result->row =
      lam_bulk_edit_end (bulk, result->rows, &result->box, detail, error);
  return result->row ? g_steal_pointer (&result) : NULL;
}
