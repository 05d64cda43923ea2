/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One edit in the history: what, when, who, how much, where. Its buttons
 * activate "history.revert" (x) and "history.restore" (x) of the panel around
 * it. */
#pragma once

#include <adwaita.h>

#include "workspace/models.h"

#define LAM_TYPE_HISTORY_LINE (lam_history_line_get_type ())
G_DECLARE_FINAL_TYPE (
    LamHistoryLine, lam_history_line, LAM, HISTORY_LINE, AdwBin)

GtkWidget *lam_history_line_new (void);
/* Of what an edit was made with, for people. */
const char *lam_history_line_get_title (const char *tool);
/* Keeps nothing of `row`. */
void lam_history_line_show (LamHistoryLine *line, const LamHistoryRow *row);
/* "3 minutes ago" grows old. */
void lam_history_line_refresh_time (LamHistoryLine *line);
