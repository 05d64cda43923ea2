/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Why these settings: one connection with an exclusive lock and a truncated
 * rollback journal synced FULL lost no acknowledged transaction in simulated
 * power loss; the default journal mode did, and SQLite before 3.51.3 can
 * corrupt a WAL file. The file may come from anybody, so nothing in it is
 * executed (no triggers, views, untrusted functions, extensions) and limits
 * bound what a crafted one can cost. A commit with these settings costs four
 * flushes. */
#include "store/connection.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <nettle/sha2.h>
#include <stdarg.h>
#include <string.h>

#include "base/error.h"
#include "base/int64-hash.h"

struct _LamConnection {
  sqlite3 *db; /* Owned */
  char *path; /* Owned */
  GHashTable *statements; /* Owned; const char * literal → sqlite3_stmt * */
  GSList *keeps; /* Owned, of borrowed LamBrickKeep */
  GHashTable *changes; /* Owned; packed key of a brick → int64_t number */
  int64_t n_changes;
  bool moved;
  char *left_for; /* Owned; NULL: it is not left */
};

static const char *test_synchronous;

void
lam_connection_weaken_for_test (const char *synchronous)
{
  test_synchronous = synchronous;
}

/* ---- Errors ------------------------------------------------------------- */

static LamErrorCode
error_code (int rc)
{
  if (rc == SQLITE_READONLY_DBMOVED)
    return LAM_ERROR_MOVED;
  switch (rc & 0xff) {
  case SQLITE_CORRUPT:
  case SQLITE_TOOBIG:
  case SQLITE_MISMATCH:
    return LAM_ERROR_CORRUPT;
  case SQLITE_NOTADB:
    return LAM_ERROR_FORMAT;
  case SQLITE_READONLY:
  case SQLITE_PERM:
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return LAM_ERROR_READ_ONLY;
  case SQLITE_CONSTRAINT:
    return LAM_ERROR_INPUT;
  default:
    return LAM_ERROR_IO;
  }
}

static const char *
explain (int rc)
{
  switch (rc & 0xff) {
  case SQLITE_FULL:
    return _ ("the disk is full");
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return _ ("another program is using the file");
  case SQLITE_READONLY:
  case SQLITE_PERM:
    return _ ("the file or its folder cannot be written");
  case SQLITE_CANTOPEN:
    return _ ("the file cannot be opened");
  case SQLITE_CORRUPT:
    return _ ("the file is damaged");
  case SQLITE_IOERR:
    return _ ("the disk reported an error");
  default:
    return sqlite3_errstr (rc);
  }
}

/* The system's number of the last error on one of the two files; 0: none. */
static int
last_errno (LamConnection *connection, int pointer_op)
{
  sqlite3_file *file = NULL;
  int code = 0;
  sqlite3_file_control (connection->db, "main", pointer_op, &file);
  if (file && file->pMethods)
    file->pMethods->xFileControl (file, SQLITE_FCNTL_LAST_ERRNO, &code);
  return code;
}

static bool
is_no_room (LamConnection *connection)
{
  static const int operations[] = { SQLITE_FCNTL_FILE_POINTER,
    SQLITE_FCNTL_JOURNAL_POINTER };
  for (size_t i = 0; i < G_N_ELEMENTS (operations); i++) {
    int code = last_errno (connection, operations[i]);
    if (code == ENOSPC || code == EFBIG || code == EDQUOT)
      return true;
  }
  return false;
}

bool
lam_connection_fail (LamConnection *connection, int rc, GError **error)
{
  /* SQLite calls only ENOSPC a full disk; a quota is one, too. */
  bool full = rc == SQLITE_IOERR_WRITE && is_no_room (connection);
  g_set_error (error, LAM_ERROR, error_code (rc), "%s: %s (%s, SQLite %d)",
      connection->path, explain (full ? SQLITE_FULL : rc),
      sqlite3_errmsg (connection->db),
      sqlite3_extended_errcode (connection->db));
  return false;
}

/* ---- The checksum ------------------------------------------------------- */

