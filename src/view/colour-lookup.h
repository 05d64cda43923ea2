/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The lookup texture from label number to colours and flags, kept in step with
 * a class table. */
#pragma once

#include <epoxy/gl.h>
#include <stdbool.h>
#include <stdint.h>

#include "labels/class-table.h"

typedef struct _LamColourLookup LamColourLookup;

/* `classes` is borrowed and may be NULL: then every label gets the colour made
 * from its number. */
LamColourLookup *lam_colour_lookup_new (
    const LamClassTable *classes) G_GNUC_WARN_UNUSED_RESULT;
/* Deletes the texture unless it was lost: then current. */
void lam_colour_lookup_free (LamColourLookup *lookup);
/* Forgets the texture without deleting it. */
void lam_colour_lookup_lose_context (LamColourLookup *lookup);

/* Sends what changed in the table since the last call. Current. */
void lam_colour_lookup_update (LamColourLookup *lookup);
/* Grows with each change of what is looked up. */
uint64_t lam_colour_lookup_get_serial (const LamColourLookup *lookup);
GLuint lam_colour_lookup_get_texture (const LamColourLookup *lookup);
/* Number of slots, a power of two, and of those in a row of the texture. */
uint32_t lam_colour_lookup_get_n_slots (const LamColourLookup *lookup);
int lam_colour_lookup_get_row_shift (const LamColourLookup *lookup);
/* Every label is in its home slot, as numbers given in order are: the shader
 * that looks nowhere else is much faster. */
bool lam_colour_lookup_is_direct (const LamColourLookup *lookup);
/* What the shader finds: false for a label that has no entry. For tests. */
bool lam_colour_lookup_find (const LamColourLookup *lookup, uint32_t label,
    bool by_class, uint32_t *rgb, bool *hidden);
