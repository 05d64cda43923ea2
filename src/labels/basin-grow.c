/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The voxel that is most like a piece beside it joins that piece next. How
 * unlike it is: how far the grey, a little and much smoothed, is from the mean
 * of the piece, and how far the voxel is from its centre. A voxel waits for one
 * piece at a time, the most alike, in a list of those about equally unlike
 * (steps of 1 %), first come first served; a tree of bits over the lists tells
 * the first that is not empty. Each voxel takes its place in one list and
 * leaves it once, so the time is linear; 32 bytes a voxel beside the pieces. */
#include "labels/basin-grow.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "labels/basin-edges.h"
#include "labels/basin-smooth.h"

/* In voxels of the finest axis: of pieces … */
#define WIDTH 5.0
/* … and of the two curves that smooth the grey. */
#define SIGMA 1
#define SIGMA_AROUND 5

#define NOBODY UINT32_MAX
#define N_LISTS 32768
/* In the list of none: not yet, or no more. */
#define NOT_WAITING UINT16_MAX
#define IS_IN (UINT16_MAX - 1)

typedef struct {
  uint32_t first, last;
} List;

typedef struct {
  float grey, around, at[3]; /* sums */
  float n;
} Piece;

/* Side by side in memory, since all of it is needed at once. */
typedef struct {
  float grey, around;
  uint32_t piece; /* the one it waits for or is in */
  uint32_t next, last; /* in its list */
  uint16_t list; /* or NOT_WAITING, or IS_IN */
} Voxel;

typedef struct {
  int64_t size[3];
  int64_t n_voxels;
  float step[3]; /* of a voxel, in widths, times the contrast */
  /* Owned */
  Voxel *voxels;
  List *lists;
  uint64_t *words; /* a bit a list that is not empty */
  uint64_t *words_of_words; /* a bit a word that is not 0 */
  GArray *sums; /* Piece */
} Growth;

/* --- lists ---------------------------------------------------------------- */

static void
leave_list (Growth *growth, uint32_t i)
{
  Voxel *voxels = growth->voxels;
  const uint32_t list = voxels[i].list;
  List *ends = &growth->lists[list];
  const uint32_t next = voxels[i].next, last = voxels[i].last;
  *(last == NOBODY ? &ends->first : &voxels[last].next) = next;
  *(next == NOBODY ? &ends->last : &voxels[next].last) = last;
  if (ends->first != NOBODY)
    return;
  growth->words[list / 64] &= ~(UINT64_C (1) << list % 64);
  if (growth->words[list / 64] == 0)
    growth->words_of_words[list / 4096] &= ~(UINT64_C (1) << list / 64 % 64);
}

static void
enter_list (Growth *growth, uint32_t i, uint16_t list)
{
  List *ends = &growth->lists[list];
  Voxel *voxel = &growth->voxels[i];
  voxel->list = list;
  voxel->next = NOBODY;
  voxel->last = ends->last;
  *(ends->last == NOBODY ? &ends->first : &growth->voxels[ends->last].next) = i;
  ends->last = i;
  growth->words[list / 64] |= UINT64_C (1) << list % 64;
  growth->words_of_words[list / 4096] |= UINT64_C (1) << list / 64 % 64;
}

/* NOBODY: no voxel waits. */
static uint32_t
get_first (const Growth *growth)
{
  for (int i = 0; i < N_LISTS / 4096; i++) {
    if (growth->words_of_words[i] == 0)
      continue;
    const int word = 64 * i + __builtin_ctzll (growth->words_of_words[i]);
    const int list = 64 * word + __builtin_ctzll (growth->words[word]);
    return growth->lists[list].first;
  }
  return NOBODY;
}

/* --- growing -------------------------------------------------------------- */

/* A float that is not negative has the order of its bits; the sign and the last
 * 16 are left out. */
static uint16_t
get_list (float unlike)
{
  union {
    float value;
    uint32_t bits;
  } as = { unlike };
  return (uint16_t)(as.bits >> 16);
}

static void
offer (Growth *growth, uint32_t i, const int64_t at[3], uint32_t piece)
{
  Voxel *voxel = &growth->voxels[i];
  const Piece *sums = &g_array_index (growth->sums, Piece, piece);
  const float share = 1 / sums->n;
  const float grey = voxel->grey - sums->grey * share;
  const float around = voxel->around - sums->around * share;
  float unlike = grey * grey + around * around;
  for (int axis = 0; axis < 3; axis++) {
    const float d =
        ((float)at[axis] - sums->at[axis] * share) * growth->step[axis];
    unlike += d * d;
  }
  const uint16_t list = get_list (unlike);
  if (list >= voxel->list)
    return;
  if (voxel->list != NOT_WAITING)
    leave_list (growth, i);
  voxel->piece = piece;
  enter_list (growth, i, list);
}

