/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which of many boxes are beside each other. Any thread. */
#pragma once

#include "base/box.h"
#include "base/progress.h"

typedef void (*LamNearBoxes) (guint a, guint b, gpointer user_data);

/* They touch or overlap along z, and along x and y are at most `reach` voxels
 * apart. */
bool lam_boxes_are_near (const LamBox *a, const LamBox *b, int64_t reach);
/* Tells of each two that are near, once or more often. `boxes` are in the order
 * of their first slice. The time it takes grows with what is near, not with the
 * square of `n`. False with error once cancelled. */
bool lam_near_boxes_find (const LamBox *boxes, guint n, int64_t reach,
    LamNearBoxes found, gpointer user_data, LamProgress *progress,
    GError **error);
