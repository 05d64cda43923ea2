/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What runs of networks think of a brick besides its labels: for each voxel how
 * unsure they are, the class that they say and the one that came second. Each
 * run's word is kept by itself, and whose word counts is asked with the voxel's
 * present source. So it is never out of date, whoever changes the labels and
 * back: what a person paints has no opinion, and after undo a voxel has that of
 * the run whose label it has again. */
#pragma once

#include "labels/label-brick.h"

/* Of one run, about one brick; a plain value. Classes are their place in
 * `classes` + 1. */
#define LAM_OPINION_MAX_CLASSES 127
/* Added to a first class that a person rejected here. */
#define LAM_OPINION_REJECTED 0x80
typedef struct {
  uint8_t uncertainties[LAM_BRICK_VOXELS]; /* 255: as unsure as can be */
  uint8_t firsts[LAM_BRICK_VOXELS]; /* that it says */
  /* That came second. 0: this run has not spoken here. */
  uint8_t seconds[LAM_BRICK_VOXELS];
  int n_classes;
  int32_t classes[LAM_OPINION_MAX_CLASSES]; /* ids of the project */
} LamRunOpinion;

/* Silent everywhere. g_free(). */
LamRunOpinion *lam_run_opinion_new (void) G_GNUC_WARN_UNUSED_RESULT;
/* What is to be put into a plane for that class; 0: there are too many. */
uint8_t lam_run_opinion_take_class (LamRunOpinion *opinion, int32_t class_id);
/* Where `newer` speaks, it counts; what was rejected and is said again stays
 * rejected. */
void lam_run_opinion_merge (LamRunOpinion *opinion, const LamRunOpinion *newer);

/* Of all runs that matter to a brick. Reference counted; immutable once it is
 * shared. */
typedef struct _LamOpinion LamOpinion;

LamOpinion *lam_opinion_new (void) G_GNUC_WARN_UNUSED_RESULT;
LamOpinion *lam_opinion_ref (LamOpinion *opinion) G_GNUC_WARN_UNUSED_RESULT;
void lam_opinion_unref (LamOpinion *opinion);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamOpinion, lam_opinion_unref)
/* Takes `of_run`, whose voxels have that source. Once a source, in any order.
 */
void lam_opinion_add (
    LamOpinion *opinion, uint16_t source, LamRunOpinion *of_run);
size_t lam_opinion_get_bytes (const LamOpinion *opinion);

/* `index` as in label-brick.h, `source` the voxel's present one. False: nobody
 * said how sure. `opinion` NULL: nobody spoke; the results may be NULL. */
bool lam_opinion_get (const LamOpinion *opinion, int index, uint16_t source,
    uint8_t *uncertainty, int32_t *second);
/* The class that the newest run says that spoke here, unless that was rejected,
 * whatever the voxel's label and source are. */
bool lam_opinion_get_first (
    const LamOpinion *opinion, int index, int32_t *class_id);
/* How unsure that run is of it, and what it would have said next. False: as
 * above. */
bool lam_opinion_get_next (const LamOpinion *opinion, int index,
    uint8_t *uncertainty, int32_t *second);
/* What that run says, rejected or not, and how unsure it is of it; `*class_id`
 * is -1 where its class is not known. False: none spoke. */
bool lam_opinion_get_newest (const LamOpinion *opinion, int index,
    uint8_t *uncertainty, int32_t *class_id);
/* Of voxels of that source; NULL: it has not spoken of this brick. Borrowed. */
const LamRunOpinion *lam_opinion_get_run (
    const LamOpinion *opinion, uint16_t source);
