/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Images in Zarr version 2: OME-Zarr 0.4 with its levels, or a single array.
 * N5 and Zarr version 3 are recognised and refused by name. */
#pragma once

#include "volume/format.h"

extern const LamFormat lam_format_zarr;
