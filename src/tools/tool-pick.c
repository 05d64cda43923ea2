/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Makes the label under the pointer the active one. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/error.h"
#include "tools/tool-rows.h"
#include "workspace/labelling.h"

static bool
press (LamToolBox *box, const LamCamera *camera, const LamPointerEvent *event,
    GError **error)
{
  double at[3];
  int64_t voxel[3];
  lam_camera_px_to_voxel (camera, event->x_px, event->y_px, at);
  for (int i = 0; i < 3; i++)
    voxel[i] = (int64_t)floor (at[i]);
  LamWorkspace *workspace = lam_tool_box_get_workspace (box);
  LamProbe probe = lam_workspace_probe (workspace, voxel);
  if (probe.has_label && probe.label != 0) {
    lam_workspace_set_active_label (workspace, probe.label);
    return true;
  }
  g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
      probe.has_label ? _ ("There is no label here to pick")
                      : _ ("The labels here are still being read"));
  return false;
}

const LamTool lam_tool_pick = {
  .name = "pick",
  .title = N_ ("Pick a label"),
  .hint = N_ ("Click a label to paint with it. Any tool: Alt+click"),
  .icon_name = "lam-pick-symbolic",
  .accelerator = "<Shift>i",
  /* The right button erases with the brush. */
  .options = LAM_OPTION_BRUSH | LAM_OPTION_DEPTH | LAM_OPTION_OVERWRITE,
  .press = press,
};
