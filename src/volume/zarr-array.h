/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One array of Zarr version 2: its .zarray and its chunks
 * (zarr-specs.readthedocs.io/en/latest/v2/v2.0.html). */
#pragma once

#include "volume/dtype.h"

#include <gio/gio.h>
#include <stdint.h>

#define LAM_ZARR_MAX_DIMS 8

typedef struct _LamZarrArray LamZarrArray;

typedef struct {
  int n_dims;
  int64_t shape[LAM_ZARR_MAX_DIMS]; /* slowest first, as in the file */
  int64_t chunk[LAM_ZARR_MAX_DIMS];
  int64_t chunk_voxels;
  LamDtype dtype;
  bool is_compressed;
} LamZarrArrayInfo;

/* `path` is relative to the open folder `root` ("" for itself); `name` is for
 * messages. Keeps no hold of `root`. */
LamZarrArray *lam_zarr_array_open (int root, const char *path, const char *name,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_zarr_array_free (LamZarrArray *array);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamZarrArray, lam_zarr_array_free)
const LamZarrArrayInfo *lam_zarr_array_get_info (LamZarrArray *array);

/* Reads the chunk at `index` (n_dims numbers) into chunk_voxels voxels of the
 * array's dtype, last axis fastest; a chunk that is not there is the fill
 * value. Any thread. */
bool lam_zarr_array_read_chunk (
    LamZarrArray *array, const int64_t *index, void *out, GError **error);
