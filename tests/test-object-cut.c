/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Objects are cut where they touch, whatever the boxes of the jobs and their
 * order are, and left out where they are small. */
#include <math.h>

#include "base/random.h"
#include "object-fixture.h"
#include "workspace/acceptance.h"
#include "workspace/model-objects.h"
#include "workspace/regions.h"

/* Neighbours across a plane that are of two objects. */
static int
count_seam (Project *project, int axis, int64_t plane)
{
  g_autofree uint32_t *labels = read_labels (project);
  const int64_t size[3] = { all.max[0] - all.min[0], all.max[1] - all.min[1],
    all.max[2] - all.min[2] };
  const int64_t strides[3] = { 1, size[0], size[0] * size[1] };
  int n = 0;
  for (int64_t i = 0; i < lam_box_volume (&all); i++)
    if (i / strides[axis] % size[axis] == plane - all.min[axis]) {
      const uint32_t a = labels[i], b = labels[i - strides[axis]];
      n += a != 0 && b != 0 && a != b;
    }
  return n;
}

/* ---- Tests -------------------------------------------------------------- */

static void
test_one_job (Project *project, gconstpointer unused)
{
  job (project, &two, &all);
  g_assert_cmpuint (assert_sound (project, &two), ==, 2);
  g_assert_cmpuint (count_rows (project), ==, 2);
  g_assert_cmpuint (left (project), !=, right (project));
  /* Along the neck. */
  g_autofree uint32_t *labels = read_labels (project);
  for (int64_t i = 0; i < lam_box_volume (&all); i++) {
    const int64_t x = all.min[0] + i % (all.max[0] - all.min[0]);
    if (labels[i] != 0 && (x < 65 || x > 67))
      g_assert_cmpuint (
          labels[i], ==, x < 66 ? left (project) : right (project));
  }
  const LamModelCounts again = job (project, &two, &all);
  g_assert_cmpint (again.n_written, ==, 0);
  lam_workspace_undo (project->workspace);
  project_wait (project);
  g_assert_cmpuint (left (project), ==, 0);
  g_assert_cmpuint (right (project), ==, 0);
  g_assert_cmpuint (count_rows (project), ==, 0);
}

/* Who said a voxel is told apart by how objects were cut, too; what is the
 * default goes without saying, as in older projects. */
