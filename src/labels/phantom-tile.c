/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Who owns a voxel and how dark it is. A cell is an ellipsoid roughened by
 * noise; where two would meet, each ends half of a narrow cleft before the
 * surface between them, so that neighbours flatten against each other. Inside,
 * the nearest organelle owns what lies within its border and deep enough below
 * the membrane.
 *
 * A tile asks only the few bodies that can meet it, and works in rows, whose
 * simple loops the compiler turns into vector code. */
#include "labels/phantom-tile.h"

#include <math.h>
#include <stdlib.h>

#include "labels/phantom-noise.h"

#define SPAN LAM_PHANTOM_SPAN
#define FAR 1e9f

/* Grey levels of 16 bits, and lengths in nm. */
#define MEDIUM_GREY 53600.0f
#define GLYCOGEN_GREY 10500.0f
#define LAKE_GREY 47000.0f
#define HALF_CLEFT 13.0f /* between neighbouring cells */
#define MEMBRANE_ROOM 30.0f /* organelles end so far below the border */
#define BLEND 70.0f
#define VESICLE_WALL 42.0f
#define CRISTA_SPACING 92.0
#define TUBE_SLOPE 12.0f /* walls of tubes lie aslant in a section */

/* A body that meets the tile. */
typedef struct {
  const LamPhantomObject *object;
  int guest; /* which of the tile's cells it belongs to */
  uint32_t id;
} Body;

#define MAX_CELLS 24
#define MAX_BODIES 400

typedef struct {
  const LamPhantomView *view;
  int n_cells, n_organelles, n_vesicles;
  Body cells[MAX_CELLS];
  Body organelles[MAX_BODIES];
  Body vesicles[MAX_BODIES];
} Scene;

typedef enum {
  NOISE_SHAPE, /* where cells bulge */
  NOISE_FOLDS, /* small folds of the membrane */
  NOISE_ROUGH,
  NOISE_FINE, /* grain of the cytoplasm */
  NOISE_MIDDLE,
  NOISE_BLOB, /* glycogen and vesicle remains, in clusters */
  NOISE_BLOB_EDGE,
  NOISE_CLUSTER,
  NOISE_LAKE, /* light patches of pooled glycogen */
  N_NOISES
} Noise;
static const double noise_grain_nm[N_NOISES] = { 620, 170, 52, 24, 80, 130, 66,
  760, 1150 };

typedef struct {
  float noise[N_NOISES][SPAN];
  float border[SPAN]; /* to the cell's border, negative inside */
  int16_t cell[SPAN]; /* nearest cell, or -1 */
  float organelle[SPAN]; /* to the nearest organelle of that cell */
  int16_t body[SPAN]; /* which one, or -1 */
  float vesicle[SPAN];
  int16_t vesicle_body[SPAN];
  double start[3];
} Row;

/* The tile with its apron as a sphere. */
static void
tile_sphere (const LamPhantomView *view, double centre[3], double *radius)
{
  double square = 0;
  for (int i = 0; i < 2; i++) {
    double half = 0.5 * LAM_PHANTOM_TILE * view->voxel_size_nm[i];
    centre[i] = view->start_nm[i] + half;
    half += LAM_PHANTOM_APRON_X * view->voxel_size_nm[i];
    square += half * half;
  }
  centre[2] = view->start_nm[2];
  *radius = sqrt (square);
}

static bool
may_meet (const LamPhantomObject *object, const double centre[3], double radius)
{
  double square = 0, reach = object->reach + radius;
  for (int i = 0; i < 3; i++) {
    double d = object->centre[i] - centre[i];
    square += d * d;
  }
  if (square > reach * reach
      || fabs (object->centre[2] - centre[2]) > object->reach)
    return false;
  /* A flat body fills little of its sphere. */
  float distance[8];
  lam_phantom_distance_row (object, centre, 1, 8, distance);
  bool is_cell = object->class_row->shape == LAM_PHANTOM_CELL;
  return object->class_row->shape == LAM_PHANTOM_TUBE
      || distance[0] < 1.5 * radius + (is_cell ? 500 : 60);
}

