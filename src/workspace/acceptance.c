/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* In three steps, in the queue's worker: which voxels, which labels they get
 * (as when a network writes its own, model-objects.c, so that what touches an
 * object of the class becomes a part of it), and one bulk edit. */
#include "workspace/acceptance.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "labels/region.h"
#include "store/model-edit.h"
#include "store/opinions.h"
#include "workspace/class-fit.h"
#include "workspace/model-objects.h"
#include "workspace/queue.h"
#include "workspace/workspace-private.h"

#define SETTING "network.proposes"

bool
lam_workspace_only_proposes (LamWorkspace *workspace)
{
  g_autofree char *text = lam_workspace_dup_setting (workspace, SETTING);
  return text && strcmp (text, "1") == 0;
}

void
lam_workspace_set_only_proposes (LamWorkspace *workspace, bool only)
{
  lam_workspace_set_setting (workspace, SETTING, only ? "1" : "0");
}

typedef struct {
  LamSelectionRule rule;
  bool rejects;
  int64_t size[3];
  int64_t n_voxels;
  LamSelection *selection; /* Owned; while it runs */
  /* Owned; as they were when its turn came */
  LamClassTable *classes;
  LamLabelNumbers *numbers;
  GArray *verified; /* of LamBox */
  GArray *fit, *labels; /* by place: class, and its one label */
  bool *has_instances;
  LamObjectRule *rules;
  double voxel_size_nm[3]; /* 0: not known */
  GPtrArray *rows; /* LamRowChange of labels that may be made */
} Acceptance;

static void
acceptance_free (gpointer data)
{
  Acceptance *act = data;
  g_clear_pointer (&act->selection, lam_selection_free);
  g_clear_pointer (&act->classes, lam_class_table_free);
  g_clear_pointer (&act->numbers, lam_label_numbers_unref);
  g_clear_pointer (&act->verified, g_array_unref);
  g_clear_pointer (&act->fit, g_array_unref);
  g_clear_pointer (&act->labels, g_array_unref);
  g_free (act->has_instances);
  g_free (act->rules);
  g_ptr_array_unref (act->rows);
  g_free (act);
}

/* --- what it is made from ------------------------------------------------- */

static void
take_tables (Acceptance *act, LamWorkspace *workspace)
{
  act->classes = lam_class_table_copy (workspace->saved);
  act->numbers = lam_label_numbers_ref (workspace->numbers);
  act->verified = lam_regions_dup_verified (workspace->regions);
  memcpy (act->size, workspace->size, sizeof act->size);
  if (workspace->knows_voxel_size)
    memcpy (act->voxel_size_nm, workspace->voxel_size_nm,
        sizeof act->voxel_size_nm);
}

/* The second best of an object is the object that the person points at. */
static LamObjectRule
find_rule (
    const Acceptance *act, LamWorkspace *workspace, const LamClass *class)
{
  LamObjectRule rule = lam_workspace_get_object_rule (workspace, class);
  rule.cuts &= act->rule.word == LAM_WORD_PROPOSAL;
  return rule;
}

static bool
begin (LamWorkspace *workspace, GTask *task, GError **error)
{
  Acceptance *act = g_task_get_task_data (task);
  take_tables (act, workspace);
  size_t n = MIN (lam_class_table_get_n_classes (act->classes), 254);
  act->fit = g_array_new (false, false, sizeof (int32_t));
  act->has_instances = g_new0 (bool, n);
  act->rules = g_new0 (LamObjectRule, n);
  for (size_t i = 0; i < n; i++) {
    const LamClass *class = lam_class_table_get_nth_class (act->classes, i);
    g_array_append_val (act->fit, class->id);
    act->has_instances[i] = class->id != 0 && class->has_instances;
    act->rules[i] = find_rule (act, workspace, class);
  }
  act->labels = lam_class_fit_take_labels (
      act->fit, act->classes, act->numbers, act->rows, error);
  return act->labels != NULL;
}

/* --- labels --------------------------------------------------------------- */

/* Of the selection's box, dense; LAM_MODEL_SILENT beside what was chosen. */
static uint32_t *
find_labels (
    Acceptance *act, LamStore *store, LamProgress *progress, GError **error)
{
  const LamSelection *selection = act->selection;
  int64_t n = lam_box_volume (&selection->box);
  g_autofree uint8_t *classes = g_try_malloc ((gsize)n);
  if (!classes) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("Not enough memory for a box of %" G_GINT64_FORMAT " voxels"), n);
    return NULL;
  }
  for (int64_t i = 0; i < n; i++)
    classes[i] = (uint8_t)(selection->places[i] - 1); /* 0: silent */
  LamModelObjects objects = { .box = selection->box,
    .classes = classes,
    .n_classes = (int)act->fit->len,
    .has_instances = act->has_instances,
    .class_ids = (const int32_t *)(void *)act->fit->data,
    .class_labels = (const uint32_t *)(void *)act->labels->data,
    .rules = act->rules,
    .table = act->classes,
    .numbers = act->numbers,
    .is_chosen = true,
    .is_one = act->rule.word == LAM_WORD_SECOND,
    .rows = act->rows };
  memcpy (objects.size, act->size, sizeof objects.size);
  memcpy (
      objects.voxel_size_nm, act->voxel_size_nm, sizeof objects.voxel_size_nm);
  return lam_model_objects_find (&objects, store, progress, error);
}

