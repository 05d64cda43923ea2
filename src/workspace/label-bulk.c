/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What looks at every brick of the project: deleting labels, merging them,
 * finding one. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/int64-hash.h"
#include "labels/brick-change.h"
#include "workspace/labelling-private.h"
#include "workspace/queue.h"
#include "workspace/workspace-private.h"

/* --- deleting and merging ------------------------------------------------ */

typedef struct {
  GHashTable *ids; /* Owned; labels */
  uint32_t into; /* what becomes of them; 0: nothing is there */
  char *detail; /* Owned */
  /* Owned; of the moment when it begins */
  GPtrArray *rows; /* LamRowChange */
  GPtrArray *verified; /* LamRegion */
  LamClassTable *classes;
} Deletion;

static void
deletion_free (gpointer data)
{
  Deletion *deletion = data;
  g_hash_table_unref (deletion->ids);
  lam_queue_let_go (deletion->rows);
  g_clear_pointer (&deletion->verified, g_ptr_array_unref);
  g_clear_pointer (&deletion->classes, lam_class_table_free);
  g_free (deletion->detail);
  g_free (deletion);
}

static bool
has_id (GHashTable *ids, uint32_t label)
{
  return g_hash_table_contains (ids, GUINT_TO_POINTER (label));
}

/* The first voxel from `from` on that has one of the labels, or the end. */
static int
find_any (const uint32_t *labels, GHashTable *ids, int from)
{
  uint32_t other = 0; /* the last that is none of them */
  for (int i = from; i < LAM_BRICK_VOXELS; i++) {
    if (labels[i] == other)
      continue;
    if (has_id (ids, labels[i]))
      return i;
    other = labels[i];
  }
  return LAM_BRICK_VOXELS;
}

/* The brick with `into` in the place of the labels, or NULL when none is in it.
 * A person took them away, so a person says what is there now. */
static LamLabelBrick *
without_labels (LamLabelBrick *brick, GHashTable *ids, uint32_t into)
{
  uint32_t all;
  if (lam_label_brick_is_uniform (brick, &all, NULL))
    return has_id (ids, all) ? lam_label_brick_new (into, LAM_SOURCE_HUMAN)
                             : NULL;
  int i = find_any (lam_label_brick_get_labels (brick), ids, 0);
  if (i == LAM_BRICK_VOXELS)
    return NULL;
  LamLabelBrick *copy = lam_label_brick_copy (brick);
  uint32_t *labels = lam_label_brick_write_labels (copy);
  uint16_t *sources = lam_label_brick_write_sources (copy);
  for (; i < LAM_BRICK_VOXELS; i = find_any (labels, ids, i + 1)) {
    labels[i] = into;
    sources[i] = LAM_SOURCE_HUMAN;
  }
  lam_label_brick_settle (copy);
  return copy;
}

/* One of the labels in the part of the brick that a box holds; 0: none. */
static uint32_t
find_inside (const LamLabelBrick *brick, LamBrickKey key, GHashTable *ids,
    const LamBox *box)
{
  const LamBox whole = lam_brick_box (key);
  const LamBox part = lam_box_intersect (&whole, box);
  for (int64_t z = part.min[2]; z < part.max[2]; z++)
    for (int64_t y = part.min[1]; y < part.max[1]; y++)
      for (int64_t x = part.min[0]; x < part.max[0]; x++) {
        const uint32_t label = lam_label_brick_get_label (brick,
            (int)(x - whole.min[0]
                + LAM_BRICK_EDGE
                    * (y - whole.min[1]
                        + LAM_BRICK_EDGE * (z - whole.min[2]))));
        if (has_id (ids, label))
          return label;
      }
  return 0;
}

static bool
check_unverified (const Deletion *deletion, LamBrickKey key,
    const LamLabelBrick *brick, GError **error)
{
  for (guint i = 0; i < deletion->verified->len; i++) {
    const LamRegion *region = deletion->verified->pdata[i];
    const uint32_t label =
        find_inside (brick, key, deletion->ids, &region->box);
    if (label == 0)
      continue;
    g_autofree char *title = lam_labelling_dup_title (deletion->classes, label);
    g_set_error (error, LAM_ERROR, LAM_ERROR_READ_ONLY,
        _ ("“%s” has voxels in the verified region “%s”: set its state back "
           "first"),
        title, region->name);
    return false;
  }
  return true;
}

