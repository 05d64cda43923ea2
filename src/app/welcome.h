/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The page that is there while nothing is open: what to do first. */
#pragma once

#include <gtk/gtk.h>

#define LAM_TYPE_WELCOME (lam_welcome_get_type ())
G_DECLARE_FINAL_TYPE (LamWelcome, lam_welcome, LAM, WELCOME, GtkWidget)

GtkWidget *lam_welcome_new (void);
/* Reads the recent files again. */
void lam_welcome_refresh (LamWelcome *welcome);
