/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "segment/brick-doubt.h"

#include <math.h>

#include "base/int64-hash.h"

/* More are taken for one with the first of them. */
#define MAX_PAIRS 1024

typedef struct {
  const LamBrickPieces *brick; /* Borrowed */
  LamBrickDoubt *doubt; /* Borrowed */
  float odds[UINT8_MAX + 1];
  GHashTable *places; /* Owned; LamDoubtPair packed → its place */
  GPtrArray *sums; /* Owned; by pair: float[LAM_DOUBT_N_CELLS] */
  uint16_t pair; /* of the last voxel; where there are pairs */
  LamDoubtMark marks[LAM_DOUBT_N_CELLS];
  uint16_t leads[LAM_DOUBT_N_CELLS]; /* votes, as in LamVote */
} Work;

static double
get_entropy (double p)
{
  return p <= 0 ? 0 : -(p * log2 (p) + (1 - p) * log2 (1 - p));
}

/* Of two classes; with more, about. */
double
lam_doubt_get_odds (uint8_t uncertainty)
{
  double low = 0, high = 0.5;
  for (int i = 0; i < 30; i++) {
    double middle = (low + high) / 2;
    if (get_entropy (middle) < uncertainty / 255.0)
      low = middle;
    else
      high = middle;
  }
  return (low + high) / 2;
}

static uint16_t
take_pair (Work *work, LamDoubtPair pair)
{
  GArray *pairs = work->doubt->pairs;
  if (pairs->len > 0) {
    const LamDoubtPair *last = &g_array_index (pairs, LamDoubtPair, work->pair);
    if (last->label == pair.label && last->second == pair.second)
      return work->pair;
  }
  int64_t key = (int64_t)((uint64_t)pair.label << 32 | (uint32_t)pair.second);
  gpointer place;
  if (g_hash_table_lookup_extended (work->places, &key, NULL, &place))
    return work->pair = (uint16_t)GPOINTER_TO_UINT (place);
  if (pairs->len == MAX_PAIRS)
    return work->pair = 0;
  work->pair = (uint16_t)pairs->len;
  g_array_append_val (pairs, pair);
  g_ptr_array_add (work->sums, g_new0 (float, LAM_DOUBT_N_CELLS));
  g_hash_table_insert (work->places, g_memdup2 (&key, sizeof key),
      GUINT_TO_POINTER (work->pair));
  return work->pair;
}

static void
mark (Work *work, int cell, int x, int y, uint16_t pair, uint8_t uncertainty)
{
  LamDoubtMark *mark = &work->marks[cell];
  uint8_t at = (uint8_t)(x + LAM_DOUBT_CELL * y);
  if (mark->n == 0)
    mark->low = mark->high = at;
  mark->low = (uint8_t)(MIN (mark->low % LAM_DOUBT_CELL, x)
      + LAM_DOUBT_CELL * MIN (mark->low / LAM_DOUBT_CELL, y));
  mark->high = (uint8_t)(MAX (mark->high % LAM_DOUBT_CELL, x)
      + LAM_DOUBT_CELL * MAX (mark->high / LAM_DOUBT_CELL, y));
  mark->n++;
  mark->doubt = (uint16_t)(mark->doubt + uncertainty);
  if (work->leads[cell] == 0)
    mark->pair = pair;
  if (mark->pair == pair)
    work->leads[cell]++;
  else
    work->leads[cell]--;
}

static void
add_voxel (Work *work, const LamPieceVoxel *voxel, int i)
{
  int x = i % LAM_BRICK_EDGE, y = i / LAM_BRICK_EDGE % LAM_BRICK_EDGE,
      z = i / (LAM_BRICK_EDGE * LAM_BRICK_EDGE);
  int cell = (z * LAM_DOUBT_ACROSS + y / LAM_DOUBT_CELL) * LAM_DOUBT_ACROSS
      + x / LAM_DOUBT_CELL;
  int32_t second = -1;
  lam_opinion_get (work->brick->opinion, i, voxel->source, NULL, &second);
  uint16_t pair = take_pair (work, (LamDoubtPair){ voxel->label, second });
  float *sums = work->sums->pdata[pair];
  sums[cell] += work->odds[voxel->uncertainty];
  if (work->brick->ids[i] != 0)
    mark (work, cell, x % LAM_DOUBT_CELL, y % LAM_DOUBT_CELL, pair,
        voxel->uncertainty);
}

static void
keep (Work *work)
{
  LamBrickDoubt *doubt = work->doubt;
  for (int cell = 0; cell < LAM_DOUBT_N_CELLS; cell++) {
    for (guint pair = 0; pair < work->sums->len; pair++) {
      LamDoubtPart part = { (uint16_t)cell, (uint16_t)pair,
        ((const float *)work->sums->pdata[pair])[cell] };
      if (part.odds > 0)
        g_array_append_val (doubt->parts, part);
    }
    work->marks[cell].cell = (uint16_t)cell;
    if (work->marks[cell].n > 0)
      g_array_append_val (doubt->marks, work->marks[cell]);
  }
  doubt->n_bytes = sizeof *doubt + doubt->pairs->len * sizeof (LamDoubtPair)
      + doubt->parts->len * sizeof (LamDoubtPart)
      + doubt->marks->len * sizeof (LamDoubtMark);
}

LamBrickDoubt *
lam_brick_doubt_new (const LamBrickPieces *brick)
{
  LamBrickDoubt *doubt = g_atomic_rc_box_new0 (LamBrickDoubt);
  g_autofree Work *work = g_new0 (Work, 1);
  const LamPieceVoxel *voxels = lam_brick_pieces_get_own (brick);
  doubt->pairs = g_array_new (false, false, sizeof (LamDoubtPair));
  doubt->parts = g_array_new (false, false, sizeof (LamDoubtPart));
  doubt->marks = g_array_new (false, false, sizeof (LamDoubtMark));
  work->brick = brick;
  work->doubt = doubt;
  work->places =
      g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, NULL);
  work->sums = g_ptr_array_new_with_free_func (g_free);
  for (int i = 0; i <= UINT8_MAX; i++)
    work->odds[i] = (float)lam_doubt_get_odds ((uint8_t)i);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    if (voxels[i].is_known && voxels[i].uncertainty > 0)
      add_voxel (work, &voxels[i], i);
  keep (work);
  g_hash_table_unref (work->places);
  g_ptr_array_unref (work->sums);
  return doubt;
}

LamBrickDoubt *
lam_brick_doubt_ref (LamBrickDoubt *doubt)
{
  return g_atomic_rc_box_acquire (doubt);
}

static void
clear (gpointer data)
{
  LamBrickDoubt *doubt = data;
  g_array_unref (doubt->pairs);
  g_array_unref (doubt->parts);
  g_array_unref (doubt->marks);
}

void
lam_brick_doubt_unref (LamBrickDoubt *doubt)
{
  g_atomic_rc_box_release_full (doubt, clear);
}
