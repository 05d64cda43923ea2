/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A volume with a tile loader, as the window has it, and what benchmarks of it
 * share. */
#pragma once

#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "volume/copy-folder.h"
#include "volume/format.h"
#include "volume/image-tiles.h"
#include "volume/pyramid.h"
#include "volume/zarr-codec.h"
#include "volume/zarr-copy.h"

#define CACHE_BYTES (512LL << 20)
/* A pane of about this many pixels shows the whole slice. */
#define PANE_PX 1100

typedef struct {
  LamVolume *volume;
  LamImageTiles *tiles;
  LamTileLoader *loader;
  int n_failed;
} Viewer;

static void
arrived_cb (const LamTileKey *key, GBytes *texels, const GError *error,
    gpointer user_data)
{
  Viewer *viewer = user_data;
  viewer->n_failed += error != NULL;
}

static inline double
now_ms (void)
{
  return (double)g_get_monotonic_time () / 1000;
}

/* Seconds of processor time of this process, all threads. */
static inline double
cpu_seconds (void)
{
  struct rusage use;
  getrusage (RUSAGE_SELF, &use);
  return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec)
      + (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

/* `copies` NULL: no bricked copy is made. */
static inline void
open_viewer (
    Viewer *viewer, LamJobPool *pool, const char *path, const char *copies)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamSource) source = lam_format_open (path, NULL, &error);
  if (!source)
    g_error ("%s", error->message);
  LamVolumeSettings settings = { .cache_bytes = CACHE_BYTES,
    .copy_folder = copies };
  viewer->volume = lam_volume_new (source, &settings);
  viewer->tiles = lam_image_tiles_new (viewer->volume);
  viewer->loader = lam_tile_loader_new (
      pool, lam_image_tiles_get_source (), viewer->tiles, arrived_cb, viewer);
}

static inline void
close_viewer (Viewer *viewer)
{
  if (viewer->n_failed)
    g_error ("%d tiles failed", viewer->n_failed);
  lam_tile_loader_free (viewer->loader);
  lam_image_tiles_free (viewer->tiles);
  g_object_unref (viewer->volume);
}

/* Milliseconds until the copy is there. */
static inline double
await_copy (Viewer *viewer)
{
  double start = now_ms ();
  while (lam_volume_get_copy_progress (viewer->volume))
    g_main_context_iteration (NULL, TRUE);
  if (lam_volume_get_copy_error (viewer->volume))
    g_error ("%s", lam_volume_get_copy_error (viewer->volume)->message);
  return now_ms () - start;
}

/* Makes the bricked copy as the window does, but at ordinary priority and
 * without flushing the disk: both would measure what else the machine does.
 * Milliseconds; `cpu` gets seconds. */
static inline double
time_copy (const char *path, const char *folder, double *cpu)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamSource) source = lam_format_open (path, NULL, &error);
  const LamSourceInfo *info = lam_source_get_info (source);
  LamLevel levels[LAM_MAX_LEVELS];
  int n_levels =
      lam_pyramid_plan (info->levels[0].size, info->voxel_size_nm, levels);
  double start = now_ms ();
  *cpu = cpu_seconds ();
  if (!lam_zarr_copy_write (source, levels, n_levels, info->voxel_size_nm,
          folder, INT64_MAX, NULL, &error))
    g_error ("%s", error->message);
  *cpu = cpu_seconds () - *cpu;
  return now_ms () - start;
}

/* Wants all tiles of a slice, given as a fraction of the axis, and waits. */
static inline double
show_level (Viewer *viewer, LamPlane plane, int level, double where)
{
  const int64_t *size = lam_volume_get_level (viewer->volume, level)->size;
  int64_t n_u = lam_divide_up (size[lam_plane_u (plane)], LAM_TILE_EDGE);
  int64_t n_v = lam_divide_up (size[lam_plane_v (plane)], LAM_TILE_EDGE);
  g_autofree LamTileKey *keys = g_new (LamTileKey, n_u * n_v);
  for (int64_t i = 0; i < n_u * n_v; i++)
    keys[i] = (LamTileKey){ plane, level,
      (int32_t)((double)(size[lam_plane_w (plane)] - 1) * where),
      (int32_t)(i % n_u), (int32_t)(i / n_u) };
  double start = now_ms ();
  lam_tile_loader_want (viewer->loader, keys, (int)(n_u * n_v));
  while (lam_tile_loader_get_n_pending (viewer->loader) > 0)
    g_main_context_iteration (NULL, TRUE);
  return now_ms () - start;
}

/* At the level that a pane shows all of the slice at. */
static inline double
show_slice (Viewer *viewer, LamPlane plane, double where)
{
  LamVolume *volume = viewer->volume;
  int level = 0;
  while (level + 1 < lam_volume_get_n_levels (volume)
      && lam_volume_get_level (volume, level)->size[0] > PANE_PX)
    level++;
  return show_level (viewer, plane, level, where);
}

/* Seconds of processor time for compressing all of level 0, and nothing else:
 * no reading, no files, no coarser levels. Scaled up from 64 bricks. */
static inline double
time_compression (const char *path)
{
  g_autoptr (LamSource) source = lam_format_open (path, NULL, NULL);
  const LamSourceInfo *info = lam_source_get_info (source);
  const int64_t *size = info->levels[0].size;
  size_t voxel = lam_dtype_bytes (info->dtype), n = LAM_BRICK_VOXELS * voxel;
  size_t room = lam_zarr_codec_bound (n);
  g_autofree uint8_t *voxels = g_malloc (64 * n);
  g_autofree uint8_t *packed = g_malloc (room);
  for (int i = 0; i < 64; i++) {
    LamBox box = lam_brick_box ((LamBrickKey){ i % 32, 3 + i / 32, 0 });
    lam_source_read_box (source, 0, &box, voxels + i * n, NULL, NULL);
  }
  double start = cpu_seconds ();
  for (int i = 0; i < 64; i++)
    lam_zarr_codec_encode (voxels + i * n, n, voxel, packed, room);
  LamBox all = lam_box_of_size (size);
  return (cpu_seconds () - start) / 64 * (double)lam_box_volume (&all)
      / LAM_BRICK_VOXELS;
}
