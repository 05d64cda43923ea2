/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The queue of likely errors beside a person who verifies, doubts, paints and
 * undoes; and how its progress is counted. */
#include "project-fixture.h"
#include "segment/likely-errors.h"
#include "store/verdicts.h"
#include "store/voices.h"
#include "workspace/error-queue.h"
#include "workspace/looked-at.h"
#include "workspace/regions.h"
#include "workspace/taking.h"

/* --- progress ------------------------------------------------------------- */

/* Boxes on a lattice of points `scale` voxels apart. */
static void
check_boxes (int64_t scale)
{
  g_autoptr (LamBoxSet) set = lam_box_set_new ();
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  enum { N = 12 };
  bool is_in[N][N][N] = { 0 };
  for (int n = 0; n < 60; n++) {
    LamBox box;
    int64_t volume = 0;
    for (int i = 0; i < 3; i++) {
      box.min[i] = g_rand_int_range (random, 0, N);
      box.max[i] = g_rand_int_range (random, (int)box.min[i], N + 1);
    }
    LamBox scaled = box;
    for (int i = 0; i < 3; i++) {
      scaled.min[i] *= scale;
      scaled.max[i] *= scale;
    }
    lam_box_set_add (set, &scaled);
    for (int64_t z = box.min[2]; z < box.max[2]; z++)
      for (int64_t y = box.min[1]; y < box.max[1]; y++)
        for (int64_t x = box.min[0]; x < box.max[0]; x++)
          is_in[z][y][x] = true;
    for (int i = 0; i < N * N * N; i++)
      volume += is_in[i / N / N][i / N % N][i % N];
    g_assert_cmpint (
        lam_box_set_get_volume (set), ==, volume * scale * scale * scale);
  }
}

/* Within a cell of the grid, over some, and over more than are listed. */
static void
test_boxes (void)
{
  check_boxes (1);
  check_boxes (40);
  check_boxes (64);
  check_boxes (700);
}

static double
pace_of (const int *seconds, int n)
{
  g_autoptr (GArray) rows = g_array_new (false, false, sizeof (LamVerdictRow));
  int64_t time = 5 * G_TIME_SPAN_DAY;
  for (int i = 0; i < n; i++) {
    time += seconds[i] * G_TIME_SPAN_SECOND;
    const LamVerdictRow row = { .id = i + 1, .time = time };
    g_array_append_val (rows, row);
  }
  return lam_error_pace_seconds (rows);
}

