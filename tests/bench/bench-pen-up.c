/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* From the pen's release to the network's answer in the project, where the next
 * frame draws it: a stroke through the sample whose neighbourhood is about
 * 256 × 256 × 16 voxels, with the network that comes with the program, on all
 * processors. Where the person has looked for two seconds, as one does before a
 * correction; where nobody has been lately, and once more where what
 * it saw is kept (segment/kept-features.h); and both beside a place that the
 * person corrected, which changes what is like it (segment/propagate.h) some
 * sections further: after the answer, or with it where all is kept. Against the
 * bare network, an inference without reading, deciding or writing: on those
 * voxels with what it has to see around them, and on those voxels alone, whose
 * rims would be wrong. At last its last layer alone, over what is kept, against
 * all of it. All take turns, and a person who paints is never faster than one
 * stroke in half a second.
 *
 * The sample's cells are cut where they touch; with --uncut nothing is. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "median.h"
#include "nn/plan.h"
#include "project-fixture.h"
#include "segment/look-map.h"
#include "segment/segmenter.h"
#include "workspace/model-worker.h"
#include "workspace/object-rules.h"
#include "workspace/places.h"
#include "workspace/project-models.h"
#include "workspace/sample.h"
#include "workspace/segment-all.h"

#define ROUNDS 7
#define EDGE 256
#define SECTIONS 16
#define RIM 20
/* Neighbourhoods that do not touch: more than are kept. */
#define N_SPOTS 8
/* Between two strokes, in which what the next needs is made ready. */
#define PAUSE_US 500000
/* For which a person looks at a place before the stroke. */
#define LOOK_US 2000000

typedef struct {
  Project project;
  LamModelWorker *worker; /* Owned */
  LamModel *model; /* Owned */
  LamPlan *grown, *alone; /* Owned */
  uint32_t labels[2];
  int n_strokes[N_SPOTS];
  gint64 start, answered; /* when; 0: not yet */
} Bench;

static void
answered_cb (LamModelWorker *worker, Bench *bench)
{
  bench->answered = g_get_monotonic_time ();
}

