/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The finest basins of an image are compact pieces of one grey (basin-grow.c),
 * since a watershed of its slope leaks through the gaps of membranes; each next
 * size joins those that it is cheap to join (basin-merge.c). Where networks
 * spoke they are the watershed of the edges, and each next size joins those
 * that are too small for it. Either way a size is a table from finest basins to
 * names, and changing it costs nothing. 4 bytes a voxel of the core, and 8 a
 * finest basin and size. */
#include "labels/basin-block.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "labels/basin-grow.h"
#include "labels/basin-merge.h"
#include "labels/basin-smooth.h"
#include "labels/watershed.h"

/* In voxels of the finest axis, of basins … */
#define FIRST_WIDTH 6.0
/* … of the cores and margins of blocks in space and of those in a slice. */
#define SPACE_EDGE 64
#define SPACE_MARGIN 24
#define SLICE_EDGE 256
#define SLICE_MARGIN 48
/* No smaller along any axis. */
#define LEAST_EDGE 8
#define LEAST_MARGIN 2
/* The smallest basin beside one that is as wide as asked for, round. */
#define LEAST_SHARE 0.5
/* In typical edges: the step of greys that counts as much as the
 * width of a finest basin … */
#define CONTRAST 1
/* … and the edge at which two basins as wide as asked for stay apart, … */
#define MOST_EDGE 0.5
/* … none becoming more than so many times as large as asked for, round. */
#define MOST_SHARE 16

struct _LamBasinBlock {
  gatomicrefcount references;
  LamBox core;
  uint32_t n;
  /* Owned */
  uint32_t *finest; /* of the core */
  uint64_t *names[LAM_BASIN_N_SIZES]; /* of each finest basin */
};

double
lam_basin_width_nm (int size, const double voxel_size_nm[3])
{
  return FIRST_WIDTH * pow (2, size / 2.0)
      * lam_basin_finest_nm (voxel_size_nm);
}

/* --- the grid ------------------------------------------------------------- */

/* Of a block, along one axis. */
static void
get_lengths (const LamBasinKind *kind, const double nm[3], int axis,
    int64_t *edge, int64_t *margin)
{
  const double share = lam_basin_finest_nm (nm) / nm[axis];
  const int longest = kind->in_space ? SPACE_EDGE : SLICE_EDGE;
  const int widest = kind->in_space ? SPACE_MARGIN : SLICE_MARGIN;
  if (!kind->in_space && axis == lam_plane_w (kind->plane)) {
    *edge = 1;
    *margin = 0;
    return;
  }
  *edge = (int64_t)fmax (ceil (longest * share), LEAST_EDGE);
  *margin = (int64_t)fmax (ceil (widest * share), LEAST_MARGIN);
}

LamBasinPlace
lam_basin_place (const LamBasinKind *kind, const int64_t volume_size[3],
    const double voxel_size_nm[3], const int64_t voxel[3])
{
  LamBasinPlace place;
  for (int i = 0; i < 3; i++) {
    int64_t edge, margin;
    get_lengths (kind, voxel_size_nm, i, &edge, &margin);
    place.core.min[i] = voxel[i] / edge * edge;
    place.core.max[i] = MIN (place.core.min[i] + edge, volume_size[i]);
    place.around.min[i] = MAX (place.core.min[i] - margin, 0);
    place.around.max[i] = MIN (place.core.max[i] + margin, volume_size[i]);
  }
  return place;
}

LamBox
lam_basin_reach (const LamBasinKind *kind, const int64_t volume_size[3],
    const double voxel_size_nm[3], const int64_t voxel[3])
{
  LamBox box;
  for (int i = 0; i < 3; i++) {
    int64_t edge, margin;
    get_lengths (kind, voxel_size_nm, i, &edge, &margin);
    const int64_t first = MAX (voxel[i] - margin, 0);
    const int64_t last = MIN (voxel[i] + margin, volume_size[i] - 1);
    box.min[i] = first / edge * edge;
    box.max[i] = MIN (last / edge * edge + edge, volume_size[i]);
  }
  return box;
}

/* The middle of each eighth of the volume. */
LamBasinPlace
lam_basin_sample (const LamBasinKind *kind, const int64_t volume_size[3],
    const double voxel_size_nm[3], int i)
{
  int64_t voxel[3];
  for (int axis = 0; axis < 3; axis++)
    voxel[axis] = volume_size[axis] * (1 + 2 * (i >> axis & 1)) / 4;
  return lam_basin_place (kind, volume_size, voxel_size_nm, voxel);
}

