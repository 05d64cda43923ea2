/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* From the stained block to the file. A back-scatter detector counts few
 * electrons where the resin is bare, and the picture is stored inverted, so
 * noise grows with darkness. Its electronics smear along the scan line: the two
 * kernels give the noise the correlation of a real micrograph, 0.55, 0, -0.12
 * at one, two and three pixels along x and 0.22 at one along y. */
#include <math.h>

#include "labels/phantom-noise.h"
#include "labels/phantom-tile.h"

#define APRON LAM_PHANTOM_APRON_X

static const float blur_x[3] = { 0.22f, 0.56f, 0.22f };
static const float blur_y[3] = { 0.15f, 0.7f, 0.15f };
/* Both have a sum of squares of 1, so that the variance stays. */
static const float grain_x[5] = { -0.1347f, 0.4491f, 0.7485f, 0.4491f,
  -0.1347f };
static const float grain_y[3] = { 0.1087f, 0.9881f, 0.1087f };

/* The variance of the noise in grey levels of 16 bits: the electronics' share
 * and that of each level below white. */
#define READ_VARIANCE 8.5e6f
#define SHOT_VARIANCE 275.0f

void
lam_phantom_drift (uint64_t seed, double z_nm, double drift_nm[2])
{
  for (int i = 0; i < 2; i++) {
    uint64_t own = lam_phantom_hash (seed, 60 + i);
    float slow, fast;
    lam_phantom_noise_row (own, 1500, 0, 0, z_nm, 1, 1, &slow);
    lam_phantom_noise_row (own + 1, 130, 0, 0, z_nm, 1, 1, &fast);
    drift_nm[i] = 40 * slow + 7 * fast;
  }
}

static void
filter_noise (
    const LamPhantomView *view, float out[LAM_PHANTOM_TILE][LAM_PHANTOM_TILE])
{
  static const int edge = LAM_PHANTOM_TILE;
  float along[LAM_PHANTOM_ROWS][LAM_PHANTOM_TILE];
  uint64_t seed = lam_phantom_hash (view->seed, 50);
  for (int y = 0; y < LAM_PHANTOM_ROWS; y++) {
    float raw[LAM_PHANTOM_TILE + 4];
    for (int x = 0; x < edge + 4; x++)
      raw[x] = lam_phantom_normal (seed, view->voxel[0] + x - 2,
          view->voxel[1] + y - LAM_PHANTOM_APRON_Y, view->voxel[2]);
    for (int x = 0; x < edge; x++)
      along[y][x] = grain_x[0] * (raw[x] + raw[x + 4])
          + grain_x[1] * (raw[x + 1] + raw[x + 3]) + grain_x[2] * raw[x + 2];
  }
  for (int y = 0; y < edge; y++)
    for (int x = 0; x < edge; x++)
      out[y][x] = grain_y[0] * (along[y][x] + along[y + 2][x])
          + grain_y[1] * along[y + 1][x];
}

static void
blur_signal (
    const LamPhantomTile *tile, float out[LAM_PHANTOM_TILE][LAM_PHANTOM_TILE])
{
  for (int y = 0; y < LAM_PHANTOM_TILE; y++) {
    float across[LAM_PHANTOM_SPAN];
    for (int x = 0; x < LAM_PHANTOM_SPAN; x++)
      across[x] = blur_y[0] * (tile->signal[y][x] + tile->signal[y + 2][x])
          + blur_y[1] * tile->signal[y + 1][x];
    for (int x = 0; x < LAM_PHANTOM_TILE; x++)
      out[y][x] = blur_x[0] * (across[x + APRON - 1] + across[x + APRON + 1])
          + blur_x[1] * across[x + APRON];
  }
}

/* Brightness and contrast differ a little from section to section. */
static void
section_exposure (const LamPhantomView *view, float *gain, float *offset)
{
  uint64_t seed = lam_phantom_hash (view->seed, 51);
  *gain = 1 + 0.025f * lam_phantom_normal (seed, 0, 0, view->voxel[2]);
  *offset = 900 * lam_phantom_normal (seed, 1, 0, view->voxel[2]);
}

/* Charge that builds up and drains while the beam scans: faint bands of a few
 * lines. */
static float
charging (const LamPhantomView *view, int64_t y)
{
  uint64_t seed = lam_phantom_hash (view->seed, 52);
  float band;
  lam_phantom_noise_row (
      seed, 11, 0, (double)y, 23.7 * (double)view->voxel[2], 1, 1, &band);
  return 420 * band;
}

void
lam_phantom_tile_photograph (const LamPhantomView *view, LamPhantomTile *tile)
{
  float noise[LAM_PHANTOM_TILE][LAM_PHANTOM_TILE];
  float signal[LAM_PHANTOM_TILE][LAM_PHANTOM_TILE];
  float gain, offset;
  filter_noise (view, noise);
  blur_signal (tile, signal);
  section_exposure (view, &gain, &offset);
  for (int y = 0; y < LAM_PHANTOM_TILE; y++) {
    float shift = offset + charging (view, view->voxel[1] + y);
    for (int x = 0; x < LAM_PHANTOM_TILE; x++) {
      float grey = (signal[y][x] - 32768) * gain + 32768 + shift;
      float dark = grey > 65535 ? 0 : 65535 - grey;
      grey += noise[y][x] * sqrtf (READ_VARIANCE + SHOT_VARIANCE * dark);
      tile->image[y][x] = (uint16_t)(grey < 0 ? 0
              : grey > 65535                  ? 65535
                                              : grey + 0.5f);
    }
  }
}
