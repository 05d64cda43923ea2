/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What networks think, brick by brick, read through a reader that is given from
 * above and kept below a budget, least recently used first out. Any thread but
 * where it says otherwise; who drops lives longer than who reads. */
#pragma once

#include <gio/gio.h>

#include "labels/opinion.h"

/* Any worker thread; blocks. NULL without error: nothing is known. */
typedef LamOpinion *(*LamOpinionRead) (LamBrickKey key, gpointer user_data,
    GCancellable *cancellable, GError **error);

typedef struct _LamOpinionMap LamOpinionMap;

/* `size`: of the volume, in voxels. `budget_bytes` 0: 192 MiB. */
LamOpinionMap *lam_opinion_map_new (const int64_t size[3], size_t budget_bytes,
    LamOpinionRead read, gpointer user_data) G_GNUC_WARN_UNUSED_RESULT;
void lam_opinion_map_free (LamOpinionMap *map); /* nobody reads any more */

/* Blocks; a reference. NULL without error: nothing is known of that brick. */
LamOpinion *lam_opinion_map_read (LamOpinionMap *map, LamBrickKey key,
    GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same, if it is in memory: else false. `*opinion` may become NULL. */
bool lam_opinion_map_try (
    LamOpinionMap *map, LamBrickKey key, LamOpinion **opinion);
/* What is stored of these voxels (NULL: of all) is another, or the labels are:
 * what was read before is forgotten, and what is being read is not kept. */
void lam_opinion_map_drop (LamOpinionMap *map, const LamBox *box);
const int64_t *lam_opinion_map_get_size (const LamOpinionMap *map);
