/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Zarr: what we write comes back; real files of others; hostile files. */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/random.h"
#include "volume/format.h"
#include "volume/zarr-writer.h"

typedef struct {
  char *folder; /* Owned */
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("lam-zarr-XXXXXX", NULL);
}

static void
remove_tree (const char *path)
{
  GDir *dir = g_file_test (path, G_FILE_TEST_IS_SYMLINK)
      ? NULL
      : g_dir_open (path, 0, NULL);
  const char *name;
  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree char *child = g_build_filename (path, name, NULL);
    remove_tree (child);
  }
  if (dir)
    g_dir_close (dir);
  g_remove (path);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  remove_tree (f->folder);
  g_free (f->folder);
}

static void
put (Fixture *f, const char *name, const void *data, gssize n)
{
  g_autofree char *path = g_build_filename (f->folder, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);
  g_assert_cmpint (g_mkdir_with_parents (parent, 0777), ==, 0);
  /* Replacing a file would flush it to the disk; some tests write hundreds. */
  g_unlink (path);
  g_assert_true (g_file_set_contents (path, data, n, NULL));
}

static LamSource *
open_ok (const char *path, int channel)
{
  GError *error = NULL;
  LamSource *source =
      lam_format_open (path, &(LamOpenOptions){ channel }, &error);
  g_assert_no_error (error);
  g_assert_nonnull (source);
  return source;
}

static void
assert_refused (
    const char *path, int channel, LamErrorCode code, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (lam_format_open (path, &(LamOpenOptions){ channel }, &error));
  g_assert_error (error, LAM_ERROR, (gint)code);
  if (!strstr (error->message, part))
    g_error ("\"%s\" does not say \"%s\"", error->message, part);
}

static uint32_t
voxel_at (int64_t x, int64_t y, int64_t z)
{
  return (uint32_t)(x + 300 * y + 70000 * z + 1);
}

static void
store (LamDtype dtype, void *out, int64_t i, uint32_t value)
{
  size_t bytes = lam_dtype_bytes (dtype);
  float real = (float)value;
  uint16_t middle = (uint16_t)value;
  uint8_t small = (uint8_t)value;
  const void *from = dtype == LAM_DTYPE_F32 ? (void *)&real
      : bytes == 4                          ? (void *)&value
      : bytes == 2                          ? (void *)&middle
                                            : (void *)&small;
  memcpy ((char *)out + (size_t)i * bytes, from, bytes);
}

static void
write_level (
    LamZarrWriter *writer, int level, const int64_t size[3], LamDtype dtype)
{
  g_autofree void *chunk = g_malloc0 (LAM_BRICK_VOXELS * 4);
  LamBox all = lam_box_of_size (size), bricks = lam_box_bricks (&all);
  for (int32_t z = 0; z < bricks.max[2]; z++)
    for (int32_t y = 0; y < bricks.max[1]; y++)
      for (int32_t x = 0; x < bricks.max[0]; x++) {
        LamBox box = lam_brick_box ((LamBrickKey){ x, y, z });
        int64_t i = 0;
        for (int64_t c = box.min[2]; c < box.max[2]; c++)
          for (int64_t b = box.min[1]; b < box.max[1]; b++)
            for (int64_t a = box.min[0]; a < box.max[0]; a++)
              store (dtype, chunk, i++, voxel_at (a, b, c));
        g_assert_true (lam_zarr_writer_write_chunk (
            writer, level, (LamBrickKey){ x, y, z }, chunk, NULL));
      }
}

static void
check_level (LamSource *source, int level, const LamBox *box)
{
  LamDtype dtype = lam_source_get_info (source)->dtype;
  size_t n = (size_t)lam_box_volume (box) * lam_dtype_bytes (dtype);
  g_autofree void *got = g_malloc (n);
  g_autofree void *expected = g_malloc (n);
  GError *error = NULL;
  lam_source_read_box (source, level, box, got, NULL, &error);
  g_assert_no_error (error);
  int64_t i = 0;
  for (int64_t c = box->min[2]; c < box->max[2]; c++)
    for (int64_t b = box->min[1]; b < box->max[1]; b++)
      for (int64_t a = box->min[0]; a < box->max[0]; a++)
        store (dtype, expected, i++, voxel_at (a, b, c));
  g_assert_true (memcmp (got, expected, n) == 0);
}

