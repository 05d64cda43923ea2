/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Sizes, numbers and grey levels follow what is seen in block-face electron
 * micrographs of human platelets: flat cells of some 6 × 1.4 × 4 µm that lie
 * side by side, with some 40 alpha granules, a few mitochondria and dense
 * granules, and some 60 µm of canalicular vessels each.
 *
 * A cell is made from (seed, place in the lattice) alone, so that any part of
 * any volume can be made without the rest. */
#include "labels/phantom-cell.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "labels/phantom-noise.h"

static const LamPhantomClass classes[] = {
  { .id = 1,
      .name = "cell",
      .title = "cell",
      .shape = LAM_PHANTOM_CELL,
      .grey = 33500,
      .grey_spread = 3000,
      .rim_grey = 13500,
      .rim_nm = 27,
      .texture = 1 },
  { .id = 2,
      .name = "mitochondrion",
      .title = "mitochondrion",
      .inside = 1,
      .shape = LAM_PHANTOM_LAMELLAR,
      .per_um3 = 0.45,
      .radius_nm = { 105, 190 },
      .stretch = { 1.1, 2.4 },
      .grey = 11000,
      .grey_spread = 1900,
      .rim_grey = 4500,
      .rim_nm = 12,
      .texture = 0.4f },
  { .id = 3,
      .name = "alpha-granule",
      .title = "alpha granule",
      .inside = 1,
      .shape = LAM_PHANTOM_ELLIPSOID,
      .per_um3 = 2.8,
      .radius_nm = { 95, 250 },
      .stretch = { 1.0, 1.45 },
      .is_relative = true,
      .grey = -10600,
      .grey_spread = 2200,
      .rim_grey = -14500,
      .rim_nm = 9,
      .texture = 0.35f },
  { .id = 4,
      .name = "canalicular-vessel",
      .title = "canalicular vessel",
      .inside = 1,
      .shape = LAM_PHANTOM_TUBE,
      .per_um3 = 5.4,
      .radius_nm = { 38, 112 },
      .stretch = { 6, 13 },
      .grey = 48500,
      .grey_spread = 2500,
      .rim_grey = 15500,
      .rim_nm = 20 },
  { .id = 5,
      .name = "dense-granule",
      .title = "dense granule body",
      .inside = 1,
      .shape = LAM_PHANTOM_ELLIPSOID,
      .per_um3 = 0.2,
      .radius_nm = { 110, 185 },
      .stretch = { 1.0, 1.3 },
      .grey = 43000,
      .grey_spread = 1900,
      .rim_grey = 9500,
      .rim_nm = 24,
      .texture = 0.4f },
  { .id = 6,
      .name = "dense-core",
      .title = "dense granule core",
      .inside = 5,
      .shape = LAM_PHANTOM_CORE,
      .radius_nm = { 0.38, 0.62 },
      .stretch = { 1.0, 1.2 },
      .grey = 7000,
      .rim_grey = 7000 },
};

/* Half of the spread of cells in one lattice: semi-axes in nm, from and to. */
static const double cell_radius_nm[3][2] = { { 2350, 3350 }, { 590, 860 },
  { 1600, 2400 } };
static const double cell_spacing_nm[3] = { 5650, 1400, 3550 };
static const double vesicle_radius_nm[2] = { 70, 230 };
#define MAX_VESICLES 3

const LamPhantomClass *
lam_phantom_get_classes (int *n_classes)
{
  *n_classes = sizeof classes / sizeof classes[0];
  return classes;
}

const LamPhantomClass *
lam_phantom_get_class (int32_t id)
{
  for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
    if (classes[i].id == id)
      return &classes[i];
  return NULL;
}

static double
dot (const float a[3], const float b[3])
{
  return (double)a[0] * b[0] + (double)a[1] * b[1] + (double)a[2] * b[2];
}

static void
normalise (float v[3])
{
  double length = sqrt (dot (v, v));
  for (int i = 0; i < 3; i++)
    v[i] = (float)(v[i] / length);
}

/* Makes the rows of `axis` a right-handed set of unit vectors: the first keeps
 * its direction, the second its side. */
static void
straighten (float axis[3][3])
{
  normalise (axis[0]);
  double along = dot (axis[0], axis[1]);
  for (int i = 0; i < 3; i++)
    axis[1][i] -= (float)along * axis[0][i];
  normalise (axis[1]);
  for (int i = 0; i < 3; i++) {
    int j = (i + 1) % 3, k = (i + 2) % 3;
    axis[2][i] = axis[0][j] * axis[1][k] - axis[0][k] * axis[1][j];
  }
}

