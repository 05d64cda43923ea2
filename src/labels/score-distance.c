/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The voxels of a part ask the trees of other parts, nearest box first, until
 * no box is nearer than what was found. Voxels that are surface on both sides
 * are 0 away and are not asked for. Distances are few different numbers: they
 * are counted, not kept, so that percentiles are exact. */
#include "labels/score-distance.h"

#include <math.h>
#include <string.h>

#include "base/parallel.h"

#define CACHE_BYTES (INT64_C (384) << 20)

/* Where a class has a surface. */
typedef struct {
  int part;
  LamBox box;
} Place;

typedef struct {
  LamSurfaces *surfaces; /* Owned */
  uint64_t used;
} Kept;

/* Of one class. */
typedef struct {
  GArray *places[LAM_SCORE_N_SIDES]; /* Owned; Place */
  int64_t n[LAM_SCORE_N_SIDES]; /* voxels */
  GHashTable *counts; /* Owned; double, a square of nm → int64_t */
} Class;

struct _LamScoreDistances {
  const LamScoreSetup *setup; /* Borrowed */
  GArray *boxes; /* Borrowed */
  GMutex lock;
  GHashTable *classes; /* Owned; index → Class */
  GHashTable *kept; /* Owned; part → Kept */
  size_t n_kept_bytes;
  uint64_t clock;
  LamProgress *progress; /* Borrowed; of the run */
  int64_t n_done;
};

static void
class_free (gpointer data)
{
  Class *row = data;
  for (int side = 0; side < LAM_SCORE_N_SIDES; side++)
    g_array_unref (row->places[side]);
  g_hash_table_unref (row->counts);
  g_free (row);
}

static void
kept_free (gpointer data)
{
  Kept *kept = data;
  lam_surfaces_unref (kept->surfaces);
  g_free (kept);
}

LamScoreDistances *
lam_score_distances_new (const LamScoreSetup *setup, GArray *boxes)
{
  LamScoreDistances *distances = g_new0 (LamScoreDistances, 1);
  distances->setup = setup;
  distances->boxes = boxes;
  g_mutex_init (&distances->lock);
  distances->classes = g_hash_table_new_full (NULL, NULL, NULL, class_free);
  distances->kept = g_hash_table_new_full (NULL, NULL, NULL, kept_free);
  return distances;
}

void
lam_score_distances_free (LamScoreDistances *distances)
{
  if (!distances)
    return;
  g_hash_table_unref (distances->classes);
  g_hash_table_unref (distances->kept);
  g_mutex_clear (&distances->lock);
  g_free (distances);
}

static Class *
get_class_locked (LamScoreDistances *distances, int index)
{
  Class *row =
      g_hash_table_lookup (distances->classes, GINT_TO_POINTER (index));
  if (row)
    return row;
  row = g_new0 (Class, 1);
  for (int side = 0; side < LAM_SCORE_N_SIDES; side++)
    row->places[side] = g_array_new (FALSE, FALSE, sizeof (Place));
  row->counts =
      g_hash_table_new_full (g_double_hash, g_double_equal, g_free, g_free);
  g_hash_table_insert (distances->classes, GINT_TO_POINTER (index), row);
  return row;
}

void
lam_score_distances_note (
    LamScoreDistances *distances, int part, const LamSurfaces *surfaces)
{
  g_mutex_lock (&distances->lock);
  for (int side = 0; side < LAM_SCORE_N_SIDES; side++)
    for (guint i = 0; i < surfaces->sides[side]->len; i++) {
      const LamSurface *surface =
          &g_array_index (surfaces->sides[side], LamSurface, i);
      Class *row = get_class_locked (distances, surface->class_index);
      Place place = { part, surface->box };
      g_array_append_val (row->places[side], place);
      row->n[side] += surface->n;
    }
  g_mutex_unlock (&distances->lock);
}

static void
forget_oldest_locked (LamScoreDistances *distances)
{
  GHashTableIter iter;
  gpointer key, value, oldest = NULL;
  uint64_t used = UINT64_MAX;
  g_hash_table_iter_init (&iter, distances->kept);
  while (g_hash_table_iter_next (&iter, &key, &value)) {
    const Kept *kept = value;
    if (kept->used < used) {
      used = kept->used;
      oldest = key;
    }
  }
  const Kept *kept = g_hash_table_lookup (distances->kept, oldest);
  distances->n_kept_bytes -= kept->surfaces->n_bytes;
  g_hash_table_remove (distances->kept, oldest);
}

