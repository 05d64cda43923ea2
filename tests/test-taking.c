/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Taking what another person says, of whom or whose labels the project has let
 * go since: what is written has a row, or nothing is. */
#include "project-fixture.h"

#include "store/voices.h"
#include "workspace/dissent.h"
#include "workspace/places.h"
#include "workspace/regions.h"
#include "workspace/taking.h"
#include "workspace/theirs.h"
#include "workspace/workspace-private.h"

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

static bool
give_corner (gpointer data, int64_t *key, LamLabelBrick **brick, GError **error)
{
  bool *is_given = data;
  if (*is_given)
    return false;
  *is_given = true;
  *key = lam_brick_key_pack ((LamBrickKey){ 0, 0, 0 });
  *brick = lam_label_brick_new_cleared ();
  uint32_t *labels = lam_label_brick_write_labels (*brick);
  uint16_t *sources = lam_label_brick_write_sources (*brick);
  for (int y = 0; y < 31; y++)
    for (int x = 0; x < 31; x++) {
      labels[x + 64 * y] = LABEL;
      sources[x + 64 * y] = LAM_SOURCE_HUMAN;
    }
  lam_label_brick_settle (*brick);
  return true;
}

/* A cell of theirs that hardly touches mine is another; one that lies in it
 * for a good part is the same. */
static void
test_hardly (Project *project, gconstpointer unused)
{
  for (int is_near = 0; is_near < 2; is_near++) {
    g_autoptr (GError) error = NULL;
    LamStore *store = lam_workspace_get_store (project->workspace);
    const uint32_t mine = project_add_label (project, 1);
    project_stroke (project, mine, is_near ? 30 : 36, 15, 0);
    project_wait (project);
    const LamVoiceLabel label = {
      .id = LABEL, .name = (char *)"", .class_id = 1
    };
    const LamVoice voice = { .name = (char *)"Eva",
      .region = 1,
      .box = lam_box_new (0, 0, 0, 64, 64, 64) };
    g_autoptr (GPtrArray) labels = g_ptr_array_new ();
    g_ptr_array_add (labels, (gpointer)&label);
    bool is_given = false;
    LamVoice found = voice;
    found.id = lam_store_add_voice (
        store, &voice, labels, give_corner, &is_given, &error);
    g_autoptr (LamDissent) dissent = lam_dissent_new (store, &found,
        lam_workspace_get_classes (project->workspace), NULL, &error);
    g_assert_no_error (error);
    int32_t class_id;
    const char *name;
    g_assert_cmpuint (lam_dissent_get_label (dissent, LABEL, &class_id, &name),
        ==, is_near ? mine : 0);
  }
}

/* ---- Looking ------------------------------------------------------------ */

typedef struct {
  uint32_t label; /* of the first brick */
  bool is_given;
} Said;

static bool
give_said (gpointer data, int64_t *key, LamLabelBrick **brick, GError **error)
{
  Said *said = data;
  if (said->is_given)
    return false;
  said->is_given = true;
  *key = lam_brick_key_pack ((LamBrickKey){ 0, 0, 0 });
  *brick = lam_label_brick_new (said->label, LAM_SOURCE_HUMAN);
  return true;
}

static int64_t
add_person (Project *project, const char *name, uint32_t label)
{
  g_autoptr (GError) error = NULL;
  Said said = { .label = label };
  const LamVoice voice = { .name = (char *)name,
    .kind = LAM_VOICE_ANNOTATOR,
    .region = 1,
    .box = lam_box_new (0, 0, 0, 64, 64, 64) };
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  const int64_t id =
      lam_store_add_voice (lam_workspace_get_store (project->workspace), &voice,
          none, give_said, &said, &error);
  g_assert_no_error (error);
  return id;
}

static void
count_cb (LamWorkspace *workspace, gpointer n)
{
  ++*(int *)n;
}

