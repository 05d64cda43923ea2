/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The connected components of one block of classes in memory. Neighbours that
 * are of one class are connected, so that all classes are done at once. A plain
 * value once it is made; any thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/box.h"

/* Which of its 26 neighbours a voxel may be connected with. */
typedef enum {
  LAM_CONNECT_FACES = 6,
  LAM_CONNECT_EDGES = 18,
  LAM_CONNECT_CORNERS = 26,
} LamConnectivity;

/* Whether a step of -1 to 1 on each axis goes to such a neighbour. */
static inline bool
lam_connectivity_has (
    LamConnectivity connectivity, int64_t dx, int64_t dy, int64_t dz)
{
  int n_axes = (dx != 0) + (dy != 0) + (dz != 0);
  int most = connectivity == LAM_CONNECT_FACES ? 1
      : connectivity == LAM_CONNECT_EDGES      ? 2
                                               : 3;
  return n_axes > 0 && n_axes <= most;
}

typedef struct {
  uint8_t class_id;
  int64_t n_voxels;
  int64_t first; /* its first voxel's index, x fastest, then y */
  LamBox box;
} LamComponent;

typedef struct _LamBlockComponents LamBlockComponents;

/* `classes`: dense, x fastest; not kept. Only those that `is_wanted` has make
 * components. At most 2^31 - 1 voxels. */
LamBlockComponents *lam_block_components_new (const uint8_t *classes,
    const int64_t size[3], const bool is_wanted[256],
    LamConnectivity connectivity) G_GNUC_WARN_UNUSED_RESULT;
void lam_block_components_free (LamBlockComponents *block);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamBlockComponents, lam_block_components_free)

/* In order of their first voxels. */
size_t lam_block_components_get_n (const LamBlockComponents *block);
const LamComponent *lam_block_components_get_nth (
    const LamBlockComponents *block, size_t i);

/* Writes ids[i] to the voxels of the i-th and 0 to all others: dense, the whole
 * block or one of its rows along x. */
void lam_block_components_paint (
    const LamBlockComponents *block, const uint32_t *ids, uint32_t *labels);
void lam_block_components_paint_row (const LamBlockComponents *block, int64_t y,
    int64_t z, const uint32_t *ids, uint32_t *labels);
/* The same for the first or last voxel of a row alone. */
uint32_t lam_block_components_get_end (const LamBlockComponents *block,
    int64_t y, int64_t z, bool last, const uint32_t *ids);
