/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The voxels that a round brush covers on its way from one pointer sample to
 * the next: those whose centre comes within the radius, which goes evenly from
 * one end's to the other's, and those that the brush's middle goes through,
 * however small it is. A plain value; any thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/box.h"

typedef struct {
  double voxel[3]; /* a voxel's centre is at +0.5 */
  double radius_nm;
} LamSweepEnd;

/* Fields are for sweep.c, but for `box`. */
typedef struct {
  LamBox box; /* around all its voxels, clipped to the volume */
  LamSweepEnd from, to;
  int flat_axis;
  int span_axis;
  bool needs_walk;
  double scale[3]; /* nm a voxel; 0 along the flat axis */
  double direction[3]; /* from `from` to `to`, nm */
  double growth; /* of the radius, nm */
  double a; /* |direction|² - growth² */
} LamSweep;

/* Round in nm: in space when `flat_axis` is -1, else in the plane across that
 * axis and the same in all its voxels from `slab_min` to before `slab_max`. */
LamSweep lam_sweep_new (const LamSweepEnd *from, const LamSweepEnd *to,
    const double voxel_size_nm[3], int flat_axis, int64_t slab_min,
    int64_t slab_max, const LamBox *volume);
bool lam_sweep_is_same_slab (const LamSweep *a, const LamSweep *b);

/* The round part is convex: a row of voxels along the span axis meets it in one
 * span. Sets [*start, *end), inside of `box`; false when it is empty. `row`
 * gives the other two coordinates. */
int lam_sweep_get_span_axis (const LamSweep *sweep);
bool lam_sweep_get_span (
    const LamSweep *sweep, const int64_t row[3], int64_t *start, int64_t *end);
/* The definition behind the spans: is the voxel's centre covered? */
bool lam_sweep_covers (const LamSweep *sweep, const int64_t voxel[3]);

typedef void (*LamSweepVisit) (const int64_t voxel[3], gpointer user_data);
/* Visits the voxels inside of `within` that the middle goes through, each
 * touching the one before with a face; none when the round part has them all.
 */
void lam_sweep_walk (const LamSweep *sweep, const LamBox *within,
    LamSweepVisit visit, gpointer user_data);
/* Whether any voxel of the sweep lies inside of `within`. */
bool lam_sweep_meets (const LamSweep *sweep, const LamBox *within);
