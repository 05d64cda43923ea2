/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A stack that is too large to be read first: how long until the first slice is
 * there, how fast side views scroll before and after the bricked copy, how fast
 * that copy is made, and what memory it takes. Arguments: gigabytes (4), 0 or 1
 * for deflate (0), and a folder for the files (the temporary one). */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/random.h"
#include "volume/copy-folder.h"
#include "volume/format.h"
#include "volume/image-tiles.h"
#include "volume/tiff-writer.h"
#include "volume/zarr-codec.h"

#define SIDE 2048
#define CACHE_BYTES (512LL << 20)
#define N_SCROLLED 15
/* Side views of a file without a copy may read all of it for each slice. */
#define N_SLOW 3
/* A pane of about this many pixels shows the whole slice. */
#define PANE_PX 1100

typedef struct {
  LamVolume *volume;
  LamTileLoader *loader;
  int n_arrived, n_failed;
} Viewer;

static void
arrived_cb (const LamTileKey *key, GBytes *texels, const GError *error,
    gpointer user_data)
{
  Viewer *viewer = user_data;
  viewer->n_arrived++;
  viewer->n_failed += error != NULL;
}

static double
now_ms (void)
{
  return (double)g_get_monotonic_time () / 1000;
}

/* Smooth structures with shot noise, which compress like EM images do. */
static void
make_plane (uint8_t *plane, int z, LamRandom *random)
{
  for (int y = 0; y < SIDE; y++)
    for (int x = 0; x < SIDE; x += 4) {
      uint32_t noise = lam_random_u32 (random);
      for (int i = 0; i < 4; i++, noise >>= 8) {
        int shape = (((x + i) ^ y) + z * 3) >> 4 & 63;
        plane[y * SIDE + x + i] =
            (uint8_t)(80 + shape + (int)(noise & 31) - 16);
      }
    }
}

static void
write_stack (const char *path, int n_planes, bool deflate)
{
  LamTiffLayout layout = { .size = { SIDE, SIDE, n_planes },
    .dtype = LAM_DTYPE_U8,
    .voxel_size_nm = { 10, 10, 20 },
    .deflate = deflate };
  g_autoptr (GError) error = NULL;
  g_autoptr (LamTiffWriter) writer =
      lam_tiff_writer_new (path, &layout, &error);
  g_autofree uint8_t *plane = g_malloc (SIDE * SIDE);
  LamRandom random = lam_random_new (1, 0);
  for (int z = 0; writer && z < n_planes && !error; z++) {
    if (z % 16 == 0)
      make_plane (plane, z, &random);
    lam_tiff_writer_add_page (writer, plane, &error);
  }
  if (!error && writer)
    lam_tiff_writer_finish (writer, &error);
  if (error)
    g_error ("%s", error->message);
}

static void
forget_pages (const char *path)
{
  int fd = open (path, O_RDONLY);
  fdatasync (fd);
  posix_fadvise (fd, 0, 0, POSIX_FADV_DONTNEED);
  close (fd);
}

static int
choose_level (LamVolume *volume)
{
  int level = 0;
  while (level + 1 < lam_volume_get_n_levels (volume)
      && lam_volume_get_level (volume, level)->size[0] > PANE_PX)
    level++;
  return level;
}

/* Wants all tiles of a slice, given as a fraction of the axis, and waits. */
static double
show_slice (Viewer *viewer, LamPlane plane, double where)
{
  int level = choose_level (viewer->volume);
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

static int
compare_doubles (const void *a, const void *b)
{
  double p = *(const double *)a, q = *(const double *)b;
  return p < q ? -1 : p > q;
}

/* Median milliseconds of `n` slices. */
static double
scroll (Viewer *viewer, LamPlane plane, int n)
{
  double ms[N_SCROLLED];
  for (int i = 0; i < n; i++)
    ms[i] = show_slice (viewer, plane, 0.3 + 0.02 * i);
  qsort (ms, (size_t)n, sizeof *ms, compare_doubles);
  return ms[n / 2];
}

/* Megabytes of memory of this process, by a line of /proc/self/status. */
static double
read_memory_mb (const char *line)
{
  g_autofree char *text = NULL;
  g_file_get_contents ("/proc/self/status", &text, NULL, NULL);
  const char *at = text ? strstr (text, line) : NULL;
  return at ? g_ascii_strtod (at + strlen (line), NULL) / 1024 : 0;
}

static double
time_plain_read (const char *path)
{
  g_autofree char *buffer = g_malloc (1 << 20);
  double start = now_ms ();
  int fd = open (path, O_RDONLY);
  while (read (fd, buffer, 1 << 20) > 0)
    ;
  close (fd);
  return now_ms () - start;
}

static void
open_viewer (Viewer *viewer, LamJobPool *pool, const char *path,
    const char *copies, LamImageTiles **tiles)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamSource) source = lam_format_open (path, NULL, &error);
  if (!source)
    g_error ("%s", error->message);
  LamVolumeSettings settings = { .cache_bytes = CACHE_BYTES,
    .copy_folder = copies };
  viewer->volume = lam_volume_new (source, &settings);
  *tiles = lam_image_tiles_new (viewer->volume);
  viewer->loader = lam_tile_loader_new (
      pool, lam_image_tiles_get_source (), *tiles, arrived_cb, viewer);
}

static void
close_viewer (Viewer *viewer, LamImageTiles *tiles)
{
  if (viewer->n_failed)
    g_error ("%d tiles failed", viewer->n_failed);
  lam_tile_loader_free (viewer->loader);
  lam_image_tiles_free (tiles);
  g_object_unref (viewer->volume);
}

