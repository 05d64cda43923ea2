/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A person takes a network at its word: second bests and proposals, by object,
 * slice and box; what is locked, verified or a person's stays. */
#include <string.h>

#include "project-fixture.h"
#include "store/model-edit.h"
#include "store/store-models.h"
#include "workspace/acceptance.h"
#include "workspace/opinions.h"
#include "workspace/regions.h"

/* Classes of the platelet preset. */
enum { BACKGROUND, CELL, MITOCHONDRION, ALPHA };
enum { OBJECT = 1 };

/* What the run says of the voxels of a box, later rows over earlier ones. */
typedef struct {
  LamBox box;
  uint32_t label;
  int32_t first, second;
  uint8_t uncertainty;
} Word;

static const Word words[] = {
  { { { 0, 0, 0 }, { 128, 128, 64 } }, 0, BACKGROUND, MITOCHONDRION, 2 },
  /* An object, over a border of bricks. */
  { { { 50, 20, 5 }, { 70, 40, 15 } }, OBJECT, MITOCHONDRION, ALPHA, 100 },
  /* One that the network is not sure of; and a part of the object. */
  { { { 90, 90, 5 }, { 100, 96, 9 } }, 0, BACKGROUND, MITOCHONDRION, 200 },
  { { { 70, 20, 5 }, { 74, 40, 15 } }, 0, BACKGROUND, MITOCHONDRION, 180 },
};

typedef struct {
  Project project;
  int64_t run;
} Fixture;

/* `labels` NULL: the run only proposes. */
static void
fill_word (
    const Word *word, LamBrickKey key, uint32_t *labels, LamRunOpinion *opinion)
{
  LamBox brick = lam_brick_box (key);
  LamBox part = lam_box_intersect (&word->box, &brick);
  for (int64_t z = part.min[2]; z < part.max[2]; z++)
    for (int64_t y = part.min[1]; y < part.max[1]; y++)
      for (int64_t x = part.min[0]; x < part.max[0]; x++) {
        int64_t i = x - brick.min[0]
            + 64 * (y - brick.min[1] + 64 * (z - brick.min[2]));
        if (labels)
          labels[i] = word->label;
        opinion->firsts[i] = lam_run_opinion_take_class (opinion, word->first);
        opinion->seconds[i] =
            lam_run_opinion_take_class (opinion, word->second);
        opinion->uncertainties[i] = word->uncertainty;
      }
}

static void
speak (LamStore *store, int64_t run, const Word *said, size_t n, bool proposes)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  LamLabel row = { .id = OBJECT,
    .name = (char *)"",
    .class_id = MITOCHONDRION,
    .rgb = LAM_RGB_AUTO };
  LamModelEditInfo info = { run, lam_store_get_revision (store, NULL), 0 };
  if (!proposes)
    g_ptr_array_add (rows, lam_row_change_new_label (NULL, &row));
  LamModelEdit *edit = lam_store_begin_model_edit (store, &info, rows, &error);
  g_assert_no_error (error);
  g_autofree uint32_t *labels = g_new (uint32_t, LAM_BRICK_VOXELS);
  LamBox all = lam_box_new (0, 0, 0, 128, 128, 64);
  for (int32_t i = 0; i < 4; i++) {
    LamBrickKey key = { i % 2, i / 2, 0 };
    g_autofree LamRunOpinion *opinion = lam_run_opinion_new ();
    memset (labels, 0xff, LAM_BRICK_VOXELS * sizeof *labels); /* silent */
    for (size_t w = 0; w < n; w++)
      fill_word (&said[w], key, proposes ? NULL : labels, opinion);
    g_assert_true (
        lam_model_edit_write (edit, key, &all, labels, opinion, NULL, &error));
  }
  LamModelCounts counts;
  g_autoptr (LamHistoryRow) line =
      lam_model_edit_end (edit, "", &counts, &error);
  g_assert_no_error (error);
  g_assert_true (line || proposes);
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  Project *project = &fixture->project;
  project->folder = g_dir_make_tmp ("lam-project-XXXXXX", NULL);
  project->project = g_build_filename (project->folder, "a.lamella", NULL);
  project_create (project->project);
  g_autoptr (LamStore) store = lam_store_open (project->project, &error);
  g_autoptr (GBytes) onnx = g_bytes_new_static ("model", 5);
  int64_t model = lam_store_add_model (store, "m", 0, onnx, &error);
  fixture->run = lam_store_begin_run (store, model, "", &error);
  g_assert_no_error (error);
  speak (store, fixture->run, words, G_N_ELEMENTS (words), false);
  g_assert_true (lam_store_close (store, NULL));
  project->workspace = project_open (project->project, 0);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  project_wait (&fixture->project);
  g_assert_true (
      lam_store_check (lam_workspace_get_store (fixture->project.workspace),
          problems, NULL, &error));
  g_assert_cmpint (problems->len, ==, 0);
  project_tear_down (&fixture->project, NULL);
}

