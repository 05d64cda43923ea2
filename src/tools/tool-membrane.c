/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A brush that whose dabs stop at the borders that the image or a network shows
 * (labels/figure-membrane.c). */
#include <glib/gi18n-lib.h>

#include "tools/tool-way.h"

const LamTool lam_tool_membrane = {
  .name = "membrane",
  .title = N_ ("Membrane brush"),
  .hint = N_ ("Drag to paint up to the borders that the image or a network "
              "shows; across a border, go over it with the middle"),
  .icon_name = "lam-membrane-symbolic",
  .accelerator = "<Shift>e",
  .shows_brush = true,
  .options = LAM_OPTION_BRUSH | LAM_OPTION_DEPTH | LAM_OPTION_OVERWRITE
      | LAM_OPTION_STRENGTH,
  .press = lam_tool_way_press,
  .move = lam_tool_way_move,
  .release = lam_tool_way_release,
  .cancel = lam_tool_way_cancel,
  .leave = lam_tool_way_leave,
  .draw = lam_tool_way_draw,
};
