/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Between labelling.c and its neighbours. */
#pragma once

#include "workspace/labelling.h"

/* The row of a label that was made for the next stroke and is not in the
 * project yet, to be saved with that stroke; NULL when there is none. */
GPtrArray *lam_labelling_take_fresh_rows (
    LamWorkspace *workspace, uint32_t label) G_GNUC_WARN_UNUSED_RESULT;

/* What was painted with last, in the project's settings, so that one goes on
 * with it. Without such a setting: the first class that is not background. */
void lam_labelling_keep_choice (LamWorkspace *workspace);
void lam_labelling_restore_choice (LamWorkspace *workspace);
