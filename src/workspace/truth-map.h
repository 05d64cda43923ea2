/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which class of ours each number of a truth is, where another person numbered
 * the classes. */
#pragma once

#include "labels/class-table.h"
#include "volume/source.h"

/* A class of the truth that is nothing: its voxels do not count. */
#define LAM_TRUTH_UNLABELLED 255

/* Theirs → ours + 1, in pointers; several of theirs may be one of ours. */
typedef GHashTable LamTruthMap;

/* "2=1,3=mitochondrion,4=0": classes by number (0 to 254), or by the name that
 * `classes` gives them (NULL: numbers alone). LAM_ERROR_INPUT or _MISSING. */
LamTruthMap *lam_truth_map_parse (const char *text,
    const LamClassTable *classes, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same in numbers, in the order of theirs. */
char *lam_truth_map_to_text (LamTruthMap *map) G_GNUC_WARN_UNUSED_RESULT;
/* Classes of theirs that are called as one of ours, which `map` does not tell
 * yet. */
void lam_truth_map_add_names (
    LamTruthMap *map, const LamClassTable *theirs, const LamClassTable *ours);

/* Classes (u8) in place of the numbers of a truth. What the map does not tell
 * is unlabelled, as is LAM_TRUTH_UNLABELLED itself. References both. */
LamSource *lam_mapped_source_new (
    LamSource *truth, LamTruthMap *map) G_GNUC_WARN_UNUSED_RESULT;
/* uint32_t in rising order: numbers that were read and that the map does not
 * tell (at most LAM_MAPPED_MOST), and those it tells that were not there. */
#define LAM_MAPPED_MOST 1000
GArray *lam_mapped_source_list_unknown (
    LamSource *source) G_GNUC_WARN_UNUSED_RESULT;
GArray *lam_mapped_source_list_unused (
    LamSource *source) G_GNUC_WARN_UNUSED_RESULT;
