/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A new region: a name, what it is for, and which voxels. */
#pragma once

#include <gtk/gtk.h>

#include "workspace/workspace.h"

/* `box`: to begin with. */
void lam_region_dialog_present (
    GtkWindow *parent, LamWorkspace *workspace, const LamBox *box);