static void
add_bodies (Scene *scene, const LamPhantomGuest *guest, const double centre[3],
    double radius)
{
  const LamPhantomCell *cell = &guest->cell;
  int own = scene->n_cells;
  bool has_cell =
      own < MAX_CELLS && may_meet (&cell->object[0], centre, radius);
  if (has_cell) {
    scene->cells[own] = (Body){ &cell->object[0], own, guest->first_id };
    scene->n_cells++;
  }
  for (int i = 1; i < cell->n_objects; i++) {
    const LamPhantomObject *object = &cell->object[i];
    Body body = { object, own, guest->first_id + (uint32_t)i };
    if ((!object->is_vesicle && !has_cell)
        || !may_meet (object, centre, radius))
      continue;
    if (object->is_vesicle && scene->n_vesicles < MAX_BODIES)
      scene->vesicles[scene->n_vesicles++] = body;
    else if (!object->is_vesicle && scene->n_organelles < MAX_BODIES)
      scene->organelles[scene->n_organelles++] = body;
  }
}

static void
gather (Scene *scene, LamPhantomGuest *const *guests, int n_guests)
{
  double centre[3], radius;
  tile_sphere (scene->view, centre, &radius);
  for (int i = 0; i < n_guests; i++)
    add_bodies (scene, guests[i], centre, radius);
}

static bool
row_misses (const Body *body, const Row *row)
{
  double dy = body->object->centre[1] - row->start[1];
  double dz = body->object->centre[2] - row->start[2];
  return dy * dy + dz * dz > body->object->reach * body->object->reach;
}

static void
find_cells (const Scene *scene, Row *row)
{
  float next[SPAN], distance[SPAN];
  for (int x = 0; x < SPAN; x++) {
    row->border[x] = next[x] = FAR;
    row->cell[x] = -1;
  }
  for (int i = 0; i < scene->n_cells; i++) {
    lam_phantom_distance_row (scene->cells[i].object, row->start,
        scene->view->voxel_size_nm[0], SPAN, distance);
    for (int x = 0; x < SPAN; x++) {
      bool is_nearer = distance[x] < row->border[x];
      float other = is_nearer ? row->border[x] : distance[x];
      next[x] = other < next[x] ? other : next[x];
      row->border[x] = is_nearer ? distance[x] : row->border[x];
      row->cell[x] = is_nearer ? (int16_t)i : row->cell[x];
    }
  }
  for (int x = 0; x < SPAN; x++) {
    float rough = 165 * row->noise[NOISE_SHAPE][x]
        + 34 * row->noise[NOISE_FOLDS][x] + 20 * row->noise[NOISE_ROUGH][x];
    float cleft = 0.5f * (row->border[x] - next[x]) + HALF_CLEFT
        + 45 * fabsf (row->noise[NOISE_SHAPE][x])
        + 10 * row->noise[NOISE_FOLDS][x];
    float own = row->border[x] + rough;
    row->border[x] = own > cleft ? own : cleft;
  }
}

static void
find_organelles (const Scene *scene, Row *row)
{
  float distance[SPAN];
  for (int x = 0; x < SPAN; x++) {
    row->organelle[x] = FAR;
    row->body[x] = -1;
  }
  for (int i = 0; i < scene->n_organelles; i++) {
    const Body *body = &scene->organelles[i];
    if (row_misses (body, row))
      continue;
    lam_phantom_distance_row (body->object, row->start,
        scene->view->voxel_size_nm[0], SPAN, distance);
    bool is_core = body->object->class_row->shape == LAM_PHANTOM_CORE;
    bool is_tube = body->object->class_row->shape == LAM_PHANTOM_TUBE;
    for (int x = 0; x < SPAN; x++) {
      float d = distance[x] + (is_tube ? 14 : 8) * row->noise[NOISE_FOLDS][x]
          + 5 * row->noise[NOISE_ROUGH][x];
      bool wins = is_core ? d < 0 : d < row->organelle[x];
      if (wins && row->cell[x] == body->guest) {
        row->organelle[x] = d;
        row->body[x] = (int16_t)i;
      }
    }
  }
}

static void
find_vesicles (const Scene *scene, Row *row)
{
  float distance[SPAN];
  for (int x = 0; x < SPAN; x++) {
    row->vesicle[x] = FAR;
    row->vesicle_body[x] = -1;
  }
  for (int i = 0; i < scene->n_vesicles; i++) {
    if (row_misses (&scene->vesicles[i], row))
      continue;
    lam_phantom_distance_row (scene->vesicles[i].object, row->start,
        scene->view->voxel_size_nm[0], SPAN, distance);
    for (int x = 0; x < SPAN; x++) {
      float d = distance[x] + 22 * row->noise[NOISE_FOLDS][x]
          + 6 * row->noise[NOISE_ROUGH][x];
      if (d < row->vesicle[x]) {
        row->vesicle[x] = d;
        row->vesicle_body[x] = (int16_t)i;
      }
    }
  }
}

/* Organelles end below the membrane, rounded off where it cuts them: the larger
 * of two distances, blended where they are close. */
