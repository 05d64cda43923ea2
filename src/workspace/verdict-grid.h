/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Finds the verdict on a place among many, in a time that does not grow with
 * them. Any one thread. */
#pragma once

#include "labels/place.h"

typedef struct _LamVerdictGrid LamVerdictGrid;

LamVerdictGrid *lam_verdict_grid_new (void) G_GNUC_WARN_UNUSED_RESULT;
void lam_verdict_grid_free (LamVerdictGrid *grid);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamVerdictGrid, lam_verdict_grid_free)
/* Numbers are 0, 1, … */
void lam_verdict_grid_add (LamVerdictGrid *grid, const LamVerdictRow *row);
/* The number of the last one that covers the place (lam_verdict_covers()); -1:
 * none does. */
int lam_verdict_grid_find (const LamVerdictGrid *grid, const LamPlace *place);
