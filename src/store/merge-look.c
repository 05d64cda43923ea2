/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Rows of the history are never removed and never change but for their state,
 * and their times are microseconds. So what two copies of a project have in
 * common is the rows, from the first on, that are the same in both. */
#include "store/merge-look.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "store/history.h"
#include "store/row-table.h"
#include "store/store.h"

static bool
read_history (LamMergeLook *look, LamConnection *connection, GError **error)
{
  const LamHistoryFilter all = { .has_steps = true };
  GPtrArray *rows = lam_history_read (connection, 0, G_MAXINT, &all, error);
  for (guint i = 0; rows && i < rows->len / 2; i++) {
    gpointer swap = rows->pdata[i];
    rows->pdata[i] = rows->pdata[rows->len - 1 - i];
    rows->pdata[rows->len - 1 - i] = swap;
  }
  look->history = rows;
  return rows != NULL;
}

static bool
read_identity (LamMergeLook *look, LamConnection *connection, GError **error)
{
  g_auto (LamVolumeRow) volume = { 0 };
  g_autoptr (GHashTable) settings =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (!lam_row_read_volume (connection, &volume, error)
      || !lam_row_read_settings (connection, settings, error))
    return false;
  memcpy (look->size, volume.size, sizeof look->size);
  look->id = g_strdup (g_hash_table_lookup (settings, LAM_SETTING_PROJECT));
  return true;
}

bool
lam_merge_look (LamMergeLook *look, LamConnection *connection, GError **error)
{
  look->path = (char *)lam_connection_get_path (connection);
  if (!read_identity (look, connection, error)
      || !read_history (look, connection, error)
      || !lam_row_set_read (&look->rows, connection, error))
    return false;
  look->merged = lam_voice_table_read_merged (connection, error);
  return look->merged != NULL;
}

void
lam_merge_look_clear (LamMergeLook *look)
{
  g_clear_pointer (&look->id, g_free);
  g_clear_pointer (&look->history, g_ptr_array_unref);
  g_clear_pointer (&look->merged, g_ptr_array_unref);
  lam_row_set_clear (&look->rows);
}

/* ---- Where they went apart ---------------------------------------------- */

static bool
is_same_row (const LamHistoryRow *a, const LamHistoryRow *b)
{
  return a->id == b->id && a->time == b->time && a->target == b->target
      && a->n_voxels == b->n_voxels && a->n_bricks == b->n_bricks
      && lam_box_equal (&a->box, &b->box) && strcmp (a->who, b->who) == 0
      && strcmp (a->tool, b->tool) == 0 && strcmp (a->detail, b->detail) == 0;
}

static int64_t
count_common (const GPtrArray *mine, const GPtrArray *theirs)
{
  guint n = 0;
  while (n < mine->len && n < theirs->len
      && is_same_row (mine->pdata[n], theirs->pdata[n]))
    n++;
  return n;
}

static bool
has_row (const LamMergeLook *look, int64_t row, int64_t time)
{
  if (row == 0)
    return time == 0;
  return row > 0 && row <= look->history->len
      && ((LamHistoryRow *)look->history->pdata[row - 1])->time == time;
}

bool
lam_merge_find_merged (
    const LamMergeLook *mine, const LamMergeLook *theirs, LamMergeBase *base)
{
  int64_t n = count_common (mine->history, theirs->history);
  for (guint i = 0; i < mine->merged->len; i++) {
    const LamMergedRow *row = mine->merged->pdata[i];
    if (row->row > 0 && row->row >= n && row->edit > n
        && has_row (theirs, row->row, row->time)) {
      *base = (LamMergeBase){ row->edit, row->row, row };
      return true;
    }
  }
  return false;
}

bool
lam_merge_find_shared (const LamMergeLook *mine, const LamMergeLook *theirs,
    const LamMergeBase *base, int64_t *mine_row, int64_t *theirs_row)
{
  for (guint i = 0; i < theirs->merged->len; i++) {
    const LamMergedRow *row = theirs->merged->pdata[i];
    if (row->row > 0 && row->edit > base->theirs
        && has_row (mine, row->row, row->time)) {
      *mine_row = row->row;
      *theirs_row = row->edit;
      return true;
    }
  }
  return false;
}

bool
lam_merge_find_base (const LamMergeLook *mine, const LamMergeLook *theirs,
    LamMergeBase *base, GError **error)
{
  int64_t n = count_common (mine->history, theirs->history);
  bool is_one = mine->id && theirs->id && strcmp (mine->id, theirs->id) == 0;
  bool is_other = mine->id && theirs->id && !is_one;
  if (is_other || (n == 0 && !is_one)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("%s and %s did not grow from one project: their histories have no "
           "edit in common. Give the project that both began from as the base"),
        mine->path, theirs->path);
    return false;
  }
  *base = (LamMergeBase){ n, n, NULL };
  lam_merge_find_merged (mine, theirs, base);
  return true;
}

bool
lam_merge_check_size (
    const LamMergeLook *mine, const LamMergeLook *other, GError **error)
{
  if (memcmp (mine->size, other->size, sizeof mine->size) == 0)
    return true;
  const int64_t *a = mine->size, *b = other->size;
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("%s is about a volume of %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT
         " × %" G_GINT64_FORMAT " voxels, and %s about one of %" G_GINT64_FORMAT
         " × %" G_GINT64_FORMAT " × %" G_GINT64_FORMAT),
      mine->path, a[0], a[1], a[2], other->path, b[0], b[1], b[2]);
  return false;
}

/* What was undone since is no edit, and taking it back is none; but taking back
 * what was there before is. */
static bool
counts (const LamHistoryRow *edit, int64_t row)
{
  return edit->target == 0 ? !edit->undone : edit->target <= row;
}

char *
lam_merge_dup_persons (const LamMergeLook *look, int64_t row, int *n_edits)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  *n_edits = 0;
  for (guint i = (guint)row; i < look->history->len; i++) {
    const LamHistoryRow *edit = look->history->pdata[i];
    if (edit->run != 0 || !counts (edit, row))
      continue;
    (*n_edits)++;
    if (!g_ptr_array_find_with_equal_func (names, edit->who, g_str_equal, NULL))
      g_ptr_array_add (names, edit->who);
  }
  g_ptr_array_add (names, NULL);
  return g_strjoinv (", ", (char **)names->pdata);
}

static bool
add_pairs (const LamMergedRow *row, bool inverse, const char *path,
    LamIdMap *ids[LAM_N_ROW_KINDS], GError **error)
{
  if (lam_id_map_add_text (ids[LAM_ROW_CLASS], row->classes, inverse)
      && lam_id_map_add_text (ids[LAM_ROW_LABEL], row->labels, inverse)
      && lam_id_map_add_text (ids[LAM_ROW_REGION], row->regions, inverse)
      && (!row->notes
          || lam_id_map_add_text (ids[LAM_ROW_NOTE], row->notes, inverse)))
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
      _ ("%s: what is known of the merge of edit %" G_GINT64_FORMAT
         " is damaged"),
      path, row->edit);
  return false;
}

bool
lam_merge_add_known (const LamMergeLook *mine, const LamMergeLook *theirs,
    const LamMergeBase *base, LamIdMap *ids[LAM_N_ROW_KINDS], GError **error)
{
  for (guint i = theirs->merged->len; i-- > 0;) {
    const LamMergedRow *row = theirs->merged->pdata[i];
    if (row->edit > base->theirs && has_row (mine, row->row, row->time)
        && !add_pairs (row, true, theirs->path, ids, error))
      return false;
  }
  return !base->merged
      || add_pairs (base->merged, false, mine->path, ids, error);
}