static int
compare_doubles (const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The upper median: up to half of a volume may be empty. */
double
lam_basin_typical_edge (double means[LAM_BASIN_N_SAMPLES])
{
  qsort (means, LAM_BASIN_N_SAMPLES, sizeof *means, compare_doubles);
  return means[LAM_BASIN_N_SAMPLES / 2];
}

void
lam_basin_summit (uint64_t name, const int64_t volume_size[3], int64_t voxel[3])
{
  const int64_t index = (int64_t)name - 1;
  voxel[0] = index % volume_size[0];
  voxel[1] = index / volume_size[0] % volume_size[1];
  voxel[2] = index / volume_size[0] / volume_size[1];
}

/* --- making --------------------------------------------------------------- */

typedef struct {
  const LamBox *box;
  const int64_t *volume_size;
  const float *edges, *greys; /* greys or NULL */
  int64_t size[3];
  const double *nm;
  int64_t n_voxels;
  double typical_edge;
  uint32_t n;
  /* Owned */
  uint32_t *pieces; /* from 0 */
  float *lowest; /* edge of each piece's summit */
  uint64_t *names;
} Draft;

static void
draft_clear (Draft *draft)
{
  g_free (draft->pieces);
  g_free (draft->lowest);
  g_free (draft->names);
}

/* The highest where an edge is least likely. A float that is not negative has
 * the order of its bits; of those the first 16 are kept, from 0 up to that of
 * infinity, so that no height is 0. */
static uint16_t
get_height (float edge)
{
  union {
    float value;
    uint32_t bits;
  } as = { edge };
  return (uint16_t)(65535 - (as.bits << 1 >> 16));
}

static bool
flood (Draft *draft)
{
  const LamWatershedRules rules = { .connectivity = LAM_CONNECT_FACES,
    .voxel_size_nm = { 1, 1, 1 },
    .n_threads = 1 }; /* several blocks are made at once */
  g_autofree uint16_t *heights = g_try_new (uint16_t, draft->n_voxels);
  if (!heights)
    return false;
  for (int64_t i = 0; i < draft->n_voxels; i++)
    heights[i] = get_height (draft->edges[i]);
  draft->n = lam_watershed (heights, draft->size, &rules, draft->pieces, NULL);
  for (int64_t i = 0; i < draft->n_voxels; i++)
    draft->pieces[i]--;
  return draft->n > 0;
}

static bool
find_pieces (Draft *draft)
{
  draft->pieces = g_try_new (uint32_t, draft->n_voxels);
  if (!draft->pieces)
    return false;
  if (!draft->greys)
    return flood (draft);
  draft->n = lam_basin_grow (draft->box, draft->nm, draft->greys,
      CONTRAST * (float)draft->typical_edge, draft->pieces);
  return draft->n > 0;
}

/* Summits come in the order of the volume: the first of equal ones counts. */
static void
name_pieces (Draft *draft)
{
  const LamBox *box = draft->box;
  int64_t i = 0;
  draft->lowest = g_new (float, draft->n);
  draft->names = g_new0 (uint64_t, draft->n);
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++)
      for (int64_t x = box->min[0]; x < box->max[0]; x++, i++) {
        const uint32_t piece = draft->pieces[i];
        if (draft->names[piece] && draft->edges[i] >= draft->lowest[piece])
          continue;
        draft->lowest[piece] = draft->edges[i];
        draft->names[piece] = 1
            + (uint64_t)(x
                + draft->volume_size[0] * (y + draft->volume_size[1] * z));
      }
}

/* Gives the core its own numbers; `pieces` gets the draft's of each. */
static void
cut_core (LamBasinBlock *block, const Draft *draft, GArray *pieces)
{
  const LamBox *core = &block->core, *box = draft->box;
  g_autofree uint32_t *numbers = g_new0 (uint32_t, draft->n);
  int64_t i = 0;
  for (int64_t z = core->min[2]; z < core->max[2]; z++)
    for (int64_t y = core->min[1]; y < core->max[1]; y++)
      for (int64_t x = core->min[0]; x < core->max[0]; x++) {
        const uint32_t piece = draft->pieces[x - box->min[0]
            + draft->size[0]
                * (y - box->min[1] + draft->size[1] * (z - box->min[2]))];
        if (numbers[piece] == 0) {
          g_array_append_val (pieces, piece);
          numbers[piece] = pieces->len;
        }
        block->finest[i++] = numbers[piece] - 1;
      }
  block->n = pieces->len;
}

/* The names of one size: each piece has that of the highest summit among those
 * it is one with. */
static void
name_size (LamBasinBlock *block, const Draft *draft, LamBasinMerge *merge,
    const GArray *pieces, int size)
{
  g_autofree uint32_t *best = g_new (uint32_t, draft->n);
  memset (best, 0xff, draft->n * sizeof *best);
  for (uint32_t i = 0; i < draft->n; i++) {
    const uint32_t root = lam_basin_merge_find (merge, i);
    const uint32_t last = best[root];
    if (last == UINT32_MAX || draft->lowest[i] < draft->lowest[last]
        || (draft->lowest[i] == draft->lowest[last]
            && draft->names[i] < draft->names[last]))
      best[root] = i;
  }
  block->names[size] = g_new (uint64_t, block->n);
  for (uint32_t i = 0; i < block->n; i++) {
    const uint32_t root =
        lam_basin_merge_find (merge, g_array_index (pieces, uint32_t, i));
    block->names[size][i] = draft->names[best[root]];
  }
}

