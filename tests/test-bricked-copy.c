/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Bricked copies: made, found again, continued, refused, removed. */
#include <glib/gstdio.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake-source.h"
#include "volume/copy-folder.h"
#include "volume/format.h"
#include "volume/volume.h"
#include "volume/zarr-copy.h"
#include "volume/pyramid.h"

/* Halves x, y and z; not multiples of anything. */
static const int64_t size[3] = { 301, 70, 70 };
static const int64_t chunk_size[3] = { 301, 8, 1 };

typedef struct {
  char *folder; /* Owned */
  char *copies; /* Owned */
  char *file; /* Owned; what the fake sources claim to be */
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("lam-copy-XXXXXX", NULL);
  f->copies = g_build_filename (f->folder, "copies", NULL);
  f->file = g_build_filename (f->folder, "stack.tif", NULL);
  g_assert_true (g_file_set_contents (f->file, "x", 1, NULL));
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  lam_copy_folder_remove (f->folder);
  g_assert_false (g_file_test (f->folder, G_FILE_TEST_EXISTS));
  g_free (f->folder);
  g_free (f->copies);
  g_free (f->file);
}

static char *
name_copy (LamVolume *volume)
{
  LamLevel levels[LAM_MAX_LEVELS];
  int n = lam_volume_get_n_levels (volume);
  for (int i = 0; i < n; i++)
    levels[i] = *lam_volume_get_level (volume, i);
  return lam_copy_folder_name (lam_volume_get_info (volume), levels, n);
}

static char *
name_file (FakeSource *fake)
{
  const LamSourceInfo *info = &fake->parent.info;
  return lam_copy_folder_name (info, info->levels, info->n_levels);
}

static LamVolume *
open_volume (Fixture *f, FakeSource *fake, int64_t limit)
{
  LamVolumeSettings settings = { .cache_bytes = 8 << 20,
    .copy_folder = f->copies,
    .copy_limit_bytes = limit,
    .large_bytes = 1 << 20 };
  return lam_volume_new (&fake->parent, &settings);
}

static FakeSource *
new_fake (Fixture *f, LamDtype dtype)
{
  return fake_source_new (f->file, dtype, size, chunk_size);
}

static void
await_copy (LamVolume *volume)
{
  while (lam_volume_get_copy_progress (volume))
    g_main_context_iteration (NULL, TRUE);
}

static int
count_with_suffix (const char *folder, const char *suffix)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  int n = 0;
  const char *name;
  while (dir && (name = g_dir_read_name (dir)))
    n += g_str_has_suffix (name, suffix);
  return n;
}

/* The whole level, as f64. */
static double *
read_level (LamVolume *volume, int level, int64_t *n)
{
  LamBox box = lam_box_of_size (lam_volume_get_level (volume, level)->size);
  *n = lam_box_volume (&box);
  LamDtype dtype = lam_volume_get_dtype (volume);
  g_autofree void *voxels = g_malloc ((size_t)*n * lam_dtype_bytes (dtype));
  GError *error = NULL;
  lam_volume_read_box (volume, level, &box, voxels, NULL, &error);
  g_assert_no_error (error);
  double *values = g_new (double, *n);
  for (int64_t i = 0; i < *n; i++)
    values[i] = dtype == LAM_DTYPE_U8 ? ((uint8_t *)voxels)[i]
        : dtype == LAM_DTYPE_U16      ? ((uint16_t *)voxels)[i]
                                      : ((float *)voxels)[i];
  return values;
}

