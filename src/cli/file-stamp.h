/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Tells whether a file, or anything in a folder, was written again since. */
#pragma once

#include "base/progress.h"

/* Of a file its size and when it was changed; of a folder a checksum of the
 * names, sizes and changes of all that is in it, at whatever depth, which costs
 * looking at each but reading none; of a link that leads nowhere, the link
 * itself. NULL with error. */
char *lam_file_stamp_new (const char *path, LamProgress *progress,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
