/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Between the two files of the look map: cells and who takes them. */
#pragma once

#include "segment/look-map.h"

enum {
  LAM_LOOK_CELLS = LAM_LOOK_WIDTH / LAM_DOUBT_CELL, /* across a look */
  /* Looks that begin in one block of a brick are compared at once. */
  LAM_LOOK_BLOCK = 4, /* slices */
  LAM_LOOK_N_BLOCKS = LAM_BRICK_EDGE / LAM_LOOK_BLOCK,
};

/* What is before and after a brick and in it, in each direction. */
#define LAM_LOOK_SIDE(x, y, z) ((x) + 1 + 3 * ((y) + 1 + 3 * ((z) + 1)))
#define LAM_LOOK_N_SIDES 27

typedef struct _LamTake LamTake;

typedef struct _LamLookBrick {
  LamBrickKey key;
  int64_t packed;
  struct _LamLookBrick *beside[LAM_LOOK_N_SIDES]; /* Borrowed; or NULL */
  LamBrickDoubt *doubt; /* Owned; NULL: there is none */
  LamBrickDoubt *last; /* Owned; that of the last run */
  uint16_t doubted[LAM_BRICK_EDGE]; /* cells of each slice, by bits */
  float *masses; /* Owned; expected to be wrong, weighed; NULL without doubt */
  LamTake **takes; /* Owned; by cell, who took it; NULL: nobody */
  double *weights; /* Owned; by pair of the doubt */
  GArray *settled; /* Owned; LamBox, where what was settled counts nothing */
  bool is_new; /* another doubt since the last run */
  uint16_t live; /* blocks that are compared, by bits; see look-run.c */
} LamLookBrick;

/* A look that was taken, and in whose order. */
struct _LamTake {
  float best;
  LamLookBrick *brick; /* Borrowed; where it begins */
  int block, first; /* of the brick; its first cell */
  uint64_t run; /* that took it last */
  bool is_wanted; /* it has enough voxels */
  LamLook look;
};

typedef struct {
  float best; /* no look that begins there is worth more */
  int block;
  LamLookBrick *brick; /* Borrowed */
} LamLookBlock;

struct _LamLookMap {
  GHashTable *bricks; /* Owned; packed key → LamLookBrick */
  /* Of the last run: */
  GPtrArray *takes; /* Owned, of LamTake, in order */
  bool is_cut_off; /* at the limit: there may be more */
  bool is_lost; /* all is to be sought anew */
  uint64_t run;
  GArray *heap; /* Owned; of LamLookBlock, the best first */
  GPtrArray *alive; /* LamLookBrick, Borrowed; with live blocks */
  int64_t n_bytes;
};

/* Looks at all blocks that see a cell of a brick; all that begin in a brick. */
void lam_look_enliven_cell (LamLookMap *map, LamLookBrick *brick, int cell);
void lam_look_enliven_brick (LamLookMap *map, LamLookBrick *brick);
/* Of a cell; NULL: nothing is marked. */
const LamDoubtMark *lam_look_find_mark (const LamBrickDoubt *doubt, int cell);
/* Once all masses are right, and what sees a cell that is another is live. */
bool lam_look_run (LamLookMap *map, const LamLookRule *rule,
    LamProgress *progress, GError **error);
/* Nobody has taken anything. */
void lam_look_forget_takes (LamLookMap *map);
