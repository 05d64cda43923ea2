/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* From labels to the texels of a label tile: the label's slot, and where it
 * ends, so that the shader finds outlines without looking around. */
#pragma once

#include <stdbool.h>

#include "view/colour-lookup.h"

/* Bits above the slot, as in slice.glsl: the texel so many further on in that
 * direction has another label. Unlabelled texels have none of them. */
#define LAM_TEXEL_END(direction, distance) \
  (UINT32_C (1) << (24 + (direction) + 4 * ((distance)-1)))
enum { LAM_TEXEL_U_LOW, LAM_TEXEL_V_LOW, LAM_TEXEL_U_HIGH, LAM_TEXEL_V_HIGH };
/* How far an end is seen. */
#define LAM_TEXEL_REACH 2

/* Dense rows; what lies outside of the rectangle counts as the texel at its
 * edge. Returns whether any texel has a label. */
bool lam_label_texels_make (LamColourLookup *colours, const uint32_t *labels,
    int width, int height, uint32_t *texels);
/* The same in the colours of who said it, which a lookup of sources has: what
 * nobody said has an empty texel, what somebody said to be unlabelled has not.
 * Ends are where label or source is another. */
bool lam_label_texels_make_said (LamColourLookup *colours,
    const uint32_t *labels, const uint32_t *sources, int width, int height,
    uint32_t *texels);
/* Puts proposals (labels/doubt-tiles.h) of other classes than the labels are of
 * among the labels, as numbers that a lookup colours by the class. */
#define LAM_PROPOSED_LABEL UINT32_C (0xff000000)
void lam_proposals_put (const LamClassTable *classes, const uint32_t *proposed,
    int n, uint32_t *labels);
/* The same in the colours of doubts (labels/doubt-tiles.h): nothing where there
 * is none. Ends are those of labels alone, as hardly two neighbours are equally
 * unsure. */
bool lam_label_texels_make_doubts (LamColourLookup *colours,
    const uint32_t *labels, const uint32_t *doubts, int width, int height,
    uint32_t *texels);
