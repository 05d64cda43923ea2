/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The regions of the project out as a training set. */
#pragma once

#include <gtk/gtk.h>

#include "workspace/workspace.h"

void lam_curated_dialog_present (GtkWindow *parent, LamWorkspace *workspace);
