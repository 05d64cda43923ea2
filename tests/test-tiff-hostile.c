/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Damaged and hostile TIFF files: each opens or fails with a message, within
 * memory and time. Cut at many places, hundreds of variants with changed bytes
 * from a seeded generator, and a table of lies with what must be said. */

#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <tiffio.h>
#include <unistd.h>

#include "base/error.h"
#include "base/random.h"
#include "volume/format.h"

#define N_VARIANTS 90 /* of each of the bases */
#define MAX_SECONDS 5.0
#define MAX_MEGABYTES 700
#define MAX_READ_VOXELS (4 << 20)

static char *folder, *path;

typedef struct {
  const char *name, *mode;
  int bits, samples, compression, predictor;
  bool is_tiled;
  const char *description;
} Base;

static const Base bases[] = {
  { "plain", "wl", 8, 1, COMPRESSION_NONE, 1, false, NULL },
  { "imagej", "wb", 16, 1, COMPRESSION_NONE, 1, false,
      "ImageJ=1.53\nimages=3\nslices=3\nunit=nm\nspacing=4\n" },
  { "ome", "wl", 8, 1, COMPRESSION_LZW, 2, false,
      "<OME><Image><Pixels SizeX=\"60\" SizeY=\"50\" SizeZ=\"3\" SizeC=\"1\" "
      "SizeT=\"1\" DimensionOrder=\"XYZCT\"><TiffData/></Pixels></Image>"
      "</OME>" },
  { "big", "wb8", 32, 1, COMPRESSION_ADOBE_DEFLATE, 2, true, NULL },
  { "rgb", "wl", 8, 3, COMPRESSION_PACKBITS, 1, false, NULL },
  { "fax", "wl", 1, 1, COMPRESSION_CCITTFAX4, 1, false, NULL },
  { "zstd", "wl8", 16, 1, COMPRESSION_ZSTD, 1, true, NULL },
  { "lzma", "wl", 8, 1, COMPRESSION_LZMA, 1, false, NULL },
};

