/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Asks for the voxel size in nm: when the file does not say, or to mend it. */
#pragma once

#include <gtk/gtk.h>

#include "workspace/workspace.h"

/* `done` (may be NULL) is called when a new size was set. */
void lam_voxel_size_dialog_present (GtkWindow *parent, LamWorkspace *workspace,
    void (*done) (gpointer user_data), gpointer user_data);