/* Whoever was asked for last is looked at next. */
static int64_t
wait_for_look (Project *project)
{
  int n = 0;
  const gulong handler = g_signal_connect (
      project->workspace, "theirs-changed", G_CALLBACK (count_cb), &n);
  while (n == 0)
    g_main_context_iteration (NULL, true);
  g_signal_handler_disconnect (project->workspace, handler);
  return lam_theirs_get_voice (lam_workspace_get_theirs (project->workspace))
      ->id;
}

static uint32_t
their_label (Project *project)
{
  const int64_t voxel[3] = { 9, 9, 9 };
  uint32_t label = 0;
  LamTheirsState state;
  while (
      (state = lam_workspace_probe_theirs (project->workspace, voxel, &label))
      == LAM_THEIRS_ON_THEIR_WAY)
    g_main_context_iteration (NULL, true);
  g_assert_cmpint (state, ==, LAM_THEIRS_SAY);
  return label;
}

/* What a person says anew is what is seen from then on. */
static void
test_again (Project *project, gconstpointer unused)
{
  const int64_t first = add_person (project, "Eva", 1);
  lam_workspace_look_at_theirs (project->workspace, first);
  g_assert_cmpint (wait_for_look (project), ==, first);
  g_assert_cmpuint (their_label (project), ==, 1);
  const int64_t second = add_person (project, "Eva", 2);
  g_assert_cmpint (second, !=, first);
  lam_workspace_look_at_theirs (project->workspace, second);
  g_assert_cmpint (wait_for_look (project), ==, second);
  g_assert_cmpuint (their_label (project), ==, 2);
  g_autoptr (GPtrArray) voices = lam_store_list_voices (
      lam_workspace_get_store (project->workspace), NULL);
  g_assert_cmpuint (voices->len, ==, 1);
  project_assert_clean (project);
}

/* Looking again, as after an undo, leaves who was asked for just before. */
static void
test_asked (Project *project, gconstpointer unused)
{
  const int64_t first = add_person (project, "Eva", 1);
  add_person (project, "Ida", 2);
  lam_workspace_look_at_theirs (project->workspace, first);
  lam_workspace_look_at_theirs (project->workspace, 0);
  g_assert_cmpint (wait_for_look (project), ==, first);
  /* The first question may be answered only now. */
  while (G_OBJECT (project->workspace)->ref_count > 1)
    g_main_context_iteration (NULL, true);
}

/* Only a merge that is undone or done again is a reason to look again. */
static void
test_stepped (Project *project, gconstpointer unused)
{
  static const struct {
    const char *tools[3];
    bool looks;
  } cases[] = { { { NULL }, false }, { { "brush", NULL }, false },
    { { "brush", "import", NULL }, false }, { { "merge", NULL }, true },
    { { "brush", "merge", NULL }, true } };
  add_person (project, "Eva", 1);
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GPtrArray) history = g_ptr_array_new_with_free_func (g_free);
    for (int n = 0; cases[i].tools[n]; n++) {
      const LamHistoryRow row = { .tool = (char *)cases[i].tools[n] };
      g_ptr_array_add (history, g_memdup2 (&row, sizeof row));
    }
    const LamHistoryStep step = { .history = history };
    lam_workspace_heed_step_of_theirs (project->workspace, &step);
    g_assert_cmpint (
        project->workspace->theirs_look != NULL, ==, cases[i].looks);
    while (G_OBJECT (project->workspace)->ref_count > 1)
      g_main_context_iteration (NULL, true);
  }
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

/* ---- Objects ------------------------------------------------------------ */

enum { BLOCK = 8, N_THEIRS = 5, N_BRICKS = 2 };

/* What both said, before and after. */
typedef struct {
  Project *project; /* Borrowed */
  LamLabelBrick *before[N_BRICKS], *theirs[N_BRICKS]; /* Owned */
  int64_t voice;
  LamBox verified;
} Scene;

static LamBrickKey
scene_key (int i)
{
  return (LamBrickKey){ i, 0, 0 };
}