static void
keep_inside (Row *row)
{
  for (int x = 0; x < SPAN; x++) {
    float room = row->border[x] + MEMBRANE_ROOM, d = row->organelle[x];
    float near = BLEND - fabsf (room - d);
    near = near < 0 ? 0 : near;
    row->organelle[x] = (room > d ? room : d) + near * near / (4 * BLEND);
  }
}

/* 0 below `from`, 1 above `to`, straight between. */
static float
ramp (float value, float from, float to)
{
  float t = (value - from) / (to - from);
  return t < 0 ? 0 : t > 1 ? 1 : t;
}

static float
mix (float a, float b, float share)
{
  return a + (b - a) * share;
}

/* How much of a voxel `size` wide a sheet between distances `from` and `to`
 * takes, its edges being soft. */
static float
sheet (float distance, float from, float to, float size)
{
  float half = 0.5f * size + 2;
  float high = distance + half < to ? distance + half : to;
  float low = distance - half > from ? distance - half : from;
  return high > low ? (high - low) / (2 * half) : 0;
}

static float
fine_texture (const Row *row, int x)
{
  return 2600 * row->noise[NOISE_FINE][x] + 3300 * row->noise[NOISE_MIDDLE][x];
}

static float
cytoplasm_grey (const Row *row, const LamPhantomObject *cell, int x)
{
  float cluster = row->noise[NOISE_CLUSTER][x];
  float lake = row->noise[NOISE_LAKE][x];
  float grey = cell->grey + fine_texture (row, x) + 1400 * cluster;
  grey = mix (grey, LAKE_GREY, 0.75f * ramp (lake, 0.66f, 0.9f));
  /* Dark bodies, lumpy and curved: ridges of one noise, broken by another. */
  float ridge = 1 - fabsf (row->noise[NOISE_BLOB][x]) * 2.2f;
  float blob = 0.6f * row->noise[NOISE_BLOB_EDGE][x] + 0.45f * ridge;
  float bar = fmaxf (0.26f, 0.52f - 0.5f * cluster);
  float dark = ramp (blob, bar, bar + 0.34f);
  return mix (grey, GLYCOGEN_GREY, 0.85f * dark);
}

/* A dark wall, and light leaves across the long axis that stop short of it,
 * bent and broken. */
static float
lamellar_grey (const Row *row, const LamPhantomObject *object, float distance,
    int x, double step)
{
  double along = 0;
  for (int i = 0; i < 3; i++) {
    double at = row->start[i] + (i == 0 ? x * step : 0) - object->centre[i];
    along += at * object->axis[0][i];
  }
  along += 60 * row->noise[NOISE_FOLDS][x] + 30 * row->noise[NOISE_MIDDLE][x];
  float wave = (float)cos (along * (2 * M_PI / CRISTA_SPACING));
  float leaf = ramp (wave, -0.1f, 0.8f) * ramp (-distance, 30, 45)
      * ramp (row->noise[NOISE_ROUGH][x], -0.9f, -0.1f);
  float grey = object->grey - 2500 + 15500 * leaf;
  grey += object->class_row->texture * fine_texture (row, x);
  return grey - 4000 * sheet (distance, -30, 0, 4);
}

static float
organelle_grey (const Scene *scene, const Row *row, int x, float grey)
{
  if (row->body[x] < 0)
    return grey;
  const LamPhantomObject *object = scene->organelles[row->body[x]].object;
  const LamPhantomClass *class_row = object->class_row;
  float size = (float)scene->view->voxel_size_nm[0];
  float d = row->organelle[x];
  float reach = class_row->rim_nm + size;
  if (d > reach)
    return grey;
  float body = object->grey + class_row->texture * fine_texture (row, x);
  if (class_row->shape == LAM_PHANTOM_LAMELLAR)
    body = lamellar_grey (row, object, d, x, size);
  float rim = class_row->is_relative
      ? object->grey - class_row->grey + class_row->rim_grey
      : class_row->rim_grey;
  float soft =
      0.5f * size + (class_row->shape == LAM_PHANTOM_TUBE ? TUBE_SLOPE : 0);
  float made = mix (grey, body, ramp (-d, -soft, soft));
  return mix (made, rim, 0.8f * sheet (d, 0, class_row->rim_nm, size));
}

