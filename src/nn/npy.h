/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Arrays in NumPy's .npy files, to compare results with other programs. */
#pragma once

#include "nn/tensor.h"

/* Real numbers and integers of 4 and 8 bytes, truth values and bytes,
 * little-endian, in C order; as float32. */
LamTensor *lam_npy_read (
    const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
