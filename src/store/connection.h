/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One hardened SQLite connection and the few calls the store makes of it. One
 * thread at a time. Errors are LAM_ERROR and name the file. */
#pragma once

#include <glib.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "store/brick-keep.h"

typedef struct _LamConnection LamConnection;

typedef enum {
  LAM_CONNECTION_WRITE,
  LAM_CONNECTION_READ, /* with locks; nobody else may be writing */
  LAM_CONNECTION_IMMUTABLE, /* without locks: a file of our own making */
  LAM_CONNECTION_CREATE,
} LamConnectionMode;

/* The one SQL function of ours, over the columns of a row: every INSERT and
 * UPDATE stores it and the check compares it. */
#define LAM_CHECKSUM "lam_checksum"

/* Sets every pragma and limit; reads nothing of the file yet, but for CREATE.
 */
LamConnection *lam_connection_open (const char *path, LamConnectionMode mode,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* In memory, for comparing schemas. */
LamConnection *lam_connection_new_memory (
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lam_connection_free (LamConnection *connection);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamConnection, lam_connection_free)

sqlite3 *lam_connection_get_db (LamConnection *connection);
bool lam_connection_can_write (LamConnection *connection);
const char *lam_connection_get_path (LamConnection *connection);
/* The file was deleted or replaced; once true, true for ever. */
bool lam_connection_has_moved (LamConnection *connection);

/* Sets `error` from SQLite's last error and returns false. `rc`: its code. */
bool lam_connection_fail (LamConnection *connection, int rc, GError **error);

/* Several statements, no results. */
bool lam_connection_exec (
    LamConnection *connection, const char *sql, GError **error);
/* A statement with its values bound, ready for lam_connection_step(). `sql`
 * must be a literal: statements are kept by address. `types` has a letter a
 * parameter: i int64_t, d double, t text (NULL allowed), b blob (pointer, then
 * size_t; borrowed until the statement ends). */
sqlite3_stmt *lam_connection_query (LamConnection *connection, const char *sql,
    GError **error, const char *types, ...);
/* 1: a row is there; 0: the end; -1: failed. At the last two the statement is
 * reset. A statement left before its end must be given to reset. */
int lam_connection_step (
    LamConnection *connection, sqlite3_stmt *statement, GError **error);
void lam_connection_reset (sqlite3_stmt *statement);
/* A query without results. */
bool lam_connection_run (LamConnection *connection, const char *sql,
    GError **error, const char *types, ...);
/* The first column of the first row; `value` is left alone when there is no
 * row or it is NULL. */
bool lam_connection_read_int (LamConnection *connection, const char *sql,
    int64_t *value, GError **error, const char *types, ...);

/* Transactions. Begin and commit fail with LAM_ERROR_MOVED when the file is not
 * the one that was opened; every failure of commit rolls back. */
bool lam_connection_begin (LamConnection *connection, GError **error);
bool lam_connection_commit (LamConnection *connection, GError **error);
void lam_connection_rollback (LamConnection *connection);
/* All that `work` does in one of them, or nothing of it. */
typedef bool (*LamConnectionWork) (
    LamConnection *connection, gpointer data, GError **error);
bool lam_connection_transact (LamConnection *connection, LamConnectionWork work,
    gpointer data, GError **error);
/* The project goes on in the file of that path: no transaction begins any more,
 * with LAM_ERROR_READ_ONLY, until it is left for NULL. */
void lam_connection_leave (LamConnection *connection, const char *path);
bool lam_connection_is_left (LamConnection *connection);

/* Borrowed: where brick-table.c keeps what it writes over, for snapshots. */
void lam_connection_add_keep (LamConnection *connection, LamBrickKeep *keep);
void lam_connection_remove_keep (LamConnection *connection, LamBrickKeep *keep);
const GSList *lam_connection_get_keeps (LamConnection *connection);

/* A brick's row was written, or is about to be; it does not matter whether the
 * transaction comes to its end. For brick-changes.c. */
void lam_connection_note_change (LamConnection *connection, int64_t key);
/* Borrowed: packed key → number of its last change. */
GHashTable *lam_connection_get_changes (LamConnection *connection);

/* For the power-loss test, which must be able to fail: "NORMAL" instead of
 * "FULL" in connections opened from now on. NULL: FULL again. */
void lam_connection_weaken_for_test (const char *synchronous);
