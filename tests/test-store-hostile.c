/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the world does to a project file: damaged, foreign, crafted, newer and
 * older files, no room, no permission, two programs, a file taken away. */
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "rounds.h"
#include "store-fixture.h"
#include "store/voices.h"
#include "store/project-file.h"

typedef struct {
  char *folder, *path;
  LamLabelBrick *one, *two;
} Fixture;

static const LamBrickKey origin = { 0, 0, 0 };

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  fixture->folder = fixture_folder ();
  fixture->path = g_build_filename (fixture->folder, "p.lamella", NULL);
  fixture->one = fixture_brick (1);
  fixture->two = fixture_brick (2);
  LamStore *store = fixture_create (fixture->path);
  lam_history_row_free (fixture_commit (store, origin, NULL, fixture->one));
  fixture_close (store);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  g_chmod (fixture->folder, 0700);
  fixture_remove (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
  lam_label_brick_unref (fixture->one);
  lam_label_brick_unref (fixture->two);
}

static void
assert_refused (const char *path, int code)
{
  GError *error = NULL;
  g_assert_null (lam_store_open (path, &error));
  g_assert_error (error, LAM_ERROR, code);
  g_test_message ("%s", error->message);
  g_autofree char *name = g_path_get_basename (path);
  g_assert_nonnull (strstr (error->message, name));
  g_clear_error (&error);
}

/* With SQLite's own hands, as another program would. */
static void
tamper (const char *path, const char *sql)
{
  sqlite3 *db;
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  char *message = NULL;
  sqlite3_exec (db, sql, NULL, NULL, &message);
  g_assert_cmpstr (message, ==, NULL);
  sqlite3_close (db);
}

static void
overwrite (const char *path, const void *data, size_t n)
{
  GError *error = NULL;
  g_assert_true (g_file_set_contents (path, data, (gssize)n, &error));
  g_assert_no_error (error);
}

static void
test_foreign (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *absent = g_build_filename (fixture->folder, "absent", NULL);
  assert_refused (absent, LAM_ERROR_MISSING);
  assert_refused (fixture->folder, LAM_ERROR_FORMAT);
  g_autofree char *other = g_build_filename (fixture->folder, "other", NULL);
  overwrite (other, "", 0);
  assert_refused (other, LAM_ERROR_FORMAT);
  overwrite (other, "II*\0", 4);
  assert_refused (other, LAM_ERROR_FORMAT);
  g_unlink (other);
  tamper (other, "CREATE TABLE brick (a); INSERT INTO brick VALUES (1)");
  assert_refused (other, LAM_ERROR_FORMAT);
  g_unlink (other);
  g_assert_cmpint (mkfifo (other, 0600), ==, 0);
  assert_refused (other, LAM_ERROR_FORMAT);
}

static void
test_newer (Fixture *fixture, gconstpointer unused)
{
  tamper (fixture->path, "PRAGMA user_version=99");
  assert_refused (fixture->path, LAM_ERROR_NEWER);
}

static void
test_wal (Fixture *fixture, gconstpointer unused)
{
  tamper (fixture->path, "PRAGMA journal_mode=WAL");
  assert_refused (fixture->path, LAM_ERROR_FORMAT);
}

static void
test_crafted_schema (Fixture *fixture, gconstpointer sql)
{
  tamper (fixture->path, sql);
  assert_refused (fixture->path, LAM_ERROR_CORRUPT);
}

/* Sound as SQL, wrong as a project: each is refused or found by the check. */
static void
test_crafted_values (Fixture *fixture, gconstpointer sql)
{
  tamper (fixture->path, sql);
  g_autoptr (GError) error = NULL;
  LamStore *store = lam_store_open (fixture->path, &error);
  if (!store)
    return;
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  lam_store_check (store, problems, NULL, NULL);
  g_assert_cmpint (problems->len, >, 0);
  g_test_message ("%s", (char *)problems->pdata[0]);
  g_autoptr (LamLabelBrick) brick =
      lam_store_read_brick (store, origin, NULL, NULL);
  g_autoptr (LamHistoryStep) step =
      fixture_try_step (store, FIXTURE_UNDO, 0, NULL);
  fixture_close (store);
}

