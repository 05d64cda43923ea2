/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Notes as values: what they measure, which are refused, and which lie near a
 * slice. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/random.h"
#include "labels/note-list.h"

static const int64_t size[3] = { 500, 400, 300 };
static const double nm[3] = { 10, 10, 40 };

static LamNote
note_of (const char *kind, int n_corners, const double *corners)
{
  return (LamNote){ .id = 1,
    .kind = (char *)kind,
    .text = (char *)"",
    .author = (char *)"Anna",
    .corners = (double *)corners,
    .n_corners = n_corners };
}

static void
test_measures (void)
{
  /* 30 voxels along x are 300 nm, 10 along z are 400 nm. */
  const double corners[] = { 0, 0, 0, 30, 0, 0, 30, 0, 10 };
  LamNote note = note_of (LAM_NOTE_DISTANCE, 3, corners);
  g_assert_cmpfloat_with_epsilon (lam_note_measure (&note, nm), 700, 1e-9);
  note.n_corners = 2;
  g_assert_cmpfloat_with_epsilon (lam_note_measure (&note, nm), 300, 1e-9);
  note = note_of (LAM_NOTE_AREA, 3, corners);
  g_assert_cmpfloat_with_epsilon (lam_note_measure (&note, nm), 60000, 1e-6);
  note = note_of (LAM_NOTE_ANGLE, 3, corners);
  g_assert_cmpfloat_with_epsilon (lam_note_measure (&note, nm), 90, 1e-9);
  note = note_of ("synapse", 1, corners);
  g_assert_cmpfloat (lam_note_measure (&note, nm), ==, 0);

  /* A square that is not convex, either way round. */
  const double dented[] = { 0, 0, 5, 4, 0, 5, 2, 1, 5, 4, 4, 5, 0, 4, 5 };
  note = note_of (LAM_NOTE_AREA, 5, dented);
  g_assert_cmpfloat_with_epsilon (lam_note_measure (&note, nm), 1200, 1e-9);
  const double wide[] = { 10, 0, 0, 0, 0, 0, -10, 1e-9, 0 };
  note = note_of (LAM_NOTE_ANGLE, 3, wide);
  g_assert_cmpfloat_with_epsilon (lam_note_measure (&note, nm), 180, 1e-6);
}

