/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How large a voxel is, as a person says. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "workspace/image-saving.h"
#include "workspace/workspace-private.h"

LamVolumeSettings
lam_workspace_get_volume_settings (LamWorkspace *workspace)
{
  LamVolumeSettings settings = workspace->how.volume;
  if (workspace->knows_voxel_size)
    memcpy (settings.voxel_size_nm, workspace->voxel_size_nm,
        sizeof settings.voxel_size_nm);
  return settings;
}

/* A coarser level halves the axes that are finest: another voxel size can ask
 * for other levels, of a volume that is opened anew. */
static void
renew_volume (LamWorkspace *workspace)
{
  LamVolume *old = workspace->volume;
  if (!old)
    return;
  if (lam_volume_has_levels_for (old, workspace->voxel_size_nm)) {
    lam_volume_set_voxel_size_nm (old, workspace->voxel_size_nm);
    return;
  }
  LamVolumeSettings settings = lam_workspace_get_volume_settings (workspace);
  workspace->volume = lam_volume_new_again (old, &settings);
  g_object_unref (old);
}

bool
lam_workspace_set_voxel_size_nm (
    LamWorkspace *workspace, const double nm[3], GError **error)
{
  for (int i = 0; i < 3; i++)
    if (!(nm[i] > 0 && nm[i] < 1e9)) {
      g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
          _ ("A voxel of %g × %g × %g nm cannot be: each side must be above "
             "0 and below 1 m"),
          nm[0], nm[1], nm[2]);
      return false;
    }
  memcpy (workspace->voxel_size_nm, nm, sizeof workspace->voxel_size_nm);
  workspace->knows_voxel_size = true;
  renew_volume (workspace);
  lam_workspace_save_image (workspace);
  g_signal_emit_by_name (workspace, "image-changed");
  return true;
}
