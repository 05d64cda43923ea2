/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* In the queue's worker, where nothing else changes the project: first what to
 * write is found as sets of voxels, then it is written as a shape of a person
 * would be (figure-writer.h), so that locks and regions are heeded there. */
#include "workspace/taking.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "workspace/dissent-parts.h"
#include "workspace/dissent-verdicts.h"
#include "workspace/figure-writer.h"
#include "workspace/labelling-private.h"
#include "workspace/queue.h"
#include "workspace/workspace-private.h"

typedef struct {
  int64_t voice; /* 0: of the voxel */
  int64_t voxel[3], size[3];
  bool has_place;
  LamPlace place; /* which the voxel is the centre of */
  bool is_object; /* the one at the voxel; else: */
  LamVoxelSet *voxels; /* Owned; or NULL: */
  LamFigureRequest way; /* of a brush, … */
  GArray *points; /* Owned; … with these; or NULL */
  double voxel_size_nm[3];
  LamTaken taken;
  GArray *places; /* Owned; LamPlace, of the object; or NULL */
  /* Of the moment when it begins; Owned */
  LamClassTable *classes;
  LamFigureWriter *writer;
} Act;

void
lam_taken_clear (LamTaken *taken)
{
  g_clear_pointer (&taken->verdicts, g_array_unref);
}

static void
act_free (gpointer data)
{
  Act *act = data;
  g_clear_pointer (&act->voxels, lam_voxel_set_free);
  g_clear_pointer (&act->points, g_array_unref);
  g_clear_pointer (&act->classes, lam_class_table_free);
  g_clear_pointer (&act->writer, lam_figure_writer_free);
  g_clear_pointer (&act->places, g_array_unref);
  lam_taken_clear (&act->taken);
  g_free (act);
}

static bool
begin (LamWorkspace *workspace, GTask *task, GError **error)
{
  Act *act = g_task_get_task_data (task);
  act->classes = lam_class_table_copy (workspace->saved);
  act->writer = lam_figure_writer_new (
      act->classes, workspace->regions, workspace->numbers, 0);
  return true;
}

/* ---- Which label a part gets -------------------------------------------- */

static bool
check_class (const Act *act, int32_t class_id, GError **error)
{
  const LamClass *class = lam_class_table_get_class (act->classes, class_id);
  if (class && !class->locked)
    return true;
  if (class)
    g_set_error (error, LAM_ERROR, LAM_ERROR_READ_ONLY,
        _ ("“%s” is locked: unlock it first"), class->name);
  else
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("What the other person says has a class, number %d, that has been "
           "removed from this project"),
        class_id);
  return false;
}

static bool
make_label (Act *act, LamFigurePart *part, int32_t class_id, const char *name,
    GError **error)
{
  if (!check_class (act, class_id, error))
    return false;
  const LamLabel like = { .id = part->like, .class_id = class_id };
  lam_figure_writer_know (act->writer, &like);
  part->is_new = true;
  part->name = g_strdup (name);
  return true;
}

/* One that I have deleted since comes back with its voxels. */
static bool
use_label (const Act *act, uint32_t id, GPtrArray *rows, GError **error)
{
  const LamLabel *row = lam_class_table_get_label (act->classes, id);
  if (!row) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("What the other person says is label %u, which has been removed "
           "from this project together with its class"),
        id);
    return false;
  }
  if (!check_class (act, row->class_id, error)
      || !lam_labelling_check_unlocked (act->classes, id, error))
    return false;
  LamLabel alive = *row;
  alive.deleted = false;
  if (alive.state == LAM_LABEL_NOT_STARTED)
    alive.state = LAM_LABEL_IN_PROGRESS;
  if (row->deleted)
    g_ptr_array_add (rows, lam_row_change_new_label (row, &alive));
  return true;
}

static bool
name_part (Act *act, const LamDissent *dissent, LamFigurePart *part,
    GPtrArray *rows, GError **error)
{
  int32_t class_id;
  const char *name;
  part->label = lam_dissent_get_label (dissent, part->like, &class_id, &name);
  if (part->like == 0)
    return true;
  return part->label == 0 ? make_label (act, part, class_id, name, error)
                          : use_label (act, part->label, rows, error);
}