static void
join (Growth *growth, uint32_t i)
{
  const int64_t *size = growth->size;
  const int64_t steps[3] = { 1, size[0], size[0] * size[1] };
  int64_t at[3] = { i % size[0], i / size[0] % size[1], i / size[0] / size[1] };
  Voxel *voxel = &growth->voxels[i];
  Piece *sums = &g_array_index (growth->sums, Piece, voxel->piece);
  voxel->list = IS_IN;
  sums->grey += voxel->grey;
  sums->around += voxel->around;
  sums->n++;
  for (int axis = 0; axis < 3; axis++)
    sums->at[axis] += (float)at[axis];
  for (int axis = 0; axis < 3; axis++)
    for (int way = -1; way <= 1; way += 2) {
      if (at[axis] + way < 0 || at[axis] + way >= size[axis])
        continue;
      const uint32_t to = (uint32_t)(i + way * steps[axis]);
      at[axis] += way;
      if (growth->voxels[to].list != IS_IN)
        offer (growth, to, at, voxel->piece);
      at[axis] -= way;
    }
}

/* Along one axis; where no place of the grid is in the box, its middle. */
static GArray *
list_seeds (int64_t min, int64_t max, double width_voxels)
{
  GArray *list = g_array_new (false, false, sizeof (int64_t));
  const int64_t edge = (int64_t)fmax (round (width_voxels), 1);
  for (int64_t at = min / edge * edge + edge / 2; at < max; at += edge) {
    const int64_t inside = at - min;
    if (inside >= 0)
      g_array_append_val (list, inside);
  }
  const int64_t middle = (max - min) / 2;
  if (list->len == 0)
    g_array_append_val (list, middle);
  return list;
}

static void
sow (Growth *growth, const LamBox *box, const double width_voxels[3])
{
  GArray *at[3];
  for (int i = 0; i < 3; i++)
    at[i] = list_seeds (box->min[i], box->max[i], width_voxels[i]);
  for (guint z = 0; z < at[2]->len; z++)
    for (guint y = 0; y < at[1]->len; y++)
      for (guint x = 0; x < at[0]->len; x++) {
        const int64_t seed = g_array_index (at[0], int64_t, x)
            + growth->size[0]
                * (g_array_index (at[1], int64_t, y)
                    + growth->size[1] * g_array_index (at[2], int64_t, z));
        growth->voxels[seed].piece = growth->sums->len;
        g_array_set_size (growth->sums, growth->sums->len + 1);
        enter_list (growth, (uint32_t)seed, 0);
      }
  for (int i = 0; i < 3; i++)
    g_array_unref (at[i]);
}

static void
grow_all (Growth *growth)
{
  for (uint32_t voxel = get_first (growth); voxel != NOBODY;
       voxel = get_first (growth)) {
    leave_list (growth, voxel);
    join (growth, voxel);
  }
}

/* --- all of it ------------------------------------------------------------ */

static bool
smooth_greys (const int64_t size[3], const double nm[3], const float *greys,
    Voxel *voxels)
{
  const int64_t n = size[0] * size[1] * size[2];
  g_autofree float *smooth = g_try_new (float, n);
  g_autofree float *spare = g_try_new (float, n);
  if (!smooth || !spare)
    return false;
  for (int64_t i = 0; i < n; i++)
    smooth[i] = lam_basin_tame_grey (greys[i]);
  lam_basin_smooth (size, nm, SIGMA, smooth, spare);
  for (int64_t i = 0; i < n; i++) {
    voxels[i].grey = smooth[i];
    smooth[i] = lam_basin_tame_grey (greys[i]);
  }
  lam_basin_smooth (size, nm, SIGMA_AROUND, smooth, spare);
  for (int64_t i = 0; i < n; i++) {
    voxels[i].around = smooth[i];
    voxels[i].list = NOT_WAITING;
  }
  return true;
}

static void
growth_init (Growth *growth)
{
  growth->lists = g_new (List, N_LISTS);
  memset (growth->lists, 0xff, N_LISTS * sizeof *growth->lists);
  growth->words = g_new0 (uint64_t, N_LISTS / 64);
  growth->words_of_words = g_new0 (uint64_t, N_LISTS / 4096);
  growth->sums = g_array_new (false, true, sizeof (Piece));
}

static void
growth_clear (Growth *growth)
{
  g_free (growth->lists);
  g_free (growth->words);
  g_free (growth->words_of_words);
  g_array_unref (growth->sums);
}

uint32_t
lam_basin_grow (const LamBox *box, const double voxel_size_nm[3],
    const float *greys, float contrast, uint32_t *pieces)
{
  const int64_t n = lam_box_volume (box);
  const double finest = lam_basin_finest_nm (voxel_size_nm);
  double width_voxels[3];
  g_return_val_if_fail (n > 0 && n < UINT32_MAX, 0);
  Growth growth = { .n_voxels = n };
  g_autofree Voxel *voxels = growth.voxels = g_try_new (Voxel, n);
  for (int i = 0; i < 3; i++) {
    growth.size[i] = box->max[i] - box->min[i];
    width_voxels[i] = WIDTH * finest / voxel_size_nm[i];
    growth.step[i] = contrast / (float)width_voxels[i];
  }
  if (!voxels || !smooth_greys (growth.size, voxel_size_nm, greys, voxels))
    return 0;
  growth_init (&growth);
  sow (&growth, box, width_voxels);
  grow_all (&growth);
  const uint32_t n_pieces = growth.sums->len;
  for (int64_t i = 0; i < n; i++)
    pieces[i] = voxels[i].piece;
  growth_clear (&growth);
  return n_pieces;
}
