/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How well the project agrees with a truth: scores of each class, again after
 * every correction. */
#pragma once

#include <gtk/gtk.h>

#include "workspace/workspace.h"

/* One a window; brings it to the front where it is open already. */
void lam_quality_window_present (GtkWindow *parent, LamWorkspace *workspace);