/* Of a round basin as wide as asked for. */
static double
get_voxels (const LamBasinKind *kind, const double nm[3], int size)
{
  const double width = lam_basin_width_nm (size, nm);
  if (kind->in_space)
    return G_PI / 6 * width * width * width / (nm[0] * nm[1] * nm[2]);
  return G_PI / 4 * width * width
      / (nm[lam_plane_u (kind->plane)] * nm[lam_plane_v (kind->plane)]);
}

static void
join_to_size (LamBasinMerge *merge, const Draft *draft,
    const LamBasinKind *kind, int size)
{
  const double voxels = get_voxels (kind, draft->nm, size);
  if (!draft->greys) {
    lam_basin_merge_run (merge, LEAST_SHARE * voxels);
    return;
  }
  LamBasinPrice most = { .power = kind->in_space ? 1 / 3.0 : 1 / 2.0,
    .voxels = MOST_SHARE * voxels };
  most.cost = MOST_EDGE * draft->typical_edge * pow (voxels, most.power);
  lam_basin_merge_run_cheapest (merge, &most);
}

static void
name_sizes (LamBasinBlock *block, const Draft *draft, const LamBasinKind *kind)
{
  const double *nm = draft->nm;
  const double faces_nm2[3] = { nm[1] * nm[2], nm[0] * nm[2], nm[0] * nm[1] };
  g_autoptr (GArray) pieces = g_array_new (false, false, sizeof (uint32_t));
  LamBasinMerge *merge = lam_basin_merge_new (draft->pieces, draft->edges,
      draft->greys, draft->size, faces_nm2, draft->n, draft->names);
  cut_core (block, draft, pieces);
  for (int size = 0; size < LAM_BASIN_N_SIZES; size++) {
    join_to_size (merge, draft, kind, size);
    name_size (block, draft, merge, pieces, size);
  }
  lam_basin_merge_free (merge);
}

LamBasinBlock *
lam_basin_block_new (const LamBasinKind *kind, const LamBasinPlace *place,
    const int64_t volume_size[3], const double voxel_size_nm[3],
    const float *edges, const float *greys, double typical_edge)
{
  g_return_val_if_fail (!lam_box_is_empty (&place->core), NULL);
  Draft draft = { .box = &place->around,
    .volume_size = volume_size,
    .edges = edges,
    .greys = greys,
    .nm = voxel_size_nm,
    .typical_edge = typical_edge,
    .n_voxels = lam_box_volume (&place->around) };
  for (int i = 0; i < 3; i++)
    draft.size[i] = place->around.max[i] - place->around.min[i];
  LamBasinBlock *block = g_new0 (LamBasinBlock, 1);
  g_atomic_ref_count_init (&block->references);
  block->core = place->core;
  block->finest = g_try_new (uint32_t, lam_box_volume (&place->core));
  if (!block->finest || !find_pieces (&draft)) {
    draft_clear (&draft);
    lam_basin_block_unref (block);
    return NULL;
  }
  name_pieces (&draft);
  name_sizes (block, &draft, kind);
  draft_clear (&draft);
  return block;
}

LamBasinBlock *
lam_basin_block_ref (LamBasinBlock *block)
{
  g_atomic_ref_count_inc (&block->references);
  return block;
}

void
lam_basin_block_unref (LamBasinBlock *block)
{
  if (!g_atomic_ref_count_dec (&block->references))
    return;
  for (int i = 0; i < LAM_BASIN_N_SIZES; i++)
    g_free (block->names[i]);
  g_free (block->finest);
  g_free (block);
}

/* --- reading -------------------------------------------------------------- */

const LamBox *
lam_basin_block_get_core (const LamBasinBlock *block)
{
  return &block->core;
}

const uint32_t *
lam_basin_block_get_finest (const LamBasinBlock *block)
{
  return block->finest;
}

const uint64_t *
lam_basin_block_get_names (const LamBasinBlock *block, int size)
{
  g_return_val_if_fail (size >= 0 && size < LAM_BASIN_N_SIZES, NULL);
  return block->names[size];
}

uint64_t
lam_basin_block_find (
    const LamBasinBlock *block, int size, const int64_t voxel[3])
{
  const LamBox *core = &block->core;
  const int64_t nx = core->max[0] - core->min[0];
  const int64_t ny = core->max[1] - core->min[1];
  const int64_t at = voxel[0] - core->min[0]
      + nx * (voxel[1] - core->min[1] + ny * (voxel[2] - core->min[2]));
  g_return_val_if_fail (lam_box_contains (core, voxel), 0);
  return lam_basin_block_get_names (block, size)[block->finest[at]];
}

size_t
lam_basin_block_get_bytes (const LamBasinBlock *block)
{
  return sizeof *block
      + (size_t)lam_box_volume (&block->core) * sizeof (uint32_t)
      + block->n * LAM_BASIN_N_SIZES * sizeof (uint64_t);
}
