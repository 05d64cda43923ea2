/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The window's actions on whole shapes, of the active label, where the pointer
 * is: "act" by name, in the slice or in space; "act-along" by name, through so
 * many slices; "extrude", through as many as are set; "preview", which shows
 * what Enter will do; "join-label", of any label; and "step-back". And those on
 * regions: "regions", "region-lines". */
#pragma once

#include "app/window.h"

void lam_window_shapes_add (LamWindow *window);
/* Enter: what a tool shows is done; false: there is nothing of the kind. */
bool lam_window_shapes_accept (LamWindow *window, bool erases);
/* What can be done may be another. */
void lam_window_shapes_update (LamWindow *window);
