/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Asks which class of the project each class of a network is. */
#pragma once

#include <gtk/gtk.h>

#include "workspace/workspace.h"

/* The answer is kept with the model, which then works beside the person. The
 * dialog appears once the network was read; a message in its place where it
 * cannot be. */
void lam_class_map_dialog_present (
    GtkWindow *parent, LamWorkspace *workspace, int64_t model);
