/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "labels/split-slivers.h"

/* Pieces in a larger box are looked at by nobody: they are far apart from what
 * is small. */
#define MAX_BOX (INT64_C (1) << 22)

typedef struct {
  const GArray *seeds; /* of LamFigureSeed */
  const LamVoxelSet *other; /* the set on the other side */
  int64_t min_voxels;
  LamVoxelSet *slivers;
  int *n_pieces;
  /* Owned; the largest so far, which may be one after all */
  LamVoxelSet *largest;
  int64_t n_largest;
} Side;

static bool
has_scribble (const Side *side, const LamVoxelSet *piece)
{
  for (guint i = 0; i < side->seeds->len; i++)
    if (lam_voxel_set_has (
            piece, g_array_index (side->seeds, LamFigureSeed, i).voxel))
      return true;
  return false;
}

/* Whether a voxel of the piece has one of the other side beside it. */
static bool
touches_other (const Side *side, const LamVoxelSet *piece)
{
  LamBox box = lam_voxel_set_get_box (piece);
  for (int a = 0; a < 3; a++) {
    box.min[a]--;
    box.max[a]++;
  }
  if (lam_box_volume (&box) > MAX_BOX)
    return false;
  const int64_t nx = box.max[0] - box.min[0], ny = box.max[1] - box.min[1],
                n = lam_box_volume (&box);
  const int64_t offsets[3] = { 1, nx, nx * ny };
  g_autofree bool *own = g_new (bool, n), *other = g_new (bool, n);
  lam_voxel_set_copy_mask (piece, &box, own);
  lam_voxel_set_copy_mask (side->other, &box, other);
  /* No voxel of the piece lies in the outermost layer. */
  for (int64_t i = 0; i < n; i++)
    for (int a = 0; own[i] && a < 3; a++)
      if (other[i - offsets[a]] || other[i + offsets[a]])
        return true;
  return false;
}

static void
judge (Side *side, LamVoxelSet *piece, int64_t n_voxels)
{
  if (n_voxels < side->min_voxels && !has_scribble (side, piece)
      && touches_other (side, piece)) {
    lam_voxel_set_add (side->slivers, piece);
    (*side->n_pieces)++;
  }
  lam_voxel_set_free (piece);
}

static void
take_piece (LamVoxelSet *piece, gpointer user_data)
{
  Side *side = user_data;
  const int64_t n = lam_voxel_set_count (piece);
  if (!side->largest || n > side->n_largest) {
    LamVoxelSet *smaller = side->largest;
    const int64_t n_smaller = side->n_largest;
    side->largest = piece;
    side->n_largest = n;
    if (smaller)
      judge (side, smaller, n_smaller);
  } else
    judge (side, piece, n);
}

static bool
find_of_side (
    Side *side, const LamVoxelSet *own, LamProgress *progress, GError **error)
{
  g_autoptr (LamVoxelSet) left = lam_voxel_set_copy (own);
  bool done = lam_flood_take_parts (left, take_piece, side, progress, error);
  g_clear_pointer (&side->largest, lam_voxel_set_free);
  return done;
}

void
lam_slivers_clear (LamSlivers *slivers)
{
  g_clear_pointer (&slivers->of_first, lam_voxel_set_free);
  g_clear_pointer (&slivers->of_second, lam_voxel_set_free);
}

/* Those of the second side are looked for twice: what the first side gives away
 * must not lean on them alone, and they not on what it gives away. Else two
 * halves of one piece would only change places. */
bool
lam_slivers_find (const LamVoxelSet *own, const LamVoxelSet *second,
    const GArray *seeds, int64_t min_voxels, LamSlivers *slivers,
    LamProgress *progress, GError **error)
{
  const int64_t *size = lam_voxel_set_get_size (own);
  g_autoptr (LamVoxelSet) first = lam_voxel_set_copy (own);
  g_autoptr (LamVoxelSet) likely = lam_voxel_set_new (size);
  g_autoptr (LamVoxelSet) second_kept = lam_voxel_set_copy (second);
  int n_likely = 0;
  lam_voxel_set_subtract (first, second);
  g_autoptr (LamVoxelSet) first_kept = lam_voxel_set_copy (first);
  *slivers = (LamSlivers){ .of_first = lam_voxel_set_new (size),
    .of_second = lam_voxel_set_new (size) };
  Side guess = { seeds, first, min_voxels, likely, &n_likely },
       of_first = { seeds, second_kept, min_voxels, slivers->of_first,
         &slivers->n_pieces },
       of_second = { seeds, first_kept, min_voxels, slivers->of_second,
         &slivers->n_pieces };
  if (!find_of_side (&guess, second, progress, error))
    return false;
  lam_voxel_set_subtract (second_kept, likely);
  if (!find_of_side (&of_first, first, progress, error))
    return false;
  lam_voxel_set_subtract (first_kept, slivers->of_first);
  return find_of_side (&of_second, second, progress, error);
}
