/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The window's actions that are about what another person says. */
#pragma once

#include "app/window.h"

void lam_window_people_add (LamWindow *window);
/* Another person's labels are looked at, or shown, or no longer. */
void lam_window_people_heed_theirs (LamWindow *window);
/* After the workspace changed. */
void lam_window_people_update (LamWindow *window);
