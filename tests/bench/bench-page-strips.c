/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A stack of large pages that are one deflate strip each, so that any part of a
 * page costs all of it: the first slice, a side view before there is a bricked
 * copy, and the copy. The bounds are a bare libtiff loop over the same strips,
 * and with it Blosc alone. Arguments: pages (24), and
 * a folder for the files (the temporary one). */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <tiffio.h>
#include <unistd.h>

#include "base/random.h"
#include "volume-bench.h"

#define SIDE 4096
#define N_DIFFERENT 4

/* Structures with shot noise, 16 bits. */
static void
make_page (uint16_t *page, int z, LamRandom *random)
{
  for (int i = 0; i < SIDE * SIDE; i++) {
    int x = i % SIDE, y = i / SIDE;
    int shape = (((x ^ y) + z * 3) >> 4) & 63;
    page[i] =
        (uint16_t)(20000 + 200 * shape + (lam_random_u32 (random) & 1023));
  }
}

static void
add_page (TIFF *tiff, const void *raw, tmsize_t n)
{
  TIFFSetField (tiff, TIFFTAG_IMAGEWIDTH, SIDE);
  TIFFSetField (tiff, TIFFTAG_IMAGELENGTH, SIDE);
  TIFFSetField (tiff, TIFFTAG_BITSPERSAMPLE, 16);
  TIFFSetField (tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
  TIFFSetField (tiff, TIFFTAG_COMPRESSION, COMPRESSION_ADOBE_DEFLATE);
  TIFFSetField (tiff, TIFFTAG_ROWSPERSTRIP, SIDE);
  TIFFWriteRawStrip (tiff, 0, (void *)raw, n);
  TIFFWriteDirectory (tiff);
}

/* Compressed bytes of one page, by way of a file. */
static void *
compress_page (const char *path, const uint16_t *page, tmsize_t *n)
{
  TIFF *tiff = TIFFOpen (path, "wl");
  TIFFSetField (tiff, TIFFTAG_IMAGEWIDTH, SIDE);
  TIFFSetField (tiff, TIFFTAG_IMAGELENGTH, SIDE);
  TIFFSetField (tiff, TIFFTAG_BITSPERSAMPLE, 16);
  TIFFSetField (tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
  TIFFSetField (tiff, TIFFTAG_COMPRESSION, COMPRESSION_ADOBE_DEFLATE);
  TIFFSetField (tiff, TIFFTAG_ZIPQUALITY, 1);
  TIFFSetField (tiff, TIFFTAG_ROWSPERSTRIP, SIDE);
  TIFFWriteEncodedStrip (tiff, 0, (void *)page, SIDE * SIDE * 2);
  TIFFClose (tiff);
  tiff = TIFFOpen (path, "r");
  *n = TIFFRawStripSize (tiff, 0);
  void *raw = g_malloc (*n);
  TIFFReadRawStrip (tiff, 0, raw, *n);
  TIFFClose (tiff);
  return raw;
}

static void
write_stack (const char *path, int n_pages)
{
  g_autofree uint16_t *page = g_new (uint16_t, SIDE * SIDE);
  LamRandom random = lam_random_new (1, 0);
  void *raw[N_DIFFERENT];
  tmsize_t n[N_DIFFERENT];
  for (int i = 0; i < N_DIFFERENT; i++) {
    make_page (page, i, &random);
    raw[i] = compress_page (path, page, &n[i]);
  }
  TIFF *tiff = TIFFOpen (path, "wl8");
  for (int z = 0; z < n_pages; z++)
    add_page (tiff, raw[z % N_DIFFERENT], n[z % N_DIFFERENT]);
  TIFFClose (tiff);
  for (int i = 0; i < N_DIFFERENT; i++)
    g_free (raw[i]);
}

/* Milliseconds of one thread; `cpu` gets seconds of processor time. */
static double
time_decoding (const char *path, double *cpu)
{
  g_autofree void *page = g_malloc (SIDE * SIDE * 2);
  double start = now_ms ();
  *cpu = cpu_seconds ();
  TIFF *tiff = TIFFOpen (path, "r");
  do
    if (TIFFReadEncodedStrip (tiff, 0, page, SIDE * SIDE * 2) < 0)
      g_error ("cannot decode %s", path);
  while (TIFFReadDirectory (tiff));
  TIFFClose (tiff);
  *cpu = cpu_seconds () - *cpu;
  return now_ms () - start;
}

static void
measure_views (LamJobPool *pool, const char *path, double decode_ms, int n_cpus)
{
  Viewer viewer = { 0 };
  double start = now_ms ();
  open_viewer (&viewer, pool, path, NULL);
  show_slice (&viewer, LAM_PLANE_XY, 0.5);
  printf ("page-strips-first-slice: ours %.0f ms, peer 1000 ms, ratio %.2f (to "
          "reach 1)\n",
      now_ms () - start, (now_ms () - start) / 1000);
  int coarsest = lam_volume_get_n_levels (viewer.volume) - 1;
  double coarse = show_level (&viewer, LAM_PLANE_XZ, coarsest, 0.4);
  double bound = decode_ms / n_cpus;
  printf ("page-strips-xz-coarse: ours %.0f ms, peer %.0f ms (every page "
          "decoded), ratio %.2f (to reach 1)\n",
      coarse, bound, coarse / bound);
  double xz = show_slice (&viewer, LAM_PLANE_XZ, 0.4);
  printf (
      "page-strips-xz: ours %.0f ms, peer %.0f ms (every page decoded once, "
      "%d threads), ratio %.2f\n",
      xz, bound, n_cpus, xz / bound);
  double next = show_slice (&viewer, LAM_PLANE_XZ, 0.6);
  printf ("page-strips-xz-next: ours %.0f ms, peer %.0f ms (the first), ratio "
          "%.2f\n",
      next, xz, next / xz);
  close_viewer (&viewer);
}

int
main (int argc, char **argv)
{
  setlinebuf (stdout);
  int n_pages = argc > 1 ? MAX (1, atoi (argv[1])) : 24;
  g_autofree char *folder = g_build_filename (
      argc > 2 ? argv[2] : g_get_tmp_dir (), "lam-bench-XXXXXX", NULL);
  if (!g_mkdtemp (folder))
    g_error ("cannot make %s", folder);
  g_autofree char *path = g_build_filename (folder, "pages.tif", NULL);
  g_autofree char *copies = g_build_filename (folder, "copies", NULL);
  write_stack (path, n_pages);
  int n_cpus = (int)g_get_num_processors ();
  g_autoptr (LamJobPool) pool = lam_job_pool_new (0);
  double decode, decode_ms = time_decoding (path, &decode);
  double pack = time_compression (path);
  measure_views (pool, path, decode_ms, n_cpus);
  double cpu, ms = time_copy (path, copies, &cpu);
  printf ("page-strips-copy: ours %.1f s of processor time (%.1f s long), peer "
          "%.1f s (bare libtiff %.1f s, Blosc alone %.1f s), ratio %.2f\n",
      cpu, ms / 1000, decode + pack, decode, pack, cpu / (decode + pack));
  lam_copy_folder_remove (folder);
  return 0;
}
