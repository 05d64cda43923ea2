/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* An opened image file: the interface that each format fills. Pixels come out
 * in the file's own type; LamVolume turns them into what is drawn. */
#pragma once

#include <gio/gio.h>

#include "base/box.h"
#include "volume/dtype.h"

#define LAM_MAX_LEVELS 16

/* Level 0 is full resolution. */
typedef struct {
  int64_t size[3]; /* voxels */
  int64_t factor[3]; /* level-0 voxels in one of this level: a power of 2 */
} LamLevel;

typedef struct {
  char *path; /* Owned; absolute */
  char *note; /* Owned; how the program made it, in a word; NULL
               * where the file does not say */
  const char *format; /* "tiff", "tiff-folder", "ome-zarr": static */
  LamDtype dtype;
  int n_levels;
  LamLevel levels[LAM_MAX_LEVELS];
  double voxel_size_nm[3]; /* x, y, z; 0 where the file does not say */
  int n_channels; /* in the file; one of them was chosen */
  int channel; /* which one, from 0 */
  int64_t chunk[3]; /* what the file decodes at once at level 0 */
  bool is_compressed;
  bool has_whole_chunks; /* any part of a chunk costs all of it; else rows of
                          * it can be read alone */
  int64_t held_bytes; /* of memory that it may keep decoded for itself */
  int64_t file_bytes; /* on disk, all files; of a Zarr its descriptions,
                       * for counting its chunks takes too long */
} LamSourceInfo;

typedef struct _LamSource LamSource;

/* Formats embed LamSource first in their own struct. */
typedef struct {
  /* See lam_source_read_box; the box was checked and is not empty. */
  bool (*read_box) (LamSource *source, int level, const LamBox *box, void *out,
      GCancellable *cancellable, GError **error);
  void (*free) (LamSource *source);
} LamSourceMethods;

struct _LamSource {
  const LamSourceMethods *methods;
  LamSourceInfo info;
  gatomicrefcount references;
};

/* For formats: fills the common part. Takes nothing over. */
void lam_source_init (
    LamSource *source, const LamSourceMethods *methods, const char *path);
LamSource *lam_source_ref (LamSource *source) G_GNUC_WARN_UNUSED_RESULT;
void lam_source_unref (LamSource *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamSource, lam_source_unref)

const LamSourceInfo *lam_source_get_info (LamSource *source);

/* Reads `box` of `level`, in voxels of that level, into `out`: dense, x
 * fastest, of the file's dtype in the machine's byte order. Any thread, several
 * at once. Fails when the box is not inside the level. */
bool lam_source_read_box (LamSource *source, int level, const LamBox *box,
    void *out, GCancellable *cancellable, GError **error);
