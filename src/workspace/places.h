/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The places of a project where a person should look next: what
 * segment/likely-errors.h finds, without what was said to be right. Sees what
 * is in the file. Any thread, blocking. */
#pragma once

#include "base/progress.h"
#include "labels/place.h"
#include "store/store.h"

/* What one search found out of each brick and verdict, for the next one, which
 * then reads only what is another since. It may be given to several threads;
 * they wait for each other. */
typedef struct _LamPlaceMemory LamPlaceMemory;
LamPlaceMemory *lam_place_memory_new (void) G_GNUC_WARN_UNUSED_RESULT;
LamPlaceMemory *lam_place_memory_ref (
    LamPlaceMemory *memory) G_GNUC_WARN_UNUSED_RESULT;
void lam_place_memory_unref (LamPlaceMemory *memory);
/* Bricks that the last search read, for tests and benchmarks. */
int64_t lam_place_memory_get_n_read (LamPlaceMemory *memory);

/* LamPlace, the best first. `keys`: of the bricks that exist, packed. What was
 * verified or corrected is not among them, unless a run contradicted that
 * since; what a person was unsure of counts a quarter. `classes`: of the
 * project, by which places are weighed. `memory` (or NULL) changes nothing of
 * what is found. */
GArray *lam_places_find (LamStore *store, const GArray *keys,
    const LamClassTable *classes, LamPlaceMemory *memory, LamProgress *progress,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Keeps what a person says of a place, and writes to it (NULL: nothing). The
 * new row's id, or 0 with error. */
int64_t lam_places_say (LamStore *store, const LamPlace *place,
    LamVerdict verdict, const char *note, GError **error);
/* LamBox: around places of `box` of which a person said that they are right, or
 * corrected them, and that nothing contradicted since. */
GArray *lam_places_list_settled (LamStore *store, const LamBox *box,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
