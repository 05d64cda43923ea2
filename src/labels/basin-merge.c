/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Borders are summed up once, face by face, in a table of pairs, and then hang
 * on both of their pieces. A piece that takes another in takes its borders too;
 * several of them to the same neighbour are only summed up when the piece is
 * looked at. A heap gives the smallest piece, or the cheapest pair; entries
 * that are out of date are passed over: a piece that took another in is larger
 * than it was. */
#include "labels/basin-merge.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "labels/basin-edges.h"

/* What a step of the mean grey counts for beside the edges of the border. */
#define GREY_SHARE 0.1

typedef struct {
  uint32_t to;
  double sum, weight; /* of edges over the faces of this border */
} Border;

typedef struct {
  uint32_t piece;
  int64_t n_voxels; /* when it was put in */
} Entry;

/* Two pieces that could be joined. */
typedef struct {
  double cost;
  uint32_t a, b;
  int64_t n_a, n_b; /* when it was put in */
} Pair;

struct _LamBasinMerge {
  uint32_t n;
  const uint64_t *summits; /* Borrowed */
  /* Owned; of each piece, where it is a root */
  uint32_t *parent;
  int64_t *n_voxels;
  double *greys; /* sums; NULL: they do not count */
  GArray **borders; /* of Border; NULL: none */
  uint32_t *slot; /* where a neighbour is in the list that is summed up */
  GArray *heap; /* of Entry */
  GArray *pairs; /* a heap of Pair */
};

/* --- borders -------------------------------------------------------------- */

/* Open addressing; a pair of two pieces is never 0. */
typedef struct {
  uint64_t *pairs;
  double *sums, *weights;
  uint64_t mask, n;
} Table;

static void
table_init (Table *table, uint64_t n_slots)
{
  table->pairs = g_new0 (uint64_t, n_slots);
  table->sums = g_new0 (double, n_slots);
  table->weights = g_new0 (double, n_slots);
  table->mask = n_slots - 1;
  table->n = 0;
}

static void
table_clear (Table *table)
{
  g_free (table->pairs);
  g_free (table->sums);
  g_free (table->weights);
}

static uint64_t
table_find (const Table *table, uint64_t pair)
{
  uint64_t at = (pair * UINT64_C (0x9e3779b97f4a7c15)) >> 20 & table->mask;
  while (table->pairs[at] && table->pairs[at] != pair)
    at = (at + 1) & table->mask;
  return at;
}

static void
table_add (Table *table, uint64_t pair, double sum, double weight)
{
  if (table->n * 2 > table->mask) {
    Table larger;
    table_init (&larger, (table->mask + 1) * 2);
    for (uint64_t i = 0; i <= table->mask; i++)
      if (table->pairs[i])
        table_add (&larger, table->pairs[i], table->sums[i], table->weights[i]);
    table_clear (table);
    *table = larger;
  }
  const uint64_t at = table_find (table, pair);
  table->n += table->pairs[at] == 0;
  table->pairs[at] = pair;
  table->sums[at] += sum;
  table->weights[at] += weight;
}

static void
sum_up_faces (Table *table, const uint32_t *pieces, const float *edges,
    const int64_t size[3], const double faces_nm2[3])
{
  const int64_t steps[3] = { 1, size[0], size[0] * size[1] };
  int64_t i = 0, at[3];
  for (at[2] = 0; at[2] < size[2]; at[2]++)
    for (at[1] = 0; at[1] < size[1]; at[1]++)
      for (at[0] = 0; at[0] < size[0]; at[0]++, i++)
        for (int axis = 0; axis < 3; axis++) {
          if (at[axis] + 1 == size[axis])
            continue;
          const int64_t j = i + steps[axis];
          const uint32_t a = pieces[i], b = pieces[j];
          if (a == b)
            continue;
          const uint64_t pair = (uint64_t)MAX (a, b) << 32 | MIN (a, b);
          table_add (table, pair,
              (double)MAX (edges[i], edges[j]) * faces_nm2[axis],
              faces_nm2[axis]);
        }
}

static void
add_border (LamBasinMerge *merge, uint32_t piece, Border border)
{
  if (!merge->borders[piece])
    merge->borders[piece] = g_array_new (false, false, sizeof (Border));
  g_array_append_val (merge->borders[piece], border);
}

static void
hang_up (LamBasinMerge *merge, const Table *table)
{
  for (uint64_t i = 0; i <= table->mask; i++) {
    if (!table->pairs[i])
      continue;
    const uint32_t a = (uint32_t)table->pairs[i];
    const uint32_t b = (uint32_t)(table->pairs[i] >> 32);
    add_border (merge, a, (Border){ b, table->sums[i], table->weights[i] });
    add_border (merge, b, (Border){ a, table->sums[i], table->weights[i] });
  }
}

