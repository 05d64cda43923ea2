/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Value noise: a number hashed at each point of a cubic grid, blended between
 * the points. A row along x meets a new grid point only every few voxels, so
 * the eight hashes are done once for each of them and a voxel costs one blend.
 */
#include "labels/phantom-noise.h"

/* The finaliser of SplitMix64 (Steele, Lea, Flood 2014, "Fast Splittable
 * Pseudorandom Number Generators"). */
static uint64_t
mix (uint64_t bits)
{
  bits = (bits ^ (bits >> 30)) * UINT64_C (0xbf58476d1ce4e5b9);
  bits = (bits ^ (bits >> 27)) * UINT64_C (0x94d049bb133111eb);
  return bits ^ (bits >> 31);
}

uint64_t
lam_phantom_hash (uint64_t a, uint64_t b)
{
  return mix (a + (b + 1) * UINT64_C (0x9e3779b97f4a7c15));
}

static uint64_t
hash_place (uint64_t seed, int64_t x, int64_t y, int64_t z)
{
  uint64_t place = (uint64_t)x * UINT64_C (0x9e3779b97f4a7c15)
      ^ (uint64_t)y * UINT64_C (0xc2b2ae3d27d4eb4f)
      ^ (uint64_t)z * UINT64_C (0x165667b19e3779f9);
  return mix (seed ^ place);
}

float
lam_phantom_normal (uint64_t seed, int64_t x, int64_t y, int64_t z)
{
  /* The sum of four uniform numbers: variance 4 * 65536² / 12. */
  uint64_t bits = hash_place (seed, x, y, z);
  int sum = (int)(bits & 0xffff) + (int)(bits >> 16 & 0xffff)
      + (int)(bits >> 32 & 0xffff) + (int)(bits >> 48);
  return (float)(sum - 2 * 65535) * (1 / 37837.2f);
}

static float
grid_value (uint64_t seed, int64_t x, int64_t y, int64_t z)
{
  return (float)(int32_t)(hash_place (seed, x, y, z) >> 32) * 0x1p-31f;
}

/* floor() as one instruction less on processors without a rounding one. */
static int64_t
round_down (double value)
{
  int64_t whole = (int64_t)value;
  return whole - (value < (double)whole);
}

static float
fade (float t)
{
  return t * t * (3 - 2 * t);
}

/* The grid plane at `x`, blended along y and z. */
static float
plane_value (uint64_t seed, int64_t x, int64_t y, int64_t z, float fy, float fz)
{
  float a = grid_value (seed, x, y, z), b = grid_value (seed, x, y + 1, z);
  float c = grid_value (seed, x, y, z + 1);
  float d = grid_value (seed, x, y + 1, z + 1);
  float near_z = a + (b - a) * fy, far_z = c + (d - c) * fy;
  return near_z + (far_z - near_z) * fz;
}

void
lam_phantom_noise_row (uint64_t seed, double grain_nm, double x, double y,
    double z, double step, int n, float *out)
{
  double gy = y / grain_nm, gz = z / grain_nm;
  int64_t iy = round_down (gy), iz = round_down (gz);
  float fy = fade ((float)(gy - iy)), fz = fade ((float)(gz - iz));
  int64_t ix = INT64_MIN;
  float left = 0, right = 0;
  for (int i = 0; i < n; i++) {
    double gx = (x + i * step) / grain_nm;
    int64_t at = round_down (gx);
    if (at != ix) {
      left = at == ix + 1 && i > 0 ? right
                                   : plane_value (seed, at, iy, iz, fy, fz);
      right = plane_value (seed, at + 1, iy, iz, fy, fz);
      ix = at;
    }
    out[i] = left + (right - left) * fade ((float)(gx - at));
  }
}
