/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What of the history is to be listed: whose, made with what, when, where.
 *
 * Signal: "changed" (). */
#pragma once

#include <adwaita.h>

#include "app/canvas.h"

#define LAM_TYPE_HISTORY_CHOICE (lam_history_choice_get_type ())
G_DECLARE_FINAL_TYPE (
    LamHistoryChoice, lam_history_choice, LAM, HISTORY_CHOICE, AdwBin)

/* Of which it tells what is seen; borrowed, or NULL. */
void lam_history_choice_set_canvas (
    LamHistoryChoice *choice, LamCanvas *canvas);
/* NULL, or one without a project: there is nothing to choose. All of the
 * history is wanted again. Holds a reference. */
void lam_history_choice_set_workspace (
    LamHistoryChoice *choice, LamWorkspace *workspace);
/* Looks again who and what there is. */
void lam_history_choice_refresh (LamHistoryChoice *choice);
/* All of the history is wanted. */
void lam_history_choice_reset (LamHistoryChoice *choice);
/* False: all of it is. The texts are borrowed until the choice changes. */
bool lam_history_choice_get (
    LamHistoryChoice *choice, LamHistoryFilter *filter);