/* Without a copy: first slice of a cold file, then side views. */
static void
measure_before (
    LamJobPool *pool, const char *path, double *xz_ms, double *yz_ms)
{
  Viewer viewer = { 0 };
  LamImageTiles *tiles;
  forget_pages (path);
  double start = now_ms ();
  open_viewer (&viewer, pool, path, NULL, &tiles);
  show_slice (&viewer, LAM_PLANE_XY, 0.5);
  double first = now_ms () - start;
  printf (
      "volume-first-slice: ours %.0f ms, peer 1000 ms, ratio %.2f (to reach "
      "1)\n",
      first, first / 1000);
  double xy = scroll (&viewer, LAM_PLANE_XY, N_SCROLLED);
  printf ("volume-xy-scroll: ours %.1f ms, peer 50 ms, ratio %.2f (to reach "
          "1)\n",
      xy, xy / 50);
  time_plain_read (path);
  *xz_ms = scroll (&viewer, LAM_PLANE_XZ, N_SLOW);
  *yz_ms = scroll (&viewer, LAM_PLANE_YZ, N_SLOW);
  close_viewer (&viewer, tiles);
}

/* Milliseconds that one thread takes for compressing the bricks of a slab, and
 * nothing else: no reading, no files, no coarser levels. Scaled to all planes.
 */
static double
time_compression (const char *path, int n_planes)
{
  g_autoptr (LamSource) source = lam_format_open (path, NULL, NULL);
  const int n = 64;
  size_t room = lam_zarr_codec_bound (LAM_BRICK_VOXELS);
  g_autofree uint8_t *voxels = g_malloc ((size_t)n * LAM_BRICK_VOXELS);
  g_autofree uint8_t *packed = g_malloc (room);
  for (int i = 0; i < n; i++) {
    LamBox box = lam_brick_box ((LamBrickKey){ i % 32, 3 + i / 32, 0 });
    lam_source_read_box (
        source, 0, &box, voxels + (size_t)i * LAM_BRICK_VOXELS, NULL, NULL);
  }
  double start = now_ms ();
  for (int i = 0; i < n; i++)
    lam_zarr_codec_encode (voxels + (size_t)i * LAM_BRICK_VOXELS,
        LAM_BRICK_VOXELS, 1, packed, room);
  double bricks = (double)SIDE * SIDE * n_planes / LAM_BRICK_VOXELS;
  return (now_ms () - start) / n * bricks;
}

static void
measure_copy (LamJobPool *pool, const char *path, const char *copies,
    double voxels_mb, double xz_before, double yz_before)
{
  Viewer viewer = { 0 };
  LamImageTiles *tiles;
  double peer_ms =
      time_compression (path, (int)(voxels_mb * 1e6 / SIDE / SIDE));
  double start = now_ms ();
  open_viewer (&viewer, pool, path, copies, &tiles);
  while (lam_volume_get_copy_progress (viewer.volume))
    g_main_context_iteration (NULL, TRUE);
  double ms = now_ms () - start;
  if (lam_volume_get_copy_error (viewer.volume))
    g_error ("%s", lam_volume_get_copy_error (viewer.volume)->message);
  printf ("volume-copy: ours %.0f MB/s, peer %.0f MB/s (Blosc alone, one "
          "thread), ratio %.2f (to reach 0.15)\n",
      voxels_mb / ms * 1000, voxels_mb / peer_ms * 1000, peer_ms / ms);
  double xz = scroll (&viewer, LAM_PLANE_XZ, N_SCROLLED);
  double yz = scroll (&viewer, LAM_PLANE_YZ, N_SCROLLED);
  printf ("volume-xz-scroll: ours %.1f ms, peer %.1f ms (without the copy), "
          "ratio %.2f (to reach 1)\n",
      xz, xz_before, xz / xz_before);
  printf ("volume-yz-scroll: ours %.1f ms, peer %.1f ms (without the copy), "
          "ratio %.2f (to reach 1)\n",
      yz, yz_before, yz / yz_before);
  close_viewer (&viewer, tiles);
}

int
main (int argc, char **argv)
{
  double gigabytes = argc > 1 ? g_ascii_strtod (argv[1], NULL) : 4;
  bool deflate = argc > 2 && atoi (argv[2]);
  int n_planes = MAX (64, (int)(gigabytes * 1e9 / (SIDE * SIDE)));
  g_autofree char *folder = g_build_filename (
      argc > 3 ? argv[3] : g_get_tmp_dir (), "lam-bench-XXXXXX", NULL);
  if (!g_mkdtemp (folder))
    g_error ("cannot make %s", folder);
  g_autofree char *path = g_build_filename (folder, "stack.tif", NULL);
  g_autofree char *copies = g_build_filename (folder, "copies", NULL);
  write_stack (path, n_planes, deflate);
  g_autoptr (LamJobPool) pool = lam_job_pool_new (0);
  double start_mb = read_memory_mb ("VmRSS:");
  double xz, yz;
  measure_before (pool, path, &xz, &yz);
  measure_copy (
      pool, path, copies, (double)n_planes * SIDE * SIDE / 1e6, xz, yz);
  double peak = read_memory_mb ("VmHWM:"), budget = CACHE_BYTES / 1048576.0;
  printf ("volume-memory: ours %.0f MB, peer %.0f MB (cache budget + 400), "
          "ratio %.2f (to reach 1); %.0f MB at the start\n",
      peak, budget + 400, peak / (budget + 400), start_mb);
  lam_copy_folder_remove (folder);
  return 0;
}
