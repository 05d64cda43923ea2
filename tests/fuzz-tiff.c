/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a TIFF file: opened, and the start of it read, or a message. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "volume/format.h"

#define MAX_VOXELS (1 << 20)

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t n);

static void
read_start (LamSource *source)
{
  const LamSourceInfo *info = lam_source_get_info (source);
  const int64_t *size = info->levels[0].size;
  LamBox box = lam_box_new (0, 0, 0, MIN (size[0], 512), MIN (size[1], 512),
      MIN (size[2], MAX_VOXELS / (512 * 512)));
  g_autofree void *voxels =
      g_malloc ((size_t)lam_box_volume (&box) * lam_dtype_bytes (info->dtype));
  g_autoptr (GError) error = NULL;
  if (!lam_source_read_box (source, 0, &box, voxels, NULL, &error))
    g_assert_nonnull (error);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t n)
{
  int fd = memfd_create ("fuzz", MFD_CLOEXEC);
  if (fd < 0 || write (fd, data, n) != (ssize_t)n)
    return -1;
  char path[64];
  snprintf (path, sizeof path, "/proc/self/fd/%d", fd);
  g_autoptr (GError) error = NULL;
  g_autoptr (LamSource) source =
      lam_format_open (path, &(LamOpenOptions){ 0 }, &error);
  g_assert_true ((source != NULL) != (error != NULL));
  if (source)
    read_start (source);
  close (fd);
  return 0;
}
