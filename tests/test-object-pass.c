/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Objects of what a network says in parts: cut where they touch, and the same
 * whatever the parts are and in which order they come. The network is made up:
 * it says what is_inside() does. */
#include <string.h>

#include "project-fixture.h"
#include "store/store-models.h"
#include "workspace/label-source.h"
#include "workspace/model-commit.h"
#include "workspace/object-pass.h"
#include "workspace/object-rules.h"

enum { MITOCHONDRION = 2 };

static const LamBox asked = { { 10, 10, 4 }, { 150, 110, 44 } };

typedef struct {
  double x, y, z, radius; /* nm */
} Ball;

/* Two that touch, a third alone; the second pair is one body with a person's
 * stroke on it. */
static const Ball balls[] = {
  { 450, 400, 800, 250 },
  { 870, 400, 800, 250 },
  { 1250, 900, 700, 180 },
};

static bool
is_inside (const int64_t at[3])
{
  const double x = (double)at[0] * 10, y = (double)at[1] * 10,
               z = (double)at[2] * 40;
  for (size_t i = 0; i < G_N_ELEMENTS (balls); i++) {
    const double d[3] = { x - balls[i].x, y - balls[i].y, z - balls[i].z };
    if (d[0] * d[0] + d[1] * d[1] + d[2] * d[2]
        < balls[i].radius * balls[i].radius)
      return true;
  }
  /* A bar in y that crosses every part, and specks of noise. */
  return (x >= 200 && x < 260 && y >= 700 && z >= 400 && z < 1600)
      || (at[0] % 23 == 7 && at[1] % 19 == 3 && at[2] % 5 == 1);
}

static LamProposal *
propose (const LamBox *box)
{
  LamProposal *proposal = lam_proposal_new (box);
  int64_t i = 0;
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++)
      for (int64_t x = box->min[0]; x < box->max[0]; x++, i++) {
        const bool inside = is_inside ((const int64_t[3]){ x, y, z });
        proposal->classes[i] = inside;
        proposal->runner_ups[i] = !inside;
        proposal->uncertainties[i] = 10;
      }
  return proposal;
}

static int64_t
add_model (Project *project)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) onnx = g_bytes_new_static ("model", 5);
  const int64_t model = lam_store_add_model (
      lam_workspace_get_store (project->workspace), "m", 0, onnx, &error);
  g_assert_no_error (error);
  return model;
}

/* One part, as the worker beside the person writes it. */
static void
commit_part (
    Project *project, LamModelActs *acts, int64_t model, const LamBox *box)
{
  static const char *const names[] = { "background", "mitochondrion", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (LamProgress) progress = lam_progress_new ();
  LamModelCommit *commit = g_new0 (LamModelCommit, 1);
  LamModelCounts counts;
  commit->model = model;
  commit->class_names = g_strdupv ((char **)names);
  commit->proposal = propose (box);
  commit->base = lam_store_get_revision (
      lam_workspace_get_store (project->workspace), &error);
  commit->acts = acts ? lam_model_acts_ref (acts) : NULL;
  lam_model_commit_async (
      project->workspace, commit, progress, project_keep_result, &result);
  lam_model_commit_finish (project_run_until (&result), &counts, &error);
  g_assert_no_error (error);
}

static LamObjectPassOutcome
pass (Project *project, LamModelActs *acts)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (LamProgress) progress = lam_progress_new ();
  LamObjectPassOutcome outcome;
  lam_object_pass_async (
      project->workspace, acts, &asked, progress, project_keep_result, &result);
  g_assert_true (
      lam_object_pass_finish (project_run_until (&result), &outcome, &error));
  g_assert_no_error (error);
  project_wait (project);
  return outcome;
}

/* Cut at so many places in each direction; in an order of that seed. */
static void
run_in_parts (Project *project, int64_t model, int n, uint32_t seed)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  LamModelActs *acts = lam_model_acts_new ();
  int order[64], n_parts = n * n * n;
  g_assert_cmpint (n_parts, <=, 64);
  acts->has_pass = true;
  acts->gives_up_redo = true;
  for (int i = 0; i < n_parts; i++) {
    const int other = seed ? g_rand_int_range (rand, 0, i + 1) : i;
    order[i] = order[other];
    order[other] = i;
  }
  for (int i = 0; i < n_parts; i++) {
    const int at[3] = { order[i] % n, order[i] / n % n, order[i] / n / n };
    LamBox part;
    for (int a = 0; a < 3; a++) {
      const int64_t size = asked.max[a] - asked.min[a];
      part.min[a] = asked.min[a] + size * at[a] / n;
      part.max[a] = asked.min[a] + size * (at[a] + 1) / n;
    }
    commit_part (project, acts, model, &part);
  }
  g_assert_cmpint (pass (project, acts), ==, LAM_OBJECT_PASS_DONE);
  lam_model_acts_unref (acts);
}

