/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "volume/tiff-unpack.h"

#include <string.h>
#include <tiffio.h>

static bool
is_inverted (const LamTiffKind *kind)
{
  return kind->photometric == PHOTOMETRIC_MINISWHITE
      && kind->sample_format != SAMPLEFORMAT_IEEEFP;
}

/* Samples between one voxel and the next. */
static size_t
sample_step (const LamTiffKind *kind)
{
  return kind->is_planar ? 1 : kind->samples;
}

bool
lam_tiff_unpack_is_in_place (const LamTiffUnpack *how)
{
  const LamTiffKind *kind = how->kind;
  return sample_step (kind) == 1
      && kind->bits == 8 * lam_dtype_bytes (lam_tiff_kind_get_dtype (kind));
}

static void
swap_16 (void *voxels, size_t n)
{
  uint8_t *bytes = voxels;
  for (size_t i = 0; i < n; i++) {
    uint16_t value;
    memcpy (&value, bytes + 2 * i, 2);
    value = GUINT16_SWAP_LE_BE (value);
    memcpy (bytes + 2 * i, &value, 2);
  }
}

static void
swap_32 (void *voxels, size_t n)
{
  uint8_t *bytes = voxels;
  for (size_t i = 0; i < n; i++) {
    uint32_t value;
    memcpy (&value, bytes + 4 * i, 4);
    value = GUINT32_SWAP_LE_BE (value);
    memcpy (bytes + 4 * i, &value, 4);
  }
}

/* Largest becomes smallest: of n-bit unsigned numbers 2^n - 1 - v, of signed
 * ones -1 - v; both turn all bits of the sample. */
static void
invert (const LamTiffKind *kind, void *voxels, size_t n)
{
  size_t bytes = lam_dtype_bytes (lam_tiff_kind_get_dtype (kind));
  uint32_t mask = kind->bits == 32 ? UINT32_MAX : (1u << kind->bits) - 1;
  uint8_t *at = voxels;
  for (size_t i = 0; i < n; i++, at += bytes) {
    uint32_t value = 0;
    /* One branch for the whole run: the compiler hoists it. */
    if (bytes == 1)
      at[0] ^= mask;
    else {
      memcpy (&value, at, bytes == 2 ? 2 : 4);
      value ^= mask;
      memcpy (at, &value, bytes == 2 ? 2 : 4);
    }
  }
}

void
lam_tiff_unpack_in_place (const LamTiffUnpack *how, void *voxels, size_t n)
{
  if (how->is_swapped && how->kind->bits == 16)
    swap_16 (voxels, n);
  if (how->is_swapped && how->kind->bits == 32)
    swap_32 (voxels, n);
  if (is_inverted (how->kind))
    invert (how->kind, voxels, n);
}

/* Samples of other than 8, 16, 32 bits: packed from the highest bit down
 * (TIFF 6.0, FillOrder 1; libtiff turns FillOrder 2 into it). */
static void
unpack_bits (const LamTiffUnpack *how, const uint8_t *row, size_t first,
    size_t n, void *voxels)
{
  unsigned bits = how->kind->bits;
  size_t step = sample_step (how->kind);
  size_t sample = how->kind->is_planar ? 0 : how->sample;
  uint8_t *bytes = voxels;
  for (size_t i = 0; i < n; i++) {
    size_t at = ((first + i) * step + sample) * bits;
    uint32_t value = 0;
    for (unsigned left = bits; left > 0;) {
      unsigned start = at % 8, take = MIN (left, 8 - start);
      value = value << take
          | (row[at / 8] >> (8 - start - take) & ((1u << take) - 1));
      at += take;
      left -= take;
    }
    if (bits <= 8)
      bytes[i] = value;
    else {
      uint16_t wide = value;
      memcpy (bytes + 2 * i, &wide, 2);
    }
  }
}

/* IEEE 754-2008 binary16. */
static float
half_to_float (uint16_t half)
{
  union {
    uint32_t bits;
    float value;
  } out;
  uint32_t sign = (uint32_t)(half & 0x8000) << 16;
  uint32_t exponent = half >> 10 & 31, fraction = half & 1023;
  if (exponent == 0) {
    /* Zero or subnormal: the fraction counts steps of 2^-24. */
    out.value = (float)fraction * 0x1p-24f;
    out.bits |= sign;
    return out.value;
  }
  uint32_t wide = exponent == 31 ? 255 : exponent + 127 - 15;
  out.bits = sign | wide << 23 | fraction << 13;
  return out.value;
}

static void
unpack_halves (
    const LamTiffUnpack *how, const uint8_t *samples, size_t n, float *voxels)
{
  size_t step = sample_step (how->kind);
  for (size_t i = 0; i < n; i++) {
    uint16_t half;
    memcpy (&half, samples + 2 * i * step, 2);
    if (how->is_swapped)
      half = GUINT16_SWAP_LE_BE (half);
    voxels[i] = half_to_float (half);
  }
}

static void
unpack_doubles (
    const LamTiffUnpack *how, const uint8_t *samples, size_t n, float *voxels)
{
  size_t step = sample_step (how->kind);
  for (size_t i = 0; i < n; i++) {
    union {
      uint64_t bits;
      double value;
    } number;
    memcpy (&number.bits, samples + 8 * i * step, 8);
    if (how->is_swapped)
      number.bits = GUINT64_SWAP_LE_BE (number.bits);
    voxels[i] = (float)number.value;
  }
}

/* One channel out of several. */
static void
pick_samples (const uint8_t *samples, size_t bytes, size_t step, size_t n,
    uint8_t *voxels)
{
  if (step == 1) {
    memcpy (voxels, samples, n * bytes);
    return;
  }
  for (size_t i = 0; i < n; i++)
    switch (bytes) {
    case 1:
      voxels[i] = samples[i * step];
      break;
    case 2:
      memcpy (voxels + 2 * i, samples + 2 * i * step, 2);
      break;
    default:
      memcpy (voxels + 4 * i, samples + 4 * i * step, 4);
    }
}

void
lam_tiff_unpack_row (const LamTiffUnpack *how, const uint8_t *row, size_t first,
    size_t n, void *voxels)
{
  const LamTiffKind *kind = how->kind;
  size_t step = sample_step (kind);
  if (kind->bits % 8 != 0) {
    unpack_bits (how, row, first, n, voxels);
    if (is_inverted (kind))
      invert (kind, voxels, n);
    return;
  }
  size_t bytes = kind->bits / 8;
  const uint8_t *samples =
      row + (first * step + (kind->is_planar ? 0 : how->sample)) * bytes;
  if (kind->sample_format == SAMPLEFORMAT_IEEEFP && bytes == 2)
    unpack_halves (how, samples, n, voxels);
  else if (bytes == 8)
    unpack_doubles (how, samples, n, voxels);
  else {
    pick_samples (samples, bytes, step, n, voxels);
    lam_tiff_unpack_in_place (how, voxels, n);
  }
}
