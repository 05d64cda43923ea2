/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "volume/normalise.h"

#include <stdint.h>
#include <string.h>

LamDtype
lam_normalise_get_dtype (LamDtype file_dtype)
{
  switch (file_dtype) {
  case LAM_DTYPE_U8:
  case LAM_DTYPE_I8:
    return LAM_DTYPE_U8;
  case LAM_DTYPE_U16:
  case LAM_DTYPE_I16:
    return LAM_DTYPE_U16;
  default:
    return LAM_DTYPE_F32;
  }
}

double
lam_normalise_get_offset (LamDtype file_dtype)
{
  return file_dtype == LAM_DTYPE_I8 ? -128
      : file_dtype == LAM_DTYPE_I16 ? -32768
                                    : 0;
}

/* Adding half the range is flipping the sign bit. */
static void
flip_signs_8 (uint8_t *voxels, size_t n)
{
  for (size_t i = 0; i < n; i++)
    voxels[i] ^= 0x80;
}

static void
flip_signs_16 (uint16_t *voxels, size_t n)
{
  for (size_t i = 0; i < n; i++)
    voxels[i] ^= 0x8000;
}

/* Through memcpy, because one buffer holds both types in turn. */
static void
widen_u32 (char *voxels, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    uint32_t from;
    memcpy (&from, voxels + 4 * i, 4);
    float to = (float)from;
    memcpy (voxels + 4 * i, &to, 4);
  }
}

static void
widen_i32 (char *voxels, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    int32_t from;
    memcpy (&from, voxels + 4 * i, 4);
    float to = (float)from;
    memcpy (voxels + 4 * i, &to, 4);
  }
}

void
lam_normalise_voxels (LamDtype file_dtype, void *voxels, size_t n_voxels)
{
  switch (file_dtype) {
  case LAM_DTYPE_I8:
    flip_signs_8 (voxels, n_voxels);
    break;
  case LAM_DTYPE_I16:
    flip_signs_16 (voxels, n_voxels);
    break;
  case LAM_DTYPE_U32:
    widen_u32 (voxels, n_voxels);
    break;
  case LAM_DTYPE_I32:
    widen_i32 (voxels, n_voxels);
    break;
  case LAM_DTYPE_U8:
  case LAM_DTYPE_U16:
  case LAM_DTYPE_F32:
    break;
  }
}
