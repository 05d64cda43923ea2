/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "segment/cover.h"

#include <string.h>

static float *
make_shares (const LamTiling *tiling, int64_t at, int64_t from, int64_t to)
{
  float *shares = g_new (float, to - from);
  for (int64_t voxel = from; voxel < to; voxel++) {
    int64_t first, end;
    float sum = 0;
    lam_tiling_find (tiling, voxel, voxel + 1, &first, &end);
    for (int64_t i = first; i < end; i++)
      sum += lam_tiling_get_weight (tiling, i, voxel);
    shares[voxel - from] = lam_tiling_get_weight (tiling, at, voxel) / sum;
  }
  return shares;
}

LamCover
lam_cover_blend (const LamTiling *tiling, int64_t first, int64_t end)
{
  int64_t from, to;
  lam_tiling_find (tiling, first, end, &from, &to);
  LamCover cover = { .tile = tiling->tile, .n = (int)(to - from) };
  cover.tiles = g_new0 (LamCoverTile, cover.n);
  for (int64_t i = from; i < to; i++) {
    LamCoverTile *tile = &cover.tiles[i - from];
    tile->start = lam_tiling_get_start (tiling, i);
    tile->first = MAX (tile->start, first);
    tile->end = MIN (tile->start + tiling->tile, end);
    tile->shares = make_shares (tiling, i, tile->first, tile->end);
  }
  return cover;
}

/* The last multiple of `step` from which a tile says something about `voxel`.
 */
static int64_t
find_start (const LamCoverRim *rim, int64_t voxel)
{
  int64_t at = voxel - rim->before, rest = at % rim->step;
  return at - rest - (rest < 0 ? rim->step : 0);
}

int64_t
lam_cover_get_core (const LamCoverRim *rim, int64_t tile)
{
  return tile - rim->before - rim->after - (rim->step - 1);
}

static int64_t
count_tiles (const LamCoverRim *rim, int64_t tile, int64_t first, int64_t end)
{
  int64_t n = 0;
  while (first < end) {
    first = find_start (rim, first) + tile - rim->after;
    n++;
  }
  return n;
}

/* The shortest tile of which no more are needed. */
static int64_t
shorten (const LamCoverRim *rim, int64_t tile, int64_t first, int64_t end)
{
  int64_t n = count_tiles (rim, tile, first, end);
  int64_t least = tile / rim->step, most = least;
  while (least > 1 && lam_cover_get_core (rim, (least - 1) * rim->step) > 0
      && count_tiles (rim, (least - 1) * rim->step, first, end) == n)
    least--;
  return MIN (least, most) * rim->step;
}

LamCover
lam_cover_exact (const LamCoverRim *rim, int64_t tile, bool is_fixed,
    int64_t first, int64_t end)
{
  LamCover cover = { .tile = tile };
  if (!is_fixed)
    cover.tile = shorten (rim, tile, first, end);
  cover.n = (int)count_tiles (rim, cover.tile, first, end);
  cover.tiles = g_new0 (LamCoverTile, cover.n);
  for (int i = 0; i < cover.n; i++) {
    LamCoverTile *to = &cover.tiles[i];
    to->start = find_start (rim, first);
    to->first = first;
    to->end = MIN (to->start + cover.tile - rim->after, end);
    first = to->end;
  }
  return cover;
}

void
lam_cover_clear (LamCover *cover)
{
  for (int i = 0; i < cover->n; i++)
    g_free (cover->tiles[i].shares);
  g_free (cover->tiles);
  *cover = (LamCover){ 0 };
}

void
lam_cover_clear_all (LamCover covers[3])
{
  for (int i = 0; i < 3; i++)
    lam_cover_clear (&covers[i]);
}

static float
get_share (const LamCoverTile *tile, int64_t voxel)
{
  return tile->shares ? tile->shares[voxel - tile->first] : 1;
}

bool
lam_cover_is_exact (const LamCover covers[3])
{
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < covers[i].n; j++)
      if (covers[i].tiles[j].shares)
        return false;
  return true;
}

static void
add_row (const LamCoverTile *tile, float share, const float *from, float *to)
{
  int64_t n = tile->end - tile->first;
  if (tile->shares)
    for (int64_t x = 0; x < n; x++)
      to[x] += share * tile->shares[x] * from[x];
  else
    for (int64_t x = 0; x < n; x++)
      to[x] += share * from[x];
}

void
lam_cover_add (const LamCover covers[3], const int tiles[3],
    const float *numbers, int n_classes, const LamBox *box, float *sums)
{
  const LamCoverTile *at[3];
  for (int i = 0; i < 3; i++)
    at[i] = &covers[i].tiles[tiles[i]];
  int64_t width = box->max[0] - box->min[0], rows = box->max[1] - box->min[1];
  int64_t n = lam_box_volume (box);
  int64_t n_tile = covers[0].tile * covers[1].tile * covers[2].tile;
  bool is_exact = lam_cover_is_exact (covers);
  size_t row_bytes = (size_t)(at[0]->end - at[0]->first) * sizeof (float);
  for (int c = 0; c < n_classes; c++)
    for (int64_t z = at[2]->first; z < at[2]->end; z++)
      for (int64_t y = at[1]->first; y < at[1]->end; y++) {
        const float *from = numbers + c * n_tile
            + ((z - at[2]->start) * covers[1].tile + y - at[1]->start)
                * covers[0].tile
            + at[0]->first - at[0]->start;
        float *to = sums + c * n
            + ((z - box->min[2]) * rows + y - box->min[1]) * width
            + at[0]->first - box->min[0];
        if (is_exact)
          memcpy (to, from, row_bytes);
        else
          add_row (
              at[0], get_share (at[2], z) * get_share (at[1], y), from, to);
      }
}