/* Leaves out what cannot be written. Of the object itself that is an error. */
static bool
name_parts (Act *act, const LamDissent *dissent, uint32_t main_label,
    GPtrArray *parts, GPtrArray *rows, GError **error)
{
  for (guint i = parts->len; i-- > 0;) {
    LamFigurePart *part = parts->pdata[i];
    g_autoptr (GError) problem = NULL;
    if (name_part (act, dissent, part, rows, &problem))
      continue;
    if ((main_label != 0 && part->like == main_label) || parts->len == 1) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return false;
    }
    act->taken.has_kept = true;
    g_ptr_array_remove_index (parts, i);
  }
  return true;
}

/* ---- Running ------------------------------------------------------------ */

static const LamPlace *
get_place (const Act *act)
{
  return act->has_place ? &act->place : NULL;
}

/* With the object, its places as they are before. */
static GPtrArray *
find_parts (Act *act, const LamDissent *dissent, GPtrArray *rows,
    LamProgress *progress, GError **error)
{
  LamDissentObject object = { 0 };
  const bool is_object = act->is_object;
  if (is_object
      && !lam_dissent_find_object (
          dissent, act->voxel, get_place (act), &object, error))
    return NULL;
  if (is_object)
    act->places = lam_dissent_list_object_places (&object, progress, error);
  if (is_object && !act->places)
    return NULL;
  g_autoptr (GPtrArray) parts = lam_dissent_find_parts (dissent,
      is_object ? &object : NULL, act->voxels, act->size, progress, error);
  if (!parts
      || !name_parts (act, dissent, object.pair.theirs, parts, rows, error))
    return NULL;
  if (parts->len > 0)
    return g_steal_pointer (&parts);
  g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
      is_object ? _ ("Both say the same of this object")
                : _ ("Both say the same there, or the second person nothing"));
  return NULL;
}

static LamVoice *
find_voice (const Act *act, LamStore *store, GError **error)
{
  return act->voice == 0 ? lam_dissent_find_voice_at (store, act->voxel, error)
                         : lam_dissent_find_voice (store, act->voice, error);
}

/* A place that is there nevertheless, or again after undo, overrules it. That
 * it could not be kept undoes nothing. */
static void
say_corrected (Act *act, LamStore *store)
{
  g_autoptr (GError) error = NULL;
  act->taken.verdicts = lam_dissent_say_of_places (
      store, act->places, LAM_VERDICT_CORRECTED, NULL, &error);
  if (error)
    g_warning ("%s", error->message);
}

static void
cover_way (Act *act)
{
  LamLabelReader reader = { 0 };
  memcpy (reader.size, act->size, sizeof reader.size);
  memcpy (
      reader.voxel_size_nm, act->voxel_size_nm, sizeof reader.voxel_size_nm);
  act->way.points = act->points;
  act->voxels = lam_figure_cover_way (&act->way, &reader);
}

static LamBulkResult *
run (LamStore *store, GTask *task, LamProgress *progress, GError **error)
{
  Act *act = g_task_get_task_data (task);
  g_autoptr (LamProgress) finding = lam_progress_new_part (progress, 0, 1, 2);
  g_autoptr (LamProgress) writing = lam_progress_new_part (progress, 1, 2, 2);
  if (act->points)
    cover_way (act);
  g_autoptr (LamVoice) voice = find_voice (act, store, error);
  g_autoptr (LamDissent) dissent = voice
      ? lam_dissent_new (store, voice, act->classes, finding, error)
      : NULL;
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  g_autoptr (GPtrArray) parts =
      dissent ? find_parts (act, dissent, rows, finding, error) : NULL;
  if (!parts)
    return NULL;
  g_autofree char *detail = g_strdup_printf (_ ("As “%s” says"), voice->name);
  LamBulkResult *result = lam_figure_writer_run (act->writer, store,
      act->is_object ? "take-object" : "take-voice", detail, parts, rows,
      writing, error);
  act->taken.n_voxels = lam_figure_writer_get_n_voxels (act->writer);
  act->taken.has_kept |= lam_figure_writer_has_kept (act->writer);
  if (result && act->places)
    say_corrected (act, store);
  return result;
}

