/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The sample project that a new user meets: made-up platelets and the network
 * that comes with the program at work on them, so that there is something to
 * look at and to correct before the first own volume is at hand. Nobody
 * labelled anything in it: what is there is the network's, with its mistakes.
 */
#pragma once

#include <gio/gio.h>

#include "base/progress.h"

/* platelets.lamella in the person's data folder. */
char *lam_sample_dup_path (void) G_GNUC_WARN_UNUSED_RESULT;
/* Makes the project at `path` and its image beside it (platelets.tif), unless
 * they are there. Some seconds; blocking, in a worker. Cancelled or failed, it
 * leaves nothing half made. */
bool lam_sample_make (const char *path, LamProgress *progress, GError **error);
