/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Scores as rows of a grid, with what each means as its tip, and below them
 * what is of no class alone. */
#pragma once

#include <gtk/gtk.h>

#include "workspace/quality.h"

/* Borrowed */
typedef struct {
  GtkGrid *grid;
  GtkLabel *summary;
  GtkLabel *problem; /* shown where there is one */
} LamQualityTable;

/* In place of what it shows. `problem`: NULL for none. */
void lam_quality_table_show (const LamQualityTable *table,
    const LamQualityReport *report, const char *problem);
/* No score stays. */
void lam_quality_table_clear (
    const LamQualityTable *table, const char *problem);
void lam_quality_table_show_problem (
    const LamQualityTable *table, const char *problem);
