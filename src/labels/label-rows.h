/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The rows of labels, by id and in order of id. A copy of 100,000 rows takes a
 * fraction of a millisecond, as does its end. Each object belongs to one thread
 * at a time; copies of one another may belong to several. Once it is read it
 * may be read by several, too, until it changes. */
#pragma once

#include "labels/class-table.h"

typedef struct _LamLabelRows LamLabelRows;

LamLabelRows *lam_label_rows_new (void) G_GNUC_WARN_UNUSED_RESULT;
LamLabelRows *lam_label_rows_copy (
    const LamLabelRows *rows) G_GNUC_WARN_UNUSED_RESULT;
void lam_label_rows_free (LamLabelRows *rows);

/* NULL: there is none. Good until the rows change. */
const LamLabel *lam_label_rows_get (const LamLabelRows *rows, uint32_t id);
const LamLabel *lam_label_rows_get_nth (const LamLabelRows *rows, size_t i);
size_t lam_label_rows_get_n (const LamLabelRows *rows);

/* Adds or replaces the row of that id; copies, also what is its own. */
void lam_label_rows_set (LamLabelRows *rows, const LamLabel *row);
void lam_label_rows_remove (LamLabelRows *rows, uint32_t id);
