/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The bodies of the phantom: a lattice of cells without end, each made from its
 * place in the lattice alone, with what lies inside of it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef enum {
  LAM_PHANTOM_CELL, /* an irregular disc with protrusions */
  LAM_PHANTOM_ELLIPSOID, /* a smooth granule */
  LAM_PHANTOM_LAMELLAR, /* an ellipsoid with two membranes and cristae */
  LAM_PHANTOM_TUBE, /* a winding tube of changing width */
  LAM_PHANTOM_CORE, /* an ellipsoid inside of the object it belongs to */
} LamPhantomShape;

/* One row a class. Grey levels are of 16 bits; what lies inside of a cell says
 * by how much it differs from that cell's cytoplasm where `is_relative`. */
typedef struct {
  int32_t id; /* as in the class preset "platelet" */
  const char *name; /* for the command line */
  const char *title; /* as in the class preset */
  int32_t inside; /* the class it lies in */
  LamPhantomShape shape;
  double per_um3; /* how many in a cubic micrometre of a cell */
  double radius_nm[2]; /* semi-axes or tube radii: from, to; of a core: its
                        * share of the body */
  double stretch[2]; /* the longest axis by the others; of a tube: its
                      * length in radii */
  bool is_relative;
  float grey, rim_grey;
  float grey_spread; /* the deviation of `grey` between objects */
  float rim_nm; /* the membrane's thickness, from the border outwards */
  float texture; /* how much of the cytoplasm's fine grain it has */
} LamPhantomClass;

/* In order of id, from 1. */
const LamPhantomClass *lam_phantom_get_classes (int *n_classes);
/* NULL: there is none. */
const LamPhantomClass *lam_phantom_get_class (int32_t id);

#define LAM_PHANTOM_MAX_NODES 7
#define LAM_PHANTOM_MAX_OBJECTS 256 /* of one cell, the cell among them */

/* All in nm; places in the volume's own coordinates. */
typedef struct {
  const LamPhantomClass *class_row;
  int parent; /* which object of the cell it lies in; -1: none */
  bool is_vesicle; /* a small cell of its own between the others */
  double centre[3];
  double reach; /* nothing of it is further from the centre */
  float axis[3][3]; /* rows: unit vectors of its own x, y, z */
  float radius[3];
  float bluntness; /* 0: an ellipsoid; 1: a slab, its y being short */
  float grey;
  int n_nodes; /* of a tube in a row; of a cell's protrusions in pairs */
  float node[LAM_PHANTOM_MAX_NODES][4]; /* from the centre: x, y, z, radius */
} LamPhantomObject;

typedef struct {
  uint64_t seed;
  int n_objects; /* the first is the cell, the vesicles are the last */
  LamPhantomObject object[LAM_PHANTOM_MAX_OBJECTS];
} LamPhantomCell;

/* Where the cells lie: place = origin + turn · (spacing × index). */
typedef struct {
  uint64_t seed;
  uint32_t classes; /* a bit a class id */
  double turn[3][3]; /* columns: the directions of the lattice */
  double spacing[3];
} LamPhantomLattice;

LamPhantomLattice lam_phantom_lattice (uint64_t seed, uint32_t classes);
/* Fills only the first object: where the cell is, and how large. */
void lam_phantom_place_cell (const LamPhantomLattice *lattice,
    const int64_t index[3], LamPhantomCell *cell);
/* Fills all of them, those of the chosen classes only. */
void lam_phantom_build_cell (const LamPhantomLattice *lattice,
    const int64_t index[3], LamPhantomCell *cell);

/* Signed distances in nm, negative inside, of `n` points (a multiple of 8) from
 * `start` on along x, `step` apart. Near the border they are true to a few per
 * cent; from a tube's wall only those below 80 nm are told apart. */
void lam_phantom_distance_row (const LamPhantomObject *object,
    const double start[3], double step, int n, float *out);
