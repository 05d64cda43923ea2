/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Saves a copy of the project, with all that waits, and goes on with it. */
#pragma once

#include <gtk/gtk.h>

#include "workspace/workspace.h"

void lam_copy_dialog_present (GtkWindow *parent, LamWorkspace *workspace);
