/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The menu of a right click in a slice. */
#pragma once

#include "app/window.h"

/* For a voxel inside of the volume. */
GMenuModel *lam_window_menu_new (
    LamWindow *window, const int64_t voxel[3]) G_GNUC_WARN_UNUSED_RESULT;
