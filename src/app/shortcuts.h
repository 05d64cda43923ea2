/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which keys do what: one table for the keyboard, the tooltips and the window
 * that lists the keys. */
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

/* Keys of `row` as the person has bound them ("shortcuts" in `settings`, a
 * dictionary from action to keys), else as the table says. */
char *lam_shortcut_dup_keys (
    GSettings *settings, const LamShortcut *row) G_GNUC_WARN_UNUSED_RESULT;
/* "" for no key. */
void lam_shortcut_set_keys (
    GSettings *settings, const LamShortcut *row, const char *keys);
/* All rows as the table says. */
void lam_shortcuts_reset (GSettings *settings);
/* For people: "Ctrl+Shift+Z, Ctrl+Y". */
char *lam_shortcut_dup_keys_label (const char *keys) G_GNUC_WARN_UNUSED_RESULT;
/* Whether "z <Shift>z" has that one among its keys. */
bool lam_shortcut_keys_hold (
    const char *keys, guint key, GdkModifierType modifiers);
/* The row that is bound to a key; NULL. */
const LamShortcut *lam_shortcut_find (
    GSettings *settings, guint key, GdkModifierType modifiers);

/* Whether it leads away from what is being written: files, the program, other
 * windows. Those work while a text has the keyboard. */
bool lam_shortcut_leads_away (const LamShortcut *row);

/* The row of a detailed action; NULL. */
const LamShortcut *lam_shortcut_find_action (const char *action);

/* A controller for the window. Keys that the focused widget wants, such as
 * letters in a text field, do not get here. */
GtkEventController *lam_shortcuts_new_controller (
    GSettings *settings) G_GNUC_WARN_UNUSED_RESULT;
/* Binds anew, after the settings have changed. A menu that shows some of the
 * keys must not exist meanwhile: GTK 4.8 frees such a label twice. */
void lam_shortcuts_bind (
    GtkShortcutController *controller, GSettings *settings);
/* Once: a panel that scrolls takes Ctrl with an arrow for itself, and a toast
 * Escape, also where they are bound. */
void lam_shortcuts_put_first (GtkWindow *window, GSettings *settings);
