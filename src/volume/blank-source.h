/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* An image of nothing but black, in the place of one that is missing: labels
 * are drawn over it. */
#pragma once

#include "volume/source.h"

LamSource *lam_blank_source_new (const int64_t size[3],
    const double voxel_size_nm[3]) G_GNUC_WARN_UNUSED_RESULT;
