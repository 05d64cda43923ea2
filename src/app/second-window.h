/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Two people on one region: give it away without labels, bring the other's
 * labels back, see how well both agree, and go to where they do not. */
#pragma once

#include <gtk/gtk.h>

#include "workspace/workspace.h"

/* One of each window; it goes with its project. */
void lam_second_window_present (GtkWindow *parent, LamWorkspace *workspace);
