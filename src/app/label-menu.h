/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The menu of a label: items that activate the actions of the label panel. */
#pragma once

#include <gio/gio.h>

#include "labels/class-table.h"

/* `n_chosen`: how many labels what is chosen is about. */
GMenuModel *lam_label_menu_new (const LamClassTable *classes,
    const LamLabel *label, guint n_chosen) G_GNUC_WARN_UNUSED_RESULT;
