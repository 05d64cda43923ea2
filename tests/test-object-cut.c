/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Objects of what a network says, job by job: cut where they touch, whatever
 * the boxes of the jobs and their order are, and never against a person. The
 * network is made up: it says what is_inside() does. */
#include <math.h>
#include <string.h>

#include "base/random.h"
#include "project-fixture.h"
#include "store/store-models.h"
#include "workspace/acceptance.h"
#include "workspace/label-source.h"
#include "workspace/model-commit.h"
#include "workspace/model-objects.h"
#include "workspace/object-rules.h"
#include "workspace/regions.h"
#include "workspace/shaping.h"

enum { MITOCHONDRION = 2, MAX_BALLS = 12 };

static const LamBox all = { { 10, 12, 10 }, { 150, 68, 30 } };

typedef struct {
  double x, y, z, radius; /* nm */
} Ball;

/* What the network sees; a rod is a row of balls. */
typedef struct {
  Ball balls[MAX_BALLS];
  int n;
} Scene;

/* 480 nm apart: the neck, at x = 66, is 70 nm wide, of 250. */
static const Scene two = { { { 420, 400, 800, 250 }, { 900, 400, 800, 250 } },
  2 };
/* No neck, in x. */
static const Scene rod = { { { 400, 400, 800, 200 }, { 500, 400, 800, 200 },
                               { 600, 400, 800, 200 }, { 700, 400, 800, 200 },
                               { 800, 400, 800, 200 }, { 900, 400, 800, 200 } },
  6 };

static bool
is_inside (const Scene *scene, const int64_t at[3])
{
  for (int i = 0; i < scene->n; i++) {
    const Ball *ball = &scene->balls[i];
    const double x = (double)at[0] * 10 - ball->x,
                 y = (double)at[1] * 10 - ball->y,
                 z = (double)at[2] * 40 - ball->z;
    if (x * x + y * y + z * z < ball->radius * ball->radius)
      return true;
  }
  return false;
}

/* ---- A network ---------------------------------------------------------- */

static LamProposal *
propose (const Scene *scene, const LamBox *box)
{
  LamProposal *proposal = lam_proposal_new (box);
  int64_t i = 0;
  for (int64_t z = box->min[2]; z < box->max[2]; z++)
    for (int64_t y = box->min[1]; y < box->max[1]; y++)
      for (int64_t x = box->min[0]; x < box->max[0]; x++, i++) {
        const bool inside = is_inside (scene, (const int64_t[3]){ x, y, z });
        proposal->classes[i] = inside;
        proposal->runner_ups[i] = !inside;
        proposal->uncertainties[i] = 10;
      }
  return proposal;
}

/* One job, as the worker beside the person writes it; the network calls what it
 * sees by `class_name`, and knows mitochondria anyway. `cause`: the edit that
 * it answers, or 0. */
static LamModelCounts
job_of (Project *project, const Scene *scene, const LamBox *box,
    const char *class_name, int64_t cause)
{
  const bool is_other = strcmp (class_name, "mitochondrion") != 0;
  const char *const names[] = { "background", class_name,
    is_other ? "mitochondrion" : NULL, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (LamProgress) progress = lam_progress_new ();
  LamStore *store = lam_workspace_get_store (project->workspace);
  LamModelCommit *commit = g_new0 (LamModelCommit, 1);
  LamModelCounts counts;
  commit->model = 1;
  commit->cause = cause;
  commit->class_names = g_strdupv ((char **)names);
  commit->proposal = propose (scene, box);
  project_wait (project);
  commit->base = lam_store_get_revision (store, &error);
  lam_model_commit_async (
      project->workspace, commit, progress, project_keep_result, &result);
  lam_model_commit_finish (project_run_until (&result), &counts, &error);
  g_assert_no_error (error);
  project_wait (project);
  return counts;
}

static LamModelCounts
job (Project *project, const Scene *scene, const LamBox *box)
{
  return job_of (project, scene, box, "mitochondrion", 0);
}

static LamObjectRule
get_rule (Project *project)
{
  return lam_workspace_get_object_rule (project->workspace,
      lam_class_table_get_class (
          lam_workspace_get_classes (project->workspace), MITOCHONDRION));
}

static void
set_rule (Project *project, const LamObjectRule *rule)
{
  lam_workspace_set_object_rule (project->workspace,
      lam_class_table_get_class (
          lam_workspace_get_classes (project->workspace), MITOCHONDRION),
      rule);
}

static void
set_cuts (Project *project, bool cuts)
{
  LamObjectRule rule = get_rule (project);
  rule.cuts = cuts;
  set_rule (project, &rule);
}

static void
set_up (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) onnx = g_bytes_new_static ("model", 5);
  project_set_up (project, NULL);
  g_assert_cmpint (
      lam_store_add_model (
          lam_workspace_get_store (project->workspace), "m", 0, onnx, &error),
      ==, 1);
  g_assert_no_error (error);
  g_assert_false (get_rule (project).cuts); /* Until somebody says so. */
  set_cuts (project, true);
}

