/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The menu of a right click in a slice. */
#pragma once

#include "app/window.h"

/* Shows it for a voxel inside of the volume, at (x, y) of `pane`. */
void lam_window_menu_popup (LamWindow *window, const int64_t voxel[3],
    GtkWidget *pane, double x, double y);
