/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The pages of a TIFF file, from its chain of image file directories, without
 * reading a voxel. */
#pragma once

#include <gio/gio.h>

#include "volume/tiff-file.h"
#include "volume/tiff-kind.h"

#define LAM_TIFF_MAX_PAGES 200000

typedef struct {
  uint64_t ifd; /* where its directory is */
  /* With one strile: where it is and how long. With more: where the arrays of
   * these are. A count of 0 type: the file does not say how long. */
  uint64_t offsets, counts;
  uint32_t kind; /* index in LamTiffPages.kinds */
  uint8_t offset_bytes, count_bytes; /* of one array element; 0: values here */
} LamTiffPage;

typedef struct {
  /* Owned */
  GArray *kinds; /* LamTiffKind */
  GArray *pages; /* LamTiffPage */
  char *description; /* ImageDescription of the first page, or NULL */

  double resolution[2]; /* x, y in voxels a unit, of the first page; or 0 */
  int resolution_unit; /* 1 none, 2 inch, 3 cm */
} LamTiffPages;

/* Walks the chain. Pages that are masks or smaller copies of others do not
 * count. Every kind was checked. */
LamTiffPages *lam_tiff_pages_read (LamTiffFile *file, GCancellable *cancellable,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_tiff_pages_free (LamTiffPages *pages);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamTiffPages, lam_tiff_pages_free)

/* Where striles `first` to `first + n - 1` of a page are and how long. A
 * strile's count is UINT64_MAX where the file does not say. Fails for striles
 * that are missing or lie outside of the file. */
bool lam_tiff_page_locate (const LamTiffPage *page, LamTiffFile *file,
    uint64_t first, size_t n, uint64_t *offsets, uint64_t *counts,
    GError **error);