static void
tear_down (Project *project, gconstpointer unused)
{
  project_wait (project);
  project_assert_clean (project);
  project_tear_down (project, NULL);
}

/* ---- What is there ------------------------------------------------------ */

/* Dense planes of `all`, as they are in the file. */
static uint32_t *
read_plane (Project *project, LamLabelSourceWhat what)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LamStoreSnapshot) snapshot = lam_store_snapshot_new (
      lam_workspace_get_store (project->workspace), 0, &error);
  const int64_t size[3] = { PROJECT_X, PROJECT_Y, PROJECT_Z };
  const double nm[3] = { 0 };
  uint32_t *plane = g_new (uint32_t, lam_box_volume (&all));
  g_assert_no_error (error);
  g_autoptr (LamSource) source =
      lam_label_source_new (snapshot, what, 0, "labels", size, nm);
  g_assert_true (lam_source_read_box (source, 0, &all, plane, NULL, &error));
  return plane;
}

static uint32_t *
read_labels (Project *project)
{
  return read_plane (project, LAM_LABEL_SOURCE_LABELS);
}

static uint32_t
at (Project *project, int64_t x, int64_t y, int64_t z)
{
  return project_label_at (project, x, y, z);
}

/* Middles of the two balls. */
static uint32_t
left (Project *project)
{
  return at (project, 42, 40, 20);
}

static uint32_t
right (Project *project)
{
  return at (project, 90, 40, 20);
}

static guint
count_rows (Project *project)
{
  const LamClassTable *table = lam_workspace_get_classes (project->workspace);
  guint n = 0;
  for (size_t i = 0; i < lam_class_table_get_n_labels (table); i++)
    n += !lam_class_table_get_nth_label (table, i)->deleted;
  return n;
}

/* Labels are where the network sees its class, each with a row of it. Gives how
 * many there are. */
static guint
assert_sound (Project *project, const Scene *scene)
{
  g_autofree uint32_t *labels = read_labels (project);
  g_autoptr (GHashTable) known = g_hash_table_new (NULL, NULL);
  int64_t i = 0;
  for (int64_t z = all.min[2]; z < all.max[2]; z++)
    for (int64_t y = all.min[1]; y < all.max[1]; y++)
      for (int64_t x = all.min[0]; x < all.max[0]; x++, i++) {
        const bool inside = is_inside (scene, (const int64_t[3]){ x, y, z });
        g_assert_true ((labels[i] != 0) == inside);
        if (!inside || !g_hash_table_add (known, GUINT_TO_POINTER (labels[i])))
          continue;
        const LamLabel *row = project_row (project, labels[i]);
        g_assert_nonnull (row);
        g_assert_false (row->deleted);
        g_assert_cmpint (row->class_id, ==, MITOCHONDRION);
      }
  return g_hash_table_size (known);
}

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

static void
merge (Project *project, uint32_t into, uint32_t from)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  lam_workspace_merge_labels_async (
      project->workspace, into, &from, 1, NULL, project_keep_result, &result);
  g_assert_true (lam_workspace_delete_label_finish (
      project->workspace, project_run_until (&result), &error));
  g_assert_no_error (error);
  project_wait (project);
}