static void
keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **)user_data = g_object_ref (result);
}

/* How many voxels; -1 with error. */
static int64_t
accept (Fixture *fixture, const LamSelectionRule *rule, bool rejects,
    GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  int64_t n = -1;
  lam_workspace_accept_async (
      fixture->project.workspace, rule, rejects, NULL, keep_result, &result);
  while (!result)
    g_main_context_iteration (NULL, true);
  return lam_workspace_accept_finish (
             fixture->project.workspace, result, &n, error)
      ? n
      : -1;
}

static LamSelectionRule
at (LamWord word, int64_t x, int64_t y, int64_t z, LamPlane plane)
{
  return (LamSelectionRule){
    .word = word, .is_flood = true, .voxel = { x, y, z }, .plane = plane
  };
}

static int64_t
take_second (Fixture *fixture, int64_t x, int64_t y, int64_t z, LamPlane plane)
{
  GError *error = NULL;
  LamSelectionRule rule = at (LAM_WORD_SECOND, x, y, z, plane);
  int64_t n = accept (fixture, &rule, false, &error);
  g_assert_no_error (error);
  return n;
}

static void
assert_refused (Fixture *fixture, const LamSelectionRule *rule, int code)
{
  g_autoptr (GError) error = NULL;
  g_assert_cmpint (accept (fixture, rule, false, &error), ==, -1);
  g_assert_error (error, LAM_ERROR, code);
}

static LamProbe
probe (Fixture *fixture, int64_t x, int64_t y, int64_t z)
{
  project_label_at (&fixture->project, x, y, z);
  return lam_workspace_probe (
      fixture->project.workspace, (const int64_t[3]){ x, y, z });
}

static int32_t
class_at (Fixture *fixture, int64_t x, int64_t y, int64_t z)
{
  const LamLabel *row =
      project_row (&fixture->project, probe (fixture, x, y, z).label);
  return row ? row->class_id : 0;
}

/* --- second bests --------------------------------------------------------- */

static void
test_object (Fixture *fixture, gconstpointer unused)
{
  uint16_t run = (uint16_t)(LAM_SOURCE_FIRST_RUN + fixture->run);
  g_assert_cmpint (
      take_second (fixture, 60, 30, 10, LAM_N_PLANES), ==, 20 * 20 * 10);
  g_assert_cmpint (class_at (fixture, 50, 20, 5), ==, ALPHA);
  g_assert_cmpint (class_at (fixture, 69, 39, 14), ==, ALPHA);
  g_assert_cmpint (probe (fixture, 60, 30, 10).source, ==, LAM_SOURCE_ACCEPTED);
  g_assert_cmpint (probe (fixture, 49, 30, 10).source, ==, run);
  uint32_t made = probe (fixture, 60, 30, 10).label;
  g_assert_cmpuint (made, !=, OBJECT);
  /* It is the person's now. */
  LamSelectionRule rule = at (LAM_WORD_SECOND, 60, 30, 10, LAM_N_PLANES);
  assert_refused (fixture, &rule, LAM_ERROR_MISSING);
  lam_workspace_undo (fixture->project.workspace);
  project_wait (&fixture->project);
  g_assert_cmpuint (probe (fixture, 60, 30, 10).label, ==, OBJECT);
  g_assert_cmpint (probe (fixture, 60, 30, 10).source, ==, run);
  lam_workspace_redo (fixture->project.workspace);
  project_wait (&fixture->project);
  g_assert_cmpuint (probe (fixture, 60, 30, 10).label, ==, made);
}

