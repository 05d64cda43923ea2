/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Power loss. A VFS between SQLite and the disk remembers, for each file, what
 * has been flushed and what was only written since. At every flush and after
 * every acknowledged edit it builds what a disk could hold if the power failed
 * then: the flushed bytes and any subset of the rest. Each such state must
 * open, be sound, and hold every edit that had been acknowledged; at most the
 * one that was on its way may be there besides, whole. With synchronous=NORMAL
 * the same run must lose edits, or the test could not see a loss. */
#include <sqlite3.h>
#include <unistd.h>

#include "base/error.h"
#include "rounds.h"
#include "store-fixture.h"
#include "store/connection.h"

#define N_EDITS PLAIN_OR_SANITISED (16, 10)
#define N_KEYS 3
#define STATES_A_MOMENT 2

/* ---- What the disk may hold --------------------------------------------- */

typedef struct {
  sqlite3_int64 offset;
  GBytes *data; /* Owned; NULL: cut off at `offset` */
} Operation;

typedef enum { FILE_DATABASE, FILE_JOURNAL, N_FILES } FileKind;

typedef struct {
  GByteArray *flushed; /* Owned */
  GPtrArray *pending; /* Owned; Operation * */
  bool exists, exists_flushed; /* the folder's entry, now and for sure */
} Disk;

typedef struct {
  GBytes *files[N_FILES]; /* Owned; NULL: absent */
  int n_acknowledged;
} State;

static struct {
  GMutex lock;
  sqlite3_vfs *real;
  char *path; /* Owned; of the database that is watched */
  Disk disks[N_FILES];
  LamRandom random;
  GPtrArray *states; /* Owned; State * */
  int n_acknowledged;
} power;

static void
operation_free (gpointer data)
{
  Operation *operation = data;
  g_clear_pointer (&operation->data, g_bytes_unref);
  g_free (operation);
}

static void
state_free (gpointer data)
{
  State *state = data;
  for (int i = 0; i < N_FILES; i++)
    g_clear_pointer (&state->files[i], g_bytes_unref);
  g_free (state);
}

static void
carry_out (GByteArray *bytes, const Operation *operation)
{
  guint offset = (guint)operation->offset;
  if (!operation->data) {
    g_byte_array_set_size (bytes, MIN (bytes->len, offset));
    return;
  }
  gsize size;
  const void *data = g_bytes_get_data (operation->data, &size);
  guint old = bytes->len;
  if (offset + size > old) {
    g_byte_array_set_size (bytes, (guint)(offset + size));
    memset (bytes->data + old, 0, bytes->len - old);
  }
  memcpy (bytes->data + offset, data, size);
}

static bool
toss (void)
{
  return lam_random_u32 (&power.random) & 1;
}

/* `lose`: of what is not flushed, all, or (when NULL) by chance. */
static GBytes *
after_power_loss (const Disk *disk, const bool *lose)
{
  bool exists = disk->exists == disk->exists_flushed || (lose ? *lose : toss ())
      ? disk->exists_flushed
      : disk->exists;
  if (!exists)
    return NULL;
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_byte_array_append (bytes, disk->flushed->data, disk->flushed->len);
  for (guint i = 0; i < disk->pending->len; i++)
    if (lose ? !*lose : toss ())
      carry_out (bytes, disk->pending->pdata[i]);
  return g_byte_array_free_to_bytes (g_steal_pointer (&bytes));
}

/* Under the lock. The first of the moment's states loses all it can. */
static void
note_states_locked (void)
{
  const bool lose_all = true;
  for (int i = 0; i < STATES_A_MOMENT; i++) {
    State *state = g_new0 (State, 1);
    for (int f = 0; f < N_FILES; f++)
      state->files[f] =
          after_power_loss (&power.disks[f], i == 0 ? &lose_all : NULL);
    state->n_acknowledged = power.n_acknowledged;
    g_ptr_array_add (power.states, state);
  }
}

static void
flush_locked (Disk *disk)
{
  for (guint i = 0; i < disk->pending->len; i++)
    carry_out (disk->flushed, disk->pending->pdata[i]);
  g_ptr_array_set_size (disk->pending, 0);
}

