/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Small volumes whose voxels are a function of their place. */
#pragma once

#include "volume/scratch-source.h"
#include "volume/volume.h"

typedef double (*FixtureVoxel) (int64_t x, int64_t y, int64_t z);

static inline LamVolume *
fixture_volume (const int64_t size[3], LamDtype dtype, FixtureVoxel voxel)
{
  const double nm[3] = { 10, 10, 10 };
  g_autoptr (GError) error = NULL;
  g_autoptr (LamSource) source =
      lam_scratch_source_new (g_get_tmp_dir (), size, dtype, nm, &error);
  g_assert_no_error (error);
  LamBox whole = lam_box_of_size (size);
  g_autofree float *floats = g_new (float, lam_box_volume (&whole));
  g_autofree uint8_t *bytes = g_new (uint8_t, lam_box_volume (&whole));
  int64_t i = 0;
  for (int64_t z = 0; z < size[2]; z++)
    for (int64_t y = 0; y < size[1]; y++)
      for (int64_t x = 0; x < size[0]; x++, i++) {
        floats[i] = (float)voxel (x, y, z);
        bytes[i] = (uint8_t)floats[i];
      }
  g_assert_true (lam_scratch_source_write (source, &whole,
      dtype == LAM_DTYPE_U8 ? (void *)bytes : (void *)floats, &error));
  return lam_volume_new (source, NULL);
}
