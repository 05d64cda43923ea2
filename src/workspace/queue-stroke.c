/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Strokes in the queue. A stroke may change memory as soon as every operation
 * before it has: strokes and rows have when they are built, steps and bulk
 * operations when they are done. Until then its samples wait; so no sample is
 * ever lost, and none is painted over a state that is about to go. */
#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "labels/region.h"
#include "workspace/queue-private.h"

/* There is at most one, and what came while the pen was down is behind it. */
static LamOperation *
get_open_stroke (LamWorkspace *workspace)
{
  for (GList *link = workspace->operations.tail; link; link = link->prev) {
    LamOperation *operation = link->data;
    if (operation->kind == OPERATION_STROKE && !operation->pen_is_up)
      return operation;
  }
  return NULL;
}

bool
lam_queue_has_open_stroke (LamWorkspace *workspace)
{
  return get_open_stroke (workspace) != NULL;
}

static void
fetch_missing (LamWorkspace *workspace, LamStroke *stroke)
{
  for (size_t i = 0; i < lam_stroke_get_n_missing (stroke); i++)
    lam_workspace_fetch_brick (workspace, lam_stroke_get_missing (stroke, i));
}

/* Once a stroke. */
static void
tell_of_verified (LamWorkspace *workspace, LamOperation *operation)
{
  if (operation->has_told || !lam_stroke_met_kept (operation->stroke))
    return;
  operation->has_told = true;
  lam_workspace_emit_message (workspace,
      _ ("A verified region is not painted in: set its state back first"));
}

static void
paint (LamWorkspace *workspace, LamOperation *operation, const Sample *sample)
{
  LamBox box =
      lam_stroke_add (operation->stroke, sample->voxel, sample->pressure);
  lam_workspace_emit_labels (workspace, &box, true);
  if (lam_stroke_get_n_missing (operation->stroke) > 0)
    fetch_missing (workspace, operation->stroke);
  tell_of_verified (workspace, operation);
}

static void
start_stroke (LamWorkspace *workspace, LamOperation *operation)
{
  lam_queue_begin_label (workspace, operation);
  operation->stroke = lam_stroke_new (workspace->labels, workspace->classes,
      workspace->voxel_size_nm, &operation->brush);
  g_autoptr (GArray) verified = lam_regions_dup_verified (workspace->regions);
  lam_stroke_keep (
      operation->stroke, (const LamBox *)(void *)verified->data, verified->len);
  for (guint i = 0; i < operation->samples->len; i++)
    paint (
        workspace, operation, &g_array_index (operation->samples, Sample, i));
  g_array_set_size (operation->samples, 0);
}

void
lam_queue_drop_stroke (LamWorkspace *workspace, LamOperation *operation)
{
  GList *link = g_queue_find (&workspace->operations, operation);
  GList *behind = link->next;
  g_queue_delete_link (&workspace->operations, link);
  lam_queue_take_rows_back (workspace, operation->rows, behind);
  lam_operation_free (operation);
  g_signal_emit_by_name (workspace, "save-state-changed");
}

/* True when the operations behind this one may change memory. */
static bool
bring_into_memory (LamWorkspace *workspace, LamOperation *operation)
{
  if (operation->kind == OPERATION_ROWS || operation->is_built)
    return true;
  if (operation->kind != OPERATION_STROKE)
    return false;
  if (!operation->stroke)
    start_stroke (workspace, operation);
  if (!operation->pen_is_up || lam_stroke_get_n_missing (operation->stroke) > 0)
    return false;
  const bool met_lock = lam_stroke_met_lock (operation->stroke);
  operation->edit = lam_stroke_end (operation->stroke);
  g_clear_pointer (&operation->stroke, lam_stroke_free);
  operation->is_built = true;
  if (!operation->edit && met_lock)
    lam_workspace_emit_message (workspace,
        _ ("Nothing was painted: the labels there are locked or completed"));
  if (!operation->edit)
    lam_queue_drop_stroke (workspace, operation);
  return true;
}

