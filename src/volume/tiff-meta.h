/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a TIFF file says about its pages: which axes they run along, and how
 * large a voxel is. From ImageJ's and OME's descriptions, tifffile's, and the
 * resolution tags. */
#pragma once

#include "volume/tiff-pages.h"

enum { LAM_TIFF_C, LAM_TIFF_Z, LAM_TIFF_T };

typedef struct {
  /* Pages along channel, z, time; the product is `n_planes`. */
  int64_t size[3];
  int order[3]; /* LAM_TIFF_C, …: which runs fastest */
  int64_t n_planes;
  /* The page of each plane, in that order; NULL: plane i is page i. Owned */
  int64_t *page_of_plane;
  /* All planes lie one behind the other after the only page's. */
  bool is_contiguous;
  double voxel_size_nm[3]; /* 0 where unknown */
  char *note; /* Owned; see LamSourceInfo; or NULL */
} LamTiffMeta;

/* Fails only for what would be read wrongly: several images, or planes that
 * lie in other files; the voxel size is filled in even then. A description that
 * makes no sense is no description. */
bool lam_tiff_meta_read (const LamTiffPages *pages, const char *path,
    LamTiffMeta *meta, GError **error);
void lam_tiff_meta_clear (LamTiffMeta *meta);
/* The page of a channel, z and time. */
int64_t lam_tiff_meta_get_page (
    const LamTiffMeta *meta, int64_t c, int64_t z, int64_t t);

/* nm in one of a unit's names ("nm", "µm", "micron", …); 0 when it is no
 * length. */
double lam_tiff_unit_nm (const char *unit);

/* OME's description; see lam_tiff_meta_read(). `meta` stays as it was when the
 * text is no OME-XML or is damaged. */
bool lam_tiff_ome_read (const LamTiffPages *pages, const char *path,
    LamTiffMeta *meta, GError **error);