static void
write_page (TIFF *tiff, const Base *base, int z)
{
  g_autofree uint8_t *row = g_malloc (1 << 16);
  LamRandom random = lam_random_new (5, z);
  TIFFSetField (tiff, TIFFTAG_IMAGEWIDTH, 60);
  TIFFSetField (tiff, TIFFTAG_IMAGELENGTH, 50);
  TIFFSetField (tiff, TIFFTAG_BITSPERSAMPLE, base->bits);
  TIFFSetField (tiff, TIFFTAG_SAMPLESPERPIXEL, base->samples);
  TIFFSetField (tiff, TIFFTAG_PHOTOMETRIC,
      base->samples == 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK);
  TIFFSetField (tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField (tiff, TIFFTAG_COMPRESSION, base->compression);
  if (base->predictor > 1)
    TIFFSetField (tiff, TIFFTAG_PREDICTOR, base->predictor);
  if (base->description && z == 0)
    TIFFSetField (tiff, TIFFTAG_IMAGEDESCRIPTION, base->description);
  for (int i = 0; i < 1 << 16; i++)
    row[i] = lam_random_u32 (&random) % 7;
  if (base->is_tiled) {
    TIFFSetField (tiff, TIFFTAG_TILEWIDTH, 32);
    TIFFSetField (tiff, TIFFTAG_TILELENGTH, 32);
    for (int t = 0; t < 4; t++)
      g_assert_cmpint (
          TIFFWriteEncodedTile (tiff, t, row, TIFFTileSize (tiff)), >, 0);
  } else {
    TIFFSetField (tiff, TIFFTAG_ROWSPERSTRIP, 20);
    for (int s = 0; s < 3; s++)
      g_assert_cmpint (TIFFWriteEncodedStrip (tiff, s, row,
                           TIFFVStripSize (tiff, s == 2 ? 10 : 20)),
          >, 0);
  }
  g_assert_true (TIFFWriteDirectory (tiff));
}

static GByteArray *
make_base (const Base *base)
{
  TIFF *tiff = TIFFOpen (path, base->mode);
  g_assert_nonnull (tiff);
  for (int z = 0; z < 3; z++)
    write_page (tiff, base, z);
  TIFFClose (tiff);
  char *text;
  gsize n;
  g_assert_true (g_file_get_contents (path, &text, &n, NULL));
  return g_byte_array_new_take ((guint8 *)text, n);
}

/* Reads what there is of a source: whole when it is small, and corners. */
static void
read_some (LamSource *source)
{
  const LamSourceInfo *info = lam_source_get_info (source);
  const int64_t *size = info->levels[0].size;
  size_t bytes = lam_dtype_bytes (info->dtype);
  g_autofree uint8_t *out = g_malloc (MAX_READ_VOXELS * bytes);
  LamBox all = lam_box_of_size (size);
  if (lam_box_volume (&all) <= MAX_READ_VOXELS) {
    g_autoptr (GError) error = NULL;
    if (!lam_source_read_box (source, 0, &all, out, NULL, &error))
      g_assert_cmpint (strlen (error->message), >, 10);
  }
  for (int corner = 0; corner < 8; corner++) {
    g_autoptr (GError) error = NULL;
    LamBox box;
    for (int i = 0; i < 3; i++) {
      box.min[i] = corner >> i & 1 ? MAX (size[i] - 20, 0) : 0;
      box.max[i] = MIN (box.min[i] + 20, size[i]);
    }
    if (!lam_source_read_box (source, 0, &box, out, NULL, &error))
      g_assert_cmpint (strlen (error->message), >, 10);
  }
}

/* Opens and reads, and asserts that it stays within the limits. */
static void
survive (const uint8_t *bytes, size_t n, GError **error)
{
  gint64 start = g_get_monotonic_time ();
  FILE *file = fopen (path, "wb");
  g_assert_nonnull (file);
  g_assert_cmpint (fwrite (bytes, 1, n, file), ==, n);
  fclose (file);
  g_autoptr (GError) local = NULL;
  LamOpenOptions options = { 0 };
  g_autoptr (LamSource) source = lam_format_open (path, &options, &local);
  g_assert_true ((source == NULL) == (local != NULL));
  if (source)
    read_some (source);
  else {
    g_assert_true (local->domain == LAM_ERROR);
    g_assert_nonnull (strstr (local->message, path));
  }
  struct rusage usage;
  getrusage (RUSAGE_SELF, &usage);
  g_assert_cmpint (usage.ru_maxrss / 1024, <, MAX_MEGABYTES);
  g_assert_cmpfloat ((g_get_monotonic_time () - start) / 1e6, <, MAX_SECONDS);
  if (local)
    g_propagate_error (error, g_steal_pointer (&local));
}

static void
test_cut (void)
{
  for (size_t b = 0; b < G_N_ELEMENTS (bases); b++) {
    g_autoptr (GByteArray) bytes = make_base (&bases[b]);
    guint step = MAX (1, bytes->len / 60);
    for (guint n = 0; n < bytes->len; n += n < 24 ? 1 : step)
      survive (bytes->data, n, NULL);
  }
}

/* Half of the changes hit the last third, where the directories are. */
static void
test_changed_bytes (void)
{
  LamRandom random = lam_random_new (2026, 11);
  for (size_t b = 0; b < G_N_ELEMENTS (bases); b++) {
    g_autoptr (GByteArray) bytes = make_base (&bases[b]);
    for (int v = 0; v < N_VARIANTS; v++) {
      g_autofree uint8_t *copy = g_memdup2 (bytes->data, bytes->len);
      int n = 1 + lam_random_u32 (&random) % 8;
      for (int i = 0; i < n; i++) {
        guint at = lam_random_u32 (&random) % bytes->len;
        if (lam_random_u32 (&random) & 1)
          at = bytes->len - 1 - at / 3;
        if (lam_random_u32 (&random) & 1)
          copy[at] ^= 1u << lam_random_u32 (&random) % 8;
        else
          copy[at] = lam_random_u32 (&random) & 1 ? 0xff : 0;
      }
      survive (copy, bytes->len, NULL);
    }
  }
}

/* ---- Lies, one at a time, in the first directory of the plain base ---- */

static uint32_t
first_directory (const GByteArray *bytes)
{
  uint32_t at;
  memcpy (&at, bytes->data + 4, 4);
  return GUINT32_FROM_LE (at);
}

static uint8_t *
find_entry (const GByteArray *bytes, int tag)
{
  uint32_t at = first_directory (bytes);
  int n = bytes->data[at] | bytes->data[at + 1] << 8;
  for (int i = 0; i < n; i++) {
    uint8_t *entry = bytes->data + at + 2 + 12 * i;
    if ((entry[0] | entry[1] << 8) == tag)
      return entry;
  }
  g_error ("the base has no tag %d", tag);
}

static void
set_entry (uint8_t *entry, int type, uint32_t count, uint32_t value)
{
  entry[2] = type;
  entry[3] = 0;
  count = GUINT32_TO_LE (count);
  value = GUINT32_TO_LE (value);
  memcpy (entry + 4, &count, 4);
  memcpy (entry + 8, &value, 4);
}

static const struct {
  const char *what;
  int tag, type;
  uint32_t count, value;
  LamErrorCode code;
} lies[] = {
  { "no width", TIFFTAG_IMAGEWIDTH, 4, 1, 0, LAM_ERROR_CORRUPT },
  { "no height", TIFFTAG_IMAGELENGTH, 4, 1, 0, LAM_ERROR_CORRUPT },
  { "giant width", TIFFTAG_IMAGEWIDTH, 4, 1, UINT32_MAX, LAM_ERROR_LIMIT },
  { "giant height", TIFFTAG_IMAGELENGTH, 4, 1, 1 << 21, LAM_ERROR_LIMIT },
  { "more than the file holds", TIFFTAG_IMAGELENGTH, 4, 1, 1 << 20,
      LAM_ERROR_CORRUPT },
  { "width as text", TIFFTAG_IMAGEWIDTH, 2, 1, 60, LAM_ERROR_CORRUPT },
  { "width of no type", TIFFTAG_IMAGEWIDTH, 99, 1, 60, LAM_ERROR_CORRUPT },
  { "width far away", TIFFTAG_IMAGEWIDTH, 4, 2, UINT32_MAX, LAM_ERROR_CORRUPT },
  { "strips of no rows", TIFFTAG_ROWSPERSTRIP, 4, 1, 0, LAM_ERROR_CORRUPT },
  { "more strips than said", TIFFTAG_ROWSPERSTRIP, 4, 1, 1, LAM_ERROR_CORRUPT },
  { "no bits", TIFFTAG_BITSPERSAMPLE, 3, 1, 0, LAM_ERROR_UNSUPPORTED },
  { "64-bit integers", TIFFTAG_BITSPERSAMPLE, 3, 1, 64, LAM_ERROR_UNSUPPORTED },
  { "3000 bits", TIFFTAG_BITSPERSAMPLE, 3, 1, 3000, LAM_ERROR_UNSUPPORTED },
  { "no channels", TIFFTAG_SAMPLESPERPIXEL, 3, 1, 0, LAM_ERROR_LIMIT },
  { "65535 channels", TIFFTAG_SAMPLESPERPIXEL, 3, 1, 65535, LAM_ERROR_LIMIT },
  { "unknown compression", TIFFTAG_COMPRESSION, 3, 1, 9999,
      LAM_ERROR_UNSUPPORTED },
  { "JPEG", TIFFTAG_COMPRESSION, 3, 1, COMPRESSION_JPEG,
      LAM_ERROR_UNSUPPORTED },
  { "YCbCr", TIFFTAG_PHOTOMETRIC, 3, 1, PHOTOMETRIC_YCBCR,
      LAM_ERROR_UNSUPPORTED },
  { "no offsets", TIFFTAG_STRIPOFFSETS, 4, 0, 0, LAM_ERROR_CORRUPT },
  { "few offsets", TIFFTAG_STRIPOFFSETS, 4, 1, 8, LAM_ERROR_CORRUPT },
  { "offsets far away", TIFFTAG_STRIPOFFSETS, 4, 3, UINT32_MAX - 4,
      LAM_ERROR_CORRUPT },
  { "no lengths", TIFFTAG_STRIPBYTECOUNTS, 4, 0, 0, LAM_ERROR_CORRUPT },
  { "lengths as text", TIFFTAG_STRIPBYTECOUNTS, 2, 3, 0, LAM_ERROR_CORRUPT },
};

static void
test_lies (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (lies); i++) {
    g_autoptr (GByteArray) bytes = make_base (&bases[0]);
    g_autoptr (GError) error = NULL;
    set_entry (find_entry (bytes, lies[i].tag), lies[i].type, lies[i].count,
        lies[i].value);
    survive (bytes->data, bytes->len, &error);
    if (!error || error->code != (int)lies[i].code)
      g_error ("%s: %s", lies[i].what, error ? error->message : "opened");
  }
}

