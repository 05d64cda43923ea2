/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Draws tiles of a slice: image through the window/level, labels over it. The
 * program is shared by all contexts; the caller owns the vertex array. */
#pragma once

#include <epoxy/gl.h>
#include <glib.h>

#include "view/colour-lookup.h"
#include "view/scene.h"
#include "view/tile-cache.h"

/* A corner of a tile's part. Layers below 0: not there. */
typedef struct {
  float position[3];
  float image[3]; /* s, t, layer of its page */
  float label[3];
  float label_reach[2]; /* texels of the label's tile in a screen pixel */
} LamSliceVertex;

typedef struct _LamSliceLayer LamSliceLayer;

/* `split`: image texels of 16 bits in two channels. Current. */
LamSliceLayer *lam_slice_layer_new (
    bool split, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Current, unless `lost`. */
void lam_slice_layer_free (LamSliceLayer *layer, bool lost);

typedef struct {
  const LamLook *look;
  double at_zero, at_max; /* what the least and the largest texel mean */
  const float *matrix; /* 16, column by column */
  LamTileCache *images, *labels;
  int image_page, label_page; /* that the vertices are drawn from */
  const LamColourLookup *colours;
  uint32_t selected_slot; /* of `colours`; 0: none */
} LamSliceState;

/* Sets program, textures and uniforms. `reach`: the largest label_reach of the
 * vertices, or 0: they have no labels. Current. */
void lam_slice_layer_use (
    LamSliceLayer *layer, const LamSliceState *state, double reach);
/* The same for labels alone, as dashed outlines that are blended over what is
 * there. */
void lam_slice_layer_use_over (
    LamSliceLayer *layer, const LamSliceState *state);
/* The same with the n-th of the programs that it chooses from; false when there
 * are no more. */
bool lam_slice_layer_use_nth (
    LamSliceLayer *layer, const LamSliceState *state, int n);
/* Points the bound vertex array at the bound buffer of LamSliceVertex. */
void lam_slice_layer_set_attributes (void);
