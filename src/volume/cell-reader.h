/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Boxes of any level of one source, by way of cached cells. Immutable; any
 * thread. */
#pragma once

#include "volume/cell-cache.h"
#include "volume/source.h"

typedef struct _LamCellReader LamCellReader;

typedef struct {
  /* The volume's levels; the source holds the first of them. */
  const LamLevel *levels;
  int n_levels;
  /* Levels that the source does not hold show the nearest plane along z,
   * reduced in x and y alone, instead of true means. */
  bool thin;
} LamCellReaderSettings;

LamCellReader *lam_cell_reader_new (LamSource *source, LamCellCache *cache,
    const LamCellReaderSettings *settings) G_GNUC_WARN_UNUSED_RESULT;
LamCellReader *lam_cell_reader_ref (
    LamCellReader *reader) G_GNUC_WARN_UNUSED_RESULT;
void lam_cell_reader_unref (LamCellReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamCellReader, lam_cell_reader_unref)

/* Of the source. */
const LamSourceInfo *lam_cell_reader_get_info (LamCellReader *reader);
/* Whether the file decodes single xy planes only. */
bool lam_cell_reader_is_plane_wise (const LamSourceInfo *info);

/* `box` lies inside of the level and is not empty; `out` is dense, of the
 * normalised dtype. */
bool lam_cell_reader_read_box (LamCellReader *reader, int level,
    const LamBox *box, void *out, GCancellable *cancellable, GError **error);
/* Copies one level-0 voxel if its cell is in the cache. */
bool lam_cell_reader_try_voxel (
    LamCellReader *reader, const int64_t voxel[3], void *out);