/* All levels of the copy are what a small volume computes itself. */
static void
test_same_as_without (Fixture *f, gconstpointer data)
{
  const LamDtype dtypes[] = { LAM_DTYPE_U8, LAM_DTYPE_I16, LAM_DTYPE_U32 };
  for (size_t i = 0; i < G_N_ELEMENTS (dtypes); i++) {
    FakeSource *fake = new_fake (f, dtypes[i]);
    /* A tall chunk that is compressed goes by the spool. */
    if (i % 2) {
      fake->parent.info.has_whole_chunks = true;
      fake->parent.info.chunk[1] = size[1];
    }
    g_autoptr (LamVolume) plain = lam_volume_new (&fake->parent, NULL);
    g_autoptr (LamVolume) copied = open_volume (f, fake, 0);
    g_assert_nonnull (lam_volume_get_copy_progress (copied));
    await_copy (copied);
    g_assert_no_error (lam_volume_get_copy_error (copied));
    g_assert_true (lam_volume_is_plane_ready (copied, LAM_PLANE_YZ));
    int reads = g_atomic_int_get (&fake->n_reads);
    for (int level = 0; level < 2; level++) {
      int64_t n;
      g_autofree double *got = read_level (copied, level, &n);
      g_assert_cmpint (g_atomic_int_get (&fake->n_reads), ==, reads);
      g_autofree double *expected = read_level (plain, level, &n);
      reads = g_atomic_int_get (&fake->n_reads);
      g_assert_true (memcmp (got, expected, (size_t)n * 8) == 0);
    }
    lam_source_unref (&fake->parent);
  }
}

#ifndef __SANITIZE_ADDRESS__ /* It counts reads, over many voxels. */
/* So wide that a slab is copied in strips of 64 rows, which strips of 48
 * straddle: each plane is decoded once all the same, and several at once. */
static void
test_decodes_once (Fixture *f, gconstpointer data)
{
  const int64_t wide[3] = { 16384, 130, 3 }, chunk[3] = { 16384, 48, 1 };
  FakeSource *fake = fake_source_new (f->file, LAM_DTYPE_U8, wide, chunk);
  fake->parent.info.has_whole_chunks = true;
  fake->delay_ms = 20;
  g_autoptr (LamVolume) volume = open_volume (f, fake, 0);
  await_copy (volume);
  g_assert_no_error (lam_volume_get_copy_error (volume));
  g_assert_cmpint (fake->n_reads, ==, 3);
  g_assert_cmpint (fake->max_inside, >=, 2);
  uint8_t row[2];
  LamBox box = lam_box_new (16000, 129, 2, 16002, 130, 3);
  g_assert_true (lam_volume_read_box (volume, 0, &box, row, NULL, NULL));
  g_assert_cmpint (fake->n_reads, ==, 3);
  g_assert_cmpint (row[1], ==, (uint8_t)fake_voxel (16001, 129, 2));
  lam_source_unref (&fake->parent);
}
#endif

static void
test_found_again (Fixture *f, gconstpointer data)
{
  FakeSource *fake = new_fake (f, LAM_DTYPE_U8);
  LamVolume *first = open_volume (f, fake, 0);
  await_copy (first);
  int reads = g_atomic_int_get (&fake->n_reads);
  LamVolume *second = open_volume (f, fake, 0);
  await_copy (second);
  g_assert_no_error (lam_volume_get_copy_error (second));
  g_assert_cmpint (g_atomic_int_get (&fake->n_reads), ==, reads);
  g_object_unref (first);
  g_object_unref (second);
  /* Another channel, and a file that changed, get copies of their own. */
  fake->parent.info.channel = 1;
  g_autoptr (LamVolume) third = open_volume (f, fake, 0);
  await_copy (third);
  g_assert_true (g_file_set_contents (f->file, "xy", 2, NULL));
  g_autoptr (LamVolume) fourth = open_volume (f, fake, 0);
  await_copy (fourth);
  g_assert_cmpint (count_with_suffix (f->copies, ".zarr"), ==, 3);
  g_assert_cmpint (count_with_suffix (f->copies, ".partial"), ==, 0);
  lam_source_unref (&fake->parent);
}

/* A copy that was broken off lets go a moment later. */
static void
await_unlocked (Fixture *f, const char *name)
{
  int fd;
  while ((fd = lam_copy_folder_lock (f->copies, name, true)) < 0)
    g_usleep (1000);
  close (fd);
}

