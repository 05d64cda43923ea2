/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A region in a list: what it is called, what it is for, how far it is. What a
 * person changes in it is an edit of the workspace. */
#pragma once

#include <adwaita.h>

#include "workspace/workspace.h"

#define LAM_TYPE_REGION_ROW (lam_region_row_get_type ())
G_DECLARE_FINAL_TYPE (
    LamRegionRow, lam_region_row, LAM, REGION_ROW, AdwExpanderRow)

/* Of the region of that id, which must be there. The workspace must outlive the
 * row. */
LamRegionRow *lam_region_row_new (LamWorkspace *workspace, int32_t id);

int32_t lam_region_row_get_id (LamRegionRow *row);

/* Shows what the region is now, if there still is one. What a person is writing
 * in the row stays as it is. */
void lam_region_row_refresh (LamRegionRow *row);

/* Keeps what is being written in it. False: that cannot be; it stays, and it
 * was said why. */
bool lam_region_row_settle (LamRegionRow *row);