static LamLabelBrick *
scene_read (const Scene *scene, int i)
{
  g_autoptr (GError) error = NULL;
  LamLabelBrick *brick =
      lam_store_read_brick (lam_workspace_get_store (scene->project->workspace),
          scene_key (i), NULL, &error);
  g_assert_no_error (error);
  return brick ? brick : lam_label_brick_new_cleared ();
}

static bool
give_scene (gpointer data, int64_t *key, LamLabelBrick **brick, GError **error)
{
  Scene *scene = data;
  int i = 0;
  while (i < N_BRICKS && scene->theirs[i])
    i++;
  if (i == N_BRICKS)
    return false;
  *key = lam_brick_key_pack (scene_key (i));
  *brick = lam_label_brick_new_cleared ();
  uint32_t *labels = lam_label_brick_write_labels (*brick);
  uint16_t *sources = lam_label_brick_write_sources (*brick);
  const int per_row = LAM_BRICK_EDGE / BLOCK;
  g_autofree int *said = g_new (int, per_row *per_row *per_row);
  for (int b = 0; b < per_row * per_row * per_row; b++)
    said[b] = g_test_rand_int_range (-1, N_THEIRS + 1);
  for (int k = 0; k < LAM_BRICK_VOXELS; k++) {
    const int x = k % 64 / BLOCK, y = k / 64 % 64 / BLOCK, z = k / 4096 / BLOCK;
    const int block = said[x + per_row * (y + per_row * z)];
    labels[k] = (uint32_t)MAX (block, 0);
    sources[k] = block < 0 ? LAM_SOURCE_UNSET : LAM_SOURCE_HUMAN;
  }
  lam_label_brick_settle (*brick);
  scene->theirs[i] = lam_label_brick_ref (*brick);
  return true;
}

/* One of mine is completed, one locked, and a region is verified. */
static void
draw_mine (Project *project)
{
  g_autoptr (GError) error = NULL;
  LamWorkspace *workspace = project->workspace;
  for (int i = 0; i < 5; i++)
    project_add_label (project, i == 4 ? 2 : 1);
  for (int i = 0; i < 30; i++)
    project_stroke (project, (uint32_t)g_test_rand_int_range (0, 6),
        g_test_rand_int_range (0, 128), g_test_rand_int_range (0, 64),
        g_test_rand_int_range (0, 64));
  project_wait (project);
  LamLabel row = *project_row (project, 2);
  row.state = LAM_LABEL_COMPLETED;
  g_assert_true (lam_workspace_set_label (workspace, &row, &error));
  row = *project_row (project, 3);
  row.locked = true;
  g_assert_true (lam_workspace_set_label (workspace, &row, &error));
  const LamRegion region = { .name = (char *)"seen",
    .box = lam_box_new (20, 20, 8, 90, 50, 40),
    .review = LAM_REVIEW_VERIFIED };
  g_assert_cmpint (lam_workspace_add_region (workspace, &region, &error), >, 0);
  project_wait (project);
}

static void
scene_init (Scene *scene, Project *project)
{
  g_autoptr (GError) error = NULL;
  *scene = (Scene){ .project = project,
    .verified = lam_box_new (20, 20, 8, 90, 50, 40) };
  draw_mine (project);
  g_autoptr (GPtrArray) labels =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_voice_label_free);
  for (uint32_t id = 1; id <= N_THEIRS; id++) {
    LamVoiceLabel *label = g_new0 (LamVoiceLabel, 1);
    label->id = id;
    label->name = g_strdup ("hers");
    label->class_id = id == N_THEIRS ? 2 : 1;
    g_ptr_array_add (labels, label);
  }
  const LamVoice voice = { .name = (char *)"Eva",
    .kind = LAM_VOICE_ANNOTATOR,
    .region = 1,
    .box = lam_box_new (0, 0, 0, 128, 64, 64) };
  scene->voice =
      lam_store_add_voice (lam_workspace_get_store (project->workspace), &voice,
          labels, give_scene, scene, &error);
  g_assert_no_error (error);
  for (int i = 0; i < N_BRICKS; i++)
    scene->before[i] = scene_read (scene, i);
}

