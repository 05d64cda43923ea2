/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Statistics of a project's labels: what is counted in the background follows
 * strokes and undo, and is what a count from scratch finds. */
#include "workspace/statistics.h"

#include <time.h>

#include "project-fixture.h"
#include "rounds.h"

#define PATIENCE_SECONDS 30

/* The main loop, until the label has that many voxels. */
static void
wait_voxels (LamStatistics *statistics, uint32_t label, int64_t n)
{
  const gint64 end =
      g_get_monotonic_time () + PATIENCE_SECONDS * G_USEC_PER_SEC;
  for (;;) {
    const LamLabelCount *count = lam_statistics_get (statistics, label);
    if ((count ? count->n_voxels : 0) == n
        && !lam_statistics_get_progress (statistics))
      return;
    if (g_get_monotonic_time () > end)
      g_error ("label %u has %" G_GINT64_FORMAT
               " voxels, not %" G_GINT64_FORMAT,
          label, count ? count->n_voxels : 0, n);
    if (!g_main_context_iteration (NULL, false))
      g_usleep (1000);
  }
}

/* How many voxels of one slice have the label. */
static int64_t
count_slice (Project *project, uint32_t label, int64_t z, LamBox *box)
{
  int64_t n = 0;
  *box = (LamBox){ { 0 }, { 0 } };
  for (int64_t y = 0; y < PROJECT_Y; y++)
    for (int64_t x = 0; x < PROJECT_X; x++)
      if (project_label_at (project, x, y, z) == label) {
        const LamBox one = lam_box_new (x, y, z, x + 1, y + 1, z + 1);
        *box = lam_box_unite (box, &one);
        n++;
      }
  return n;
}

static void
test_follows (Project *project, gconstpointer unused)
{
  g_autoptr (LamStatistics) statistics =
      lam_statistics_new (project->workspace);
  const uint32_t label = project_add_label (project, 2);
  LamBox box;
  lam_statistics_set_active (statistics, true);
  /* Over the border of two bricks. */
  project_stroke (project, label, 64, 30, 5.5);
  const int64_t n = count_slice (project, label, 5, &box);
  g_assert_cmpint (n, >, 60);
  wait_voxels (statistics, label, n);
  const LamLabelCount *count = lam_statistics_get (statistics, label);
  g_assert_true (lam_box_equal (&count->box, &box));
  g_assert_cmpint (count->n_slices, ==, 1);
  g_assert_cmpint (count->n_by_share[LAM_SHARE_HUMAN], ==, n);
  g_assert_cmpint (count->n_faces[2], ==, 2 * n);
  /* Another beside it, another slice, and back again. */
  project_stroke (project, label, 64, 30, 69.5);
  wait_voxels (statistics, label, 2 * n);
  g_assert_cmpint (lam_statistics_get (statistics, label)->n_slices, ==, 2);
  project_wait (project);
  lam_workspace_undo (project->workspace);
  wait_voxels (statistics, label, n);
  lam_workspace_undo (project->workspace);
  wait_voxels (statistics, label, 0);
  g_assert_null (lam_statistics_get (statistics, label));
  lam_workspace_redo (project->workspace);
  wait_voxels (statistics, label, n);
  g_assert_no_error (lam_statistics_get_error (statistics));
}

/* A project that is opened with labels in it; nobody looks at first. */
static void
test_opened (Project *project, gconstpointer unused)
{
  LamBox box;
  const uint32_t label = project_add_label (project, 2);
  project_stroke (project, label, 100, 64, 63.5);
  const int64_t n = count_slice (project, label, 63, &box);
  project_wait (project);
  project_close (project);
  project->workspace = project_open (project->project, 0);
  g_autoptr (LamStatistics) statistics =
      lam_statistics_new (project->workspace);
  const gint64 end = g_get_monotonic_time () + G_USEC_PER_SEC / 2;
  while (g_get_monotonic_time () < end)
    if (!g_main_context_iteration (NULL, false))
      g_usleep (1000);
  g_assert_null (lam_statistics_get (statistics, label));
  lam_statistics_set_active (statistics, true);
  wait_voxels (statistics, label, n);
  /* Closing while it counts leaves nothing behind. */
  project_stroke (project, label, 20, 64, 63.5);
}

