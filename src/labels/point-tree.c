/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The tree is the order of the points: the middle one of a range divides it
 * along an axis; the lower half stands before it and the upper after. Ranges of
 * a few points are searched one by one. O(n log n) to build. */
#include "labels/point-tree.h"

#define LEAF 8

struct _LamPointTree {
  LamPoint *points; /* Owned */
  uint8_t *axes; /* Owned; of each dividing point */
  int64_t n;
  double nm[3];
};

static int
find_widest_axis (const LamPointTree *tree, int64_t begin, int64_t end)
{
  int32_t least[3], most[3];
  for (int a = 0; a < 3; a++)
    least[a] = most[a] = tree->points[begin].at[a];
  for (int64_t i = begin + 1; i < end; i++)
    for (int a = 0; a < 3; a++) {
      least[a] = MIN (least[a], tree->points[i].at[a]);
      most[a] = MAX (most[a], tree->points[i].at[a]);
    }
  int best = 0;
  for (int a = 1; a < 3; a++)
    if ((most[a] - least[a]) * tree->nm[a]
        > (most[best] - least[best]) * tree->nm[best])
      best = a;
  return best;
}

/* Quickselect (Hoare 1961): the point that belongs at `middle` comes there,
 * none larger before it and none smaller after. */
static void
select_middle (
    LamPoint *points, int64_t begin, int64_t end, int64_t middle, int axis)
{
  int64_t low = begin, high = end - 1;
  while (low < high) {
    int32_t pivot = points[low + (high - low) / 2].at[axis];
    int64_t i = low, j = high;
    while (i <= j) {
      while (points[i].at[axis] < pivot)
        i++;
      while (points[j].at[axis] > pivot)
        j--;
      if (i > j)
        break;
      LamPoint held = points[i];
      points[i++] = points[j];
      points[j--] = held;
    }
    if (middle <= j)
      high = j;
    else if (middle >= i)
      low = i;
    else
      return;
  }
}

/* As deep as log2 (n). */
static void
build (LamPointTree *tree, int64_t begin, int64_t end)
{
  if (end - begin <= LEAF)
    return;
  int64_t middle = begin + (end - begin) / 2;
  int axis = find_widest_axis (tree, begin, end);
  select_middle (tree->points, begin, end, middle, axis);
  tree->axes[middle] = (uint8_t)axis;
  build (tree, begin, middle);
  build (tree, middle + 1, end);
}

LamPointTree *
lam_point_tree_new (LamPoint *points, int64_t n, const double voxel_size_nm[3])
{
  LamPointTree *tree = g_new0 (LamPointTree, 1);
  tree->points = points;
  tree->n = n;
  tree->axes = g_new0 (uint8_t, (size_t)n);
  for (int a = 0; a < 3; a++)
    tree->nm[a] = voxel_size_nm[a];
  build (tree, 0, n);
  return tree;
}

void
lam_point_tree_free (LamPointTree *tree)
{
  if (!tree)
    return;
  g_free (tree->points);
  g_free (tree->axes);
  g_free (tree);
}

int64_t
lam_point_tree_get_n (const LamPointTree *tree)
{
  return tree->n;
}

const LamPoint *
lam_point_tree_get_points (const LamPointTree *tree)
{
  return tree->points;
}

static double
get_square (const LamPointTree *tree, int64_t i, const LamPoint *from)
{
  double sum = 0;
  for (int a = 0; a < 3; a++) {
    double d =
        ((double)tree->points[i].at[a] - (double)from->at[a]) * tree->nm[a];
    sum += d * d;
  }
  return sum;
}

static double
search (const LamPointTree *tree, int64_t begin, int64_t end,
    const LamPoint *from, double best)
{
  if (end - begin <= LEAF) {
    for (int64_t i = begin; i < end; i++)
      best = MIN (best, get_square (tree, i, from));
    return best;
  }
  int64_t middle = begin + (end - begin) / 2;
  int axis = tree->axes[middle];
  double d = ((double)from->at[axis] - (double)tree->points[middle].at[axis])
      * tree->nm[axis];
  best = MIN (best, get_square (tree, middle, from));
  best = d < 0 ? search (tree, begin, middle, from, best)
               : search (tree, middle + 1, end, from, best);
  if (d * d >= best)
    return best;
  return d < 0 ? search (tree, middle + 1, end, from, best)
               : search (tree, begin, middle, from, best);
}

double
lam_point_tree_find (
    const LamPointTree *tree, const LamPoint *from, double best)
{
  return search (tree, 0, tree->n, from, best);
}
