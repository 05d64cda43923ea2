/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The program's settings, found also where the system does not look for them.
 */
#pragma once

#include <gio/gio.h>

/* NULL with error when they are not installed anywhere. */
GSettings *lam_settings_new (GError **error) G_GNUC_WARN_UNUSED_RESULT;
