/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Augmentations that move voxels: flip, rotate, turn, elastic. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "segment/augment-rows.h"

static bool
toss (LamRandom *random)
{
  return lam_random_u32 (random) >> 31;
}

/* Each axis by itself; not all three unturned. */
static void
apply_flip (
    LamPatch *patch, const double *values, bool is_isotropic, LamRandom *random)
{
  const int axes[3] = { 0, 1, 2 };
  uint32_t bits = 1 + lam_random_u32 (random) % 7;
  const int flips[3] = { bits & 1, bits >> 1 & 1, bits >> 2 & 1 };
  lam_patch_turn (patch, axes, flips);
}

const LamAugment lam_augment_flip = {
  .name = "flip",
  .title = N_ ("Mirror along x, y, z"),
  .apply = apply_flip,
};

/* A turn is a change of places of the axes with an even number of changes of
 * direction and sides taken together. */
static void
choose_cube_turn (int axes[3], int flips[3], LamRandom *random)
{
  static const int orders[6][3] = { { 0, 1, 2 }, { 1, 2, 0 }, { 2, 0, 1 },
    { 1, 0, 2 }, { 0, 2, 1 }, { 2, 1, 0 } };
  int order = (int)(lam_random_u32 (random) % 6);
  for (int i = 0; i < 3; i++)
    axes[i] = orders[order][i];
  flips[0] = toss (random);
  flips[1] = toss (random);
  flips[2] = (flips[0] + flips[1] + (order >= 3)) & 1;
}

static void
choose_plane_turn (
    const LamPatch *patch, int axes[3], int flips[3], LamRandom *random)
{
  bool is_square = patch->size[0] == patch->size[1];
  int quarters = is_square ? 1 + (int)(lam_random_u32 (random) % 3) : 2;
  if (quarters != 2) {
    axes[0] = 1;
    axes[1] = 0;
  }
  flips[0] = quarters >= 2;
  flips[1] = quarters <= 2;
}

static void
apply_rotate (
    LamPatch *patch, const double *values, bool is_isotropic, LamRandom *random)
{
  int axes[3] = { 0, 1, 2 }, flips[3] = { 0, 0, 0 };
  bool is_cube = patch->size[0] == patch->size[1]
      && patch->size[1] == patch->size[2] && patch->size[2] > 1;
  if (is_cube && is_isotropic)
    choose_cube_turn (axes, flips, random);
  else
    choose_plane_turn (patch, axes, flips, random);
  lam_patch_turn (patch, axes, flips);
}

const LamAugment lam_augment_rotate = {
  .name = "rotate",
  .title = N_ ("Rotate by quarters of a turn, in space where voxels and patch "
               "are cubes"),
  .apply = apply_rotate,
};

typedef struct {
  double matrix[4];
  double centre[2];
} Turn;

static void
move_turn (gconstpointer data, int64_t z, double *x, double *y)
{
  const Turn *turn = data;
  double u = *x - turn->centre[0], v = *y - turn->centre[1];
  *x = turn->matrix[0] * u + turn->matrix[1] * v + turn->centre[0];
  *y = turn->matrix[2] * u + turn->matrix[3] * v + turn->centre[1];
}

static void
apply_turn (
    LamPatch *patch, const double *values, bool is_isotropic, LamRandom *random)
{
  double angle =
      lam_random_range (random, -values[0], values[0]) * G_PI / 180.0;
  double most = log (1 + values[1]);
  double scale = exp (lam_random_range (random, -most, most));
  Turn turn = {
    .matrix = { scale * cos (angle), -scale * sin (angle), scale * sin (angle),
        scale * cos (angle) },
    .centre = { (double)(patch->size[0] - 1) / 2,
        (double)(patch->size[1] - 1) / 2 },
  };
  lam_patch_move (patch, move_turn, &turn);
}

const LamAugment lam_augment_turn = {
  .name = "turn",
  .title = N_ ("Turn and scale in the plane"),
  .parameters = {
      { "angle", N_ ("At most so far either way"), 0, 180, 30, "degrees" },
      { "scale", N_ ("At most so much larger or smaller"), 0, 1, 0.2, "" },
  },
  .apply = apply_turn,
};

/* A random vector at each knot of a coarse grid, with cubic B-splines between:
 * smooth, and local. */
typedef struct {
  int64_t columns, rows; /* knots */
  double spacing;
  float *x, *y; /* Owned */
} Field;

static void
weigh (double t, double weights[4])
{
  double s = 1 - t;
  weights[0] = s * s * s / 6;
  weights[1] = (3 * t * t * t - 6 * t * t + 4) / 6;
  weights[2] = (3 * s * s * s - 6 * s * s + 4) / 6;
  weights[3] = t * t * t / 6;
}

static void
move_elastic (gconstpointer data, int64_t z, double *x, double *y)
{
  const Field *field = data;
  double u = *x / field->spacing, v = *y / field->spacing;
  int64_t column = (int64_t)u, row = (int64_t)v;
  double across[4], down[4], dx = 0, dy = 0;
  weigh (u - (double)column, across);
  weigh (v - (double)row, down);
  for (int j = 0; j < 4; j++)
    for (int i = 0; i < 4; i++) {
      int64_t knot = (row + j) * field->columns + column + i;
      dx += down[j] * across[i] * field->x[knot];
      dy += down[j] * across[i] * field->y[knot];
    }
  *x += dx;
  *y += dy;
}

static float *
throw_knots (int64_t n, double most, LamRandom *random)
{
  float *knots = g_new (float, n);
  for (int64_t i = 0; i < n; i++)
    knots[i] = (float)lam_random_range (random, -most, most);
  return knots;
}

static void
apply_elastic (
    LamPatch *patch, const double *values, bool is_isotropic, LamRandom *random)
{
  Field field = { .spacing = values[1] };
  field.columns = (int64_t)((double)patch->size[0] / field.spacing) + 4;
  field.rows = (int64_t)((double)patch->size[1] / field.spacing) + 4;
  field.x = throw_knots (field.columns * field.rows, values[0], random);
  field.y = throw_knots (field.columns * field.rows, values[0], random);
  lam_patch_move (patch, move_elastic, &field);
  g_free (field.x);
  g_free (field.y);
}

const LamAugment lam_augment_elastic = {
  .name = "elastic",
  .title = N_ ("Bend in the plane"),
  .parameters = {
      { "displacement", N_ ("At most so far"), 0, 64, 10, "voxels" },
      { "spacing", N_ ("Between independent bends"), 4, 512, 32, "voxels" },
  },
  .apply = apply_elastic,
};
