/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* All about one class on one page, to add it or to change it. */
#pragma once

#include <gtk/gtk.h>

#include "workspace/workspace.h"

/* `class_id` -1: a new class. */
void lam_class_dialog_present (
    GtkWindow *parent, LamWorkspace *workspace, int32_t class_id);
