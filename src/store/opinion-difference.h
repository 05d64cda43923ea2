/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a run thought of a brick on the other side of an edit, where that is
 * another thing: a LamRunOpinion that speaks of those voxels only. Undo and
 * redo are the same act: both sides change places. Any thread. */
#pragma once

#include "labels/opinion.h"

/* In `seconds`: on that side the run had not spoken of the voxel, which is not
 * the same as no difference (0). */
#define LAM_OPINION_WAS_SILENT 0x80

/* `before`, where `after` is another. Their classes begin alike, as those of
 * lam_run_opinion_merge() do. NULL: nowhere. */
LamRunOpinion *lam_opinion_difference_find (const LamRunOpinion *before,
    const LamRunOpinion *after) G_GNUC_WARN_UNUSED_RESULT;
/* Of all voxels, silent: after the exchange nothing is known. */
LamRunOpinion *lam_opinion_difference_new_unknown (
    void) G_GNUC_WARN_UNUSED_RESULT;
/* A later change joins the same edit: where `side` speaks already it is older
 * and stays. */
void lam_opinion_difference_add (
    LamRunOpinion *side, const LamRunOpinion *later);
/* Puts `side` into `opinion`, and what was there into `side`. What a person
 * rejected stays rejected where both sides say the same class. */
void lam_opinion_difference_swap (LamRunOpinion *side, LamRunOpinion *opinion);
/* Whether it has not spoken of any voxel. */
bool lam_opinion_difference_is_silent (const LamRunOpinion *opinion);