static void
test_round_trip (Fixture *f, gconstpointer data)
{
  const LamLevel levels[] = { { { 70, 4, 65 }, { 1, 1, 1 } },
    { { 35, 2, 65 }, { 2, 2, 1 } }, { { 18, 1, 33 }, { 4, 4, 2 } } };
  const double nm[3] = { 10.5, 10.25, 40 };
  for (int dtype = 0; dtype <= LAM_DTYPE_F32; dtype++) {
    g_autofree char *path = g_strdup_printf ("%s/%d.zarr", f->folder, dtype);
    g_autoptr (LamZarrWriter) writer =
        lam_zarr_writer_new (path, levels, 3, dtype, nm, NULL);
    g_assert_nonnull (writer);
    for (int i = 0; i < 3; i++)
      write_level (writer, i, levels[i].size, dtype);
    g_autoptr (LamSource) source = open_ok (path, -1);
    const LamSourceInfo *info = lam_source_get_info (source);
    g_assert_cmpint (info->dtype, ==, dtype);
    g_assert_cmpstr (info->format, ==, "ome-zarr");
    g_assert_cmpint (info->n_levels, ==, 3);
    for (int i = 0; i < 3; i++) {
      g_assert_cmpfloat (info->voxel_size_nm[i], ==, nm[i]);
      g_assert_cmpint (info->chunk[i], ==, 64);
      for (int k = 0; k < 3; k++) {
        g_assert_cmpint (info->levels[k].size[i], ==, levels[k].size[i]);
        g_assert_cmpint (info->levels[k].factor[i], ==, levels[k].factor[i]);
      }
      LamBox box = lam_box_of_size (info->levels[i].size);
      check_level (source, i, &box);
    }
    LamBox part = lam_box_new (60, 1, 63, 69, 3, 65);
    check_level (source, 0, &part);
  }
}

/* Zero chunks are not written, and come back. */
static void
test_zero_chunks (Fixture *f, gconstpointer data)
{
  const LamLevel level = { { 64, 64, 64 }, { 1, 1, 1 } };
  const double nm[3] = { 0, 0, 0 };
  g_autoptr (LamZarrWriter) writer =
      lam_zarr_writer_new (f->folder, &level, 1, LAM_DTYPE_U8, nm, NULL);
  g_autofree uint8_t *chunk = g_malloc0 (LAM_BRICK_VOXELS);
  LamBrickKey key = { 0, 0, 0 };
  chunk[7] = 1;
  g_assert_true (lam_zarr_writer_write_chunk (writer, 0, key, chunk, NULL));
  chunk[7] = 0;
  g_assert_true (lam_zarr_writer_write_chunk (writer, 0, key, chunk, NULL));
  g_autofree char *file = g_build_filename (f->folder, "0/0/0/0", NULL);
  g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
  g_autoptr (LamSource) source = open_ok (f->folder, -1);
  g_assert_cmpfloat (lam_source_get_info (source)->voxel_size_nm[0], ==, 0);
  LamBox box = lam_box_new (0, 0, 0, 8, 1, 1);
  memset (chunk, 9, 8);
  g_assert_true (lam_source_read_box (source, 0, &box, chunk, NULL, NULL));
  g_assert_cmpint (chunk[7], ==, 0);
}

#define ARRAY(shape, chunks, dtype, rest) \
  "{\"zarr_format\": 2, \"shape\": " shape ", \"chunks\": " chunks \
  ", \"dtype\": \"" dtype "\", \"fill_value\": 3, \"filters\": null, " \
  "\"compressor\": null" rest "}"
#define ORDER_C ", \"order\": \"C\""

static void
read_row (LamSource *source, int64_t n, void *out)
{
  LamBox box = lam_box_new (0, 0, 0, n, 1, 1);
  GError *error = NULL;
  lam_source_read_box (source, 0, &box, out, NULL, &error);
  g_assert_no_error (error);
}