/* Labels that are made, but for those that nothing was written with. */
static GPtrArray *
keep_used (const Acceptance *act, GHashTable *used)
{
  GPtrArray *rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  for (guint i = 0; i < act->rows->len; i++) {
    const LamRowChange *change = act->rows->pdata[i];
    if (g_hash_table_contains (
            used, GUINT_TO_POINTER (change->label_after->id)))
      g_ptr_array_add (rows,
          lam_row_change_new_label (change->label_before, change->label_after));
  }
  return rows;
}

/* --- writing -------------------------------------------------------------- */

/* Sets what was chosen in one brick; NULL: nothing is another. */
static LamLabelBrick *
change_brick (Acceptance *act, const uint32_t *labels, LamBrickKey key,
    const LamLabelBrick *brick, GHashTable *used)
{
  const LamSelection *selection = act->selection;
  LamBox whole = lam_brick_box (key);
  LamBox part = lam_box_intersect (&whole, &selection->box);
  g_autoptr (LamLabelBrick) after =
      brick ? lam_label_brick_copy (brick) : lam_label_brick_new_cleared ();
  uint32_t *to = lam_label_brick_write_labels (after);
  uint16_t *sources = lam_label_brick_write_sources (after);
  int64_t n_before = act->n_voxels;
  for (int64_t z = part.min[2]; z < part.max[2]; z++)
    for (int64_t y = part.min[1]; y < part.max[1]; y++)
      for (int64_t x = part.min[0]; x < part.max[0]; x++) {
        int64_t from = ((z - selection->box.min[2])
                               * (selection->box.max[1] - selection->box.min[1])
                           + y - selection->box.min[1])
                * (selection->box.max[0] - selection->box.min[0])
            + x - selection->box.min[0];
        int i = (int)(x - whole.min[0]
            + LAM_BRICK_EDGE
                * (y - whole.min[1] + LAM_BRICK_EDGE * (z - whole.min[2])));
        if (selection->places[from] == 0
            || lam_class_table_is_locked (act->classes, to[i])
            || lam_class_table_is_locked (act->classes, labels[from]))
          continue;
        to[i] = labels[from];
        sources[i] = LAM_SOURCE_ACCEPTED;
        g_hash_table_add (used, GUINT_TO_POINTER (labels[from]));
        act->n_voxels++;
      }
  lam_label_brick_settle (after);
  return act->n_voxels > n_before ? g_steal_pointer (&after) : NULL;
}

static bool
write_bricks (Acceptance *act, const uint32_t *labels, LamBulkEdit *bulk,
    GArray *keys, GHashTable *used, GError **error)
{
  LamBox bricks = lam_box_bricks (&act->selection->box);
  for (int64_t z = bricks.min[2]; z < bricks.max[2]; z++)
    for (int64_t y = bricks.min[1]; y < bricks.max[1]; y++)
      for (int64_t x = bricks.min[0]; x < bricks.max[0]; x++) {
        LamBrickKey key = { (int32_t)x, (int32_t)y, (int32_t)z };
        int64_t packed = lam_brick_key_pack (key);
        GError *problem = NULL;
        g_autoptr (LamLabelBrick) brick =
            lam_bulk_edit_read (bulk, key, &problem);
        g_autoptr (LamLabelBrick) after =
            problem ? NULL : change_brick (act, labels, key, brick, used);
        if (problem
            || (after && !lam_bulk_edit_write (bulk, key, after, &problem))) {
          g_propagate_error (error, problem);
          return false;
        }
        if (after)
          g_array_append_val (keys, packed);
      }
  return true;
}

static LamBulkResult *
write_edit (
    Acceptance *act, const uint32_t *labels, LamStore *store, GError **error)
{
  g_autoptr (LamBulkResult) result = g_new0 (LamBulkResult, 1);
  g_autoptr (GHashTable) used = g_hash_table_new (NULL, NULL);
  result->keys = g_array_new (false, false, sizeof (int64_t));
  LamBulkEdit *bulk = lam_store_begin_bulk (store,
      act->rule.word == LAM_WORD_SECOND ? "second-best" : "accept", error);
  if (!bulk)
    return NULL;
  if (!write_bricks (act, labels, bulk, result->keys, used, error)) {
    lam_bulk_edit_cancel (bulk);
    return NULL;
  }
  if (act->n_voxels == 0) {
    lam_bulk_edit_cancel (bulk);
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_READ_ONLY,
        _ ("The label or its class is locked, or the label is completed: "
           "unlock it or give it another state first"));
    return NULL;
  }
  result->rows = keep_used (act, used);
  result->box = act->selection->box;
  result->row = lam_bulk_edit_end (bulk, result->rows, &result->box, "", error);
  return result->row ? g_steal_pointer (&result) : NULL;
}

