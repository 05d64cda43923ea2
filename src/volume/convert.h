/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Writing (a part of) a volume in another format, slab by slab: memory holds
 * one slab, never the volume. What is written appears under its name only when
 * it is complete, in place of what was there: ask lam_output_check() first. */
#pragma once

#include "base/progress.h"
#include "volume/source.h"

typedef struct {
  LamSource *source; /* Borrowed */
  LamBox box; /* of level 0 */
  double voxel_size_nm[3]; /* 0: unknown */
  bool deflate; /* TIFF only */
  bool is_classes; /* OME-Zarr: without levels, for means of classes are none */
  const char *note; /* see LamSourceInfo; or NULL */
  const char *path;
} LamConversion;

bool lam_convert_to_tiff (
    const LamConversion *conversion, LamProgress *progress, GError **error);

/* Reads a box of a level into `out`, in several threads, cut so that no chunk
 * of the file is decoded twice where that can be helped. */
bool lam_convert_read (LamSource *source, int level, const LamBox *box,
    void *out, LamProgress *progress, GError **error);
