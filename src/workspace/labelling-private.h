/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Between labelling.c and its neighbours. */
#pragma once

#include "workspace/labelling.h"

/* The row of a label that was made for the next stroke and is not in the
 * project yet, to be saved with that stroke; NULL when there is none. */
GPtrArray *lam_labelling_take_fresh_rows (
    LamWorkspace *workspace, uint32_t label) G_GNUC_WARN_UNUSED_RESULT;

/* One edit for all these rows, each label at most once; `n_rows` 0: none is
 * made. False with error when one of them cannot be. */
bool lam_labelling_commit (LamWorkspace *workspace, const LamLabel *rows,
    size_t n_rows, const char *detail, GError **error);

/* label-states.c: what the first work on a label makes of its row, to be saved
 * with that; NULL: nothing, or `row` is NULL. */
LamRowChange *lam_labelling_begin_work (
    const LamLabel *row) G_GNUC_WARN_UNUSED_RESULT;

/* A label that no stroke has saved yet gets its row before it is counted on. */
void lam_labelling_save_fresh (LamWorkspace *workspace, uint32_t label);

/* What was painted with last, in the project's settings, so that one goes on
 * with it. Without such a setting: the first class that is not background. */
void lam_labelling_keep_choice (LamWorkspace *workspace);
void lam_labelling_restore_choice (LamWorkspace *workspace);

/* What a label is called: its own name, unless that is NULL or "", or its
 * class's (NULL: unknown) and number. Any thread. */
char *lam_labelling_make_title (const char *name, const char *class_name,
    uint32_t id) G_GNUC_WARN_UNUSED_RESULT;
char *lam_labelling_dup_title (
    const LamClassTable *classes, uint32_t id) G_GNUC_WARN_UNUSED_RESULT;
/* Neither the label nor its class is locked, and the label is not completed; 0
 * never is. Any thread. */
bool lam_labelling_check_unlocked (
    const LamClassTable *classes, uint32_t id, GError **error);