/* Closing the volume breaks the copy off; the next one goes on. */
static void
test_continued (Fixture *f, gconstpointer data)
{
  FakeSource *fake = new_fake (f, LAM_DTYPE_U8);
  fake->delay_ms = 100;
  LamVolume *volume = open_volume (f, fake, 0);
  g_autofree char *name = name_copy (volume);
  g_autofree char *state =
      g_strdup_printf ("%s/%s.partial/slabs-done", f->copies, name);
  while (!g_file_test (state, G_FILE_TEST_EXISTS))
    g_usleep (1000);
  g_object_unref (volume);
  await_unlocked (f, name);
  g_assert_cmpint (count_with_suffix (f->copies, ".zarr"), ==, 0);
  g_assert_cmpint (count_with_suffix (f->copies, ".partial"), ==, 1);
  fake->delay_ms = 0;
  g_atomic_int_set (&fake->n_voxels, 0);
  volume = open_volume (f, fake, 0);
  await_copy (volume);
  g_assert_no_error (lam_volume_get_copy_error (volume));
  /* The first slab was not read again. */
  g_assert_cmpint (fake->n_voxels, <=, 301 * 70 * (70 - 64));
  int64_t n;
  g_autofree double *got = read_level (volume, 0, &n);
  for (int64_t i = 0; i < n; i++)
    g_assert_cmpint ((int)got[i], ==,
        (uint8_t)fake_voxel (
            i % size[0], i / size[0] % size[1], i / size[0] / size[1]));
  g_object_unref (volume);
  lam_source_unref (&fake->parent);
}

static void
say_voxel_size (FakeSource *fake, double xy_nm, double z_nm)
{
  const double nm[3] = { xy_nm, xy_nm, z_nm };
  memcpy (fake->parent.info.voxel_size_nm, nm, sizeof nm);
}

/* All levels are what the file's own would be. */
static void
assert_same_as_file (LamVolume *volume, FakeSource *fake)
{
  g_autoptr (LamVolume) plain = lam_volume_new (&fake->parent, NULL);
  g_assert_no_error (lam_volume_get_copy_error (volume));
  g_assert_true (lam_volume_is_plane_ready (volume, LAM_PLANE_YZ));
  for (int level = 0; level < lam_volume_get_n_levels (volume); level++) {
    int64_t n, n_plain;
    g_autofree double *got = read_level (volume, level, &n);
    g_autofree double *expected = read_level (plain, level, &n_plain);
    g_assert_cmpint (n, ==, n_plain);
    g_assert_true (memcmp (got, expected, (size_t)n * 8) == 0);
  }
}

/* A voxel size that asks for other levels is said when a copy is half made:
 * what is there of the old levels is not taken for the new ones'. */
static void
test_other_levels (Fixture *f, gconstpointer data)
{
  FakeSource *fake = new_fake (f, LAM_DTYPE_U8);
  fake->delay_ms = 100;
  LamVolume *volume = open_volume (f, fake, 0);
  g_autofree char *name = name_copy (volume);
  g_autofree char *state =
      g_strdup_printf ("%s/%s.partial/slabs-done", f->copies, name);
  while (!g_file_test (state, G_FILE_TEST_EXISTS))
    g_usleep (1000);
  g_object_unref (volume);
  await_unlocked (f, name);
  fake->delay_ms = 0;
  say_voxel_size (fake, 10, 40);
  volume = open_volume (f, fake, 0);
  await_copy (volume);
  assert_same_as_file (volume, fake);
  g_object_unref (volume);
  lam_source_unref (&fake->parent);
}

/* A copy of other levels is as sound as before: it stays, and is found when
 * those are asked for again. */
static void
test_both_levels (Fixture *f, gconstpointer data)
{
  FakeSource *fake = new_fake (f, LAM_DTYPE_U8);
  int reads = 0;
  for (int i = 0; i < 3; i++) {
    say_voxel_size (fake, 10, i == 1 ? 40 : 10);
    reads = g_atomic_int_get (&fake->n_reads);
    g_autoptr (LamVolume) volume = open_volume (f, fake, 0);
    await_copy (volume);
    g_assert_no_error (lam_volume_get_copy_error (volume));
    g_assert_cmpint (
        count_with_suffix (f->copies, ".zarr"), ==, MIN (i, 1) + 1);
  }
  g_assert_cmpint (g_atomic_int_get (&fake->n_reads), ==, reads);
  lam_source_unref (&fake->parent);
}

/* Nobody waits for a read that cannot be broken off; the copy lets go of all as
 * soon as that is over. */
