/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The networks that are kept in the project, as verbs of the workspace. They
 * are not part of the history: what a network wrote is. Main thread, but for
 * lam_project_model_open(). "models-changed" says that one of them happened. */
#pragma once

#include "segment/model.h"
#include "store/store-models.h"
#include "workspace/workspace.h"

/* Keeps an ONNX file in the project, under `name` (NULL: that of the file). It
 * must be a network for images, complete in its one file. Finish gives its id,
 * or 0 with error. */
void lam_workspace_add_model_async (LamWorkspace *workspace, const char *path,
    const char *name, GAsyncReadyCallback callback, gpointer user_data);
/* The same of one that comes with the program (workspace/shipped-models.h). */
void lam_workspace_add_shipped_model_async (LamWorkspace *workspace,
    const char *name, GAsyncReadyCallback callback, gpointer user_data);
int64_t lam_workspace_add_model_finish (
    LamWorkspace *workspace, GAsyncResult *result, GError **error);
/* Drops its bytes for good; the active one is no longer. */
void lam_workspace_remove_model_async (LamWorkspace *workspace, int64_t id,
    GAsyncReadyCallback callback, gpointer user_data);
bool lam_workspace_remove_model_finish (
    LamWorkspace *workspace, GAsyncResult *result, GError **error);
/* Writes its ONNX file; without `may_replace` not over another. Ends in
 * lam_model_export_finish(). */
void lam_workspace_export_model_async (LamWorkspace *workspace, int64_t id,
    const char *path, bool may_replace, GAsyncReadyCallback callback,
    gpointer user_data);
/* LamModelRow *, those that were removed too; as on disk, without waiting. */
GPtrArray *lam_workspace_list_models (
    LamWorkspace *workspace, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The model that works beside the person; 0: none. */
int64_t lam_workspace_get_active_model (LamWorkspace *workspace);
/* The same of a file that nobody else changes. */
int64_t lam_project_model_get_active (LamStore *store);
void lam_project_model_set_active (LamStore *store, int64_t id);
/* 0: none from now on. Reads the model in a worker, and refuses one whose
 * classes do not fit the project's, by LAM_ERROR_NEEDS_CHOICE: then the person
 * has to say which is which (workspace/model-classes.h). */
void lam_workspace_activate_model_async (LamWorkspace *workspace, int64_t id,
    GAsyncReadyCallback callback, gpointer user_data);
bool lam_workspace_activate_model_finish (
    LamWorkspace *workspace, GAsyncResult *result, GError **error);

/* x, y, z voxels that a network is shown at once, remembered with the project
 * for it and what becomes of it by learning; 0: its own. */
void lam_workspace_get_model_tile (
    LamWorkspace *workspace, int64_t id, int64_t tile[3]);
void lam_workspace_set_model_tile (
    LamWorkspace *workspace, int64_t id, const int64_t tile[3]);

/* Reads one, ready to be run. `name` (may be NULL): its name. Any thread;
 * blocks. */
LamModel *lam_project_model_open (LamStore *store, int64_t id, char **name,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
