/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What keys, buttons and menus of the window do. */
#pragma once

#include "app/window.h"

void lam_window_actions_add (LamWindow *window);
/* Which of them make sense now. */
void lam_window_actions_update (LamWindow *window);
