/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A stack that is too large to be read first: how long until the first slice is
 * there, how fast side views scroll before and after the bricked copy, how fast
 * that copy is made, and what memory it takes. Arguments: gigabytes (4), 0 or 1
 * for deflate (0), and a folder for the files (the temporary one). */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/random.h"
#include "volume-bench.h"
#include "volume/tiff-writer.h"

#define SIDE 2048
#define N_SCROLLED 15
/* Side views of a file without a copy may read all of it for each slice. */
#define N_SLOW 3

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

/* Without a copy: first slice of a cold file, then side views. */
static void
measure_before (
    LamJobPool *pool, const char *path, double *xz_ms, double *yz_ms)
{
  Viewer viewer = { 0 };
  forget_pages (path);
  double start = now_ms ();
  open_viewer (&viewer, pool, path, NULL);
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
  close_viewer (&viewer);
}

static void
measure_copy (LamJobPool *pool, const char *path, const char *copies,
    double voxels_mb, double xz_before, double yz_before)
{
  Viewer viewer = { 0 };
  double pack = time_compression (path), cpu;
  g_autofree char *alone = g_build_filename (copies, "alone", NULL);
  double ms = time_copy (path, alone, &cpu);
  lam_copy_folder_remove (alone);
  printf ("volume-copy: ours %.1f s of processor time (%.0f MB/s), peer %.1f s "
          "(Blosc alone, finest level), ratio %.2f\n",
      cpu, voxels_mb / ms * 1000, pack, cpu / pack);
  open_viewer (&viewer, pool, path, copies);
  await_copy (&viewer);
  double xz = scroll (&viewer, LAM_PLANE_XZ, N_SCROLLED);
  double yz = scroll (&viewer, LAM_PLANE_YZ, N_SCROLLED);
  printf ("volume-xz-scroll: ours %.1f ms, peer %.1f ms (without the copy), "
          "ratio %.2f (to reach 1)\n",
      xz, xz_before, xz / xz_before);
  printf ("volume-yz-scroll: ours %.1f ms, peer %.1f ms (without the copy), "
          "ratio %.2f (to reach 1)\n",
      yz, yz_before, yz / yz_before);
  close_viewer (&viewer);
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
