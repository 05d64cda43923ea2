/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Every kind of TIFF that libtiff can write, read back voxel by voxel through
 * boxes of all shapes; descriptions; real files against a plain libtiff
 * loop. */

#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <tiffio.h>
#include <unistd.h>

#include "base/error.h"
#include "base/random.h"
#include "volume/format.h"
#include "volume/tiff-folder.h"
#include "volume/tiff-directory.h"
#include "volume/tiff-writer.h"

static char *folder;

/* ---- Writing what is to be read ---- */

typedef struct {
  int bits, format; /* SAMPLEFORMAT_… */
} SampleType;

typedef struct {
  const char *mode; /* libtiff's: "wl", "wb8", … */
  SampleType type;
  int width, height, depth, samples;
  bool is_planar, is_tiled, is_white_zero;
  int compression, predictor, fill_order, rows_per_strip;
  const char *description;
} Recipe;

/* The number that a voxel stands for; small enough for each type. */
static int64_t
truth (const Recipe *recipe, int x, int y, int z, int sample)
{
  uint32_t mixed =
      (x / 3 * 7 + y * 13 + z * 29 + sample * 101) * 2654435761u >> 8;
  int bits = MIN (recipe->type.bits, 24);
  if (recipe->type.format == SAMPLEFORMAT_IEEEFP)
    return (int64_t)(mixed % 1000) - 500;
  if (recipe->type.format == SAMPLEFORMAT_INT)
    return (int64_t)(mixed % (1u << bits)) - (1 << (bits - 1));
  return mixed % (1u << bits);
}

static uint16_t
half_of (int64_t value)
{
  if (value == 0)
    return 0;
  int exponent;
  double fraction = frexp (fabs ((double)value), &exponent);
  return (value < 0 ? 0x8000 : 0) | (exponent - 1 + 15) << 10
      | (int)((fraction * 2 - 1) * 1024);
}

/* Packs sample number `at` of a row. */
static void
pack (const Recipe *recipe, uint8_t *row, size_t at, int64_t value)
{
  int bits = recipe->type.bits;
  bool is_float = recipe->type.format == SAMPLEFORMAT_IEEEFP;
  if (recipe->is_white_zero && !is_float)
    value = recipe->type.format == SAMPLEFORMAT_INT
        ? -1 - value
        : (int64_t)((UINT64_C (1) << bits) - 1) - value;
  if (is_float && bits == 32)
    ((float *)row)[at] = value;
  else if (is_float && bits == 64)
    ((double *)row)[at] = value;
  else if (is_float)
    ((uint16_t *)row)[at] = half_of (value);
  else if (bits % 8 == 0)
    memcpy (row + at * bits / 8, &value, bits / 8);
  else
    for (int i = 0; i < bits; i++)
      if (value >> (bits - 1 - i) & 1)
        row[(at * bits + i) / 8] |= 0x80 >> (at * bits + i) % 8;
}

/* One strip or tile: voxels from x0, y0 on; those outside are 0. */
static void
fill_strile (const Recipe *recipe, uint8_t *bytes, size_t row_bytes, int x0,
    int y0, int width, int rows, int z, int sample)
{
  int n = recipe->is_planar ? 1 : recipe->samples;
  memset (bytes, 0, row_bytes * rows);
  for (int y = 0; y < rows; y++)
    for (int x = 0; x < width; x++)
      for (int s = 0; s < n; s++)
        pack (recipe, bytes + y * row_bytes, x * n + s,
            x0 + x < recipe->width && y0 + y < recipe->height ? truth (
                recipe, x0 + x, y0 + y, z, recipe->is_planar ? sample : s)
                                                              : 0);
}

static void
write_tiles (const Recipe *recipe, TIFF *tiff, int z, int sample)
{
  g_autofree uint8_t *bytes = g_malloc (TIFFTileSize (tiff));
  for (int y = 0; y < recipe->height; y += 32)
    for (int x = 0; x < recipe->width; x += 48) {
      fill_strile (
          recipe, bytes, TIFFTileRowSize (tiff), x, y, 48, 32, z, sample);
      g_assert_cmpint (TIFFWriteTile (tiff, bytes, x, y, 0, sample), >, 0);
    }
}

static void
write_strips (const Recipe *recipe, TIFF *tiff, int z, int sample)
{
  size_t row_bytes = TIFFScanlineSize (tiff);
  g_autofree uint8_t *bytes = g_malloc (row_bytes * recipe->height);
  for (int y = 0; y < recipe->height; y += recipe->rows_per_strip) {
    int rows = MIN (recipe->rows_per_strip, recipe->height - y);
    fill_strile (
        recipe, bytes, row_bytes, 0, y, recipe->width, rows, z, sample);
    g_assert_cmpint (
        TIFFWriteEncodedStrip (
            tiff, TIFFComputeStrip (tiff, y, sample), bytes, row_bytes * rows),
        >, 0);
  }
}

