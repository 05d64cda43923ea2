/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Voxels in space, asked for the nearest: a k-d tree (Bentley 1975,
 * doi:10.1145/361002.361007). Does not change; any thread. */
#pragma once

#include <glib.h>
#include <stdint.h>

typedef struct {
  int32_t at[3]; /* voxels */
} LamPoint;

typedef struct _LamPointTree LamPointTree;

/* Takes over `points` (g_malloc'd), n > 0, and puts them into another order. */
LamPointTree *lam_point_tree_new (LamPoint *points, int64_t n,
    const double voxel_size_nm[3]) G_GNUC_WARN_UNUSED_RESULT;
void lam_point_tree_free (LamPointTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamPointTree, lam_point_tree_free)
int64_t lam_point_tree_get_n (const LamPointTree *tree);
/* In the tree's order. */
const LamPoint *lam_point_tree_get_points (const LamPointTree *tree);
/* The square of the distance, in nm, to the nearest point if that is less than
 * `best`, else `best`. */
double lam_point_tree_find (
    const LamPointTree *tree, const LamPoint *from, double best);
