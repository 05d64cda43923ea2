/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a voxel is made of, in files and in memory. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
  LAM_DTYPE_U8,
  LAM_DTYPE_I8,
  LAM_DTYPE_U16,
  LAM_DTYPE_I16,
  LAM_DTYPE_U32,
  LAM_DTYPE_I32,
  LAM_DTYPE_F32, /* half and double are turned into it on reading */
} LamDtype;

size_t lam_dtype_bytes (LamDtype dtype);
/* "uint8", "int16", "float32", …: NumPy's names. */
const char *lam_dtype_name (LamDtype dtype);
/* The i-th of a run of whole numbers, of any type but F32. */
int64_t lam_dtype_number_at (const void *voxels, LamDtype dtype, int64_t i);
