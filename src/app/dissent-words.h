/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What is said and offered where two people disagree. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "labels/place.h"
#include "workspace/workspace.h"

/* Which object it is to each of them, once that is read; else
 * lam_place_dup_reason(). */
char *lam_dissent_dup_reason (
    LamWorkspace *workspace, const LamPlace *place) G_GNUC_WARN_UNUSED_RESULT;
/* What can be done besides with the place that is shown, with its keys. */
GMenuModel *lam_dissent_menu_new (
    GSettings *settings) G_GNUC_WARN_UNUSED_RESULT;
/* Appends what can be done with the object at a voxel, where another person
 * says anything of it. */
void lam_dissent_append_menu (
    GMenu *menu, LamWorkspace *workspace, const int64_t voxel[3]);
