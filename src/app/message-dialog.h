/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One message that has to be read, and one question that has to be answered. */
#pragma once

#include <gtk/gtk.h>

/* `heading` says what, `body` says why and what to do. */
void lam_message_present (
    GtkWindow *parent, const char *heading, const char *body);

/* `agreed` is called only when the person agrees; `user_data` is freed in
 * every case. `verb` is the button's text; a destructive one is red. */
void lam_question_present (GtkWindow *parent, const char *heading,
    const char *body, const char *verb, gboolean destructive,
    void (*agreed) (gpointer user_data), gpointer user_data,
    GDestroyNotify free_user_data);

/* A short message in the window's toast overlay; a dialog where there is none.
 */
void lam_window_toast (GtkWindow *window, const char *text);
/* What the one says that is on screen, or about to be; NULL: there is none. */
char *lam_window_dup_toast (GtkWindow *window) G_GNUC_WARN_UNUSED_RESULT;
/* Takes away the one that says so, unless it only comes: it goes by itself. */
void lam_window_drop_toast (GtkWindow *window, const char *text);
/* The same in the window that `widget` is in. */
void lam_toast_show (GtkWidget *widget, const char *text);
/* The window that `widget` is in, or NULL. */
GtkWindow *lam_window_of (GtkWidget *widget);
