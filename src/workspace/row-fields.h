/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A change of a row that comes after another one: of what the other left,
 * it changes only what it was about. Any thread; for this floor. */
#pragma once

#include "store/project-data.h"

/* The fields that a person changed, a bit each: those in which the rows before
 * and after differed when the change was made, also once it was laid over
 * others. Not for notes, which are changed as a whole. */
unsigned lam_row_fields_find (const LamRowChange *change);

/* `now` with those fields as in `after`. Texts are borrowed from `now` and
 * `after`. A row that was deleted `now` comes back when it is not in `after`:
 * the change makes it again. */
LamLabel lam_row_fields_label (
    const LamLabel *now, const LamLabel *after, unsigned fields);
LamClass lam_row_fields_class (
    const LamClass *now, const LamClass *after, unsigned fields);
LamRegion lam_row_fields_region (
    const LamRegion *now, const LamRegion *after, unsigned fields);
