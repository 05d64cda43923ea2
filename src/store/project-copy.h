/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Whole copies of a project file that appear at once or not at all. */
#pragma once

#include "base/partial.h"
#include "base/progress.h"
#include "store/connection.h"

/* Through SQLite's backup API, into a temporary file beside `path` that is
 * flushed and then renamed. Refuses a path that exists, but for an empty file,
 * which a file dialog may have made. */
bool lam_project_copy (LamConnection *connection, const char *path,
    LamProgress *progress, GError **error);

/* A copy of a file that another connection may be writing: taken between two of
 * its transactions, without any lock. Returns the path of a temporary file. */
char *lam_project_snapshot (
    const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* `n` bytes of a database file at `offset`. Through SQLite's own files: opening
 * and closing it by ourselves would drop the locks of a connection of this
 * process. Returns SQLite's code. */
int lam_project_peek (const char *path, void *data, int n, int64_t offset);

/* The folder can be written and nothing but perhaps an empty file is there. */
bool lam_project_check_free (
    const char *path, bool *is_empty_file, GError **error);
/* Gives a finished temporary file its name; fails when that exists. */
bool lam_project_publish (
    const char *temporary, const char *path, GError **error);
/* Where a file is made that is to be published as `path`: in a folder beside
 * it, which is gone with what is returned. What was left there by programs that
 * were killed is removed. */
LamPartial *lam_project_begin (const char *path, char **temporary,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
