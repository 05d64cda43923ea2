/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "volume/blank-source.h"

#include <string.h>

static bool
read_box (LamSource *source, int level, const LamBox *box, void *out,
    GCancellable *cancellable, GError **error)
{
  memset (out, 0, (size_t)lam_box_volume (box));
  return true;
}

LamSource *
lam_blank_source_new (const int64_t size[3], const double voxel_size_nm[3])
{
  static const LamSourceMethods methods = { read_box,
    (void (*) (LamSource *))g_free };
  LamSource *source = g_new0 (LamSource, 1);
  lam_source_init (source, &methods, "/");
  LamSourceInfo *info = &source->info;
  info->format = "blank";
  info->dtype = LAM_DTYPE_U8;
  info->n_levels = 1;
  info->n_channels = 1;
  for (int i = 0; i < 3; i++) {
    info->levels[0].size[i] = size[i];
    info->levels[0].factor[i] = 1;
    info->voxel_size_nm[i] = voxel_size_nm[i];
    info->chunk[i] = LAM_BRICK_EDGE;
  }
  return source;
}
