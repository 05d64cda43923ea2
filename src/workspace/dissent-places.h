/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Where two people disagree, as places to decide on one by one. Any thread,
 * blocking. */
#pragma once

#include "workspace/dissent.h"

/* A place is a piece of voxels of one pair of labels, joined over faces, edges
 * and corners. Two people never draw the same border voxel by voxel: what is
 * nowhere three voxels wide in a slice lies along a border, and such pieces of
 * one pair that are near each other, where three voxels wide or not between
 * them, are one place, too. */
#define LAM_DISSENT_WIDE 3
/* So many voxels between them at most, in a slice; and slices side by side. */
#define LAM_DISSENT_NEAR 8

/* Appends them, in no order; of `object`, which costs much less, or NULL: all.
 */
bool lam_dissent_find (const LamDissent *dissent,
    const LamDissentObject *object, GArray *places, LamProgress *progress,
    GError **error);

/* The voxels of one place, as they are now: packed key (int64_t *) → GArray of
 * int, their numbers in that brick, upwards. Empty when nobody disagrees there
 * any more. Reads no brick that the place is not near. */
GHashTable *lam_dissent_find_voxels (const LamDissent *dissent,
    const LamPlace *place, LamProgress *progress,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
