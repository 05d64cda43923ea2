/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* From the many types of files to the three that are drawn: u8, u16, f32. */
#pragma once

#include "volume/dtype.h"

/* i8 becomes u8, i16 u16, u32 and i32 f32; the others stay. */
LamDtype lam_normalise_get_dtype (LamDtype file_dtype);
/* What must be added to a normalised voxel to get the file's number. */
double lam_normalise_get_offset (LamDtype file_dtype);
/* In place: a voxel takes as many bytes before as after. */
void lam_normalise_voxels (LamDtype file_dtype, void *voxels, size_t n_voxels);
