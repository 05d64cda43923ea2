/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#pragma once

#include "workspace/workspace.h"

/* What was asked for while a copy of the project was made goes to the store
 * that the workspace has now. */
void lam_project_models_send_held (LamWorkspace *workspace);
