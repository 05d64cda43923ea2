/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Asks which class of the project each number of a truth's file is. */
#pragma once

#include <gtk/gtk.h>

#include "workspace/workspace.h"

/* `now`: what was said before (lam_truth_map_to_text()), or NULL. `chosen` gets
 * the answer; it is not called any more once `parent` is gone. */
void lam_truth_map_dialog_present (GtkWindow *parent, LamWorkspace *workspace,
    const char *path, const char *now,
    void (*chosen) (GtkWindow *parent, const char *text));
