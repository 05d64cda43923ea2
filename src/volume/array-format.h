/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the formats of array-set.h see of a set, and their rows. */
#pragma once

#include "volume/array-set.h"

struct _LamArraySet {
  const LamArrayFormat *format;
  char *path; /* Owned; without suffix */
  LamArrayPlace place;
  bool is_finished;
  gpointer whole; /* of the format, for the set; or NULL */

  /* The array that is written now */
  const char *name; /* NULL: none */
  LamDtype dtype;
  int64_t size[3];
  int64_t n_done; /* planes */
  gpointer writer; /* of the format, for the array; or NULL */
};

extern const LamArrayFormat lam_array_format_tiff;
extern const LamArrayFormat lam_array_format_zarr;
extern const LamArrayFormat lam_array_format_hdf5;
extern const LamArrayFormat lam_array_format_npy;

/* PATH/NAME.suffix of an array; of a format whose set is a file, that file. */
char *lam_array_dup_path (const LamArrayFormat *format, const char *path,
    const char *array) G_GNUC_WARN_UNUSED_RESULT;
size_t lam_array_get_plane_bytes (const LamArraySet *set);
