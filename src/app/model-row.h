/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A network of the project as a line: chosen, described, and what can be done
 * with it. */
#pragma once

#include <gtk/gtk.h>

#include "workspace/workspace.h"

/* Called with the widget that was pressed, whose model is
 * lam_model_row_get_model(), and `user_data`. */
typedef struct {
  GCallback chosen; /* "toggled" of the check button */
  GCallback classes, remove; /* "clicked" */
  gpointer user_data;
} LamModelRowCalls;

/* `id` 0: that no network works. `group`: a check button of another row, or
 * NULL; `check` is set to this one's. */
GtkWidget *lam_model_row_new (LamWorkspace *workspace, int64_t id,
    const char *name, const LamModelRowCalls *calls, GtkCheckButton *group,
    GtkCheckButton **check) G_GNUC_WARN_UNUSED_RESULT;
int64_t lam_model_row_get_model (GtkWidget *pressed);
