/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The tool that sets points, and what is drawn of notes, by made-up events. */
#include "base/random.h"
#include "tools-fixture.h"
#include "tools/tool-note.h"
#include "view/note-marks.h"
#include "workspace/notes.h"

/* Answers as a person would. */
typedef struct {
  LamToolBox *box; /* Borrowed */
  int n_asked;
  int32_t id; /* of what was asked about last */
  double place[3]; /* of its first corner */
} Watch;

static void
asked_note (
    const LamNote *note, const LamPointerEvent *event, gpointer user_data)
{
  Watch *watch = user_data;
  watch->n_asked++;
  watch->id = note->id;
  for (int i = 0; i < 3; i++)
    watch->place[i] = note->corners[i];
  if (note->id != 0)
    return;
  LamNote new = *note;
  g_autoptr (GError) error = NULL;
  new.kind = (char *)"synapse";
  new.text = (char *)"here";
  lam_workspace_add_note (
      lam_tool_box_get_workspace (watch->box), &new, &error);
  g_assert_no_error (error);
}

static void
changed (gpointer user_data)
{
}

static void
said (const char *text, gpointer user_data)
{
}

static const LamToolWatcher watcher = {
  .changed = changed, .asked_note = asked_note, .said = said
};

static void
watch_begin (Fixture *fixture, Watch *watch)
{
  *watch = (Watch){ .box = fixture->box };
  lam_tool_box_set_watcher (fixture->box, &watcher, watch);
}

static const LamNote *
get (Fixture *fixture, int32_t id)
{
  return lam_note_list_get (lam_workspace_get_notes (fixture->workspace), id);
}

static void
settle (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  lam_workspace_wait (fixture->workspace, NULL, &error);
  g_assert_no_error (error);
}

static void
test_set_and_move (Fixture *fixture, gconstpointer unused)
{
  Watch watch;
  watch_begin (fixture, &watch);
  for (int plane = 0; plane < LAM_N_PLANES; plane++) {
    fixture->camera = make_camera ((LamPlane)plane);
    const int u = lam_plane_u ((LamPlane)plane);
    const int v = lam_plane_v ((LamPlane)plane);
    const int w = lam_plane_w ((LamPlane)plane);
    const double nm[3] = { 10, 10, 40 };
    const double first[2] = { 30, 40 }, next[2] = { 60, 70 };
    const int32_t id = plane + 1;
    g_assert_true (
        drag (fixture, "note", 0, first[0], first[1], first[0], first[1]));
    g_assert_cmpint (watch.n_asked, ==, 3 * plane + 1);
    g_assert_cmpint (watch.id, ==, 0);
    const LamNote *note = get (fixture, id);
    double px[2], start[3];
    lam_camera_voxel_to_px (&fixture->camera, note->corners, &px[0], &px[1]);
    g_assert_cmpfloat_with_epsilon (px[0], first[0], 1e-6);
    g_assert_cmpfloat_with_epsilon (px[1], first[1], 1e-6);
    g_assert_cmpfloat (note->corners[w], ==,
        (double)lam_camera_get_slice (&fixture->camera) + 0.5);
    memcpy (start, note->corners, sizeof start);

    /* A click on it asks about it, a drag moves it. */
    g_assert_true (drag (fixture, "note", 0, 32, 41, 32, 41));
    g_assert_cmpint (watch.id, ==, id);
    g_assert_cmpint (lam_tool_box_get_chosen_note (fixture->box), ==, id);
    g_assert_true (
        drag (fixture, "note", 0, first[0], first[1], next[0], next[1]));
    g_assert_cmpint (watch.n_asked, ==, 3 * plane + 2);
    note = get (fixture, id);
    g_assert_cmpfloat_with_epsilon (
        note->corners[u] - start[u], 30 * 10 / nm[u], 1e-6);
    g_assert_cmpfloat_with_epsilon (
        note->corners[v] - start[v], 30 * 10 / nm[v], 1e-6);
    g_assert_cmpfloat (note->corners[w], ==, start[w]);
    settle (fixture);
    lam_workspace_undo (fixture->workspace);
    settle (fixture);
    g_assert_cmpfloat (get (fixture, id)->corners[u], ==, start[u]);
    g_assert_true (
        drag (fixture, "note", 0, first[0], first[1], first[0], first[1]));
    g_assert_true (lam_workspace_remove_note (fixture->workspace, id, NULL));
  }
}

