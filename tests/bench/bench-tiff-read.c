/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Reading whole stacks through our reader, against a bare loop over libtiff's
 * strips on the same file; and what opening and thin boxes cost. */

#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>
#include <unistd.h>

#include "base/random.h"
#include "median.h"
#include "volume/format.h"

#define EDGE 2048
#define ROUNDS 7

static char *path;

static double
seconds (void)
{
  return g_get_monotonic_time () / 1e6;
}

/* Grey noise over a smooth ground, as an EM slice compresses. */
static void
fill (uint8_t *page, int z)
{
  LamRandom random = lam_random_new (1, z);
  for (size_t i = 0; i < EDGE * EDGE; i += 4) {
    uint32_t noise = lam_random_u32 (&random);
    for (int k = 0; k < 4; k++)
      page[i + k] = 96 + (i / EDGE / 16 & 31) + (noise >> 8 * k & 31);
  }
}

static void
write_stack (int pages, int compression, int rows)
{
  TIFF *tiff = TIFFOpen (path, "wl");
  g_autofree uint8_t *page = g_malloc (EDGE * EDGE);
  for (int z = 0; z < pages; z++) {
    fill (page, z);
    TIFFSetField (tiff, TIFFTAG_IMAGEWIDTH, EDGE);
    TIFFSetField (tiff, TIFFTAG_IMAGELENGTH, EDGE);
    TIFFSetField (tiff, TIFFTAG_BITSPERSAMPLE, 8);
    TIFFSetField (tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
    TIFFSetField (tiff, TIFFTAG_COMPRESSION, compression);
    TIFFSetField (tiff, TIFFTAG_ROWSPERSTRIP, rows);
    if (compression != COMPRESSION_NONE)
      TIFFSetField (tiff, TIFFTAG_ZIPQUALITY, 1);
    for (int y = 0; y < EDGE; y += rows)
      TIFFWriteEncodedStrip (tiff, y / rows, page + (size_t)y * EDGE,
          (tmsize_t)MIN (rows, EDGE - y) * EDGE);
    TIFFWriteDirectory (tiff);
  }
  TIFFClose (tiff);
}

static double
time_peer (uint8_t *page)
{
  double start = seconds ();
  TIFF *tiff = TIFFOpen (path, "r");
  do {
    tmsize_t bytes = TIFFStripSize (tiff);
    for (uint32_t s = 0; s < TIFFNumberOfStrips (tiff); s++)
      if (TIFFReadEncodedStrip (tiff, s, page + s * bytes, bytes) < 0)
        abort ();
  } while (TIFFReadDirectory (tiff));
  TIFFClose (tiff);
  return seconds () - start;
}

static double
time_ours (uint8_t *page)
{
  double start = seconds ();
  g_autoptr (GError) error = NULL;
  g_autoptr (LamSource) source = lam_format_open (path, NULL, &error);
  if (!source)
    g_error ("%s", error->message);
  const int64_t *size = lam_source_get_info (source)->levels[0].size;
  for (int64_t z = 0; z < size[2]; z++) {
    LamBox box = lam_box_new (0, 0, z, size[0], size[1], z + 1);
    if (!lam_source_read_box (source, 0, &box, page, NULL, &error))
      g_error ("%s", error->message);
  }
  return seconds () - start;
}

static void
race (const char *name, int pages, int compression, int rows)
{
  double ours[ROUNDS], peer[ROUNDS];
  double megabytes = (double)pages * EDGE * EDGE / 1e6;
  g_autofree uint8_t *page = g_malloc0 (EDGE * EDGE);
  write_stack (pages, compression, rows);
  time_peer (page);
  for (int i = 0; i < ROUNDS; i++) {
    peer[i] = time_peer (page);
    ours[i] = time_ours (page);
  }
  double a = megabytes / bench_median (ours, ROUNDS);
  double b = megabytes / bench_median (peer, ROUNDS);
  printf ("tiff-read %s: ours %.0f MB/s, peer %.0f MB/s, ratio %.2f (to reach "
          "0.90)\n",
      name, a, b, a / b);
  fflush (stdout);
}

/* Boxes of one shape at many places of the stack that is there. */
static void
time_boxes (const char *name, int dx, int dy, int dz)
{
  g_autoptr (LamSource) source = lam_format_open (path, NULL, NULL);
  const int64_t *size = lam_source_get_info (source)->levels[0].size;
  const int64_t want[3] = { dx, dy, dz };
  LamRandom random = lam_random_new (2, 0);
  double times[15];
  g_autofree uint8_t *out = g_malloc0 ((size_t)dx * dy * dz);
  for (size_t i = 0; i < G_N_ELEMENTS (times); i++) {
    LamBox box;
    for (int k = 0; k < 3; k++) {
      int64_t edge = MIN (want[k], size[k]);
      box.min[k] = lam_random_u32 (&random) % (size[k] - edge + 1);
      box.max[k] = box.min[k] + edge;
    }
    double start = seconds ();
    if (!lam_source_read_box (source, 0, &box, out, NULL, NULL))
      abort ();
    times[i] = (seconds () - start) * 1e3;
  }
  printf ("tiff-box %s: %.2f ms\n", name,
      bench_median (times, G_N_ELEMENTS (times)));
}

/* Ten thousand pages of a 10 GB stack, as a sparse file: opening reads no
 * voxel. */
static void
time_open (void)
{
  TIFF *tiff = TIFFOpen (path, "wl8");
  static const uint8_t row[1024];
  for (int z = 0; z < 10000; z++) {
    TIFFSetField (tiff, TIFFTAG_IMAGEWIDTH, 1024);
    TIFFSetField (tiff, TIFFTAG_IMAGELENGTH, 8);
    TIFFSetField (tiff, TIFFTAG_BITSPERSAMPLE, 8);
    TIFFSetField (tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
    TIFFSetField (tiff, TIFFTAG_ROWSPERSTRIP, 8);
    for (int y = 0; y < 8; y++)
      TIFFWriteScanline (tiff, (void *)row, y, 0);
    TIFFWriteDirectory (tiff);
  }
  TIFFClose (tiff);
  double times[ROUNDS];
  for (int i = 0; i < ROUNDS; i++) {
    double start = seconds ();
    g_autoptr (LamSource) source = lam_format_open (path, NULL, NULL);
    if (!source)
      abort ();
    times[i] = (seconds () - start) * 1e3;
  }
  printf ("tiff-open 10000 pages: %.1f ms\n", bench_median (times, ROUNDS));
}

int
main (void)
{
  g_autofree char *folder = g_dir_make_tmp ("lamella-bench-XXXXXX", NULL);
  path = g_build_filename (folder, "stack.tif", NULL);
  TIFFSetWarningHandler (NULL);
  race ("plain", 120, COMPRESSION_NONE, EDGE);
  time_boxes ("258x258x1 plain", 258, 258, 1);
  time_boxes ("64x64x64 plain", 64, 64, 64);
  time_boxes ("2048x1x120 plain", 2048, 1, 120);
  race ("plain-strips", 120, COMPRESSION_NONE, 32);
  time_boxes ("2048x1x120 plain strips", 2048, 1, 120);
  race ("deflate", 60, COMPRESSION_ADOBE_DEFLATE, 128);
  time_boxes ("258x258x1 deflate", 258, 258, 1);
  time_open ();
  unlink (path);
  g_rmdir (folder);
  g_free (path);
  return 0;
}
