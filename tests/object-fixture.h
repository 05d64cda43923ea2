/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* For tests of the objects of what a network says, job by job. The network is
 * made up: it says what is_inside() does. */
#pragma once

#include <string.h>

#include "project-fixture.h"
#include "store/store-models.h"
#include "workspace/label-source.h"
#include "workspace/model-commit.h"
#include "workspace/object-rules.h"

enum { MITOCHONDRION = 2, MAX_BALLS = 48 };

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

static inline bool
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

static inline LamProposal *
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
 * it answers, or 0. `acts`: of what it is a part, or NULL. */
static inline LamModelCounts
job_in (Project *project, const Scene *scene, const LamBox *box,
    const char *class_name, int64_t cause, LamModelActs *acts)
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
  commit->acts = acts ? lam_model_acts_ref (acts) : NULL;
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

static inline LamModelCounts
job_of (Project *project, const Scene *scene, const LamBox *box,
    const char *class_name, int64_t cause)
{
  return job_in (project, scene, box, class_name, cause, NULL);
}

static inline LamModelCounts
job (Project *project, const Scene *scene, const LamBox *box)
{
  return job_of (project, scene, box, "mitochondrion", 0);
}

static inline LamObjectRule
get_rule (Project *project)
{
  return lam_workspace_get_object_rule (project->workspace,
      lam_class_table_get_class (
          lam_workspace_get_classes (project->workspace), MITOCHONDRION));
}

static inline void
set_rule (Project *project, const LamObjectRule *rule)
{
  lam_workspace_set_object_rule (project->workspace,
      lam_class_table_get_class (
          lam_workspace_get_classes (project->workspace), MITOCHONDRION),
      rule);
}

static inline void
set_cuts (Project *project, bool cuts)
{
  LamObjectRule rule = get_rule (project);
  rule.cuts = cuts;
  set_rule (project, &rule);
}

static inline void
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

static inline void
tear_down (Project *project, gconstpointer unused)
{
  project_wait (project);
  project_assert_clean (project);
  project_tear_down (project, NULL);
}

/* ---- What is there ------------------------------------------------------ */

/* Dense planes of `all`, as they are in the file. */
static inline uint32_t *
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

static inline uint32_t *
read_labels (Project *project)
{
  return read_plane (project, LAM_LABEL_SOURCE_LABELS);
}

static inline uint32_t
at (Project *project, int64_t x, int64_t y, int64_t z)
{
  return project_label_at (project, x, y, z);
}

/* Middles of the two balls. */
static inline uint32_t
left (Project *project)
{
  return at (project, 42, 40, 20);
}

static inline uint32_t
right (Project *project)
{
  return at (project, 90, 40, 20);
}

static inline guint
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
static inline guint
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

static inline void
assert_plane (Project *project, LamLabelSourceWhat what, const uint32_t *wanted)
{
  g_autofree uint32_t *plane = read_plane (project, what);
  g_assert_cmpmem (plane, sizeof *plane * (gsize)lam_box_volume (&all), wanted,
      sizeof *wanted * (gsize)lam_box_volume (&all));
}