static void
test_free_is_prompt (Fixture *f, gconstpointer data)
{
  FakeSource *fake = new_fake (f, LAM_DTYPE_U8);
  fake->delay_ms = 400;
  fake->is_deaf = true;
  LamVolume *volume = open_volume (f, fake, 0);
  g_autofree char *name = name_copy (volume);
  while (!g_atomic_int_get (&fake->n_inside))
    g_usleep (1000);
  gint64 start = g_get_monotonic_time ();
  g_object_unref (volume);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 100000);
  g_assert_cmpint (lam_copy_folder_lock (f->copies, name, true), ==, -1);
  await_unlocked (f, name);
  lam_source_unref (&fake->parent);
}

static void
test_failure_leaves_nothing (Fixture *f, gconstpointer data)
{
  FakeSource *fake = new_fake (f, LAM_DTYPE_U8);
  fake->fail = 1;
  g_autoptr (LamVolume) volume = open_volume (f, fake, 0);
  await_copy (volume);
  g_assert_error (lam_volume_get_copy_error (volume), LAM_ERROR, LAM_ERROR_IO);
  g_assert_cmpint (count_with_suffix (f->copies, ".partial"), ==, 0);
  fake->fail = 0;
  int64_t n;
  g_autofree double *got = read_level (volume, 0, &n);
  g_assert_cmpint ((int)got[1], ==, 7);
  lam_source_unref (&fake->parent);
}

static void
test_unwritable_folder (Fixture *f, gconstpointer data)
{
  FakeSource *fake = new_fake (f, LAM_DTYPE_U8);
  g_free (f->copies);
  f->copies = g_strdup_printf ("%s/below", f->file);
  g_autoptr (LamVolume) volume = open_volume (f, fake, 0);
  await_copy (volume);
  g_assert_error (lam_volume_get_copy_error (volume), LAM_ERROR, LAM_ERROR_IO);
  lam_source_unref (&fake->parent);
}

static void
test_limit (Fixture *f, gconstpointer data)
{
  FakeSource *fake = new_fake (f, LAM_DTYPE_U8);
  g_autoptr (LamVolume) volume = open_volume (f, fake, 1 << 19);
  await_copy (volume);
  g_assert_error (
      lam_volume_get_copy_error (volume), LAM_ERROR, LAM_ERROR_LIMIT);
  g_assert_cmpint (fake->n_reads, ==, 0);
  lam_source_unref (&fake->parent);
}

/* Noise does not compress: the copy is given up when it passes the limit that
 * it might have kept. */
static void
test_limit_while_writing (Fixture *f, gconstpointer data)
{
  FakeSource *fake = new_fake (f, LAM_DTYPE_U8);
  fake->is_noise = true;
  g_autoptr (LamVolume) volume = open_volume (f, fake, 1 << 20);
  await_copy (volume);
  g_assert_error (
      lam_volume_get_copy_error (volume), LAM_ERROR, LAM_ERROR_LIMIT);
  g_assert_cmpint (fake->n_reads, >, 0);
  g_assert_cmpint (count_with_suffix (f->copies, ".partial"), ==, 0);
  g_assert_cmpint (count_with_suffix (f->copies, ".zarr"), ==, 0);
  lam_source_unref (&fake->parent);
}

/* On a disk of 1 MB a copy of more fails with a message, and leaves the disk as
 * it was. */
static void
test_full_disk (Fixture *f, gconstpointer data)
{
  g_assert_cmpint (g_mkdir_with_parents (f->copies, 0777), ==, 0);
  if (mount ("tmpfs", f->copies, "tmpfs", 0, "size=1m") < 0) {
    g_test_skip ("only root may mount a small disk");
    return;
  }
  FakeSource *fake = new_fake (f, LAM_DTYPE_U8);
  fake->is_noise = true;
  LamVolume *volume = open_volume (f, fake, 0);
  await_copy (volume);
  const GError *error = lam_volume_get_copy_error (volume);
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, f->copies));
  g_assert_cmpint (count_with_suffix (f->copies, ".partial"), ==, 0);
  g_assert_cmpint (lam_copy_folder_measure (f->copies), ==, 0);
  g_object_unref (volume);
  lam_source_unref (&fake->parent);
  g_assert_cmpint (umount (f->copies), ==, 0);
}

/* A file replaced by one of the same size and time, and a chunk deep in a
 * folder, are noticed. */
