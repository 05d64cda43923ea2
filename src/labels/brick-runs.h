/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A brick as it is stored: each different voxel once, and runs of them along x.
 * For who looks at all voxels of many bricks and need not see each by itself.
 * Any thread; plain values. */
#pragma once

#include "labels/label-brick.h"

enum { LAM_BRICK_ROWS = LAM_BRICK_EDGE * LAM_BRICK_EDGE };

/* A run ends with its row. */
typedef struct {
  uint32_t n_entries; /* of the palette, at least 1 */
  uint32_t n_runs; /* 0: the first entry all over; else `rows` and so on */
  /* Owned; a value an entry, of which two may be the same */
  uint32_t *labels;
  uint16_t *sources;
  /* Owned; a value a run */
  uint8_t *ends; /* x after its last voxel, 1 to 64 */
  uint32_t *entries;
  /* The first run of row y + 64 * z, and behind the last. */
  uint32_t rows[LAM_BRICK_ROWS + 1];
} LamBrickRuns;

/* With room for that much, and nothing in it: who makes it fills it. */
LamBrickRuns *lam_brick_runs_new (
    uint32_t n_entries, uint32_t n_runs) G_GNUC_WARN_UNUSED_RESULT;
/* Of a brick that is not open. */
LamBrickRuns *lam_brick_runs_new_from_brick (
    const LamLabelBrick *brick) G_GNUC_WARN_UNUSED_RESULT;
void lam_brick_runs_free (LamBrickRuns *runs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamBrickRuns, lam_brick_runs_free)

/* Calls for each run, in the order of voxels: a box of level-0 voxels in that
 * of the brick, a row or less. */
typedef void (*LamEachRun) (
    const LamBox *run, uint32_t label, uint16_t source, gpointer data);
void lam_brick_runs_foreach (const LamBrickRuns *runs, const LamBox *brick,
    LamEachRun each, gpointer data);

/* Whether any voxel is of a model run and nobody's. */
bool lam_brick_runs_has_model (const LamBrickRuns *runs);