static void
add_operation (Disk *disk, sqlite3_int64 offset, const void *data, int size)
{
  Operation *operation = g_new0 (Operation, 1);
  operation->offset = offset;
  operation->data = data ? g_bytes_new (data, (gsize)size) : NULL;
  g_mutex_lock (&power.lock);
  g_ptr_array_add (disk->pending, operation);
  g_mutex_unlock (&power.lock);
}

static Disk *
find_disk (const char *name)
{
  if (!name || !power.path || !g_str_has_prefix (name, power.path))
    return NULL;
  const char *rest = name + strlen (power.path);
  if (*rest == '\0')
    return &power.disks[FILE_DATABASE];
  return g_str_equal (rest, "-journal") ? &power.disks[FILE_JOURNAL] : NULL;
}

/* ---- The VFS ------------------------------------------------------------ */

typedef struct {
  sqlite3_file base;
  Disk *disk; /* Borrowed; NULL: not watched */
  /* The real file follows. */
} ShimFile;

static sqlite3_file *
real_file (sqlite3_file *file)
{
  return (sqlite3_file *)(void *)((ShimFile *)file + 1);
}

static int
shim_close (sqlite3_file *file)
{
  return real_file (file)->pMethods->xClose (real_file (file));
}

static int
shim_read (sqlite3_file *file, void *data, int n, sqlite3_int64 offset)
{
  return real_file (file)->pMethods->xRead (real_file (file), data, n, offset);
}

static int
shim_write (sqlite3_file *file, const void *data, int n, sqlite3_int64 offset)
{
  if (((ShimFile *)file)->disk)
    add_operation (((ShimFile *)file)->disk, offset, data, n);
  return real_file (file)->pMethods->xWrite (real_file (file), data, n, offset);
}

static int
shim_truncate (sqlite3_file *file, sqlite3_int64 size)
{
  if (((ShimFile *)file)->disk)
    add_operation (((ShimFile *)file)->disk, size, NULL, 0);
  return real_file (file)->pMethods->xTruncate (real_file (file), size);
}

static int
shim_sync (sqlite3_file *file, int flags)
{
  Disk *disk = ((ShimFile *)file)->disk;
  if (disk) {
    g_mutex_lock (&power.lock);
    note_states_locked ();
    flush_locked (disk);
    /* SQLite's own VFS flushes the folder with a new journal's first flush. */
    disk->exists_flushed = disk->exists;
    g_mutex_unlock (&power.lock);
  }
  /* What matters is what was noted; a real flush would only take time. */
  return SQLITE_OK;
}

static int
shim_size (sqlite3_file *file, sqlite3_int64 *size)
{
  return real_file (file)->pMethods->xFileSize (real_file (file), size);
}

static int
shim_lock (sqlite3_file *file, int level)
{
  return real_file (file)->pMethods->xLock (real_file (file), level);
}

static int
shim_unlock (sqlite3_file *file, int level)
{
  return real_file (file)->pMethods->xUnlock (real_file (file), level);
}

static int
shim_reserved (sqlite3_file *file, int *out)
{
  return real_file (file)->pMethods->xCheckReservedLock (real_file (file), out);
}

static int
shim_control (sqlite3_file *file, int operation, void *argument)
{
  return real_file (file)->pMethods->xFileControl (
      real_file (file), operation, argument);
}

static int
shim_sector (sqlite3_file *file)
{
  return real_file (file)->pMethods->xSectorSize (real_file (file));
}

static int
shim_device (sqlite3_file *file)
{
  return real_file (file)->pMethods->xDeviceCharacteristics (real_file (file));
}

static const sqlite3_io_methods shim_methods = {
  .iVersion = 1,
  .xClose = shim_close,
  .xRead = shim_read,
  .xWrite = shim_write,
  .xTruncate = shim_truncate,
  .xSync = shim_sync,
  .xFileSize = shim_size,
  .xLock = shim_lock,
  .xUnlock = shim_unlock,
  .xCheckReservedLock = shim_reserved,
  .xFileControl = shim_control,
  .xSectorSize = shim_sector,
  .xDeviceCharacteristics = shim_device,
};

