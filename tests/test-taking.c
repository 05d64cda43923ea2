/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Taking what another person says, of whom or whose labels the project has let
 * go since: what is written has a row, or nothing is. */
#include "project-fixture.h"

#include "store/voices.h"
#include "workspace/places.h"
#include "workspace/taking.h"

enum { LABEL = 1, X = 60 };

static bool
give_brick (gpointer data, int64_t *key, LamLabelBrick **brick, GError **error)
{
  bool *is_given = data;
  if (*is_given)
    return false;
  *is_given = true;
  *key = lam_brick_key_pack ((LamBrickKey){ 0, 0, 0 });
  *brick = lam_label_brick_new (LABEL, LAM_SOURCE_HUMAN);
  return true;
}

/* Who says that the first brick is label 1. */
static LamPlace
add_voice (Project *project, LamVoiceKind kind, int32_t class_id)
{
  g_autoptr (GError) error = NULL;
  bool is_given = false;
  const LamVoice voice = { .name = (char *)"Eva",
    .kind = kind,
    .region = kind == LAM_VOICE_ANNOTATOR,
    .box = lam_box_new (0, 0, 0, 64, 64, 64) };
  const LamVoiceLabel label = {
    .id = LABEL, .name = (char *)"hers", .class_id = class_id
  };
  g_autoptr (GPtrArray) labels = g_ptr_array_new ();
  if (kind == LAM_VOICE_ANNOTATOR)
    g_ptr_array_add (labels, (gpointer)&label);
  int64_t id =
      lam_store_add_voice (lam_workspace_get_store (project->workspace), &voice,
          labels, give_brick, &is_given, &error);
  g_assert_no_error (error);
  return (LamPlace){ .kind = LAM_PLACE_DISSENT,
    .box = voice.box,
    .beside = LABEL,
    .second = class_id,
    .voice = id };
}

static bool
take (Project *project, const LamPlace *place, GError **error)
{
  int64_t n_verified;
  g_autoptr (GAsyncResult) result = NULL;
  lam_workspace_take_voice_async (
      project->workspace, place, NULL, project_keep_result, &result);
  return lam_workspace_take_voice_finish (
      project->workspace, project_run_until (&result), &n_verified, error);
}

static void
delete_label (Project *project, uint32_t label)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  lam_workspace_delete_label_async (
      project->workspace, label, NULL, project_keep_result, &result);
  lam_workspace_delete_label_finish (
      project->workspace, project_run_until (&result), &error);
  g_assert_no_error (error);
}

/* A label that I deleted comes back, and one undo takes it back. */
static void
test_deleted (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  uint32_t label = project_add_label (project, 1);
  g_assert_cmpuint (label, ==, LABEL);
  project_wait (project);
  const LamPlace place = add_voice (project, LAM_VOICE_MERGE, 1);
  delete_label (project, label);
  g_assert_true (take (project, &place, &error));
  g_assert_cmpuint (project_label_at (project, 9, 9, 9), ==, label);
  g_assert_false (project_row (project, label)->deleted);
  g_assert_cmpint (
      project_row (project, label)->state, ==, LAM_LABEL_IN_PROGRESS);
  lam_workspace_undo (project->workspace);
  project_wait (project);
  g_assert_cmpuint (project_label_at (project, 9, 9, 9), ==, 0);
  g_assert_true (project_row (project, label)->deleted);
  project_assert_clean (project);
}

