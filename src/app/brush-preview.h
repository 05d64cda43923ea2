/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which voxels one dab of the brush fills, seen from above and from the side,
 * in true proportions: on anisotropic voxels a round brush is few slices deep.
 */
#pragma once

#include <gtk/gtk.h>

#include "tools/tool.h"

#define LAM_TYPE_BRUSH_PREVIEW (lam_brush_preview_get_type ())
G_DECLARE_FINAL_TYPE (
    LamBrushPreview, lam_brush_preview, LAM, BRUSH_PREVIEW, GtkWidget)

/* Copies both. */
void lam_brush_preview_set (LamBrushPreview *preview,
    const LamBrushSettings *settings, const double voxel_size_nm[3]);