/* As they are in the file, dense. */
static uint32_t *
read_labels (Project *project)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamStoreSnapshot) snapshot = lam_store_snapshot_new (
      lam_workspace_get_store (project->workspace), 0, &error);
  const int64_t size[3] = { PROJECT_X, PROJECT_Y, PROJECT_Z };
  const double nm[3] = { 0 };
  uint32_t *labels = g_new (uint32_t, lam_box_volume (&asked));
  g_assert_no_error (error);
  g_autoptr (LamSource) source = lam_label_source_new (
      snapshot, LAM_LABEL_SOURCE_LABELS, 0, "labels", size, nm);
  g_assert_true (lam_source_read_box (source, 0, &asked, labels, NULL, &error));
  return labels;
}

static size_t
count_rows (Project *project)
{
  const LamClassTable *table = lam_workspace_get_classes (project->workspace);
  size_t n = 0;
  for (size_t i = 0; i < lam_class_table_get_n_labels (table); i++)
    n += !lam_class_table_get_nth_label (table, i)->deleted;
  return n;
}

static LamProbe
probe (Project *project, int64_t x, int64_t y, int64_t z)
{
  project_label_at (project, x, y, z);
  return lam_workspace_probe (
      project->workspace, (const int64_t[3]){ x, y, z });
}

/* A named object of a person: a stroke in the middle of the bar. */
static uint32_t
paint_own (Project *project)
{
  g_autoptr (GError) error = NULL;
  const uint32_t own = project_add_label (project, MITOCHONDRION);
  LamLabel row = *project_row (project, own);
  row.name = (char *)"mine";
  g_assert_true (lam_workspace_set_label (project->workspace, &row, &error));
  project_stroke (project, own, 23, 85, 20);
  project_wait (project);
  return own;
}

/* Whatever the parts and their order, all labels are the same; balls that touch
 * are two; no row is left over; and what a person said is as it was. */
static void
test_orders (void)
{
  static const struct {
    int n;
    uint32_t seed;
  } ways[] = { { 1, 0 }, { 2, 0 }, { 2, 7 }, { 3, 11 } };
  g_autofree uint32_t *first = NULL;
  for (size_t i = 0; i < G_N_ELEMENTS (ways); i++) {
    Project project = { 0 };
    project_set_up (&project, NULL);
    const int64_t model = add_model (&project);
    const uint32_t own = paint_own (&project);
    run_in_parts (&project, model, ways[i].n, ways[i].seed);
    g_autofree uint32_t *labels = read_labels (&project);
    if (first)
      g_assert_cmpmem (labels, (size_t)lam_box_volume (&asked) * sizeof *labels,
          first, (size_t)lam_box_volume (&asked) * sizeof *labels);
    else
      first = g_steal_pointer (&labels);
    const uint32_t a = probe (&project, 45, 40, 20).label,
                   b = probe (&project, 87, 40, 20).label;
    g_assert_cmpuint (a, !=, 0);
    g_assert_cmpuint (b, !=, 0);
    g_assert_cmpuint (a, !=, b);
    /* The bar is whole, and its own; specks are nothing. */
    for (int64_t y = 72; y < 108; y++)
      g_assert_cmpuint (probe (&project, 23, y, 20).label, ==, own);
    g_assert_cmpint (probe (&project, 23, 85, 20).source, ==, LAM_SOURCE_HUMAN);
    g_assert_cmpstr (project_row (&project, own)->name, ==, "mine");
    g_assert_cmpuint (probe (&project, 30, 22, 6).label, ==, 0);
    /* Its own, two balls and the one alone. */
    g_assert_cmpuint (count_rows (&project), ==, 4);
    project_assert_clean (&project);
    project_tear_down (&project, NULL);
  }
}

/* Again, in other parts: nothing is another, so ids, names and colours stay. */
static void
test_again (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  const int64_t model = add_model (project);
  run_in_parts (project, model, 2, 0);
  g_autofree uint32_t *before = read_labels (project);
  LamLabel row = *project_row (project, probe (project, 87, 40, 20).label);
  row.name = (char *)"right";
  g_assert_true (lam_workspace_set_label (project->workspace, &row, &error));
  project_wait (project);
  run_in_parts (project, model, 3, 5);
  g_autofree uint32_t *after = read_labels (project);
  const size_t n_bytes = (size_t)lam_box_volume (&asked) * sizeof *after;
  g_assert_cmpmem (after, n_bytes, before, n_bytes);
  g_assert_cmpstr (project_row (project, row.id)->name, ==, "right");
  g_assert_cmpuint (count_rows (project), ==, 4);
}