/* A person says that the two are one: they stay one, also where the one that
 * gave its name is not the person's, and in a small box around the neck. */
static void
test_joined (Project *project, gconstpointer unused)
{
  const LamBox near = lam_box_new (50, 30, 14, 80, 50, 26);
  job (project, &two, &all);
  const uint32_t a = left (project);
  merge (project, a, right (project));
  job (project, &two, &near);
  job (project, &two, &all);
  g_assert_cmpuint (assert_sound (project, &two), ==, 1);
  g_assert_cmpuint (left (project), ==, a);
  g_assert_cmpuint (count_rows (project), ==, 1);
}

/* How many voxels changed. */
static int64_t
split (Project *project, uint32_t label)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GArray) seeds = g_array_new (false, false, sizeof (LamFigureSeed));
  const LamFigureSeed both[] = { { .voxel = { 42, 40, 20 }, .side = 1 },
    { .voxel = { 90, 40, 20 }, .side = 2 } };
  const LamFigureRequest request = {
    .shape = lam_figure_find ("split"), .label = label, .seeds = seeds
  };
  int64_t n = 0;
  g_array_append_vals (seeds, both, 2);
  lam_workspace_shape_async (project->workspace, &request,
      LAM_OVERWRITE_EVERYTHING, NULL, project_keep_result, &result);
  g_assert_true (lam_workspace_shape_finish (
      project->workspace, project_run_until (&result), &n, NULL, &error));
  g_assert_no_error (error);
  project_wait (project);
  return n;
}

static void
assert_plane (Project *project, LamLabelSourceWhat what, const uint32_t *wanted)
{
  g_autofree uint32_t *plane = read_plane (project, what);
  g_assert_cmpmem (plane, sizeof *plane * (gsize)lam_box_volume (&all), wanted,
      sizeof *wanted * (gsize)lam_box_volume (&all));
}

static void
drawn_cb (
    LamWorkspace *workspace, const LamBox *box, gboolean live, LamBox *sum)
{
  *sum = lam_box_unite (sum, box);
}

/* What is drawn anew when it is undone has every voxel that becomes another's
 * word, also beside where labels changed. */
static void
undo_split (Project *project, const uint32_t *before, const uint32_t *after)
{
  LamBox drawn = { 0 };
  g_signal_connect (
      project->workspace, "labels-changed", G_CALLBACK (drawn_cb), &drawn);
  lam_workspace_undo (project->workspace);
  project_wait (project);
  g_signal_handlers_disconnect_by_data (project->workspace, &drawn);
  int64_t i = 0;
  for (int64_t z = all.min[2]; z < all.max[2]; z++)
    for (int64_t y = all.min[1]; y < all.max[1]; y++)
      for (int64_t x = all.min[0]; x < all.max[0]; x++, i++)
        g_assert_true (before[i] == after[i]
            || lam_box_contains (&drawn, (const int64_t[3]){ x, y, z }));
}

/* What a person said of it is where the history says; of the kept side what is
 * near to the other one. */
static void
assert_said (const uint32_t *cut, const uint32_t *sources, const uint32_t *said,
    uint32_t b, const LamHistoryRow *row)
{
  LamBox near = { 0 };
  for (int pass = 0; pass < 2; pass++) {
    int64_t i = 0;
    for (int64_t z = all.min[2]; z < all.max[2]; z++)
      for (int64_t y = all.min[1]; y < all.max[1]; y++)
        for (int64_t x = all.min[0]; x < all.max[0]; x++, i++) {
          const LamBox one = lam_box_new (x, y, z, x + 1, y + 1, z + 1);
          if (pass == 0 && cut[i] == b)
            near = lam_box_unite (&near, &one);
          if (pass == 0)
            continue;
          const bool is_near = cut[i] != 0 && lam_box_contains (&near, one.min);
          g_assert_cmpuint (
              said[i], ==, is_near ? LAM_SOURCE_HUMAN : sources[i]);
          g_assert_true (!is_near || lam_box_contains (&row->box, one.min));
        }
    /* 200 nm, or eight voxels. */
    for (int a = 0; a < 3; a++) {
      near.min[a] -= a < 2 ? 20 : 8;
      near.max[a] += a < 2 ? 20 : 8;
    }
  }
}