static void
scene_clear (Scene *scene)
{
  for (int i = 0; i < N_BRICKS; i++) {
    lam_label_brick_unref (scene->before[i]);
    lam_label_brick_unref (scene->theirs[i]);
  }
}

static bool
stays (const Scene *scene, int i, int k)
{
  const int64_t at[3] = { 64 * i + k % 64, k / 64 % 64, k / 4096 };
  const uint32_t mine = lam_label_brick_get_label (scene->before[i], k);
  return lam_label_brick_get_source (scene->theirs[i], k) == LAM_SOURCE_UNSET
      || lam_box_contains (&scene->verified, at) || mine == 2 || mine == 3;
}

/* `object` NULL: of any; `voxels` NULL: anywhere. How many changed. */
static int64_t
assert_taken (const Scene *scene, const LamDissent *dissent,
    const LamDissentObject *object, const LamVoxelSet *voxels)
{
  uint32_t news[N_THEIRS + 1] = { 0 };
  int64_t n = 0;
  for (int i = 0; i < N_BRICKS; i++) {
    g_autoptr (LamLabelBrick) after = scene_read (scene, i);
    for (int k = 0; k < LAM_BRICK_VOXELS; k++) {
      const LamDissentPair pair = { lam_label_brick_get_label (
                                        scene->before[i], k),
        lam_label_brick_get_label (scene->theirs[i], k) };
      const int64_t at[3] = { 64 * i + k % 64, k / 64 % 64, k / 4096 };
      const uint32_t is = lam_label_brick_get_label (after, k);
      int32_t class_id;
      const char *name;
      uint32_t wanted =
          lam_dissent_get_label (dissent, pair.theirs, &class_id, &name);
      if (stays (scene, i, k) || wanted == 2 || wanted == 3
          || !lam_dissent_differs (dissent, pair.mine, pair.theirs)
          || (object && !lam_dissent_object_has (object, pair))
          || (voxels && !lam_voxel_set_has (voxels, at))) {
        g_assert_cmpuint (is, ==, pair.mine);
        g_assert_cmpuint (lam_label_brick_get_source (after, k), ==,
            lam_label_brick_get_source (scene->before[i], k));
        continue;
      }
      if (wanted == 0 && pair.theirs != 0)
        wanted = news[pair.theirs] = news[pair.theirs] ? news[pair.theirs] : is;
      g_assert_cmpuint (is, ==, wanted);
      g_assert_cmpuint (
          lam_label_brick_get_source (after, k), ==, LAM_SOURCE_HUMAN);
      n++;
    }
  }
  for (int i = 1; i <= N_THEIRS; i++)
    if (news[i]) {
      const LamLabel *row = project_row (scene->project, news[i]);
      g_assert_cmpint (row->class_id, ==, i == N_THEIRS ? 2 : 1);
      g_assert_cmpstr (row->name, ==, "hers");
    }
  return n;
}

/* Undo leaves nothing of it, no label either. */
static void
assert_undone (const Scene *scene, size_t n_labels)
{
  lam_workspace_undo (scene->project->workspace);
  project_wait (scene->project);
  for (int i = 0; i < N_BRICKS; i++) {
    g_autoptr (LamLabelBrick) after = scene_read (scene, i);
    for (int k = 0; k < LAM_BRICK_VOXELS; k++) {
      g_assert_cmpuint (lam_label_brick_get_label (after, k), ==,
          lam_label_brick_get_label (scene->before[i], k));
      g_assert_cmpuint (lam_label_brick_get_source (after, k), ==,
          lam_label_brick_get_source (scene->before[i], k));
    }
  }
  const LamClassTable *classes =
      lam_workspace_get_classes (scene->project->workspace);
  size_t n = 0;
  for (size_t i = 0; i < lam_class_table_get_n_labels (classes); i++)
    n += !lam_class_table_get_nth_label (classes, i)->deleted;
  g_assert_cmpuint (n, ==, n_labels);
}