static bool
is_chosen (LamBrickKey key, int index, gpointer data)
{
  const Acceptance *act = data;
  LamBox brick = lam_brick_box (key);
  const int64_t voxel[3] = { brick.min[0] + index % LAM_BRICK_EDGE,
    brick.min[1] + index / LAM_BRICK_EDGE % LAM_BRICK_EDGE,
    brick.min[2] + index / (LAM_BRICK_EDGE * LAM_BRICK_EDGE) };
  return lam_selection_get (act->selection, voxel) != 0;
}

static LamBulkResult *
reject (Acceptance *act, LamStore *store, GError **error)
{
  act->n_voxels =
      lam_store_reject (store, &act->selection->box, is_chosen, act, error);
  if (act->n_voxels < 0)
    return NULL;
  LamBulkResult *result = g_new0 (LamBulkResult, 1);
  result->opinion_box = act->selection->box;
  return result;
}

/* In the queue's worker; nothing else is done to the project meanwhile. */
static LamBulkResult *
run (LamStore *store, GTask *task, LamProgress *progress, GError **error)
{
  Acceptance *act = g_task_get_task_data (task);
  act->selection = lam_selection_find (store, &act->rule, act->classes,
      act->verified, act->size, progress, error);
  if (!act->selection)
    return NULL;
  if (act->rejects)
    return reject (act, store, error);
  g_autofree uint32_t *labels = find_labels (act, store, progress, error);
  return labels ? write_edit (act, labels, store, error) : NULL;
}

/* --- asking --------------------------------------------------------------- */

static bool
check_rule (
    LamWorkspace *workspace, const LamSelectionRule *rule, GError **error)
{
  LamBox all = lam_box_of_size (workspace->size);
  LamBox inside = lam_box_intersect (&rule->box, &all);
  bool fits = rule->is_flood
      ? lam_box_contains (&all, rule->voxel)
      : !lam_box_is_empty (&inside) && lam_box_equal (&inside, &rule->box);
  if (!fits)
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("What is to be taken must lie inside of the volume"));
  return fits && lam_workspace_check_writable (workspace, error);
}

void
lam_workspace_accept_async (LamWorkspace *workspace,
    const LamSelectionRule *rule, bool rejects, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (workspace, NULL, callback, user_data);
  GError *error = NULL;
  if (!check_rule (workspace, rule, &error)) {
    g_task_return_error (task, error);
    return;
  }
  Acceptance *act = g_new0 (Acceptance, 1);
  act->rule = *rule;
  act->rejects = rejects;
  act->rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  g_task_set_task_data (task, act, acceptance_free);
  lam_queue_push_bulk (workspace, begin, run, task, progress);
}

bool
lam_workspace_accept_finish (LamWorkspace *workspace, GAsyncResult *result,
    int64_t *n_voxels, GError **error)
{
  const Acceptance *act = g_task_get_task_data (G_TASK (result));
  if (n_voxels && act)
    *n_voxels = act->n_voxels;
  return g_task_propagate_boolean (G_TASK (result), error);
}

GHashTable *
lam_workspace_count_proposals (LamWorkspace *workspace, const LamBox *box,
    LamProgress *progress, GError **error)
{
  GHashTable *counts = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  const LamSelectionRule rule = { .word = LAM_WORD_PROPOSAL, .box = *box };
  g_autoptr (GArray) verified = lam_regions_dup_verified (workspace->regions);
  GError *problem = NULL;
  g_autoptr (LamSelection) selection = lam_selection_find (workspace->store,
      &rule, workspace->classes, verified, workspace->size, progress, &problem);
  if (g_error_matches (problem, LAM_ERROR, LAM_ERROR_MISSING))
    g_clear_error (&problem);
  if (problem) {
    g_propagate_error (error, problem);
    g_hash_table_unref (counts);
    return NULL;
  }
  int64_t n = selection ? lam_box_volume (&selection->box) : 0;
  for (int64_t i = 0; i < n; i++) {
    if (selection->places[i] == 0)
      continue;
    gpointer id = GINT_TO_POINTER (lam_class_table_get_nth_class (
        workspace->classes, selection->places[i] - 1u)
                                       ->id);
    int64_t *count = g_hash_table_lookup (counts, id);
    if (!count)
      g_hash_table_insert (counts, id, count = g_new0 (int64_t, 1));
    ++*count;
  }
  return counts;
}
