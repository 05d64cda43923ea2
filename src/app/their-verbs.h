/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Deciding between two people's words on a whole object, with the messages that
 * go with it (workspace/taking.h). */
#pragma once

#include "app/window.h"

/* The object at a voxel; NULL: of the place that is shown where both disagree,
 * else under the pointer. `keeps`: mine stays, else theirs is taken. */
void lam_their_verb_decide (
    LamWindow *window, const int64_t *voxel, bool keeps);
