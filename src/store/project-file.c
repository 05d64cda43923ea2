/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The order of opening matters. First the header is read without a connection,
 * so that nothing, not even a rollback of a journal, happens to a file that is
 * not ours. Then the lock, the connection, and the schema's text: from then on
 * nothing in the file can run. Then, if the last one did not close it, its
 * structure; then the migration; then it is used. */
#include "store/project-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/error.h"
#include "base/output.h"
#include "store/lock-file.h"
#include "store/project-copy.h"
#include "store/row-table.h"
#include "store/store.h"

struct _LamProjectFile {
  LamConnection *connection; /* Owned */
  LamLockFile *lock; /* Owned; NULL when read-only */
  bool taken; /* somebody else has it open for writing */
  char *read_only_reason, *warning; /* Owned */
  bool was_left; /* not closed by who had it last */
};

/* ---- What kind of file -------------------------------------------------- */

static bool
wrong_format (const char *path, const char *found, GError **error)
{
  g_set_error (error, LAM_ERROR, LAM_ERROR_FORMAT,
      _ ("%s is not a Lamella project: %s"), path, found);
  return false;
}

static bool
check_regular (const char *path, GError **error)
{
  struct stat info;
  if (stat (path, &info) != 0) {
    g_set_error (error, LAM_ERROR,
        errno == ENOENT ? LAM_ERROR_MISSING : LAM_ERROR_IO, "%s: %s", path,
        g_strerror (errno));
    return false;
  }
  if (!S_ISREG (info.st_mode))
    return wrong_format (path, _ ("it is not a regular file"), error);
  if (info.st_size == 0)
    return wrong_format (path, _ ("it is empty"), error);
  return true;
}

static uint32_t
big_endian (const guint8 *bytes)
{
  uint32_t value;
  memcpy (&value, bytes, 4);
  return GUINT32_FROM_BE (value);
}

/* The first 100 bytes; SQLite's "Database File Format", section 1.3. */
static bool
check_header (
    const LamSchema *schema, const char *path, int *version, GError **error)
{
  guint8 header[100];
  int rc = lam_project_peek (path, header, sizeof header, 0);
  if (rc == SQLITE_CANTOPEN) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_IO,
        _ ("%s cannot be opened for reading"), path);
    return false;
  }
  if (rc != SQLITE_OK || memcmp (header, "SQLite format 3", 16) != 0
      || big_endian (header + 68) != LAM_PROJECT_ID)
    return wrong_format (path, _ ("it does not begin like one"), error);
  /* 18, 19: 1 is a rollback journal, 2 a write-ahead log. 56: 1 is UTF-8. */
  if (header[18] != 1 || header[19] != 1 || big_endian (header + 56) != 1)
    return wrong_format (
        path, _ ("another program changed its journal or encoding"), error);
  uint32_t found = big_endian (header + 60);
  *version = (int)MIN (found, INT32_MAX);
  if (*version < 1)
    return wrong_format (path, _ ("it has no version"), error);
  if (*version <= schema->version)
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_NEWER,
      _ ("%s was made by a newer Lamella: its format is version %d, and this "
         "program knows versions up to %d. Please update Lamella."),
      path, *version, schema->version);
  return false;
}

static char *
network_warning (const char *path)
{
  /* Magic numbers of statfs(2). */
  static const struct {
    uint32_t magic;
    const char *name;
  } kinds[] = {
    { 0x6969, "NFS" },
    { 0xFE534D42, "SMB" },
    { 0xFF534D42, "CIFS" },
    { 0x65735546, "FUSE" },
    { 0x0BD00BD0, "Lustre" },
    { 0x47504653, "GPFS" },
  };
  struct statfs info;
  if (statfs (path, &info) != 0)
    return NULL;
  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++)
    if ((uint32_t)info.f_type == kinds[i].magic)
      return g_strdup_printf (
          _ ("%s is on a network file system (%s), which may not keep its "
             "promises about locks and saving. A project is safest on a disk "
             "of this computer."),
          path, kinds[i].name);
  return NULL;
}

/* ---- Writing or only reading -------------------------------------------- */

/* Takes the lock, or says why the project can only be read. */
static void
take_lock (LamProjectFile *file, const char *path)
{
  if (faccessat (AT_FDCWD, path, W_OK, AT_EACCESS) != 0) {
    file->read_only_reason = g_strdup_printf (
        _ ("%s cannot be written by you: %s. Save a copy elsewhere to work on "
           "it."),
        path, g_strerror (errno));
    return;
  }
  LamLockFound found;
  g_autoptr (GError) error = NULL;
  file->lock = lam_lock_file_take (path, &found, &error);
  file->was_left = file->lock && found.was_left;
  /* Until it was found sound: else the next opening would trust it. */
  if (file->was_left)
    lam_lock_file_set_leave (file->lock, true);
  file->taken = !file->lock && !error;
  if (error)
    file->read_only_reason = g_strdup_printf (
        _ ("The project can only be read: %s. Save a copy elsewhere to work on "
           "it."),
        error->message);
  else if (file->taken)
    file->read_only_reason = g_strdup_printf (
        _ ("%s is open elsewhere, by %s. You see it as it was at this moment "
           "and cannot change it."),
        path, found.holder);
  g_free (found.holder);
}

