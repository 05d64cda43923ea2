/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Small numbers for the objects of a phantom: 1, 2, 3 … in the order in which
 * they are met, without a gap. Read a volume in one order and they are the same
 * whoever made its parts. Grows with the objects, not with the voxels; one
 * thread at a time. */
#pragma once

#include "labels/phantom.h"

typedef struct _LamPhantomNumbers LamPhantomNumbers;

LamPhantomNumbers *lam_phantom_numbers_new (void) G_GNUC_WARN_UNUSED_RESULT;
void lam_phantom_numbers_free (LamPhantomNumbers *numbers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamPhantomNumbers, lam_phantom_numbers_free)

/* The last number given; 0: none yet. */
uint32_t lam_phantom_numbers_get_last (const LamPhantomNumbers *numbers);
/* The object that lies around the one numbered `number`, as a number; 0: none,
 * or none of its voxels was met. */
uint32_t lam_phantom_numbers_get_parent (const LamPhantomNumbers *numbers,
    const LamPhantom *phantom, uint32_t number);

/* The number of an object of lam_phantom_render(): a new one when it is met for
 * the first time. */
uint32_t lam_phantom_numbers_meet (LamPhantomNumbers *numbers, uint32_t id);
/* Puts numbers for the ids of `n` voxels; 0 stays. */
void lam_phantom_numbers_replace (
    LamPhantomNumbers *numbers, uint32_t *labels, size_t n);
