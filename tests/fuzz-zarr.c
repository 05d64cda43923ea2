/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a Zarr folder. The input is three parts, each behind its length
 * in two bytes: .zattrs, 0/.zarray, and what every chunk near the origin is. */
#include <glib/gstdio.h>
#include <string.h>

#include "volume/format-zarr.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t n);

static char *folder;

static void
put (const char *name, const uint8_t *data, size_t n)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_unlink (path);
  if (n > 0)
    g_assert_true (
        g_file_set_contents (path, (const char *)data, (gssize)n, NULL));
}

static size_t
take_part (const uint8_t **data, size_t *n, const uint8_t **part)
{
  size_t size = *n >= 2 ? (size_t)((*data)[0] | (*data)[1] << 8) : 0;
  size_t head = MIN (*n, 2);
  size = MIN (size, *n - head);
  *part = *data + head;
  *data += head + size;
  *n -= head + size;
  return size;
}

static void
make_folder (void)
{
  folder = g_dir_make_tmp ("lam-fuzz-XXXXXX", NULL);
  g_autofree char *array = g_build_filename (folder, "0", NULL);
  g_assert_cmpint (g_mkdir (array, 0777), ==, 0);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t n)
{
  static const char *const chunks[] = { "0/0", "0/0.0", "0/0.0.0",
    "0/0.0.0.0" };
  const uint8_t *part;
  if (!folder)
    make_folder ();
  size_t size = take_part (&data, &n, &part);
  put (".zattrs", part, size);
  size = take_part (&data, &n, &part);
  put ("0/.zarray", part, size);
  size = take_part (&data, &n, &part);
  for (size_t i = 0; i < G_N_ELEMENTS (chunks); i++)
    put (chunks[i], part, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (LamSource) source =
      lam_format_zarr.open (folder, &(LamOpenOptions){ 0 }, &error);
  g_assert_true ((source != NULL) != (error != NULL));
  if (!source)
    return 0;
  LamBox box = lam_box_new (0, 0, 0, 1, 1, 1);
  uint64_t voxel;
  if (!lam_source_read_box (source, 0, &box, &voxel, NULL, &error))
    g_assert_nonnull (error);
  return 0;
}