static void
test_byte_order_and_types (Fixture *f, gconstpointer data)
{
  g_autoptr (LamSource) source = NULL;
  put (f, "a/.zarray", ARRAY ("[1, 1, 3]", "[1, 1, 2]", ">u2", ORDER_C), -1);
  put (f, "a/0.0.0", "\x12\x34\x56\x78", 4);
  g_autofree char *a = g_build_filename (f->folder, "a", NULL);
  source = open_ok (a, -1);
  uint16_t words[3];
  read_row (source, 3, words);
  /* The second chunk is missing: the fill value. */
  const uint16_t expected[] = { 0x1234, 0x5678, 3 };
  g_assert_cmpmem (words, 6, expected, 6);
  lam_source_unref (source);
  /* 1, -2, the smallest half, infinity. */
  put (f, "b/.zarray",
      ARRAY ("[1, 4]", "[1, 4]", "<f2",
          ORDER_C ", \"dimension_separator\": \"/\""),
      -1);
  put (f, "b/0/0", "\x00\x3c\x00\xc0\x01\x00\x00\x7c", 8);
  g_autofree char *b = g_build_filename (f->folder, "b", NULL);
  source = open_ok (b, -1);
  float reals[4];
  read_row (source, 4, reals);
  g_assert_cmpfloat (reals[0], ==, 1);
  g_assert_cmpfloat (reals[1], ==, -2);
  g_assert_cmpfloat (reals[2], ==, 1.0f / (1 << 24));
  g_assert_cmpfloat (reals[3], >, 3e38);
}

static void
test_channels_and_axes (Fixture *f, gconstpointer data)
{
  put (f, ".zattrs",
      "{\"multiscales\": [{\"version\": \"0.4\", \"axes\": [{\"name\": \"c\"},"
      "{\"name\": \"x\", \"unit\": \"micrometer\"}, {\"name\": \"y\"},"
      "{\"name\": \"z\"}], \"datasets\": [{\"path\": \"0\", "
      "\"coordinateTransformations\": [{\"type\": \"scale\", \"scale\": "
      "[1, 0.5, 1, 1]}]}]}]}",
      -1);
  put (f, "0/.zarray", ARRAY ("[2, 3, 2, 1]", "[2, 2, 2, 1]", "|u1", ORDER_C),
      -1);
  /* c, x, y: 100 c + 10 x + y. */
  put (f, "0/0.0.0.0", "\x00\x01\x0a\x0b\x64\x65\x6e\x6f", 8);
  put (f, "0/0.1.0.0", "\x14\x15\x00\x00\x78\x79\x00\x00", 8);
  assert_refused (f->folder, -1, LAM_ERROR_NEEDS_CHANNEL, "2 channels");
  assert_refused (f->folder, 2, LAM_ERROR_INPUT, "no channel 2");
  g_autoptr (LamSource) source = open_ok (f->folder, 1);
  const LamSourceInfo *info = lam_source_get_info (source);
  g_assert_cmpint (info->n_channels, ==, 2);
  g_assert_cmpint (info->levels[0].size[0], ==, 3);
  g_assert_cmpint (info->levels[0].size[1], ==, 2);
  g_assert_cmpfloat (info->voxel_size_nm[0], ==, 500);
  uint8_t voxels[6];
  LamBox all = lam_box_of_size (info->levels[0].size);
  g_assert_true (lam_source_read_box (source, 0, &all, voxels, NULL, NULL));
  const uint8_t expected[] = { 100, 110, 120, 101, 111, 121 };
  g_assert_cmpmem (voxels, 6, expected, 6);
}