static void
test_runs (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  job (project, &two, &all);
  set_cuts (project, false);
  job (project, &two, &all);
  job (project, &two, &all);
  g_autoptr (GPtrArray) runs = lam_store_list_runs (
      lam_workspace_get_store (project->workspace), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (runs->len, ==, 2);
  g_assert_cmpstr (((LamRunRow *)runs->pdata[0])->settings, ==,
      "mitochondrion: cut=1 relief=35 smallest=27 voxels");
  g_assert_cmpstr (((LamRunRow *)runs->pdata[1])->settings, ==, "");
}

/* Two jobs that meet at a plane, in either order: through one ball or both,
 * lengthwise through the neck, beside it. No object ends at the plane. */
static void
test_two_jobs (void)
{
  static const struct {
    int axis;
    int64_t plane;
    guint n; /* objects: at a neck beside the plane two may stay one */
  } borders[] = { { 0, 40, 2 }, { 0, 52, 2 }, { 0, 66, 1 }, { 1, 38, 2 },
    { 2, 20, 2 } };
  for (guint i = 0; i < 2 * G_N_ELEMENTS (borders); i++) {
    Project project = { 0 };
    LamBox parts[2] = { all, all };
    const int axis = borders[i / 2].axis;
    const int64_t plane = borders[i / 2].plane;
    set_up (&project, NULL);
    parts[0].max[axis] = parts[1].min[axis] = plane;
    job (&project, &two, &parts[i % 2]);
    job (&project, &two, &parts[1 - i % 2]);
    const guint n = assert_sound (&project, &two);
    g_assert_cmpuint (n, >=, borders[i / 2].n);
    g_assert_cmpuint (n, <=, 2);
    g_assert_cmpuint (count_rows (&project), ==, n);
    /* The cut itself, seven voxels high, crosses a plane that is along it; a
     * step of it each row. */
    g_assert_cmpint (
        count_seam (&project, axis, plane), <=, axis == 0 ? 0 : 12);
    tear_down (&project, NULL);
  }
}

static void
test_off (Project *project, gconstpointer unused)
{
  set_cuts (project, false);
  job (project, &two, &all);
  g_assert_cmpuint (assert_sound (project, &two), ==, 1);
  /* What was one is cut: its number stays with one of the two. */
  const uint32_t before = left (project);
  set_cuts (project, true);
  job (project, &two, &all);
  g_assert_cmpuint (assert_sound (project, &two), ==, 2);
  g_assert_cmpuint (count_rows (project), ==, 2);
  g_assert_true (left (project) == before || right (project) == before);
}

static void
name (Project *project, uint32_t id, const char *text, uint32_t rgb)
{
  g_autoptr (GError) error = NULL;
  LamLabel row = *project_row (project, id);
  row.name = (char *)text;
  row.rgb = rgb;
  g_assert_true (lam_workspace_set_label (project->workspace, &row, &error));
  g_assert_no_error (error);
  project_wait (project);
}

/* Segmented again, in other boxes and grown by a voxel, each is who it was. */
static void
test_stable (Project *project, gconstpointer unused)
{
  Scene grown = two;
  const LamBox near = lam_box_new (50, 30, 14, 80, 50, 26);
  job (project, &two, &all);
  const uint32_t a = left (project), b = right (project);
  name (project, a, "left", 0xff0000);
  name (project, b, "right", 0x00ff00);
  for (int i = 0; i < grown.n; i++)
    grown.balls[i].radius += 10;
  job (project, &grown, &all);
  job (project, &grown, &near);
  g_assert_cmpuint (assert_sound (project, &grown), ==, 2);
  g_assert_cmpuint (left (project), ==, a);
  g_assert_cmpuint (right (project), ==, b);
  g_assert_cmpstr (project_row (project, a)->name, ==, "left");
  g_assert_cmpuint (project_row (project, b)->rgb, ==, 0x00ff00);
  g_assert_cmpuint (count_rows (project), ==, 2);
}

/* What is locked, or verified, stays as it is, and gets no neighbour where the
 * network says more of it than is there. */
static void
check_kept (Project *project, guint n_rows)
{
  Scene grown = two;
  for (int i = 0; i < grown.n; i++)
    grown.balls[i].radius += 20;
  g_autofree uint32_t *before = read_labels (project);
  const uint32_t a = left (project);
  job (project, &grown, &all);
  g_autofree uint32_t *after = read_labels (project);
  for (int64_t i = 0; i < lam_box_volume (&all); i++)
    g_assert_true ((before[i] == a) == (after[i] == a));
  g_assert_cmpuint (count_rows (project), ==, n_rows);
}

static void
test_locked (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  job (project, &two, &all);
  LamLabel row = *project_row (project, left (project));
  row.locked = true;
  g_assert_true (lam_workspace_set_label (project->workspace, &row, &error));
  const uint32_t b = right (project);
  check_kept (project, 2);
  g_assert_cmpuint (right (project), ==, b);
  g_assert_cmpuint (at (project, 90 + 26, 40, 20), ==, b);
}

/* Both in one, which is locked: it is not cut, and no row is made. */
static void
test_locked_whole (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  set_cuts (project, false);
  job (project, &two, &all);
  set_cuts (project, true);
  LamLabel row = *project_row (project, left (project));
  row.state = LAM_LABEL_COMPLETED;
  g_assert_true (lam_workspace_set_label (project->workspace, &row, &error));
  check_kept (project, 1);
}

static void
test_locked_class (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  set_cuts (project, false);
  job (project, &two, &all);
  set_cuts (project, true);
  LamClass class = *lam_class_table_get_class (
      lam_workspace_get_classes (project->workspace), MITOCHONDRION);
  class.locked = true;
  g_assert_true (lam_workspace_set_class (project->workspace, &class, &error));
  check_kept (project, 1);
}

static void
test_verified (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  set_cuts (project, false);
  job (project, &two, &all);
  set_cuts (project, true);
  LamRegion region = { .name = (char *)"r",
    .box = lam_box_new (10, 12, 10, 120, 68, 30),
    .role = LAM_REGION_WORK,
    .review = LAM_REVIEW_VERIFIED };
  g_assert_cmpint (
      lam_workspace_add_region (project->workspace, &region, &error), >=, 0);
  g_assert_no_error (error);
  check_kept (project, 1);
  g_assert_cmpuint (left (project), ==, right (project));
}

/* New objects that a lock or a region leaves no voxel to get no row. */
static void
test_nothing_left (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  LamRegion region = { .name = (char *)"r",
    .box = lam_box_new (10, 12, 10, 70, 68, 30),
    .role = LAM_REGION_WORK,
    .review = LAM_REVIEW_VERIFIED };
  g_assert_cmpint (
      lam_workspace_add_region (project->workspace, &region, &error), >=, 0);
  g_assert_no_error (error);
  job (project, &two, &all);
  g_assert_cmpuint (left (project), ==, 0);
  g_assert_cmpuint (right (project), !=, 0);
  g_assert_cmpuint (count_rows (project), ==, 1);
  lam_workspace_undo (project->workspace);
  project_wait (project);
  LamClass class = *lam_class_table_get_class (
      lam_workspace_get_classes (project->workspace), MITOCHONDRION);
  class.locked = true;
  g_assert_true (lam_workspace_set_class (project->workspace, &class, &error));
  job (project, &two, &all);
  g_assert_cmpuint (right (project), ==, 0);
  g_assert_cmpuint (count_rows (project), ==, 0);
}

static void
test_no_instances (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  LamClass class = *lam_class_table_get_class (
      lam_workspace_get_classes (project->workspace), MITOCHONDRION);
  class.has_instances = false;
  g_assert_true (lam_workspace_set_class (project->workspace, &class, &error));
  job (project, &two, &all);
  g_assert_cmpuint (assert_sound (project, &two), ==, 1);
}

/* Only proposed, nothing is written; what a person accepts is cut alike. */
static void
test_accepted (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  const LamSelectionRule rule = { .word = LAM_WORD_PROPOSAL, .box = all };
  lam_workspace_set_only_proposes (project->workspace, true);
  job (project, &two, &all);
  g_assert_cmpuint (left (project), ==, 0);
  lam_workspace_accept_async (
      project->workspace, &rule, false, NULL, project_keep_result, &result);
  g_assert_true (lam_workspace_accept_finish (
      project->workspace, project_run_until (&result), NULL, &error));
  g_assert_no_error (error);
  project_wait (project);
  g_assert_cmpuint (assert_sound (project, &two), ==, 2);
  g_assert_cmpuint (left (project), !=, right (project));
}

/* What is too small is left out, but not a part of what goes on elsewhere, or
 * of what is there. */
static void
test_smallest (Project *project, gconstpointer unused)
{
  const Scene balls = { { { 420, 400, 800, 200 }, { 1250, 400, 800, 200 } },
    2 };
  LamBox part = all, rest = all;
  LamObjectRule rule = get_rule (project);
  rule.smallest = 4.2e7; /* each ball has 3.4e7 */
  rule.is_nm3 = true;
  set_rule (project, &rule);
  const LamObjectRule read = get_rule (project);
  g_assert_true (read.is_nm3 && read.cuts);
  g_assert_cmpfloat (read.smallest, ==, rule.smallest);
  part.max[0] = rest.min[0] = 50;
  job (project, &balls, &part);
  const uint32_t first = left (project);
  g_assert_cmpuint (first, !=, 0);
  job (project, &balls, &rest);
  g_assert_cmpuint (at (project, 55, 40, 20), ==, first);
  g_assert_cmpuint (at (project, 125, 40, 20), ==, 0);
  g_assert_cmpuint (count_rows (project), ==, 1);
}

/* Nothing ends at the border of a job, in either order: not the cap of an
 * object, at the latest once its job is done beside the rest, for it is no more
 * than noise; nor a speck, which therefore stays. */
static void
test_borders (void)
{
  static const struct {
    Ball ball;
    int64_t plane;
    double smallest;
  } cases[] = { { { 600, 400, 800, 142 }, 74, 27 },
    { { 600, 400, 800, 142 }, 47, 27 }, { { 600, 400, 800, 100 }, 60, 1e5 } };
  for (guint i = 0; i < 2 * G_N_ELEMENTS (cases); i++) {
    Project project = { 0 };
    const Scene scene = { { cases[i / 2].ball }, 1 };
    LamBox parts[2] = { all, all };
    set_up (&project, NULL);
    LamObjectRule rule = get_rule (&project);
    rule.smallest = cases[i / 2].smallest;
    set_rule (&project, &rule);
    parts[0].max[0] = parts[1].min[0] = cases[i / 2].plane;
    for (int k = 0; k < 4; k++) {
      job (&project, &scene, &parts[(i + k) % 2]);
      g_assert_true (k < 2 || assert_sound (&project, &scene) == 1);
      g_assert_cmpuint (count_rows (&project), <=, 1);
    }
    /* But one that is all in a job does not. */
    if (rule.smallest > 27) {
      job (&project, &scene, &all);
      g_assert_cmpuint (at (&project, 60, 40, 20), ==, 0);
    }
    tear_down (&project, NULL);
  }
}

/* Two objects of a class that is not cut, which a person painted, touch beyond
 * a job's border; what the job finds of each is that one, also while another
 * class is cut. */
static void
test_other_class (Project *project, gconstpointer unused)
{
  const Scene bars = { { { 550, 340, 800, 45 }, { 550, 460, 800, 45 },
                           { 620, 340, 800, 45 }, { 620, 460, 800, 45 } },
    4 };
  const LamBox box = lam_box_new (20, 20, 12, 64, 60, 28);
  const LamClassTable *table = lam_workspace_get_classes (project->workspace);
  const LamClass *other = NULL;
  for (size_t i = 0; !other && i < lam_class_table_get_n_classes (table); i++) {
    const LamClass *class = lam_class_table_get_nth_class (table, i);
    if (class->id > MITOCHONDRION && class->has_instances)
      other = class;
  }
  g_assert_nonnull (other);
  g_autofree char *class_name = g_strdup (other->name);
  const uint32_t upper = project_add_label (project, other->id),
                 lower = project_add_label (project, other->id);
  project_stroke (project, upper, 69, 35, 20);
  project_stroke (project, lower, 69, 45, 20);
  project_wait (project);
  const LamModelCounts counts = job_of (project, &bars, &box, class_name, 0);
  g_assert_cmpint (counts.n_written, >, 0);
  g_assert_cmpuint (at (project, 55, 34, 20), ==, upper);
  g_assert_cmpuint (at (project, 55, 46, 20), ==, lower);
}

/* Strokes wait for it, so it ends at once. */
static void
test_cancelled (Project *project, gconstpointer unused)
{
  const bool has_instances[] = { false, true };
  const int32_t class_ids[] = { 0, MITOCHONDRION };
  const uint32_t class_labels[] = { 0, 0 };
  const LamObjectRule rules[] = { get_rule (project), get_rule (project) };
  g_autoptr (LamProposal) proposal = propose (&two, &all);
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  LamModelObjects objects = { .box = all,
    .size = { PROJECT_X, PROJECT_Y, PROJECT_Z },
    .voxel_size_nm = { 10, 10, 40 },
    .classes = proposal->classes,
    .n_classes = 2,
    .has_instances = has_instances,
    .class_ids = class_ids,
    .class_labels = class_labels,
    .rules = rules,
    .table = lam_workspace_get_classes (project->workspace),
    .rows = rows };
  g_autoptr (GError) error = NULL;
  g_autoptr (LamProgress) progress = lam_progress_new ();
  lam_progress_cancel (progress);
  g_assert_null (lam_model_objects_find (&objects,
      lam_workspace_get_store (project->workspace), progress, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (rows->len, ==, 0);
}

/* What another program wrote is read, or is as if nobody had said anything. */
static void
test_rule (Project *project, gconstpointer unused)
{
  static const char *const foreign[] = { "cut=1 relief=20 smallest=1e300 nm3",
    "cut=1 relief=20 smallest=-1 nm3", "cut=1 relief=20 smallest=nan voxels",
    "cut=1 relief=101 smallest=9 voxels" };
  const double nm[3] = { 3.3, 3.3, 3.5 }, unknown[3] = { 0 };
  for (guint i = 0; i < G_N_ELEMENTS (foreign); i++) {
    lam_workspace_set_setting (project->workspace, "objects.2", foreign[i]);
    const LamObjectRule read = get_rule (project);
    g_assert_false (read.cuts);
    g_assert_cmpfloat (read.smallest, ==, LAM_OBJECT_RULE_MIN_VOXELS);
  }
  for (int64_t n = 1; n < 1000; n++) {
    LamObjectRule rule = { .smallest = (double)n };
    lam_object_rule_set_unit (&rule, true, nm);
    g_assert_cmpfloat (rule.smallest, <=, (double)n * nm[0] * nm[1] * nm[2]);
    g_assert_cmpint (lam_object_rule_count_voxels (&rule, nm), ==, n);
    g_assert_cmpint (lam_object_rule_count_voxels (&rule, unknown), ==,
        LAM_OBJECT_RULE_MIN_VOXELS);
    lam_object_rule_set_unit (&rule, false, nm);
    g_assert_cmpfloat (rule.smallest, ==, (double)n);
    g_assert_cmpint (lam_object_rule_count_voxels (&rule, unknown), ==, n);
  }
}

/* Of voxels that have less than a nm³, or just more. */
static void
test_small_voxels (void)
{
  static const double edges[] = { 0.1, 0.5, 0.7, 0.99, 1, 1.01 };
  for (guint i = 0; i < G_N_ELEMENTS (edges); i++) {
    const double nm[3] = { edges[i], edges[i], edges[i] };
    for (int64_t n = 1; n < 1000; n++) {
      LamObjectRule rule = { .smallest = (double)n };
      lam_object_rule_set_unit (&rule, true, nm);
      const int decimals = lam_object_rule_count_decimals (&rule);
      const double shown = pow (10, decimals) * rule.smallest;
      g_assert_cmpfloat (rule.smallest, >, 0);
      g_assert_cmpfloat_with_epsilon (shown, round (shown), 1e-6);
      g_assert_true (edges[i] < 1 || decimals == 0);
      lam_object_rule_set_unit (&rule, false, nm);
      g_assert_cmpfloat (rule.smallest, ==, (double)n);
    }
  }
}

/* Any balls, boxes and strokes of a person: what he said stays, and each label
 * has a row, of its class. */
static void
test_any (void)
{
  LamRandom random = lam_random_new (7, 0);
  for (int round = 0; round < 2; round++) {
    Project project = { 0 };
    Scene scene = { .n = 6 };
    set_up (&project, NULL);
    for (int i = 0; i < scene.n; i++)
      scene.balls[i] = (Ball){ lam_random_range (&random, 200, 1400),
        lam_random_range (&random, 200, 600),
        lam_random_range (&random, 500, 1100),
        lam_random_range (&random, 120, 260) };
    for (int i = 0; i < 6; i++) {
      LamBox part = all;
      for (int a = 0; a < 3; a++) {
        const double size = (double)(all.max[a] - all.min[a]);
        part.min[a] += (int64_t)lam_random_range (&random, 0, size / 2);
        part.max[a] -= (int64_t)lam_random_range (&random, 0, size / 3);
      }
      if (i % 3 == 2)
        project_stroke (&project, project_add_label (&project, MITOCHONDRION),
            lam_random_range (&random, 20, 140),
            lam_random_range (&random, 20, 60), 20);
      g_autofree uint32_t *before = read_labels (&project);
      g_autofree uint32_t *sources =
          read_plane (&project, LAM_LABEL_SOURCE_SOURCES);
      project_wait (&project);
      job (&project, &scene, &part);
      g_autofree uint32_t *after = read_labels (&project);
      for (int64_t k = 0; k < lam_box_volume (&all); k++) {
        const uint32_t label = after[k];
        if (sources[k] == LAM_SOURCE_HUMAN)
          g_assert_cmpuint (label, ==, before[k]);
        g_assert_true (label == 0
            || project_row (&project, label)->class_id == MITOCHONDRION);
      }
    }
    tear_down (&project, NULL);
  }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) \
  g_test_add ("/object-cut/" path, Project, NULL, set_up, func, tear_down)
  ADD ("one-job", test_one_job);
  g_test_add_func ("/object-cut/two-jobs", test_two_jobs);
  ADD ("runs", test_runs);
  ADD ("off", test_off);
  ADD ("stable", test_stable);
  ADD ("locked", test_locked);
  ADD ("locked-whole", test_locked_whole);
  ADD ("locked-class", test_locked_class);
  ADD ("verified", test_verified);
  ADD ("nothing-left", test_nothing_left);
  ADD ("no-instances", test_no_instances);
  ADD ("accepted", test_accepted);
  ADD ("smallest", test_smallest);
  g_test_add_func ("/object-cut/borders", test_borders);
  ADD ("other-class", test_other_class);
  ADD ("cancelled", test_cancelled);
  ADD ("rule", test_rule);
  g_test_add_func ("/object-cut/small-voxels", test_small_voxels);
  g_test_add_func ("/object-cut/any", test_any);
#undef ADD
  return g_test_run ();
}
