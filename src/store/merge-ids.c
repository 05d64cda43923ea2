/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "store/merge-ids.h"

#include <string.h>

#include "base/int64-hash.h"

#define PAIRS "a{xx}"

LamIdMap *
lam_id_map_new (void)
{
  return g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, g_free);
}

void
lam_id_map_put (LamIdMap *map, int64_t theirs, int64_t mine)
{
  g_hash_table_replace (
      map, g_memdup2 (&theirs, sizeof theirs), g_memdup2 (&mine, sizeof mine));
}

bool
lam_id_map_has (LamIdMap *map, int64_t theirs)
{
  return g_hash_table_contains (map, &theirs);
}

int64_t
lam_id_map_get (LamIdMap *map, int64_t theirs)
{
  const int64_t *mine = g_hash_table_lookup (map, &theirs);
  return mine ? *mine : theirs;
}

char *
lam_id_map_to_text (LamIdMap *map)
{
  GVariantBuilder pairs = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE (PAIRS));
  GHashTableIter iter;
  gpointer theirs, mine;
  g_hash_table_iter_init (&iter, map);
  while (g_hash_table_iter_next (&iter, &theirs, &mine))
    g_variant_builder_add (
        &pairs, "{xx}", *(int64_t *)theirs, *(int64_t *)mine);
  g_autoptr (GVariant) value =
      g_variant_ref_sink (g_variant_builder_end (&pairs));
  return g_variant_print (value, false);
}

bool
lam_id_map_add_text (LamIdMap *map, const char *text, bool inverse)
{
  g_autoptr (GVariant) value =
      g_variant_parse (G_VARIANT_TYPE (PAIRS), text, NULL, NULL, NULL);
  if (!value)
    return false;
  GVariantIter iter;
  gint64 theirs, mine;
  g_variant_iter_init (&iter, value);
  while (g_variant_iter_next (&iter, "{xx}", &theirs, &mine))
    lam_id_map_put (map, inverse ? mine : theirs, inverse ? theirs : mine);
  return true;
}

/* ---- Rows by what they say ----------------------------------------------- */

/* All that a row's text says but its id, which comes first. */
static const char *
after_id (const char *text)
{
  const char *comma = strchr (text, ',');
  return comma ? comma : text;
}

GHashTable *
lam_row_lookup_new (GHashTable *texts)
{
  GHashTable *lookup = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  gpointer id, text;
  g_hash_table_iter_init (&iter, texts);
  while (g_hash_table_iter_next (&iter, &id, &text))
    g_hash_table_insert (lookup, (gpointer)after_id (text), id);
  return lookup;
}

int64_t
lam_row_lookup_find (GHashTable *lookup, const char *text)
{
  const int64_t *id = g_hash_table_lookup (lookup, after_id (text));
  return id ? *id : -1;
}
