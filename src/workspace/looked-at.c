/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Verdicts that count are listed in the brick that the middle of their box is
 * in. A verdict that covers the place of another has at least half of its box
 * along each axis, and so its middle, borders included: only what is listed in
 * the bricks that it meets is looked at, or all, where those are more. */
#include "workspace/looked-at.h"

#include "base/int64-hash.h"
#include "labels/label-brick.h"

struct _LamLookedAt {
  GHashTable *bricks; /* Owned; packed key → GArray of LamVerdictRow */
  int n;
};

LamLookedAt *
lam_looked_at_new (void)
{
  LamLookedAt *count = g_new0 (LamLookedAt, 1);
  count->bricks = g_hash_table_new_full (
      lam_int64_hash, g_int64_equal, g_free, (GDestroyNotify)g_array_unref);
  return count;
}

void
lam_looked_at_free (LamLookedAt *count)
{
  g_hash_table_unref (count->bricks);
  g_free (count);
}

int
lam_looked_at_get_n (const LamLookedAt *count)
{
  return count->n;
}

/* As lam_verdict_covers() has it, of the place of the older one. */
static bool
covers (const LamVerdictRow *row, const LamVerdictRow *older)
{
  if (row->kind == LAM_PLACE_DISSENT || older->kind == LAM_PLACE_DISSENT)
    return row->kind == older->kind && lam_box_equal (&row->box, &older->box)
        && row->score == older->score
        && row->state.labels == older->state.labels;
  const LamPlace place = { .kind = older->kind, .box = older->box };
  return lam_verdict_covers (row, &place);
}

static void
drop_covered (LamLookedAt *count, GArray *listed, const LamVerdictRow *row)
{
  for (guint i = listed ? listed->len : 0; i-- > 0;)
    if (covers (row, &g_array_index (listed, LamVerdictRow, i))) {
      g_array_remove_index_fast (listed, i);
      count->n--;
    }
}

static GArray *
get_list (LamLookedAt *count, int64_t x, int64_t y, int64_t z)
{
  const int64_t packed =
      lam_brick_key_pack ((LamBrickKey){ (int32_t)x, (int32_t)y, (int32_t)z });
  return g_hash_table_lookup (count->bricks, &packed);
}

static void
drop_all_covered (LamLookedAt *count, const LamVerdictRow *row)
{
  LamBox touched = row->box;
  for (int i = 0; i < 3; i++)
    touched.max[i]++;
  const LamBox bricks = lam_box_bricks (&touched);
  if (lam_box_volume (&bricks) > g_hash_table_size (count->bricks)) {
    GHashTableIter iter;
    gpointer listed;
    g_hash_table_iter_init (&iter, count->bricks);
    while (g_hash_table_iter_next (&iter, NULL, &listed))
      drop_covered (count, listed, row);
    return;
  }
  for (int64_t z = bricks.min[2]; z < bricks.max[2]; z++)
    for (int64_t y = bricks.min[1]; y < bricks.max[1]; y++)
      for (int64_t x = bricks.min[0]; x < bricks.max[0]; x++)
        drop_covered (count, get_list (count, x, y, z), row);
}

static void
list_row (LamLookedAt *count, const LamVerdictRow *row)
{
  LamBox middle;
  for (int i = 0; i < 3; i++) {
    middle.min[i] = (row->box.min[i] + row->box.max[i]) / 2;
    middle.max[i] = middle.min[i] + 1;
  }
  const LamBox brick = lam_box_bricks (&middle);
  const int64_t packed = lam_brick_key_pack ((LamBrickKey){
      (int32_t)brick.min[0], (int32_t)brick.min[1], (int32_t)brick.min[2] });
  GArray *listed = g_hash_table_lookup (count->bricks, &packed);
  if (!listed) {
    listed = g_array_new (false, false, sizeof (LamVerdictRow));
    g_hash_table_insert (
        count->bricks, g_memdup2 (&packed, sizeof packed), listed);
  }
  g_array_append_vals (listed, row, 1);
  count->n++;
}

void
lam_looked_at_add (LamLookedAt *count, const LamVerdictRow *row, bool stands)
{
  drop_all_covered (count, row);
  if (stands)
    list_row (count, row);
}
