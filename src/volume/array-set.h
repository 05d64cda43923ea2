/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Several arrays of one place (an image and what is said about it), written
 * plane by plane and read again, in a format of the person's choice. The same
 * voxels give the same bytes. One thread. */
#pragma once

#include "volume/source.h"

/* Of all arrays of a set. */
typedef struct {
  double voxel_size_nm[3]; /* 0: unknown */
  int64_t offset[3]; /* in the volume, in voxels */
} LamArrayPlace;

typedef struct _LamArraySet LamArraySet;

typedef struct {
  const char *name; /* "tiff" */
  const char *title; /* "TIFF stacks", translated when shown */
  const char *library; /* what reads it in Python: "tifffile" */
  bool is_file; /* the set is one file, else a folder of one an array */
  const char *suffix; /* of that file or of each array: ".tif" */
  bool has_voxel_size; /* its files say how large a voxel is, if it is known */
  bool (*open) (LamArraySet *set, GError **error); /* or NULL */
  bool (*begin) (LamArraySet *set, GError **error);
  bool (*add) (LamArraySet *set, const void *planes, int64_t n, GError **error);
  bool (*end) (LamArraySet *set, GError **error);
  /* Whether it went well or not. */
  bool (*close) (LamArraySet *set, bool is_whole, GError **error);
  LamSource *(*read) (const char *path, const char *array, GError **error);
} LamArrayFormat;

/* Ends with NULL. */
const LamArrayFormat *const *lam_array_format_get_all (void);
/* NULL: there is none of that name. */
const LamArrayFormat *lam_array_format_find (const char *name);

/* PATH without suffix; what was there is replaced. */
LamArraySet *lam_array_set_new (const LamArrayFormat *format, const char *path,
    const LamArrayPlace *place, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The next array; the one before was ended. `name` stays valid until the end.
 */
bool lam_array_set_begin (LamArraySet *set, const char *name, LamDtype dtype,
    const int64_t size[3], GError **error);
/* `n` more planes, x fastest. */
bool lam_array_set_add (
    LamArraySet *set, const void *planes, int64_t n, GError **error);
/* Every plane must have come. */
bool lam_array_set_end (LamArraySet *set, GError **error);
bool lam_array_set_finish (LamArraySet *set, GError **error);
void lam_array_set_free (LamArraySet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamArraySet, lam_array_set_free)

/* One array of a set, as any volume. Checks what it says of itself. */
LamSource *lam_array_set_read (const LamArrayFormat *format, const char *path,
    const char *array, GError **error) G_GNUC_WARN_UNUSED_RESULT;