static int
shim_open (sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file,
    int flags, int *out_flags)
{
  ShimFile *shim = (ShimFile *)file;
  shim->base.pMethods = NULL;
  shim->disk = find_disk (name);
  int rc =
      power.real->xOpen (power.real, name, real_file (file), flags, out_flags);
  if (rc == SQLITE_OK)
    shim->base.pMethods = &shim_methods;
  if (rc == SQLITE_OK && shim->disk)
    shim->disk->exists = true;
  return rc;
}

static int
shim_delete (sqlite3_vfs *vfs, const char *name, int sync_folder)
{
  Disk *disk = find_disk (name);
  if (disk) {
    g_mutex_lock (&power.lock);
    disk->exists = false;
    disk->exists_flushed &= !sync_folder;
    g_mutex_unlock (&power.lock);
  }
  return power.real->xDelete (power.real, name, sync_folder);
}

static int
shim_access (sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
  return power.real->xAccess (power.real, name, flags, out);
}

static int
shim_full_path (sqlite3_vfs *vfs, const char *name, int n, char *out)
{
  return power.real->xFullPathname (power.real, name, n, out);
}

static int
shim_randomness (sqlite3_vfs *vfs, int n, char *out)
{
  return power.real->xRandomness (power.real, n, out);
}

static int
shim_sleep (sqlite3_vfs *vfs, int microseconds)
{
  return power.real->xSleep (power.real, microseconds);
}

static int
shim_time (sqlite3_vfs *vfs, double *out)
{
  return power.real->xCurrentTime (power.real, out);
}

static sqlite3_vfs shim = {
  .iVersion = 1,
  .zName = "power",
  .xOpen = shim_open,
  .xDelete = shim_delete,
  .xAccess = shim_access,
  .xFullPathname = shim_full_path,
  .xRandomness = shim_randomness,
  .xSleep = shim_sleep,
  .xCurrentTime = shim_time,
};

/* ---- The run ------------------------------------------------------------ */

static void
start_watching (const char *path, uint64_t seed)
{
  g_autofree char *contents = NULL;
  gsize size;
  g_assert_true (g_file_get_contents (path, &contents, &size, NULL));
  for (int i = 0; i < N_FILES; i++) {
    Disk *disk = &power.disks[i];
    disk->flushed = g_byte_array_new ();
    disk->pending = g_ptr_array_new_with_free_func (operation_free);
    disk->exists = disk->exists_flushed = i == FILE_DATABASE;
  }
  g_byte_array_append (power.disks[FILE_DATABASE].flushed,
      (const guint8 *)contents, (guint)size);
  power.states = g_ptr_array_new_with_free_func (state_free);
  power.random = lam_random_new (seed, 0);
  power.n_acknowledged = 0;
  power.path = g_strdup (path);
  power.real = sqlite3_vfs_find (NULL);
  shim.mxPathname = power.real->mxPathname;
  shim.szOsFile = (int)sizeof (ShimFile) + power.real->szOsFile;
  g_assert_cmpint (sqlite3_vfs_register (&shim, 1), ==, SQLITE_OK);
}

static void
stop_watching (void)
{
  sqlite3_vfs_unregister (&shim);
  sqlite3_vfs_register (power.real, 1);
  g_clear_pointer (&power.path, g_free);
  for (int i = 0; i < N_FILES; i++) {
    g_clear_pointer (&power.disks[i].flushed, g_byte_array_unref);
    g_clear_pointer (&power.disks[i].pending, g_ptr_array_unref);
  }
}

static LamLabelBrick *bricks[N_EDITS]; /* what each edit leaves */

/* What brick `key` is after the first `n` edits; NULL: absent. Borrowed. */
static LamLabelBrick *
expected_brick (int key, int n)
{
  for (int i = n - 1; i >= 0; i--)
    if (i % N_KEYS == key)
      return bricks[i];
  return NULL;
}

