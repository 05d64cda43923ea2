/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The eight ways to lay a section down: mirrored and turned by right angles. */
#pragma once

#include <stdint.h>

#define LAM_TURN_N 8

/* By bit: x runs backwards, y runs backwards, x and y change places. 0: as it
 * is. */
typedef unsigned LamTurn;
#define LAM_TURN_FLIP_X 1u
#define LAM_TURN_FLIP_Y 2u
#define LAM_TURN_SWAP 4u

/* How a network is shown a tile: as it is; also mirrored in x, in y, in both;
 * also each of these turned by a right angle. */
typedef enum {
  LAM_COPIES_ONE = 1,
  LAM_COPIES_FLIPS = 4,
  LAM_COPIES_TURNS = LAM_TURN_N,
} LamCopies;

/* `n_planes` planes of size[0] × size[1], which are equal for LAM_TURN_SWAP. */
void lam_turn_forth (LamTurn turn, const int64_t size[2], int64_t n_planes,
    const float *from, float *to);
/* Undoes it. */
void lam_turn_back (LamTurn turn, const int64_t size[2], int64_t n_planes,
    const float *from, float *to);
