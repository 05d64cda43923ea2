/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What keys, buttons and menus of the window do. */
#pragma once

#include "app/window.h"

void lam_window_actions_add (LamWindow *window);
/* Which of them make sense now. */
void lam_window_actions_update (LamWindow *window);
/* The menu of a right click on a pane. */
GMenuModel *lam_window_actions_new_menu (
    LamWindow *window, const int64_t voxel[3]) G_GNUC_WARN_UNUSED_RESULT;
