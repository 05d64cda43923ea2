/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What two persons made of one brick apart from each other, brought together.
 * Plain values; any thread. */
#pragma once

#include "labels/label-brick.h"

/* Voxels, by what became of them; those that neither changed are in none. */
typedef struct {
  int64_t n_taken; /* only they changed them */
  int64_t n_alike; /* both, to the same label */
  int64_t n_conflicts; /* both, differently, or they alone what is protected:
                        * mine stays, theirs is kept aside */
  int64_t n_over_network; /* a person's word that stood against a network's */
  int64_t n_networks; /* two networks' words: mine stays */
  int64_t n_protected; /* a network's word on what is protected: mine stays */
} LamThreeWayCount;

/* Either side, and the last that both had in common; NULL is an absent brick.
 * All labels and sources are mine. */
typedef struct {
  const LamLabelBrick *mine, *theirs, *before;
  const uint8_t *is_protected; /* of each voxel: not 0, where I locked or
                                * verified what is there */
} LamThreeWay;

/* `result` NULL: as mine. `aside` NULL: no conflict; else what they say where
 * there is one, source 0 elsewhere. Adds to `count`. */
void lam_three_way_merge (const LamThreeWay *input, LamLabelBrick **result,
    LamLabelBrick **aside, LamThreeWayCount *count);