/* A part's, or NULL when they are not in memory. */
static LamSurfaces *
try_kept (LamScoreDistances *distances, int part)
{
  g_mutex_lock (&distances->lock);
  Kept *kept = g_hash_table_lookup (distances->kept, GINT_TO_POINTER (part));
  LamSurfaces *surfaces = kept ? lam_surfaces_ref (kept->surfaces) : NULL;
  if (kept)
    kept->used = ++distances->clock;
  g_mutex_unlock (&distances->lock);
  return surfaces;
}

static void
keep (LamScoreDistances *distances, int part, LamSurfaces *surfaces)
{
  g_mutex_lock (&distances->lock);
  if (!g_hash_table_contains (distances->kept, GINT_TO_POINTER (part))) {
    Kept *kept = g_new0 (Kept, 1);
    kept->surfaces = lam_surfaces_ref (surfaces);
    kept->used = ++distances->clock;
    distances->n_kept_bytes += surfaces->n_bytes;
    g_hash_table_insert (distances->kept, GINT_TO_POINTER (part), kept);
    while (distances->n_kept_bytes > CACHE_BYTES
        && g_hash_table_size (distances->kept) > 1)
      forget_oldest_locked (distances);
  }
  g_mutex_unlock (&distances->lock);
}

static LamSurfaces *
load (LamScoreDistances *distances, int part, GError **error)
{
  LamSurfaces *surfaces = try_kept (distances, part);
  if (surfaces)
    return surfaces;
  g_auto (LamScoreBlock) block = { 0 };
  if (!lam_score_block_read (distances->setup,
          &g_array_index (distances->boxes, LamBox, part), &block,
          lam_progress_cancellable_or_null (distances->progress), error))
    return NULL;
  surfaces = lam_surfaces_new (distances->setup, &block, true);
  keep (distances, part, surfaces);
  return surfaces;
}

/* A place that may hold nearest voxels. */
typedef struct {
  double least; /* square of nm from the asking surface's box */
  int part;
  LamBox box;
} Candidate;

/* The square of the distance between the nearest voxels of two boxes. */
static double
get_gap (const LamScoreSetup *setup, const LamBox *a, const LamBox *b)
{
  double sum = 0;
  for (int i = 0; i < 3; i++) {
    int64_t gap =
        MAX (a->min[i] - (b->max[i] - 1), b->min[i] - (a->max[i] - 1));
    double d = (double)MAX (gap, 0) * setup->voxel_size_nm[i];
    sum += d * d;
  }
  return sum;
}

static int
compare_candidates (gconstpointer a, gconstpointer b)
{
  const Candidate *one = a, *other = b;
  if (one->least != other->least)
    return one->least < other->least ? -1 : 1;
  return one->part < other->part ? -1 : one->part > other->part;
}

static GArray *
list_candidates (LamScoreDistances *distances, const LamSurface *from, int side)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (Candidate));
  /* Nothing is added any more while the run is on. */
  const Class *row = g_hash_table_lookup (
      distances->classes, GINT_TO_POINTER (from->class_index));
  for (guint i = 0; i < row->places[side]->len; i++) {
    const Place *place = &g_array_index (row->places[side], Place, i);
    Candidate candidate = { get_gap (distances->setup, &from->box, &place->box),
      place->part, place->box };
    g_array_append_val (list, candidate);
  }
  g_array_sort (list, compare_candidates);
  return list;
}

/* Improves `best` by the voxels of one place; `worst`: the largest of them
 * afterwards. */
static bool
ask (LamScoreDistances *distances, const Candidate *candidate, int side,
    const LamSurface *from, double *best, double *worst, GError **error)
{
  g_autoptr (LamSurfaces) surfaces = NULL;
  const LamSurface *to = NULL;
  int64_t n = from->n - from->n_shared;
  *worst = 0;
  for (int64_t i = 0; i < n; i++) {
    const LamPoint *point = &from->alone[i];
    LamBox box;
    for (int a = 0; a < 3; a++) {
      box.min[a] = point->at[a];
      box.max[a] = point->at[a] + 1;
    }
    if (get_gap (distances->setup, &box, &candidate->box) < best[i]) {
      if (!surfaces) {
        surfaces = load (distances, candidate->part, error);
        if (!surfaces)
          return false;
        to = lam_surfaces_find (surfaces, side, from->class_index);
        g_assert (to && to->tree);
      }
      best[i] = lam_point_tree_find (to->tree, point, best[i]);
    }
    *worst = MAX (*worst, best[i]);
  }
  return true;
}

static void
count_locked (Class *row, double square, int64_t n)
{
  int64_t *count = g_hash_table_lookup (row->counts, &square);
  if (!count) {
    count = g_new0 (int64_t, 1);
    g_hash_table_insert (
        row->counts, g_memdup2 (&square, sizeof square), count);
  }
  *count += n;
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double one = *(const double *)a, other = *(const double *)b;
  return one < other ? -1 : one > other;
}