static void
test_slice (Fixture *fixture, gconstpointer unused)
{
  g_assert_cmpint (
      take_second (fixture, 60, 30, 10, LAM_PLANE_XY), ==, 20 * 20);
  g_assert_cmpint (class_at (fixture, 55, 25, 10), ==, ALPHA);
  g_assert_cmpint (class_at (fixture, 55, 25, 11), ==, MITOCHONDRION);
  /* Of what a person painted into it, nothing is taken. */
  project_stroke (&fixture->project, OBJECT, 60, 30, 12);
  project_wait (&fixture->project);
  int64_t n = take_second (fixture, 51, 21, 12, LAM_PLANE_XY);
  g_assert_cmpint (n, >, 0);
  g_assert_cmpint (n, <, 20 * 20);
  g_assert_cmpint (probe (fixture, 60, 30, 12).source, ==, LAM_SOURCE_HUMAN);
  g_assert_cmpint (class_at (fixture, 60, 30, 12), ==, MITOCHONDRION);
}

/* Where the network missed something: as far as it is unsure. */
static void
test_missed (Fixture *fixture, gconstpointer unused)
{
  g_assert_cmpint (
      take_second (fixture, 95, 93, 6, LAM_N_PLANES), ==, 10 * 6 * 4);
  g_assert_cmpint (class_at (fixture, 90, 90, 5), ==, MITOCHONDRION);
  uint32_t made = probe (fixture, 90, 90, 5).label;
  g_assert_cmpuint (made, >, OBJECT);
  /* What touches an object becomes more of it. */
  g_assert_cmpint (
      take_second (fixture, 72, 30, 10, LAM_N_PLANES), ==, 4 * 20 * 10);
  g_assert_cmpuint (probe (fixture, 73, 39, 14).label, ==, OBJECT);
  g_assert_cmpint (probe (fixture, 73, 39, 14).source, ==, LAM_SOURCE_ACCEPTED);
  /* Where it is sure that would be everything. */
  LamSelectionRule rule = at (LAM_WORD_SECOND, 10, 10, 10, LAM_N_PLANES);
  assert_refused (fixture, &rule, LAM_ERROR_MISSING);
  /* Nobody spoke; outside. */
  rule = at (LAM_WORD_SECOND, 150, 10, 10, LAM_N_PLANES);
  assert_refused (fixture, &rule, LAM_ERROR_MISSING);
  rule = at (LAM_WORD_SECOND, 10, 10, 700, LAM_N_PLANES);
  assert_refused (fixture, &rule, LAM_ERROR_INPUT);
}

static void
test_locked (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  LamWorkspace *workspace = fixture->project.workspace;
  LamLabel row = *project_row (&fixture->project, OBJECT);
  row.locked = true;
  g_assert_true (lam_workspace_set_label (workspace, &row, &error));
  LamSelectionRule rule = at (LAM_WORD_SECOND, 60, 30, 10, LAM_N_PLANES);
  assert_refused (fixture, &rule, LAM_ERROR_READ_ONLY);
  /* It does not grow either. */
  rule = at (LAM_WORD_SECOND, 72, 30, 10, LAM_N_PLANES);
  assert_refused (fixture, &rule, LAM_ERROR_READ_ONLY);
  g_assert_cmpuint (probe (fixture, 72, 30, 10).label, ==, 0);
}

/* --- proposals ------------------------------------------------------------ */

static const Word proposed[] = {
  { { { 0, 0, 0 }, { 128, 128, 64 } }, 0, BACKGROUND, MITOCHONDRION, 2 },
  { { { 50, 20, 5 }, { 70, 40, 15 } }, 0, MITOCHONDRION, ALPHA, 9 }, /* is so */
  { { { 10, 70, 20 }, { 30, 90, 30 } }, 0, MITOCHONDRION, ALPHA, 9 },
  { { { 80, 70, 20 }, { 90, 90, 30 } }, 0, ALPHA, MITOCHONDRION, 9 },
};

