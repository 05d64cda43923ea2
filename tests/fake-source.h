/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A source whose voxels are a function of their place, which counts its reads
 * and can be slow or fail. For tests of what stands above sources. */
#pragma once

#include "base/error.h"
#include "volume/source.h"

typedef struct {
  LamSource parent;
  gint n_reads; /* atomic */
  gint n_voxels; /* atomic; read so far */
  gint delay_ms; /* of each read */
  gint is_deaf; /* not 0: reads do not look whether they were cancelled */
  gint is_noise; /* not 0: voxels are a hash of their place */
  gint fail; /* atomic; not 0: reads fail */
  gint n_inside; /* atomic; reads going on */
  gint max_inside; /* atomic */
} FakeSource;

/* Any value is fine as long as neighbours differ. */
static inline uint32_t
fake_voxel (int64_t x, int64_t y, int64_t z)
{
  return (uint32_t)(x * 7 + y * 13 + z * 101 + (x * y >> 5));
}

static inline void
fake_store (LamDtype dtype, void *out, int64_t i, uint32_t value)
{
  switch (lam_dtype_bytes (dtype)) {
  case 1:
    ((uint8_t *)out)[i] = (uint8_t)value;
    break;
  case 2:
    ((uint16_t *)out)[i] = (uint16_t)value;
    break;
  default:
    if (dtype == LAM_DTYPE_F32)
      ((float *)out)[i] = (float)(value & 0xFFFF);
    else
      ((uint32_t *)out)[i] = value;
  }
}

static inline bool
fake_read (LamSource *source, int level, const LamBox *box, void *out,
    GCancellable *cancellable, GError **error)
{
  FakeSource *fake = (FakeSource *)source;
  int inside = g_atomic_int_add (&fake->n_inside, 1) + 1;
  if (inside > g_atomic_int_get (&fake->max_inside))
    g_atomic_int_set (&fake->max_inside, inside);
  g_atomic_int_inc (&fake->n_reads);
  for (int ms = 0; ms < fake->delay_ms; ms++) {
    if (!fake->is_deaf && g_cancellable_is_cancelled (cancellable))
      break;
    g_usleep (1000);
  }
  bool fail = g_atomic_int_get (&fake->fail);
  int64_t i = 0;
  for (int64_t z = box->min[2]; z < box->max[2] && !fail; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++)
      for (int64_t x = box->min[0]; x < box->max[0]; x++)
        fake_store (source->info.dtype, out, i++,
            fake->is_noise ? fake_voxel (x, y, z) * 2654435761u >> 13
                           : fake_voxel (x, y, z));
  g_atomic_int_add (&fake->n_voxels, (gint)i);
  g_atomic_int_add (&fake->n_inside, -1);
  if (fail) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_IO, "made to fail");
    return false;
  }
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

static inline void
fake_free (LamSource *source)
{
  g_free (source);
}

static inline FakeSource *
fake_source_new (const char *path, LamDtype dtype, const int64_t size[3],
    const int64_t chunk[3])
{
  static const LamSourceMethods methods = { fake_read, fake_free };
  FakeSource *fake = g_new0 (FakeSource, 1);
  lam_source_init (&fake->parent, &methods, path);
  LamSourceInfo *info = &fake->parent.info;
  info->format = "fake";
  info->dtype = dtype;
  info->n_levels = 1;
  for (int i = 0; i < 3; i++) {
    info->levels[0].size[i] = size[i];
    info->levels[0].factor[i] = 1;
    info->chunk[i] = chunk[i];
    info->voxel_size_nm[i] = 10;
  }
  info->n_channels = 1;
  return fake;
}