/* A person says that the one is two: two they stay, where the network still
 * finds one, and what he looked at is his; the far part of what keeps its label
 * is the network's to mend. Of what he did the history tells the side that got
 * another number. */
static void
check_split (bool cuts)
{
  Project project = { 0 };
  g_autoptr (GError) error = NULL;
  const LamBox part = { { 50, 30, 14 }, { 110, 50, 26 } };
  Scene grown = two, shrunk = two;
  set_up (&project, NULL);
  set_cuts (&project, false);
  job (&project, &two, &all);
  const uint32_t a = left (&project);
  g_assert_cmpuint (right (&project), ==, a);
  g_autofree uint32_t *labels = read_labels (&project);
  g_autofree uint32_t *sources =
      read_plane (&project, LAM_LABEL_SOURCE_SOURCES);
  const int64_t n = split (&project, a);
  const uint32_t b = right (&project);
  set_cuts (&project, cuts);
  g_autofree uint32_t *cut = read_labels (&project);
  g_autofree uint32_t *said = read_plane (&project, LAM_LABEL_SOURCE_SOURCES);
  g_autoptr (GPtrArray) history = lam_store_read_history (
      lam_workspace_get_store (project.workspace), 0, 1, false, &error);
  g_assert_no_error (error);
  const LamHistoryRow *row = history->pdata[0];
  int64_t n_b = 0;
  for (int64_t i = 0; i < lam_box_volume (&all); i++)
    n_b += cut[i] == b;
  g_assert_cmpint (n, ==, n_b);
  g_assert_cmpint (project_row (&project, a)->state, ==, LAM_LABEL_IN_PROGRESS);
  g_assert_cmpint (row->n_voxels, ==, n);
  assert_said (cut, sources, said, b, row);

  const int64_t cause = row->id;
  job_of (&project, &two, &all, "mitochondrion", cause);
  job_of (&project, &two, &part, "mitochondrion", cause);
  g_assert_cmpuint (assert_sound (&project, &two), ==, 2);
  g_assert_cmpuint (count_rows (&project), ==, 2);
  assert_plane (&project, LAM_LABEL_SOURCE_LABELS, cut);
  shrunk.balls[0].x += 30;
  job_of (&project, &shrunk, &all, "mitochondrion", cause);
  g_assert_cmpuint (at (&project, 18, 40, 20), ==, 0);
  for (int i = 0; i < grown.n; i++)
    grown.balls[i].radius += 20;
  job_of (&project, &grown, &part, "mitochondrion", cause);
  job_of (&project, &grown, &all, "mitochondrion", cause);
  g_assert_cmpuint (assert_sound (&project, &grown), ==, 2);
  g_assert_cmpuint (at (&project, 16, 40, 20), ==, a);
  g_assert_cmpuint (at (&project, 116, 40, 20), ==, b);
  undo_split (&project, sources, said);
  g_assert_cmpint (project_row (&project, a)->state, ==, LAM_LABEL_NOT_STARTED);
  assert_plane (&project, LAM_LABEL_SOURCE_LABELS, labels);
  assert_plane (&project, LAM_LABEL_SOURCE_SOURCES, sources);
  tear_down (&project, NULL);
}

static void
test_split (void)
{
  check_split (false);
  check_split (true);
}

/* The same by a dab over the neck, whose name the right one gets. */
static void
test_bridged (Project *project, gconstpointer unused)
{
  job (project, &two, &all);
  const uint32_t a = left (project);
  project_stroke (project, a, 66, 40, 20);
  job (project, &two, &all);
  g_assert_cmpuint (right (project), ==, a);
  g_assert_cmpuint (left (project), ==, a);
  g_assert_cmpuint (assert_sound (project, &two), ==, 1);
}

