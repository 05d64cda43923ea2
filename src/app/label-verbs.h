/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What can be done with one label, with the questions, progress and messages
 * that go with it. `widget` is where messages appear. */
#pragma once

#include <gtk/gtk.h>

#include "workspace/workspace.h"

/* A copy of the row, whose name stays the table's; false if it is gone. */
bool lam_label_verb_copy (LamWorkspace *workspace, uint32_t id, LamLabel *copy);
/* False: it was said why. */
bool lam_label_verb_set (
    GtkWidget *widget, LamWorkspace *workspace, const LamLabel *label);
/* The next stroke makes a new object of the active class. */
void lam_label_verb_new (GtkWidget *widget, LamWorkspace *workspace);
void lam_label_verb_jump (
    GtkWidget *widget, LamWorkspace *workspace, uint32_t id);
/* The others of them (uint32_t) become a part of `into`, as one edit. Asks
 * first. */
/* As lam_workspace_verify_labels_async(). */
void lam_label_verb_verify (
    GtkWidget *widget, LamWorkspace *workspace, GArray *ids);
void lam_label_verb_merge (
    GtkWidget *widget, LamWorkspace *workspace, uint32_t into, GArray *ids);
/* All of them (uint32_t, at least one), as one edit. Asks first. */
void lam_label_verb_delete (
    GtkWidget *widget, LamWorkspace *workspace, GArray *ids);