static void
paint (const char *path)
{
  LamStore *store = fixture_open (path);
  for (int i = 0; i < N_EDITS; i++) {
    LamBrickKey key = { i % N_KEYS, 0, 0 };
    lam_history_row_free (
        fixture_commit (store, key, expected_brick (i % N_KEYS, i), bricks[i]));
    g_mutex_lock (&power.lock);
    power.n_acknowledged++;
    note_states_locked ();
    g_mutex_unlock (&power.lock);
  }
  fixture_close (store);
}

static void
put_file (const char *path, GBytes *bytes)
{
  g_unlink (path);
  gsize size;
  const void *data = bytes ? g_bytes_get_data (bytes, &size) : NULL;
  if (data || bytes)
    g_assert_true (g_file_set_contents_full (path, data ? data : "",
        (gssize)size, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

static bool
is_as_after (LamStore *store, int n)
{
  for (int key = 0; key < N_KEYS; key++) {
    LamLabelBrick *expected = expected_brick (key, n);
    g_autoptr (LamLabelBrick) brick =
        lam_store_read_brick (store, (LamBrickKey){ key, 0, 0 }, NULL, NULL);
    if (brick && expected ? !lam_label_brick_equal (brick, expected)
                          : brick != expected)
      return false;
  }
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  return lam_store_check (store, problems, NULL, NULL) && problems->len == 0;
}

/* Opens what was left, as the person would: how many edits there are, or -1
 * when it is not the state after any number of edits. */
static int
count_edits (const char *path, const State *state)
{
  g_autofree char *journal = g_strconcat (path, "-journal", NULL);
  put_file (path, state->files[FILE_DATABASE]);
  put_file (journal, state->files[FILE_JOURNAL]);
  LamStore *store = lam_store_open (path, NULL);
  if (!store)
    return -1;
  g_autoptr (GPtrArray) rows =
      lam_store_read_history (store, 0, 1000, true, NULL);
  int n = rows && is_as_after (store, (int)rows->len) ? (int)rows->len : -1;
  fixture_close (store);
  return n;
}

/* Returns in how many states acknowledged edits were missing. */
static int
lose_power (uint64_t seed)
{
  g_autofree char *folder = fixture_folder ();
  g_autofree char *path = g_build_filename (folder, "p.lamella", NULL);
  /* In memory where there is such a place: only what is left matters here. */
  bool memory = g_access ("/dev/shm", W_OK) == 0;
  g_autofree char *scratch = memory
      ? g_strdup ("/dev/shm/lamella-power-XXXXXX")
      : g_build_filename (g_get_tmp_dir (), "lamella-power-XXXXXX", NULL);
  g_assert_nonnull (g_mkdtemp (scratch));
  g_autofree char *left = g_build_filename (scratch, "left.lamella", NULL);
  for (uint64_t i = 0; i < N_EDITS; i++)
    bricks[i] = fixture_brick (i);
  fixture_close (fixture_create (path));
  start_watching (path, seed);
  paint (path);
  stop_watching ();
  int n_losses = 0;
  for (guint i = 0; i < power.states->len; i++) {
    const State *state = power.states->pdata[i];
    int n = count_edits (left, state);
    g_assert_cmpint (n, <=, state->n_acknowledged + 1);
    n_losses += n < state->n_acknowledged;
  }
  g_test_message ("%d of %d states lost an acknowledged edit", n_losses,
      (int)power.states->len);
  g_clear_pointer (&power.states, g_ptr_array_unref);
  for (int i = 0; i < N_EDITS; i++)
    lam_label_brick_unref (bricks[i]);
  fixture_remove (folder);
  fixture_remove (scratch);
  return n_losses;
}

static void
test_full (void)
{
  g_assert_cmpint (lose_power (1), ==, 0);
}

static void
test_normal_loses (void)
{
  lam_connection_weaken_for_test ("NORMAL");
  int n_losses = lose_power (2);
  lam_connection_weaken_for_test (NULL);
  g_assert_cmpint (n_losses, >, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store-power/full-loses-nothing", test_full);
  g_test_add_func ("/store-power/normal-loses", test_normal_loses);
  return g_test_run ();
}