static void
test_pace (void)
{
  /* Five times of six verdicts; a night and a lunch between do not count. */
  static const int few[] = { 0, 4, 6, 5, 50000, 9 };
  static const int enough[] = { 0, 4, 6, 5, 50000, 9, 200, 8 };
  static const int old[] = { 0, 90, 90, 90, 90, 90, 90, 2, 2, 2, 2, 2, 2, 2, 2,
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2 };
  g_assert_cmpfloat (pace_of (few, G_N_ELEMENTS (few)), <, 0);
  g_assert_cmpfloat (pace_of (NULL, 0), <, 0);
  g_assert_cmpfloat (pace_of (enough, G_N_ELEMENTS (enough)), ==, 6);
  g_assert_cmpfloat (pace_of (old, G_N_ELEMENTS (old)), ==, 2);
  static const struct {
    double seconds;
    const char *text;
  } cases[] = {
    { -1, NULL },
    { 20, "less than a minute left" },
    { 61, "about 1 minute left" },
    { 600, "about 10 minutes left" },
    { 7300, "about 2 hours left" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text = lam_error_dup_time_left (cases[i].seconds);
    g_assert_cmpstr (text, ==, cases[i].text);
  }
}

static LamVerdictRow
random_row (GRand *random, int64_t id)
{
  static const int edges[] = { 3, 8, 40, 700 };
  LamVerdictRow row = { .id = id,
    .kind = g_rand_boolean (random) ? LAM_PLACE_TINY : LAM_PLACE_DISSENT };
  for (int i = 0; i < 3; i++) {
    row.box.min[i] = g_rand_int_range (random, 0, 80) * 2;
    row.box.max[i] = row.box.min[i] + edges[g_rand_int_range (random, 0, 4)];
  }
  return row;
}

/* Beside who looks at all that came later. */
static void
test_looked_at (void)
{
  enum { N = 1500 };
  g_autoptr (GRand) random = g_rand_new_with_seed (11);
  g_autofree LamVerdictRow *rows = g_new (LamVerdictRow, N);
  g_autofree bool *stands = g_new (bool, N);
  LamLookedAt *count = lam_looked_at_new ();
  for (int i = 0; i < N; i++) {
    rows[i] = random_row (random, i + 1);
    if (i > 0 && g_rand_int_range (random, 0, 4) == 0)
      rows[i] = rows[g_rand_int_range (random, 0, i)];
    stands[i] = g_rand_int_range (random, 0, 5) > 0;
    lam_looked_at_add (count, &rows[i], stands[i]);
  }
  int n = 0;
  for (int i = 0; i < N; i++) {
    /* Labels and voxels are the same: of dissents the box tells. */
    const LamPlace place = { .kind = rows[i].kind, .box = rows[i].box };
    const LamVerdictRow mark = lam_verdict_row_of (&place, 0);
    bool is_last = true;
    for (int k = i + 1; k < N && is_last; k++) {
      LamVerdictRow later = rows[k];
      later.state = mark.state;
      is_last = !lam_verdict_covers (&later, &place);
    }
    n += stands[i] && is_last;
  }
  g_assert_cmpint (n, >, 100);
  g_assert_cmpint (n, <, N / 2);
  g_assert_cmpint (lam_looked_at_get_n (count), ==, n);
  lam_looked_at_free (count);
}

static LamPlace
place_at (LamPlaceKind kind, int64_t x, int64_t overruled)
{
  return (LamPlace){ .kind = kind,
    .box = lam_box_new (x, 0, 0, x + 4, 4, 4),
    .overruled = overruled };
}

static void
assert_list (LamErrorList *list, int n_looked_at, int n_left)
{
  const LamErrorProgress progress = lam_error_list_get_progress (list);
  g_assert_cmpint (progress.n_looked_at, ==, n_looked_at);
  g_assert_cmpint (progress.n_left, ==, n_left);
}

static LamVerdictRow
say (LamErrorList *list, const LamPlace *place, int64_t time)
{
  LamVerdictRow row = lam_verdict_row_of (place, LAM_VERDICT_VERIFIED);
  row.time = time;
  lam_error_list_add (list, &row);
  return row;
}

/* One of two places that were said to be right is there again: two places, of
 * which one has been looked at, and a third. */
static void
test_list (void)
{
  const int64_t size[3] = { 100, 100, 100 };
  LamErrorList *list = lam_error_list_new (size);
  GArray *places = g_array_new (false, false, sizeof (LamPlace));
  GArray *verdicts = g_array_new (false, false, sizeof (LamVerdictRow));
  const LamPlace again = place_at (LAM_PLACE_TINY, 0, 1),
                 right = place_at (LAM_PLACE_TINY, 20, 0),
                 third = place_at (LAM_PLACE_TINY, 40, 0),
                 theirs = place_at (LAM_PLACE_DISSENT, 40, 0);
  LamVerdictRow row = lam_verdict_row_of (&again, LAM_VERDICT_VERIFIED);
  row.id = 1;
  g_array_append_val (verdicts, row);
  row = lam_verdict_row_of (&right, LAM_VERDICT_VERIFIED);
  row.id = 2;
  g_array_append_val (verdicts, row);
  g_array_append_val (places, again);
  g_array_append_val (places, third);
  g_array_append_val (places, theirs);
  lam_error_list_take (list, places, verdicts, NULL, NULL);
  assert_list (list, 1, 3);
  /* Again, and of two things in one box the first is taken back. */
  say (list, &again, 10);
  assert_list (list, 2, 2);
  LamVerdictRow first = say (list, &third, 11);
  lam_error_list_number (list, &first, 3);
  first.id = 3;
  const LamVerdictRow second = say (list, &theirs, 12);
  assert_list (list, 4, 0);
  lam_error_list_remove (list, &first, NULL);
  g_assert_cmpint (lam_error_list_find_row (list, &third, 0), ==, 0);
  assert_list (list, 3, 0);
  lam_error_list_remove (list, &second, NULL);
  assert_list (list, 2, 0);
  g_autoptr (GArray) ids = g_array_new (false, false, sizeof (int64_t));
  for (int64_t id = 2; id <= 9; id += 7)
    g_array_append_val (ids, id);
  lam_error_list_remove_all (list, ids, NULL);
  assert_list (list, 1, 0);
  lam_error_list_free (list);
}

/* What a search leaves out is told, and no time is. */
static void
test_many (void)
{
  const int64_t size[3] = { 100, 100, 100 };
  for (int without = 0; without < 2; without++) {
    LamErrorList *list = lam_error_list_new (size);
    GArray *places = g_array_new (false, false, sizeof (LamPlace));
    const LamPlace place = place_at (LAM_PLACE_TINY, 0, 0);
    for (guint i = without; i < lam_likely_rules.limit; i++)
      g_array_append_val (places, place);
    lam_error_list_take (list, places,
        g_array_new (false, false, sizeof (LamVerdictRow)), NULL, NULL);
    for (int i = 0; i < 9; i++) {
      const LamPlace other = place_at (LAM_PLACE_TINY, 40, 0);
      say (list, &other, (1 + i) * 10 * G_USEC_PER_SEC);
    }
    const LamErrorProgress progress = lam_error_list_get_progress (list);
    g_assert_cmpint (progress.are_more, ==, without == 0);
    g_assert_cmpint (progress.seconds_left >= 0, ==, without == 1);
    lam_error_list_free (list);
  }
}

/* --- the queue ------------------------------------------------------------ */

typedef struct {
  Project project;
  LamErrorQueue *queue;
  uint32_t cell;
  int n_failures;
} Fixture;

static void
failed_cb (LamErrorQueue *queue, const char *text, Fixture *fixture)
{
  fixture->n_failures++;
}

/* Edges of the specks in voxels, the largest first as the queue has them. */
static const int edges[] = { 4, 3, 2 };
enum { N_SPECKS = G_N_ELEMENTS (edges) };

static LamBox
box_of_speck (int i)
{
  const int64_t at = 10 + 15 * i;
  return lam_box_new (at, 20, 30, at + edges[i], 20 + edges[i], 30 + edges[i]);
}

/* A brick that somebody imported: background, and specks of a cell. */
static void
write_specks (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamStore) store =
      lam_store_open (fixture->project.project, &error);
  g_assert_no_error (error);
  g_autoptr (LamLabelBrick) brick =
      lam_label_brick_new (0, LAM_SOURCE_IMPORTED);
  uint32_t *labels = lam_label_brick_write_labels (brick);
  for (int i = 0; i < N_SPECKS; i++) {
    const LamBox box = box_of_speck (i);
    for (int64_t z = box.min[2]; z < box.max[2]; z++)
      for (int64_t y = box.min[1]; y < box.max[1]; y++)
        for (int64_t x = box.min[0]; x < box.max[0]; x++)
          labels[x + 64 * (y + 64 * z)] = fixture->cell;
  }
  lam_label_brick_settle (brick);
  LamBulkEdit *bulk = lam_store_begin_bulk (store, "import", &error);
  g_assert_no_error (error);
  g_assert_true (lam_bulk_edit_write (bulk, (LamBrickKey){ 0 }, brick, &error));
  LamHistoryRow *row = lam_bulk_edit_end (bulk, NULL, NULL, "", &error);
  g_assert_no_error (error);
  lam_history_row_free (row);
  g_assert_true (lam_store_close (store, NULL));
}