/* Type and length go in, so that no two rows read alike. */
static void
checksum_value (struct sha256_ctx *checksum, sqlite3_value *value)
{
  int type = sqlite3_value_type (value);
  guchar head[9] = { (guchar)type };
  if (type == SQLITE_INTEGER || type == SQLITE_FLOAT) {
    uint64_t bits;
    int64_t integer = sqlite3_value_int64 (value);
    double real = sqlite3_value_double (value);
    memcpy (&bits, type == SQLITE_FLOAT ? (void *)&real : (void *)&integer, 8);
    bits = GUINT64_TO_LE (bits);
    memcpy (head + 1, &bits, 8);
    sha256_update (checksum, sizeof head, head);
    return;
  }
  /* The pointer first: for text it may convert and so change the length. */
  const guchar *bytes = type == SQLITE_TEXT ? sqlite3_value_text (value)
                                            : sqlite3_value_blob (value);
  int n_bytes = type == SQLITE_NULL ? 0 : sqlite3_value_bytes (value);
  uint64_t length = GUINT64_TO_LE ((uint64_t)n_bytes);
  memcpy (head + 1, &length, 8);
  sha256_update (checksum, sizeof head, head);
  if (n_bytes > 0)
    sha256_update (checksum, (size_t)n_bytes, bytes);
}

/* The first 64 bits of SHA-256 (FIPS 180-4) over the arguments. */
static void
checksum_cb (sqlite3_context *context, int n, sqlite3_value **values)
{
  struct sha256_ctx checksum;
  sha256_init (&checksum);
  for (int i = 0; i < n; i++)
    checksum_value (&checksum, values[i]);
  uint8_t digest[SHA256_DIGEST_SIZE];
  sha256_digest (&checksum, sizeof digest, digest);
  int64_t result;
  memcpy (&result, digest, 8);
  sqlite3_result_int64 (context, GINT64_FROM_BE (result));
}

/* ---- Opening ------------------------------------------------------------ */

