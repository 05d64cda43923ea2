/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Places where the labels are likely wrong, and what a person said of them.
 * Plain values. */
#pragma once

#include <glib.h>

#include "base/box.h"
#include "labels/class-table.h"

/* Numbers of both are stored; they never change. */
typedef enum {
  LAM_PLACE_UNSURE, /* voxels that a network is unsure of, what one look shows
                     */
  LAM_PLACE_TINY, /* a small piece of a label, apart from the rest */
  LAM_PLACE_HOLE, /* the same of unlabelled voxels that somebody said */
  LAM_PLACE_END, /* a piece of a label that stops flat, along any axis */
  LAM_PLACE_SLICE, /* a part of a slice that both slices beside it contradict */
  LAM_PLACE_DISSENT, /* another person says another label */
  LAM_N_PLACE_KINDS
} LamPlaceKind;

typedef enum {
  LAM_VERDICT_VERIFIED,
  LAM_VERDICT_UNSURE, /* looked at, not decided */
  LAM_VERDICT_CORRECTED,
  LAM_N_VERDICTS
} LamVerdict;

typedef struct {
  LamPlaceKind kind;
  LamBox box; /* level-0 voxels */
  int64_t centre[3];
  /* Of an end: in its last plane. What a person said does not count. */
  int64_t n_voxels;
  uint32_t label; /* that most of it has */
  uint32_t beside; /* of a slice: the label of the slices beside it; of a
                    * dissent: the voice's label */
  int32_t second; /* of an unsure place: the class that comes second, or -1; of
                   * a dissent: the class that the other says */
  int64_t voice; /* of a dissent: whose word it is (labels/voice.h) */
  int axis; /* of an end: along which it stops */
  bool is_looked_at; /* by a person who was unsure of it */
  int64_t overruled; /* id of the verdict on it that stands no more; 0: none */
  double uncertainty; /* mean of its voxels that a network said; 0 to 255 */
  /* Voxels that looking there is expected to put right; where classes are
   * known, each counted the more the fewer there are of its class. */
  double score;
} LamPlace;

/* What a box holds, to see later whether a run changed it. */
typedef struct {
  int64_t labels; /* a bit of each of LAM_BOX_SAMPLES voxels, see below */
  int64_t uncertainty; /* sum over the voxels that a network said */
  int64_t run; /* the newest that said a voxel of it; 0: none */
} LamBoxState;

/* Voxels spread over a box that tell whether its labels have changed: where a
 * part of it has another label, half as large a part of the bits is likely
 * another. A voxel or two of a boundary change none. */
#define LAM_BOX_SAMPLES 64
void lam_box_sample (const LamBox *box, int sample, int64_t voxel[3]);
/* What to add to `labels` for that sample. */
uint64_t lam_box_sample_bit (int sample, uint32_t label);

typedef struct {
  int64_t id; /* from 1, in the order they were said */
  int64_t time; /* µs since 1970, UTC */
  LamVerdict verdict;
  LamPlaceKind kind;
  double score;
  LamBox box;
  LamBoxState state; /* when it was said */
} LamVerdictRow;

/* "tiny", "verified": stable names, not translated. */
const char *lam_place_kind_name (LamPlaceKind kind);
const char *lam_verdict_name (LamVerdict verdict);
/* A sentence for the person: why to look there. `classes` NULL: without names.
 */
char *lam_place_dup_reason (const LamPlace *place,
    const LamClassTable *classes) G_GNUC_WARN_UNUSED_RESULT;
/* Highest score first; of equal ones, the first in the volume. */
int lam_place_compare (gconstpointer a, gconstpointer b);

/* Without id, time and, but for a dissent, what its box holds. */
LamVerdictRow lam_verdict_row_of (const LamPlace *place, LamVerdict verdict);
/* The verdict was said of that place: at least half of it lies in its box. Of a
 * dissent: of the same number of voxels and the same labels, which its state
 * notes, in the same box, as another must not go unseen. */
bool lam_verdict_covers (const LamVerdictRow *row, const LamPlace *place);
/* Another run changed a good part of the labels in the box since, or its doubt
 * grew by more than a quarter. What a person painted there meanwhile
 * contradicts nothing; neither does what the network makes of a correction, but
 * for its doubt. Never of a dissent, which is another where
 * anything is. */
bool lam_verdict_is_contradicted (
    const LamVerdictRow *row, const LamBoxState *now);
