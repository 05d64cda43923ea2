/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Fills the object that scribbles mean: the left button draws inside of it, the
 * right one, or Shift, outside. While one is drawn, and after it, the object is
 * looked for and shown in all slices; more of them make it better, and Enter
 * fills it. */
#include <glib/gi18n-lib.h>

#include "tools/tool-scribble.h"
#include "workspace/labelling.h"

static bool
press (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event,
    GError **error)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  LamFigureRequest aim = { 0 };
  if (!lam_tool_box_aim (box, camera, event, &aim, error))
    return false;
  uint32_t label =
      lam_workspace_take_label (lam_tool_box_get_workspace (box), error);
  if (label == 0)
    return false;
  draft->label = label;
  draft->erases = event->flags & (LAM_POINTER_ERASER | LAM_POINTER_SHIFT);
  lam_tool_scribble_begin (box, camera, event);
  return true;
}

/* A voxel inside is what the act is said to be about. */
static void
set_voxel (const LamToolDraft *draft, LamFigureRequest *request)
{
  for (guint i = 0; i < draft->seeds->len; i++) {
    const LamFigureSeed *seed = &g_array_index (draft->seeds, LamFigureSeed, i);
    if (seed->side != 1 || !seed->begins)
      continue;
    request->plane = seed->plane;
    for (int a = 0; a < 3; a++)
      request->voxel[a] = seed->voxel[a];
    return;
  }
}

/* False: nothing is meant yet. */
static bool
make_request (LamToolBox *box, LamFigureRequest *request)
{
  LamToolDraft *draft = lam_tool_box_get_draft (box);
  *request = (LamFigureRequest){ .shape = lam_figure_find ("smart-fill"),
    .in_space = true,
    .label = draft->label,
    .seeds = draft->seeds };
  if (!lam_tool_scribble_has (draft, 1))
    return false;
  set_voxel (draft, request);
  return true;
}

static void
show (LamToolBox *box, LamOverwrite overwrite)
{
  LamFigureRequest request;
  if (make_request (box, &request))
    lam_tool_box_preview (box, &request, overwrite);
}

static void
move (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  LamFigureRequest request;
  lam_tool_scribble_move (box, camera, event);
  if (make_request (box, &request))
    lam_tool_preview_follow (lam_tool_box_get_preview (box), &request,
        lam_tool_box_get_overwrite (box, event));
}

/* The scribble stays as far as it came. */
static void
cancel (LamToolBox *box)
{
  show (box, lam_tool_box_get_brush (box)->overwrite);
}

static void
release (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  show (box, lam_tool_box_get_overwrite (box, event));
}

static bool
step_back (LamToolBox *box)
{
  bool was_there = lam_tool_scribble_drop_last (box);
  show (box, lam_tool_box_get_brush (box)->overwrite);
  return was_there;
}

const LamTool lam_tool_smart = {
  .name = "smart-fill",
  .title = N_ ("Smart fill"),
  .hint = N_ ("Scribble inside of an object, with the right button or Shift "
              "outside; Enter fills it, Backspace takes a scribble back"),
  .icon_name = "lam-smart-fill-symbolic",
  .accelerator = "j",
  .takes_eraser = true,
  .options = LAM_OPTION_OVERWRITE,
  .press = press,
  .move = move,
  .release = release,
  .accept = lam_tool_scribble_accept,
  .cancel = cancel,
  .leave = lam_tool_scribble_drop,
  .step_back = step_back,
  .draw = lam_tool_scribble_draw,
};
