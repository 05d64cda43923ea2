/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* exp and log that a compiler can put into a loop over many voxels at once: no
 * call, no branch. Right to about 2e-7, relative; the same on every CPU. */
#pragma once

#include <stdint.h>

typedef union {
  float number;
  int32_t bits;
} LamVoxelBits;

/* 1.5 · 2²³: what is added to it is rounded to a whole number. */
#define LAM_VOXEL_ROUNDER 12582912.0f
/* log 2 in two parts, the first of few digits. */
#define LAM_VOXEL_LOG2_HIGH 0.693359375f
#define LAM_VOXEL_LOG2_LOW (-2.12194440e-4f)

/* x, but no less than -87; for x ≤ 0 or NaN, which stays. By the bits: numbers
 * that are compared make a compiler jump, and compute one after the other. */
static inline float
lam_voxel_bound (float x)
{
  const uint32_t least = 0xc2ae0000, infinity = 0xff800000;
  LamVoxelBits value = { .number = x };
  uint32_t bits = (uint32_t)value.bits;
  uint32_t bound = bits < least ? bits : least;
  value.bits = (int32_t)(bits > infinity ? bits : bound);
  return value.number;
}

/* For x ≤ 0; below -87 it is that of -87, next to nothing. NaN stays. */
static inline float
lam_voxel_exp (float x)
{
  x = lam_voxel_bound (x);
  LamVoxelBits power = { .number = x * 1.44269504f + LAM_VOXEL_ROUNDER };
  float n = power.number - LAM_VOXEL_ROUNDER;
  float r = x - n * LAM_VOXEL_LOG2_HIGH - n * LAM_VOXEL_LOG2_LOW;
  /* Its series, as |r| is at most half of log 2. */
  float sum = 1 + r * (1.0f / 7);
  sum = 1 + r * (1.0f / 6) * sum;
  sum = 1 + r * (1.0f / 5) * sum;
  sum = 1 + r * (1.0f / 4) * sum;
  sum = 1 + r * (1.0f / 3) * sum;
  sum = 1 + r * (1.0f / 2) * sum;
  sum = 1 + r * sum;
  LamVoxelBits scale;
  scale.bits = (int32_t)((uint32_t)(power.bits + 127) << 23);
  return sum * scale.number;
}

/* For x ≥ 0; what is below the smallest normal number has the logarithm of
 * that. NaN and infinity give anything. */
static inline float
lam_voxel_log (float x)
{
  const int32_t root_half = 0x3f3504f3, least = 0x00800000;
  LamVoxelBits value = { .number = x };
  /* Numbers from 0 up are in the order of their bits. */
  int32_t above = (value.bits > least ? value.bits : least) - root_half;
  float n = (float)(above >> 23);
  LamVoxelBits rest = { .bits = (above & 0x7fffff) + root_half };
  /* Of a number between √½ and √2, by the series of artanh. */
  float s = (rest.number - 1) / (rest.number + 1), q = s * s;
  float sum = 1 + q * (3.0f / 5) * (1 + q * (5.0f / 7) * (1 + q * (7.0f / 9)));
  sum = 2 * s + 2 * s * q * (1.0f / 3) * sum;
  return n * LAM_VOXEL_LOG2_HIGH + (n * LAM_VOXEL_LOG2_LOW + sum);
}