/* What is not on the screen is not held: a press there asks for a new one. */
static void
test_hidden (Fixture *fixture, gconstpointer unused)
{
  Watch watch;
  watch_begin (fixture, &watch);
  drag (fixture, "note", 0, 30, 40, 30, 40);
  const double x = get (fixture, 1)->corners[0];
  lam_tool_box_hide_notes (fixture->box, true);
  drag (fixture, "note", 0, 30, 40, 60, 40);
  g_assert_cmpfloat (get (fixture, 1)->corners[0], ==, x);
  lam_tool_box_hide_notes (fixture->box, false);
  drag (fixture, "note", 0, 30, 40, 60, 40);
  g_assert_cmpfloat (get (fixture, 1)->corners[0], >, x);
  lam_tool_box_hide_notes (fixture->box, true);
  watch.id = -1;
  drag (fixture, "note", 0, 60, 40, 60, 40);
  g_assert_cmpint (watch.id, ==, 0);
}

/* A press that is taken back, and one outside, change nothing. */
static void
test_taken_back (Fixture *fixture, gconstpointer unused)
{
  Watch watch;
  watch_begin (fixture, &watch);
  drag (fixture, "note", 0, 30, 40, 30, 40);
  const double x = get (fixture, 1)->corners[0];
  LamPointerEvent event = { .x_px = 30, .y_px = 40, .pressure = 1 };
  lam_tool_box_press (fixture->box, &fixture->camera, &event, NULL);
  event.x_px = 80;
  lam_tool_box_move (fixture->box, &fixture->camera, &event);
  g_assert_nonnull (lam_tool_box_get_moved_note (fixture->box));
  lam_tool_box_leave (fixture->box);
  g_assert_null (lam_tool_box_get_moved_note (fixture->box));
  lam_tool_box_release (fixture->box, &fixture->camera, &event);
  g_assert_cmpfloat (get (fixture, 1)->corners[0], ==, x);
  g_assert_true (lam_tool_box_leave (fixture->box));
  g_assert_cmpint (lam_tool_box_get_chosen_note (fixture->box), ==, 0);
  const int n = watch.n_asked;
  g_autoptr (GError) error = NULL;
  event.x_px = 400;
  g_assert_false (
      lam_tool_box_press (fixture->box, &fixture->camera, &event, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_INPUT);
  g_assert_cmpint (watch.n_asked, ==, n);
}

/* ---- What was measured is kept ------------------------------------------ */

static void
measure (Fixture *fixture, int n, bool with_shift)
{
  static const double corners[][2] = { { 20, 20 }, { 50, 20 }, { 50, 60 },
    { 20, 60 } };
  g_autoptr (GError) error = NULL;
  for (int i = 0; i < n; i++)
    g_assert_true (drag (fixture, "measure", 0, corners[i][0], corners[i][1],
        corners[i][0], corners[i][1]));
  g_assert_true (lam_tool_box_accept (fixture->box, with_shift, &error));
  g_assert_no_error (error);
  /* It is kept once. */
  g_assert_false (lam_tool_box_accept (fixture->box, with_shift, &error));
  g_assert_no_error (error);
}

static void
assert_kept (Fixture *fixture, int32_t id, const char *kind, double value)
{
  const LamNote *note = get (fixture, id);
  const double nm[3] = { 10, 10, 40 };
  g_assert_nonnull (note);
  g_assert_cmpstr (note->kind, ==, kind);
  g_assert_cmpfloat_with_epsilon (lam_note_measure (note, nm), value, 1e-6);
  g_assert_cmpfloat (note->corners[2], ==, 50.5);
}

static void
test_kept (Fixture *fixture, gconstpointer unused)
{
  Watch watch;
  watch_begin (fixture, &watch);
  measure (fixture, 2, false);
  assert_kept (fixture, 1, LAM_NOTE_DISTANCE, 300);
  measure (fixture, 3, false);
  assert_kept (fixture, 2, LAM_NOTE_ANGLE, 90);
  measure (fixture, 3, true);
  assert_kept (fixture, 3, LAM_NOTE_DISTANCE, 700);
  measure (fixture, 4, false);
  assert_kept (fixture, 4, LAM_NOTE_AREA, 120000);
  settle (fixture);
  lam_workspace_undo (fixture->workspace);
  settle (fixture);
  g_assert_null (get (fixture, 4));
}

/* ---- What is drawn ------------------------------------------------------ */

static void
put (LamNoteList *list, int32_t id, double x, double y, double z)
{
  double at[3] = { x, y, z };
  const LamNote note = { .id = id,
    .kind = (char *)"synapse",
    .text = (char *)"",
    .author = (char *)"",
    .corners = at,
    .n_corners = 1 };
  lam_note_list_put (list, id, &note);
}

static void
test_marks (void)
{
  g_autoptr (LamNoteList) list = lam_note_list_new ();
  LamCamera camera = make_camera (LAM_PLANE_XY);
  put (list, 1, 20.5, 30.5, 50.5); /* in the slice */
  put (list, 2, 25.5, 30.5, 50.5 + LAM_NOTE_REACH); /* fainter */
  put (list, 3, 40.5, 30.5, 51.5 + LAM_NOTE_REACH); /* too far */
  const LamNoteScene scene = { .notes = list, .chosen = 1 };
  g_autoptr (LamSketch) sketch = lam_sketch_new ();
  g_autoptr (GArray) marks = g_array_new (false, false, sizeof (LamNoteMark));
  lam_note_marks_draw (&scene, &camera, sketch, marks);
  g_assert_cmpuint (lam_sketch_get_n_points (sketch), ==, 2);
  g_assert_cmpuint (marks->len, ==, 1);
  const LamNoteMark *mark = &g_array_index (marks, LamNoteMark, 0);
  g_assert_cmpint (mark->id, ==, 1);
  g_assert_cmpfloat_with_epsilon (mark->x_px, 20.5, 1e-6);

  int corner = -1;
  g_assert_cmpint (
      lam_note_marks_find (list, &camera, 22, 30, 8, &corner), ==, 1);
  g_assert_cmpint (corner, ==, 0);
  /* One of the slice before a fainter one that is nearer. */
  g_assert_cmpint (
      lam_note_marks_find (list, &camera, 25, 30, 8, &corner), ==, 1);
  g_assert_cmpint (
      lam_note_marks_find (list, &camera, 30, 30, 8, &corner), ==, 2);
  g_assert_cmpint (
      lam_note_marks_find (list, &camera, 60, 60, 8, &corner), ==, 0);

  /* From the side: slices are 10 nm apart there, and the point lies at y. */
  camera = make_camera (LAM_PLANE_XZ);
  camera.centre_nm[1] = 305;
  g_autoptr (LamSketch) side = lam_sketch_new ();
  g_array_set_size (marks, 0);
  lam_note_marks_draw (&scene, &camera, side, marks);
  g_assert_cmpuint (marks->len, ==, 3);
}

/* Of 10,000 points only those near the slice are drawn, and scrolling through
 * all slices is a small part of drawing all of them in each. */
static void
test_many (void)
{
  g_autoptr (LamNoteList) list = lam_note_list_new ();
  LamRandom random = lam_random_new (3, 1);
  LamCamera camera = make_camera (LAM_PLANE_XY);
  int n_near = 0;
  for (int i = 1; i <= 10000; i++) {
    const double z = lam_random_u32 (&random) % EDGE + 0.5;
    n_near += z >= 50 - LAM_NOTE_REACH && z <= 51 + LAM_NOTE_REACH;
    put (list, i, lam_random_u32 (&random) % EDGE,
        lam_random_u32 (&random) % EDGE, z);
  }
  const LamNoteScene scene = { .notes = list };
  g_autoptr (LamSketch) sketch = lam_sketch_new ();
  g_autoptr (GArray) marks = g_array_new (false, false, sizeof (LamNoteMark));
  lam_note_marks_draw (&scene, &camera, sketch, marks);
  g_assert_cmpuint (lam_sketch_get_n_points (sketch), ==, n_near);
  g_assert_cmpint (n_near, <, 10000 / 10);
  /* Close up, only what is in sight. */
  camera.nm_per_px = 1;
  g_autoptr (LamSketch) close = lam_sketch_new ();
  lam_note_marks_draw (&scene, &camera, close, marks);
  g_assert_cmpuint (lam_sketch_get_n_points (close), <, (guint)n_near / 20);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) \
  g_test_add ("/note-tool/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("set-and-move", test_set_and_move);
  ADD ("hidden", test_hidden);
  ADD ("taken-back", test_taken_back);
  ADD ("kept", test_kept);
  g_test_add_func ("/note-tool/marks", test_marks);
  g_test_add_func ("/note-tool/many", test_many);
  return g_test_run ();
}
