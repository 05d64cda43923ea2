/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What is in the making, beside the file or folder that it becomes, under a
 * name that ends in ".part" or the like. A lock (flock(2)) says that somebody
 * is at work; what a program that was killed has left behind has none, and is
 * removed by the next that makes the same. Any thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct _LamPartial LamPartial;

/* An empty file PATH.XXXXXXXX.SUFFIX; NULL with errno. */
LamPartial *lam_partial_new_file (
    const char *path, const char *suffix) G_GNUC_WARN_UNUSED_RESULT;
/* The same, an empty folder. */
LamPartial *lam_partial_new_folder (
    const char *path, const char *suffix) G_GNUC_WARN_UNUSED_RESULT;
/* Removes what is still there under the name it had in the making. */
void lam_partial_free (LamPartial *partial);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamPartial, lam_partial_free)

/* Of the file, for reading and writing; stays the partial's. */
int lam_partial_get_fd (const LamPartial *partial);
const char *lam_partial_get_path (const LamPartial *partial);
/* Gives it its name, in one step. What was there before, if anything, is gone
 * afterwards; the caller has asked lam_output_check(). False with errno. */
bool lam_partial_put_in_place (LamPartial *partial);

/* A file, or a folder with all that is in it; links are not followed. */
void lam_partial_remove (const char *path);
/* The same, but in one step: all is there, or nothing under that name. What is
 * left where it is killed after that step, the next such call removes. */
void lam_partial_discard (const char *path);
