/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Dijkstra's way, by Dial's queue: the lengths of steps are whole numbers of a
 * unit, the longest of them less than there are buckets, so that what waits
 * never goes round the ring. A voxel that is reached by a shorter way moves to
 * another bucket; each is followed once. */
#include "labels/nearest-flood.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"

#define N_BUCKETS 4096 /* a power of two */
#define CHECK_VOXELS (1 << 18) /* some hundredths of a second */
#define FAR UINT32_MAX
#define END UINT32_MAX

/* To a neighbour. */
typedef struct {
  int by[3];
  int64_t offset;
  uint32_t length;
} Step;

typedef struct {
  uint32_t *owners; /* Borrowed */
  const int64_t *size; /* Borrowed */
  Step steps[26];
  int n_steps;
  uint32_t first[N_BUCKETS]; /* of those who wait in it, or END */
  uint32_t bucket; /* that is being emptied */
  int64_t n_waiting;
  /* Owned; by voxel */
  uint32_t *ways; /* how long the shortest one known is; FAR: none is */
  uint32_t *next, *previous; /* in the bucket, or END */
} Flood;

static void
flood_free (Flood *flood)
{
  g_free (flood->ways);
  g_free (flood->next);
  g_free (flood->previous);
  g_free (flood);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Flood, flood_free)

static double
measure (const int by[3], const double nm[3])
{
  const bool is_known = nm[0] > 0 && nm[1] > 0 && nm[2] > 0;
  double sum = 0;
  for (int a = 0; a < 3; a++)
    sum += by[a] * by[a] * (is_known ? nm[a] * nm[a] : 1);
  return sqrt (sum);
}

static void
find_steps (Flood *flood, LamConnectivity connectivity, const double nm[3])
{
  const int64_t *size = flood->size;
  const double unit = measure ((const int[3]){ 1, 1, 1 }, nm) / (N_BUCKETS - 1);
  for (int k = 0; k < 27; k++) {
    const int by[3] = { k % 3 - 1, k / 3 % 3 - 1, k / 9 - 1 };
    if (!lam_connectivity_has (connectivity, by[0], by[1], by[2]))
      continue;
    flood->steps[flood->n_steps++] = (Step){ .by = { by[0], by[1], by[2] },
      .offset = by[0] + size[0] * (by[1] + size[1] * by[2]),
      .length = (uint32_t)fmax (round (measure (by, nm) / unit), 1) };
  }
}

static Flood *
new_flood (uint32_t *owners, const int64_t size[3], GError **error)
{
  g_autoptr (Flood) flood = g_new0 (Flood, 1);
  const gsize n = (gsize)(size[0] * size[1] * size[2]);
  flood->owners = owners;
  flood->size = size;
  memset (flood->first, 0xff, sizeof flood->first);
  flood->ways = g_try_new (uint32_t, n);
  flood->next = g_try_new (uint32_t, n);
  flood->previous = g_try_new (uint32_t, n);
  if (flood->ways && flood->next && flood->previous)
    return g_steal_pointer (&flood);
  g_set_error (error, LAM_ERROR, LAM_ERROR_LIMIT,
      _ ("There is no memory to split an object in a box of %" G_GSIZE_FORMAT
         " voxels"),
      n);
  return NULL;
}

static uint32_t *
get_bucket (Flood *flood, uint32_t i)
{
  return &flood->first[flood->ways[i] % N_BUCKETS];
}

static void
push (Flood *flood, uint32_t i)
{
  uint32_t *first = get_bucket (flood, i);
  flood->next[i] = *first;
  flood->previous[i] = END;
  if (*first != END)
    flood->previous[*first] = i;
  *first = i;
  flood->n_waiting++;
}

static void
take_out (Flood *flood, uint32_t i)
{
  const uint32_t next = flood->next[i], previous = flood->previous[i];
  if (previous == END)
    *get_bucket (flood, i) = next;
  else
    flood->next[previous] = next;
  if (next != END)
    flood->previous[next] = previous;
  flood->n_waiting--;
}

