/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Writes stacks as TIFF: one page a slice, BigTIFF when it must, ImageJ
 * description with spacing and unit, deflate where asked. The file appears
 * under its name only when it is complete. One thread. */
#pragma once

#include <gio/gio.h>

#include "volume/dtype.h"

typedef struct {
  int64_t size[3];
  LamDtype dtype;
  double voxel_size_nm[3]; /* 0: unknown */
  bool deflate;
  const char *note; /* one line; see LamSourceInfo; or NULL */
} LamTiffLayout;

/* What the note stands behind in the description. */
#define LAM_TIFF_NOTE "lamella"

typedef struct _LamTiffWriter LamTiffWriter;

/* Whether the stack may come to lie beyond what classic TIFF can address, and
 * so is written as BigTIFF. How well it deflates is not known beforehand. */
bool lam_tiff_layout_needs_big (const LamTiffLayout *layout);

LamTiffWriter *lam_tiff_writer_new (const char *path,
    const LamTiffLayout *layout, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Appends the next page: size[0]*size[1] voxels. */
bool lam_tiff_writer_add_page (
    LamTiffWriter *writer, const void *voxels, GError **error);
/* Checks that every page came, syncs, and renames into place. */
bool lam_tiff_writer_finish (LamTiffWriter *writer, GError **error);
/* Without finish: removes what was written. */
void lam_tiff_writer_free (LamTiffWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamTiffWriter, lam_tiff_writer_free)
