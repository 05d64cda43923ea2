/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What it costs that the objects of a run in parts are the connected
 * components: writing the parts with what they note against writing them
 * without, and joining against writing. Two scenes: some ten thousand blobs a
 * part, of which few are joined; and combs through all parts, whose teeth are
 * found to be one in the last of them, which is most that there can be to join.
 */
#include <math.h>
#include <stdio.h>

#include "project-fixture.h"
#include "store/store-models.h"
#include "workspace/model-join.h"

enum { X = 1024, Y = 1024, Z = 64, EDGE = 512, MITOCHONDRION = 2 };

typedef bool (*Scene) (int64_t x, int64_t y, int64_t z);

static bool
is_blob (int64_t x, int64_t y, int64_t z)
{
  return x % 8 < 5 && y % 8 < 5 && z % 8 < 5;
}

/* 64 teeth each. */
static bool
is_comb (int64_t x, int64_t y, int64_t z)
{
  return z % 8 < 5 && (x % 16 < 8 || (y >= Y - 12 && y < Y - 4));
}

/* All of it is one object, which is joined at once. */
static bool
is_one (int64_t x, int64_t y, int64_t z)
{
  return x % 16 < 8 || (y >= Y - 12 && y < Y - 4);
}

static void
make_project (Project *project)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) onnx = g_bytes_new_static ("model", 5);
  size_t n;
  const LamClass *classes = lam_class_preset_get ("platelet", &n);
  LamVolumeRow row = { .path = (char *)"/none.tif",
    .dtype = (char *)"uint8",
    .size = { X, Y, Z },
    .voxel_size_nm = { 10, 10, 40 } };
  project->folder = g_dir_make_tmp ("lam-bench-XXXXXX", NULL);
  project->project = g_build_filename (project->folder, "a.lamella", NULL);
  LamStore *store =
      lam_store_create (project->project, &row, classes, n, &error);
  g_assert_no_error (error);
  lam_store_add_model (store, "m", 0, onnx, &error);
  g_assert_no_error (error);
  g_assert_true (lam_store_close (store, NULL));
  g_object_unref (store);
  project->workspace = project_open (project->project, 0);
}

static void
write_part (
    Project *project, Scene scene, const LamBox *box, LamModelActs *acts)
{
  const char *const names[] = { "background", "mitochondrion", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (LamProgress) progress = lam_progress_new ();
  LamModelCommit *commit = g_new0 (LamModelCommit, 1);
  LamModelCounts counts;
  commit->model = 1;
  commit->acts = acts ? lam_model_acts_ref (acts) : NULL;
  commit->class_names = g_strdupv ((char **)names);
  commit->proposal = lam_proposal_new (box);
  int64_t i = 0;
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++)
      for (int64_t x = box->min[0]; x < box->max[0]; x++, i++) {
        commit->proposal->classes[i] = scene (x, y, z);
        commit->proposal->runner_ups[i] = !scene (x, y, z);
        commit->proposal->uncertainties[i] = 10;
      }
  commit->base = lam_store_get_revision (
      lam_workspace_get_store (project->workspace), &error);
  lam_model_commit_async (
      project->workspace, commit, progress, project_keep_result, &result);
  lam_model_commit_finish (project_run_until (&result), &counts, &error);
  g_assert_no_error (error);
  project_wait (project);
}

/* Seconds. */
static double
write_parts (Project *project, Scene scene, LamModelActs *acts)
{
  int64_t used = 0;
  for (int64_t y = 0; y < Y; y += EDGE)
    for (int64_t x = 0; x < X; x += EDGE) {
      const LamBox box = lam_box_new (x, y, 0, x + EDGE, y + EDGE, Z);
      const int64_t start = g_get_monotonic_time ();
      write_part (project, scene, &box, acts);
      used += g_get_monotonic_time () - start;
    }
  return (double)used / G_USEC_PER_SEC;
}

static double
join (Project *project, LamModelActs *acts, double *longest, int *n)
{
  LamJoinResult joined;
  double sum = 0;
  *n = 0;
  do {
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GError) error = NULL;
    const int64_t start = g_get_monotonic_time ();
    lam_model_join_async (
        project->workspace, acts, NULL, project_keep_result, &result);
    lam_model_join_finish (project_run_until (&result), &joined, &error);
    g_assert_no_error (error);
    const double seconds =
        (double)(g_get_monotonic_time () - start) / G_USEC_PER_SEC;
    *longest = fmax (*longest, seconds);
    sum += seconds;
    ++*n;
  } while (joined.is_more);
  return sum;
}

static void
measure (const char *name, Scene scene)
{
  Project plain = { 0 }, project = { 0 };
  int n;
  double longest = 0;
  LamModelActs *acts = lam_model_acts_new ();
  acts->is_whole = true;
  make_project (&plain);
  const double without = write_parts (&plain, scene, NULL);
  project_tear_down (&plain, NULL);
  make_project (&project);
  const double with = write_parts (&project, scene, acts);
  const double joining = join (&project, acts, &longest, &n);
  printf ("%s: writing %.2f s, with notes %.2f s (%.2f), joining %.2f s (%.2f) "
          "in %d, the longest %.2f s, a part %.2f s\n",
      name, without, with, with / without, joining, joining / with, n, longest,
      with / (X / EDGE) / (Y / EDGE));
  fflush (stdout);
  lam_model_acts_unref (acts);
  project_assert_clean (&project);
  project_tear_down (&project, NULL);
}

int
main (void)
{
  measure ("blobs", is_blob);
  measure ("combs", is_comb);
  measure ("one", is_one);
  return 0;
}