/* Two dabs on a body without a neck divide it among them. */
static void
test_seeds (Project *project, gconstpointer unused)
{
  const uint32_t a = project_add_label (project, MITOCHONDRION),
                 b = project_add_label (project, MITOCHONDRION);
  project_stroke (project, a, 35, 40, 20);
  project_stroke (project, b, 95, 40, 20);
  job (project, &rod, &all);
  g_assert_cmpuint (assert_sound (project, &rod), ==, 2);
  g_assert_cmpuint (count_rows (project), ==, 2);
  g_assert_cmpuint (at (project, 30, 40, 20), ==, a);
  g_assert_cmpuint (at (project, 100, 40, 20), ==, b);
}

/* Of a class that is not cut, two that a person worked on stay two where none
 * of that is in sight. */
static void
test_worked_on (Project *project, gconstpointer unused)
{
  const LamBox near = lam_box_new (50, 30, 14, 80, 50, 26);
  job (project, &two, &all);
  const uint32_t a = left (project), b = right (project);
  project_stroke (project, a, 22, 40, 20);
  project_stroke (project, b, 110, 40, 20);
  project_wait (project);
  g_autofree uint32_t *before = read_labels (project);
  set_cuts (project, false);
  job (project, &two, &near);
  assert_plane (project, LAM_LABEL_SOURCE_LABELS, before);
}

/* Nor does what they share with a network's object get the name of that, though
 * more of it lies around the job than a person said of them. */
static void
test_third (Project *project, gconstpointer unused)
{
  const Scene apart = { { { 270, 400, 800, 150 }, { 700, 400, 800, 250 },
                            { 1130, 400, 800, 150 } },
    3 };
  Scene joined = apart;
  const LamBox part = lam_box_new (10, 24, 10, 150, 56, 30);
  set_cuts (project, false);
  job (project, &apart, &all);
  g_assert_cmpuint (assert_sound (project, &apart), ==, 3);
  const uint32_t a = at (project, 27, 40, 20), b = at (project, 113, 40, 20);
  project_stroke (project, a, 27, 40, 20);
  project_stroke (project, b, 113, 40, 20);
  project_wait (project);
  joined.balls[1].radius += 40;
  job (project, &joined, &part);
  g_assert_cmpuint (at (project, 37, 40, 20), ==, a);
  g_assert_cmpuint (at (project, 103, 40, 20), ==, b);
}

/* One that a person worked on, and that a network's object touches now, keeps
 * its number, though more of the other lies around the job. */
static void
test_touched (Project *project, gconstpointer unused)
{
  const Scene apart = { { { 500, 460, 800, 200 }, { 850, 260, 800, 150 } }, 2 };
  Scene joined = apart;
  const LamBox part = lam_box_new (22, 24, 10, 150, 68, 30);
  set_cuts (project, false);
  job (project, &apart, &all);
  const uint32_t a = at (project, 50, 46, 20);
  g_assert_cmpuint (a, !=, at (project, 85, 26, 20));
  project_stroke (project, a, 40, 46, 20);
  project_wait (project);
  joined.balls[1].radius += 80;
  job (project, &joined, &part);
  g_assert_cmpuint (at (project, 60, 46, 20), ==, a);
}

/* Of a class that is not cut what is new goes to the nearest, in nm: three
 * slices of 40 nm are farther away than six voxels of 10. */
static void
test_nearest (Project *project, gconstpointer unused)
{
  const Scene body = { { { 500, 400, 860, 350 } }, 1 };
  const uint32_t a = project_add_label (project, MITOCHONDRION),
                 b = project_add_label (project, MITOCHONDRION);
  set_cuts (project, false);
  project_stroke (project, a, 40, 40, 20);
  project_stroke (project, b, 58, 40, 23);
  job (project, &body, &all);
  g_assert_cmpuint (assert_sound (project, &body), ==, 2);
  g_assert_cmpuint (at (project, 52, 40, 20), ==, a);
  g_assert_cmpuint (at (project, 58, 40, 21), ==, b);
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
  ADD ("joined", test_joined);
  g_test_add_func ("/object-cut/split", test_split);
  ADD ("bridged", test_bridged);
  ADD ("seeds", test_seeds);
  ADD ("worked-on", test_worked_on);
  ADD ("third", test_third);
  ADD ("touched", test_touched);
  ADD ("nearest", test_nearest);
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
