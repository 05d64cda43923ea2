/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The sample project that a new user meets: made-up platelets with labels, so
 * that there is something to look at and to paint on before the first own
 * volume is at hand. */
#pragma once

#include <gio/gio.h>

#include "base/progress.h"

/* platelets.lamella in the person's data folder. */
char *lam_sample_dup_path (void) G_GNUC_WARN_UNUSED_RESULT;
/* Makes the project at `path` and its image beside it (platelets.tif), unless
 * they are there. Some seconds; blocking, in a worker. Cancelled or failed, it
 * leaves nothing half made. */
bool lam_sample_make (const char *path, LamProgress *progress, GError **error);
