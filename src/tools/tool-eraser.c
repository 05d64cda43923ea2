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

static void
release (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  lam_tool_box_end_stroke (box);
}

static void
cancel (LamToolBox *box)
{
  lam_workspace_cancel_stroke (lam_tool_box_get_workspace (box));
}

const LamTool lam_tool_eraser = {
  .name = "eraser",
  .title = N_ ("Eraser"),
  .hint = N_ ("Drag to take labels away; with “only the label started on” "
              "only that one"),
  .icon_name = "lam-eraser-symbolic",
  .accelerator = "e",
  .shows_brush = true,
  .press = press,
  .move = lam_tool_box_paint,
  .release = release,
  .cancel = cancel,
};
