/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a search for likely errors cut out of each brick, so that the next one
 * reads only the bricks that are another since. One thread at a time. */
#pragma once

#include "segment/brick-cut.h"
#include "segment/brick-doubt.h"

/* By label, slices. */
#define LAM_LIKELY_N_CUTS 2

/* What a brick was when it was cut. The slices look at the brick before. */
typedef struct {
  int64_t own, before; /* numbers of their last changes; -1: there is none */
} LamLikelyState;

typedef struct {
  LamLikelyState state;
  uint64_t round; /* of the search that wanted it last */
  /* Owned; all NULL: there was no brick. Of what was not cut NULL. */
  LamBrickCut *cuts[LAM_LIKELY_N_CUTS];
  LamBrickDoubt *doubt; /* Owned; NULL: no network spoke */
} LamLikelyEntry;

void lam_likely_entry_free (LamLikelyEntry *entry);

typedef struct _LamLikelyCache LamLikelyCache;

/* Beyond `max_bytes` bricks are not kept, and are read each time. */
LamLikelyCache *lam_likely_cache_new (
    int64_t max_bytes) G_GNUC_WARN_UNUSED_RESULT;
void lam_likely_cache_free (LamLikelyCache *cache);
/* Of another project, or with other rules. */
void lam_likely_cache_clear (LamLikelyCache *cache);

/* Around a search. What a whole search did not want is dropped at its end. */
void lam_likely_cache_begin (LamLikelyCache *cache);
void lam_likely_cache_end (LamLikelyCache *cache, bool is_whole);
/* Borrowed until the next change; NULL: unknown, or it is another by now. */
const LamLikelyEntry *lam_likely_cache_find (
    LamLikelyCache *cache, int64_t packed, LamLikelyState state);
/* Takes the entry. */
void lam_likely_cache_put (
    LamLikelyCache *cache, int64_t packed, LamLikelyEntry *entry);