static LamDissent *
scene_dissent (const Scene *scene, const LamClassTable *classes)
{
  g_autoptr (GError) error = NULL;
  LamStore *store = lam_workspace_get_store (scene->project->workspace);
  g_autoptr (LamVoice) voice =
      lam_dissent_find_voice (store, scene->voice, &error);
  LamDissent *dissent = lam_dissent_new (store, voice, classes, NULL, &error);
  g_assert_no_error (error);
  return dissent;
}

/* Objects that nobody sees, and locked ones, are refused. */
static bool
take_one (const Scene *scene, const LamDissent *dissent)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_auto (LamTaken) taken = { 0 };
  LamDissentPair pair;
  LamDissentObject object;
  const int64_t voxel[3] = { g_test_rand_int_range (0, 128),
    g_test_rand_int_range (0, 64), g_test_rand_int_range (0, 64) };
  const bool is_said = lam_dissent_read_voxel (dissent, voxel, &pair, NULL)
      && lam_dissent_get_object (dissent, pair, &object);
  lam_workspace_take_object_async (scene->project->workspace, 0, voxel, NULL,
      NULL, project_keep_result, &result);
  const bool done = lam_workspace_take_finish (
      scene->project->workspace, project_run_until (&result), &taken, &error);
  if (!done) {
    g_assert_true (!is_said || error->code == LAM_ERROR_READ_ONLY
        || error->code == LAM_ERROR_MISSING);
    assert_taken (scene, dissent, &(LamDissentObject){ dissent }, NULL);
    return false;
  }
  g_assert_true (is_said);
  g_assert_cmpint (
      assert_taken (scene, dissent, &object, NULL), ==, taken.n_voxels);
  assert_undone (scene, 5);
  return true;
}

static void
take_box (const Scene *scene, const LamDissent *dissent)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_auto (LamTaken) taken = { 0 };
  g_autoptr (LamVoxelSet) voxels =
      lam_voxel_set_new ((const int64_t[3]){ PROJECT_X, PROJECT_Y, PROJECT_Z });
  for (int64_t z = 3; z < 30; z++)
    for (int64_t y = 5; y < 40; y++)
      lam_voxel_set_add_run (voxels, (const int64_t[3]){ 0, y, z }, 0, 40, 100);
  lam_workspace_take_voxels_async (scene->project->workspace, scene->voice,
      voxels, NULL, project_keep_result, &result);
  g_assert_true (lam_workspace_take_finish (
      scene->project->workspace, project_run_until (&result), &taken, &error));
  g_assert_no_error (error);
  g_assert_true (taken.has_kept);
  g_assert_cmpint (
      assert_taken (scene, dissent, NULL, voxels), ==, taken.n_voxels);
  assert_undone (scene, 5);
}

static guint
count_places (const Scene *scene, const LamDissentObject *object)
{
  g_autoptr (GError) error = NULL;
  LamWorkspace *workspace = scene->project->workspace;
  g_autoptr (GArray) keys = g_array_new (false, false, sizeof (int64_t));
  g_autoptr (GArray) places =
      lam_places_find (lam_workspace_get_store (workspace), keys,
          lam_workspace_get_classes (workspace), NULL, NULL, &error);
  guint n = 0;
  g_assert_no_error (error);
  for (guint i = 0; i < places->len; i++) {
    const LamPlace *place = &g_array_index (places, LamPlace, i);
    const LamDissentPair pair = { place->label, place->beside };
    n += !object || lam_dissent_object_has (object, pair);
  }
  return n;
}