static void
random_axes (LamRandom *random, float axis[3][3])
{
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 3; j++)
      axis[i][j] = (float)lam_random_normal (random);
  straighten (axis);
}

LamPhantomLattice
lam_phantom_lattice (uint64_t seed, uint32_t chosen)
{
  LamPhantomLattice lattice = { .seed = seed, .classes = chosen };
  LamRandom random = lam_random_new (seed, 1);
  double angle = lam_random_range (&random, 0.85, 1.25);
  double tilt = lam_random_range (&random, -0.15, 0.15);
  float axis[3][3] = { { (float)cos (angle), (float)sin (angle), (float)tilt },
    { (float)-sin (angle), (float)cos (angle), (float)-tilt } };
  straighten (axis);
  for (int i = 0; i < 3; i++) {
    lattice.spacing[i] = cell_spacing_nm[i];
    for (int j = 0; j < 3; j++)
      lattice.turn[j][i] = axis[i][j];
  }
  return lattice;
}

static LamRandom
cell_random (
    const LamPhantomLattice *lattice, const int64_t index[3], uint64_t *seed)
{
  uint64_t hash = lam_phantom_hash (lattice->seed, (uint64_t)index[0]);
  hash = lam_phantom_hash (hash, (uint64_t)index[1]);
  *seed = lam_phantom_hash (hash, (uint64_t)index[2]);
  return lam_random_new (*seed, 2);
}

/* Neighbouring rows are shifted by half a cell, as bricks are in a wall. */
static void
lattice_place (const LamPhantomLattice *lattice, const int64_t index[3],
    const double jitter[3], double place[3])
{
  double along = index[0] + jitter[0] + ((index[1] & 1) ? 0.5 : 0)
      + ((index[2] & 1) ? 0.25 : 0);
  double grid[3] = { along, index[1] + jitter[1] + ((index[2] & 1) ? 0.5 : 0),
    index[2] + jitter[2] };
  for (int i = 0; i < 3; i++) {
    place[i] = 0;
    for (int j = 0; j < 3; j++)
      place[i] += lattice->turn[i][j] * lattice->spacing[j] * grid[j];
  }
}

/* Thin feet that grow from the rim of the disc. */
static void
add_protrusions (LamRandom *random, LamPhantomObject *cell)
{
  int n = (int)lam_random_range (random, 0, 3.6);
  for (int i = 0; i < n && cell->n_nodes + 2 <= LAM_PHANTOM_MAX_NODES; i++) {
    double angle = lam_random_range (random, 0, 2 * M_PI);
    double length = lam_random_range (random, 250, 900);
    double lift = lam_random_range (random, -0.25, 0.25);
    double thickness = lam_random_range (random, 45, 110);
    double local[3] = { cell->radius[0] * cos (angle), 0,
      cell->radius[2] * sin (angle) };
    double size = sqrt (local[0] * local[0] + local[2] * local[2]);
    for (int end = 0; end < 2; end++) {
      double grow = end ? 1 + length / size : 0.9;
      double p[3] = { local[0] * grow, end ? lift * length : 0,
        local[2] * grow };
      float *node = cell->node[cell->n_nodes++];
      for (int k = 0; k < 3; k++)
        node[k] = (float)(p[0] * cell->axis[0][k] + p[1] * cell->axis[1][k]
            + p[2] * cell->axis[2][k]);
      node[3] = (float)(thickness * (end ? 0.45 : 1.3));
    }
  }
}

static void
set_reach (LamPhantomObject *object, double margin)
{
  double reach =
      fmax (fmax (object->radius[0], object->radius[1]), object->radius[2]);
  for (int i = 0; i < object->n_nodes; i++) {
    const float *node = object->node[i];
    reach = fmax (reach, sqrt (dot (node, node)) + node[3]);
  }
  object->reach = reach + margin;
}