static uint32_t
pop (Flood *flood)
{
  while (flood->first[flood->bucket] == END)
    flood->bucket = (flood->bucket + 1) % N_BUCKETS;
  const uint32_t i = flood->first[flood->bucket];
  take_out (flood, i);
  return i;
}

typedef struct {
  uint32_t i;
  int64_t at[3];
  bool is_inner; /* all beside it are in the box */
} Place;

static Place
find_place (const Flood *flood, uint32_t i)
{
  const int64_t *size = flood->size;
  Place place = { i,
    { i % size[0], i / size[0] % size[1], i / size[0] / size[1] }, true };
  for (int a = 0; a < 3; a++)
    place.is_inner &= place.at[a] > 0 && place.at[a] + 1 < size[a];
  return place;
}

/* False: that is outside of the box. */
static inline bool
take_step (
    const Flood *flood, const Place *place, const Step *step, uint32_t *to)
{
  bool is_inside = true;
  for (int a = 0; a < 3 && !place->is_inner; a++)
    is_inside &= place->at[a] + step->by[a] >= 0
        && place->at[a] + step->by[a] < flood->size[a];
  *to = (uint32_t)(place->i + step->offset);
  return is_inside;
}

static void
follow (Flood *flood, uint32_t i)
{
  const Place place = find_place (flood, i);
  /* Longer ways than can be counted are all alike. */
  const uint32_t so_far = MIN (flood->ways[i], FAR - N_BUCKETS);
  for (int k = 0; k < flood->n_steps; k++) {
    const uint32_t way = so_far + flood->steps[k].length;
    uint32_t to;
    if (!take_step (flood, &place, &flood->steps[k], &to)
        || way >= flood->ways[to])
      continue;
    if (flood->ways[to] != FAR)
      take_out (flood, to);
    flood->ways[to] = way;
    flood->owners[to] = flood->owners[i];
    push (flood, to);
  }
}

/* From what has an owner to what lies beside it. */
static void
reach (Flood *flood, uint32_t i)
{
  const Place place = find_place (flood, i);
  for (int k = 0; k < flood->n_steps; k++) {
    const uint32_t way = flood->steps[k].length;
    uint32_t from;
    if (!take_step (flood, &place, &flood->steps[k], &from)
        || flood->ways[from] != 0 || flood->owners[from] >= LAM_FLOOD_NOBODY
        || way >= flood->ways[i])
      continue;
    flood->ways[i] = way;
    flood->owners[i] = flood->owners[from];
  }
  if (flood->ways[i] != FAR)
    push (flood, i);
}

/* By whichever is less, what has an owner or what has none. */
static void
begin (Flood *flood, int64_t n)
{
  int64_t n_owned = 0, n_free = 0;
  for (int64_t i = 0; i < n; i++) {
    const bool is_free = flood->owners[i] == LAM_FLOOD_NOBODY;
    flood->ways[i] = is_free ? FAR : 0;
    n_free += is_free;
    n_owned += flood->owners[i] < LAM_FLOOD_NOBODY;
  }
  for (int64_t i = 0; i < n; i++)
    if (n_free < n_owned && flood->ways[i] == FAR)
      reach (flood, (uint32_t)i);
    else if (n_free >= n_owned && flood->owners[i] < LAM_FLOOD_NOBODY
        && flood->ways[i] == 0)
      push (flood, (uint32_t)i);
}

bool
lam_nearest_flood (uint32_t *owners, const int64_t size[3],
    const double voxel_size_nm[3], LamConnectivity connectivity,
    LamProgress *progress, GError **error)
{
  const int64_t n = size[0] * size[1] * size[2];
  g_return_val_if_fail (n < END, false);
  g_autoptr (Flood) flood = new_flood (owners, size, error);
  if (!flood)
    return false;
  find_steps (flood, connectivity, voxel_size_nm);
  begin (flood, n);
  for (int64_t n_done = 1; flood->n_waiting > 0; n_done++) {
    follow (flood, pop (flood));
    if (n_done % CHECK_VOXELS == 0 && !lam_progress_check (progress, error))
      return false;
  }
  return true;
}
