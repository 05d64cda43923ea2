/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What an id of another project is in this one: pairs of numbers. One that is
 * in no pair is the same in both. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef GHashTable LamIdMap; /* unref as a hash table */

LamIdMap *lam_id_map_new (void) G_GNUC_WARN_UNUSED_RESULT;
void lam_id_map_put (LamIdMap *map, int64_t theirs, int64_t mine);
bool lam_id_map_has (LamIdMap *map, int64_t theirs);
int64_t lam_id_map_get (LamIdMap *map, int64_t theirs);
/* As it is stored. */
char *lam_id_map_to_text (LamIdMap *map) G_GNUC_WARN_UNUSED_RESULT;
/* Adds the pairs of a text, each turned round if `inverse`; false: it is none.
 */
bool lam_id_map_add_text (LamIdMap *map, const char *text, bool inverse);

/* Finds rows by all that their texts say but their ids. Borrows from `texts`,
 * id (int64_t *) → char *, which must not change meanwhile. */
GHashTable *lam_row_lookup_new (GHashTable *texts) G_GNUC_WARN_UNUSED_RESULT;
/* -1: there is none. */
int64_t lam_row_lookup_find (GHashTable *lookup, const char *text);
