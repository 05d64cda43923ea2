/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the person must know about what is open, in one bar above the panes,
 * the most pressing first: edits could not be saved; the image is missing; the
 * project is read-only; there is no project yet. Its buttons are actions of the
 * window. */
#pragma once

#include <gtk/gtk.h>

#include "workspace/workspace.h"

#define LAM_TYPE_NOTICE_BAR (lam_notice_bar_get_type ())
G_DECLARE_FINAL_TYPE (LamNoticeBar, lam_notice_bar, LAM, NOTICE_BAR, GtkWidget)

GtkWidget *lam_notice_bar_new (void);
/* NULL: hidden. Holds a reference. */
void lam_notice_bar_set_workspace (LamNoticeBar *bar, LamWorkspace *workspace);
