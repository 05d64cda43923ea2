/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Kinds of networks that a training in a project can begin with. */
#pragma once

#include <glib.h>

/* Names; ends with NULL. */
const char *const *lam_training_presets_get (void);
/* What people call one. */
char *lam_training_presets_dup_title (
    const char *name) G_GNUC_WARN_UNUSED_RESULT;
