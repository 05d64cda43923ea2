/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A change of a row that comes after another one: of what the other left,
 * it changes only what it was about. Any thread; for this floor. */
#pragma once

#include "labels/class-table.h"
#include "labels/region.h"

/* `now` with every field in which `before` and `after` differ as in `after`.
 * Texts are borrowed from `now` and `after`. A row that was deleted `now` comes
 * back when it is not in `after`: the change makes it again. */
LamLabel lam_row_fields_label (
    const LamLabel *now, const LamLabel *before, const LamLabel *after);
LamClass lam_row_fields_class (
    const LamClass *now, const LamClass *before, const LamClass *after);
LamRegion lam_row_fields_region (
    const LamRegion *now, const LamRegion *before, const LamRegion *after);
