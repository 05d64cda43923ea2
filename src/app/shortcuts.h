/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which keys do what: one table for the keyboard and for the window that lists
 * the shortcuts. */
#pragma once

#include <gtk/gtk.h>

typedef struct {
  const char *action; /* detailed: "win.step-slice(1)" */
  const char *title; /* Marked for translation */
  const char *keys; /* "z Z": as for gtk_accelerator_parse, by spaces */
} LamShortcut;

typedef struct {
  const char *title; /* Marked for translation */
  const LamShortcut *rows;
  size_t n_rows;
} LamShortcutGroup;

const LamShortcutGroup *lam_shortcut_get_groups (size_t *n_groups);

/* Keys of `action` as the person has bound them ("shortcuts" in `settings`, a
 * dictionary from action to keys), else as the table says. */
char *lam_shortcut_dup_keys (
    GSettings *settings, const LamShortcut *row) G_GNUC_WARN_UNUSED_RESULT;

/* A controller for the window. Keys that the focused widget wants, such as
 * letters in a text field, do not get here. */
GtkEventController *lam_shortcuts_new_controller (
    GSettings *settings) G_GNUC_WARN_UNUSED_RESULT;
/* The window that lists them. */
void lam_shortcuts_present (GtkWindow *parent, GSettings *settings);
