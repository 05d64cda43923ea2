/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Bricks by number, for work that several threads share. */
#pragma once

#include "base/box.h"

/* The brick `i`, from 0, of a box of bricks (lam_box_bricks()), x fastest. */
static inline LamBrickKey
lam_brick_of_number (const LamBox *bricks, int64_t i)
{
  int64_t width = bricks->max[0] - bricks->min[0];
  int64_t rows = bricks->max[1] - bricks->min[1];
  return (LamBrickKey){ (int32_t)(bricks->min[0] + i % width),
    (int32_t)(bricks->min[1] + i / width % rows),
    (int32_t)(bricks->min[2] + i / width / rows) };
}
