/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Paints the active label. */
#include <glib/gi18n-lib.h>

#include "tools/tool-rows.h"
#include "workspace/labelling.h"

static bool
press (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event,
    GError **error)
{
  uint32_t label =
      lam_workspace_take_label (lam_tool_box_get_workspace (box), error);
  return label != 0
      && lam_tool_box_begin_stroke (box, "brush", label, camera, event, error);
}

const LamTool lam_tool_brush = {
  .name = "brush",
  .title = N_ ("Brush"),
  .hint = N_ ("Drag to paint, right-drag to erase; Shift: straight line, "
              "Ctrl: other overwrite mode, Alt+click: pick a label"),
  .icon_name = "lam-brush-symbolic",
  .accelerator = "b",
  .shows_brush = true,
  .options = LAM_OPTION_BRUSH | LAM_OPTION_DEPTH | LAM_OPTION_OVERWRITE
      | LAM_OPTION_PRESSURE,
  .press = press,
  .move = lam_tool_box_paint,
  .release = lam_tool_box_end_stroke,
  .cancel = lam_tool_box_drop_stroke,
};