/* A person's settings: left whole; then specks count; then cut. */
static void
test_rules (Project *project, gconstpointer unused)
{
  const int64_t model = add_model (project);
  const LamClass *class = lam_class_table_get_class (
      lam_workspace_get_classes (project->workspace), MITOCHONDRION);
  LamObjectRule rule =
      lam_workspace_get_object_rule (project->workspace, class);
  g_assert_true (rule.cuts);
  rule.cuts = false;
  lam_workspace_set_object_rule (project->workspace, class, &rule);
  run_in_parts (project, model, 2, 0);
  const uint32_t a = probe (project, 45, 40, 20).label;
  g_assert_cmpuint (a, ==, probe (project, 87, 40, 20).label);
  rule.smallest = 4000; /* nm³: one voxel */
  rule.is_nm3 = true;
  rule.cuts = true;
  rule.relief_percent = 20;
  lam_workspace_set_object_rule (project->workspace, class, &rule);
  const LamObjectRule read =
      lam_workspace_get_object_rule (project->workspace, class);
  g_assert_true (read.cuts && read.is_nm3);
  g_assert_cmpint (read.relief_percent, ==, 20);
  g_assert_cmpfloat (read.smallest, ==, 4000);
  run_in_parts (project, model, 2, 0);
  /* The larger part keeps the number. */
  const uint32_t left = probe (project, 45, 40, 20).label,
                 right = probe (project, 87, 40, 20).label;
  g_assert_cmpuint (left, !=, right);
  g_assert_true (left == a || right == a);
  g_assert_cmpuint (probe (project, 30, 22, 6).label, !=, 0);
}

/* What a person did meanwhile makes it stale: nothing is written, and done
 * again it leaves his alone. Undo takes all of it back. */
static void
test_meanwhile (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  LamWorkspace *workspace = project->workspace;
  const int64_t model = add_model (project);
  LamModelActs *acts = lam_model_acts_new ();
  LamBox left = asked, right = asked;
  left.max[0] = right.min[0] = 70;
  acts->has_pass = true;
  acts->gives_up_redo = true;
  commit_part (project, acts, model, &left);
  commit_part (project, acts, model, &right);
  const uint32_t taken = probe (project, 87, 40, 20).label;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (LamProgress) progress = lam_progress_new ();
  LamObjectPassOutcome outcome;
  lam_object_pass_async (
      workspace, acts, &asked, progress, project_keep_result, &result);
  /* With a label that a part made, beside the box. */
  project_stroke (project, taken, 180, 125, 60);
  g_assert_true (
      lam_object_pass_finish (project_run_until (&result), &outcome, &error));
  project_wait (project);
  if (outcome == LAM_OBJECT_PASS_STALE)
    g_assert_cmpint (pass (project, acts), ==, LAM_OBJECT_PASS_DONE);
  lam_model_acts_unref (acts);
  g_assert_cmpuint (probe (project, 180, 125, 60).label, ==, taken);
  g_assert_nonnull (project_row (project, taken));
  g_assert_false (project_row (project, taken)->deleted);
  g_assert_cmpuint (
      probe (project, 45, 40, 20).label, !=, probe (project, 87, 40, 20).label);
  lam_workspace_undo (workspace);
  project_wait (project);
  lam_workspace_undo (workspace);
  project_wait (project);
  g_assert_cmpuint (probe (project, 87, 40, 20).label, ==, 0);
  g_assert_cmpuint (probe (project, 45, 40, 20).label, ==, 0);
}

/* An answer to a stroke, a single part: cut too, and what lies around it keeps
 * two objects apart where there is no neck left to see. */
static void
test_single (Project *project, gconstpointer unused)
{
  const int64_t model = add_model (project);
  commit_part (project, NULL, model, &asked);
  const uint32_t a = probe (project, 45, 40, 20).label,
                 b = probe (project, 87, 40, 20).label;
  g_assert_cmpuint (a, !=, b);
  g_autofree uint32_t *before = read_labels (project);
  const LamBox near = lam_box_new (50, 30, 14, 80, 50, 26);
  commit_part (project, NULL, model, &near);
  g_autofree uint32_t *after = read_labels (project);
  const size_t n_bytes = (size_t)lam_box_volume (&asked) * sizeof *after;
  g_assert_cmpmem (after, n_bytes, before, n_bytes);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/object-pass/orders", test_orders);
#define ADD(name, func) \
  g_test_add ("/object-pass/" name, Project, NULL, project_set_up, func, \
      project_tear_down)
  ADD ("again", test_again);
  ADD ("rules", test_rules);
  ADD ("meanwhile", test_meanwhile);
  ADD ("single", test_single);
#undef ADD
  return g_test_run ();
}
