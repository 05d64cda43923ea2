/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which keys do what, to be changed: a click on a row and the new keys. */
#pragma once

#include <gtk/gtk.h>

void lam_keys_dialog_present (GtkWindow *parent, GSettings *settings);
