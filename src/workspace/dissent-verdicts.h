/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What is said of all places in which two people disagree about one object. Any
 * thread, blocking. */
#pragma once

#include "workspace/dissent.h"

/* The object at a voxel, or, not NULL, at the place, of which the voxel is the
 * centre. LAM_ERROR_MISSING: neither says that there is one, or the place's
 * labels are no longer what is there. */
bool lam_dissent_find_object (const LamDissent *dissent, const int64_t voxel[3],
    const LamPlace *place, LamDissentObject *object, GError **error);
/* LamPlace, in no order; none is no error. */
GArray *lam_dissent_list_object_places (const LamDissentObject *object,
    LamProgress *progress, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Keeps a verdict of each, but where the newest is just that. LamVerdictRow as
 * they are in the file, all of one time. */
GArray *lam_dissent_say_of_places (LamStore *store, const GArray *places,
    LamVerdict verdict, const char *note,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Mine stays, of the whole object, as in lam_dissent_find_object(). `voice` 0:
 * the newest that is about the voxel. LAM_ERROR_MISSING with a sentence for the
 * person: nothing was left to decide on. */
GArray *lam_dissent_keep_mine (LamStore *store, int64_t voice,
    const int64_t voxel[3], const LamPlace *place, const LamClassTable *classes,
    const char *note, LamProgress *progress,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
