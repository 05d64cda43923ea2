/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The basins of one block of a volume, or of one slice of it: small pieces with
 * borders around them, at several sizes, those of one size being made up of
 * whole ones of the size before.
 *
 * Blocks lie on a fixed grid, so that the same place always has the same
 * basins. Each is found with a margin around it, and a basin is named by its
 * summit, the voxel farthest from borders, in the whole volume: so blocks
 * beside each other mean the same basin by the same name, and whoever wants all
 * of a basin asks the blocks whose margin its summit lies in. Immutable once it
 * is made; any thread. */
#pragma once

#include <glib.h>

#include "base/box.h"
#include "base/plane.h"

#define LAM_BASIN_N_SIZES 8

/* Which basins: those of slices of a plane, or those of space. */
typedef struct {
  bool in_space;
  LamPlane plane; /* else */
} LamBasinKind;

/* About how wide basins of that size are; `size` from 0 on. */
double lam_basin_width_nm (int size, const double voxel_size_nm[3]);

/* Where the block of a voxel lies: `core`, which it answers for, and `around`,
 * with its margin; both are in the volume. */
typedef struct {
  LamBox core, around;
} LamBasinPlace;
LamBasinPlace lam_basin_place (const LamBasinKind *kind,
    const int64_t volume_size[3], const double voxel_size_nm[3],
    const int64_t voxel[3]);
/* The cores of the blocks in whose margin that voxel may lie. */
LamBox lam_basin_reach (const LamBasinKind *kind, const int64_t volume_size[3],
    const double voxel_size_nm[3], const int64_t voxel[3]);

/* Blocks all over the volume, `i` below LAM_BASIN_N_SAMPLES, whose mean edges
 * tell what edges are typical of it: so that all its blocks go by the same. */
#define LAM_BASIN_N_SAMPLES 8
LamBasinPlace lam_basin_sample (const LamBasinKind *kind,
    const int64_t volume_size[3], const double voxel_size_nm[3], int i);
double lam_basin_typical_edge (double means[LAM_BASIN_N_SAMPLES]);

typedef struct _LamBasinBlock LamBasinBlock;

/* `edges`: of `place->around`, dense, x fastest (basin-edges.h); `greys` (or
 * NULL) likewise, and in the same unit, of which `typical_edge` is. NULL: there
 * is no memory. */
LamBasinBlock *lam_basin_block_new (const LamBasinKind *kind,
    const LamBasinPlace *place, const int64_t volume_size[3],
    const double voxel_size_nm[3], const float *edges, const float *greys,
    double typical_edge) G_GNUC_WARN_UNUSED_RESULT;
LamBasinBlock *lam_basin_block_ref (
    LamBasinBlock *block) G_GNUC_WARN_UNUSED_RESULT;
void lam_basin_block_unref (LamBasinBlock *block);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamBasinBlock, lam_basin_block_unref)

const LamBox *lam_basin_block_get_core (const LamBasinBlock *block);
/* Which of the block's finest basins each voxel of the core is in: dense, x
 * fastest; they count from 0. */
const uint32_t *lam_basin_block_get_finest (const LamBasinBlock *block);
/* The name of the basin of that size that each finest one is part of: 1 + the
 * index of its summit in the volume. Never 0. */
const uint64_t *lam_basin_block_get_names (
    const LamBasinBlock *block, int size);
/* Of a voxel of the core. */
uint64_t lam_basin_block_find (
    const LamBasinBlock *block, int size, const int64_t voxel[3]);
/* The summit of a name. */
void lam_basin_summit (
    uint64_t name, const int64_t volume_size[3], int64_t voxel[3]);
size_t lam_basin_block_get_bytes (const LamBasinBlock *block);
