/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What edges are typical of an image (lam_basin_typical_edge), found once for
 * each kind of basins, by the first worker that needs it. */
#pragma once

#include <gio/gio.h>

#include "labels/basin-block.h"

typedef struct _LamBasinScale LamBasinScale;

LamBasinScale *lam_basin_scale_new (void) G_GNUC_WARN_UNUSED_RESULT;
LamBasinScale *lam_basin_scale_ref (
    LamBasinScale *scale) G_GNUC_WARN_UNUSED_RESULT;
void lam_basin_scale_unref (LamBasinScale *scale);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamBasinScale, lam_basin_scale_unref)

/* The file's grey values of a box. */
typedef bool (*LamBasinImage) (
    const LamBox *box, float *out, gpointer user_data, GError **error);

/* In a worker; others that ask wait. Another voxel size than the last time: it
 * is found anew. False with error: the image could not be read, there is no
 * memory, or it was cancelled; the next one tries again. */
bool lam_basin_scale_find (LamBasinScale *scale, const LamBasinKind *kind,
    LamBasinImage read, gpointer user_data, const int64_t volume_size[3],
    const double voxel_size_nm[3], double *typical_edge,
    GCancellable *cancellable, GError **error);