/* As a network would that only proposes. */
static void
propose (Fixture *fixture)
{
  project_close (&fixture->project);
  g_autoptr (LamStore) store = lam_store_open (fixture->project.project, NULL);
  speak (store, fixture->run, proposed, G_N_ELEMENTS (proposed), true);
  g_assert_true (lam_store_close (store, NULL));
  fixture->project.workspace = project_open (fixture->project.project, 0);
}

static int64_t
count (Fixture *fixture, int32_t class_id)
{
  GError *error = NULL;
  LamBox all = lam_box_new (0, 0, 0, PROJECT_X, PROJECT_Y, PROJECT_Z);
  g_autoptr (GHashTable) counts = lam_workspace_count_proposals (
      fixture->project.workspace, &all, NULL, &error);
  g_assert_no_error (error);
  const int64_t *n = g_hash_table_lookup (counts, GINT_TO_POINTER (class_id));
  return n ? *n : 0;
}

/* Where no network has written a label: the second best of what is proposed, of
 * an object all of it, of what is no object where the network is not sure. */
static void
test_second_proposed (Fixture *fixture, gconstpointer unused)
{
  static const Word said[] = {
    { { { 0, 0, 0 }, { 128, 128, 64 } }, 0, BACKGROUND, MITOCHONDRION, 2 },
    { { { 50, 20, 5 }, { 70, 40, 15 } }, 0, MITOCHONDRION, ALPHA, 9 },
    { { { 50, 40, 5 }, { 70, 50, 15 } }, 0, ALPHA, BACKGROUND, 9 },
  };
  g_autoptr (GError) error = NULL;
  Project *project = &fixture->project;
  project_close (project);
  g_free (project->project);
  project->project = g_build_filename (project->folder, "b.lamella", NULL);
  project_create (project->project);
  g_autoptr (LamStore) store = lam_store_open (project->project, &error);
  g_autoptr (GBytes) onnx = g_bytes_new_static ("model", 5);
  int64_t model = lam_store_add_model (store, "m", 0, onnx, &error);
  speak (store, lam_store_begin_run (store, model, "", &error), said,
      G_N_ELEMENTS (said), true);
  g_assert_true (lam_store_close (store, NULL));
  project->workspace = project_open (project->project, 0);
  LamProposed found;
  const int64_t voxel[3] = { 60, 30, 10 };
  while (lam_workspace_probe_proposal (project->workspace, voxel, &found)
      == LAM_OPINION_ON_ITS_WAY)
    g_main_context_iteration (NULL, true);
  g_assert_cmpint (found.class_id, ==, MITOCHONDRION);
  g_assert_cmpint (found.second, ==, ALPHA);
  g_assert_cmpint (found.uncertainty, ==, 9);
  g_assert_cmpint (
      take_second (fixture, 60, 30, 10, LAM_N_PLANES), ==, 20 * 20 * 10);
  g_assert_cmpint (class_at (fixture, 69, 39, 14), ==, ALPHA);
  g_assert_cmpint (probe (fixture, 69, 39, 14).source, ==, LAM_SOURCE_ACCEPTED);
  g_assert_cmpuint (probe (fixture, 60, 45, 10).label, ==, 0);
  /* It is his now; and nothing is proposed there. */
  LamSelectionRule rule = at (LAM_WORD_SECOND, 60, 30, 10, LAM_N_PLANES);
  assert_refused (fixture, &rule, LAM_ERROR_MISSING);
  rule = at (LAM_WORD_SECOND, 10, 10, 10, LAM_N_PLANES);
  assert_refused (fixture, &rule, LAM_ERROR_MISSING);
}