static float
vesicle_grey (const Scene *scene, const Row *row, int x, float grey)
{
  float size = (float)scene->view->voxel_size_nm[0], d = row->vesicle[x];
  if (row->vesicle_body[x] < 0 || d > size)
    return grey;
  const LamPhantomObject *object = scene->vesicles[row->vesicle_body[x]].object;
  float body = object->grey + fine_texture (row, x);
  float made = mix (grey, body, ramp (-d, -0.5f * size, 0.5f * size));
  made = mix (made, 15000, 0.85f * sheet (d, -VESICLE_WALL, 0, size));
  return mix (grey, made, ramp (row->border[x], 10, 30));
}

/* Bare resin, with the fuzz of the cells' coat close to them. */
static float
medium_grey (const Row *row, int x)
{
  float grey = MEDIUM_GREY + 700 * row->noise[NOISE_LAKE][x];
  float coat =
      row->border[x] < 200 ? expf (-fmaxf (row->border[x], 0) / 19) : 0;
  float hair = ramp (row->noise[NOISE_ROUGH][x], -0.3f, 0.8f);
  return grey - 15000 * coat * hair;
}

static float
voxel_grey (const Scene *scene, const Row *row, int x)
{
  float size = (float)scene->view->voxel_size_nm[0], d = row->border[x];
  float inside = ramp (-d, -0.5f * size - 2, 0.5f * size + 2);
  float grey = 0, outside_grey = 0;
  if (inside < 1)
    outside_grey = vesicle_grey (scene, row, x, medium_grey (row, x));
  if (inside > 0) {
    const LamPhantomObject *cell = scene->cells[row->cell[x]].object;
    const LamPhantomClass *class_row = cell->class_row;
    grey = organelle_grey (scene, row, x, cytoplasm_grey (row, cell, x));
    grey = mix (grey, class_row->rim_grey,
        0.85f * sheet (d, -class_row->rim_nm, 0, size));
  }
  return mix (outside_grey, grey, inside);
}

static const Body *
voxel_owner (const Scene *scene, const Row *row, int x)
{
  if (row->border[x] < 0) {
    if (row->organelle[x] < 0)
      return &scene->organelles[row->body[x]];
    return &scene->cells[row->cell[x]];
  }
  if (row->vesicle[x] < 0 && row->border[x] > 20)
    return &scene->vesicles[row->vesicle_body[x]];
  return NULL;
}

static void
fill_noise (const Scene *scene, Row *row)
{
  /* Far from any body only the slow change of the resin is seen. */
  bool is_bare = scene->n_cells + scene->n_vesicles == 0;
  /* Grids that slant to both sides, so that their corners do not show as
   * squares. */
  double slant = 0.55 * row->start[1] + 0.3 * row->start[2];
  for (int i = is_bare ? NOISE_LAKE : 0; i < N_NOISES; i++)
    lam_phantom_noise_row (lam_phantom_hash (scene->view->seed, 40 + i),
        noise_grain_nm[i], row->start[0] + (i % 2 ? slant : -slant),
        row->start[1], row->start[2], scene->view->voxel_size_nm[0], SPAN,
        row->noise[i]);
}

static void
write_truth (const Scene *scene, const Row *row, int y, LamPhantomTile *tile)
{
  for (int x = 0; x < LAM_PHANTOM_TILE; x++) {
    const Body *body = voxel_owner (scene, row, x + LAM_PHANTOM_APRON_X);
    tile->labels[y][x] = body ? body->id : 0;
    tile->classes[y][x] = body ? (uint8_t)body->object->class_row->id : 0;
  }
}

static void
draw_row (const Scene *scene, int y, Row *row, LamPhantomTile *tile)
{
  const LamPhantomView *view = scene->view;
  row->start[0] =
      view->start_nm[0] - LAM_PHANTOM_APRON_X * view->voxel_size_nm[0];
  row->start[1] =
      view->start_nm[1] + (y - LAM_PHANTOM_APRON_Y) * view->voxel_size_nm[1];
  row->start[2] = view->start_nm[2];
  fill_noise (scene, row);
  find_cells (scene, row);
  find_organelles (scene, row);
  keep_inside (row);
  find_vesicles (scene, row);
  for (int x = 0; x < SPAN; x++)
    tile->signal[y][x] = voxel_grey (scene, row, x);
  int inner = y - LAM_PHANTOM_APRON_Y;
  if (inner >= 0 && inner < LAM_PHANTOM_TILE)
    write_truth (scene, row, inner, tile);
}

void
lam_phantom_tile_draw (const LamPhantomView *view,
    LamPhantomGuest *const *guests, int n_guests, LamPhantomTile *tile)
{
  Scene scene = { .view = view };
  Row row = { 0 };
  gather (&scene, guests, n_guests);
  for (int y = 0; y < LAM_PHANTOM_ROWS; y++)
    draw_row (&scene, y, &row, tile);
}
