/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One stroke as a line of JSON, as “paint” reads it. */
#pragma once

#include "labels/stroke.h"

typedef struct {
  bool erases;
  char *class_name; /* Owned; number or name, NULL: not said */
  uint32_t label; /* 0: a new one */
  LamBrush brush; /* its label is left 0 */
  GArray *samples; /* Owned; of LamStrokeSample */
} LamStrokeLine;

typedef struct {
  double voxel[3];
  double pressure;
} LamStrokeSample;

void lam_stroke_line_clear (LamStrokeLine *line);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LamStrokeLine, lam_stroke_line_clear)

/* {"tool": "brush" or "eraser", "class": id or name, "label": "new" or id,
 *  "plane": "xy", "slice": 10, "radius_nm": 50, "depth": 1,
 *  "points": [[u, v] or [u, v, pressure], …]}
 * and, if wanted, "shape": "disc" or "ellipsoid", "overwrite": "everything",
 * "unlabelled" or "started-on". Members that are not known are refused, as are
 * numbers out of range. */
bool lam_stroke_line_parse (
    const char *text, LamStrokeLine *line, GError **error);