static void
make_cell_body (const LamPhantomLattice *lattice, const int64_t index[3],
    LamRandom *random, LamPhantomObject *cell)
{
  *cell = (LamPhantomObject){ .class_row = &classes[0], .parent = -1 };
  double jitter[3];
  for (int i = 0; i < 3; i++)
    jitter[i] = lam_random_range (random, -0.14, 0.14);
  lattice_place (lattice, index, jitter, cell->centre);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      cell->axis[i][j] =
          (float)(lattice->turn[j][i] + 0.1 * lam_random_normal (random));
  straighten (cell->axis);
  for (int i = 0; i < 3; i++)
    cell->radius[i] = (float)lam_random_range (
        random, cell_radius_nm[i][0], cell_radius_nm[i][1]);
  cell->bluntness = (float)lam_random_range (random, 0.3, 0.85);
  cell->grey = cell->class_row->grey
      + cell->class_row->grey_spread * (float)lam_random_normal (random);
  add_protrusions (random, cell);
  set_reach (cell, 350);
}

void
lam_phantom_place_cell (const LamPhantomLattice *lattice,
    const int64_t index[3], LamPhantomCell *cell)
{
  LamRandom random = cell_random (lattice, index, &cell->seed);
  make_cell_body (lattice, index, &random, &cell->object[0]);
  cell->n_objects = 1;
}

/* A winding way of a few nodes around the centre. */
static void
make_tube (
    LamRandom *random, LamPhantomObject *tube, double radius, double length)
{
  float axis[3][3];
  random_axes (random, axis);
  tube->n_nodes = 4 + (int)(lam_random_u32 (random) % 3);
  double step = length / (tube->n_nodes - 1);
  float at[3] = { 0, 0, 0 }, sum[3] = { 0, 0, 0 };
  for (int i = 0; i < tube->n_nodes; i++) {
    float *node = tube->node[i];
    memcpy (node, at, sizeof at);
    node[3] = (float)(radius * lam_random_range (random, 0.55, 1.35));
    for (int j = 0; j < 3; j++) {
      sum[j] += at[j];
      axis[0][j] += 0.55f * (float)lam_random_normal (random);
    }
    normalise (axis[0]);
    for (int j = 0; j < 3; j++)
      at[j] += (float)step * axis[0][j];
  }
  for (int i = 0; i < tube->n_nodes; i++)
    for (int j = 0; j < 3; j++)
      tube->node[i][j] -= sum[j] / tube->n_nodes;
}

/* Skewed to the small: most are nearer to the lower end. */
static double
random_size (LamRandom *random, const double range[2])
{
  double unit = lam_random_unit (random);
  return range[0] + (range[1] - range[0]) * unit * sqrt (unit);
}

static void
make_organelle (LamRandom *random, const LamPhantomClass *class_row,
    const LamPhantomObject *cell, LamPhantomObject *object)
{
  *object = (LamPhantomObject){ .class_row = class_row, .parent = 0 };
  double radius = random_size (random, class_row->radius_nm);
  double stretch =
      lam_random_range (random, class_row->stretch[0], class_row->stretch[1]);
  random_axes (random, object->axis);
  object->grey = class_row->grey
      + class_row->grey_spread * (float)lam_random_normal (random)
      + (class_row->is_relative ? cell->grey : 0);
  if (class_row->shape == LAM_PHANTOM_TUBE) {
    make_tube (random, object, radius, radius * stretch);
  } else {
    object->radius[0] = (float)(radius * stretch);
    object->radius[1] = (float)radius;
    object->radius[2] = (float)(radius * lam_random_range (random, 0.85, 1.1));
  }
  set_reach (object, class_row->rim_nm + 40);
}

/* A place in the cell that leaves room for `object` below the membrane. */
static void
put_inside (
    LamRandom *random, const LamPhantomObject *cell, LamPhantomObject *object)
{
  double unit[3], length;
  do {
    for (int i = 0; i < 3; i++)
      unit[i] = lam_random_range (random, -1, 1);
    length = unit[0] * unit[0] + unit[1] * unit[1] + unit[2] * unit[2];
  } while (length > 1);
  double room = object->n_nodes ? 120 : object->radius[1] + 60;
  double local[3];
  for (int i = 0; i < 3; i++)
    local[i] = unit[i] * fmax (cell->radius[i] - room, 50);
  for (int i = 0; i < 3; i++)
    object->centre[i] = cell->centre[i] + local[0] * cell->axis[0][i]
        + local[1] * cell->axis[1][i] + local[2] * cell->axis[2][i];
}

