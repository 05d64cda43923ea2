/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How many looks decide together, when a network works beside a person: those
 * of other networks of the project, too, and each at mirrored and turned copies
 * of the image. The mean of their probabilities is the answer; how unsure that
 * is counts what they do not agree on, too. As many looks take as many times as
 * long. Remembered with the project. Main thread; a change says
 * "models-changed". */
#pragma once

#include "segment/turn.h"
#include "workspace/workspace.h"

LamCopies lam_workspace_get_copies (LamWorkspace *workspace);
void lam_workspace_set_copies (LamWorkspace *workspace, LamCopies copies);

/* Whether a network is asked, too, while another one is the active one. */
bool lam_workspace_asks_too (LamWorkspace *workspace, int64_t model);
void lam_workspace_set_asks_too (
    LamWorkspace *workspace, int64_t model, bool asks);
/* The same, once a worker has found that it can decide together with the active
 * one; else the error says why not, and nothing changes. */
void lam_workspace_ask_too_async (LamWorkspace *workspace, int64_t model,
    GAsyncReadyCallback callback, gpointer user_data);
bool lam_workspace_ask_too_finish (
    LamWorkspace *workspace, GAsyncResult *result, GError **error);
/* Whether `model` and those (int64_t) have the same classes, which one mean
 * needs; LAM_ERROR_INPUT with both lists. Any thread, blocking. */
bool lam_project_models_check_together (
    LamStore *store, int64_t model, const GArray *asked, GError **error);
/* The same of a file that nobody else changes. */
bool lam_project_model_is_asked (LamStore *store, int64_t model);
/* int64_t, rising: those that are asked beside `model`, and are still there. */
GArray *lam_workspace_list_asked (
    LamWorkspace *workspace, int64_t model) G_GNUC_WARN_UNUSED_RESULT;

/* Of all networks; 1 where the active one looks once. */
int lam_workspace_count_looks (LamWorkspace *workspace);
/* "copies=4 with=2,3" for what a run is remembered by; "" for one look. */
char *lam_workspace_dup_looks (
    LamWorkspace *workspace, int64_t model) G_GNUC_WARN_UNUSED_RESULT;
