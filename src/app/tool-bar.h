/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The slim column of tools, one button a row of the tool table. */
#pragma once

#include <gtk/gtk.h>

/* The buttons stand for the window's action "win.tool". */
GtkWidget *lam_tool_bar_new (void);
/* Whether a second person's labels are there: tools that need them are shown. */
void lam_tool_bar_set_has_theirs (GtkWidget *bar, gboolean has_theirs);