static void
failed_cb (LamModelWorker *worker, const char *text, gpointer data)
{
  g_error ("%s", text);
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

/* As in a project that is not the sample, until somebody says otherwise. */
static void
cut_nothing (LamWorkspace *workspace)
{
  const LamClassTable *table = lam_workspace_get_classes (workspace);
  for (size_t i = 0; i < lam_class_table_get_n_classes (table); i++)
    lam_workspace_set_object_rule (workspace,
        lam_class_table_get_nth_class (table, i), &lam_object_rule_default);
}

static void
begin (Bench *bench, bool cuts)
{
  g_autoptr (GError) error = NULL;
  Project *project = &bench->project;
  project->folder = g_dir_make_tmp ("lam-pen-up-XXXXXX", NULL);
  project->project = g_build_filename (project->folder, "a.lamella", NULL);
  lam_sample_make (project->project, NULL, &error);
  g_assert_no_error (error);
  project->workspace = project_open (project->project, 0);
  lam_workspace_set_setting (project->workspace, LAM_SEGMENT_ALL_SETTING, "");
  if (!cuts)
    cut_nothing (project->workspace);
  bench->model = lam_project_model_open (
      lam_workspace_get_store (project->workspace), 1, NULL, &error);
  g_assert_no_error (error);
  bench->worker = lam_model_worker_new (project->workspace, 0, false);
  g_signal_connect (bench->worker, "answered", G_CALLBACK (answered_cb), bench);
  g_signal_connect (bench->worker, "failed", G_CALLBACK (failed_cb), NULL);
  for (int i = 0; i < 2; i++)
    bench->labels[i] = project_add_label (project, i + 1);
  bench->grown = make_plan (bench->model, EDGE + 2 * RIM);
  bench->alone = make_plan (bench->model, EDGE);
}

/* Its neighbourhood without the rim. */
static LamBox
find_spot (int number)
{
  int64_t x = number % 2 ? 344 : 24, y = 130,
          z = number / 2 % (N_SPOTS / 2) * SECTIONS;
  return lam_box_new (x, y, z, x + EDGE, y + EDGE, z + SECTIONS);
}

static double
get_ms_since (gint64 start)
{
  return (double)(g_get_monotonic_time () - start) / 1e3;
}

/* Through the diagonal of the neighbourhood without its rim. */
static double
time_answer (Bench *bench, int number)
{
  const LamBox spot = find_spot (number);
  const LamBrush brush = { .plane = LAM_PLANE_XY,
    .radius_nm = 40,
    .depth = SECTIONS,
    /* Never what is there already: that would be no edit. */
    .label = bench->labels[bench->n_strokes[number]++ % 2] };
  const double z = (double)(spot.min[2] + SECTIONS / 2);
  const double from[3] = { (double)spot.min[0] + RIM, (double)spot.min[1] + RIM,
    z };
  const double to[3] = { (double)spot.max[0] - RIM, (double)spot.max[1] - RIM,
    z };
  LamWorkspace *workspace = bench->project.workspace;
  g_autoptr (GError) error = NULL;
  lam_workspace_begin_stroke (workspace, "brush", &brush, &error);
  g_assert_no_error (error);
  lam_workspace_add_sample (workspace, from, 1);
  lam_workspace_add_sample (workspace, to, 1);
  g_usleep (PAUSE_US);
  bench->answered = 0;
  bench->start = g_get_monotonic_time ();
  lam_workspace_end_stroke (workspace);
  while (bench->answered == 0)
    g_main_context_iteration (NULL, true);
  return (double)(bench->answered - bench->start) / 1e3;
}

/* From the pen's release until nothing is left to do. */
static double
time_rest (Bench *bench)
{
  GListModel *jobs = lam_model_worker_get_jobs (bench->worker);
  while (g_list_model_get_n_items (jobs) > 0)
    g_main_context_iteration (NULL, true);
  return get_ms_since (bench->start);
}

static void
go_to_place (Bench *bench, int number)
{
  const LamBox spot = find_spot (number);
  int64_t x = spot.min[0] + 96, y = spot.min[1] + 96, z = spot.min[2] + 6;
  g_autoptr (GError) error = NULL;
  const LamPlace place = { .kind = LAM_PLACE_UNSURE,
    .box = lam_box_new (
        x, y, z, x + LAM_LOOK_WIDTH, y + LAM_LOOK_WIDTH, z + LAM_LOOK_DEPTH) };
  lam_places_say (lam_workspace_get_store (bench->project.workspace), &place,
      LAM_VERDICT_CORRECTED, NULL, &error);
  g_assert_no_error (error);
}

/* As after the view rested there. */
static void
look_at (Bench *bench, int number)
{
  const LamBox spot = find_spot (number);
  LamBox point = spot, views[3];
  gint64 end = g_get_monotonic_time () + LOOK_US;
  for (int a = 0; a < 3; a++) {
    point.min[a] = (spot.min[a] + spot.max[a]) / 2;
    point.max[a] = point.min[a] + 1;
  }
  for (int a = 0; a < 3; a++) {
    views[a] = spot;
    views[a].min[a] = point.min[a];
    views[a].max[a] = point.max[a];
  }
  lam_model_worker_set_view (bench->worker, views, 3);
  while (g_get_monotonic_time () < end) {
    g_main_context_iteration (NULL, false);
    g_usleep (1000);
  }
}

static LamSegmenter *
make_segmenter (Bench *bench, int64_t keep_bytes)
{
  g_autoptr (GError) error = NULL;
  LamVolume *volume = lam_workspace_get_volume (bench->project.workspace);
  LamBox all = lam_box_of_size (lam_volume_get_size (volume));
  LamSegmenterModel shown = { .model = bench->model };
  const LamSegmenterSettings settings = { .keep_bytes = keep_bytes };
  lam_normalisation_measure (volume, &all, &shown.normalisation, NULL, &error);
  g_assert_no_error (error);
  LamSegmenter *segmenter = lam_segmenter_new (&shown, 1, &settings, &error);
  g_assert_no_error (error);
  return segmenter;
}

static double
time_segmenter (Bench *bench, LamSegmenter *segmenter)
{
  const LamBox spot = find_spot (0);
  g_autoptr (GError) error = NULL;
  gint64 start = g_get_monotonic_time ();
  g_autoptr (LamProposal) proposal = lam_segmenter_run (segmenter,
      lam_workspace_get_volume (bench->project.workspace), &spot, NULL, &error);
  g_assert_no_error (error);
  return get_ms_since (start);
}

static void
say (const char *name, double ms, double bare)
{
  g_print ("%-34s %6.0f ms   ratio %.2f\n", name, ms, ms / bare);
}

static void
bench_segmenter (Bench *bench)
{
  double all[ROUNDS], last[ROUNDS];
  g_autoptr (LamSegmenter) plain = make_segmenter (bench, 0);
  g_autoptr (LamSegmenter) keeping =
      make_segmenter (bench, INT64_C (512) << 20);
  time_segmenter (bench, plain);
  time_segmenter (bench, keeping);
  for (int i = 0; i < ROUNDS; i++) {
    all[i] = time_segmenter (bench, plain);
    last[i] = time_segmenter (bench, keeping);
  }
  double whole = bench_median (all, ROUNDS);
  g_print ("to the network segmenting all:\n");
  say ("segmented, all of the network", whole, whole);
  say ("segmented, its last layer", bench_median (last, ROUNDS), whole);
}

/* Each round at a spot of its own. */
static void
bench_answers (Bench *bench)
{
  double seen[ROUNDS], first[ROUNDS], again[ROUNDS], grown[ROUNDS],
      alone[ROUNDS], beside[ROUNDS], rest[ROUNDS], both[ROUNDS];
  time_answer (bench, N_SPOTS - 1);
  time_plan (bench->grown);
  time_plan (bench->alone);
  for (int i = 0; i < ROUNDS; i++) {
    first[i] = time_answer (bench, i);
    again[i] = time_answer (bench, i);
    grown[i] = time_plan (bench->grown);
    alone[i] = time_plan (bench->alone);
  }
  for (int i = 0; i < ROUNDS; i++) {
    look_at (bench, i);
    seen[i] = time_answer (bench, i);
  }
  lam_model_worker_set_view (bench->worker, NULL, 0);
  for (int i = 0; i < ROUNDS; i++) {
    go_to_place (bench, i);
    beside[i] = time_answer (bench, i);
    rest[i] = time_rest (bench);
    both[i] = time_answer (bench, i);
    time_rest (bench);
  }
  double bare = bench_median (grown, ROUNDS);
  g_print ("to the bare network with its rim:\n");
  say ("bare, with its rim", bare, bare);
  say ("bare, voxels alone", bench_median (alone, ROUNDS), bare);
  say ("pen-up to answer, seen before", bench_median (seen, ROUNDS), bare);
  say ("not seen for a while", bench_median (first, ROUNDS), bare);
  say ("again there", bench_median (again, ROUNDS), bare);
  say ("beside a corrected place", bench_median (beside, ROUNDS), bare);
  say ("  and what is like it", bench_median (rest, ROUNDS), bare);
  say ("  again there, both at once", bench_median (both, ROUNDS), bare);
}

int
main (int argc, char **argv)
{
  const bool cuts = argc < 2 || strcmp (argv[1], "--uncut") != 0;
  Bench bench = { 0 };
  lam_memory_keep_freed (); /* as the program does */
  begin (&bench, cuts);
  bench_answers (&bench);
  bench_segmenter (&bench);
  lam_plan_free (bench.grown);
  lam_plan_free (bench.alone);
  lam_model_free (bench.model);
  project_close (&bench.project);
  g_object_unref (bench.worker);
  project_tear_down (&bench.project, NULL);
  return 0;
}