/* One that went with its class cannot. */
static void
test_class_removed (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  const LamClass row = {
    .name = (char *)"vesicle", .rgb = 0xff, .has_instances = true
  };
  int32_t class_id = lam_workspace_add_class (project->workspace, &row, NULL);
  uint32_t label = project_add_label (project, class_id);
  project_wait (project);
  const LamPlace place = add_voice (project, LAM_VOICE_MERGE, class_id);
  delete_label (project, label);
  g_assert_true (
      lam_workspace_remove_class (project->workspace, class_id, NULL));
  project_wait (project);
  g_assert_false (take (project, &place, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
  project_assert_clean (project);
}

/* Nor what an annotator says of a class that is no more. */
static void
test_annotators_class (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  const LamClass row = {
    .name = (char *)"vesicle", .rgb = 0xff, .has_instances = true
  };
  int32_t class_id = lam_workspace_add_class (project->workspace, &row, NULL);
  project_wait (project);
  const LamPlace place = add_voice (project, LAM_VOICE_ANNOTATOR, class_id);
  g_assert_true (
      lam_workspace_remove_class (project->workspace, class_id, NULL));
  project_wait (project);
  g_assert_false (take (project, &place, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
  project_assert_clean (project);
}

/* What somebody says and I take, somebody works on. */
static void
test_annotators_label (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  const LamPlace place = add_voice (project, LAM_VOICE_ANNOTATOR, 1);
  g_assert_true (take (project, &place, &error));
  g_assert_no_error (error);
  const uint32_t label = project_label_at (project, 9, 9, 9);
  g_assert_cmpint (
      project_row (project, label)->state, ==, LAM_LABEL_IN_PROGRESS);
  project_assert_clean (project);
}

/* ---- Many --------------------------------------------------------------- */

static bool
give_many (gpointer data, int64_t *key, LamLabelBrick **brick, GError **error)
{
  static const LamBrickKey keys[] = { { 0, 0, 0 }, { 1, 0, 0 }, { 0, 1, 0 } };
  int *n = data;
  if (*n == G_N_ELEMENTS (keys))
    return false;
  bool is_whole = *n == 2;
  *key = lam_brick_key_pack (keys[(*n)++]);
  *brick = lam_label_brick_new_cleared ();
  uint32_t *labels = lam_label_brick_write_labels (*brick);
  uint16_t *sources = lam_label_brick_write_sources (*brick);
  for (int i = 0; i < LAM_BRICK_VOXELS; i++)
    if (is_whole || (i % 4 < 3 && i / 64 % 4 < 3 && i / 4096 % 2 == 0)) {
      labels[i] = LABEL;
      sources[i] = LAM_SOURCE_HUMAN;
    }
  lam_label_brick_settle (*brick);
  return true;
}

/* Of 16,385 places the best 10,000 are listed, the largest first. */
static void
test_many (Project *project, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  LamStore *store = lam_workspace_get_store (project->workspace);
  const LamVoice voice = { .name = (char *)"Eva",
    .kind = LAM_VOICE_MERGE,
    .box = lam_box_new (0, 0, 0, PROJECT_X, PROJECT_Y, PROJECT_Z) };
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  g_autoptr (GArray) keys = g_array_new (false, false, sizeof (int64_t));
  int n = 0;
  project_add_label (project, 1);
  project_wait (project);
  lam_store_add_voice (store, &voice, none, give_many, &n, &error);
  g_assert_no_error (error);
  g_autoptr (GArray) places = lam_places_find (store, keys,
      lam_workspace_get_classes (project->workspace), NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (places->len, ==, 10000);
  const LamPlace *best = &g_array_index (places, LamPlace, 0);
  g_assert_cmpint (best->n_voxels, ==, LAM_BRICK_VOXELS);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/taking/deleted", Project, NULL, project_set_up, test_deleted,
      project_tear_down);
  g_test_add ("/taking/class-removed", Project, NULL, project_set_up,
      test_class_removed, project_tear_down);
  g_test_add ("/taking/annotators-class", Project, NULL, project_set_up,
      test_annotators_class, project_tear_down);
  g_test_add ("/taking/annotators-label", Project, NULL, project_set_up,
      test_annotators_label, project_tear_down);
  g_test_add ("/taking/many", Project, NULL, project_set_up, test_many,
      project_tear_down);
  return g_test_run ();
}
