/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* From the pen's release to the network's answer in the project, where the next
 * frame draws it: a stroke through the sample whose neighbourhood is about
 * 256 × 256 × 16 voxels, with the network that comes with the program, on all
 * processors. Against the bare network, an inference without reading, deciding
 * or writing: on those voxels with what it has to see around them, and on those
 * voxels alone, whose rims would be wrong. All take turns. */
#include <stdlib.h>

#include "nn/plan.h"
#include "project-fixture.h"
#include "workspace/model-worker.h"
#include "workspace/project-models.h"
#include "workspace/sample.h"
#include "workspace/segment-all.h"

#define ROUNDS 7
#define EDGE 256
#define SECTIONS 16
#define RIM 20

typedef struct {
  Project project;
  LamModelWorker *worker; /* Owned */
  LamModel *model; /* Owned */
  LamPlan *grown, *alone; /* Owned */
  gint64 answered; /* when; 0: not yet */
} Bench;

static int
compare (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double
find_median (double values[ROUNDS])
{
  qsort (values, ROUNDS, sizeof *values, compare);
  return values[ROUNDS / 2];
}

static void
answered_cb (LamModelWorker *worker, Bench *bench)
{
  bench->answered = g_get_monotonic_time ();
}

static LamPlan *
make_plan (const LamModel *model, int64_t edge)
{
  g_autoptr (GError) error = NULL;
  const int64_t dims[5] = { 1, 1, SECTIONS, edge, edge };
  LamShape shape = lam_shape_new (LAM_TENSOR_F32, 5, dims);
  LamPlan *plan =
      lam_plan_new (lam_model_get_network (model), &shape, NULL, &error);
  g_assert_no_error (error);
  for (int64_t i = 0; i < lam_shape_get_count (&shape); i++)
    lam_plan_get_input (plan, 0)[i] = (float)(i * 7 % 13) / 6 - 1;
  return plan;
}

static double
time_plan (LamPlan *plan)
{
  gint64 start = g_get_monotonic_time ();
  g_assert_true (lam_plan_run (plan, NULL, NULL));
  return (double)(g_get_monotonic_time () - start) / 1e3;
}

static void
begin (Bench *bench)
{
  g_autoptr (GError) error = NULL;
  Project *project = &bench->project;
  project->folder = g_dir_make_tmp ("lam-pen-up-XXXXXX", NULL);
  project->project = g_build_filename (project->folder, "a.lamella", NULL);
  lam_sample_make (project->project, NULL, &error);
  g_assert_no_error (error);
  project->workspace = project_open (project->project, 0);
  lam_workspace_set_setting (project->workspace, LAM_SEGMENT_ALL_SETTING, "");
  bench->model = lam_project_model_open (
      lam_workspace_get_store (project->workspace), 1, NULL, &error);
  g_assert_no_error (error);
  bench->worker = lam_model_worker_new (project->workspace, 0, false);
  g_signal_connect (bench->worker, "answered", G_CALLBACK (answered_cb), bench);
  bench->grown = make_plan (bench->model, EDGE + 2 * RIM);
  bench->alone = make_plan (bench->model, EDGE);
}

/* Through the diagonal of the neighbourhood without its rim. */
static double
time_answer (Bench *bench, uint32_t label)
{
  const LamBrush brush = {
    .plane = LAM_PLANE_XY, .radius_nm = 40, .depth = SECTIONS, .label = label
  };
  const double from[3] = { 200 + RIM, 130 + RIM, 32 },
               to[3] = { 200 + EDGE - RIM, 130 + EDGE - RIM, 32 };
  LamWorkspace *workspace = bench->project.workspace;
  g_autoptr (GError) error = NULL;
  lam_workspace_begin_stroke (workspace, "brush", &brush, &error);
  g_assert_no_error (error);
  lam_workspace_add_sample (workspace, from, 1);
  lam_workspace_add_sample (workspace, to, 1);
  bench->answered = 0;
  gint64 start = g_get_monotonic_time ();
  lam_workspace_end_stroke (workspace);
  while (bench->answered == 0)
    g_main_context_iteration (NULL, true);
  return (double)(bench->answered - start) / 1e3;
}

int
main (void)
{
  Bench bench = { 0 };
  double answers[ROUNDS], grown[ROUNDS], alone[ROUNDS];
  begin (&bench);
  const uint32_t labels[2] = { project_add_label (&bench.project, 1),
    project_add_label (&bench.project, 2) };
  time_answer (&bench, labels[1]);
  time_plan (bench.grown);
  time_plan (bench.alone);
  for (int i = 0; i < ROUNDS; i++) {
    answers[i] = time_answer (&bench, labels[i % 2]);
    grown[i] = time_plan (bench.grown);
    alone[i] = time_plan (bench.alone);
  }
  double answer = find_median (answers);
  double bare = find_median (grown), bare_alone = find_median (alone);
  g_print ("pen-up to answer      %7.0f ms\n", answer);
  g_print (
      "bare, with its rim    %7.0f ms   ratio %.2f\n", bare, answer / bare);
  g_print ("bare, voxels alone    %7.0f ms   ratio %.2f\n", bare_alone,
      answer / bare_alone);
  lam_plan_free (bench.grown);
  lam_plan_free (bench.alone);
  lam_model_free (bench.model);
  project_close (&bench.project);
  g_object_unref (bench.worker);
  project_tear_down (&bench.project, NULL);
  return 0;
}
