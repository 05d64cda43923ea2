/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Asks for the name of a group, and offers those that there are. */
#pragma once

#include <gtk/gtk.h>

#include "workspace/workspace.h"

/* Puts these labels (uint32_t) into the group. */
void lam_group_dialog_present_labels (
    GtkWindow *parent, LamWorkspace *workspace, GArray *ids);
/* Another name for the group and all that lies in it. */
void lam_group_dialog_present_rename (
    GtkWindow *parent, LamWorkspace *workspace, const char *group);
/* Puts these groups (char *) as a whole, and these labels, into the group. */
void lam_group_dialog_present_move (GtkWindow *parent, LamWorkspace *workspace,
    GArray *ids, const GPtrArray *groups);
/* A new one within `group`, "" for none, into which these labels may go. */
void lam_group_dialog_present_new (
    GtkWindow *parent, LamWorkspace *workspace, const char *group, GArray *ids);