static void
test_name_changes (Fixture *f, gconstpointer data)
{
  FakeSource *fake = new_fake (f, LAM_DTYPE_U8);
  g_autofree char *one = name_file (fake);
  struct stat status;
  g_assert_cmpint (stat (f->file, &status), ==, 0);
  g_assert_cmpint (g_unlink (f->file), ==, 0);
  g_usleep (20000);
  g_assert_true (g_file_set_contents (f->file, "y", 1, NULL));
  struct timespec times[2] = { status.st_atim, status.st_mtim };
  g_assert_cmpint (utimensat (AT_FDCWD, f->file, times, 0), ==, 0);
  g_autofree char *two = name_file (fake);
  g_assert_cmpstr (one, !=, two);
  lam_source_unref (&fake->parent);
  g_autofree char *deep = g_build_filename (f->folder, "image/0/0", NULL);
  g_autofree char *chunk = g_build_filename (deep, "0", NULL);
  g_autofree char *image = g_build_filename (f->folder, "image", NULL);
  g_assert_cmpint (g_mkdir_with_parents (deep, 0777), ==, 0);
  g_assert_true (g_file_set_contents (chunk, "1", 1, NULL));
  fake = fake_source_new (image, LAM_DTYPE_U8, size, chunk_size);
  g_autofree char *three = name_file (fake);
  g_assert_true (g_file_set_contents (chunk, "22", 2, NULL));
  g_autofree char *four = name_file (fake);
  g_assert_cmpstr (three, !=, four);
  /* A folder of pages is none of its subfolders. */
  fake->parent.info.format = "tiff-folder";
  g_autofree char *five = name_file (fake);
  g_assert_true (g_file_set_contents (chunk, "333", 3, NULL));
  g_autofree char *six = name_file (fake);
  g_assert_cmpstr (five, ==, six);
  lam_source_unref (&fake->parent);
}

static void
put_copy (Fixture *f, const char *name, int age)
{
  g_autofree char *folder = lam_copy_folder_path (f->copies, name, "zarr");
  g_assert_cmpint (g_mkdir_with_parents (folder, 0777), ==, 0);
  g_autofree char *file = g_build_filename (folder, "bytes", NULL);
  g_autofree char *bytes = g_malloc0 (1 << 20);
  g_assert_true (g_file_set_contents (file, bytes, 1 << 20, NULL));
  g_autofree char *lock = lam_copy_folder_path (f->copies, name, "lock");
  g_assert_true (g_file_set_contents (lock, "", 0, NULL));
  struct timespec times[2] = { { 1000000 - age, 0 }, { 1000000 - age, 0 } };
  g_assert_cmpint (utimensat (AT_FDCWD, lock, times, 0), ==, 0);
}

static bool
has_copy (Fixture *f, const char *name)
{
  g_autofree char *folder = lam_copy_folder_path (f->copies, name, "zarr");
  return g_file_test (folder, G_FILE_TEST_EXISTS);
}

/* The least recently used go first; one in use stays. */
static void
test_shrink (Fixture *f, gconstpointer data)
{
  put_copy (f, "a", 40);
  put_copy (f, "b", 30);
  put_copy (f, "c", 20);
  put_copy (f, "d", 10);
  g_assert_cmpint (lam_copy_folder_measure (f->copies), >=, 4 << 20);
  int b = lam_copy_folder_lock (f->copies, "b", false);
  g_assert_cmpint (b, >=, 0);
  struct timespec times[2] = { { 1, 0 }, { 1, 0 } };
  g_assert_cmpint (futimens (b, times), ==, 0);
  lam_copy_folder_shrink (f->copies, 5 << 19);
  g_assert_true (!has_copy (f, "a") && has_copy (f, "b"));
  g_assert_true (!has_copy (f, "c") && has_copy (f, "d"));
  lam_copy_folder_shrink (f->copies, 0);
  g_assert_true (has_copy (f, "b") && !has_copy (f, "d"));
  close (b);
  lam_copy_folder_shrink (f->copies, 0);
  g_assert_false (has_copy (f, "b"));
  g_assert_cmpint (count_with_suffix (f->copies, ""), ==, 0);
}

