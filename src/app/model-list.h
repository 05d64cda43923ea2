/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The networks of the project, which of them works, and what comes with the
 * program and is not in the project yet.
 *
 * Signal: "changed" (), also when it shows the same as before. */
#pragma once

#include <gtk/gtk.h>

#include "workspace/workspace.h"

#define LAM_TYPE_MODEL_LIST (lam_model_list_get_type ())
G_DECLARE_FINAL_TYPE (LamModelList, lam_model_list, LAM, MODEL_LIST, GtkBox)

GtkWidget *lam_model_list_new (void);
/* NULL: empty. Holds a reference. The project can be changed. */
void lam_model_list_set_workspace (LamModelList *list, LamWorkspace *workspace);
/* NULL: no network works. Borrowed until "changed". */
const char *lam_model_list_get_active_name (LamModelList *list);
/* The network of a file becomes one of the project's, and works. */
void lam_model_list_add (LamModelList *list, const char *path);