static double
find_thread_seconds (void)
{
  struct timespec now;
  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Instead of the fixture's own. */
static LamBox
open_huge (Project *project)
{
  g_autofree char *path =
      g_build_filename (project->folder, "huge.lamella", NULL);
  LamVolumeRow row = { .path = (char *)"/none.tif",
    .dtype = (char *)"uint8",
    .size = { 10000, 10000, 5000 },
    .voxel_size_nm = { 10, 10, 40 } };
  size_t n;
  const LamClass *classes = lam_class_preset_get ("platelet", &n);
  LamStore *store = lam_store_create (path, &row, classes, n, NULL);
  g_assert_true (lam_store_close (store, NULL));
  g_object_unref (store);
  project_close (project);
  project->workspace = project_open (path, 0);
  return lam_box_of_size (row.size);
}

/* All of it changed, as an undo of an import says: what is not there takes none
 * of the window's time, and what is there is counted. */
static void
test_huge (Project *project, gconstpointer unused)
{
  const LamBox all = open_huge (project);
  g_autoptr (LamStatistics) statistics =
      lam_statistics_new (project->workspace);
  lam_statistics_set_active (statistics, true);
  const double start = find_thread_seconds ();
  g_signal_emit_by_name (project->workspace, "labels-changed", &all, FALSE);
  g_signal_emit_by_name (project->workspace, "opinions-changed", &all);
  const double seconds = find_thread_seconds () - start;
  g_test_message ("%.4f s", seconds);
  g_assert_cmpfloat (seconds, <, 0.02);
  const uint32_t label = project_add_label (project, 2);
  project_stroke (project, label, 9000, 9000, 4000.5);
  project_wait (project);
  g_signal_emit_by_name (project->workspace, "labels-changed", &all, FALSE);
  const gint64 end = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;
  while (
      !lam_statistics_get (statistics, label) && g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, true);
  g_assert_cmpint (lam_statistics_get (statistics, label)->n_voxels, >, 60);
}

/* ms of the main thread that the longest of these rounds took. */
static double
find_longest_round (
    LamStatistics *statistics, bool (*is_over) (LamStatistics *))
{
  double longest = 0;
  const gint64 end =
      g_get_monotonic_time () + PATIENCE_SECONDS * G_USEC_PER_SEC;
  while (!is_over (statistics)) {
    g_assert_cmpint (g_get_monotonic_time (), <, end);
    const double start = find_thread_seconds ();
    if (!g_main_context_iteration (NULL, false))
      g_usleep (1000);
    longest = MAX (longest, 1e3 * (find_thread_seconds () - start));
  }
  return longest;
}

static bool
is_counting (LamStatistics *statistics)
{
  LamProgress *progress = lam_statistics_get_progress (statistics);
  return progress && lam_progress_get_fraction (progress) > 0;
}

static bool
is_idle (LamStatistics *statistics)
{
  return !lam_statistics_get_progress (statistics);
}

static void
add_stored (LamLabelMap *map, const LamBox *bricks)
{
  for (int64_t z = bricks->min[2]; z < bricks->max[2]; z++)
    for (int64_t y = bricks->min[1]; y < bricks->max[1]; y++)
      for (int64_t x = bricks->min[0]; x < bricks->max[0]; x++)
        lam_label_map_add_stored (
            map, (LamBrickKey){ (int32_t)x, (int32_t)y, (int32_t)z });
}

/* A million bricks are taken in turns, none of which anybody notices. */
static void
test_turns (Project *project, gconstpointer unused)
{
  enum { MOST_MS = PLAIN_OR_SANITISED (150, 600) };
  const LamBox all = open_huge (project);
  LamBox bricks = lam_box_bricks (&all);
  bricks.max[2] = 40;
  add_stored (lam_workspace_get_labels (project->workspace), &bricks);
  double start = find_thread_seconds ();
  g_autoptr (LamStatistics) statistics =
      lam_statistics_new (project->workspace);
  lam_statistics_set_active (statistics, true);
  g_assert_cmpfloat (find_thread_seconds () - start, <, 0.05);
  const double taking = find_longest_round (statistics, is_counting);
  start = find_thread_seconds ();
  g_signal_emit_by_name (project->workspace, "labels-changed", &all, FALSE);
  g_signal_emit_by_name (project->workspace, "opinions-changed", &all);
  lam_statistics_set_active (statistics, false);
  g_assert_cmpfloat (find_thread_seconds () - start, <, 0.05);
  const double ending = find_longest_round (statistics, is_idle);
  g_test_message ("%.1f ms, %.1f ms at the end", taking, ending);
  g_assert_cmpfloat (taking, <, MOST_MS);
  g_assert_cmpfloat (ending, <, MOST_MS);
}

/* Nobody wants it any more while it takes what is to be counted. */
static void
test_left (Project *project, gconstpointer unused)
{
  const LamBox all = open_huge (project);
  LamBox bricks = lam_box_bricks (&all);
  bricks.max[2] = 10;
  add_stored (lam_workspace_get_labels (project->workspace), &bricks);
  LamStatistics *statistics = lam_statistics_new (project->workspace);
  lam_statistics_set_active (statistics, true);
  while (!lam_statistics_get_progress (statistics))
    g_main_context_iteration (NULL, true);
  g_object_add_weak_pointer (G_OBJECT (statistics), (gpointer *)&statistics);
  g_object_unref (statistics);
  g_assert_nonnull (statistics);
  lam_statistics_set_active (statistics, false);
  g_assert_null (statistics);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/statistics/follows", Project, NULL, project_set_up,
      test_follows, project_tear_down);
  g_test_add ("/statistics/opened", Project, NULL, project_set_up, test_opened,
      project_tear_down);
  g_test_add ("/statistics/huge", Project, NULL, project_set_up, test_huge,
      project_tear_down);
  g_test_add ("/statistics/turns", Project, NULL, project_set_up, test_turns,
      project_tear_down);
  g_test_add ("/statistics/left", Project, NULL, project_set_up, test_left,
      project_tear_down);
  return g_test_run ();
}
