/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Moves the crosshair: the other panes follow. */
#include <glib/gi18n-lib.h>

#include "tools/tool-rows.h"

static void
go (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event)
{
  double voxel[3];
  lam_camera_px_to_voxel (camera, event->x_px, event->y_px, voxel);
  LamWorkspace *workspace = lam_tool_box_get_workspace (box);
  /* The slice stays the one that is shown, to the last decimal. */
  int w = lam_plane_w (camera->plane);
  voxel[w] = lam_workspace_get_position (workspace)[w];
  lam_workspace_set_position (workspace, voxel);
}

static bool
press (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event,
    GError **error)
{
  go (box, camera, event);
  return true;
}

static bool
is_click (LamToolBox *box)
{
  return true;
}

const LamTool lam_tool_navigate = {
  .name = "navigate",
  .title = N_ ("Navigate"),
  .hint = N_ ("Drag to move the crosshair; drag with the middle button or "
              "Space to move the picture"),
  .icon_name = "lam-navigate-symbolic",
  .accelerator = "q",
  /* The right button erases with the brush. */
  .options = LAM_OPTION_BRUSH | LAM_OPTION_DEPTH | LAM_OPTION_OVERWRITE,
  .press = press,
  .move = go,
  .is_click = is_click,
};