/* Only one makes it; the other waits and finds it. */
static void
test_two_at_once (Fixture *f, gconstpointer data)
{
  FakeSource *fake = new_fake (f, LAM_DTYPE_U8);
  fake->delay_ms = 20;
  g_autoptr (LamVolume) a = open_volume (f, fake, 0);
  g_autoptr (LamVolume) b = open_volume (f, fake, 0);
  await_copy (a);
  await_copy (b);
  g_assert_no_error (lam_volume_get_copy_error (a));
  g_assert_no_error (lam_volume_get_copy_error (b));
  g_assert_cmpint (fake->n_voxels, ==, 301 * 70 * 70);
  lam_source_unref (&fake->parent);
}

/* A chunk is damaged under us: the file answers. */
static void
test_damaged_value (Fixture *f, gconstpointer data)
{
  FakeSource *fake = new_fake (f, LAM_DTYPE_U8);
  g_autoptr (LamVolume) volume = open_volume (f, fake, 0);
  await_copy (volume);
  g_autofree char *name = name_copy (volume);
  g_autofree char *file =
      g_strdup_printf ("%s/%s.zarr/0/0/0/0", f->copies, name);
  g_assert_true (g_file_set_contents (file, "rubbish", 7, NULL));
  double value;
  while (!lam_volume_try_value (volume, (int64_t[]){ 3, 0, 0 }, &value))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpfloat (value, ==, 21);
  g_assert_nonnull (lam_volume_get_copy_error (volume));
  lam_source_unref (&fake->parent);
}

static void
test_damaged_copy (Fixture *f, gconstpointer data)
{
  FakeSource *fake = new_fake (f, LAM_DTYPE_U8);
  g_autoptr (LamVolume) volume = open_volume (f, fake, 0);
  await_copy (volume);
  g_autofree char *name = name_copy (volume);
  g_autofree char *file =
      g_strdup_printf ("%s/%s.zarr/0/0/0/0", f->copies, name);
  g_assert_true (g_file_set_contents (file, "rubbish", 7, NULL));
  int64_t n;
  g_autofree double *got = read_level (volume, 0, &n);
  g_assert_cmpint ((int)got[2], ==, 14);
  while (lam_volume_is_plane_ready (volume, LAM_PLANE_XZ))
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (
      lam_volume_get_copy_error (volume), LAM_ERROR, LAM_ERROR_CORRUPT);
  /* The next one finds it unsound and has it removed, the one after that makes
   * it again. */
  for (int i = 0; i < 2; i++) {
    g_autoptr (LamVolume) next = open_volume (f, fake, 0);
    await_copy (next);
    g_assert_cmpint (
        lam_volume_is_plane_ready (next, LAM_PLANE_XZ), ==, i == 1);
  }
  lam_source_unref (&fake->parent);
}

#define ADD(name, test) \
  g_test_add (name, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* Copies are flushed, and with them all that others write to a disk. */
  if (g_access ("/dev/shm", W_OK) == 0)
    g_setenv ("TMPDIR", "/dev/shm", true);
  ADD ("/bricked-copy/same-as-without", test_same_as_without);
#ifndef __SANITIZE_ADDRESS__
  ADD ("/bricked-copy/decodes-once", test_decodes_once);
#endif
  ADD ("/bricked-copy/found-again", test_found_again);
  ADD ("/bricked-copy/continued", test_continued);
  ADD ("/bricked-copy/other-levels", test_other_levels);
  ADD ("/bricked-copy/both-levels", test_both_levels);
  ADD ("/bricked-copy/free-is-prompt", test_free_is_prompt);
  ADD ("/bricked-copy/failure", test_failure_leaves_nothing);
  ADD ("/bricked-copy/unwritable", test_unwritable_folder);
  ADD ("/bricked-copy/limit", test_limit);
  ADD ("/bricked-copy/limit-while-writing", test_limit_while_writing);
  ADD ("/bricked-copy/full-disk", test_full_disk);
  ADD ("/bricked-copy/name-changes", test_name_changes);
  ADD ("/bricked-copy/shrink", test_shrink);
  ADD ("/bricked-copy/two-at-once", test_two_at_once);
  ADD ("/bricked-copy/damaged-value", test_damaged_value);
  ADD ("/bricked-copy/damaged", test_damaged_copy);
  return g_test_run ();
}
