/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Labels as the graphics card knows them: each label that was ever shown has a
 * slot, a small number, and a texture holds the colours of the slots. Kept in
 * step with a class table. */
#pragma once

#include <epoxy/gl.h>
#include <stdbool.h>
#include <stdint.h>

#include "labels/class-table.h"

/* Slots are smaller; beyond, labels share slots and so colours. */
#define LAM_COLOUR_SLOTS (UINT32_C (1) << 19)

typedef struct _LamColourLookup LamColourLookup;

/* `classes` is borrowed and may be NULL: then every label gets the colour made
 * from its number. */
LamColourLookup *lam_colour_lookup_new (
    const LamClassTable *classes) G_GNUC_WARN_UNUSED_RESULT;
/* Its labels are sources instead (LamVoxelSource), in their colours. */
LamColourLookup *lam_colour_lookup_new_of_sources (
    void) G_GNUC_WARN_UNUSED_RESULT;
/* Its labels are doubts instead (labels/doubt-tiles.h), in theirs. */
LamColourLookup *lam_colour_lookup_new_of_doubts (
    void) G_GNUC_WARN_UNUSED_RESULT;
/* Of one of sources: the newest run there is, as source-colour.h. */
void lam_colour_lookup_set_newest_run (
    LamColourLookup *lookup, uint16_t newest);
/* Another table, or NULL, instead of the one it has; slots stay. */
void lam_colour_lookup_set_classes (
    LamColourLookup *lookup, const LamClassTable *classes);
/* Deletes the texture unless it was lost: then current. */
void lam_colour_lookup_free (LamColourLookup *lookup);
/* Forgets the texture without deleting it; slots stay. */
void lam_colour_lookup_lose_context (LamColourLookup *lookup);

/* The label's slot, given out at the first call; 0 for label 0 only. */
uint32_t lam_colour_lookup_take_slot (LamColourLookup *lookup, uint32_t label);
/* The same, or 0 when it has none yet. */
uint32_t lam_colour_lookup_find_slot (
    const LamColourLookup *lookup, uint32_t label);
uint32_t lam_colour_lookup_get_n_slots (const LamColourLookup *lookup);

/* Sends the colours of new slots and what changed in the table since the last
 * call. Current. */
void lam_colour_lookup_update (LamColourLookup *lookup);
/* Grows when a colour changes that may be on the screen. */
uint64_t lam_colour_lookup_get_serial (const LamColourLookup *lookup);
GLuint lam_colour_lookup_get_texture (const LamColourLookup *lookup);
/* Rows of the texture, which grows with the slots; 0 before the first update.
 */
uint32_t lam_colour_lookup_get_n_rows (const LamColourLookup *lookup);
/* The texture: rows of 2048 texels R, G, B, shown. A slot's column is its low
 * LAM_COLOUR_ROW_SHIFT bits, its row the rest; colours of the classes are
 * LAM_COLOUR_ROW_SLOTS further to the right. As in slice.glsl. */
#define LAM_COLOUR_ROW_SHIFT 10
#define LAM_COLOUR_ROW_SLOTS (UINT32_C (1) << LAM_COLOUR_ROW_SHIFT)
/* What the last update sent for a label: false when it has no slot. */
bool lam_colour_lookup_find (const LamColourLookup *lookup, uint32_t label,
    bool by_class, uint32_t *rgb, bool *hidden);