/* Sorted first, so that each different one takes one look. */
static void
count_squares (
    LamScoreDistances *distances, const LamSurface *from, double *squares)
{
  int64_t n = from->n - from->n_shared;
  qsort (squares, (size_t)n, sizeof *squares, compare_doubles);
  g_mutex_lock (&distances->lock);
  Class *row = get_class_locked (distances, from->class_index);
  if (from->n_shared > 0)
    count_locked (row, 0, from->n_shared);
  for (int64_t i = 0; i < n;) {
    int64_t end = i + 1;
    while (end < n && squares[end] == squares[i])
      end++;
    count_locked (row, squares[i], end - i);
    i = end;
  }
  g_mutex_unlock (&distances->lock);
}

static bool
measure (LamScoreDistances *distances, const LamSurface *from, int side,
    GError **error)
{
  int64_t n = from->n - from->n_shared;
  g_autofree double *best = g_new (double, MAX (n, 1));
  for (int64_t i = 0; i < n; i++)
    best[i] = INFINITY;
  if (n > 0) {
    g_autoptr (GArray) list = list_candidates (distances, from, side);
    if (list->len == 0)
      return true;
    double worst = INFINITY;
    for (guint i = 0; i < list->len; i++) {
      const Candidate *candidate = &g_array_index (list, Candidate, i);
      if (candidate->least >= worst)
        break;
      if (!ask (distances, candidate, side, from, best, &worst, error)
          || !lam_progress_check (distances->progress, error))
        return false;
    }
  }
  count_squares (distances, from, best);
  return true;
}

static bool
measure_part (int64_t part, gpointer data, GError **error)
{
  LamScoreDistances *distances = data;
  g_autoptr (LamSurfaces) surfaces = load (distances, (int)part, error);
  if (!surfaces)
    return false;
  for (int side = 0; side < LAM_SCORE_N_SIDES; side++)
    for (guint i = 0; i < surfaces->sides[side]->len; i++)
      if (!measure (distances,
              &g_array_index (surfaces->sides[side], LamSurface, i), !side,
              error))
        return false;
  g_mutex_lock (&distances->lock);
  lam_progress_set (
      distances->progress, ++distances->n_done, distances->boxes->len);
  g_mutex_unlock (&distances->lock);
  return true;
}

bool
lam_score_distances_run (
    LamScoreDistances *distances, LamProgress *progress, GError **error)
{
  distances->progress = progress;
  distances->n_done = 0;
  return lam_parallel (
      0, distances->boxes->len, measure_part, distances, progress, error);
}

/* The k-th smallest distance, from 0. `squares` ascending. */
static double
pick (const GArray *squares, GHashTable *counts, int64_t k)
{
  for (guint i = 0; i < squares->len; i++) {
    const double *square = g_array_index (squares, const double *, i);
    k -= *(const int64_t *)g_hash_table_lookup (counts, square);
    if (k < 0)
      return sqrt (*square);
  }
  g_return_val_if_reached (NAN);
}

static int
compare_borrowed (gconstpointer a, gconstpointer b)
{
  return compare_doubles (*(gconstpointer *)a, *(gconstpointer *)b);
}

static void
summarise (const Class *row, LamScoreBoundary *boundary)
{
  g_autoptr (GArray) squares = g_array_new (FALSE, FALSE, sizeof (gpointer));
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init (&iter, row->counts);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_array_append_val (squares, key);
  g_array_sort (squares, compare_borrowed);
  int64_t n = boundary->n_truth + boundary->n_test;
  double sum = 0;
  for (guint i = 0; i < squares->len; i++) {
    const double *square = g_array_index (squares, const double *, i);
    sum += sqrt (*square)
        * (double)*(int64_t *)g_hash_table_lookup (row->counts, square);
  }
  double at = 0.95 * (double)(n - 1);
  int64_t below = (int64_t)floor (at);
  double low = pick (squares, row->counts, below);
  double high = pick (squares, row->counts, MIN (below + 1, n - 1));
  boundary->mean_nm = sum / (double)n;
  boundary->hausdorff95_nm = low + (high - low) * (at - (double)below);
  boundary->hausdorff_nm = pick (squares, row->counts, n - 1);
}

LamScoreBoundary
lam_score_distances_get (const LamScoreDistances *distances, int class_index)
{
  LamScoreBoundary boundary = { 0, 0, NAN, NAN, NAN };
  const Class *row =
      g_hash_table_lookup (distances->classes, GINT_TO_POINTER (class_index));
  if (!row)
    return boundary;
  boundary.n_truth = row->n[LAM_SCORE_TRUTH];
  boundary.n_test = row->n[LAM_SCORE_TEST];
  if (boundary.n_truth > 0 && boundary.n_test > 0)
    summarise (row, &boundary);
  return boundary;
}
