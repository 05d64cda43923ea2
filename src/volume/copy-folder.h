/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The folder of bricked copies: names, locks and its size. Copies are shared by
 * all programs of a user; each has a lock file beside it. Any thread. */
#pragma once

#include "volume/source.h"

/* A name that changes when the file does, and when other levels are planned for
 * it: from its path, size, times, the channel and the levels. Of a folder all
 * files are looked at, which may take a while. NULL when the file cannot be
 * looked at. */
char *lam_copy_folder_name (const LamSourceInfo *info, const LamLevel *levels,
    int n_levels) G_GNUC_WARN_UNUSED_RESULT;
/* FOLDER/NAME.SUFFIX. */
char *lam_copy_folder_path (const char *folder, const char *name,
    const char *suffix) G_GNUC_WARN_UNUSED_RESULT;

/* Locks NAME without waiting; -1 with errno EWOULDBLOCK when others have it.
 * Closing the descriptor unlocks. Marks the copy as used now. */
int lam_copy_folder_lock (const char *folder, const char *name, bool exclusive);
/* Removes the least recently used copies and remains that nobody has locked
 * until the rest takes at most `bytes`. */
void lam_copy_folder_shrink (const char *folder, int64_t bytes);
/* Bytes on disk of a file or a tree; links are not followed. */
int64_t lam_copy_folder_measure (const char *path);
void lam_copy_folder_remove (const char *path);
