/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "volume/dtype.h"

#include <glib.h>

static const struct {
  const char *name;
  size_t bytes;
} rows[] = {
  [LAM_DTYPE_U8] = { "uint8", 1 },
  [LAM_DTYPE_I8] = { "int8", 1 },
  [LAM_DTYPE_U16] = { "uint16", 2 },
  [LAM_DTYPE_I16] = { "int16", 2 },
  [LAM_DTYPE_U32] = { "uint32", 4 },
  [LAM_DTYPE_I32] = { "int32", 4 },
  [LAM_DTYPE_F32] = { "float32", 4 },
};

size_t
lam_dtype_bytes (LamDtype dtype)
{
  g_return_val_if_fail ((size_t)dtype < G_N_ELEMENTS (rows), 1);
  return rows[dtype].bytes;
}

const char *
lam_dtype_name (LamDtype dtype)
{
  g_return_val_if_fail ((size_t)dtype < G_N_ELEMENTS (rows), "?");
  return rows[dtype].name;
}

int64_t
lam_dtype_number_at (const void *voxels, LamDtype dtype, int64_t i)
{
  switch (dtype) {
  case LAM_DTYPE_U8:
    return ((const uint8_t *)voxels)[i];
  case LAM_DTYPE_I8:
    return ((const int8_t *)voxels)[i];
  case LAM_DTYPE_U16:
    return ((const uint16_t *)voxels)[i];
  case LAM_DTYPE_I16:
    return ((const int16_t *)voxels)[i];
  case LAM_DTYPE_U32:
    return ((const uint32_t *)voxels)[i];
  case LAM_DTYPE_I32:
    return ((const int32_t *)voxels)[i];
  case LAM_DTYPE_F32:
    break;
  }
  g_return_val_if_reached (-1);
}
