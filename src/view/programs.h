/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The GL programs of a share group. They outlive renderers: compiling costs a
 * software renderer a second, and Mesa (22.3, llvmpipe) may draw without a
 * vertex shader, and crash, in a context that has used a program which another
 * context of the group deletes. */
#pragma once

#include "view/overlay-layer.h"
#include "view/slice-layer.h"

typedef struct _LamPrograms LamPrograms;

LamPrograms *lam_programs_new (void) G_GNUC_WARN_UNUSED_RESULT;
/* No context is needed when nothing was compiled or lam_programs_clear() was
 * called; else current, and no context of the group draws any more. */
void lam_programs_free (LamPrograms *programs);
/* Deletes all programs (current), or only forgets them when `lost`. */
void lam_programs_clear (LamPrograms *programs, bool lost);

/* Compiled at the first call. Borrowed. Current. */
LamSliceLayer *lam_programs_get_slice_layer (
    LamPrograms *programs, bool split, GError **error);
LamOverlayLayer *lam_programs_get_overlay_layer (
    LamPrograms *programs, GError **error);
