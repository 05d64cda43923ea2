/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What dialogs that ask for something have in common: Cancel and a verb at the
 * top, Escape and Enter, a line for what went wrong, scrolling when the screen
 * is low, and the workspace, held while the dialog is open.
 *
 * A dialog is a template with this parent: it sets "accept-label" and "form"
 * and handles "accept" (). */
#pragma once

#include <adwaita.h>

#include "workspace/workspace.h"

#define LAM_TYPE_FORM_DIALOG (lam_form_dialog_get_type ())
G_DECLARE_DERIVABLE_TYPE (
    LamFormDialog, lam_form_dialog, LAM, FORM_DIALOG, AdwWindow)

struct _LamFormDialogClass {
  AdwWindowClass parent_class;
};

/* `type`: of the dialog. `workspace` may be NULL. Not yet on screen. */
gpointer lam_form_dialog_new (
    GType type, GtkWindow *parent, LamWorkspace *workspace);
LamWorkspace *lam_form_dialog_get_workspace (gpointer dialog);
void lam_form_dialog_set_accept_label (gpointer dialog, const char *label);
void lam_form_dialog_set_can_accept (gpointer dialog, bool can_accept);
/* Shown until the next one; NULL: none. */
void lam_form_dialog_set_problem (gpointer dialog, const char *problem);

/* Where a file dialog begins and what it lists. */
typedef struct {
  const char *title;
  const char *accept; /* the verb on the button */
  const char *path; /* the file, or NULL */
  const char *filter; /* the filter's name, or NULL for all files */
  const char *patterns; /* "*.tif *.tiff" */
  bool is_save, is_folder;
} LamFileQuestion;

/* `chosen` gets the path, only when there is one; it is not called any more
 * once `parent` is gone. `user_data` is freed in every case. */
void lam_file_question_present (GtkWindow *parent,
    const LamFileQuestion *question,
    void (*chosen) (GtkWindow *parent, const char *path, gpointer user_data),
    gpointer user_data, GDestroyNotify free_user_data);