void
lam_queue_prepare_strokes (LamWorkspace *workspace)
{
  for (GList *link = workspace->operations.head; link;) {
    GList *next = link->next;
    if (!bring_into_memory (workspace, link->data))
      break;
    link = next;
  }
}

void
lam_queue_push_stroke (LamWorkspace *workspace, const char *tool,
    const LamBrush *brush, GPtrArray *rows)
{
  LamOperation *operation =
      lam_operation_new (workspace, OPERATION_STROKE, tool);
  operation->brush = *brush;
  operation->samples = g_array_new (false, false, sizeof (Sample));
  operation->rows = rows;
  workspace->wait_edit = 0;
  g_clear_error (&workspace->operation_error);
  lam_queue_push (workspace, operation);
}

void
lam_queue_add_sample (
    LamWorkspace *workspace, const double voxel[3], double pressure)
{
  LamOperation *operation = get_open_stroke (workspace);
  if (!operation)
    return;
  Sample sample = { { voxel[0], voxel[1], voxel[2] }, pressure };
  if (operation->stroke)
    paint (workspace, operation, &sample);
  else
    g_array_append_val (operation->samples, sample);
}

void
lam_queue_end_stroke (LamWorkspace *workspace)
{
  LamOperation *operation = get_open_stroke (workspace);
  if (!operation)
    return;
  operation->pen_is_up = true;
  lam_queue_advance (workspace);
}

/* Takes all back, on screen too. */
static void
abandon (LamWorkspace *workspace, LamOperation *operation)
{
  g_clear_pointer (&operation->stroke, lam_stroke_free);
  LamBox all = lam_box_of_size (workspace->size);
  lam_queue_drop_stroke (workspace, operation);
  lam_workspace_emit_labels (workspace, &all, false);
  lam_queue_advance (workspace);
}

void
lam_queue_cancel_stroke (LamWorkspace *workspace)
{
  LamOperation *operation = get_open_stroke (workspace);
  if (operation)
    abandon (workspace, operation);
}

/* The one stroke that is in memory but not built, if any: there is at most
 * one. */
static LamOperation *
get_waiting_stroke (LamWorkspace *workspace)
{
  for (GList *link = workspace->operations.head; link; link = link->next) {
    LamOperation *operation = link->data;
    if (operation->stroke)
      return operation;
  }
  return NULL;
}

static bool
misses (const LamStroke *stroke, LamBrickKey key)
{
  for (size_t i = 0; i < lam_stroke_get_n_missing (stroke); i++) {
    LamBrickKey other = lam_stroke_get_missing (stroke, i);
    if (lam_brick_key_pack (other) == lam_brick_key_pack (key))
      return true;
  }
  return false;
}

void
lam_queue_brick_arrived (
    LamWorkspace *workspace, LamBrickKey key, const GError *error)
{
  LamOperation *operation = get_waiting_stroke (workspace);
  if (!operation || !misses (operation->stroke, key))
    return;
  if (error) {
    g_autofree char *text = g_strdup_printf (
        _ ("The labels here cannot be read, so the stroke was not painted: "
           "%s"),
        error->message);
    g_clear_error (&workspace->operation_error);
    workspace->operation_error = g_error_copy (error);
    lam_workspace_emit_message (workspace, text);
    abandon (workspace, operation);
    return;
  }
  LamBrickState state = lam_label_map_lookup (workspace->labels, key, NULL);
  if (state == LAM_BRICK_ON_DISK) { /* an undo came in between: once more */
    lam_workspace_fetch_brick (workspace, key);
    return;
  }
  LamBox box = lam_stroke_arrived (operation->stroke, key);
  lam_workspace_emit_labels (workspace, &box, true);
  tell_of_verified (workspace, operation);
  fetch_missing (workspace, operation->stroke);
  lam_queue_advance (workspace);
}