static void
write_page (const Recipe *recipe, TIFF *tiff, int z)
{
  TIFFSetField (tiff, TIFFTAG_IMAGEWIDTH, recipe->width);
  TIFFSetField (tiff, TIFFTAG_IMAGELENGTH, recipe->height);
  TIFFSetField (tiff, TIFFTAG_BITSPERSAMPLE, recipe->type.bits);
  TIFFSetField (tiff, TIFFTAG_SAMPLEFORMAT, recipe->type.format);
  TIFFSetField (tiff, TIFFTAG_SAMPLESPERPIXEL, recipe->samples);
  TIFFSetField (tiff, TIFFTAG_PLANARCONFIG,
      recipe->is_planar ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
  TIFFSetField (tiff, TIFFTAG_COMPRESSION, recipe->compression);
  if (recipe->predictor > 1)
    TIFFSetField (tiff, TIFFTAG_PREDICTOR, recipe->predictor);
  TIFFSetField (tiff, TIFFTAG_FILLORDER, recipe->fill_order);
  TIFFSetField (tiff, TIFFTAG_PHOTOMETRIC,
      recipe->is_white_zero     ? PHOTOMETRIC_MINISWHITE
          : recipe->samples > 2 ? PHOTOMETRIC_RGB
                                : PHOTOMETRIC_MINISBLACK);
  if (recipe->description && z == 0)
    TIFFSetField (tiff, TIFFTAG_IMAGEDESCRIPTION, recipe->description);
  if (recipe->is_tiled) {
    TIFFSetField (tiff, TIFFTAG_TILEWIDTH, 48);
    TIFFSetField (tiff, TIFFTAG_TILELENGTH, 32);
  } else
    TIFFSetField (tiff, TIFFTAG_ROWSPERSTRIP, recipe->rows_per_strip);
  for (int s = 0; s < (recipe->is_planar ? recipe->samples : 1); s++)
    if (recipe->is_tiled)
      write_tiles (recipe, tiff, z, s);
    else
      write_strips (recipe, tiff, z, s);
  g_assert_true (TIFFWriteDirectory (tiff));
}

static char *
write_file (const Recipe *recipe, const char *name)
{
  char *path = g_build_filename (folder, name, NULL);
  TIFF *tiff = TIFFOpen (path, recipe->mode);
  g_assert_nonnull (tiff);
  for (int z = 0; z < recipe->depth; z++)
    write_page (recipe, tiff, z);
  TIFFClose (tiff);
  return path;
}

/* ---- Comparing ---- */

static double
voxel_value (LamDtype dtype, const void *voxels, int64_t i)
{
  switch (dtype) {
  case LAM_DTYPE_U8:
    return ((const uint8_t *)voxels)[i];
  case LAM_DTYPE_I8:
    return ((const int8_t *)voxels)[i];
  case LAM_DTYPE_U16:
    return ((const uint16_t *)voxels)[i];
  case LAM_DTYPE_I16:
    return ((const int16_t *)voxels)[i];
  case LAM_DTYPE_U32:
    return ((const uint32_t *)voxels)[i];
  case LAM_DTYPE_I32:
    return ((const int32_t *)voxels)[i];
  default:
    return ((const float *)voxels)[i];
  }
}

static void
check_box (LamSource *source, const Recipe *recipe, LamBox box, int sample)
{
  g_autoptr (GError) error = NULL;
  LamDtype dtype = lam_source_get_info (source)->dtype;
  g_autofree void *voxels =
      g_malloc (lam_box_volume (&box) * lam_dtype_bytes (dtype));
  lam_source_read_box (source, 0, &box, voxels, NULL, &error);
  g_assert_no_error (error);
  int64_t i = 0;
  for (int z = box.min[2]; z < box.max[2]; z++)
    for (int y = box.min[1]; y < box.max[1]; y++)
      for (int x = box.min[0]; x < box.max[0]; x++)
        if (voxel_value (dtype, voxels, i++)
            != (double)truth (recipe, x, y, z, sample))
          g_error ("voxel %d %d %d is %g, should be %g", x, y, z,
              voxel_value (dtype, voxels, i - 1),
              (double)truth (recipe, x, y, z, sample));
}

static LamBox
random_box (LamRandom *random, const Recipe *recipe)
{
  const int size[3] = { recipe->width, recipe->height, recipe->depth };
  LamBox box;
  for (int i = 0; i < 3; i++) {
    box.min[i] = lam_random_u32 (random) % size[i];
    box.max[i] =
        box.min[i] + 1 + lam_random_u32 (random) % (size[i] - box.min[i]);
  }
  return box;
}

static LamSource *
open_checked (const char *path, int channel)
{
  g_autoptr (GError) error = NULL;
  LamOpenOptions options = { channel };
  LamSource *source = lam_format_open (path, &options, &error);
  g_assert_no_error (error);
  return source;
}

static void
check_recipe (const Recipe *recipe)
{
  g_autofree char *path = write_file (recipe, "recipe.tif");
  LamRandom random = lam_random_new (recipe->type.bits, recipe->compression);
  for (int sample = 0; sample < recipe->samples; sample++) {
    g_autoptr (LamSource) source = open_checked (path, sample);
    const LamSourceInfo *info = lam_source_get_info (source);
    g_assert_cmpint (info->n_channels, ==, recipe->samples);
    g_assert_cmpint (info->levels[0].size[2], ==, recipe->depth);
    check_box (source, recipe, lam_box_of_size (info->levels[0].size), sample);
    for (int i = 0; i < 6; i++)
      check_box (source, recipe, random_box (&random, recipe), sample);
    check_box (source, recipe,
        lam_box_new (0, 5, 0, recipe->width, 6, recipe->depth), sample);
    check_box (source, recipe,
        lam_box_new (9, 0, 0, 10, recipe->height, recipe->depth), sample);
  }
  unlink (path);
}

static const Recipe plain = {
  .mode = "wl",
  .type = { 8, SAMPLEFORMAT_UINT },
  .width = 101,
  .height = 71,
  .depth = 3,
  .samples = 1,
  .compression = COMPRESSION_NONE,
  .fill_order = FILLORDER_MSB2LSB,
  .rows_per_strip = 71,
};

static const SampleType types[] = {
  { 1, SAMPLEFORMAT_UINT },
  { 2, SAMPLEFORMAT_UINT },
  { 4, SAMPLEFORMAT_UINT },
  { 8, SAMPLEFORMAT_UINT },
  { 12, SAMPLEFORMAT_UINT },
  { 16, SAMPLEFORMAT_UINT },
  { 32, SAMPLEFORMAT_UINT },
  { 8, SAMPLEFORMAT_INT },
  { 16, SAMPLEFORMAT_INT },
  { 32, SAMPLEFORMAT_INT },
  { 16, SAMPLEFORMAT_IEEEFP },
  { 32, SAMPLEFORMAT_IEEEFP },
  { 64, SAMPLEFORMAT_IEEEFP },
};
static const char *const modes[] = { "wl", "wb", "wl8", "wb8" };

static void
set_layout (Recipe *recipe, int layout)
{
  static const int rows[] = { 71, 1, 16, 0 };
  recipe->is_tiled = layout == 3;
  recipe->rows_per_strip = rows[layout];
}

/* Types × byte orders × strips and tiles × plain and compressed. */
static void
test_types (void)
{
  for (size_t t = 0; t < G_N_ELEMENTS (types); t++)
    for (size_t m = 0; m < G_N_ELEMENTS (modes); m++)
      for (int layout = 0; layout < 4; layout++)
        for (int deflated = 0; deflated < 2; deflated++) {
          Recipe recipe = plain;
          recipe.mode = modes[m];
          recipe.type = types[t];
          recipe.compression =
              deflated ? COMPRESSION_ADOBE_DEFLATE : COMPRESSION_NONE;
          set_layout (&recipe, layout);
          check_recipe (&recipe);
        }
}

static void
check_compression (int compression, SampleType type, int predictor)
{
  if (!TIFFIsCODECConfigured (compression))
    return;
#ifdef __SANITIZE_ADDRESS__
  /* Their coders ask for tens of megabytes a file, which are filled first. */
  if (predictor
      && (compression == COMPRESSION_LZMA || compression == COMPRESSION_ZSTD))
    return;
#endif
  /* libtiff 4.5 swaps floats before predictor 3 when it writes big-endian
   * files, against TIFF Technical Note 3, and reads them as written. */
  for (size_t m = 0; m < (predictor == 3 ? 1 : 2); m++)
    for (int layout = 0; layout < 4; layout++) {
      Recipe recipe = plain;
      recipe.mode = modes[m];
      recipe.type = type;
      recipe.compression = compression;
      recipe.predictor = predictor;
      set_layout (&recipe, layout);
      /* LZMA takes long to set up; libtiff writes JBIG as one strip only. */
      if (compression == COMPRESSION_LZMA && layout != 2)
        continue;
      if (compression != COMPRESSION_JBIG || layout == 0)
        check_recipe (&recipe);
    }
}

static void
test_compressions (void)
{
  static const int general[] = { COMPRESSION_LZW, COMPRESSION_DEFLATE,
    COMPRESSION_ADOBE_DEFLATE, COMPRESSION_PACKBITS, COMPRESSION_ZSTD,
    COMPRESSION_LZMA };
  static const int bilevel[] = { COMPRESSION_CCITTRLE, COMPRESSION_CCITTFAX3,
    COMPRESSION_CCITTFAX4, COMPRESSION_JBIG };
  for (size_t i = 0; i < G_N_ELEMENTS (general); i++) {
    bool has_predictor = general[i] != COMPRESSION_PACKBITS;
    check_compression (general[i], types[3], 0);
    check_compression (general[i], types[11], has_predictor ? 3 : 0);
    for (int t = 3; t < 7 && has_predictor; t++)
      if (t != 4)
        check_compression (general[i], types[t], 2);
  }
  for (size_t i = 0; i < G_N_ELEMENTS (bilevel); i++)
    check_compression (bilevel[i], types[0], 0);
  check_compression (COMPRESSION_LERC, types[3], 0);
  check_compression (COMPRESSION_LERC, types[11], 0);
}

static void
test_channels (void)
{
  for (int i = 0; i < 16; i++) {
    Recipe recipe = plain;
    recipe.samples = i & 1 ? 3 : 4;
    recipe.is_planar = i & 2;
    recipe.is_tiled = i & 4;
    recipe.rows_per_strip = 16;
    recipe.compression = i & 8 ? COMPRESSION_LZW : COMPRESSION_NONE;
    recipe.type = types[i & 1 ? 5 : 3];
    check_recipe (&recipe);
  }
  g_autofree char *path = NULL;
  Recipe recipe = plain;
  recipe.samples = 3;
  path = write_file (&recipe, "rgb.tif");
  g_autoptr (GError) error = NULL;
  g_assert_null (lam_format_open (path, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_NEEDS_CHANNEL);
  g_assert_nonnull (strstr (error->message, "3 channels"));
  g_clear_error (&error);
  LamOpenOptions options = { 3 };
  g_assert_null (lam_format_open (path, &options, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
}

static void
test_cancelled (void)
{
  g_autofree char *path = write_file (&plain, "cancelled.tif");
  g_autofree char *parent = g_path_get_dirname (path);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  const LamOpenOptions options = { .cancellable = cancellable };
  g_autoptr (LamSource) source = lam_format_open (path, &options, NULL);
  g_assert_nonnull (source);
  g_cancellable_cancel (cancellable);
  const char *const paths[] = { path, parent };
  for (size_t i = 0; i < G_N_ELEMENTS (paths); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (lam_format_open (paths[i], &options, &error));
    g_assert_true (lam_error_is_cancelled (error));
  }
}

static void
test_white_is_zero_and_bit_order (void)
{
  for (size_t t = 0; t < G_N_ELEMENTS (types); t++)
    for (int deflated = 0; deflated < 2; deflated++) {
      Recipe recipe = plain;
      recipe.type = types[t];
      recipe.is_white_zero = true;
      recipe.compression =
          deflated ? COMPRESSION_ADOBE_DEFLATE : COMPRESSION_NONE;
      check_recipe (&recipe);
      recipe.is_white_zero = false;
      recipe.fill_order = FILLORDER_LSB2MSB;
      check_recipe (&recipe);
    }
}

/* ---- Descriptions ---- */

static void
assert_nm (const LamSourceInfo *info, double x, double y, double z)
{
  g_assert_cmpfloat (info->voxel_size_nm[0], ==, x);
  g_assert_cmpfloat (info->voxel_size_nm[1], ==, y);
  g_assert_cmpfloat (info->voxel_size_nm[2], ==, z);
}

/* Adds resolution tags to every page of a file. */
static void
set_resolution (const char *path, float x, float y, int unit)
{
  TIFF *tiff = TIFFOpen (path, "r+");
  TIFFSetField (tiff, TIFFTAG_XRESOLUTION, x);
  TIFFSetField (tiff, TIFFTAG_YRESOLUTION, y);
  TIFFSetField (tiff, TIFFTAG_RESOLUTIONUNIT, unit);
  TIFFRewriteDirectory (tiff);
  TIFFClose (tiff);
}

static void
test_voxel_size (void)
{
  static const struct {
    const char *description;
    double x, y, z; /* resolution 1/4.6 and 1/5 without unit */
  } cases[] = {
    { "ImageJ=1.53\nunit=nm\nspacing=40.0\n", 4.6, 5, 40 },
    { "ImageJ=1.53\nunit=\\u00B5m\nspacing=0.05\n", 4600, 5000, 50 },
    { "ImageJ=1.53\nunit=micron\nspacing=-0.05\n", 4600, 5000, 50 },
    { "ImageJ=1.53\nunit=pixel\nspacing=2\n", 0, 0, 0 },
    { "{\"shape\": [1, 71, 101]}", 0, 0, 0 },
    { NULL, 0, 0, 0 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    Recipe recipe = plain;
    recipe.description = cases[i].description;
    recipe.depth = 1;
    g_autofree char *path = write_file (&recipe, "size.tif");
    set_resolution (path, 1 / 4.6f, 1 / 5.f, RESUNIT_NONE);
    g_autoptr (LamSource) source = open_checked (path, -1);
    assert_nm (
        lam_source_get_info (source), cases[i].x, cases[i].y, cases[i].z);
  }
  g_autofree char *path = write_file (&plain, "cm.tif");
  set_resolution (path, 1e6f, 2e6f, RESUNIT_CENTIMETER);
  g_autoptr (LamSource) source = open_checked (path, -1);
  assert_nm (lam_source_get_info (source), 10, 5, 0);
  /* What a screen has is no voxel size. */
  set_resolution (path, 72, 72, RESUNIT_INCH);
  g_autoptr (LamSource) screen = open_checked (path, -1);
  assert_nm (lam_source_get_info (screen), 0, 0, 0);
}

/* ImageJ: channels run fastest, then slices, then frames. */
static void
test_imagej_axes (void)
{
  Recipe recipe = plain;
  recipe.depth = 12;
  recipe.description = "ImageJ=1.53\nimages=12\nchannels=2\nslices=3\nframes=2"
                       "\nhyperstack=true\n";
  g_autofree char *path = write_file (&recipe, "hyper.tif");
  g_autoptr (GError) error = NULL;
  g_assert_null (lam_format_open (path, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_NEEDS_CHANNEL);
  for (int channel = 0; channel < 4; channel++) {
    g_autoptr (LamSource) source = open_checked (path, channel);
    g_assert_cmpint (lam_source_get_info (source)->n_channels, ==, 4);
    g_assert_cmpint (lam_source_get_info (source)->levels[0].size[2], ==, 3);
    for (int z = 0; z < 3; z++) {
      uint8_t voxel;
      LamBox box = lam_box_new (50, 30, z, 51, 31, z + 1);
      g_assert_true (lam_source_read_box (source, 0, &box, &voxel, NULL, NULL));
      int page = channel % 2 + 2 * z + 6 * (channel / 2);
      g_assert_cmpint (voxel, ==, truth (&recipe, 50, 30, page, 0));
    }
  }
  /* Slices called frames are slices. */
  recipe.description = "ImageJ=1.53\nimages=12\nframes=12\n";
  g_autofree char *frames = write_file (&recipe, "frames.tif");
  g_autoptr (LamSource) source = open_checked (frames, -1);
  g_assert_cmpint (lam_source_get_info (source)->levels[0].size[2], ==, 12);
}

/* The big-endian classic file `bytes` gets its only strip moved to its end,
 * with the voxels of `recipe->depth` pages. */
static void
append_pages (const Recipe *recipe, const char *path)
{
  g_autofree char *text = NULL;
  gsize n;
  g_assert_true (g_file_get_contents (path, &text, &n, NULL));
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_byte_array_append (bytes, (const guint8 *)text, n);
  uint32_t ifd, offset = GUINT32_TO_BE (n);
  memcpy (&ifd, bytes->data + 4, 4);
  ifd = GUINT32_FROM_BE (ifd);
  int entries = bytes->data[ifd] << 8 | bytes->data[ifd + 1];
  for (int i = 0; i < entries; i++) {
    uint8_t *entry = bytes->data + ifd + 2 + 12 * i;
    if (entry[0] == TIFFTAG_STRIPOFFSETS >> 8
        && entry[1] == (TIFFTAG_STRIPOFFSETS & 255))
      memcpy (entry + 8, &offset, 4);
  }
  for (int z = 0; z < recipe->depth; z++)
    for (int y = 0; y < recipe->height; y++)
      for (int x = 0; x < recipe->width; x++) {
        uint16_t value = GUINT16_TO_BE (truth (recipe, x, y, z, 0));
        g_byte_array_append (bytes, (const guint8 *)&value, 2);
      }
  g_assert_true (
      g_file_set_contents (path, (const char *)bytes->data, bytes->len, NULL));
}

/* One page with the voxels of others behind it. */
static void
test_contiguous (void)
{
  static const char *const descriptions[] = {
    "ImageJ=1.53\nimages=5\nslices=5\n",
    "{\"shape\": [5, 71, 101], \"truncated\": true}",
  };
  for (size_t d = 0; d < G_N_ELEMENTS (descriptions); d++) {
    Recipe recipe = plain;
    recipe.depth = 1;
    recipe.mode = "wb";
    recipe.description = descriptions[d];
    recipe.type = types[5];
    g_autofree char *path = write_file (&recipe, "contiguous.tif");
    g_autoptr (GError) error = NULL;
    g_assert_null (lam_format_open (path, NULL, &error));
    g_assert_error (error, LAM_ERROR, LAM_ERROR_CORRUPT);
    g_assert_nonnull (strstr (error->message, "5 images"));
    recipe.depth = 5;
    append_pages (&recipe, path);
    g_autoptr (LamSource) source = open_checked (path, -1);
    const int64_t *size = lam_source_get_info (source)->levels[0].size;
    g_assert_cmpint (size[2], ==, 5);
    check_box (source, &recipe, lam_box_of_size (size), 0);
  }
}

#define OME(pixels) \
  "<?xml version=\"1.0\" encoding=\"UTF-8\"?><!-- c --><OME " \
  "xmlns=\"http://www.openmicroscopy.org/Schemas/OME/2016-06\"><Image " \
  "ID=\"Image:0\"><Pixels SizeX=\"101\" SizeY=\"71\" " pixels \
  "</Pixels></Image></OME>"

static uint8_t
read_voxel (LamSource *source, int z)
{
  uint8_t voxel = 0;
  LamBox box = lam_box_new (50, 30, z, 51, 31, z + 1);
  g_assert_true (lam_source_read_box (source, 0, &box, &voxel, NULL, NULL));
  return voxel;
}

static void
test_ome (void)
{
  Recipe recipe = plain;
  recipe.depth = 6;
  recipe.description = OME ("SizeZ=\"3\" SizeC=\"2\" SizeT=\"1\" "
                            "DimensionOrder=\"XYZCT\" PhysicalSizeX=\"8.5\" "
                            "PhysicalSizeXUnit=\"nm\" PhysicalSizeY=\"0.0085\" "
                            "PhysicalSizeZ=\"0.04\" "
                            "PhysicalSizeZUnit=\"µm\"><TiffData/>");
  g_autofree char *path = write_file (&recipe, "a.ome.tif");
  g_autoptr (LamSource) source = open_checked (path, 1);
  assert_nm (lam_source_get_info (source), 8.5, 8.5, 40);
  for (int z = 0; z < 3; z++)
    g_assert_cmpint (
        read_voxel (source, z), ==, truth (&recipe, 50, 30, 3 + z, 0));
  /* Pages in an order of their own. */
  recipe.depth = 3;
  recipe.description =
      OME ("SizeZ=\"3\" SizeC=\"1\" SizeT=\"1\" DimensionOrder=\"XYCZT\">"
           "<TiffData IFD=\"2\" FirstZ=\"0\"/>"
           "<TiffData IFD=\"0\" FirstZ=\"1\" PlaneCount=\"2\"/>");
  g_autofree char *turned = write_file (&recipe, "b.ome.tif");
  g_autoptr (LamSource) other = open_checked (turned, -1);
  for (int z = 0; z < 3; z++)
    g_assert_cmpint (
        read_voxel (other, z), ==, truth (&recipe, 50, 30, (z + 2) % 3, 0));
  /* Planes in other files. */
  recipe.description = OME ("SizeZ=\"9\" SizeC=\"1\" SizeT=\"1\" "
                            "DimensionOrder=\"XYCZT\"><TiffData/>");
  g_autofree char *part = write_file (&recipe, "c.ome.tif");
  g_autoptr (GError) error = NULL;
  g_assert_null (lam_format_open (part, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "9 planes"));
}

/* ---- Pages that do not fit, pages that do not count ---- */

static void
test_pages (void)
{
  Recipe recipe = plain;
  g_autofree char *path = g_build_filename (folder, "pages.tif", NULL);
  TIFF *tiff = TIFFOpen (path, "wl");
  for (int z = 0; z < 3; z++) {
    recipe.width = 101;
    write_page (&recipe, tiff, z);
    TIFFSetField (tiff, TIFFTAG_SUBFILETYPE, FILETYPE_REDUCEDIMAGE);
    recipe.width = 50;
    write_page (&recipe, tiff, z);
  }
  TIFFClose (tiff);
  g_autoptr (LamSource) source = open_checked (path, -1);
  recipe.width = 101;
  check_box (source, &recipe, lam_box_new (0, 0, 0, 101, 71, 3), 0);

  tiff = TIFFOpen (path, "wl");
  write_page (&recipe, tiff, 0);
  recipe.width = 50;
  write_page (&recipe, tiff, 1);
  TIFFClose (tiff);
  g_autoptr (GError) error = NULL;
  g_assert_null (lam_format_open (path, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "Page 2 of "));
  g_assert_nonnull (strstr (error->message, "50×71"));
  g_assert_nonnull (strstr (error->message, "101×71"));
}

/* ---- A folder ---- */

static void
test_natural_order (void)
{
  static const char *const sorted[] = { "a", "a1", "a01", "a2", "a10", "a10b2",
    "a10b10", "a18446744073709551617", "b" };
  for (size_t i = 0; i < G_N_ELEMENTS (sorted); i++)
    for (size_t j = 0; j < G_N_ELEMENTS (sorted); j++) {
      int order = lam_natural_compare (sorted[i], sorted[j]);
      if (i == 1 && j == 2)
        order = -1;
      if (i == 2 && j == 1)
        order = 1;
      g_assert_cmpint (
          (order > 0) - (order < 0), ==, (int)(i > j) - (int)(i < j));
    }
}

static void
test_folder (void)
{
  Recipe recipe = plain;
  g_autofree char *path = g_build_filename (folder, "slices", NULL);
  g_mkdir (path, 0700);
  g_autoptr (GError) error = NULL;
  g_assert_null (lam_format_open (path, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_FORMAT);
  g_clear_error (&error);
  /* More files than are kept open at a time. */
  recipe.depth = 90;
  for (int z = 0; z < recipe.depth; z++) {
    g_autofree char *name = g_strdup_printf ("slices/s%d.tif", z + 1);
    g_autofree char *file = g_build_filename (folder, name, NULL);
    TIFF *tiff = TIFFOpen (file, z % 2 ? "wb" : "wl");
    recipe.compression = z % 3 ? COMPRESSION_NONE : COMPRESSION_LZW;
    write_page (&recipe, tiff, z);
    TIFFClose (tiff);
  }
  g_autofree char *junk = g_build_filename (path, "._s1.tif", NULL);
  g_assert_true (g_file_set_contents (junk, "x", 1, NULL));
  g_autoptr (LamSource) source = open_checked (path, -1);
  g_assert_cmpstr (lam_source_get_info (source)->format, ==, "tiff-folder");
  check_box (source, &recipe, lam_box_new (0, 0, 0, 101, 71, 90), 0);
  check_box (source, &recipe, lam_box_new (7, 5, 0, 20, 6, 90), 0);
  /* A slice that was replaced. */
  g_autofree char *one = g_build_filename (path, "s1.tif", NULL);
  Recipe other = plain;
  other.depth = 2;
  g_free (write_file (&other, "slices/s1.tif"));
  uint8_t voxel;
  LamBox box = lam_box_new (0, 0, 0, 1, 1, 1);
  g_assert_false (lam_source_read_box (source, 0, &box, &voxel, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_MOVED);
  g_clear_error (&error);
  /* And one of two pages. */
  g_assert_null (lam_format_open (path, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "s1.tif"));
}

/* ---- Many threads, broken ground ---- */

typedef struct {
  LamSource *source;
  const Recipe *recipe;
  int seed;
} Work;

static gpointer
work_thread (gpointer data)
{
  const Work *work = data;
  LamRandom random = lam_random_new (work->seed, 3);
  for (int i = 0; i < 60; i++)
    check_box (
        work->source, work->recipe, random_box (&random, work->recipe), 0);
  return NULL;
}

static void
test_threads (void)
{
  for (int i = 0; i < 3; i++) {
    Recipe recipe = plain;
    recipe.compression = i == 0 ? COMPRESSION_NONE : COMPRESSION_LZW;
    recipe.is_tiled = i == 2;
    recipe.rows_per_strip = 16;
    recipe.mode = "wb";
    recipe.type = types[5];
    recipe.depth = 20;
    g_autofree char *path = write_file (&recipe, "threads.tif");
    g_autoptr (LamSource) source = open_checked (path, -1);
    Work work[6];
    GThread *threads[6];
    for (int t = 0; t < 6; t++) {
      work[t] = (Work){ source, &recipe, t };
      threads[t] = g_thread_new ("read", work_thread, &work[t]);
    }
    for (int t = 0; t < 6; t++)
      g_thread_join (threads[t]);
  }
}

static void
test_changed_while_open (void)
{
  g_autofree char *path = write_file (&plain, "cut.tif");
  g_autoptr (LamSource) source = open_checked (path, -1);
  g_autoptr (GError) error = NULL;
  uint8_t voxel;
  LamBox box = lam_box_new (0, 70, 2, 1, 71, 3);
  /* Another file under the name is not what is open. */
  g_autofree char *moved = g_strconcat (path, "-moved", NULL);
  g_assert_cmpint (g_rename (path, moved), ==, 0);
  g_assert_true (lam_source_read_box (source, 0, &box, &voxel, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (truncate (moved, 9000), ==, 0);
  g_assert_false (lam_source_read_box (source, 0, &box, &voxel, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_MOVED);
  g_clear_error (&error);
  g_assert_null (lam_format_open (moved, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_CORRUPT);
  g_clear_error (&error);
  g_assert_null (lam_format_open (path, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
  g_clear_error (&error);
  box.max[2] = 4;
  g_assert_false (lam_source_read_box (source, 0, &box, &voxel, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
}

static void
test_cancel (void)
{
  g_autofree char *path = write_file (&plain, "cancel.tif");
  g_autoptr (LamSource) source = open_checked (path, -1);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  uint8_t voxel;
  LamBox box = lam_box_new (0, 0, 0, 1, 1, 1);
  g_cancellable_cancel (cancellable);
  g_assert_false (
      lam_source_read_box (source, 0, &box, &voxel, cancellable, &error));
  g_assert_true (lam_error_is_cancelled (error));
}

/* ---- Writing ---- */

static void
write_stack (const char *path, LamDtype dtype, bool deflate)
{
  LamTiffLayout layout = { .size = { 301, 203, 4 },
    .dtype = dtype,
    .voxel_size_nm = { 4.6, 3.99, 45.5 },
    .deflate = deflate };
  g_autoptr (GError) error = NULL;
  g_autoptr (LamTiffWriter) writer =
      lam_tiff_writer_new (path, &layout, &error);
  g_assert_no_error (error);
  size_t n = 301 * 203 * lam_dtype_bytes (dtype);
  g_autofree uint8_t *page = g_malloc (n);
  for (int z = 0; z < 4; z++) {
    for (size_t i = 0; i < n; i++)
      page[i] = (i * (z + 3) * 2654435761u >> 11) & 63;
    g_assert_true (lam_tiff_writer_add_page (writer, page, &error));
  }
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_true (lam_tiff_writer_finish (writer, &error));
  g_assert_no_error (error);
}

static void
test_writer (void)
{
  g_autofree char *path = g_build_filename (folder, "written.tif", NULL);
  for (int dtype = LAM_DTYPE_U8; dtype <= LAM_DTYPE_F32; dtype++)
    for (int deflate = 0; deflate < 2; deflate++) {
      write_stack (path, dtype, deflate);
      g_autoptr (LamSource) source = open_checked (path, -1);
      const LamSourceInfo *info = lam_source_get_info (source);
      g_assert_cmpint (info->dtype, ==, dtype);
      g_assert_cmpint (info->is_compressed, ==, deflate);
      assert_nm (info, 4.6, 3.99, 45.5);
      size_t n = 301 * 203 * lam_dtype_bytes (dtype);
      g_autofree uint8_t *read = g_malloc (4 * n);
      LamBox box = lam_box_of_size (info->levels[0].size);
      g_assert_true (lam_source_read_box (source, 0, &box, read, NULL, NULL));
      for (int z = 0; z < 4; z++)
        for (size_t i = 0; i < n; i++)
          g_assert_cmpint (
              read[z * n + i], ==, (i * (z + 3) * 2654435761u >> 11) & 63);
      unlink (path);
    }
}

static int
count_files (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  int n = 0;
  while (g_dir_read_name (dir))
    n++;
  return n;
}

/* Up to 3.9 GB, a directory and its strips' places included, are classic. */
static void
test_writer_needs_big (void)
{
  const struct {
    LamTiffLayout layout;
    bool needs_big;
  } cases[] = {
    { { .size = { 1000, 1000, 3897 }, .dtype = LAM_DTYPE_U8 }, false },
    { { .size = { 1000, 1000, 3899 }, .dtype = LAM_DTYPE_U8 }, true },
    { { .size = { 1000, 1000, 1949 }, .dtype = LAM_DTYPE_U16 }, false },
    { { .size = { 1000, 1000, 1950 }, .dtype = LAM_DTYPE_U16 }, true },
    { { .size = { 1000, 1000, 1950 }, .dtype = LAM_DTYPE_U16, .deflate = true },
        true },
    { { .size = { 65536, 65535, 1 }, .dtype = LAM_DTYPE_U8 }, true },
    { { .size = { 1, 1, 200000 }, .dtype = LAM_DTYPE_F32 }, false },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (
        lam_tiff_layout_needs_big (&cases[i].layout), ==, cases[i].needs_big);
}

/* What the writer does for a big file, without four gigabytes of voxels: a
 * directory of strips that lie on both sides of 4 GiB in a file with a hole. */
static void
test_big_directory (void)
{
  g_autofree char *path = g_build_filename (folder, "hole.tif", NULL);
  const uint64_t far = (uint64_t)5 << 30;
  const uint64_t offsets[] = { 16, far }, counts[] = { 8, 4 };
  LamTiffDirectory directory = { .is_big = true,
    .width = 4,
    .height = 3,
    .dtype = LAM_DTYPE_U8,
    .rows_per_strip = 2,
    .offsets = offsets,
    .counts = counts,
    .n_strips = 2,
    .is_last = true };
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  lam_tiff_directory_append (bytes, far + 8, &directory);
  bool little = G_BYTE_ORDER == G_LITTLE_ENDIAN;
  const uint16_t head[] = { little ? 0x4949 : 0x4d4d, 43, 8, 0 };
  const uint64_t first = far + 8;
  int fd = open (path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  g_assert_cmpint (pwrite (fd, head, 8, 0), ==, 8);
  g_assert_cmpint (pwrite (fd, &first, 8, 8), ==, 8);
  g_assert_cmpint (pwrite (fd, "abcdefgh", 8, 16), ==, 8);
  if (pwrite (fd, "ijkl", 4, (off_t)far) != 4)
    g_test_skip ("no files above 4 GiB here");
  else {
    g_assert_cmpint (
        pwrite (fd, bytes->data, bytes->len, (off_t)far + 8), ==, bytes->len);
    g_autoptr (LamSource) source = open_checked (path, -1);
    char voxels[12];
    LamBox box = lam_box_new (0, 0, 0, 4, 3, 1);
    g_assert_true (lam_source_read_box (source, 0, &box, voxels, NULL, NULL));
    g_assert_cmpmem (voxels, 12, "abcdefghijkl", 12);
  }
  close (fd);
  unlink (path);
}

static void
test_writer_gives_up (void)
{
  g_autofree char *path = g_build_filename (folder, "half.tif", NULL);
  LamTiffLayout layout = { .size = { 8, 8, 2 }, .dtype = LAM_DTYPE_U8 };
  g_autoptr (GError) error = NULL;
  uint8_t page[64] = { 0 };
  int before = count_files ();
  LamTiffWriter *writer = lam_tiff_writer_new (path, &layout, &error);
  g_assert_true (lam_tiff_writer_add_page (writer, page, &error));
  g_assert_false (lam_tiff_writer_finish (writer, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  lam_tiff_writer_free (writer);
  g_assert_cmpint (count_files (), ==, before);
  g_clear_error (&error);
  g_assert_null (
      lam_tiff_writer_new ("/nonexistent/folder/a.tif", &layout, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_IO);
  g_clear_error (&error);
  layout.size[0] = 0;
  g_assert_null (lam_tiff_writer_new (path, &layout, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_LIMIT);
}

/* ---- Real files ---- */

/* All pages by libtiff's strips or tiles, first channel `sample` only. */
static GByteArray *
read_plainly (const char *path, int sample, int first, int step)
{
  GByteArray *all = g_byte_array_new ();
  TIFF *tiff = TIFFOpen (path, "rm");
  uint32_t width, height, tile_width = 0, tile_height = 0, rows;
  uint16_t bits, samples, planar;
  for (int page = first; TIFFSetDirectory (tiff, page); page += step) {
    TIFFGetField (tiff, TIFFTAG_IMAGEWIDTH, &width);
    TIFFGetField (tiff, TIFFTAG_IMAGELENGTH, &height);
    TIFFGetFieldDefaulted (tiff, TIFFTAG_BITSPERSAMPLE, &bits);
    TIFFGetFieldDefaulted (tiff, TIFFTAG_SAMPLESPERPIXEL, &samples);
    TIFFGetFieldDefaulted (tiff, TIFFTAG_PLANARCONFIG, &planar);
    size_t bytes = bits / 8, n = planar == PLANARCONFIG_SEPARATE ? 1 : samples;
    bool is_tiled = TIFFIsTiled (tiff);
    TIFFGetFieldDefaulted (tiff, TIFFTAG_ROWSPERSTRIP, &rows);
    TIFFGetField (tiff, TIFFTAG_TILEWIDTH, &tile_width);
    TIFFGetField (tiff, TIFFTAG_TILELENGTH, &tile_height);
    if (!is_tiled) {
      tile_width = width;
      tile_height = MIN (rows, height);
    }
    g_autofree uint8_t *buffer =
        g_malloc (tile_width * n * bytes * tile_height);
    guint start = all->len;
    g_byte_array_set_size (all, start + width * height * bytes);
    for (uint32_t y = 0; y < height; y += tile_height)
      for (uint32_t x = 0; x < width; x += tile_width) {
        if (is_tiled)
          TIFFReadTile (tiff, buffer, x, y, 0, n == 1 ? sample : 0);
        else
          TIFFReadEncodedStrip (tiff,
              TIFFComputeStrip (tiff, y, n == 1 ? sample : 0), buffer, -1);
        for (uint32_t v = 0; v < tile_height && y + v < height; v++)
          for (uint32_t u = 0; u < tile_width && x + u < width; u++)
            memcpy (all->data + start + ((y + v) * width + x + u) * bytes,
                buffer
                    + ((v * tile_width + u) * n + (n == 1 ? 0 : sample))
                        * bytes,
                bytes);
      }
  }
  TIFFClose (tiff);
  return all;
}

static void
test_real_files (void)
{
  static const struct {
    const char *name;
    int channel, sample, first, step; /* how libtiff finds that channel */
  } files[] = {
    { "lucchi/train-image.tif", -1, 0, 0, 1 },
    { "lucchi/train-mito.tif", -1, 0, 0, 1 },
    { "vnc/raw.tif", -1, 0, 0, 1 },
    { "vnc/classes.tif", -1, 0, 0, 1 },
    { "platelet-z0/train-z0-image-u16.tif", -1, 0, 0, 1 },
    { "platelet-z0/train-z0-image-u8.tif", -1, 0, 0, 1 },
    { "platelet-z0/train-z0-instance-organelle.tif", -1, 0, 0, 1 },
    { "isbi2012/volume.tif", -1, 0, 0, 1 },
    { "isbi2012/inside.tif", -1, 0, 0, 1 },
    { "formats/tiff/isbi2012-test-volume-original-multipage.tif", -1, 0, 0, 1 },
    { "formats/tiff/mri.tif", -1, 0, 0, 1 },
    { "formats/tiff/neurotorch-labels-lzw-multipage.tif", -1, 0, 0, 1 },
    { "formats/tiff/shapes_lzw_tiled_planar.tif", 2, 2, 0, 1 },
    { "formats/tiff/shapes_uncompressed_half.tif", 1, 1, 0, 1 },
    { "formats/tiff/shapes_zstd.tif", 0, 0, 0, 1 },
  };
  const char *data = g_getenv ("LAM_TEST_DATA");
  if (!data || !g_file_test (data, G_FILE_TEST_IS_DIR)) {
    g_test_skip ("no real data");
    return;
  }
  for (size_t i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *path = g_build_filename (data, files[i].name, NULL);
    g_autoptr (LamSource) source = open_checked (path, files[i].channel);
    const LamSourceInfo *info = lam_source_get_info (source);
    LamBox box = lam_box_of_size (info->levels[0].size);
    size_t n = lam_box_volume (&box) * lam_dtype_bytes (info->dtype);
    g_autofree uint8_t *ours = g_malloc (n);
    g_assert_true (lam_source_read_box (source, 0, &box, ours, NULL, NULL));
    g_autoptr (GByteArray) theirs =
        read_plainly (path, files[i].sample, files[i].first, files[i].step);
    g_assert_cmpmem (ours, n, theirs->data, theirs->len);
  }
}

static void
test_real_metadata (void)
{
  const char *data = g_getenv ("LAM_TEST_DATA");
  if (!data || !g_file_test (data, G_FILE_TEST_IS_DIR)) {
    g_test_skip ("no real data");
    return;
  }
  g_autofree char *imagej = g_build_filename (data, "formats", "tiff",
      "isbi2012-test-volume-original-multipage.tif", NULL);
  g_autoptr (LamSource) source = open_checked (imagej, -1);
  assert_nm (lam_source_get_info (source), 4, 4, 50);
  g_autofree char *ome =
      g_build_filename (data, "formats", "tiff", "4D-series.ome.tif", NULL);
  g_autoptr (GError) error = NULL;
  g_assert_null (lam_format_open (ome, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_NEEDS_CHANNEL);
  g_assert_nonnull (strstr (error->message, "7 time points"));
  g_autoptr (LamSource) third = open_checked (ome, 3);
  g_assert_cmpint (lam_source_get_info (third)->levels[0].size[2], ==, 5);
  g_clear_error (&error);
  g_autofree char *sizes =
      g_build_filename (data, "formats", "tiff", "shapes_multi_size.tif", NULL);
  g_assert_null (lam_format_open (sizes, &(LamOpenOptions){ 0 }, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_UNSUPPORTED);
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;
  while ((name = g_dir_read_name (dir))) {
    g_autofree char *child = g_build_filename (path, name, NULL);
    if (g_file_test (child, G_FILE_TEST_IS_DIR))
      remove_folder (child);
    else
      unlink (child);
  }
  g_rmdir (path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TIFFSetWarningHandler (NULL);
  TIFFSetErrorHandler (NULL);
  folder = g_dir_make_tmp ("lamella-tiff-XXXXXX", NULL);
  g_test_add_func ("/tiff/types", test_types);
  g_test_add_func ("/tiff/compressions", test_compressions);
  g_test_add_func ("/tiff/channels", test_channels);
  g_test_add_func (
      "/tiff/white-is-zero-and-bit-order", test_white_is_zero_and_bit_order);
  g_test_add_func ("/tiff/voxel-size", test_voxel_size);
  g_test_add_func ("/tiff/imagej-axes", test_imagej_axes);
  g_test_add_func ("/tiff/contiguous", test_contiguous);
  g_test_add_func ("/tiff/ome", test_ome);
  g_test_add_func ("/tiff/pages", test_pages);
  g_test_add_func ("/tiff/natural-order", test_natural_order);
  g_test_add_func ("/tiff/folder", test_folder);
  g_test_add_func ("/tiff/threads", test_threads);
  g_test_add_func ("/tiff/changed-while-open", test_changed_while_open);
  g_test_add_func ("/tiff/cancel", test_cancel);
  g_test_add_func ("/tiff/writer", test_writer);
  g_test_add_func ("/tiff/cancelled", test_cancelled);
  g_test_add_func ("/tiff/writer-needs-big", test_writer_needs_big);
  g_test_add_func ("/tiff/big-directory", test_big_directory);
  g_test_add_func ("/tiff/writer-gives-up", test_writer_gives_up);
  g_test_add_func ("/tiff/real-files", test_real_files);
  g_test_add_func ("/tiff/real-metadata", test_real_metadata);
  int status = g_test_run ();
  remove_folder (folder);
  g_free (folder);
  return status;
}
