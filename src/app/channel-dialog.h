/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Asks which channel of an image is meant, after opening it failed with
 * LAM_ERROR_NEEDS_CHANNEL. */
#pragma once

#include <gtk/gtk.h>

/* Called once; `channel` from 0, or -1 when the person thought better of it. */
typedef void (*LamChannelChosen) (int channel, gpointer user_data);

void lam_channel_dialog_present (GtkWindow *parent, const char *path,
    LamChannelChosen chosen, gpointer user_data);
