/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Scores as rows of a grid, with what each means as its tip. */
#pragma once

#include <gtk/gtk.h>

#include "workspace/quality.h"

void lam_quality_table_clear (GtkGrid *grid);
/* In place of what is in the grid. */
void lam_quality_table_fill (GtkGrid *grid, const LamQualityReport *report);
/* What is of no class alone, as lines of text. */
char *lam_quality_table_describe (
    const LamQualityReport *report) G_GNUC_WARN_UNUSED_RESULT;
/* The formulas of those, for a tip. */
const char *lam_quality_table_get_formulas (void);
