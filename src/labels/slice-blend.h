/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Outlines between two outlines, by their signed distances. Any thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* `below` and `above` are dense masks of n[0] × n[1] voxels of pixel_nm, of
 * which no true one lies at the border. Calls `each` for the n_between slices
 * between them, from 1, with a mask that is good until it returns. Shapes that
 * do not overlap move from one to the other. */
void lam_slice_blend (const bool *below, const bool *above, const int64_t n[2],
    const double pixel_nm[2], int64_t n_between,
    void (*each) (int64_t i, const bool *mask, void *user_data),
    void *user_data);
