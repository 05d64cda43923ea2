/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which neighbour is the highest takes no order but that of heights, so all
 * voxels are asked at once, a row against each row beside it. Then each is led
 * up along those links, which are cut short on the way: several threads may do
 * that to the same voxels, since whatever they write leads to the same summit.
 */
#include "labels/summits.h"

#include "base/clones.h"

/* A voxel is 0 outside, has the number of its summit, or is a link: the next
 * voxel uphill, or for summits that have no number yet … */
#define LINK (UINT32_C (1) << 31)
#define SUMMIT UINT32_MAX /* … this. */

/* Of the steps to 26 neighbours and of none: the lower in memory the higher, so
 * that of equal heights the first wins. */
#define CODE_BITS 5
#define SELF 13

typedef struct {
  const LamHeightMap *map; /* Borrowed */
  LamMapStep steps[26];
  int n_steps;
  int64_t offsets[27]; /* by code */
  uint32_t *links; /* Borrowed */
  GArray **summits; /* Owned; by part, owned, of uint32_t */
} Work;

static int32_t
get_code (const LamMapStep *step)
{
  return SELF - step->by[0] - 3 * step->by[1] - 9 * step->by[2];
}

/* Heights and codes in one number. */
LAM_CLONES static void
compare (const uint16_t *restrict heights, int32_t code, int64_t n,
    int32_t *restrict best)
{
  for (int64_t i = 0; i < n; i++) {
    const int32_t key = heights[i] << CODE_BITS | code;
    best[i] = key > best[i] ? key : best[i];
  }
}

/* Voxels `first` to `end` - 1 of a row, of which the others are outside. */
static void
link_inside (const Work *work, int64_t row, int64_t first, int64_t end,
    int32_t *best, GArray *summits)
{
  const int64_t width = work->map->size[0], start = row * width;
  const uint16_t *heights = work->map->heights + start;
  for (int64_t x = first; x < end; x++)
    best[x] = heights[x] << CODE_BITS | SELF;
  for (int k = 0; k < work->n_steps; k++) {
    const LamMapStep *step = &work->steps[k];
    if (!lam_height_map_has_row (work->map, row, step))
      continue;
    const int64_t from = MAX (first, -step->by[0]);
    const int64_t to = MIN (end, width - MAX (step->by[0], 0));
    compare (
        heights + step->offset + from, get_code (step), to - from, best + from);
  }
  for (int64_t x = first; x < end; x++) {
    const int code = best[x] & ((1 << CODE_BITS) - 1);
    const uint32_t i = (uint32_t)(start + x);
    const bool is_summit = heights[x] > 0 && code == SELF;
    work->links[i] = heights[x] == 0 ? 0
        : is_summit                  ? SUMMIT
                    : LINK | (uint32_t)(i + work->offsets[code]);
    if (is_summit)
      g_array_append_val (summits, i);
  }
}

static void
link_rows (int64_t part, int64_t row, int64_t end_row, gpointer data)
{
  Work *work = data;
  const int64_t width = work->map->size[0];
  g_autofree int32_t *best = g_new (int32_t, width);
  GArray *summits = g_array_new (false, false, sizeof (uint32_t));
  for (; row < end_row; row++) {
    const uint16_t *heights = work->map->heights + row * width;
    uint32_t *links = work->links + row * width;
    int64_t first = 0, end = width;
    while (first < end && heights[first] == 0)
      links[first++] = 0;
    while (end > first && heights[end - 1] == 0)
      links[--end] = 0;
    if (first < end)
      link_inside (work, row, first, end, best, summits);
  }
  work->summits[part] = summits;
}

static uint32_t
get_link (const uint32_t *links, uint32_t i)
{
  return __atomic_load_n (&links[i], __ATOMIC_RELAXED);
}

static void
lead_up (uint32_t *links, uint32_t i)
{
  uint32_t summit = get_link (links, i);
  while (summit & LINK)
    summit = get_link (links, summit & ~LINK);
  for (uint32_t next = get_link (links, i); next & LINK;
       next = get_link (links, i)) {
    __atomic_store_n (&links[i], summit, __ATOMIC_RELAXED);
    i = next & ~LINK;
  }
}

static void
lead_rows_up (int64_t part, int64_t row, int64_t end_row, gpointer data)
{
  const Work *work = data;
  const int64_t width = work->map->size[0];
  for (int64_t i = row * width; i < end_row * width; i++)
    lead_up (work->links, (uint32_t)i);
}

static GArray *
number_summits (Work *work)
{
  GArray *all = g_array_new (false, true, sizeof (uint32_t));
  const int64_t n_parts = lam_height_map_count_parts (work->map);
  g_array_set_size (all, 1);
  for (int64_t part = 0; part < n_parts; part++)
    g_array_append_vals (
        all, work->summits[part]->data, work->summits[part]->len);
  for (uint32_t i = 1; i < all->len; i++)
    work->links[g_array_index (all, uint32_t, i)] = i;
  return all;
}

GArray *
lam_summits_find (const LamHeightMap *map, uint32_t *basins)
{
  const int64_t n_parts = lam_height_map_count_parts (map);
  g_autofree GArray **summits = g_new0 (GArray *, n_parts);
  Work work = { .map = map, .links = basins, .summits = summits };
  g_autoptr (GArray) all = NULL;
  work.n_steps = lam_height_map_list_steps (map, work.steps);
  for (int k = 0; k < work.n_steps; k++)
    work.offsets[get_code (&work.steps[k])] = work.steps[k].offset;
  bool done = lam_height_map_walk (map, link_rows, &work);
  if (done)
    all = number_summits (&work);
  done = done && lam_height_map_walk (map, lead_rows_up, &work);
  for (int64_t part = 0; part < n_parts; part++)
    g_clear_pointer (&summits[part], g_array_unref);
  return done ? g_steal_pointer (&all) : NULL;
}
