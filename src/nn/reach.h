/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How a result goes on along one axis of the image: the rules that several
 * operators share, for their rows' `reach`. True: outputs[0] is set. */
#pragma once

#include "nn/window.h"

/* Each element from those at its place, the inputs being broadcast. */
bool lam_reach_pointwise (
    const LamStep *step, const LamReach *inputs, LamReach *outputs);
/* The same where only the first input is an image. */
bool lam_reach_first (
    const LamStep *step, const LamReach *inputs, LamReach *outputs);
/* The first input's elements in other axes. */
bool lam_reach_view (
    const LamStep *step, const LamReach *inputs, LamReach *outputs);
/* As lam_reach_first(), but elements depend on all along the axes between
 * those whose product is `outer` and those whose product is `inner`. */
bool lam_reach_around (const LamStep *step, const LamReach *inputs,
    int64_t outer, int64_t inner, LamReach *outputs);
bool lam_reach_window (const LamStep *step, const LamReach *inputs,
    const LamWindow *window, LamWindowKind kind, LamReach *outputs);
/* Each element of the input becomes `parts` (or is the first of `voxels`). */
void lam_reach_scale (LamReach *reach, int64_t voxels, int64_t parts);