static void
set_limits (sqlite3 *db)
{
  static const struct {
    int id, value;
  } limits[] = {
    { SQLITE_LIMIT_LENGTH, 16 << 20 },
    { SQLITE_LIMIT_SQL_LENGTH, 100000 },
    { SQLITE_LIMIT_COLUMN, 64 },
    { SQLITE_LIMIT_EXPR_DEPTH, 50 },
    { SQLITE_LIMIT_COMPOUND_SELECT, 20 },
    { SQLITE_LIMIT_VDBE_OP, 100000 },
    { SQLITE_LIMIT_FUNCTION_ARG, 32 },
    { SQLITE_LIMIT_ATTACHED, 0 },
    { SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 100 },
    { SQLITE_LIMIT_VARIABLE_NUMBER, 64 },
    { SQLITE_LIMIT_TRIGGER_DEPTH, 1 },
    { SQLITE_LIMIT_WORKER_THREADS, 0 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (limits); i++)
    sqlite3_limit (db, limits[i].id, limits[i].value);
}

static void
harden (sqlite3 *db)
{
  sqlite3_extended_result_codes (db, 1);
  sqlite3_db_config (db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config (db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  sqlite3_db_config (db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
  sqlite3_db_config (db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
  sqlite3_db_config (db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
  sqlite3_db_config (db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
  sqlite3_db_config (db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
  sqlite3_db_config (db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
  set_limits (db);
  sqlite3_create_function (db, LAM_CHECKSUM, -1,
      SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL, checksum_cb,
      NULL, NULL);
}

/* locking_mode before journal_mode: the other way round makes shared memory or
 * a journal that other connections count on. */
static bool
set_pragmas (LamConnection *connection, LamConnectionMode mode, GError **error)
{
  if (!lam_connection_exec (connection,
          "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0;"
          "PRAGMA cache_size=-32768;",
          error))
    return false;
  if (mode != LAM_CONNECTION_WRITE && mode != LAM_CONNECTION_CREATE)
    return true;
  g_autofree char *synchronous = g_strdup_printf (
      "PRAGMA synchronous=%s", test_synchronous ? test_synchronous : "FULL");
  return lam_connection_exec (
             connection, "PRAGMA locking_mode=EXCLUSIVE;", error)
      && lam_connection_exec (
          connection, "PRAGMA journal_mode=TRUNCATE;", error)
      && lam_connection_exec (connection, synchronous, error);
}

static void
finalize_statement (gpointer statement)
{
  sqlite3_finalize (statement);
}

static LamConnection *
connection_new (const char *name, const char *path, int flags, GError **error)
{
  g_autoptr (LamConnection) connection = g_new0 (LamConnection, 1);
  connection->path = g_strdup (path);
  connection->statements =
      g_hash_table_new_full (NULL, NULL, NULL, finalize_statement);
  connection->changes =
      g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, g_free);
  int rc = sqlite3_open_v2 (name, &connection->db,
      flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL);
  if (rc != SQLITE_OK) {
    lam_connection_fail (connection, rc, error);
    return NULL;
  }
  harden (connection->db);
  sqlite3_busy_timeout (connection->db, 2000);
  return g_steal_pointer (&connection);
}

LamConnection *
lam_connection_open (const char *path, LamConnectionMode mode, GError **error)
{
  static const int flags[] = {
    [LAM_CONNECTION_WRITE] = SQLITE_OPEN_READWRITE,
    [LAM_CONNECTION_READ] = SQLITE_OPEN_READONLY,
    [LAM_CONNECTION_IMMUTABLE] = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
    [LAM_CONNECTION_CREATE] = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
  };
  g_autofree char *escaped = g_uri_escape_string (path, "/", false);
  g_autofree char *uri = g_strdup_printf ("file:%s?immutable=1", escaped);
  g_autoptr (LamConnection) connection = connection_new (
      mode == LAM_CONNECTION_IMMUTABLE ? uri : path, path, flags[mode], error);
  if (!connection || !set_pragmas (connection, mode, error))
    return NULL;
  return g_steal_pointer (&connection);
}

LamConnection *
lam_connection_new_memory (GError **error)
{
  return connection_new (":memory:", ":memory:",
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY, error);
}

void
lam_connection_free (LamConnection *connection)
{
  g_hash_table_unref (connection->statements);
  g_slist_free (connection->keeps);
  g_hash_table_unref (connection->changes);
  int rc = sqlite3_close (connection->db);
  g_warn_if_fail (rc == SQLITE_OK);
  g_free (connection->path);
  g_free (connection->left_for);
  g_free (connection);
}

void
lam_connection_add_keep (LamConnection *connection, LamBrickKeep *keep)
{
  connection->keeps = g_slist_prepend (connection->keeps, keep);
}

void
lam_connection_remove_keep (LamConnection *connection, LamBrickKeep *keep)
{
  connection->keeps = g_slist_remove (connection->keeps, keep);
}

void
lam_connection_note_change (LamConnection *connection, int64_t key)
{
  const int64_t number = ++connection->n_changes;
  g_hash_table_replace (connection->changes, g_memdup2 (&key, sizeof key),
      g_memdup2 (&number, sizeof number));
}

GHashTable *
lam_connection_get_changes (LamConnection *connection)
{
  return connection->changes;
}

const GSList *
lam_connection_get_keeps (LamConnection *connection)
{
  return connection->keeps;
}

sqlite3 *
lam_connection_get_db (LamConnection *connection)
{
  return connection->db;
}

bool
lam_connection_can_write (LamConnection *connection)
{
  return sqlite3_db_readonly (connection->db, "main") == 0;
}

const char *
lam_connection_get_path (LamConnection *connection)
{
  return connection->path;
}

bool
lam_connection_has_moved (LamConnection *connection)
{
  int moved = 0;
  if (!connection->moved
      && sqlite3_file_control (
             connection->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved)
          == SQLITE_OK)
    connection->moved = moved != 0;
  return connection->moved;
}

/* ---- Statements --------------------------------------------------------- */

bool
lam_connection_exec (LamConnection *connection, const char *sql, GError **error)
{
  int rc = sqlite3_exec (connection->db, sql, NULL, NULL, NULL);
  return rc == SQLITE_OK || lam_connection_fail (connection, rc, error);
}

static sqlite3_stmt *
prepare (LamConnection *connection, const char *sql, GError **error)
{
  sqlite3_stmt *statement = g_hash_table_lookup (connection->statements, sql);
  if (statement)
    return statement;
  int rc = sqlite3_prepare_v3 (
      connection->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
  if (rc != SQLITE_OK) {
    lam_connection_fail (connection, rc, error);
    return NULL;
  }
  g_hash_table_insert (connection->statements, (gpointer)sql, statement);
  return statement;
}

static int
bind_next (sqlite3_stmt *statement, int at, char type, va_list *values)
{
  switch (type) {
  case 'i':
    return sqlite3_bind_int64 (statement, at, va_arg (*values, int64_t));
  case 'd':
    return sqlite3_bind_double (statement, at, va_arg (*values, double));
  case 't':
    return sqlite3_bind_text (
        statement, at, va_arg (*values, const char *), -1, SQLITE_TRANSIENT);
  case 'b': {
    const void *data = va_arg (*values, const void *);
    size_t size = va_arg (*values, size_t);
    return sqlite3_bind_blob64 (statement, at, data, size, SQLITE_STATIC);
  }
  default:
    g_assert_not_reached ();
  }
}

static sqlite3_stmt *
query_valist (LamConnection *connection, const char *sql, GError **error,
    const char *types, va_list *values)
{
  sqlite3_stmt *statement = prepare (connection, sql, error);
  if (!statement)
    return NULL;
  int rc = SQLITE_OK;
  for (int i = 0; types[i] && rc == SQLITE_OK; i++)
    rc = bind_next (statement, i + 1, types[i], values);
  if (rc == SQLITE_OK)
    return statement;
  lam_connection_fail (connection, rc, error);
  lam_connection_reset (statement);
  return NULL;
}

sqlite3_stmt *
lam_connection_query (LamConnection *connection, const char *sql,
    GError **error, const char *types, ...)
{
  va_list values;
  va_start (values, types);
  sqlite3_stmt *statement =
      query_valist (connection, sql, error, types, &values);
  va_end (values);
  return statement;
}

void
lam_connection_reset (sqlite3_stmt *statement)
{
  sqlite3_reset (statement);
  /* Blobs are borrowed, so no binding may outlive the call. */
  sqlite3_clear_bindings (statement);
}

int
lam_connection_step (
    LamConnection *connection, sqlite3_stmt *statement, GError **error)
{
  int rc = sqlite3_step (statement);
  if (rc == SQLITE_ROW)
    return 1;
  if (rc != SQLITE_DONE)
    lam_connection_fail (connection, rc, error);
  lam_connection_reset (statement);
  return rc == SQLITE_DONE ? 0 : -1;
}

bool
lam_connection_run (LamConnection *connection, const char *sql, GError **error,
    const char *types, ...)
{
  va_list values;
  va_start (values, types);
  sqlite3_stmt *statement =
      query_valist (connection, sql, error, types, &values);
  va_end (values);
  return statement && lam_connection_step (connection, statement, error) == 0;
}

bool
lam_connection_read_int (LamConnection *connection, const char *sql,
    int64_t *value, GError **error, const char *types, ...)
{
  va_list values;
  va_start (values, types);
  sqlite3_stmt *statement =
      query_valist (connection, sql, error, types, &values);
  va_end (values);
  int row = statement ? lam_connection_step (connection, statement, error) : -1;
  if (row < 1)
    return row == 0;
  if (sqlite3_column_type (statement, 0) != SQLITE_NULL)
    *value = sqlite3_column_int64 (statement, 0);
  lam_connection_reset (statement);
  return true;
}

/* ---- Transactions ------------------------------------------------------- */

static bool
check_in_place (LamConnection *connection, GError **error)
{
  if (!lam_connection_has_moved (connection))
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_MOVED,
      _ ("%s was deleted, moved or replaced while it was open; nothing can be "
         "saved to it any more. Save a copy of the project elsewhere."),
      connection->path);
  return false;
}

void
lam_connection_leave (LamConnection *connection, const char *path)
{
  g_free (connection->left_for);
  connection->left_for = g_strdup (path);
}

bool
lam_connection_is_left (LamConnection *connection)
{
  return connection->left_for != NULL;
}

static bool
check_not_left (LamConnection *connection, GError **error)
{
  if (connection->left_for)
    g_set_error (error, LAM_ERROR, LAM_ERROR_READ_ONLY,
        _ ("The project goes on in %s, and %s stays as it was: do it again"),
        connection->left_for, connection->path);
  return !connection->left_for;
}

bool
lam_connection_begin (LamConnection *connection, GError **error)
{
  return check_not_left (connection, error)
      && check_in_place (connection, error)
      && lam_connection_run (connection, "BEGIN IMMEDIATE", error, "");
}

bool
lam_connection_commit (LamConnection *connection, GError **error)
{
  /* Before, so that a file that is gone keeps the state before this act;
   * after, because SQLite says OK to a commit into a deleted file. */
  if (check_in_place (connection, error)
      && lam_connection_run (connection, "COMMIT", error, ""))
    return check_in_place (connection, error);
  lam_connection_rollback (connection);
  return false;
}

void
lam_connection_rollback (LamConnection *connection)
{
  /* SQLite has rolled back by itself after some errors. */
  if (!sqlite3_get_autocommit (connection->db))
    sqlite3_exec (connection->db, "ROLLBACK", NULL, NULL, NULL);
}

bool
lam_connection_transact (LamConnection *connection, LamConnectionWork work,
    gpointer data, GError **error)
{
  if (!lam_connection_begin (connection, error))
    return false;
  if (work (connection, data, error))
    return lam_connection_commit (connection, error);
  lam_connection_rollback (connection);
  return false;
}
