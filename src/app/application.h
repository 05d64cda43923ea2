/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The program: one instance, one window, files given on the command line or by
 * another start. */
#pragma once

#include <adwaita.h>

#define LAM_APPLICATION_ID "org.lamella.Lamella"

#define LAM_TYPE_APPLICATION (lam_application_get_type ())
G_DECLARE_FINAL_TYPE (
    LamApplication, lam_application, LAM, APPLICATION, AdwApplication)

/* Takes `settings`. */
LamApplication *lam_application_new (GSettings *settings)
    G_GNUC_WARN_UNUSED_RESULT;
GSettings *lam_application_get_settings (LamApplication *application);
