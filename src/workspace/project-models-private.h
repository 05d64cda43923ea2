/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#pragma once

#include "workspace/workspace.h"

/* What was asked for while a copy of the project was made goes to the store
 * that the workspace has now. */
void lam_project_models_send_held (LamWorkspace *workspace);
/* Keeps a network that `parent` became, under `name`, in the store that the
 * workspace has by then. Ends in lam_workspace_add_model_finish(). Main thread.
 */
void lam_project_models_add_learned_async (LamWorkspace *workspace,
    GBytes *onnx, const char *name, int64_t parent,
    GAsyncReadyCallback callback, gpointer user_data);
