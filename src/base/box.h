/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Boxes of voxels and the 64x64x64 bricks they meet. Order is x, y, z. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Half open: min[i] <= p[i] < max[i]. Empty when any max[i] <= min[i]. */
typedef struct {
  int64_t min[3];
  int64_t max[3];
} LamBox;

/* The edge of a brick in voxels of its level. */
#define LAM_BRICK_EDGE 64
#define LAM_BRICK_VOXELS (LAM_BRICK_EDGE * LAM_BRICK_EDGE * LAM_BRICK_EDGE)

/* Which brick of a level: voxel / 64 on each axis; 0 to 2^21 - 1. */
typedef struct {
  int32_t x, y, z;
} LamBrickKey;

LamBox lam_box_new (int64_t x0, int64_t y0, int64_t z0, int64_t x1, int64_t y1,
    int64_t z1);
LamBox lam_box_of_size (const int64_t size[3]);
bool lam_box_is_empty (const LamBox *box);
bool lam_box_equal (const LamBox *a, const LamBox *b);
bool lam_box_contains (const LamBox *box, const int64_t point[3]);
LamBox lam_box_intersect (const LamBox *a, const LamBox *b);
/* The smallest box around both; an empty one counts for nothing. */
LamBox lam_box_unite (const LamBox *a, const LamBox *b);
/* Number of voxels, 0 for an empty box. */
int64_t lam_box_volume (const LamBox *box);

/* The bricks that meet `box` (in brick units, half open). The box must lie at
 * non-negative coordinates. */
LamBox lam_box_bricks (const LamBox *box);
LamBox lam_brick_box (LamBrickKey key);
/* One integer a key, ordered by z, y, x; for hash tables and rows. */
int64_t lam_brick_key_pack (LamBrickKey key);
LamBrickKey lam_brick_key_unpack (int64_t packed);

/* a / b rounded up, for a >= 0 and b > 0, without overflow. */
static inline int64_t
lam_divide_up (int64_t a, int64_t b)
{
  return a / b + (a % b != 0);
}
