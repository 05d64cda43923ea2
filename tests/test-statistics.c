/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Statistics of a project's labels: what is counted in the background follows
 * strokes and undo, and is what a count from scratch finds. */
#include "workspace/statistics.h"

#include "project-fixture.h"

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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/statistics/follows", Project, NULL, project_set_up,
      test_follows, project_tear_down);
  g_test_add ("/statistics/opened", Project, NULL, project_set_up, test_opened,
      project_tear_down);
  return g_test_run ();
}
