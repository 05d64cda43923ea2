/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Voxels that were shown before, as basins under a stroke: nothing is left to
 * be found, so that what is written is what the person saw. */
#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "labels/figure-rows.h"

static bool
find_shown (const LamFigureRequest *request, const LamLabelReader *reader,
    GPtrArray *parts, LamProgress *progress, GError **error)
{
  if (!request->voxels || lam_voxel_set_is_empty (request->voxels)) {
    g_set_error_literal (error, LAM_ERROR, LAM_ERROR_MISSING,
        _ ("Nothing was shown there that could be painted"));
    return false;
  }
  lam_figure_add_part (
      parts, lam_voxel_set_copy (request->voxels), request->label);
  return true;
}

const LamFigure lam_figure_supervoxels = {
  .name = "supervoxel",
  .title = N_ ("Painting Supervoxels"),
  .makes_label = true,
  .find = find_shown,
};
