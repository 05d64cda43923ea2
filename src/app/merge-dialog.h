/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Merge Project…: which file, what merging it would do, and the merge. */
#pragma once

#include <gtk/gtk.h>

#include "workspace/workspace.h"

void lam_merge_dialog_present (GtkWindow *parent, LamWorkspace *workspace);
