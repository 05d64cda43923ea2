/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a search for likely errors found, so that the next one does again only
 * what can be another since. One thread at a time. */
#pragma once

#include "segment/look-map.h"
#include "segment/piece-joiner.h"

/* What is cut out of each brick. */
typedef enum {
  LAM_LIKELY_BY_LABEL,
  LAM_LIKELY_SLICES,
  LAM_LIKELY_N_CUTS
} LamLikelyCut;

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

/* Once more than `max_bytes` are kept after a search, bricks beyond that are
 * read each time, and the others put together anew. */
LamLikelyCache *lam_likely_cache_new (
    int64_t max_bytes) G_GNUC_WARN_UNUSED_RESULT;
void lam_likely_cache_free (LamLikelyCache *cache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamLikelyCache, lam_likely_cache_free)
/* Of another project, or with other rules. */
void lam_likely_cache_clear (LamLikelyCache *cache);

/* Before a search. */
void lam_likely_cache_begin (LamLikelyCache *cache);
/* Once all bricks were found or put: forgets those that were not. */
void lam_likely_cache_drop_others (LamLikelyCache *cache);
/* After it. */
void lam_likely_cache_end (LamLikelyCache *cache);
/* Borrowed until the next change; NULL: unknown, or it is another by now. */
const LamLikelyEntry *lam_likely_cache_find (
    LamLikelyCache *cache, int64_t packed, LamLikelyState state);
/* Of a brick that is still as it was, though not the one before it: what was
 * cut out of it alone. NULL: unknown. Takes it away from the cache, and leaves
 * the brick without. */
LamLikelyEntry *lam_likely_cache_take_own (
    LamLikelyCache *cache, int64_t packed, LamLikelyState state);
/* Takes the entry. */
void lam_likely_cache_put (
    LamLikelyCache *cache, int64_t packed, LamLikelyEntry *entry);

/* What the bricks make together. Borrowed until the end of the search. */
LamPieceJoiner *lam_likely_cache_get_joiner (
    LamLikelyCache *cache, LamLikelyCut cut);
LamLookMap *lam_likely_cache_get_looks (LamLikelyCache *cache);
/* Label → its voxels in all bricks (int64_t *), without those that have none.
 */
GHashTable *lam_likely_cache_get_counts (LamLikelyCache *cache);