static bool
clear_everywhere (LamBulkEdit *bulk, const Deletion *deletion,
    LamBulkResult *result, LamProgress *progress, GError **error)
{
  g_autoptr (GArray) keys = lam_bulk_edit_dup_keys (bulk, error);
  if (!keys)
    return false;
  for (guint i = 0; i < keys->len; i++) {
    int64_t packed = g_array_index (keys, int64_t, i);
    LamBrickKey key = lam_brick_key_unpack (packed);
    GError *problem = NULL;
    g_autoptr (LamLabelBrick) brick = lam_bulk_edit_read (bulk, key, &problem);
    if (problem) {
      g_propagate_error (error, problem);
      return false;
    }
    g_autoptr (LamLabelBrick) after =
        brick ? without_labels (brick, deletion->ids, deletion->into) : NULL;
    if (after) {
      if (!check_unverified (deletion, key, brick, error)
          || !lam_bulk_edit_write (bulk, key, after, error))
        return false;
      const LamBox box = lam_brick_change_find_box (brick, after, key);
      result->box = lam_box_unite (&result->box, &box);
      g_array_append_val (result->keys, packed);
    }
    lam_progress_set (progress, i + 1, keys->len);
    if (!lam_progress_check (progress, error))
      return false;
  }
  return true;
}

static LamBulkResult *
delete_run (LamStore *store, GTask *task, LamProgress *progress, GError **error)
{
  const Deletion *deletion = g_task_get_task_data (task);
  g_autoptr (LamBulkResult) result = g_new0 (LamBulkResult, 1);
  result->keys = g_array_new (false, false, sizeof (int64_t));
  result->rows = g_ptr_array_ref (deletion->rows);
  LamBulkEdit *bulk = lam_store_begin_bulk (
      store, deletion->into ? "merge-labels" : "delete", error);
  if (!bulk)
    return NULL;
  if (!clear_everywhere (bulk, deletion, result, progress, error)) {
    lam_bulk_edit_cancel (bulk);
    return NULL;
  }
  result->row = lam_bulk_edit_end (
      bulk, result->rows, &result->box, deletion->detail, error);
  return result->row ? g_steal_pointer (&result) : NULL;
}

static bool
fail_missing (uint32_t id, GError **error)
{
  g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
      _ ("There is no label %u in this project"), id);
  return false;
}

/* As `table` has it. */
static bool
check_changeable (const LamClassTable *table, uint32_t id, GError **error)
{
  const LamLabel *row = lam_class_table_get_label (table, id);
  if (!row || row->deleted)
    return fail_missing (id, error);
  return lam_labelling_check_unlocked (table, id, error);
}

static GPtrArray *
copy_verified (const GPtrArray *regions)
{
  GPtrArray *verified =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_region_free);
  for (guint i = 0; i < regions->len; i++) {
    const LamRegion *region = regions->pdata[i];
    if (region->review == LAM_REVIEW_VERIFIED)
      g_ptr_array_add (verified, lam_region_copy (region));
  }
  return verified;
}

/* The rows as they are on disk when the deletion's turn comes: what was asked
 * for before it may have deleted or locked them. */
static bool
delete_begin (LamWorkspace *workspace, GTask *task, GError **error)
{
  Deletion *deletion = g_task_get_task_data (task);
  if (deletion->into
      && !check_changeable (workspace->saved, deletion->into, error))
    return false;
  GHashTableIter iter;
  gpointer key;
  deletion->classes = lam_class_table_copy (workspace->saved);
  deletion->verified = copy_verified (workspace->regions);
  deletion->rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  g_hash_table_iter_init (&iter, deletion->ids);
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    const uint32_t id = GPOINTER_TO_UINT (key);
    if (!check_changeable (workspace->saved, id, error))
      return false;
    const LamLabel *row = lam_class_table_get_label (workspace->saved, id);
    LamLabel after = *row;
    after.deleted = true;
    g_ptr_array_add (deletion->rows, lam_row_change_new_label (row, &after));
  }
  return true;
}

static char *
describe (LamWorkspace *workspace, uint32_t into, const uint32_t *ids, size_t n)
{
  g_autofree char *title =
      lam_workspace_dup_label_title (workspace, into ? into : ids[0]);
  if (into)
    return g_strdup_printf (ngettext ("Merged %zu label into “%s”",
                                "Merged %zu labels into “%s”", n),
        n, title);
  return n == 1 ? g_strdup_printf (_ ("Deleted “%s”"), title)
                : g_strdup_printf (
                    ngettext ("Deleted %zu label", "Deleted %zu labels", n), n);
}