/* Strips whose offsets or lengths are 0 or outside: opens, and reading says
 * so instead of giving the header as voxels. */
static void
test_missing_strips (void)
{
  static const uint32_t values[] = { 0, 0x7fffffff };
  static const int tags[] = { TIFFTAG_STRIPOFFSETS, TIFFTAG_STRIPBYTECOUNTS };
  for (int i = 0; i < 4; i++) {
    g_autoptr (GByteArray) bytes = make_base (&bases[0]);
    uint8_t *entry = find_entry (bytes, tags[i & 1]);
    /* Three values of type SHORT or LONG somewhere else in the file. */
    int size = entry[2] == 3 ? 2 : 4;
    uint32_t at, value = GUINT32_TO_LE (values[i >> 1]);
    memcpy (&at, entry + 8, 4);
    memcpy (bytes->data + GUINT32_FROM_LE (at), &value, size);
    g_assert_true (g_file_set_contents (
        path, (const char *)bytes->data, bytes->len, NULL));
    g_autoptr (GError) error = NULL;
    g_autoptr (LamSource) source = lam_format_open (path, NULL, &error);
    g_assert_no_error (error);
    uint8_t voxel;
    LamBox box = lam_box_new (0, 0, 0, 1, 1, 1);
    g_assert_false (
        lam_source_read_box (source, 0, &box, &voxel, NULL, &error));
    g_assert_error (error, LAM_ERROR, LAM_ERROR_CORRUPT);
  }
}

