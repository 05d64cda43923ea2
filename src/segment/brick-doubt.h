/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What networks are unsure of in a brick, summed up over cells of 16 × 16
 * voxels of a slice: what a search for likely errors keeps of it. Immutable and
 * reference counted; any thread. */
#pragma once

#include "segment/brick-pieces.h"

enum {
  LAM_DOUBT_CELL = 16, /* voxels across */
  LAM_DOUBT_ACROSS = LAM_BRICK_EDGE / LAM_DOUBT_CELL, /* cells of a brick */
  LAM_DOUBT_N_CELLS = LAM_DOUBT_ACROSS * LAM_DOUBT_ACROSS * LAM_BRICK_EDGE,
};

/* What a voxel is, or else may be; -1: not known. */
typedef struct {
  uint32_t label;
  int32_t second; /* a class */
} LamDoubtPair;

/* Voxels of a cell that are one such pair. */
typedef struct {
  uint16_t cell, pair;
  float odds; /* the sum of their chances to be wrong */
} LamDoubtPart;

/* Voxels of a cell that are marked. */
typedef struct {
  uint16_t cell, pair; /* that many of them are */
  uint16_t n, doubt; /* how many; the sum of their uncertainties */
  uint8_t low, high; /* their box in the cell: x + 16 * y, both inside */
} LamDoubtMark;

typedef struct {
  size_t n_bytes;
  GArray *pairs, *parts, *marks; /* Owned; of the three */
} LamBrickDoubt;

/* After lam_brick_pieces_mark_unsure(). */
LamBrickDoubt *lam_brick_doubt_new (
    const LamBrickPieces *brick) G_GNUC_WARN_UNUSED_RESULT;
LamBrickDoubt *lam_brick_doubt_ref (
    LamBrickDoubt *doubt) G_GNUC_WARN_UNUSED_RESULT;
void lam_brick_doubt_unref (LamBrickDoubt *doubt);

/* The chance that a network is wrong which is that unsure (255: one bit of
 * entropy or more), if what it says is as likely as it says. */
double lam_doubt_get_odds (uint8_t uncertainty);
