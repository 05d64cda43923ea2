/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Ctrl+G: go to a position, in voxels or in nm. */
#pragma once

#include <gtk/gtk.h>

#include "workspace/workspace.h"

void lam_goto_dialog_present (GtkWindow *parent, LamWorkspace *workspace);