static bool
has_hot_journal (const char *path)
{
  g_autofree char *journal = g_strconcat (path, "-journal", NULL);
  struct stat info;
  return stat (journal, &info) == 0 && info.st_size > 0;
}

static bool
connect_snapshot (LamProjectFile *file, const char *path, GError **error)
{
  g_autofree char *snapshot = lam_project_snapshot (path, error);
  if (!snapshot)
    return false;
  file->connection =
      lam_connection_open (snapshot, LAM_CONNECTION_IMMUTABLE, error);
  /* It stays readable while it is open, and nothing is left behind. */
  unlink (snapshot);
  return file->connection != NULL;
}

/* The file itself, unless somebody who may write it is keeping it locked. */
static bool
connect_reader (LamProjectFile *file, const char *path, GError **error)
{
  g_autoptr (GError) local = NULL;
  int64_t n = 0;
  g_autoptr (LamConnection) reader =
      lam_connection_open (path, LAM_CONNECTION_READ, &local);
  if (reader
      && lam_connection_read_int (
          reader, "SELECT count(*) FROM sqlite_schema", &n, &local, "")) {
    file->connection = g_steal_pointer (&reader);
    return true;
  }
  if (g_error_matches (local, LAM_ERROR, LAM_ERROR_READ_ONLY))
    return connect_snapshot (file, path, error);
  g_propagate_error (error, g_steal_pointer (&local));
  return false;
}

static bool
connect (LamProjectFile *file, const char *path, GError **error)
{
  if (file->taken)
    return connect_snapshot (file, path, error);
  if (!file->lock)
    return connect_reader (file, path, error);
  file->was_left |= has_hot_journal (path);
  file->connection = lam_connection_open (path, LAM_CONNECTION_WRITE, error);
  return file->connection != NULL;
}

/* ---- Whole and of this version ------------------------------------------ */

static bool
quick_check (LamConnection *connection, GError **error)
{
  sqlite3_stmt *rows =
      lam_connection_query (connection, "PRAGMA quick_check(1)", error, "");
  if (!rows || lam_connection_step (connection, rows, error) != 1)
    return false;
  const char *text = (const char *)sqlite3_column_text (rows, 0);
  bool ok = g_strcmp0 (text, "ok") == 0;
  if (!ok)
    g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
        _ ("%s is damaged: %s. Restore it from a backup."),
        lam_connection_get_path (connection), text);
  lam_connection_reset (rows);
  return ok;
}

static char *
backup_path (const char *path, int version)
{
  return g_strdup_printf ("%s.version-%d", path, version);
}

static bool
migrate (LamProjectFile *file, const LamSchema *schema, const char *path,
    int version, GError **error)
{
  if (!file->lock) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_READ_ONLY,
        _ ("%s is of an older version (%d) and must be brought to version %d, "
           "but it cannot be written. Copy it to where you can write."),
        path, version, schema->version);
    return false;
  }
  g_autofree char *backup = backup_path (path, version);
  g_autoptr (GError) local = NULL;
  /* One that is there is from a try that did not get further. */
  if (!g_file_test (backup, G_FILE_TEST_EXISTS)
      && !lam_project_copy (file->connection, backup, NULL, &local)) {
    g_propagate_prefixed_error (error, g_steal_pointer (&local),
        _ ("%s could not be backed up before bringing it to version %d: "),
        path, schema->version);
    return false;
  }
  return lam_schema_migrate (schema, file->connection, version, error);
}

/* A copy of this moment that nobody else sees is brought to the version. What a
 * crash left beside the file itself is for who opens that. */
static bool
connect_migrated (LamProjectFile *file, const LamSchema *schema,
    const char *path, GError **error)
{
  int64_t stored = 0;
  file->was_left |= !file->taken && has_hot_journal (path);
  g_autofree char *snapshot = lam_project_snapshot (path, error);
  g_autofree char *journal =
      snapshot ? g_strconcat (snapshot, "-journal", NULL) : NULL;
  if (!snapshot)
    return false;
  file->connection =
      lam_connection_open (snapshot, LAM_CONNECTION_WRITE, error);
  bool done = file->connection
      && lam_connection_read_int (
          file->connection, "PRAGMA user_version", &stored, error, "")
      && lam_schema_check (schema, file->connection, (int)stored, error)
      && (!file->was_left || quick_check (file->connection, error))
      && lam_schema_migrate (schema, file->connection, (int)stored, error);
  unlink (snapshot);
  unlink (journal);
  if (!done)
    g_prefix_error (error, "%s: ", path);
  return done;
}

static bool
make_ready (LamProjectFile *file, const LamSchema *schema, const char *path,
    int version, GError **error)
{
  int64_t stored = 0;
  /* The first read: locks, and rolls an unfinished transaction back. */
  if (!lam_connection_read_int (
          file->connection, "PRAGMA user_version", &stored, error, "")
      || !lam_schema_check (schema, file->connection, (int)stored, error))
    return false;
  if (file->was_left && !quick_check (file->connection, error))
    return false;
  if (file->lock)
    lam_lock_file_set_leave (file->lock, false);
  return stored == schema->version
      || migrate (file, schema, path, (int)stored, error);
}

