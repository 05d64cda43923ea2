/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Files and folders in the making: what becomes of them, of those that were
 * there before, and of those that nobody is at work on any more. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/partial.h"

typedef struct {
  char *folder; /* Owned */
  char *path; /* Owned */
} Place;

static void
place_make (Place *place, gconstpointer data)
{
  place->folder = g_dir_make_tmp ("lam-partial-XXXXXX", NULL);
  place->path = g_build_filename (place->folder, "out", NULL);
  g_assert_nonnull (place->folder);
}

static void
place_clear (Place *place, gconstpointer data)
{
  lam_partial_remove (place->folder);
  g_assert_false (g_file_test (place->folder, G_FILE_TEST_EXISTS));
  g_free (place->path);
  g_free (place->folder);
}

static int
count (const char *folder)
{
  g_autoptr (GDir) names = g_dir_open (folder, 0, NULL);
  int n = 0;
  while (g_dir_read_name (names))
    n++;
  return n;
}

static void
put (const char *path, const char *name, const char *text)
{
  g_autofree char *file = name ? g_build_filename (path, name, NULL) : NULL;
  g_assert_true (g_file_set_contents (file ? file : path, text, -1, NULL));
}

static void
assert_text (const char *path, const char *name, const char *text)
{
  g_autofree char *file = name ? g_build_filename (path, name, NULL) : NULL;
  g_autofree char *found = NULL;
  g_assert_true (g_file_get_contents (file ? file : path, &found, NULL, NULL));
  g_assert_cmpstr (found, ==, text);
}

static void
test_file (Place *place, gconstpointer data)
{
  put (place->path, NULL, "old");
  LamPartial *partial = lam_partial_new_file (place->path, "part");
  g_assert_cmpint (write (lam_partial_get_fd (partial), "new", 3), ==, 3);
  assert_text (place->path, NULL, "old");
  g_assert_true (lam_partial_put_in_place (partial));
  lam_partial_free (partial);
  assert_text (place->path, NULL, "new");
  partial = lam_partial_new_file (place->path, "part");
  g_assert_cmpint (count (place->folder), ==, 2);
  lam_partial_free (partial);
  assert_text (place->path, NULL, "new");
  g_assert_cmpint (count (place->folder), ==, 1);
}

/* Onto nothing, onto a folder that is not empty, onto a file. */
static void
test_folder (Place *place, gconstpointer data)
{
  for (int i = 0; i < 3; i++) {
    g_autofree char *number = g_strdup_printf ("%d", i);
    LamPartial *partial = lam_partial_new_folder (place->path, "new");
    put (lam_partial_get_path (partial), "a", number);
    if (i == 2) {
      lam_partial_remove (place->path);
      put (place->path, NULL, "a file");
    }
    g_assert_true (lam_partial_put_in_place (partial));
    lam_partial_free (partial);
    assert_text (place->path, "a", number);
    g_assert_cmpint (count (place->folder), ==, 1);
  }
}

/* Nobody holds its lock; others do, or it is called otherwise. */
static void
test_stale (Place *place, gconstpointer data)
{
  static const char *const stay[] = { "out.0123456.part", "out.01234567.parts",
    "out.0123456x.part", "out2.01234567.part" };
  g_autofree char *dead = g_strconcat (place->path, ".0123cdef.part", NULL);
  g_autofree char *folder = g_strconcat (place->path, ".89abcdef.part", NULL);
  g_autofree char *alive = g_strconcat (place->path, ".00000000.part", NULL);
  g_autofree char *link = g_strconcat (place->path, ".11111111.part", NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (stay); i++)
    put (place->folder, stay[i], "");
  put (dead, NULL, "");
  g_assert_cmpint (g_mkdir (folder, 0777), ==, 0);
  put (folder, "chunk", "");
  put (alive, NULL, "");
  g_assert_cmpint (symlink (dead, link), ==, 0);
  int fd = open (alive, O_RDONLY | O_CLOEXEC);
  g_assert_cmpint (flock (fd, LOCK_EX | LOCK_NB), ==, 0);
  g_autoptr (LamPartial) one = lam_partial_new_file (place->path, "part");
  g_autoptr (LamPartial) two = lam_partial_new_file (place->path, "part");
  g_assert_cmpint (count (place->folder), ==, (int)G_N_ELEMENTS (stay) + 2 + 2);
  g_assert_true (g_file_test (alive, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (dead, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (lam_partial_get_path (one), G_FILE_TEST_EXISTS));
  close (fd);
}

/* Of two killed after their step, nothing is left by a third. */
static void
test_discard (Place *place, gconstpointer data)
{
  g_autofree char *dead =
      g_strconcat (place->path, ".0123cdef.discarded", NULL);
  for (int i = 0; i < 2; i++) {
    const char *path = i == 0 ? dead : place->path;
    g_assert_cmpint (g_mkdir (path, 0777), ==, 0);
    put (path, "plan", "");
  }
  lam_partial_discard (place->path);
  g_assert_cmpint (count (place->folder), ==, 0);
  lam_partial_discard (place->path);
}

static void
test_nowhere (Place *place, gconstpointer data)
{
  g_autofree char *path = g_build_filename (place->path, "no", "out", NULL);
  g_assert_null (lam_partial_new_file (path, "part"));
  g_assert_cmpint (errno, ==, ENOENT);
  g_assert_null (lam_partial_new_folder (path, "part"));
  g_assert_cmpint (errno, ==, ENOENT);
}

static void
add (const char *name, void (*test) (Place *place, gconstpointer data))
{
  g_autofree char *path = g_strconcat ("/partial/", name, NULL);
  g_test_add (path, Place, NULL, place_make, test, place_clear);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("file", test_file);
  add ("folder", test_folder);
  add ("stale", test_stale);
  add ("discard", test_discard);
  add ("nowhere", test_nowhere);
  return g_test_run ();
}
