/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The window's actions on its panes: what they show, which of them keys act in,
 * and the pen that keys hold there. */
#pragma once

#include "app/window.h"

/* Once. */
void lam_window_panes_add (LamWindow *window);
/* What can be done may be another. */
void lam_window_panes_update (LamWindow *window);
