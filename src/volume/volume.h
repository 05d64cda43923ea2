/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* An image larger than memory: a source behind a brick cache with a byte
 * budget, with levels, and with a bricked copy made in the background where the
 * file's own layout makes side views slow.
 *
 * Voxels are u8, u16 or f32 here: i8 and i16 are shifted by 128 and 32768, u32
 * and i32 become f32; lam_volume_get_offset() gives the shift, so that
 * stored + offset is the file's number. A GObject of the main thread; functions
 * marked "any thread" may be called from workers that hold a reference.
 *
 * Signal "changed": levels became available or the copy's state changed; boxes
 * read before stay true, but more can be read fast now.
 *
 * Signal "value-ready": what lam_volume_try_value() missed was fetched. */
#pragma once

#include <glib-object.h>

#include "base/plane.h"
#include "base/progress.h"
#include "volume/source.h"

#define LAM_TYPE_VOLUME (lam_volume_get_type ())
G_DECLARE_FINAL_TYPE (LamVolume, lam_volume, LAM, VOLUME, GObject)

typedef struct {
  int64_t cache_bytes; /* bricks and what the source holds decoded; 0: a
                        * quarter of the memory */
  const char *copy_folder; /* for bricked copies; NULL: make none */
  int64_t copy_limit_bytes; /* of that folder; 0: 100 GB. Oldest go first */
  /* A file without levels of more decoded bytes than this is shown before it
   * is decoded, and copied. 0: what decodes in about a second */
  int64_t large_bytes;
  double voxel_size_nm[3]; /* as a person said; 0: as the file says */
} LamVolumeSettings;

/* Never reads pixels. `settings` NULL: defaults, no copies. Starts the bricked
 * copy when there is a folder for it, none yet and the layout calls for it. */
LamVolume *lam_volume_new (LamSource *source,
    const LamVolumeSettings *settings) G_GNUC_WARN_UNUSED_RESULT;

/* The same source again, as its levels depend on the voxel size. */
LamVolume *lam_volume_new_again (LamVolume *volume,
    const LamVolumeSettings *settings) G_GNUC_WARN_UNUSED_RESULT;
/* Whether its levels are what they would be with voxels of that size. */
bool lam_volume_has_levels_for (LamVolume *volume, const double nm[3]);

/* Any thread: these never change but for the voxel size. */
const LamSourceInfo *lam_volume_get_info (LamVolume *volume);
LamDtype lam_volume_get_dtype (LamVolume *volume); /* U8, U16 or F32 */
double lam_volume_get_offset (LamVolume *volume);
int lam_volume_get_n_levels (LamVolume *volume);
const LamLevel *lam_volume_get_level (LamVolume *volume, int level);
const int64_t *lam_volume_get_size (LamVolume *volume); /* of level 0 */

/* Main thread. Where the file does not say, 1×1×1 nm until it is set. */
const double *lam_volume_get_voxel_size_nm (LamVolume *volume);
bool lam_volume_knows_voxel_size (LamVolume *volume);
void lam_volume_set_voxel_size_nm (LamVolume *volume, const double nm[3]);

/* Any thread; may read files. `out` is dense, x fastest, of
 * lam_volume_get_dtype(). Levels above those in the file are means over their
 * level-0 voxels; while there is no bricked copy of a plane-wise file, a thin
 * box is reduced from the planes it meets only (w by the nearest plane). */
bool lam_volume_read_box (LamVolume *volume, int level, const LamBox *box,
    void *out, GCancellable *cancellable, GError **error);

/* True when reading a slice of this plane is fast: false for the side views of
 * a plane-wise file before its copy is there. Main thread. */
bool lam_volume_is_plane_ready (LamVolume *volume, LamPlane plane);

/* The file's number at a level-0 voxel, without I/O; false when it is not in
 * the cache (which then fetches it, and emits "value-ready": ask again for
 * where the pointer is by then). Main thread. */
bool lam_volume_try_value (
    LamVolume *volume, const int64_t voxel[3], double *value);

/* Progress of the bricked copy, or NULL when none is being made. Borrowed. */
LamProgress *lam_volume_get_copy_progress (LamVolume *volume);
/* Why the copy could not be made (disk full, …) or is used no more (damaged), or
 * NULL. */
const GError *lam_volume_get_copy_error (LamVolume *volume);
/* Bytes that cached bricks take now. Any thread. */
int64_t lam_volume_get_cached_bytes (LamVolume *volume);