/* What another person says is not used when it is damaged. */
static void
test_crafted_voice (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL, label_error = NULL;
  tamper (fixture->path,
      "INSERT INTO voice (id, name, time, kind, region, edit, x0, y0, z0, x1,"
      " y1, z1, checksum) VALUES (1, 'E', 0, 0, 1, 0, 0, 0, 0, 9, 9, 9, 0);"
      "INSERT INTO voice_label (voice, id, name, class, checksum)"
      " VALUES (1, 1, '', 1, 0);");
  LamStore *store = fixture_open (fixture->path);
  g_assert_null (lam_store_list_voices (store, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_CORRUPT);
  g_assert_null (lam_store_list_voice_labels (store, 1, &label_error));
  g_assert_error (label_error, LAM_ERROR, LAM_ERROR_CORRUPT);
  fixture_close (store);
}

/* Damage is found on opening or by the check, or the content is the same. */
static bool
is_found (const char *path, const char *hash)
{
  g_autoptr (GError) error = NULL;
  LamStore *store = lam_store_open (path, &error);
  if (!store) {
    g_assert_nonnull (error);
    return true;
  }
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  bool found =
      !lam_store_check (store, problems, NULL, NULL) || problems->len > 0;
  if (!found) {
    g_autofree char *now = lam_store_content_hash (store, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (now, ==, hash);
  }
  fixture_close (store);
  return found;
}

static void
test_truncated (Fixture *fixture, gconstpointer unused)
{
  LamStore *store = fixture_open (fixture->path);
  g_autofree char *hash = lam_store_content_hash (store, NULL, NULL);
  fixture_close (store);
  g_autofree char *contents = NULL;
  gsize size;
  g_assert_true (g_file_get_contents (fixture->path, &contents, &size, NULL));
  int n_found = 0;
  for (gsize n = 1; n < size; n += size / 40) {
    overwrite (fixture->path, contents, n);
    n_found += is_found (fixture->path, hash);
  }
  g_assert_cmpint (n_found, >, 35);
}

/* Hard to compress, so that there is something to damage or to write. */
static LamLabelBrick *
noisy_copy (const LamLabelBrick *brick, int n_voxels)
{
  LamLabelBrick *copy = lam_label_brick_copy (brick);
  uint32_t *labels = lam_label_brick_write_labels (copy);
  LamRandom random = lam_random_new (1, 1);
  for (int i = 0; i < n_voxels; i++)
    labels[i] = lam_random_u32 (&random);
  return copy;
}

static void
test_flipped_bits (Fixture *fixture, gconstpointer unused)
{
  LamStore *store = fixture_open (fixture->path);
  g_autoptr (LamLabelBrick) noise = noisy_copy (fixture->one, 8000);
  lam_history_row_free (
      fixture_commit (store, origin, fixture->one, fixture->two));
  lam_history_row_free (
      fixture_commit (store, (LamBrickKey){ 1, 2, 3 }, NULL, noise));
  lam_store_set_setting (store, "view", "1 2 3");
  g_autofree char *hash = lam_store_content_hash (store, NULL, NULL);
  fixture_close (store);
  g_autofree char *contents = NULL;
  gsize size;
  g_assert_true (g_file_get_contents (fixture->path, &contents, &size, NULL));
  LamRandom random = lam_random_new (17, 0);
  const int n_flips = PLAIN_OR_SANITISED (300, 100);
  int n_found = 0;
  for (int i = 0; i < n_flips; i++) {
    gsize bit = lam_random_u32 (&random) % (size * 8);
    contents[bit / 8] ^= (char)(1 << bit % 8);
    overwrite (fixture->path, contents, size);
    n_found += is_found (fixture->path, hash);
    contents[bit / 8] ^= (char)(1 << bit % 8);
  }
  g_test_message (
      "%d of %d found, the others without effect", n_found, n_flips);
  g_assert_cmpint (n_found, >, n_flips / 2);
}

static void
test_two_programs (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  LamStore *first = fixture_open (fixture->path);
  lam_history_row_free (
      fixture_commit (first, origin, fixture->one, fixture->two));
  LamStore *second = fixture_open (fixture->path);
  const char *reason = lam_store_get_read_only_reason (second);
  g_assert_nonnull (reason);
  g_test_message ("%s", reason);
  g_assert_nonnull (strstr (reason, g_get_user_name ()));
  g_autofree char *pid = g_strdup_printf ("%d", (int)getpid ());
  g_assert_nonnull (strstr (reason, pid));
  fixture_assert_brick (second, origin, fixture->two);
  g_assert_null (fixture_try_commit (
      second, origin, fixture->two, fixture->one, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_READ_ONLY);
  g_clear_error (&error);
  g_assert_null (lam_store_begin_bulk (second, "import", &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_READ_ONLY);
  g_clear_error (&error);
  fixture_close (second);
  /* The second one's coming and going took nothing from the first: a writer
   * that knows no lock file is still kept out. */
  sqlite3 *db;
  pid_t child = fork ();
  if (child == 0) {
    sqlite3_open (fixture->path, &db);
    _exit (sqlite3_exec (db, "DELETE FROM brick", NULL, NULL, NULL));
  }
  int status;
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (WEXITSTATUS (status), ==, SQLITE_BUSY);
  lam_history_row_free (
      fixture_commit (first, origin, fixture->two, fixture->one));
  fixture_close (first);
  LamStore *third = fixture_open (fixture->path);
  g_assert_null (lam_store_get_read_only_reason (third));
  fixture_assert_brick (third, origin, fixture->one);
  fixture_assert_sound (third);
  fixture_close (third);
  g_autofree char *lock = g_strconcat (fixture->path, ".lock", NULL);
  g_assert_false (g_file_test (lock, G_FILE_TEST_EXISTS));
}

static void
count_cb (LamStore *store, gpointer user_data)
{
  ++*(int *)user_data;
}

/* Deleted, replaced, renamed: nothing is said to be saved, and a copy saves all
 * that had been. */
static void
test_taken_away (Fixture *fixture, gconstpointer how)
{
  GError *error = NULL;
  LamStore *store = fixture_open (fixture->path);
  /* Once written, SQLite keeps its journal open and looks no more by itself. */
  lam_history_row_free (
      fixture_commit (store, origin, fixture->one, fixture->two));
  lam_history_row_free (
      fixture_commit (store, origin, fixture->two, fixture->one));
  int n_told = 0;
  g_signal_connect (store, "moved", G_CALLBACK (count_cb), &n_told);
  g_autofree char *other = g_build_filename (fixture->folder, "x", NULL);
  if (g_str_equal (how, "deleted"))
    g_assert_cmpint (g_unlink (fixture->path), ==, 0);
  else
    g_assert_cmpint (g_rename (fixture->path, other), ==, 0);
  if (g_str_equal (how, "replaced"))
    overwrite (fixture->path, "something else", 14);
  for (int i = 0; i < 2; i++) {
    g_assert_null (fixture_try_commit (
        store, origin, fixture->one, fixture->two, NULL, &error));
    g_assert_error (error, LAM_ERROR, LAM_ERROR_MOVED);
    g_clear_error (&error);
  }
  g_assert_null (fixture_try_step (store, FIXTURE_UNDO, 0, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_MOVED);
  g_clear_error (&error);
  while (g_main_context_iteration (NULL, false))
    ;
  g_assert_cmpint (n_told, ==, 1);
  fixture_assert_brick (store, origin, fixture->one);
  g_autofree char *copy = g_build_filename (fixture->folder, "c.lamella", NULL);
  g_assert_true (lam_store_save_copy (store, copy, NULL, &error));
  g_assert_no_error (error);
  fixture_close (store);
  store = fixture_open (copy);
  fixture_assert_brick (store, origin, fixture->one);
  /* The edit that was refused is still good and can be made now. */
  lam_history_row_free (
      fixture_commit (store, origin, fixture->one, fixture->two));
  fixture_assert_sound (store);
  fixture_close (store);
}

/* No room: the process may not make files longer than this one is now. */
static void
test_full_disk (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  LamStore *store = fixture_open (fixture->path);
  GStatBuf info;
  g_assert_cmpint (g_stat (fixture->path, &info), ==, 0);
  signal (SIGXFSZ, SIG_IGN);
  struct rlimit before, tight;
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  g_autoptr (LamLabelBrick) noise = noisy_copy (fixture->one, 50000);
  for (rlim_t extra = 0; extra <= 65536; extra += 8192) {
    tight = before;
    tight.rlim_cur = (rlim_t)info.st_size + extra;
    g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &tight), ==, 0);
    lam_store_set_setting (store, "view", extra % 16384 ? "a" : "b");
    g_assert_null (
        fixture_try_commit (store, origin, fixture->one, noise, NULL, &error));
    g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);
    g_assert_error (error, LAM_ERROR, LAM_ERROR_IO);
    g_test_message ("%s", error->message);
    g_clear_error (&error);
    fixture_assert_brick (store, origin, fixture->one);
  }
  fixture_assert_sound (store);
  /* With room again the same edit goes in, and the settings with it. */
  lam_history_row_free (fixture_commit (store, origin, fixture->one, noise));
  fixture_close (store);
  store = fixture_open (fixture->path);
  fixture_assert_brick (store, origin, noise);
  g_autofree char *value = lam_store_dup_setting (store, "view");
  g_assert_cmpstr (value, ==, "b");
  fixture_assert_sound (store);
  fixture_close (store);
}

/* Without root's rights for a while, when the test is run by root. */
static void
become_nobody (bool nobody)
{
  if (getuid () == 0)
    g_assert_cmpint (seteuid (nobody ? 65534 : 0), ==, 0);
}

static void
test_read_only_folder (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  g_chmod (fixture->path, 0644);
  g_chmod (fixture->folder, 0555);
  become_nobody (true);
  LamStore *store = lam_store_open (fixture->path, &error);
  g_assert_no_error (error);
  g_test_message ("%s", lam_store_get_read_only_reason (store));
  g_assert_nonnull (lam_store_get_read_only_reason (store));
  fixture_assert_brick (store, origin, fixture->one);
  g_assert_null (fixture_try_commit (
      store, origin, fixture->one, fixture->two, NULL, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_READ_ONLY);
  g_clear_error (&error);
  g_autofree char *copy = g_build_filename (fixture->folder, "c.lamella", NULL);
  g_assert_false (lam_store_save_copy (store, copy, NULL, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  fixture_close (store);
  g_assert_null (lam_store_create (copy, &fixture_volume, NULL, 0, &error));
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_clear_error (&error);
  become_nobody (false);
}

/* One who may only read looks at what another is painting on. */
static void
test_reader_beside_writer (Fixture *fixture, gconstpointer unused)
{
  LamStore *writer = fixture_open (fixture->path);
  lam_history_row_free (
      fixture_commit (writer, origin, fixture->one, fixture->two));
  g_chmod (fixture->path, 0444);
  g_chmod (fixture->folder, 0555);
  become_nobody (true);
  LamStore *reader = fixture_open (fixture->path);
  g_assert_nonnull (lam_store_get_read_only_reason (reader));
  fixture_assert_brick (reader, origin, fixture->two);
  fixture_assert_sound (reader);
  fixture_close (reader);
  become_nobody (false);
  g_chmod (fixture->folder, 0755);
  lam_history_row_free (
      fixture_commit (writer, origin, fixture->two, fixture->one));
  fixture_close (writer);
}

/* A process that dies leaves its lock file and perhaps a journal. */
static void
test_after_a_crash (Fixture *fixture, gconstpointer unused)
{
  pid_t child = fork ();
  if (child == 0) {
    LamStore *store = lam_store_open (fixture->path, NULL);
    g_autoptr (GError) error = NULL;
    LamBulkEdit *bulk = lam_store_begin_bulk (store, "import", &error);
    for (int i = 0; i < 3; i++)
      lam_bulk_edit_write (bulk, (LamBrickKey){ i, 0, 0 }, fixture->two, NULL);
    raise (SIGKILL);
  }
  int status;
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFSIGNALED (status));
  g_autofree char *lock = g_strconcat (fixture->path, ".lock", NULL);
  g_assert_true (g_file_test (lock, G_FILE_TEST_EXISTS));
  LamStore *store = fixture_open (fixture->path);
  g_assert_null (lam_store_get_read_only_reason (store));
  fixture_assert_brick (store, origin, fixture->one);
  fixture_assert_sound (store);
  fixture_close (store);
}

/* As a process that dies does. */
static void
leave_lock (Fixture *fixture)
{
  g_autofree char *lock = g_strconcat (fixture->path, ".lock", NULL);
  overwrite (lock, "me\nhere\n1\n", 10);
}

static bool
is_lock_left (Fixture *fixture)
{
  g_autofree char *lock = g_strconcat (fixture->path, ".lock", NULL);
  struct stat info;
  return stat (lock, &info) == 0 && info.st_size > 0;
}

/* Damage that only a look at all of the file finds: its list of free pages. */
static void
damage_freelist (Fixture *fixture)
{
  int fd = open (fixture->path, O_WRONLY);
  const guint8 n = 7;
  g_assert_cmpint (pwrite (fd, &n, 1, 39), ==, 1);
  close (fd);
}

/* What reads the file of today as a future version would. */
static LamProjectFile *
read_tomorrow (Fixture *fixture, GError **error)
{
  const LamSchema *today = lam_schema_get ();
  const char *sql[32];
  const int n = today->version;
  g_assert_cmpint (n + 1, <, G_N_ELEMENTS (sql));
  for (int i = 0; i < n; i++)
    sql[i] = today->sql[i];
  sql[n] = "CREATE TABLE extra (id INTEGER PRIMARY KEY) STRICT;";
  const LamSchema tomorrow = { sql, n + 1 };
  return lam_project_file_open_to_read (&tomorrow, fixture->path, error);
}

/* A crashed project that is damaged is refused each time, and by who reads an
 * older one in a copy. */
static void
test_damaged_by_crash (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  damage_freelist (fixture);
  leave_lock (fixture);
  for (int i = 0; i < 2; i++)
    assert_refused (fixture->path, LAM_ERROR_CORRUPT);
  g_assert_null (read_tomorrow (fixture, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_CORRUPT);
  g_clear_error (&error);
  g_assert_true (is_lock_left (fixture));
}

/* Who reads an older one in a copy has not looked after the file itself. */
static void
test_read_after_crash (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  leave_lock (fixture);
  LamProjectFile *file = read_tomorrow (fixture, &error);
  g_assert_no_error (error);
  lam_project_file_free (file);
  g_assert_true (is_lock_left (fixture));
  fixture_close (fixture_open (fixture->path));
  g_assert_false (is_lock_left (fixture));
}

/* Who only reads sees the new version, and the file stays as it is. */
static void
assert_read_migrated (Fixture *fixture, const LamSchema *tomorrow,
    LamProjectFile *(*open) (const LamSchema *, const char *, GError **))
{
  GError *error = NULL;
  g_autofree char *before = NULL, *after = NULL;
  gsize n_before, n_after;
  int64_t n_bricks = 0;
  g_file_get_contents (fixture->path, &before, &n_before, NULL);
  g_chmod (fixture->folder, 0755);
  become_nobody (true);
  LamProjectFile *file = open (tomorrow, fixture->path, &error);
  become_nobody (false);
  g_assert_no_error (error);
  g_assert_true (
      lam_connection_read_int (lam_project_file_get_connection (file),
          "SELECT id FROM extra", &n_bricks, &error, ""));
  g_assert_cmpint (n_bricks, ==, 1);
  g_assert_nonnull (lam_project_file_get_read_only_reason (file));
  lam_project_file_free (file);
  g_file_get_contents (fixture->path, &after, &n_after, NULL);
  g_assert_cmpmem (after, n_after, before, n_before);
}

/* The version after this one of a made-up future, from the file of today. */
static void
test_migration (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  const LamSchema *today = lam_schema_get ();
  const char *sql[32], *bad_sql[32];
  int n = today->version;
  g_assert_cmpint (n + 1, <, G_N_ELEMENTS (sql));
  for (int i = 0; i < n; i++)
    sql[i] = bad_sql[i] = today->sql[i];
  sql[n] = "CREATE TABLE extra (id INTEGER PRIMARY KEY) STRICT;"
           "INSERT INTO extra SELECT count(*) FROM brick;";
  bad_sql[n] = "CREATE TABLE extra (id); SELECT nothing;";
  const LamSchema tomorrow = { sql, n + 1 };
  const LamSchema bad = { bad_sql, n + 1 };

  g_assert_null (lam_project_file_open (&bad, fixture->path, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_autofree char *backup = g_strdup_printf ("%s.version-%d", fixture->path, n);
  g_assert_true (g_file_test (backup, G_FILE_TEST_EXISTS));
  fixture_close (fixture_open (fixture->path));

  assert_read_migrated (fixture, &tomorrow, lam_project_file_open_to_read);
  /* Nor is it changed by who would, but cannot write it. */
  assert_read_migrated (fixture, &tomorrow, lam_project_file_open);
  LamProjectFile *file =
      lam_project_file_open (&tomorrow, fixture->path, &error);
  g_assert_no_error (error);
  int64_t n_bricks = 0;
  g_assert_true (
      lam_connection_read_int (lam_project_file_get_connection (file),
          "SELECT id FROM extra", &n_bricks, &error, ""));
  g_assert_cmpint (n_bricks, ==, 1);
  lam_project_file_free (file);
  assert_refused (fixture->path, LAM_ERROR_NEWER);
  LamStore *old = fixture_open (backup);
  fixture_assert_brick (old, origin, fixture->one);
  fixture_close (old);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  static const struct {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
    const char *data;
  } tests[] = {
    { "foreign", test_foreign, NULL },
    { "newer", test_newer, NULL },
    { "wal", test_wal, NULL },
    { "trigger", test_crafted_schema,
        "CREATE TRIGGER t AFTER INSERT ON edit BEGIN DELETE FROM brick; END" },
    { "view", test_crafted_schema,
        "DROP TABLE setting;"
        "CREATE VIEW setting AS SELECT 'a' name, 'b' value" },
    { "index", test_crafted_schema, "CREATE INDEX i ON brick (data)" },
    { "column", test_crafted_schema, "ALTER TABLE class ADD COLUMN evil TEXT" },
    { "no-volume", test_crafted_values, "DELETE FROM volume" },
    { "big-volume", test_crafted_values,
        "UPDATE volume SET size_x = 9223372036854775807" },
    { "no-edit", test_crafted_values,
        "PRAGMA foreign_keys=OFF; DELETE FROM edit" },
    { "circle", test_crafted_values, "UPDATE edit SET parent = 1, state = 1" },
    { "head", test_crafted_values, "UPDATE edit SET head = 1000000" },
    { "key", test_crafted_values, "UPDATE brick SET key = -5" },
    { "blob", test_crafted_values,
        "UPDATE brick SET data = zeroblob(10000000)" },
    { "huge-blob", test_crafted_values,
        "UPDATE brick SET data = zeroblob(20000000)" },
    { "difference", test_crafted_values,
        "UPDATE edit_brick SET data = x'0102'" },
    { "brick-gone", test_crafted_values, "DELETE FROM brick" },
    { "row-change", test_crafted_values,
        "INSERT INTO edit_row VALUES (1, 0, 1, '[[[[', NULL, 0)" },
    { "label-0", test_crafted_values,
        "INSERT INTO label (id, name, class, rgb, locked, hidden, deleted,"
        " original, state, in_group, checksum)"
        " VALUES (0, '', 1, 0, 0, 0, 0, 0, 0, '', 0)" },
    { "class-minus", test_crafted_values,
        "INSERT INTO class VALUES (-2147483648, '', 0, 0, 0, 0, 0, 0, 0)" },
    { "voice", test_crafted_voice, NULL },
    { "truncated", test_truncated, NULL },
    { "flipped-bits", test_flipped_bits, NULL },
    { "two-programs", test_two_programs, NULL },
    { "deleted", test_taken_away, "deleted" },
    { "replaced", test_taken_away, "replaced" },
    { "renamed", test_taken_away, "renamed" },
    { "full-disk", test_full_disk, NULL },
    { "read-only-folder", test_read_only_folder, NULL },
    { "reader-beside-writer", test_reader_beside_writer, NULL },
    { "after-a-crash", test_after_a_crash, NULL },
    { "damaged-by-crash", test_damaged_by_crash, NULL },
    { "read-after-crash", test_read_after_crash, NULL },
    { "migration", test_migration, NULL },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *name =
        g_strconcat ("/store-hostile/", tests[i].name, NULL);
    g_test_add (name, Fixture, tests[i].data, set_up, tests[i].test, tear_down);
  }
  return g_test_run ();
}