/* Granules keep apart; tubes may run anywhere and give way when drawn. */
static bool
has_room (const LamPhantomCell *cell, const LamPhantomObject *object)
{
  if (object->n_nodes)
    return true;
  for (int i = 1; i < cell->n_objects; i++) {
    const LamPhantomObject *other = &cell->object[i];
    if (other->n_nodes)
      continue;
    double square = 0, apart = 0.85 * (object->reach + other->reach) - 40;
    for (int j = 0; j < 3; j++) {
      double d = object->centre[j] - other->centre[j];
      square += d * d;
    }
    if (square < apart * apart)
      return false;
  }
  return true;
}

static void
add_core (LamRandom *random, LamPhantomCell *cell, int body_at)
{
  const LamPhantomClass *row = lam_phantom_get_class (6);
  const LamPhantomObject *body = &cell->object[body_at];
  LamPhantomObject *core = &cell->object[cell->n_objects++];
  *core = (LamPhantomObject){
    .class_row = row, .parent = body_at, .grey = row->grey
  };
  double share =
      lam_random_range (random, row->radius_nm[0], row->radius_nm[1]);
  double slack = (0.9 - share) * body->radius[1];
  memcpy (core->axis, body->axis, sizeof core->axis);
  for (int i = 0; i < 3; i++) {
    core->radius[i] = (float)(share * body->radius[i]);
    core->centre[i] =
        body->centre[i] + slack * lam_random_range (random, -0.5, 0.5);
  }
  set_reach (core, 40);
}

static bool
is_chosen (const LamPhantomLattice *lattice, int32_t id)
{
  return lattice->classes >> id & 1;
}

static void
add_organelles (const LamPhantomLattice *lattice, LamRandom random,
    const LamPhantomClass *row, LamPhantomCell *cell)
{
  double um3 = 4e-9 / 3 * M_PI;
  for (int i = 0; i < 3; i++)
    um3 *= cell->object[0].radius[i];
  int n = (int)(um3 * row->per_um3 * lam_random_range (&random, 0.6, 1.4)
      + lam_random_unit (&random));
  int limit = LAM_PHANTOM_MAX_OBJECTS - MAX_VESICLES - 1;
  for (int i = 0; i < n && cell->n_objects < limit; i++) {
    LamPhantomObject object;
    make_organelle (&random, row, &cell->object[0], &object);
    int tries = 8;
    do
      put_inside (&random, &cell->object[0], &object);
    while (!has_room (cell, &object) && --tries > 0);
    if (tries == 0)
      continue;
    int at = cell->n_objects++;
    cell->object[at] = object;
    if (row->id == 5 && is_chosen (lattice, 6))
      add_core (&random, cell, at);
  }
}

/* Small round bodies that lie somewhere in the cell's part of the lattice; one
 * that falls inside of a cell is not seen. */
static void
add_vesicles (const LamPhantomLattice *lattice, const int64_t index[3],
    LamRandom random, LamPhantomCell *cell)
{
  int n = (int)(lam_random_u32 (&random) % (MAX_VESICLES + 1));
  for (int i = 0; i < n; i++) {
    LamPhantomObject *vesicle = &cell->object[cell->n_objects++];
    *vesicle = (LamPhantomObject){
      .class_row = &classes[0], .parent = -1, .is_vesicle = true
    };
    double jitter[3];
    for (int j = 0; j < 3; j++)
      jitter[j] = lam_random_range (&random, -0.5, 0.5);
    /* Between the rows of cells there is more room. */
    jitter[1] = 0.5 + 0.25 * jitter[1];
    lattice_place (lattice, index, jitter, vesicle->centre);
    random_axes (&random, vesicle->axis);
    double radius = random_size (&random, vesicle_radius_nm);
    for (int j = 0; j < 3; j++)
      vesicle->radius[j] =
          (float)(radius * lam_random_range (&random, 0.7, 1.3));
    vesicle->grey = (float)lam_random_range (&random, 26000, 52000);
    set_reach (vesicle, 120);
  }
}

void
lam_phantom_build_cell (const LamPhantomLattice *lattice,
    const int64_t index[3], LamPhantomCell *cell)
{
  lam_phantom_place_cell (lattice, index, cell);
  /* What must not be cut comes first; each class has its own numbers, so that
   * leaving one out does not move the others that came before it. */
  static const int32_t order[] = { 5, 2, 3, 4 };
  for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
    if (is_chosen (lattice, order[i]))
      add_organelles (lattice, lam_random_new (cell->seed, 10 + order[i]),
          lam_phantom_get_class (order[i]), cell);
  add_vesicles (lattice, index, lam_random_new (cell->seed, 3), cell);
}