static void
open_queue (Fixture *fixture)
{
  fixture->project.workspace = project_open (fixture->project.project, 0);
  fixture->queue = lam_error_queue_new (fixture->project.workspace);
  g_signal_connect (fixture->queue, "failed", G_CALLBACK (failed_cb), fixture);
}

static void
close_queue (Fixture *fixture)
{
  lam_error_queue_set_active (fixture->queue, false);
  /* What runs in the background holds it until it has ended. */
  while (G_OBJECT (fixture->queue)->ref_count > 1)
    g_main_context_iteration (NULL, TRUE);
  g_assert_finalize_object (fixture->queue);
  project_close (&fixture->project);
  g_assert_cmpint (fixture->n_failures, ==, 0);
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  project_set_up (&fixture->project, NULL);
  fixture->cell = project_add_label (&fixture->project, 1);
  project_wait (&fixture->project);
  project_close (&fixture->project);
  write_specks (fixture);
  open_queue (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  close_queue (fixture);
  project_tear_down (&fixture->project, NULL);
}

static LamErrorProgress
progress_of (Fixture *fixture)
{
  LamErrorProgress progress;
  lam_error_queue_get_progress (fixture->queue, &progress);
  return progress;
}

/* Until all that is asked for is in the file, and the queue knows of it. */
static void
settle (Fixture *fixture)
{
  project_wait (&fixture->project);
  while (lam_error_queue_is_searching (fixture->queue)
      || G_OBJECT (fixture->queue)->ref_count > 1)
    g_main_context_iteration (NULL, TRUE);
}

static void
assert_at (Fixture *fixture, int speck)
{
  const LamPlace *place = lam_error_queue_get_place (fixture->queue);
  const LamBox box = box_of_speck (speck);
  g_assert_nonnull (place);
  g_assert_cmpint (place->kind, ==, LAM_PLACE_TINY);
  g_assert_true (lam_box_equal (&place->box, &box));
}

static void
assert_counts (Fixture *fixture, int n_looked_at, int n_left)
{
  const LamErrorProgress progress = progress_of (fixture);
  g_assert_true (progress.is_known);
  g_assert_cmpint (progress.n_looked_at, ==, n_looked_at);
  g_assert_cmpint (progress.n_left, ==, n_left);
}

/* "verified unsure": what is in the file. */
static void
assert_verdicts (Fixture *fixture, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  settle (fixture);
  g_autoptr (GArray) rows = lam_store_list_verdicts (
      lam_workspace_get_store (fixture->project.workspace), &error);
  g_assert_no_error (error);
  for (guint i = 0; i < rows->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? " " : "",
        lam_verdict_name (g_array_index (rows, LamVerdictRow, i).verdict));
  g_assert_cmpstr (text->str, ==, expected);
}

static void
begin (Fixture *fixture)
{
  lam_error_queue_set_active (fixture->queue, true);
  lam_error_queue_next (fixture->queue);
  g_assert_true (lam_error_queue_is_searching (fixture->queue));
  g_assert_null (lam_error_queue_get_place (fixture->queue));
  settle (fixture);
  assert_at (fixture, 0);
  assert_counts (fixture, 0, N_SPECKS);
}

static void
test_walk (Fixture *fixture, gconstpointer unused)
{
  LamErrorQueue *queue = fixture->queue;
  LamVerdict verdict;
  begin (fixture);
  g_assert_false (lam_error_queue_previous (queue));
  lam_error_queue_say (queue, LAM_VERDICT_VERIFIED);
  assert_counts (fixture, 1, 2);
  lam_error_queue_next (queue);
  assert_at (fixture, 1);
  lam_error_queue_say (queue, LAM_VERDICT_UNSURE);
  assert_counts (fixture, 2, 1);
  lam_error_queue_next (queue);
  assert_at (fixture, 2);
  assert_verdicts (fixture, "verified unsure");

  /* Back, otherwise, and on over what was shown already. */
  g_assert_true (lam_error_queue_previous (queue));
  assert_at (fixture, 1);
  g_assert_true (lam_error_queue_get_verdict (queue, &verdict));
  g_assert_cmpint (verdict, ==, LAM_VERDICT_UNSURE);
  lam_error_queue_say (queue, LAM_VERDICT_VERIFIED);
  assert_verdicts (fixture, "verified verified");
  g_assert_cmpfloat_with_epsilon (progress_of (fixture).verified,
      (64.0 + 27) / (PROJECT_X * PROJECT_Y * PROJECT_Z), 1e-9);
  lam_error_queue_take_back (queue);
  g_assert_false (lam_error_queue_get_verdict (queue, &verdict));
  assert_verdicts (fixture, "verified");
  assert_counts (fixture, 1, 2);
  lam_error_queue_next (queue);
  assert_at (fixture, 2);

  /* One was passed by; it comes again, and then none. */
  lam_error_queue_say (queue, LAM_VERDICT_VERIFIED);
  lam_error_queue_next (queue);
  assert_at (fixture, 1);
  lam_error_queue_say (queue, LAM_VERDICT_VERIFIED);
  lam_error_queue_next (queue);
  g_assert_null (lam_error_queue_get_place (queue));
  assert_counts (fixture, 3, 0);
  g_assert_true (lam_error_queue_previous (queue));
  assert_at (fixture, 1);
}

/* Said and taken back before it was written. */
static void
test_haste (Fixture *fixture, gconstpointer unused)
{
  begin (fixture);
  lam_error_queue_say (fixture->queue, LAM_VERDICT_VERIFIED);
  lam_error_queue_take_back (fixture->queue);
  assert_verdicts (fixture, "");
  lam_error_queue_say (fixture->queue, LAM_VERDICT_VERIFIED);
  lam_error_queue_say (fixture->queue, LAM_VERDICT_UNSURE);
  assert_verdicts (fixture, "unsure");
  assert_counts (fixture, 1, 2);
}

static void
test_paint (Fixture *fixture, gconstpointer unused)
{
  LamVerdict verdict;
  begin (fixture);
  /* Elsewhere, and there. */
  project_stroke (&fixture->project, fixture->cell, 100.5, 100.5, 30.5);
  assert_verdicts (fixture, "");
  project_stroke (&fixture->project, 0, 12.5, 22.5, 31.5);
  assert_verdicts (fixture, "corrected");
  g_assert_true (lam_error_queue_get_verdict (fixture->queue, &verdict));
  g_assert_cmpint (verdict, ==, LAM_VERDICT_CORRECTED);
  assert_at (fixture, 0);
  assert_counts (fixture, 1, 2);
  project_stroke (&fixture->project, 0, 12.5, 22.5, 32.5);
  assert_verdicts (fixture, "corrected");
  for (int i = 0; i < 2; i++)
    lam_workspace_undo (fixture->project.workspace);
  assert_verdicts (fixture, "");
  assert_counts (fixture, 0, N_SPECKS);
  for (int i = 0; i < 2; i++)
    lam_workspace_redo (fixture->project.workspace);
  assert_verdicts (fixture, "corrected");
  lam_error_queue_next (fixture->queue);
  assert_at (fixture, 1);
}

static void
count_cb (LamErrorQueue *queue, int *n)
{
  ++*n;
}

/* A region that is verified, flagged, and gone counts at once. */
static void
test_regions (Fixture *fixture, gconstpointer unused)
{
  LamWorkspace *workspace = fixture->project.workspace;
  const double all = PROJECT_X * PROJECT_Y * PROJECT_Z;
  g_autoptr (GError) error = NULL;
  int n_told = 0;
  LamRegion region = { .name = (char *)"left",
    .box = lam_box_new (0, 0, 0, 100, PROJECT_Y, PROJECT_Z),
    .review = LAM_REVIEW_VERIFIED };
  begin (fixture);
  g_signal_connect (fixture->queue, "changed", G_CALLBACK (count_cb), &n_told);
  region.id = lam_workspace_add_region (workspace, &region, &error);
  g_assert_no_error (error);
  g_assert_cmpint (n_told, ==, 1);
  g_assert_cmpfloat (progress_of (fixture).verified, ==, 0.5);
  region.review = LAM_REVIEW_FLAGGED;
  g_assert_true (lam_workspace_set_region (workspace, &region, &error));
  g_assert_cmpfloat (progress_of (fixture).verified, ==, 0);
  lam_error_queue_say (fixture->queue, LAM_VERDICT_VERIFIED);
  project_wait (&fixture->project);
  lam_workspace_undo (workspace);
  settle (fixture);
  g_assert_cmpfloat (progress_of (fixture).verified, ==, 0.5);
  lam_workspace_undo (workspace);
  settle (fixture);
  g_assert_cmpfloat_with_epsilon (
      progress_of (fixture).verified, 64 / all, 1e-9);
  g_signal_handlers_disconnect_by_data (fixture->queue, &n_told);
}

/* The file remembers what was said. */
static void
test_restart (Fixture *fixture, gconstpointer unused)
{
  begin (fixture);
  lam_error_queue_say (fixture->queue, LAM_VERDICT_UNSURE);
  lam_error_queue_next (fixture->queue);
  lam_error_queue_say (fixture->queue, LAM_VERDICT_VERIFIED);
  settle (fixture);
  close_queue (fixture);
  open_queue (fixture);
  lam_error_queue_set_active (fixture->queue, true);
  lam_error_queue_next (fixture->queue);
  settle (fixture);
  assert_counts (fixture, 2, 1);
  /* A quarter of 64 voxels is more than 8: of that one was only not sure. */
  assert_at (fixture, 0);
  g_assert_true (lam_error_queue_get_place (fixture->queue)->is_looked_at);
  lam_error_queue_next (fixture->queue);
  assert_at (fixture, 2);
}

/* Given up while it runs; nothing to be found. */
static void
test_stop (Fixture *fixture, gconstpointer unused)
{
  lam_error_queue_set_active (fixture->queue, true);
  g_assert_true (lam_error_queue_is_searching (fixture->queue));
  lam_error_queue_set_active (fixture->queue, false);
  settle (fixture);
  g_assert_false (progress_of (fixture).is_known);
  begin (fixture);
}

static void
test_nothing (void)
{
  Fixture fixture = { 0 };
  project_set_up (&fixture.project, NULL);
  project_close (&fixture.project);
  open_queue (&fixture);
  lam_error_queue_set_active (fixture.queue, true);
  lam_error_queue_next (fixture.queue);
  settle (&fixture);
  g_assert_null (lam_error_queue_get_place (fixture.queue));
  assert_counts (&fixture, 0, 0);
  g_assert_false (lam_error_queue_previous (fixture.queue));
  lam_error_queue_say (fixture.queue, LAM_VERDICT_VERIFIED);
  assert_verdicts (&fixture, "");
  close_queue (&fixture);
  project_tear_down (&fixture.project, NULL);
}

static void
assert_note (Fixture *fixture, int64_t id, const char *expected)
{
  g_autoptr (GError) error = NULL;
  settle (fixture);
  g_autoptr (GHashTable) notes = lam_store_list_verdict_notes (
      lam_workspace_get_store (fixture->project.workspace), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (g_hash_table_lookup (notes, &id), ==, expected);
}

/* Written before the verdict, while it is on its way, and after. */
static void
test_notes (Fixture *fixture, gconstpointer unused)
{
  LamErrorQueue *queue = fixture->queue;
  g_assert_false (lam_error_queue_write (queue, "nowhere"));
  begin (fixture);
  g_assert_cmpstr (lam_error_queue_get_note (queue), ==, "");
  g_assert_true (lam_error_queue_write (queue, "before"));
  lam_error_queue_say (queue, LAM_VERDICT_UNSURE);
  assert_note (fixture, 2, "before");
  lam_error_queue_next (queue);
  g_assert_cmpstr (lam_error_queue_get_note (queue), ==, "");
  lam_error_queue_say (queue, LAM_VERDICT_VERIFIED);
  lam_error_queue_write (queue, "meanwhile");
  assert_note (fixture, 3, "meanwhile");
  lam_error_queue_previous (queue);
  g_assert_cmpstr (lam_error_queue_get_note (queue), ==, "before");
  lam_error_queue_write (queue, "after");
  assert_note (fixture, 2, "after");
  /* Another verdict keeps it, and so does none. */
  lam_error_queue_take_back (queue);
  g_assert_true (lam_error_queue_is_for_note (queue));
  assert_verdicts (fixture, "unsure verified");
  g_assert_cmpstr (lam_error_queue_get_note (queue), ==, "after");
  lam_error_queue_say (queue, LAM_VERDICT_UNSURE);
  assert_verdicts (fixture, "verified unsure");
  assert_note (fixture, 4, "after");
}

/* Closed at once, as a person does who has written the last word. To what comes
 * second: the first place, as somebody was unsure of it. */
static void
open_again (Fixture *fixture)
{
  lam_error_queue_set_active (fixture->queue, false);
  lam_workspace_close (fixture->project.workspace, false, NULL);
  close_queue (fixture);
  open_queue (fixture);
  lam_error_queue_set_active (fixture->queue, true);
  lam_error_queue_next (fixture->queue);
  settle (fixture);
  assert_at (fixture, 1);
  lam_error_queue_next (fixture->queue);
  assert_at (fixture, 0);
}

/* A note is in the file whatever was said, or taken back, of its place. */
static void
test_note_alone (Fixture *fixture, gconstpointer unused)
{
  LamVerdict verdict;
  begin (fixture);
  lam_error_queue_write (fixture->queue, "alone");
  g_assert_true (lam_error_queue_is_for_note (fixture->queue));
  g_assert_true (lam_error_queue_get_verdict (fixture->queue, &verdict));
  g_assert_cmpint (verdict, ==, LAM_VERDICT_UNSURE);
  lam_error_queue_write (fixture->queue, "changed at once");
  lam_error_queue_next (fixture->queue);
  open_again (fixture);
  assert_verdicts (fixture, "unsure");
  g_assert_cmpstr (
      lam_error_queue_get_note (fixture->queue), ==, "changed at once");

  /* Of an earlier day: no other verdict is made up. */
  lam_error_queue_write (fixture->queue, "later");
  open_again (fixture);
  assert_verdicts (fixture, "unsure");
  g_assert_cmpstr (lam_error_queue_get_note (fixture->queue), ==, "later");

  lam_error_queue_next (fixture->queue);
  assert_at (fixture, 2);
  lam_error_queue_write (fixture->queue, "gone");
  assert_verdicts (fixture, "unsure unsure");
  lam_error_queue_write (fixture->queue, "");
  g_assert_false (lam_error_queue_is_for_note (fixture->queue));
  assert_verdicts (fixture, "unsure");
}

static void
test_note_undone (Fixture *fixture, gconstpointer unused)
{
  begin (fixture);
  project_stroke (&fixture->project, 0, 12.5, 22.5, 31.5);
  project_wait (&fixture->project);
  lam_error_queue_write (fixture->queue, "mended");
  assert_verdicts (fixture, "corrected");
  lam_workspace_undo (fixture->project.workspace);
  assert_verdicts (fixture, "unsure");
  g_assert_true (lam_error_queue_is_for_note (fixture->queue));
  lam_workspace_redo (fixture->project.workspace);
  assert_verdicts (fixture, "corrected");
  assert_note (fixture, 3, "mended");
  lam_workspace_undo (fixture->project.workspace);
  project_wait (&fixture->project);
  open_again (fixture);
  assert_verdicts (fixture, "unsure");
  g_assert_cmpstr (lam_error_queue_get_note (fixture->queue), ==, "mended");

  /* Said, and taken back: what was written before is not. */
  lam_error_queue_say (fixture->queue, LAM_VERDICT_VERIFIED);
  lam_error_queue_write (fixture->queue, "right after all");
  settle (fixture);
  lam_error_queue_take_back (fixture->queue);
  open_again (fixture);
  assert_verdicts (fixture, "unsure");
  g_assert_cmpstr (
      lam_error_queue_get_note (fixture->queue), ==, "right after all");
}

/* Blocks of a cell, apart from one another. */
static bool
give_blocks (gpointer data, int64_t *key, LamLabelBrick **brick, GError **error)
{
  uint32_t *cell = data;
  if (*cell == 0)
    return false;
  *key = lam_brick_key_pack ((LamBrickKey){ 0 });
  *brick = lam_label_brick_new_cleared ();
  uint32_t *labels = lam_label_brick_write_labels (*brick);
  uint16_t *sources = lam_label_brick_write_sources (*brick);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    if (i % 16 < 6 && i / 64 % 16 < 6 && i / 4096 % 16 < 6) {
      labels[i] = *cell;
      sources[i] = LAM_SOURCE_HUMAN;
    }
  lam_label_brick_settle (*brick);
  *cell = 0;
  return true;
}

/* What was said of all places of an object is taken back at once. */
static void
test_object (Fixture *fixture, gconstpointer unused)
{
  enum { N_BLOCKS = 64 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_auto (LamTaken) taken = { 0 };
  LamErrorQueue *queue = fixture->queue;
  LamWorkspace *workspace = fixture->project.workspace;
  const LamVoice voice = { .name = (char *)"Eva",
    .kind = LAM_VOICE_MERGE,
    .box = lam_box_new (0, 0, 0, 64, 64, 64) };
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  uint32_t cell = fixture->cell;
  const int64_t id = lam_store_add_voice (lam_workspace_get_store (workspace),
      &voice, none, give_blocks, &cell, &error);
  g_assert_no_error (error);
  lam_error_queue_set_active (queue, true);
  do {
    lam_error_queue_next (queue);
    settle (fixture);
  } while (lam_error_queue_get_place (queue)->kind != LAM_PLACE_DISSENT);
  const LamPlace place = *lam_error_queue_get_place (queue);
  lam_workspace_keep_object_async (
      workspace, id, place.centre, &place, NULL, project_keep_result, &result);
  lam_workspace_take_finish (
      workspace, project_run_until (&result), &taken, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (taken.verdicts->len, ==, N_BLOCKS);
  lam_error_queue_note_said (queue, taken.verdicts);
  settle (fixture);
  g_assert_cmpint (progress_of (fixture).n_looked_at, ==, N_BLOCKS);
  lam_error_queue_take_back (queue);
  /* One change is on its way of the place that is shown, one of all others. */
  g_assert_cmpint (G_OBJECT (queue)->ref_count, ==, 3);
  g_assert_cmpint (progress_of (fixture).n_looked_at, ==, 0);
  g_assert_cmpfloat (progress_of (fixture).verified, ==, 0);
  assert_verdicts (fixture, "");
}

static void
copied_cb (GObject *source, GAsyncResult *result, gpointer is_done)
{
  g_autoptr (GError) error = NULL;
  lam_workspace_save_copy_finish (LAM_WORKSPACE (source), result, &error);
  g_assert_no_error (error);
  *(bool *)is_done = true;
}

/* The project goes on as a copy, which is made while something is said, or when
 * it is on its way to the file. */
static void
test_copied (Fixture *fixture, gconstpointer unused)
{
  LamWorkspace *workspace = fixture->project.workspace;
  g_autofree char *first =
      g_build_filename (fixture->project.folder, "copy.lamella", NULL);
  g_autofree char *second =
      g_build_filename (fixture->project.folder, "again.lamella", NULL);
  bool is_done = false;
  begin (fixture);
  lam_workspace_save_copy_async (workspace, first, NULL, copied_cb, &is_done);
  lam_error_queue_say (fixture->queue, LAM_VERDICT_VERIFIED);
  while (!is_done)
    g_main_context_iteration (NULL, true);
  g_assert_cmpstr (
      lam_store_get_path (lam_workspace_get_store (workspace)), ==, first);
  assert_verdicts (fixture, "verified");
  lam_error_queue_next (fixture->queue);
  settle (fixture);
  is_done = false;
  lam_error_queue_say (fixture->queue, LAM_VERDICT_UNSURE);
  lam_workspace_save_copy_async (workspace, second, NULL, copied_cb, &is_done);
  while (!is_done)
    g_main_context_iteration (NULL, true);
  g_assert_cmpstr (
      lam_store_get_path (lam_workspace_get_store (workspace)), ==, second);
  assert_verdicts (fixture, "verified unsure");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  static const struct {
    const char *path;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "/error-queue/walk", test_walk },
    { "/error-queue/haste", test_haste },
    { "/error-queue/paint", test_paint },
    { "/error-queue/copied", test_copied },
    { "/error-queue/regions", test_regions },
    { "/error-queue/restart", test_restart },
    { "/error-queue/stop", test_stop },
    { "/error-queue/notes", test_notes },
    { "/error-queue/note-alone", test_note_alone },
    { "/error-queue/note-undone", test_note_undone },
    { "/error-queue/object", test_object },
  };
  g_test_add_func ("/error-queue/boxes", test_boxes);
  g_test_add_func ("/error-queue/pace", test_pace);
  g_test_add_func ("/error-queue/looked-at", test_looked_at);
  g_test_add_func ("/error-queue/list", test_list);
  g_test_add_func ("/error-queue/many", test_many);
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
  g_test_add_func ("/error-queue/nothing", test_nothing);
  return g_test_run ();
}
