/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A brush that paints only grey values in a range, and stops where the image
 * leaves it if that is wanted. */
#include <glib/gi18n-lib.h>

#include "tools/tool-way.h"

/* The first stroke says what it is to keep to. */
static bool
has_range (LamToolBox *box, const LamFigureRequest *aim, GError **error)
{
  return lam_tool_box_get_brush (box)->has_greys
      || lam_tool_box_pick_greys (box, aim->plane, aim->voxel, error);
}

static bool
press (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event,
    GError **error)
{
  LamFigureRequest aim = { 0 };
  return lam_tool_box_aim (box, camera, event, &aim, error)
      && has_range (box, &aim, error)
      && lam_tool_way_press (box, camera, event, error);
}

const LamTool lam_tool_threshold = {
  .name = "threshold",
  .title = N_ ("Threshold brush"),
  .hint = N_ ("Drag to paint only grey values in the range, which the first "
              "stroke takes from where it begins; Shift+T picks another"),
  .icon_name = "lam-threshold-symbolic",
  .accelerator = "t",
  .shows_brush = true,
  .options = LAM_OPTION_BRUSH | LAM_OPTION_DEPTH | LAM_OPTION_OVERWRITE
      | LAM_OPTION_GREYS,
  .press = press,
  .move = lam_tool_way_move,
  .release = lam_tool_way_release,
  .cancel = lam_tool_way_cancel,
  .leave = lam_tool_way_leave,
  .draw = lam_tool_way_draw,
};
