/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Tooltips and texts that name keys as they are bound now. */
#pragma once

#include <gtk/gtk.h>

/* In `widget` and all that it holds: a button's tooltip gets the keys that do
 * the same in brackets, and "{win.step-radius(1)}" in any tooltip, and in a
 * label of the style class "names-keys", becomes the first key of that action.
 * Again after the keys have changed. */
void lam_key_tips_update (GtkWidget *widget, GSettings *settings);
/* A text with such keys filled in. */
char *lam_key_tips_dup_text (
    const char *text, GSettings *settings) G_GNUC_WARN_UNUSED_RESULT;