LamBasinMerge *
lam_basin_merge_new (const uint32_t *pieces, const float *edges,
    const float *greys, const int64_t size[3], const double faces_nm2[3],
    uint32_t n, const uint64_t *summits)
{
  LamBasinMerge *merge = g_new0 (LamBasinMerge, 1);
  merge->n = n;
  merge->summits = summits;
  merge->parent = g_new (uint32_t, n);
  merge->n_voxels = g_new0 (int64_t, n);
  merge->borders = g_new0 (GArray *, n);
  merge->slot = g_new0 (uint32_t, n);
  merge->heap = g_array_new (false, false, sizeof (Entry));
  merge->pairs = g_array_new (false, false, sizeof (Pair));
  for (uint32_t i = 0; i < n; i++)
    merge->parent[i] = i;
  merge->greys = greys ? g_new0 (double, n) : NULL;
  for (int64_t i = 0; i < size[0] * size[1] * size[2]; i++) {
    merge->n_voxels[pieces[i]]++;
    if (greys)
      merge->greys[pieces[i]] += (double)lam_basin_tame_grey (greys[i]);
  }
  Table table;
  table_init (&table, 1 << 12);
  sum_up_faces (&table, pieces, edges, size, faces_nm2);
  hang_up (merge, &table);
  table_clear (&table);
  return merge;
}

void
lam_basin_merge_free (LamBasinMerge *merge)
{
  for (uint32_t i = 0; i < merge->n; i++)
    if (merge->borders[i])
      g_array_unref (merge->borders[i]);
  g_free (merge->parent);
  g_free (merge->n_voxels);
  g_free (merge->greys);
  g_free (merge->borders);
  g_free (merge->slot);
  g_array_unref (merge->heap);
  g_array_unref (merge->pairs);
  g_free (merge);
}

uint32_t
lam_basin_merge_find (LamBasinMerge *merge, uint32_t piece)
{
  uint32_t *parent = merge->parent;
  while (parent[piece] != piece) {
    parent[piece] = parent[parent[piece]];
    piece = parent[piece];
  }
  return piece;
}

/* --- the smallest --------------------------------------------------------- */

static bool
is_before (const LamBasinMerge *merge, const Entry *a, const Entry *b)
{
  return a->n_voxels != b->n_voxels
      ? a->n_voxels < b->n_voxels
      : merge->summits[a->piece] < merge->summits[b->piece];
}

static void
swap (Entry *a, Entry *b)
{
  const Entry c = *a;
  *a = *b;
  *b = c;
}

static void
push (LamBasinMerge *merge, uint32_t piece)
{
  const Entry entry = { piece, merge->n_voxels[piece] };
  g_array_append_val (merge->heap, entry);
  Entry *heap = (Entry *)(void *)merge->heap->data;
  for (guint i = merge->heap->len - 1;
       i > 0 && is_before (merge, &heap[i], &heap[(i - 1) / 2]);
       i = (i - 1) / 2)
    swap (&heap[i], &heap[(i - 1) / 2]);
}

static Entry
pop (LamBasinMerge *merge)
{
  Entry *heap = (Entry *)(void *)merge->heap->data;
  const Entry first = heap[0];
  const guint n = merge->heap->len - 1;
  heap[0] = heap[n];
  g_array_set_size (merge->heap, n);
  for (guint i = 0; 2 * i + 1 < n;) {
    guint child = 2 * i + 1;
    if (child + 1 < n && is_before (merge, &heap[child + 1], &heap[child]))
      child++;
    if (!is_before (merge, &heap[child], &heap[i]))
      break;
    swap (&heap[i], &heap[child]);
    i = child;
  }
  return first;
}

/* --- joining -------------------------------------------------------------- */

/* One border to each neighbour, as they are now. */
static void
tidy (LamBasinMerge *merge, uint32_t piece)
{
  GArray *borders = merge->borders[piece];
  Border *list = (Border *)(void *)borders->data;
  guint n = 0;
  for (guint i = 0; i < borders->len; i++) {
    const uint32_t to = lam_basin_merge_find (merge, list[i].to);
    if (to == piece)
      continue;
    const uint32_t slot = merge->slot[to];
    if (slot < n && list[slot].to == to) {
      list[slot].sum += list[i].sum;
      list[slot].weight += list[i].weight;
      continue;
    }
    merge->slot[to] = n;
    list[n] = list[i];
    list[n++].to = to;
  }
  g_array_set_size (borders, n);
}

static double
find_grey (const LamBasinMerge *merge, uint32_t piece)
{
  return merge->greys ? merge->greys[piece] / (double)merge->n_voxels[piece]
                      : 0;
}

/* False: it has none. */
static bool
find_weakest (LamBasinMerge *merge, uint32_t piece, uint32_t *neighbour)
{
  double least = INFINITY;
  if (!merge->borders[piece])
    return false;
  tidy (merge, piece);
  const GArray *borders = merge->borders[piece];
  for (guint i = 0; i < borders->len; i++) {
    const Border *border = &g_array_index (borders, Border, i);
    const double cost = border->sum / border->weight
        + fabs (find_grey (merge, piece) - find_grey (merge, border->to));
    if (i > 0
        && (cost > least
            || (cost == least
                && merge->summits[border->to] > merge->summits[*neighbour])))
      continue;
    least = cost;
    *neighbour = border->to;
  }
  return borders->len > 0;
}

