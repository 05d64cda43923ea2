/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Open addressing with linear probing, at most half full. A slot without voxels
 * is free. The slot that was used last is looked at first: neighbours in a
 * volume mostly are of one pair. */
#include "labels/score-table.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"

#define FIRST_SLOTS 256

struct _LamScoreTable {
  LamScorePair *slots; /* Owned */
  size_t n_slots; /* a power of 2 */
  size_t n_used;
  size_t last;
};

LamScoreTable *
lam_score_table_new (void)
{
  LamScoreTable *table = g_new0 (LamScoreTable, 1);
  table->n_slots = FIRST_SLOTS;
  table->slots = g_new0 (LamScorePair, table->n_slots);
  return table;
}

void
lam_score_table_free (LamScoreTable *table)
{
  if (!table)
    return;
  g_free (table->slots);
  g_free (table);
}

static bool
is_pair (const LamScorePair *slot, uint32_t truth, uint32_t test)
{
  return slot->truth == truth && slot->test == test && slot->n_voxels > 0;
}

/* Where the pair is, or the free slot where it belongs. */
static size_t
find_slot (const LamScoreTable *table, uint32_t truth, uint32_t test)
{
  uint64_t key = (uint64_t)truth << 32 | test;
  /* Fibonacci hashing: the upper bits of the product are the mixed ones. */
  size_t at = (size_t)((key * UINT64_C (0x9e3779b97f4a7c15)) >> 24);
  for (;; at++) {
    at &= table->n_slots - 1;
    const LamScorePair *slot = &table->slots[at];
    if (slot->n_voxels == 0 || is_pair (slot, truth, test))
      return at;
  }
}

static void
grow (LamScoreTable *table)
{
  g_autofree LamScorePair *old = table->slots;
  size_t n_old = table->n_slots;
  table->n_slots *= 2;
  table->slots = g_new0 (LamScorePair, table->n_slots);
  for (size_t i = 0; i < n_old; i++)
    if (old[i].n_voxels > 0)
      table->slots[find_slot (table, old[i].truth, old[i].test)] = old[i];
  table->last = 0;
}

void
lam_score_table_add (
    LamScoreTable *table, uint32_t truth, uint32_t test, int64_t n_voxels)
{
  if (!is_pair (&table->slots[table->last], truth, test)) {
    if (n_voxels <= 0)
      return;
    if (2 * table->n_used >= table->n_slots)
      grow (table);
    table->last = find_slot (table, truth, test);
  }
  LamScorePair *slot = &table->slots[table->last];
  table->n_used += slot->n_voxels == 0;
  *slot = (LamScorePair){ truth, test, slot->n_voxels + n_voxels };
}

bool
lam_score_table_merge (
    LamScoreTable *table, const LamScoreTable *from, GError **error)
{
  for (size_t i = 0; i < from->n_slots; i++) {
    const LamScorePair *slot = &from->slots[i];
    if (slot->n_voxels > 0)
      lam_score_table_add (table, slot->truth, slot->test, slot->n_voxels);
  }
  if ((int64_t)table->n_used <= LAM_SCORE_MAX_PAIRS)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
      _ ("More than %" G_GINT64_FORMAT " different pairs of labels meet: are "
         "both of them volumes of labels?"),
      LAM_SCORE_MAX_PAIRS);
  return false;
}

int64_t
lam_score_table_get_n_pairs (const LamScoreTable *table)
{
  return (int64_t)table->n_used;
}

static int
compare_pairs (gconstpointer a, gconstpointer b)
{
  const LamScorePair *one = a, *other = b;
  if (one->truth != other->truth)
    return one->truth < other->truth ? -1 : 1;
  return one->test < other->test ? -1 : one->test > other->test;
}

GArray *
lam_score_table_dup_pairs (const LamScoreTable *table)
{
  GArray *pairs =
      g_array_sized_new (FALSE, FALSE, sizeof (LamScorePair), table->n_used);
  for (size_t i = 0; i < table->n_slots; i++)
    if (table->slots[i].n_voxels > 0)
      g_array_append_val (pairs, table->slots[i]);
  g_array_sort (pairs, compare_pairs);
  return pairs;
}
