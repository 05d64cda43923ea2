/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Finds or makes the bricked copy of a file in a thread of its own, at low
 * priority. Main thread. */
#pragma once

#include "base/progress.h"
#include "volume/source.h"

typedef struct _LamBrickedCopy LamBrickedCopy;

/* `copy` is lent: NULL with `error` when there will be none. */
typedef void (*LamBrickedCopyDone) (
    LamSource *copy, const GError *error, gpointer user_data);

typedef struct {
  const char *folder;
  int64_t limit_bytes; /* of the folder */
  const LamLevel *levels;
  int n_levels;
  LamBrickedCopyDone done; /* once, in the caller's main context */
  gpointer user_data;
} LamBrickedCopySettings;

LamBrickedCopy *lam_bricked_copy_start (LamSource *source,
    const LamBrickedCopySettings *settings) G_GNUC_WARN_UNUSED_RESULT;
/* Cancels without waiting: `done` is not called any more, and the thread lets
 * go of source and copy as soon as it comes to look. */
void lam_bricked_copy_free (LamBrickedCopy *copy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamBrickedCopy, lam_bricked_copy_free)
/* Borrowed. */
LamProgress *lam_bricked_copy_get_progress (LamBrickedCopy *copy);
