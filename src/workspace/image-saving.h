/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which image a project is of, and how large its voxels are, kept in the
 * project in its turn: behind whatever is being stored. Main thread; for this
 * floor. */
#pragma once

#include "workspace/workspace.h"

/* As it is in memory now. Without a project, or with one that may not be
 * changed, nothing happens. Where it fails the person is told. */
void lam_workspace_save_image (LamWorkspace *workspace);