static bool
check_all (LamWorkspace *workspace, uint32_t into, const uint32_t *ids,
    size_t n, GError **error)
{
  if (!lam_workspace_check_writable (workspace, error)
      || (into && !check_changeable (workspace->classes, into, error)))
    return false;
  for (size_t i = 0; i < n; i++) {
    if (!check_changeable (workspace->classes, ids[i], error))
      return false;
    if (ids[i] == into) {
      g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
          _ ("Label %u cannot be merged into itself"), into);
      return false;
    }
  }
  return true;
}

static void
change_everywhere (LamWorkspace *workspace, uint32_t into, const uint32_t *ids,
    size_t n_ids, LamProgress *progress, GAsyncReadyCallback callback,
    gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (workspace, NULL, callback, user_data);
  GError *error = NULL;
  if (!check_all (workspace, into, ids, n_ids, &error)) {
    g_task_return_error (task, error);
    return;
  }
  Deletion *deletion = g_new0 (Deletion, 1);
  deletion->into = into;
  deletion->ids = g_hash_table_new (NULL, NULL);
  lam_labelling_save_fresh (workspace, into);
  for (size_t i = 0; i < n_ids; i++) {
    g_hash_table_add (deletion->ids, GUINT_TO_POINTER (ids[i]));
    lam_labelling_save_fresh (workspace, ids[i]);
  }
  deletion->detail = describe (workspace, into, ids, n_ids);
  g_task_set_task_data (task, deletion, deletion_free);
  lam_queue_push_bulk (workspace, delete_begin, delete_run, task, progress);
}

void
lam_workspace_delete_labels_async (LamWorkspace *workspace, const uint32_t *ids,
    size_t n_ids, LamProgress *progress, GAsyncReadyCallback callback,
    gpointer user_data)
{
  g_return_if_fail (n_ids > 0);
  change_everywhere (workspace, 0, ids, n_ids, progress, callback, user_data);
}

void
lam_workspace_merge_labels_async (LamWorkspace *workspace, uint32_t into,
    const uint32_t *ids, size_t n_ids, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (n_ids > 0 && into > 0);
  change_everywhere (
      workspace, into, ids, n_ids, progress, callback, user_data);
}

void
lam_workspace_delete_label_async (LamWorkspace *workspace, uint32_t id,
    LamProgress *progress, GAsyncReadyCallback callback, gpointer user_data)
{
  lam_workspace_delete_labels_async (
      workspace, &id, 1, progress, callback, user_data);
}