static LamBulkResult *
run_keep (LamStore *store, GTask *task, LamProgress *progress, GError **error)
{
  Act *act = g_task_get_task_data (task);
  act->taken.verdicts = lam_dissent_keep_mine (store, act->voice, act->voxel,
      get_place (act), act->classes, NULL, progress, error);
  return act->taken.verdicts ? g_new0 (LamBulkResult, 1) : NULL;
}

/* ---- The verbs ---------------------------------------------------------- */

static Act *
act_new (LamWorkspace *workspace, int64_t voice, const int64_t voxel[3])
{
  Act *act = g_new0 (Act, 1);
  act->voice = voice;
  memcpy (act->voxel, voxel, sizeof act->voxel);
  memcpy (act->size, workspace->size, sizeof act->size);
  for (int i = 0; i < 3; i++)
    act->voxel_size_nm[i] =
        workspace->voxel_size_nm[i] > 0 ? workspace->voxel_size_nm[i] : 1;
  return act;
}

static Act *
act_new_of_object (LamWorkspace *workspace, int64_t voice,
    const int64_t voxel[3], const LamPlace *place)
{
  Act *act = act_new (workspace, voice, voxel);
  act->has_place = place != NULL;
  if (place)
    act->place = *place;
  return act;
}

/* Takes `act`. */
static void
push (LamWorkspace *workspace, LamBulkRun run_act, Act *act,
    LamProgress *progress, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (workspace, NULL, callback, user_data);
  GError *error = NULL;
  g_task_set_task_data (task, act, act_free);
  if (lam_workspace_check_writable (workspace, &error))
    lam_queue_push_bulk (workspace, begin, run_act, task, progress);
  else
    g_task_return_error (task, error);
}

void
lam_workspace_take_object_async (LamWorkspace *workspace, int64_t voice,
    const int64_t voxel[3], const LamPlace *place, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data)
{
  const LamBox all = lam_box_of_size (workspace->size);
  g_return_if_fail (workspace->store && lam_box_contains (&all, voxel));
  Act *act = act_new_of_object (workspace, voice, voxel, place);
  act->is_object = true;
  push (workspace, run, act, progress, callback, user_data);
}

void
lam_workspace_keep_object_async (LamWorkspace *workspace, int64_t voice,
    const int64_t voxel[3], const LamPlace *place, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data)
{
  const LamBox all = lam_box_of_size (workspace->size);
  g_return_if_fail (workspace->store && lam_box_contains (&all, voxel));
  push (workspace, run_keep, act_new_of_object (workspace, voice, voxel, place),
      progress, callback, user_data);
}

void
lam_workspace_take_voxels_async (LamWorkspace *workspace, int64_t voice,
    const LamVoxelSet *voxels, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (workspace->store != NULL);
  const LamBox box = lam_voxel_set_get_box (voxels);
  Act *act = act_new (workspace, voice, box.min);
  act->voxels = lam_voxel_set_copy (voxels);
  push (workspace, run, act, progress, callback, user_data);
}

void
lam_workspace_take_way_async (LamWorkspace *workspace, int64_t voice,
    const LamFigureRequest *request, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (workspace->store && request->points);
  Act *act = act_new (workspace, voice, request->voxel);
  act->way = *request;
  act->points = g_array_copy ((GArray *)request->points);
  push (workspace, run, act, progress, callback, user_data);
}

bool
lam_workspace_take_finish (LamWorkspace *workspace, GAsyncResult *result,
    LamTaken *taken, GError **error)
{
  Act *act = g_task_get_task_data (G_TASK (result));
  *taken = act->taken;
  act->taken.verdicts = NULL;
  return g_task_propagate_boolean (G_TASK (result), error);
}
