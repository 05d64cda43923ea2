/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A long task on screen: what is done, how far it is, how long it takes, and a
 * button that cancels. Appears only when the task lasts longer than a moment.
 */
#pragma once

#include <gtk/gtk.h>

#include "base/progress.h"

typedef struct _LamProgressDialog LamProgressDialog;

/* Takes a reference of `progress`. Close it with lam_progress_dialog_close()
 * when the task has ended, cancelled or not. */
LamProgressDialog *lam_progress_dialog_new (GtkWindow *parent,
    const char *title, LamProgress *progress) G_GNUC_WARN_UNUSED_RESULT;
void lam_progress_dialog_close (LamProgressDialog *dialog);