/* The chain of pages runs back to its start, to itself, or out of the file. */
static void
test_chain (void)
{
  g_autoptr (GByteArray) bytes = make_base (&bases[0]);
  uint32_t first = first_directory (bytes), second;
  int n = bytes->data[first] | bytes->data[first + 1] << 8;
  uint8_t *next = bytes->data + first + 2 + 12 * n;
  memcpy (&second, next, 4);
  second = GUINT32_FROM_LE (second);
  int n_second = bytes->data[second] | bytes->data[second + 1] << 8;
  uint8_t *after = bytes->data + second + 2 + 12 * n_second;
  const struct {
    uint8_t *at;
    uint32_t value;
  } links[] = {
    { next, first },
    { after, first },
    { after, second },
    { next, bytes->len + 10 },
    { next, bytes->len - 1 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (links); i++) {
    g_autoptr (GError) error = NULL;
    uint32_t kept, value = GUINT32_TO_LE (links[i].value);
    memcpy (&kept, links[i].at, 4);
    memcpy (links[i].at, &value, 4);
    survive (bytes->data, bytes->len, &error);
    g_assert_error (error, LAM_ERROR, LAM_ERROR_CORRUPT);
    memcpy (links[i].at, &kept, 4);
  }
}

static void
test_strange_files (void)
{
  static const struct {
    const char *bytes;
    size_t n;
    LamErrorCode code;
  } files[] = {
    { "", 0, LAM_ERROR_FORMAT },
    { "hello, this is no image", 23, LAM_ERROR_FORMAT },
    { "II*\0", 4, LAM_ERROR_FORMAT },
    { "II*\0\0\0\0\0", 8, LAM_ERROR_CORRUPT },
    { "MM\0+\0\4\0\0\0\0\0\0\0\0\0\20", 16, LAM_ERROR_CORRUPT },
    { "II*\0\10\0\0\0\0\0\0\0\0\0", 14, LAM_ERROR_CORRUPT },
    { "II*\0\10\0\0\0\377\377\0\0\0\0", 14, LAM_ERROR_CORRUPT },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autoptr (GError) error = NULL;
    survive ((const uint8_t *)files[i].bytes, files[i].n, &error);
    g_assert_error (error, LAM_ERROR, (int)files[i].code);
  }
  g_autoptr (GError) error = NULL;
  g_autofree char *pipe = g_build_filename (folder, "pipe.tif", NULL);
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  g_assert_null (lam_format_open (pipe, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_FORMAT);
  unlink (pipe);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TIFFSetWarningHandler (NULL);
  TIFFSetErrorHandler (NULL);
  folder = g_dir_make_tmp ("lamella-hostile-XXXXXX", NULL);
  path = g_build_filename (folder, "hostile.tif", NULL);
  g_test_add_func ("/tiff-hostile/cut", test_cut);
  g_test_add_func ("/tiff-hostile/changed-bytes", test_changed_bytes);
  g_test_add_func ("/tiff-hostile/lies", test_lies);
  g_test_add_func ("/tiff-hostile/missing-strips", test_missing_strips);
  g_test_add_func ("/tiff-hostile/chain", test_chain);
  g_test_add_func ("/tiff-hostile/strange-files", test_strange_files);
  int status = g_test_run ();
  unlink (path);
  g_rmdir (folder);
  g_free (path);
  g_free (folder);
  return status;
}
