/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The verbs of painting.h, on the queue. */
#include "workspace/painting.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "workspace/labelling-private.h"
#include "workspace/queue.h"
#include "workspace/workspace-private.h"

static bool
check_brush (LamWorkspace *workspace, const LamBrush *brush, GError **error)
{
  const LamLabel *label =
      lam_class_table_get_label (workspace->classes, brush->label);
  if (brush->label != 0 && (!label || label->deleted)) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("There is no label %u"), brush->label);
    return false;
  }
  if (!lam_labelling_check_unlocked (workspace->classes, brush->label, error))
    return false;
  if (!(brush->radius_nm > 0 && brush->radius_nm < 1e9) || brush->depth < 1
      || brush->depth > 100000) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
        _ ("A brush of %g nm and %d slices cannot be: the radius must be "
           "above 0, the depth 1 or more"),
        brush->radius_nm, brush->depth);
    return false;
  }
  return true;
}

bool
lam_workspace_begin_stroke (LamWorkspace *workspace, const char *tool,
    const LamBrush *brush, GError **error)
{
  if (!lam_workspace_check_writable (workspace, error)
      || !check_brush (workspace, brush, error))
    return false;
  if (lam_queue_has_open_stroke (workspace))
    lam_queue_end_stroke (workspace);
  lam_queue_push_stroke (workspace, tool, brush,
      lam_labelling_take_fresh_rows (workspace, brush->label));
  return true;
}

void
lam_workspace_add_sample (
    LamWorkspace *workspace, const double voxel[3], double pressure)
{
  lam_queue_add_sample (workspace, voxel, pressure);
}

void
lam_workspace_end_stroke (LamWorkspace *workspace)
{
  lam_queue_end_stroke (workspace);
}

void
lam_workspace_cancel_stroke (LamWorkspace *workspace)
{
  lam_queue_cancel_stroke (workspace);
}

bool
lam_workspace_is_painting (LamWorkspace *workspace)
{
  return lam_queue_has_open_stroke (workspace);
}

bool
lam_workspace_can_undo (LamWorkspace *workspace)
{
  return !lam_workspace_get_read_only_reason (workspace)
      && (workspace->newest_undoable > 0
          || !g_queue_is_empty (&workspace->operations));
}

bool
lam_workspace_can_redo (LamWorkspace *workspace)
{
  return !lam_workspace_get_read_only_reason (workspace) && workspace->can_redo;
}

static void
step (LamWorkspace *workspace, LamStepKind kind, int64_t target,
    LamProgress *progress)
{
  g_autoptr (GError) error = NULL;
  if (!lam_workspace_check_writable (workspace, &error))
    lam_workspace_emit_message (workspace, error->message);
  else if (workspace->save_failed)
    lam_workspace_emit_message (workspace,
        _ ("Earlier edits could not be saved: try again or save a copy first, "
           "then undo"));
  else if (!lam_queue_has_open_stroke (workspace))
    lam_queue_push_step (workspace, kind, target, progress);
}

void
lam_workspace_undo (LamWorkspace *workspace)
{
  step (workspace, LAM_STEP_UNDO, 0, NULL);
}

void
lam_workspace_redo (LamWorkspace *workspace)
{
  step (workspace, LAM_STEP_REDO, 0, NULL);
}

void
lam_workspace_revert (
    LamWorkspace *workspace, int64_t edit_id, LamProgress *progress)
{
  step (workspace, LAM_STEP_REVERT, edit_id, progress);
}
