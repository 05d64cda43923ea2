/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The window's actions on the labels that are selected: "label-state" by its
 * number, "verify-labels", "group-labels", "new-label-group"; and
 * "label-groups", how they are listed. */
#pragma once

#include "app/window.h"

void lam_window_labels_add (LamWindow *window);
/* What can be done may be another. */
void lam_window_labels_update (LamWindow *window);
