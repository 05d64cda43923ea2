/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What is read of the voice is read before the edit begins, which keeps all
 * others from the store, and voices do not change. */
#include "workspace/taking.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "labels/region.h"
#include "store/voices.h"
#include "workspace/dissent-places.h"
#include "workspace/labelling-private.h"
#include "workspace/queue.h"
#include "workspace/workspace-private.h"

typedef struct {
  LamPlace place;
  /* Of the moment when it begins */
  LamClassTable *classes; /* Owned */
  LamLabelNumbers *numbers; /* Owned */
  GArray *verified; /* Owned; of LamBox */
  /* Of the worker */
  GPtrArray *rows; /* Owned */
  GHashTable *voxels; /* Owned; as lam_dissent_find_voxels() says */
  uint32_t label; /* that is written */
  char *detail; /* Owned */
  int64_t n_verified; /* voxels that stay for it */
} Act;

static void
act_free (gpointer data)
{
  Act *act = data;
  g_clear_pointer (&act->classes, lam_class_table_free);
  g_clear_pointer (&act->numbers, lam_label_numbers_unref);
  g_clear_pointer (&act->verified, g_array_unref);
  g_clear_pointer (&act->rows, g_ptr_array_unref);
  g_clear_pointer (&act->voxels, g_hash_table_unref);
  g_free (act->detail);
  g_free (act);
}

static bool
begin (LamWorkspace *workspace, GTask *task, GError **error)
{
  Act *act = g_task_get_task_data (task);
  act->classes = lam_class_table_copy (workspace->saved);
  act->numbers = lam_label_numbers_ref (workspace->numbers);
  act->verified = lam_regions_dup_verified (workspace->regions);
  act->rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  return true;
}

static bool
make_label (Act *act, int32_t class_id, const char *name, GError **error)
{
  const LamClass *class = lam_class_table_get_class (act->classes, class_id);
  if (!class) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("What the other person says has a class, number %d, that has been "
           "removed from this project"),
        class_id);
    return false;
  }
  if (class->locked) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_READ_ONLY,
        _ ("“%s” is locked: unlock it first"), class->name);
    return false;
  }
  act->label = lam_label_numbers_take (act->numbers);
  const LamLabel label = { .id = act->label,
    .name = (char *)(name ? name : ""),
    .class_id = class_id,
    .rgb = LAM_RGB_AUTO,
    .state = LAM_LABEL_IN_PROGRESS };
  if (act->label == 0) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
        _ ("All label numbers up to 4294967295 are taken"));
    return false;
  }
  g_ptr_array_add (act->rows, lam_row_change_new_label (NULL, &label));
  return true;
}

/* A label that I have deleted since comes back with its voxels. */
static bool
revive_label (Act *act, GError **error)
{
  const LamLabel *row = lam_class_table_get_label (act->classes, act->label);
  if (!row || !lam_class_table_get_class (act->classes, row->class_id)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("What the other person says is label %u, which has been removed "
           "from this project together with its class"),
        act->label);
    return false;
  }
  LamLabel alive = *row;
  alive.deleted = false;
  if (alive.state == LAM_LABEL_NOT_STARTED)
    alive.state = LAM_LABEL_IN_PROGRESS;
  if (row->deleted)
    g_ptr_array_add (act->rows, lam_row_change_new_label (row, &alive));
  return true;
}

/* Which voxels become which label, if that and the one that is there may
 * change. */
static bool
choose (Act *act, LamStore *store, LamProgress *progress, GError **error)
{
  int32_t class_id;
  const char *name;
  g_autoptr (LamVoice) voice =
      lam_dissent_find_voice (store, act->place.voice, error);
  g_autoptr (LamDissent) dissent = voice
      ? lam_dissent_new (store, voice, act->classes, progress, error)
      : NULL;
  if (dissent)
    act->voxels =
        lam_dissent_find_voxels (dissent, &act->place, progress, error);
  if (!act->voxels)
    return false;
  act->detail = g_strdup_printf (_ ("As “%s” says"), voice->name);
  act->label =
      lam_dissent_get_label (dissent, act->place.beside, &class_id, &name);
  if (act->place.beside != 0
      && !(act->label == 0 ? make_label (act, class_id, name, error)
                           : revive_label (act, error)))
    return false;
  return lam_labelling_check_unlocked (act->classes, act->place.label, error)
      && lam_labelling_check_unlocked (act->classes, act->label, error);
}

/* ---- Voxels ------------------------------------------------------------- */

