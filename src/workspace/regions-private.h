/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Between regions.c and its neighbours. */
#pragma once

#include "workspace/regions.h"

/* The table in memory alone. `region` NULL: the row goes away. */
void lam_regions_put (
    LamWorkspace *workspace, int32_t id, const LamRegion *region);
