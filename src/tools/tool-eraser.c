/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Takes labels away: a person says that nothing is here. */
#include <glib/gi18n-lib.h>

#include "tools/tool-rows.h"

static bool
press (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event,
    GError **error)
{
  return lam_tool_box_begin_stroke (box, "eraser", 0, camera, event, error);
}

const LamTool lam_tool_eraser = {
  .name = "eraser",
  .title = N_ ("Eraser"),
  .hint = N_ ("Drag to take labels away; with “only the label started on” "
              "only that one"),
  .icon_name = "lam-eraser-symbolic",
  .accelerator = "e",
  .shows_brush = true,
  .options = LAM_OPTION_BRUSH | LAM_OPTION_DEPTH | LAM_OPTION_OVERWRITE
      | LAM_OPTION_PRESSURE,
  .press = press,
  .move = lam_tool_box_paint,
  .release = lam_tool_box_end_stroke,
  .cancel = lam_tool_box_drop_stroke,
};