bool
lam_workspace_delete_label_finish (
    LamWorkspace *workspace, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- finding ------------------------------------------------------------ */

typedef struct {
  uint32_t label;
  LamLabelMap *labels; /* Borrowed from the workspace, which the caller's task
                        * keeps */
  GArray *keys; /* Owned; every brick, in order */
  double voxel[3];
} Search;

static void
search_free (gpointer data)
{
  Search *search = data;
  g_array_unref (search->keys);
  g_free (search);
}

static void
add_key (LamBrickKey key, gpointer user_data)
{
  int64_t packed = lam_brick_key_pack (key);
  g_array_append_val ((GArray *)user_data, packed);
}

/* Of each brick's labels, one in so many along each axis is looked at first. */
#define SPARSE 4

/* The label's voxel nearest to the mean of its voxels in this brick; returns
 * how many it has. */
static int64_t
find_in_brick (const LamLabelBrick *brick, uint32_t label, int found[3])
{
  int64_t n = 0;
  double sum[3] = { 0 };
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    if (lam_label_brick_get_label (brick, i) == label) {
      sum[0] += i % LAM_BRICK_EDGE;
      sum[1] += i / LAM_BRICK_EDGE % LAM_BRICK_EDGE;
      sum[2] += i / (LAM_BRICK_EDGE * LAM_BRICK_EDGE);
      n++;
    }
  double best = INFINITY;
  for (int i = 0; n > 0 && i < LAM_BRICK_VOXELS; i++)
    if (lam_label_brick_get_label (brick, i) == label) {
      int at[3] = { i % LAM_BRICK_EDGE, i / LAM_BRICK_EDGE % LAM_BRICK_EDGE,
        i / (LAM_BRICK_EDGE * LAM_BRICK_EDGE) };
      double distance = 0;
      for (int a = 0; a < 3; a++)
        distance += (at[a] - sum[a] / n) * (at[a] - sum[a] / n);
      if (distance < best) {
        best = distance;
        memcpy (found, at, sizeof at);
      }
    }
  return n;
}

static LamBrickKey
get_key (const Search *search, guint i)
{
  return lam_brick_key_unpack (g_array_index (search->keys, int64_t, i));
}

/* Where most of its voxels seem to be by every SPARSE-th of them, which is many
 * times faster than to look at all; -1: none of these is the label's. */
static int
guess_brick (const Search *search, GError **error)
{
  const int stride[3] = { SPARSE, SPARSE, SPARSE };
  const int n_each = lam_coarse_brick_count (stride);
  int most = 0, likely = -1;
  for (guint i = 0; i < search->keys->len; i++) {
    g_autoptr (LamCoarseBrick) coarse =
        lam_label_map_read_coarse (search->labels, get_key (search, i),
            LAM_PART_LABELS, stride, NULL, error);
    int n = 0;
    for (int j = 0; coarse && j < n_each; j++)
      n += lam_coarse_brick_get_value (coarse, j) == search->label;
    if (n > most) {
      most = n;
      likely = (int)i;
    }
    if (!coarse)
      return -1;
  }
  return likely;
}

/* How many voxels of the label the brick has, one of which is kept; -1 with
 * error. */
static int64_t
search_brick (Search *search, guint i, GError **error)
{
  GError *failed = NULL;
  LamBox box = lam_brick_box (get_key (search, i));
  g_autoptr (LamLabelBrick) brick =
      lam_label_map_read (search->labels, get_key (search, i), NULL, &failed);
  if (failed) {
    g_propagate_error (error, failed);
    return -1;
  }
  uint32_t all;
  if (!brick
      || (lam_label_brick_is_uniform (brick, &all, NULL)
          && all != search->label))
    return 0;
  int found[3] = { 0 };
  int64_t n = find_in_brick (brick, search->label, found);
  for (int a = 0; a < 3; a++)
    search->voxel[a] = (double)(box.min[a] + found[a]) + 0.5;
  return n;
}

/* In the brick that seems to hold most of it; a label that is thin everywhere
 * is looked for in all of them. */
static bool
find (Search *search, GError **error)
{
  GError *failed = NULL;
  int likely = guess_brick (search, &failed);
  int64_t n = 0;
  if (likely >= 0)
    n = search_brick (search, (guint)likely, &failed);
  for (guint i = 0; !failed && n == 0 && i < search->keys->len; i++)
    n = search_brick (search, i, &failed);
  if (!failed && n == 0)
    g_set_error (&failed, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("Label %u has no voxels yet"), search->label);
  if (failed)
    g_propagate_error (error, failed);
  return !failed;
}

static void
find_run (
    GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  if (find (data, &error))
    g_task_return_boolean (task, true);
  else
    g_task_return_error (task, error);
}

static void
found_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  if (g_task_propagate_boolean (G_TASK (result), &error))
    g_task_return_boolean (task, true);
  else
    g_task_return_error (task, error);
}

void
lam_workspace_find_label_async (LamWorkspace *workspace, uint32_t id,
    GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (workspace, NULL, callback, user_data);
  Search *search = g_new0 (Search, 1);
  search->label = id;
  search->labels = workspace->labels;
  search->keys = g_array_new (false, false, sizeof (int64_t));
  lam_label_map_foreach (workspace->labels, add_key, search->keys);
  g_array_sort (search->keys, lam_int64_compare);
  g_task_set_task_data (task, search, search_free);
  /* No source: a worker must not drop the last reference to a workspace. */
  g_autoptr (GTask) work = g_task_new (NULL, NULL, found_cb, task);
  g_task_set_task_data (work, search, NULL);
  g_task_run_in_thread (work, find_run);
}

bool
lam_workspace_find_label_finish (LamWorkspace *workspace, GAsyncResult *result,
    double voxel[3], GError **error)
{
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return false;
  const Search *search = g_task_get_task_data (G_TASK (result));
  memcpy (voxel, search->voxel, sizeof search->voxel);
  return true;
}