static bool
is_verified (const Act *act, const LamBox *whole, int i)
{
  const int64_t at[3] = { whole->min[0] + i % LAM_BRICK_EDGE,
    whole->min[1] + i / LAM_BRICK_EDGE % LAM_BRICK_EDGE,
    whole->min[2] + i / (LAM_BRICK_EDGE * LAM_BRICK_EDGE) };
  return lam_boxes_contain (act->verified, at);
}

/* NULL: nothing is another. */
static LamLabelBrick *
change_brick (
    Act *act, LamBrickKey key, const LamLabelBrick *mine, const GArray *numbers)
{
  const LamBox whole = lam_brick_box (key);
  g_autoptr (LamLabelBrick) after =
      mine ? lam_label_brick_copy (mine) : lam_label_brick_new_cleared ();
  uint32_t *labels = lam_label_brick_write_labels (after);
  uint16_t *sources = lam_label_brick_write_sources (after);
  bool has_changed = false;
  for (guint k = 0; k < numbers->len; k++) {
    const int i = g_array_index (numbers, int, k);
    /* A network may have written there meanwhile. */
    if (labels[i] != act->place.label)
      continue;
    if (is_verified (act, &whole, i)) {
      act->n_verified++;
      continue;
    }
    labels[i] = act->label;
    sources[i] = LAM_SOURCE_HUMAN;
    has_changed = true;
  }
  lam_label_brick_settle (after);
  return has_changed ? g_steal_pointer (&after) : NULL;
}

static bool
write_all (Act *act, LamBulkEdit *bulk, LamBulkResult *result,
    LamProgress *progress, GError **error)
{
  GHashTableIter iter;
  gpointer packed, numbers;
  g_hash_table_iter_init (&iter, act->voxels);
  while (g_hash_table_iter_next (&iter, &packed, &numbers)) {
    GError *local = NULL;
    LamBrickKey key = lam_brick_key_unpack (*(int64_t *)packed);
    g_autoptr (LamLabelBrick) mine = lam_bulk_edit_read (bulk, key, &local);
    if (local) {
      g_propagate_error (error, local);
      return false;
    }
    g_autoptr (LamLabelBrick) after = change_brick (act, key, mine, numbers);
    if (!after)
      continue;
    if (!lam_bulk_edit_write (bulk, key, after, error)
        || !lam_progress_check (progress, error))
      return false;
    g_array_append_vals (result->keys, packed, 1);
  }
  if (result->keys->len > 0)
    return true;
  if (act->n_verified > 0)
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_READ_ONLY,
        _ ("It lies in a verified region: set its state back first"));
  else
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("Both say the same there by now"));
  return false;
}

static LamBulkResult *
run (LamStore *store, GTask *task, LamProgress *progress, GError **error)
{
  Act *act = g_task_get_task_data (task);
  if (!choose (act, store, progress, error))
    return NULL;
  g_autoptr (LamBulkResult) result = g_new0 (LamBulkResult, 1);
  result->keys = g_array_new (false, false, sizeof (int64_t));
  result->rows = g_ptr_array_ref (act->rows);
  result->box = act->place.box;
  result->is_persons = true;
  LamBulkEdit *bulk = lam_store_begin_bulk (store, "take-voice", error);
  if (!bulk)
    return NULL;
  if (!write_all (act, bulk, result, progress, error)) {
    lam_bulk_edit_cancel (bulk);
    return NULL;
  }
  result->row =
      lam_bulk_edit_end (bulk, result->rows, &result->box, act->detail, error);
  return result->row ? g_steal_pointer (&result) : NULL;
}

void
lam_workspace_take_voice_async (LamWorkspace *workspace, const LamPlace *place,
    LamProgress *progress, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (place->kind == LAM_PLACE_DISSENT);
  g_autoptr (GTask) task = g_task_new (workspace, NULL, callback, user_data);
  GError *error = NULL;
  if (!lam_workspace_check_writable (workspace, &error)) {
    g_task_return_error (task, error);
    return;
  }
  Act *act = g_new0 (Act, 1);
  act->place = *place;
  g_task_set_task_data (task, act, act_free);
  lam_queue_push_bulk (workspace, begin, run, task, progress);
}

bool
lam_workspace_take_voice_finish (LamWorkspace *workspace, GAsyncResult *result,
    int64_t *n_verified, GError **error)
{
  const Act *act = g_task_get_task_data (G_TASK (result));
  *n_verified = act ? act->n_verified : 0;
  return g_task_propagate_boolean (G_TASK (result), error);
}
