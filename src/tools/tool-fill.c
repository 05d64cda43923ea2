/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Paints what is connected with the voxel under the pointer and has its label:
 * in the pane's slice, or in space. */
#include <glib/gi18n-lib.h>

#include "tools/tool-fill-look.h"
#include "workspace/labelling.h"

static bool
fill (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event,
    bool in_space, GError **error)
{
  LamFigureRequest request = { .shape = lam_figure_find ("fill"),
    .in_space = in_space };
  if (!lam_tool_box_aim (box, camera, event, &request, error))
    return false;
  request.label =
      lam_workspace_take_label (lam_tool_box_get_workspace (box), error);
  if (request.label == 0)
    return false;
  lam_tool_box_act (box, &request, lam_tool_box_get_overwrite (box, event));
  return true;
}

static bool
press_slice (LamToolBox *box, const LamCamera *camera,
    const LamPointerEvent *event, GError **error)
{
  return fill (box, camera, event, false, error);
}

static bool
press_space (LamToolBox *box, const LamCamera *camera,
    const LamPointerEvent *event, GError **error)
{
  return fill (box, camera, event, true, error);
}

/* Another tool, Escape. */
static bool
leave (LamToolBox *box)
{
  lam_tool_fill_look_forget (lam_tool_box_get_fill_look (box));
  return false;
}

static char *
dup_hint (LamToolBox *box)
{
  return lam_tool_fill_look_dup_hint (lam_tool_box_get_fill_look (box));
}

static void
draw_slice (LamToolBox *box, const LamCamera *camera, LamSketch *sketch)
{
  lam_tool_fill_look_draw (
      lam_tool_box_get_fill_look (box), false, camera, sketch);
}

static void
draw_space (LamToolBox *box, const LamCamera *camera, LamSketch *sketch)
{
  lam_tool_fill_look_draw (
      lam_tool_box_get_fill_look (box), true, camera, sketch);
}

const LamTool lam_tool_fill = {
  .name = "fill",
  .title = N_ ("Fill in the slice"),
  .hint = N_ ("Click to fill what is outlined: connected in this slice, of "
              "one label or none; Ctrl: other overwrite mode"),
  .icon_name = "lam-fill-symbolic",
  .accelerator = "g",
  .options = LAM_OPTION_OVERWRITE,
  .follows_pointer = true,
  .press = press_slice,
  .leave = leave,
  .dup_hint = dup_hint,
  .draw = draw_slice,
};

const LamTool lam_tool_fill_space = {
  .name = "fill-space",
  .title = N_ ("Fill in space"),
  .hint = N_ ("Click to fill what is connected in all slices, of one label "
              "or none; outlined is what is near; Ctrl: other overwrite "
              "mode"),
  .icon_name = "lam-fill-space-symbolic",
  .accelerator = "<Shift>g",
  .options = LAM_OPTION_OVERWRITE,
  .follows_pointer = true,
  .press = press_space,
  .leave = leave,
  .dup_hint = dup_hint,
  .draw = draw_space,
};