/* Of a place whose labels are no longer there another object is meant. */
static void
refuse_other (const Scene *scene, const int64_t voxel[3], LamDissentPair pair)
{
  const LamPlace places[] = {
    { .label = pair.mine + 1, .beside = pair.theirs },
    { .label = pair.mine, .beside = pair.theirs + 1 },
  };
  for (int i = 0; i < 4; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GAsyncResult) result = NULL;
    g_auto (LamTaken) taken = { 0 };
    LamWorkspace *workspace = scene->project->workspace;
    (i < 2 ? lam_workspace_take_object_async
           : lam_workspace_keep_object_async) (workspace, scene->voice, voxel,
        &places[i % 2], NULL, project_keep_result, &result);
    g_assert_false (lam_workspace_take_finish (
        workspace, project_run_until (&result), &taken, &error));
    g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
    g_assert_null (taken.verdicts);
  }
}

/* None of the object's places is left, and all others are. */
static void
keep_one (const Scene *scene, const LamDissent *dissent)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL, again = NULL;
  g_auto (LamTaken) taken = { 0 }, nothing = { 0 };
  LamDissentObject object;
  LamDissentPair pair;
  int64_t voxel[3] = { 4, 4, 4 };
  while (!lam_dissent_read_voxel (dissent, voxel, &pair, NULL)
      || !lam_dissent_get_object (dissent, pair, &object))
    voxel[0] += BLOCK;
  const guint n = count_places (scene, NULL);
  const guint n_object = count_places (scene, &object);
  refuse_other (scene, voxel, pair);
  const LamPlace place = { .label = pair.mine, .beside = pair.theirs };
  lam_workspace_keep_object_async (scene->project->workspace, scene->voice,
      voxel, &place, NULL, project_keep_result, &result);
  g_assert_true (lam_workspace_take_finish (
      scene->project->workspace, project_run_until (&result), &taken, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (n_object, >, 0);
  g_assert_cmpuint (taken.verdicts->len, ==, n_object);
  g_assert_cmpuint (count_places (scene, &object), ==, 0);
  g_assert_cmpuint (count_places (scene, NULL), ==, n - n_object);
  lam_workspace_keep_object_async (scene->project->workspace, scene->voice,
      voxel, NULL, NULL, project_keep_result, &again);
  g_assert_false (lam_workspace_take_finish (
      scene->project->workspace, project_run_until (&again), &nothing, &error));
  g_assert_error (error, LAM_ERROR, LAM_ERROR_MISSING);
}

/* Of random labels: what is locked, completed or verified stays, all else is
 * as the other says, and undo brings all back. */
static void
test_objects (Project *project, gconstpointer unused)
{
  Scene scene;
  scene_init (&scene, project);
  g_autoptr (LamClassTable) classes =
      lam_class_table_copy (lam_workspace_get_classes (project->workspace));
  g_autoptr (LamDissent) dissent = scene_dissent (&scene, classes);
  const guint n_places = count_places (&scene, NULL);
  for (int n_taken = 0, n = 0; n_taken < 3; n++) {
    g_assert_cmpint (n, <, 100);
    n_taken += take_one (&scene, dissent);
  }
  take_box (&scene, dissent);
  g_assert_cmpuint (count_places (&scene, NULL), ==, n_places);
  keep_one (&scene, dissent);
  project_assert_clean (project);
  scene_clear (&scene);
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
  g_test_add ("/taking/hardly", Project, NULL, project_set_up, test_hardly,
      project_tear_down);
  g_test_add ("/taking/again", Project, NULL, project_set_up, test_again,
      project_tear_down);
  g_test_add ("/taking/asked", Project, NULL, project_set_up, test_asked,
      project_tear_down);
  g_test_add ("/taking/stepped", Project, NULL, project_set_up, test_stepped,
      project_tear_down);
  g_test_add ("/taking/many", Project, NULL, project_set_up, test_many,
      project_tear_down);
  g_test_add ("/taking/objects", Project, NULL, project_set_up, test_objects,
      project_tear_down);
  return g_test_run ();
}