static void
test_refusals (Fixture *f, gconstpointer data)
{
  const struct {
    const char *json;
    LamErrorCode code;
    const char *part;
  } cases[] = {
    { ARRAY ("[4, 4]", "[4, 4]", "|u1", ", \"order\": \"F\""),
        LAM_ERROR_UNSUPPORTED, "order \"F\"" },
    { ARRAY ("[4, 4]", "[4, 4]", "<c8", ORDER_C), LAM_ERROR_UNSUPPORTED,
        "<c8" },
    { ARRAY ("[4, 4]", "[4]", "|u1", ORDER_C), LAM_ERROR_CORRUPT, "2 axes" },
    { ARRAY ("[4, 0]", "[4, 4]", "|u1", ORDER_C), LAM_ERROR_LIMIT, "shape" },
    { ARRAY ("[4, -4]", "[4, 4]", "|u1", ORDER_C), LAM_ERROR_LIMIT, "shape" },
    { ARRAY ("[4, 1e300]", "[4, 4]", "|u1", ORDER_C), LAM_ERROR_LIMIT,
        "shape" },
    { ARRAY ("[4, 4]", "[99999, 99999]", "|u1", ORDER_C), LAM_ERROR_LIMIT,
        "chunk" },
    { ARRAY ("[99999999, 99999999, 99999999]", "[1, 1, 1]", "|u1", ORDER_C),
        LAM_ERROR_LIMIT, "too large" },
    { ARRAY ("[4]", "[4]", "|u1", ORDER_C), LAM_ERROR_FORMAT, "one axis" },
    { ARRAY ("\"four\"", "[4]", "|u1", ORDER_C), LAM_ERROR_CORRUPT, "shape" },
    { ARRAY ("[4, 4]", "[4, 4]", "|u1",
          ORDER_C ", \"compressor\": {\"id\": \"lzma\"}"),
        LAM_ERROR_UNSUPPORTED, "lzma" },
    { "{\"zarr_format\": 7}", LAM_ERROR_UNSUPPORTED, "version 7" },
    { "[1, 2]", LAM_ERROR_CORRUPT, "JSON" },
    { "{", LAM_ERROR_CORRUPT, "JSON" },
    { "", LAM_ERROR_CORRUPT, "JSON" },
    { "\xff\xfe", LAM_ERROR_CORRUPT, "JSON" },
    { "{} {}", LAM_ERROR_CORRUPT, "more follows" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    put (f, ".zarray", cases[i].json, -1);
    assert_refused (f->folder, -1, cases[i].code, cases[i].part);
  }
  /* In the second a reader that knows no comments sees one long string. */
  const char *const starts[] = { "{\"a\":", "{/* \" */ \"a\":" };
  const char *const reasons[] = { "nested", "does not have" };
  for (size_t i = 0; i < G_N_ELEMENTS (starts); i++) {
    g_autoptr (GString) deep = g_string_new (starts[i]);
    for (int k = 0; k < 1000000; k++)
      g_string_append_c (deep, '[');
    put (f, ".zarray", deep->str, -1);
    assert_refused (f->folder, -1, LAM_ERROR_CORRUPT, reasons[i]);
  }
}

static void
test_damaged_chunks (Fixture *f, gconstpointer data)
{
  const char *const codecs[] = { "blosc", "zlib", "gzip" };
  LamRandom random = lam_random_new (3, 0);
  uint8_t out[64];
  LamBox box = lam_box_new (0, 0, 0, 8, 8, 1);
  for (int i = 0; i < 3; i++) {
    g_autofree char *json =
        g_strdup_printf (ARRAY ("[8, 8]", "[8, 8]", "|u1",
                             ORDER_C ", \"compressor\": {\"id\": \"%s\"}"),
            codecs[i]);
    put (f, ".zarray", json, -1);
    g_autoptr (LamSource) source = open_ok (f->folder, -1);
    for (int k = 0; k < 300; k++) {
      uint8_t noise[200];
      gssize n = lam_random_u32 (&random) % 200;
      for (gssize j = 0; j < n; j++)
        noise[j] = (uint8_t)lam_random_u32 (&random);
      /* A likely header of Blosc: version, 64 bytes, a right length. */
      const uint8_t header[] = { 2, 1, (uint8_t)(k & 0xFE), 1, 64, 0, 0, 0, 64,
        0, 0, 0, (uint8_t)n, 0, 0, 0 };
      if (n >= 16 && k % 2)
        memcpy (noise, header, 16);
      put (f, "0.0", noise, n);
      g_autoptr (GError) error = NULL;
      if (!lam_source_read_box (source, 0, &box, out, NULL, &error))
        g_assert_error (error, LAM_ERROR, LAM_ERROR_CORRUPT);
    }
  }
}

/* Nothing outside of the folder is read: by a link or by "..". */
static void
test_no_escape (Fixture *f, gconstpointer data)
{
  const char *array = ARRAY ("[1, 4]", "[1, 4]", "|u1", ORDER_C);
  put (f, "secret", "1234", 4);
  put (f, "outside/.zarray", array, -1);
  put (f, "image/.zarray", array, -1);
  g_autofree char *image = g_build_filename (f->folder, "image", NULL);
  g_autofree char *chunk = g_build_filename (image, "0.0", NULL);
  g_assert_cmpint (symlink ("../secret", chunk), ==, 0);
  g_autoptr (LamSource) source = open_ok (image, -1);
  uint8_t voxels[4];
  LamBox box = lam_box_new (0, 0, 0, 4, 1, 1);
  g_autoptr (GError) error = NULL;
  g_assert_false (lam_source_read_box (source, 0, &box, voxels, NULL, &error));
  g_assert_nonnull (strstr (error->message, "link"));
  const char *const paths[] = { "../outside", "/tmp", "link", ".", "", "a//b",
    "link/sub" };
  put (f, "outside/sub/.zarray", array, -1);
  put (f, "ome/.zgroup", "{}", -1);
  g_autofree char *ome = g_build_filename (f->folder, "ome", NULL);
  g_autofree char *link = g_build_filename (ome, "link", NULL);
  g_assert_cmpint (symlink ("../outside", link), ==, 0);
  for (size_t i = 0; i < G_N_ELEMENTS (paths); i++) {
    g_autofree char *json = g_strdup_printf (
        "{\"multiscales\": [{\"axes\": [{\"name\": \"y\"}, {\"name\": "
        "\"x\"}], \"datasets\": [{\"path\": \"%s\"}]}]}",
        paths[i]);
    put (f, "ome/.zattrs", json, -1);
    assert_refused (ome, -1, LAM_ERROR_MISSING, "ome");
  }
}

static char *
get_data (const char *name)
{
  const char *root = g_getenv ("LAM_TEST_DATA");
  g_autofree char *path =
      root ? g_build_filename (root, "formats", "zarr", name, NULL) : NULL;
  if (!path || !g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_test_skip ("no real data here");
    return NULL;
  }
  return g_steal_pointer (&path);
}

/* The same picture by four compressors. */
static void
test_real_arrays (void)
{
  const char *const names[] = { "raw", "zlib", "gzip", "blosc" };
  g_autofree char *folder = get_data ("zarr-implementations-v2");
  if (!folder)
    return;
  g_autofree uint8_t *first = g_malloc (512 * 512 * 3);
  g_autofree uint8_t *other = g_malloc (512 * 512 * 3);
  for (int i = 0; i < 4; i++) {
    g_autofree char *path = g_build_filename (folder, names[i], NULL);
    g_autoptr (LamSource) source = open_ok (path, -1);
    LamBox box = lam_box_new (0, 0, 0, 3, 512, 512);
    GError *error = NULL;
    lam_source_read_box (source, 0, &box, i ? other : first, NULL, &error);
    g_assert_no_error (error);
    if (i)
      g_assert_true (memcmp (first, other, 512 * 512 * 3) == 0);
  }
  /* It is a photograph: neither empty nor noise. */
  int64_t sum = 0;
  for (int i = 0; i < 512 * 512 * 3; i++)
    sum += first[i];
  g_assert_cmpint (sum / (512 * 512 * 3), >, 20);
  g_assert_cmpint (sum / (512 * 512 * 3), <, 230);
  assert_refused (folder, -1, LAM_ERROR_UNSUPPORTED, "folders in it");
}

static void
test_real_others (void)
{
  const struct {
    const char *name;
    LamErrorCode code;
    const char *part;
  } cases[] = {
    { "simple_zarr3_dataset/color", LAM_ERROR_UNSUPPORTED, "Zarr version 3" },
    { "simple_n5_dataset/color/1", LAM_ERROR_UNSUPPORTED, "N5" },
    { "simple_zarr_dataset", LAM_ERROR_UNSUPPORTED, "folders in it" },
    /* Its description names "1", but the folder is called "1-1-1". */
    { "simple_zarr_dataset/color", LAM_ERROR_MISSING, "color/1" },
    { "simple_zarr_dataset/color/1-1-1", LAM_ERROR_NEEDS_CHANNEL, "3 channels" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = get_data (cases[i].name);
    if (!path)
      return;
    assert_refused (path, -1, cases[i].code, cases[i].part);
  }
}

#define ADD(name, test) \
  g_test_add (name, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/zarr/round-trip", test_round_trip);
  ADD ("/zarr/zero-chunks", test_zero_chunks);
  ADD ("/zarr/byte-order-and-types", test_byte_order_and_types);
  ADD ("/zarr/channels-and-axes", test_channels_and_axes);
  ADD ("/zarr/refusals", test_refusals);
  ADD ("/zarr/damaged-chunks", test_damaged_chunks);
  ADD ("/zarr/no-escape", test_no_escape);
  g_test_add_func ("/zarr/real/arrays", test_real_arrays);
  g_test_add_func ("/zarr/real/others", test_real_others);
  return g_test_run ();
}
