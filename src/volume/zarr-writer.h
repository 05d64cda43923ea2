/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Writes OME-Zarr 0.4: a multiscale image of 64x64x64 chunks, Blosc-compressed
 * (zstd), dimension order z, y, x, dimension separator '/', axes in nanometer.
 * Chunks are written whole, by atomic rename; different chunks from different
 * threads at once. */
#pragma once

#include "volume/source.h"

typedef struct _LamZarrWriter LamZarrWriter;

LamZarrWriter *lam_zarr_writer_new (const char *folder, const LamLevel *levels,
    int n_levels, LamDtype dtype, const double voxel_size_nm[3],
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* One line, kept in the description; see LamSourceInfo. */
bool lam_zarr_writer_note (
    LamZarrWriter *writer, const char *note, GError **error);
/* 64³ voxels, x fastest; outside of the level they are ignored. Any thread. */
bool lam_zarr_writer_write_chunk (LamZarrWriter *writer, int level,
    LamBrickKey key, const void *voxels, GError **error);
/* Bytes of all chunks written so far, as compressed. Any thread. */
int64_t lam_zarr_writer_get_bytes (LamZarrWriter *writer);
void lam_zarr_writer_free (LamZarrWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamZarrWriter, lam_zarr_writer_free)