static void
test_proposals (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  const int64_t n = 20 * 20 * 10;
  g_assert_cmpint (count (fixture, MITOCHONDRION), ==, 0);
  propose (fixture);
  g_assert_cmpuint (probe (fixture, 20, 80, 25).label, ==, 0);
  g_assert_cmpint (count (fixture, MITOCHONDRION), ==, n);
  g_assert_cmpint (count (fixture, ALPHA), ==, n / 2);
  g_assert_cmpint (count (fixture, BACKGROUND), ==, 0);

  /* One slice of one, then the rest of it. */
  LamSelectionRule rule = at (LAM_WORD_PROPOSAL, 20, 80, 25, LAM_PLANE_XY);
  g_assert_cmpint (accept (fixture, &rule, false, &error), ==, 400);
  uint32_t made = probe (fixture, 20, 80, 25).label;
  g_assert_cmpint (class_at (fixture, 20, 80, 25), ==, MITOCHONDRION);
  g_assert_cmpint (count (fixture, MITOCHONDRION), ==, n - 400);
  lam_workspace_undo (fixture->project.workspace);
  project_wait (&fixture->project);
  g_assert_cmpint (count (fixture, MITOCHONDRION), ==, n);
  lam_workspace_redo (fixture->project.workspace);
  project_wait (&fixture->project);
  /* Two parts are left of it, which touch what was accepted. */
  rule = at (LAM_WORD_PROPOSAL, 20, 80, 29, LAM_N_PLANES);
  g_assert_cmpint (accept (fixture, &rule, false, &error), ==, 4 * 400);
  g_assert_cmpuint (probe (fixture, 10, 70, 29).label, ==, made);
  rule = (LamSelectionRule){ .word = LAM_WORD_PROPOSAL,
    .box = lam_box_new (0, 0, 0, 25, PROJECT_Y, PROJECT_Z) };
  g_assert_cmpint (accept (fixture, &rule, false, &error), ==, 5 * 300);
  g_assert_cmpint (count (fixture, MITOCHONDRION), ==, 5 * 100);
  g_assert_no_error (error);
}

static void
test_rejected (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  propose (fixture);
  LamSelectionRule rule = at (LAM_WORD_PROPOSAL, 85, 80, 25, LAM_N_PLANES);
  g_assert_cmpint (accept (fixture, &rule, true, &error), ==, 10 * 20 * 10);
  g_assert_no_error (error);
  g_assert_cmpint (count (fixture, ALPHA), ==, 0);
  g_assert_cmpuint (probe (fixture, 85, 80, 25).label, ==, 0);
  assert_refused (fixture, &rule, LAM_ERROR_MISSING);
  /* The same network says it again, in another opening: still rejected. */
  propose (fixture);
  g_assert_cmpint (count (fixture, ALPHA), ==, 0);
  g_assert_cmpint (count (fixture, MITOCHONDRION), ==, 20 * 20 * 10);
}

/* What a person said is no proposal's any more, nor what is verified. */
static void
test_person (Fixture *fixture, gconstpointer unused)
{
  GError *error = NULL;
  propose (fixture);
  project_stroke (&fixture->project, 0, 20, 80, 25);
  project_wait (&fixture->project);
  int64_t left = count (fixture, MITOCHONDRION);
  g_assert_cmpint (left, <, 20 * 20 * 10);
  g_assert_cmpint (left, >, 20 * 20 * 9);
  LamRegion region = { .name = (char *)"done",
    .box = lam_box_new (75, 60, 0, 128, 100, 64),
    .review = LAM_REVIEW_VERIFIED };
  g_assert_cmpint (
      lam_workspace_add_region (fixture->project.workspace, &region, &error), >,
      0);
  g_assert_cmpint (count (fixture, ALPHA), ==, 0);
  LamSelectionRule rule = { .word = LAM_WORD_PROPOSAL,
    .box = lam_box_new (0, 0, 0, 128, 128, 64) };
  g_assert_cmpint (accept (fixture, &rule, false, &error), ==, left);
  g_assert_no_error (error);
  g_assert_cmpint (probe (fixture, 20, 80, 25).source, ==, LAM_SOURCE_HUMAN);
  g_assert_cmpuint (probe (fixture, 85, 80, 25).label, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  static const struct {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "object", test_object },
    { "slice", test_slice },
    { "missed", test_missed },
    { "locked", test_locked },
    { "second-proposed", test_second_proposed },
    { "proposals", test_proposals },
    { "rejected", test_rejected },
    { "person", test_person },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *name = g_strconcat ("/acceptance/", tests[i].name, NULL);
    g_test_add (name, Fixture, NULL, set_up, tests[i].test, tear_down);
  }
  return g_test_run ();
}