/* Looks at the header and takes the lock. `real`: to be freed by the caller. */
static LamProjectFile *
begin (const LamSchema *schema, const char *path, char **real, int *version,
    GError **error)
{
  if (!check_regular (path, error))
    return NULL;
  /* The lock and the journal stand beside the file itself, not beside a link
   * to it. */
  char *resolved = realpath (path, NULL);
  *real = g_strdup (resolved ? resolved : path);
  free (resolved);
  if (!check_header (schema, *real, version, error))
    return NULL;
  LamProjectFile *file = g_new0 (LamProjectFile, 1);
  file->warning = network_warning (*real);
  take_lock (file, *real);
  return file;
}

LamProjectFile *
lam_project_file_open (
    const LamSchema *schema, const char *path, GError **error)
{
  int version;
  g_autofree char *real = NULL;
  g_autoptr (LamProjectFile) file =
      begin (schema, path, &real, &version, error);
  if (file && !file->lock && version < schema->version)
    return connect_migrated (file, schema, real, error)
        ? g_steal_pointer (&file)
        : NULL;
  return file && connect (file, real, error)
          && make_ready (file, schema, real, version, error)
      ? g_steal_pointer (&file)
      : NULL;
}

LamProjectFile *
lam_project_file_open_to_read (
    const LamSchema *schema, const char *path, GError **error)
{
  int version;
  g_autofree char *real = NULL;
  g_autoptr (LamProjectFile) file =
      begin (schema, path, &real, &version, error);
  if (!file)
    return NULL;
  if (!file->read_only_reason)
    file->read_only_reason =
        g_strdup_printf (_ ("%s was opened to be read only"), real);
  if (version < schema->version)
    return connect_migrated (file, schema, real, error)
        ? g_steal_pointer (&file)
        : NULL;
  bool done = file->taken ? connect_snapshot (file, real, error)
                          : connect_reader (file, real, error);
  return done && make_ready (file, schema, real, version, error)
      ? g_steal_pointer (&file)
      : NULL;
}

static bool
fill (const LamSchema *schema, LamConnection *connection,
    const LamVolumeRow *volume, const LamClass *classes, size_t n_classes,
    GError **error)
{
  if (!lam_schema_migrate (schema, connection, 0, error)
      || !lam_connection_begin (connection, error))
    return false;
  g_autofree char *id = g_uuid_string_random ();
  bool ok = lam_row_write_volume (connection, volume, error)
      && lam_row_write_setting (connection, LAM_SETTING_PROJECT, id, error);
  for (size_t i = 0; i < n_classes && ok; i++)
    ok = lam_row_write_class (connection, &classes[i], error);
  if (ok)
    return lam_connection_commit (connection, error);
  lam_connection_rollback (connection);
  return false;
}

bool
lam_project_file_create (const LamSchema *schema, const char *path,
    const LamVolumeRow *volume, const LamClass *classes, size_t n_classes,
    GError **error)
{
  bool is_empty_file;
  if (!lam_project_check_free (path, &is_empty_file, error))
    return false;
  g_autofree char *temporary = NULL;
  g_autoptr (LamPartial) partial = lam_project_begin (path, &temporary, error);
  g_autoptr (LamConnection) connection = partial
      ? lam_connection_open (temporary, LAM_CONNECTION_CREATE, error)
      : NULL;
  bool ok = connection
      && fill (schema, connection, volume, classes, n_classes, error);
  g_clear_pointer (&connection, lam_connection_free);
  return ok && lam_project_publish (temporary, path, error);
}

/* SQLite empties its journal and leaves it there; nobody needs to see it. An
 * empty one is the same as none, and the lock keeps others out. */
static void
remove_empty_journal (LamProjectFile *file)
{
  const char *path = lam_connection_get_path (file->connection);
  g_autofree char *journal = g_strconcat (path, "-journal", NULL);
  struct stat info;
  bool moved = lam_connection_has_moved (file->connection);
  g_clear_pointer (&file->connection, lam_connection_free);
  if (!moved && stat (journal, &info) == 0 && info.st_size == 0)
    unlink (journal);
}

void
lam_project_file_free (LamProjectFile *file)
{
  if (file->connection && !file->read_only_reason)
    remove_empty_journal (file);
  /* The connection before the lock: nobody may come in between. */
  g_clear_pointer (&file->connection, lam_connection_free);
  g_clear_pointer (&file->lock, lam_lock_file_free);
  g_free (file->read_only_reason);
  g_free (file->warning);
  g_free (file);
}

LamConnection *
lam_project_file_get_connection (LamProjectFile *file)
{
  return file->connection;
}

const char *
lam_project_file_get_read_only_reason (LamProjectFile *file)
{
  return file->read_only_reason;
}

const char *
lam_project_file_get_warning (LamProjectFile *file)
{
  return file->warning;
}
