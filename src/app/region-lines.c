/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/region-lines.h"

#include "workspace/regions.h"

uint32_t
lam_region_lines_get_rgb (int role)
{
  static const uint32_t colours[LAM_N_REGION_ROLES] = {
    [LAM_REGION_WORK] = 0xdeddda,
    [LAM_REGION_TRAIN] = 0x57e389,
    [LAM_REGION_VALIDATION] = 0x62a0ea,
    [LAM_REGION_TEST] = 0xdc8add,
    [LAM_REGION_IGNORE] = 0xed5b5b,
  };
  return colours[role];
}

void
lam_region_lines_draw (
    LamWorkspace *workspace, const LamCamera *camera, LamSketch *sketch)
{
  size_t n = lam_workspace_get_n_regions (workspace);
  for (size_t i = 0; i < n; i++) {
    const LamRegion *region = lam_workspace_get_nth_region (workspace, i);
    lam_sketch_add_box (sketch, camera, &region->box,
        lam_region_lines_get_rgb ((int)region->role), false);
  }
}
