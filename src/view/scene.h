/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* All that a frame shows, as plain values: the renderer knows no store, no
 * network, no toolkit. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "labels/class-table.h"
#include "labels/label-tiles.h"
#include "view/camera.h"
#include "volume/image-tiles.h"

/* What is laid over the image. */
typedef enum {
  LAM_MAP_LABELS, /* in their colours */
  LAM_MAP_SOURCES, /* in the colours of who said them */
  LAM_MAP_DOUBTS, /* how unsure the network is that said them; else nothing */
  LAM_MAP_PROPOSALS, /* labels as they are, but what networks propose of other
                      * classes laid over them in the colours of those */
  LAM_N_MAPS,
} LamMap;

typedef struct {
  double low, high; /* the file's grey values that become black and white */
  bool invert;
  bool interpolate; /* linear; else nearest */
  double label_opacity; /* 0 to 1, of the fill */
  double outline_opacity; /* 0: no outlines */
  bool hide_labels;
  bool colour_by_class;
  LamMap map;
  bool show_theirs; /* another person's labels, in dashed outlines of their
                     * classes' colours; not in the overview */
  uint16_t newest_run; /* for sources (source-colour.h); 0: none */
  uint32_t selected_label; /* 0: none; drawn brighter, with a full outline */
  bool show_crosshair;
  double crosshair_nm[3];
  LamBox mark; /* a place to look at, in level-0 voxels; empty: none */
  float background_rgb[3]; /* around the volume */
  double px_scale; /* device pixels in a logical one, for lines; 0: 1 */
} LamLook;

/* The brush's outline under the pointer, in one pane; an ellipse in pixels is
 * round in nm. */
typedef struct {
  bool visible;
  LamPlane plane;
  double centre_nm[3];
  double radius_nm;
  uint32_t rgb;
} LamBrushCursor;
