/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A network of the project as a line: chosen, described, and what can be done
 * with it.
 *
 * Signals, each (): "chosen", it is to work; "classes", it is asked for which
 * of its classes is which; "remove". */
#pragma once

#include <gtk/gtk.h>

#include "workspace/workspace.h"

#define LAM_TYPE_MODEL_LINE (lam_model_line_get_type ())
G_DECLARE_FINAL_TYPE (LamModelLine, lam_model_line, LAM, MODEL_LINE, GtkBox)

/* `id` 0: that no network works. `group`: another line, of which one is chosen,
 * or NULL. The workspace must outlive the line. Says nothing yet. */
LamModelLine *lam_model_line_new (
    LamWorkspace *workspace, int64_t id, LamModelLine *group);
int64_t lam_model_line_get_id (LamModelLine *line);
/* Borrowed. */
const char *lam_model_line_get_name (LamModelLine *line);
/* The keyboard goes to where it is chosen. */
void lam_model_line_focus (LamModelLine *line);
/* Shows what the network is now; nothing is told of that. */
void lam_model_line_refresh (LamModelLine *line, const char *name);
