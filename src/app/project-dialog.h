/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Asks where the project of the open image goes and what classes it begins
 * with, and starts it. */
#pragma once

#include <gtk/gtk.h>

#include "workspace/workspace.h"

/* Success is the workspace's "project-changed". */
void lam_project_dialog_present (GtkWindow *parent, LamWorkspace *workspace);
