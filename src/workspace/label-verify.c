/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Verifying labels: one look at every brick of the project, in the queue's
 * worker, and one bulk edit that changes who said a voxel, never its label. */
#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "labels/brick-change.h"
#include "labels/region.h"
#include "workspace/label-states.h"
#include "workspace/queue.h"
#include "workspace/workspace-private.h"

typedef struct {
  int64_t n_voxels;
  /* Owned */
  GHashTable *ids; /* labels, in pointers */
  GArray *verified; /* of LamBox; once it has begun, like `rows` */
  GPtrArray *rows; /* of LamRowChange */
} Act;

static void
act_free (gpointer data)
{
  Act *act = data;
  g_hash_table_unref (act->ids);
  g_clear_pointer (&act->verified, g_array_unref);
  lam_queue_let_go (act->rows);
  g_free (act);
}

/* --- one brick ------------------------------------------------------------ */

/* Neighbours are mostly of one label: the last answer is kept at hand. */
typedef struct {
  uint32_t label;
  bool is_meant;
} Last;

static bool
is_meant (const Act *act, uint32_t label, Last *last)
{
  if (label != last->label)
    *last = (Last){ label,
      g_hash_table_contains (act->ids, GUINT_TO_POINTER (label)) };
  return last->is_meant;
}

static bool
is_persons (uint16_t source)
{
  return source == LAM_SOURCE_HUMAN || source == LAM_SOURCE_ACCEPTED;
}

static bool
is_in_verified (const Act *act, LamBrickKey key, int i)
{
  LamBox brick = lam_brick_box (key);
  const int64_t voxel[3] = { brick.min[0] + i % LAM_BRICK_EDGE,
    brick.min[1] + i / LAM_BRICK_EDGE % LAM_BRICK_EDGE,
    brick.min[2] + i / (LAM_BRICK_EDGE * LAM_BRICK_EDGE) };
  return lam_boxes_contain (act->verified, voxel);
}

/* The brick with what is meant accepted; NULL: nothing is another. */
static LamLabelBrick *
accept (Act *act, LamBrickKey key, LamLabelBrick *brick)
{
  Last last = { 0 }; /* nothing is no label */
  uint32_t all;
  uint16_t source;
  if (lam_label_brick_is_uniform (brick, &all, &source)
      && (!is_meant (act, all, &last) || is_persons (source)))
    return NULL;
  g_autoptr (LamLabelBrick) after = lam_label_brick_copy (brick);
  const uint32_t *labels = lam_label_brick_write_labels (after);
  uint16_t *sources = lam_label_brick_write_sources (after);
  int64_t n = 0;
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    if (!is_meant (act, labels[i], &last) || is_persons (sources[i])
        || is_in_verified (act, key, i))
      continue;
    sources[i] = LAM_SOURCE_ACCEPTED;
    n++;
  }
  lam_label_brick_settle (after);
  act->n_voxels += n;
  return n > 0 ? g_steal_pointer (&after) : NULL;
}

static bool
accept_all (Act *act, LamBulkEdit *bulk, LamBulkResult *result,
    LamProgress *progress, GError **error)
{
  g_autoptr (GArray) keys = lam_bulk_edit_dup_keys (bulk, error);
  for (guint i = 0; keys && i < keys->len; i++) {
    int64_t packed = g_array_index (keys, int64_t, i);
    LamBrickKey key = lam_brick_key_unpack (packed);
    GError *problem = NULL;
    g_autoptr (LamLabelBrick) brick = lam_bulk_edit_read (bulk, key, &problem);
    g_autoptr (LamLabelBrick) after = brick ? accept (act, key, brick) : NULL;
    if (problem
        || (after && !lam_bulk_edit_write (bulk, key, after, &problem))) {
      g_propagate_error (error, problem);
      return false;
    }
    if (after) {
      const LamBox box = lam_brick_change_find_box (brick, after, key);
      result->box = lam_box_unite (&result->box, &box);
      g_array_append_val (result->keys, packed);
    }
    lam_progress_set (progress, i + 1, keys->len);
    if (!lam_progress_check (progress, error))
      return false;
  }
  return keys != NULL;
}

/* --- all of them ---------------------------------------------------------- */

static LamBulkResult *
run (LamStore *store, GTask *task, LamProgress *progress, GError **error)
{
  Act *act = g_task_get_task_data (task);
  g_autoptr (LamBulkResult) result = g_new0 (LamBulkResult, 1);
  result->keys = g_array_new (false, false, sizeof (int64_t));
  LamBulkEdit *bulk = lam_store_begin_bulk (store, "verify", error);
  if (!bulk)
    return NULL;
  if (!accept_all (act, bulk, result, progress, error)) {
    lam_bulk_edit_cancel (bulk);
    return NULL;
  }
  if (act->n_voxels == 0 && act->rows->len == 0) {
    lam_bulk_edit_cancel (bulk); /* all is so already */
    return g_steal_pointer (&result);
  }
  result->rows = g_ptr_array_ref (act->rows);
  const guint n = g_hash_table_size (act->ids);
  g_autofree char *detail =
      g_strdup_printf (ngettext ("%u label", "%u labels", n), n);
  result->row =
      lam_bulk_edit_end (bulk, result->rows, &result->box, detail, error);
  return result->row ? g_steal_pointer (&result) : NULL;
}

/* The rows as they are on disk when its turn comes. */
static bool
begin (LamWorkspace *workspace, GTask *task, GError **error)
{
  Act *act = g_task_get_task_data (task);
  GHashTableIter iter;
  gpointer id;
  act->verified = lam_regions_dup_verified (workspace->regions);
  act->rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  g_hash_table_iter_init (&iter, act->ids);
  while (g_hash_table_iter_next (&iter, &id, NULL)) {
    const LamLabel *row =
        lam_class_table_get_label (workspace->saved, GPOINTER_TO_UINT (id));
    if (!row || row->deleted) {
      g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
          _ ("There is no label %u in this project"), GPOINTER_TO_UINT (id));
      return false;
    }
    if (row->state == LAM_LABEL_COMPLETED)
      continue;
    LamLabel after = *row;
    after.state = LAM_LABEL_COMPLETED;
    g_ptr_array_add (act->rows, lam_row_change_new_label (row, &after));
  }
  return true;
}

void
lam_workspace_verify_labels_async (LamWorkspace *workspace, const uint32_t *ids,
    size_t n_ids, LamProgress *progress, GAsyncReadyCallback callback,
    gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (workspace, NULL, callback, user_data);
  GError *error = NULL;
  if (!lam_workspace_check_writable (workspace, &error)) {
    g_task_return_error (task, error);
    return;
  }
  Act *act = g_new0 (Act, 1);
  act->ids = g_hash_table_new (NULL, NULL);
  for (size_t i = 0; i < n_ids; i++)
    g_hash_table_add (act->ids, GUINT_TO_POINTER (ids[i]));
  g_task_set_task_data (task, act, act_free);
  lam_queue_push_bulk (workspace, begin, run, task, progress);
}

bool
lam_workspace_verify_labels_finish (LamWorkspace *workspace,
    GAsyncResult *result, int64_t *n_voxels, GError **error)
{
  const Act *act = g_task_get_task_data (G_TASK (result));
  if (n_voxels)
    *n_voxels = act ? act->n_voxels : 0;
  return g_task_propagate_boolean (G_TASK (result), error);
}