static void
assert_figure (const char *kind, int n, const double *corners, bool in_voxels,
    const char *expected)
{
  LamNote note = note_of (kind, n, corners);
  static const double one[3] = { 1, 1, 1 };
  g_autofree char *text =
      lam_note_dup_figure (&note, in_voxels ? one : nm, in_voxels);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_figures (void)
{
  const double corners[] = { 0, 0, 0, 33.3, 0, 0, 33.3, 333, 0 };
  assert_figure (LAM_NOTE_DISTANCE, 2, corners, false, "333 nm");
  assert_figure (LAM_NOTE_DISTANCE, 3, corners, false, "3663 nm");
  assert_figure (LAM_NOTE_AREA, 3, corners, false, "0.5544 µm²");
  assert_figure (LAM_NOTE_ANGLE, 3, corners, false, "90.0°");
  assert_figure (LAM_NOTE_DISTANCE, 2, corners, true, "33.3 voxels");
  assert_figure ("synapse", 1, corners, false, "");
}

static void
assert_refused (const LamNote *note)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (lam_note_check (note, size, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
}

static void
test_refused (void)
{
  const double good[] = { 0, 400, 12.5, 1, 2, 3, 4, 5, 6 };
  const double outside[] = { 0, 400.5, 1 };
  const double below[] = { 0, -0.5, 1 };
  const double none[] = { 0, NAN, 1 };
  const double endless[] = { INFINITY, 0, 1 };
  g_autofree char *long_kind = g_strnfill (LAM_NOTE_MAX_KIND_BYTES + 1, 'k');
  g_autofree char *long_text = g_strnfill (LAM_NOTE_MAX_TEXT_BYTES + 1, 't');
  LamNote note = note_of ("my own kind", 1, good);
  g_assert_true (lam_note_check (&note, size, NULL));
  const struct {
    const char *kind;
    int n;
    const double *corners;
  } refused[] = { { "synapse", 2, good }, { "synapse", 0, good },
    { LAM_NOTE_DISTANCE, 1, good }, { LAM_NOTE_AREA, 2, good },
    { LAM_NOTE_ANGLE, 2, good }, { "", 1, good }, { NULL, 1, good },
    { "two\nlines", 1, good }, { "\xff", 1, good }, { long_kind, 1, good },
    { "synapse", 1, outside }, { "synapse", 1, below }, { "synapse", 1, none },
    { "synapse", 1, endless }, { LAM_NOTE_DISTANCE, -1, good },
    { LAM_NOTE_DISTANCE, LAM_NOTE_MAX_CORNERS + 1, good } };
  for (size_t i = 0; i < G_N_ELEMENTS (refused); i++) {
    note = note_of (refused[i].kind, refused[i].n, refused[i].corners);
    assert_refused (&note);
  }
  note = note_of ("synapse", 1, good);
  note.text = long_text;
  assert_refused (&note);
  note.text = (char *)"\xc3";
  assert_refused (&note);
}

static void
test_box (void)
{
  const double corners[] = { 1.5, 2.5, 3, 500, 0, 3.9 };
  LamNote note = note_of (LAM_NOTE_DISTANCE, 2, corners);
  LamBox box = lam_note_get_box (&note, size);
  const LamBox expected = { { 1, 0, 3 }, { 500, 3, 4 } };
  g_assert_true (lam_box_equal (&box, &expected));
}

/* ---- Near a slice ------------------------------------------------------- */

#define N_NOTES 10000

static void
fill (LamNoteList *list, LamRandom *random)
{
  for (int i = 1; i <= N_NOTES; i++) {
    double corners[9];
    for (int k = 0; k < 9; k++)
      corners[k] =
          lam_random_u32 (random) % 1000 / 1000.0 * (double)size[k % 3];
    LamNote note = i % 10 == 0 ? note_of (LAM_NOTE_AREA, 3, corners)
                               : note_of ("synapse", 1, corners);
    note.id = i;
    lam_note_list_put (list, i, &note);
  }
}

static bool
is_near (const LamNote *note, LamPlane plane, int64_t slice, int64_t reach,
    const double low[2], const double high[2])
{
  const int axes[3] = { lam_plane_u (plane), lam_plane_v (plane),
    lam_plane_w (plane) };
  double least[3] = { INFINITY, INFINITY, INFINITY };
  double most[3] = { -INFINITY, -INFINITY, -INFINITY };
  for (int i = 0; i < note->n_corners; i++)
    for (int k = 0; k < 3; k++) {
      least[k] = fmin (least[k], note->corners[3 * i + axes[k]]);
      most[k] = fmax (most[k], note->corners[3 * i + axes[k]]);
    }
  return floor (least[2]) >= (double)(slice - reach)
      && floor (most[2]) <= (double)(slice + reach) && most[0] >= low[0]
      && least[0] <= high[0] && most[1] >= low[1] && least[1] <= high[1];
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const LamNote *x = *(const LamNote *const *)a,
                *y = *(const LamNote *const *)b;
  return x->id - y->id;
}

static void
assert_near (LamNoteList *list, LamPlane plane, int64_t slice, int64_t reach)
{
  const double low[2] = { 20, 30 }, high[2] = { 250, 280 };
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  g_autoptr (GPtrArray) expected = g_ptr_array_new ();
  lam_note_list_find_near (list, plane, slice, reach, low, high, found);
  for (size_t i = 0; i < lam_note_list_get_n (list); i++) {
    const LamNote *note = lam_note_list_get_nth (list, i);
    if (is_near (note, plane, slice, reach, low, high))
      g_ptr_array_add (expected, (gpointer)note);
  }
  g_ptr_array_sort (found, compare);
  g_assert_cmpuint (found->len, ==, expected->len);
  g_assert_cmpmem (found->pdata, found->len * sizeof (gpointer),
      expected->pdata, expected->len * sizeof (gpointer));
}

static void
test_near (void)
{
  LamRandom random = lam_random_new (5, 1);
  g_autoptr (LamNoteList) list = lam_note_list_new ();
  fill (list, &random);
  for (int plane = 0; plane < LAM_N_PLANES; plane++)
    for (int i = 0; i < 8; i++)
      assert_near (list, (LamPlane)plane, lam_random_u32 (&random) % 300,
          lam_random_u32 (&random) % 5);
  /* And after changes: one moved, one gone, one more. */
  const double corners[] = { 100, 100, 100.5 };
  LamNote note = note_of ("vesicle", 1, corners);
  note.id = 17;
  lam_note_list_put (list, 17, &note);
  lam_note_list_put (list, 18, NULL);
  note.id = N_NOTES + 5;
  lam_note_list_put (list, note.id, &note);
  assert_near (list, LAM_PLANE_XY, 100, 0);
  assert_near (list, LAM_PLANE_XZ, 100, 3);
  g_assert_null (lam_note_list_get (list, 18));
  g_assert_cmpuint (lam_note_list_get_n (list), ==, N_NOTES);
}

static void
test_ids (void)
{
  const double corners[] = { 1, 1, 1 };
  g_autoptr (LamNoteList) list = lam_note_list_new ();
  LamNote note = note_of ("synapse", 1, corners);
  g_assert_cmpint (lam_note_list_get_next_id (list), ==, 1);
  note.id = 7;
  lam_note_list_put (list, 7, &note);
  note.id = 3;
  lam_note_list_put (list, 3, &note);
  g_assert_cmpint (lam_note_list_get_nth (list, 0)->id, ==, 3);
  lam_note_list_put (list, 7, NULL);
  lam_note_list_put (list, 7, NULL);
  /* Never given twice. */
  g_assert_cmpint (lam_note_list_get_next_id (list), ==, 8);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/notes/measures", test_measures);
  g_test_add_func ("/notes/figures", test_figures);
  g_test_add_func ("/notes/refused", test_refused);
  g_test_add_func ("/notes/box", test_box);
  g_test_add_func ("/notes/near", test_near);
  g_test_add_func ("/notes/ids", test_ids);
  return g_test_run ();
}
