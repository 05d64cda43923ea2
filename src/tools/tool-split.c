/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Splits a label between scribbles: the left button draws on what stays, the
 * right one on what becomes a label of its own. As soon as there are both, the
 * cut is shown in all slices, also while they are drawn; Enter does it. */
#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "tools/tool-scribble.h"
#include "workspace/labelling.h"

/* The label is that of the first scribble's first voxel. */
static bool
begin (LamToolBox *box, LamToolDraft *draft, const LamFigureRequest *aim,
    GError **error)
{
  LamWorkspace *workspace = lam_tool_box_get_workspace (box);
  LamProbe probe = lam_workspace_probe (workspace, aim->voxel);
  if (!probe.has_label || probe.label == 0) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
        probe.has_label ? _ ("There is no label here to split")
                        : _ ("The labels here are still being read"));
    return false;
  }
  draft->label = probe.label;
  return true;
}

static bool
press (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event,
    GError **error)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  LamFigureRequest aim = { 0 };
  if (!lam_tool_box_aim (box, camera, event, &aim, error)
      || (draft->seeds->len == 0 && !begin (box, draft, &aim, error)))
    return false;
  draft->erases = event->flags & LAM_POINTER_ERASER;
  lam_tool_scribble_begin (box, camera, event);
  return true;
}

/* False: there are not both yet. */
static bool
make_request (LamToolBox *box, LamFigureRequest *request)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  *request = (LamFigureRequest){ .shape = lam_figure_find ("split"),
    .in_space = true,
    .label = draft->label,
    .min_voxels = lam_tool_box_get_brush (box)->small_voxels,
    .seeds = draft->seeds };
  return lam_tool_scribble_has (draft, 1) && lam_tool_scribble_has (draft, 2);
}

static void
show (LamToolBox *box)
{
  LamFigureRequest request;
  if (make_request (box, &request))
    lam_tool_box_preview (box, &request, LAM_OVERWRITE_EVERYTHING);
}

static void
move (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  LamFigureRequest request;
  lam_tool_scribble_move (box, camera, event);
  if (make_request (box, &request))
    lam_tool_preview_follow (
        lam_tool_box_get_preview (box), &request, LAM_OVERWRITE_EVERYTHING);
}

static void
release (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  show (box);
}

static bool
step_back (LamToolBox *box)
{
  bool was_there = lam_tool_scribble_drop_last (box);
  show (box);
  return was_there;
}

const LamTool lam_tool_split = {
  .name = "split",
  .title = N_ ("Split a label"),
  .hint = N_ ("Scribble on what stays, with the right button on what becomes a "
              "new label; Enter splits, Shift+Enter and mends small pieces, "
              "Backspace takes a scribble back"),
  .icon_name = "lam-split-symbolic",
  .accelerator = "k",
  .takes_eraser = true,
  .press = press,
  .move = move,
  .release = release,
  .accept = lam_tool_scribble_accept,
  .cancel = show,
  .leave = lam_tool_scribble_drop,
  .step_back = step_back,
  .draw = lam_tool_scribble_draw,
};