/* The one with more borders takes the other in. */
static uint32_t
join (LamBasinMerge *merge, uint32_t a, uint32_t b)
{
  if (merge->borders[a]->len < merge->borders[b]->len) {
    const uint32_t c = a;
    a = b;
    b = c;
  }
  g_array_append_vals (
      merge->borders[a], merge->borders[b]->data, merge->borders[b]->len);
  g_clear_pointer (&merge->borders[b], g_array_unref);
  merge->n_voxels[a] += merge->n_voxels[b];
  if (merge->greys)
    merge->greys[a] += merge->greys[b];
  merge->parent[b] = a;
  return a;
}

void
lam_basin_merge_run (LamBasinMerge *merge, double least_voxels)
{
  for (uint32_t i = 0; i < merge->n; i++)
    if (merge->parent[i] == i && (double)merge->n_voxels[i] < least_voxels)
      push (merge, i);
  while (merge->heap->len > 0) {
    const Entry entry = pop (merge);
    uint32_t neighbour = 0;
    if (merge->parent[entry.piece] != entry.piece
        || merge->n_voxels[entry.piece] != entry.n_voxels
        || !find_weakest (merge, entry.piece, &neighbour))
      continue;
    const uint32_t joined = join (merge, entry.piece, neighbour);
    if ((double)merge->n_voxels[joined] < least_voxels)
      push (merge, joined);
  }
}

/* --- the cheapest --------------------------------------------------------- */

static bool
is_cheaper (const LamBasinMerge *merge, const Pair *x, const Pair *y)
{
  if (x->cost != y->cost)
    return x->cost < y->cost;
  const uint64_t *summits = merge->summits;
  const uint64_t low_x = MIN (summits[x->a], summits[x->b]),
                 low_y = MIN (summits[y->a], summits[y->b]);
  return low_x != low_y
      ? low_x < low_y
      : MAX (summits[x->a], summits[x->b]) < MAX (summits[y->a], summits[y->b]);
}

static void
swap_pairs (Pair *a, Pair *b)
{
  const Pair c = *a;
  *a = *b;
  *b = c;
}

static void
push_pair (LamBasinMerge *merge, const Pair *pair)
{
  g_array_append_vals (merge->pairs, pair, 1);
  Pair *heap = (Pair *)(void *)merge->pairs->data;
  for (guint i = merge->pairs->len - 1;
       i > 0 && is_cheaper (merge, &heap[i], &heap[(i - 1) / 2]);
       i = (i - 1) / 2)
    swap_pairs (&heap[i], &heap[(i - 1) / 2]);
}

static Pair
pop_pair (LamBasinMerge *merge)
{
  Pair *heap = (Pair *)(void *)merge->pairs->data;
  const Pair first = heap[0];
  const guint n = merge->pairs->len - 1;
  heap[0] = heap[n];
  g_array_set_size (merge->pairs, n);
  for (guint i = 0; 2 * i + 1 < n;) {
    guint child = 2 * i + 1;
    if (child + 1 < n && is_cheaper (merge, &heap[child + 1], &heap[child]))
      child++;
    if (!is_cheaper (merge, &heap[child], &heap[i]))
      break;
    swap_pairs (&heap[i], &heap[child]);
    i = child;
  }
  return first;
}

/* With all its neighbours, or those of a higher number only. */
static void
push_pairs (LamBasinMerge *merge, uint32_t piece, bool only_higher,
    const LamBasinPrice *most)
{
  if (!merge->borders[piece])
    return;
  tidy (merge, piece);
  const GArray *borders = merge->borders[piece];
  for (guint i = 0; i < borders->len; i++) {
    const Border *border = &g_array_index (borders, Border, i);
    const double n_a = (double)merge->n_voxels[piece],
                 n_b = (double)merge->n_voxels[border->to];
    const double step =
        fabs (find_grey (merge, piece) - find_grey (merge, border->to));
    const Pair pair = { .cost =
                            (border->sum / border->weight + GREY_SHARE * step)
          * pow (n_a * n_b / (n_a + n_b), most->power),
      .a = piece,
      .b = border->to,
      .n_a = merge->n_voxels[piece],
      .n_b = merge->n_voxels[border->to] };
    if ((!only_higher || border->to > piece) && pair.cost <= most->cost
        && n_a + n_b <= most->voxels)
      push_pair (merge, &pair);
  }
}

void
lam_basin_merge_run_cheapest (LamBasinMerge *merge, const LamBasinPrice *most)
{
  for (uint32_t i = 0; i < merge->n; i++)
    if (merge->parent[i] == i)
      push_pairs (merge, i, true, most);
  while (merge->pairs->len > 0) {
    const Pair pair = pop_pair (merge);
    if (merge->parent[pair.a] != pair.a || merge->parent[pair.b] != pair.b
        || merge->n_voxels[pair.a] != pair.n_a
        || merge->n_voxels[pair.b] != pair.n_b)
      continue;
    push_pairs (merge, join (merge, pair.a, pair.b), false, most);
  }
}
