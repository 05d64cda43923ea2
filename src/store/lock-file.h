/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* NAME.lamella.lock: who has the project open for writing. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct _LamLockFile LamLockFile;

typedef struct {
  char *holder; /* Owned; "user on host (process 12)", when taken by others */
  bool was_left; /* the last holder did not close the project */
} LamLockFound;

/* NULL without error: somebody else has it, see `found`. */
LamLockFile *lam_lock_file_take (const char *project_path, LamLockFound *found,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* With `leave` the file stays when it is let go of, as if the holder had not
 * closed the project: the next one looks at what was left. */
void lam_lock_file_set_leave (LamLockFile *lock, bool leave);
/* Removes the file, unless it is to be left, and lets go. */
void lam_lock_file_free (LamLockFile *lock);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamLockFile, lam_lock_file_free)
