/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A part of two volumes of labels that are compared, with one voxel more on
 * each side, as numbers and as classes. */
#pragma once

#include "volume/source.h"

enum { LAM_SCORE_TRUTH, LAM_SCORE_TEST, LAM_SCORE_N_SIDES };

/* Borrowed all. */
typedef struct {
  LamSource *values; /* whole numbers */
  int64_t origin[3]; /* its voxel that is the first of the comparison */
  /* Number → index of its class + 1, in pointers; what is not in it is of the
   * first class. NULL: a number is the index of its class. */
  GHashTable *class_of;
  /* Another volume of the same voxels, whose numbers are objects; NULL: those
   * of `values` are. */
  LamSource *objects;
  /* Object → index of its class + 1; what is not in it is no object. NULL: all
   * numbers but 0 are objects. */
  GHashTable *object_class;
} LamScoreSide;

typedef struct {
  LamScoreSide sides[LAM_SCORE_N_SIDES];
  int64_t size[3]; /* of what is compared */
  double voxel_size_nm[3]; /* 0: unknown, and no distances */
  int n_classes; /* 0: there are labels alone */
  GHashTable *ignored; /* a set of truth's numbers whose voxels do not count */
} LamScoreSetup;

#define LAM_SCORE_IGNORED UINT32_MAX

/* Dense arrays over `around`, x fastest. */
typedef struct {
  LamBox box; /* from the first voxel of the comparison */
  LamBox around; /* one voxel more, where there is one */
  uint32_t *values[LAM_SCORE_N_SIDES]; /* Owned */
  /* Owned; the index of the class, without classes the number itself, or
   * LAM_SCORE_IGNORED. */
  uint32_t *kinds[LAM_SCORE_N_SIDES];
} LamScoreBlock;

void lam_score_block_clear (LamScoreBlock *block);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LamScoreBlock, lam_score_block_clear)

/* Any thread. Refuses, naming file, voxel and number, what is no label or no
 * class. */
bool lam_score_block_read (const LamScoreSetup *setup, const LamBox *box,
    LamScoreBlock *block, GCancellable *cancellable, GError **error);
/* `box` of a source whose first voxel of the comparison is `origin`. */
bool lam_score_read_numbers (LamSource *source, const int64_t origin[3],
    const LamBox *box, uint32_t *out, GCancellable *cancellable,
    GError **error);
