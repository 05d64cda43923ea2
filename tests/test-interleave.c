/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Everything a person can do, asked for at random while what was asked before
 * is still under way, on a cache that holds next to nothing: file and memory
 * are what a plain model says, which does one thing after the other. */
#include <string.h>
#include <unistd.h>

#include "base/random.h"
#include "project-fixture.h"
#include "volume/tiff-writer.h"
#include "workspace/label-transfer.h"

enum { N_BRICKS_X = 4, N_BRICKS_Y = 3, N_BRICKS = 24, N_LABELS = 4 };
enum { N_ROUNDS = 20, N_ACTS = 8, MAX_ROWS = 2000 };

/* Sanitisers look for what one walk through the code shows. */
#ifdef __SANITIZE_ADDRESS__
#define N_PROJECTS 3
#else
#define N_PROJECTS 15
#endif

/* --- the model ----------------------------------------------------------- */

typedef struct {
  LamLabelBrick *bricks[N_BRICKS]; /* Owned; NULL: absent */
  LamLabel rows[N_LABELS + 1]; /* names are literals */
} Content;

/* As in 001-first.sql. */
typedef struct {
  int64_t parent, head;
  int state;
  Content *after; /* Owned; of an edit */
} Row;

typedef struct {
  Row rows[MAX_ROWS]; /* by id; 0 is the beginning */
  int64_t newest, head;
} Model;

static const char *const names[] = { "", "α", "b", "c" };

static LamBrickKey
key_of (int i)
{
  return (LamBrickKey){ i % N_BRICKS_X, i / N_BRICKS_X % N_BRICKS_Y,
    i / (N_BRICKS_X * N_BRICKS_Y) };
}

static Content *
content_copy (const Content *from)
{
  Content *copy = g_memdup2 (from, sizeof *from);
  for (int i = 0; i < N_BRICKS; i++)
    if (copy->bricks[i])
      copy->bricks[i] = lam_label_brick_ref (copy->bricks[i]);
  return copy;
}

static void
content_free (Content *content)
{
  for (int i = 0; i < N_BRICKS; i++)
    g_clear_pointer (&content->bricks[i], lam_label_brick_unref);
  g_free (content);
}

static void
set_brick (Content *content, LamBrickKey key, LamLabelBrick *brick)
{
  int i = key.x + N_BRICKS_X * (key.y + N_BRICKS_Y * key.z);
  g_clear_pointer (&content->bricks[i], lam_label_brick_unref);
  content->bricks[i] = brick ? lam_label_brick_ref (brick) : NULL;
}

static const Content *
model_now (const Model *model)
{
  return model->rows[model->head].after;
}

static void
give_up (Model *model)
{
  for (int64_t i = 1; i <= model->newest; i++)
    if (model->rows[i].state == 1)
      model->rows[i].state = 2;
}

/* Takes `after`. */
static void
model_edit (Model *model, Content *after)
{
  give_up (model);
  int64_t id = ++model->newest;
  g_assert_cmpint (id, <, MAX_ROWS);
  model->rows[id] = (Row){ model->head, id, 0, after };
  model->head = id;
}

static void
model_go (Model *model, int64_t goal)
{
  bool revives = false;
  int64_t ancestor = goal;
  for (; ancestor > 0 && model->rows[ancestor].state != 0;
       ancestor = model->rows[ancestor].parent)
    revives |= model->rows[ancestor].state == 2;
  for (int64_t i = model->head; i > ancestor; i = model->rows[i].parent)
    model->rows[i].state = 1;
  for (int64_t i = goal; i > ancestor; i = model->rows[i].parent)
    model->rows[i].state = 0;
  if (revives)
    give_up (model);
  int64_t id = ++model->newest;
  g_assert_cmpint (id, <, MAX_ROWS);
  model->rows[id] = (Row){ model->head, goal, 0, NULL };
  model->head = goal;
}

static int64_t
model_redoable (const Model *model)
{
  for (int64_t i = 1; model->head != model->newest && i <= model->newest; i++)
    if (model->rows[i].after && model->rows[i].state == 1)
      return i;
  return 0;
}

static LamClassTable *
table_of (const Content *content)
{
  LamClassTable *table = lam_class_table_new ();
  for (int i = 1; i <= N_LABELS; i++)
    lam_class_table_set_label (table, &content->rows[i]);
  return table;
}

typedef struct {
  LamBrush brush;
  int n_samples;
  double samples[6][4];
} Script;

static void
model_stroke (Model *model, const Script *script)
{
  static const int64_t size[3] = { PROJECT_X, PROJECT_Y, PROJECT_Z };
  const double nm[3] = { 10, 10, 40 };
  Content *next = content_copy (model_now (model));
  LamLabel *row = &next->rows[script->brush.label];
  if (script->brush.label != 0)
    row->deleted = false;
  g_autoptr (LamClassTable) table = table_of (next);
  g_autoptr (LamLabelMap) map = lam_label_map_new (size, INT64_C (1) << 40);
  for (int i = 0; i < N_BRICKS; i++)
    lam_label_map_insert (map, key_of (i), next->bricks[i], 0);
  g_autoptr (LamStroke) stroke =
      lam_stroke_new (map, table, nm, &script->brush);
  for (int i = 0; i < script->n_samples; i++)
    lam_stroke_add (stroke, script->samples[i], script->samples[i][3]);
  g_autoptr (LamEdit) edit = lam_stroke_end (stroke);
  if (!edit) {
    content_free (next);
    return;
  }
  for (size_t i = 0; i < lam_edit_get_n_bricks (edit); i++)
    set_brick (next, lam_edit_get_brick (edit, i)->key,
        lam_edit_get_brick (edit, i)->after);
  model_edit (model, next);
}

/* Changes voxels of a brick by a rule; true when any did. */
typedef bool (*Rule) (
    uint32_t *label, uint16_t *source, const int64_t at[3], gconstpointer data);

static bool
change_brick (Content *content, int i, const LamBox *within, Rule rule,
    gconstpointer data)
{
  const LamBox box = lam_brick_box (key_of (i));
  const LamBox part = within ? lam_box_intersect (&box, within) : box;
  if (lam_box_is_empty (&part))
    return false;
  g_autoptr (LamLabelBrick) brick = content->bricks[i]
      ? lam_label_brick_copy (content->bricks[i])
      : lam_label_brick_new (0, LAM_SOURCE_UNSET);
  uint32_t *labels = lam_label_brick_write_labels (brick);
  uint16_t *sources = lam_label_brick_write_sources (brick);
  bool any = false;
  int64_t at[3];
  for (at[2] = part.min[2]; at[2] < part.max[2]; at[2]++)
    for (at[1] = part.min[1]; at[1] < part.max[1]; at[1]++)
      for (at[0] = part.min[0]; at[0] < part.max[0]; at[0]++) {
        int64_t j = at[0] - box.min[0] + 64 * (at[1] - box.min[1])
            + 4096 * (at[2] - box.min[2]);
        any |= rule (labels + j, sources + j, at, data);
      }
  lam_label_brick_settle (brick);
  if (any)
    set_brick (content, key_of (i), brick);
  return any;
}

static bool
delete_rule (
    uint32_t *label, uint16_t *source, const int64_t at[3], gconstpointer data)
{
  if (*label != GPOINTER_TO_UINT (data))
    return false;
  *label = 0;
  *source = LAM_SOURCE_HUMAN;
  return true;
}

static void
model_delete (Model *model, uint32_t label)
{
  if (model_now (model)->rows[label].deleted)
    return;
  Content *next = content_copy (model_now (model));
  for (int i = 0; i < N_BRICKS; i++)
    if (next->bricks[i])
      change_brick (next, i, NULL, delete_rule, GUINT_TO_POINTER (label));
  next->rows[label].deleted = true;
  model_edit (model, next);
}

/* --- imports ------------------------------------------------------------- */

enum { STACK_X = 70, STACK_Y = 30, STACK_Z = 12 };

static uint32_t
stack_value (int64_t x, int64_t y, int64_t z)
{
  return (uint32_t)((x / 9 + y / 7 + z / 5) % 4);
}

typedef struct {
  const Content *content;
  const LamImportOptions *options;
  bool *used; /* by label */
} ImportRule;

static bool
import_rule (
    uint32_t *label, uint16_t *source, const int64_t at[3], gconstpointer data)
{
  const ImportRule *rule = data;
  int64_t p[3];
  static const int64_t size[3] = { STACK_X, STACK_Y, STACK_Z };
  for (int a = 0; a < 3; a++) {
    p[a] = at[a] - rule->options->offset[a];
    if (p[a] < 0 || p[a] >= size[a])
      return false;
  }
  uint32_t value = stack_value (p[0], p[1], p[2]);
  if (value == 0 && !rule->options->zeros_erase)
    return false;
  if (rule->content->rows[*label].locked || rule->content->rows[value].locked
      || (!rule->options->over_human && *source == LAM_SOURCE_HUMAN)
      || (*label == value && *source == LAM_SOURCE_IMPORTED))
    return false;
  *label = value;
  *source = LAM_SOURCE_IMPORTED;
  return true;
}

static void
model_import (Model *model, const LamImportOptions *options)
{
  Content *next = content_copy (model_now (model));
  for (uint32_t v = 1; v < 4; v++)
    if (next->rows[v].deleted)
      next->rows[v] = (LamLabel){ .id = v,
        .name = (char *)"",
        .class_id = options->class_id,
        .rgb = LAM_RGB_AUTO };
  ImportRule rule = { next, options, NULL };
  bool any = false;
  LamBox box = lam_box_new (0, 0, 0, STACK_X, STACK_Y, STACK_Z);
  for (int a = 0; a < 3; a++) {
    box.min[a] += options->offset[a];
    box.max[a] += options->offset[a];
  }
  for (int i = 0; i < N_BRICKS; i++)
    any |= change_brick (next, i, &box, import_rule, &rule);
  if (any)
    model_edit (model, next);
  else
    content_free (next);
}

static void
write_stack (const char *path)
{
  g_autoptr (GError) error = NULL;
  LamTiffLayout layout = { .size = { STACK_X, STACK_Y, STACK_Z },
    .dtype = LAM_DTYPE_U8 };
  g_autoptr (LamTiffWriter) writer =
      lam_tiff_writer_new (path, &layout, &error);
  g_assert_no_error (error);
  uint8_t page[STACK_X * STACK_Y];
  for (int z = 0; z < STACK_Z; z++) {
    for (int i = 0; i < STACK_X * STACK_Y; i++)
      page[i] = (uint8_t)stack_value (i % STACK_X, i / STACK_X, z);
    g_assert_true (lam_tiff_writer_add_page (writer, page, &error));
  }
  g_assert_true (lam_tiff_writer_finish (writer, &error));
}

/* --- acts ---------------------------------------------------------------- */

typedef struct {
  Project project;
  Model *model;
  LamRandom random;
  char *stack;
  int n_results; /* answers that are to come */
  bool last_ok;
} Run;

static int
pick (Run *run, int n)
{
  return (int)(lam_random_unit (&run->random) * n);
}

static void
answer_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Run *run = user_data;
  run->n_results--;
  run->last_ok = g_task_propagate_boolean (G_TASK (result), NULL);
}

static void
act_stroke (Run *run)
{
  LamWorkspace *workspace = run->project.workspace;
  Script script = { .brush = { .plane = pick (run, 3),
                        .shape = pick (run, 4) == 0,
                        .radius_nm = lam_random_range (&run->random, 5, 130),
                        .depth = 1 + pick (run, 3),
                        .label = pick (run, N_LABELS + 1),
                        .overwrite = pick (run, LAM_N_OVERWRITES) } };
  bool begun = lam_workspace_begin_stroke (
      workspace, script.brush.label ? "brush" : "eraser", &script.brush, NULL);
  if (!begun)
    return;
  double p[3] = { lam_random_range (&run->random, -5, PROJECT_X + 5),
    lam_random_range (&run->random, -5, PROJECT_Y + 5),
    lam_random_range (&run->random, -2, PROJECT_Z + 2) };
  script.n_samples = 1 + pick (run, 6);
  for (int i = 0; i < script.n_samples; i++) {
    for (int a = 0; a < 3; a++)
      script.samples[i][a] = p[a] += lam_random_range (&run->random, -14, 14);
    script.samples[i][3] = lam_random_range (&run->random, 0.3, 1);
    lam_workspace_add_sample (
        workspace, script.samples[i], script.samples[i][3]);
    if (pick (run, 8) == 0)
      g_main_context_iteration (NULL, false);
  }
  if (pick (run, 8) == 0) {
    lam_workspace_cancel_stroke (workspace);
    return;
  }
  lam_workspace_end_stroke (workspace);
  model_stroke (run->model, &script);
}

static void
act_step (Run *run)
{
  Model *model = run->model;
  LamWorkspace *workspace = run->project.workspace;
  int kind = pick (run, 5);
  if (kind < 2 && model->head > N_LABELS) {
    lam_workspace_undo (workspace);
    model_go (model, model->rows[model->head].parent);
  } else if (kind < 4) {
    int64_t goal = model_redoable (model);
    lam_workspace_redo (workspace);
    if (goal > 0)
      model_go (model, goal);
  } else {
    int64_t target = N_LABELS + pick (run, (int)(model->newest - N_LABELS + 1));
    int64_t goal = model->rows[target].head;
    lam_workspace_revert (workspace, target, NULL);
    if (goal != model->head)
      model_go (model, goal);
  }
}

static void
act_row (Run *run, bool locks)
{
  LamWorkspace *workspace = run->project.workspace;
  uint32_t id = 1 + pick (run, N_LABELS);
  if (locks) /* a stroke that waits would see the lock too early */
    project_wait (&run->project);
  LamLabel row =
      *lam_class_table_get_label (lam_workspace_get_classes (workspace), id);
  g_autofree char *before = g_strdup (row.name);
  row.name = (char *)names[pick (run, G_N_ELEMENTS (names))];
  if (locks)
    row.locked = !row.locked;
  if (!lam_workspace_set_label (workspace, &row, NULL))
    return;
  /* What comes before it and is not shown yet keeps the other fields. */
  Content *next = content_copy (model_now (run->model));
  if (g_strcmp0 (before, row.name) != 0)
    next->rows[id].name = row.name;
  if (locks)
    next->rows[id].locked = row.locked;
  next->rows[id].deleted = row.deleted;
  model_edit (run->model, next);
}

static void
act_delete (Run *run)
{
  LamWorkspace *workspace = run->project.workspace;
  uint32_t id = 1 + pick (run, N_LABELS);
  const LamLabel *row = project_row (&run->project, id);
  bool refused = row->deleted || row->locked;
  run->n_results++;
  lam_workspace_delete_label_async (workspace, id, NULL, answer_cb, run);
  if (!refused)
    model_delete (run->model, id);
}

static void
act_import (Run *run)
{
  LamImportOptions options = { .class_id = 3,
    .over_human = pick (run, 2),
    .zeros_erase = pick (run, 2),
    .offset = { pick (run, PROJECT_X - STACK_X),
        pick (run, PROJECT_Y - STACK_Y), pick (run, PROJECT_Z - STACK_Z) } };
  g_autoptr (LamProgress) progress = lam_progress_new ();
  run->n_results++;
  lam_workspace_import_async (
      run->project.workspace, run->stack, &options, progress, answer_cb, run);
  if (pick (run, 2)) {
    model_import (run->model, &options);
    return;
  }
  /* Stopped, or too late for that. */
  int n = pick (run, 6);
  for (int i = 0; i < n; i++)
    g_main_context_iteration (NULL, false);
  lam_progress_cancel (progress);
  project_wait (&run->project);
  while (run->n_results > 0)
    g_main_context_iteration (NULL, true);
  if (run->last_ok)
    model_import (run->model, &options);
}

static void
act_copy (Run *run)
{
  char *path = g_strdup_printf (
      "%s/%08x.lamella", run->project.folder, lam_random_u32 (&run->random));
  run->n_results++;
  lam_workspace_save_copy_async (
      run->project.workspace, path, NULL, answer_cb, run);
  g_free (run->project.project);
  run->project.project = path;
}

static void
act (Run *run)
{
  int kind = pick (run, 100);
  if (kind < 55)
    act_stroke (run);
  else if (kind < 82)
    act_step (run);
  else if (kind < 93)
    act_row (run, kind > 90);
  else if (kind < 96)
    act_delete (run);
  else
    act_import (run);
  for (int n = pick (run, 5); n > 0; n--) {
    g_main_context_iteration (NULL, false);
    if (n == 4)
      g_usleep (500);
  }
}

/* --- comparing ----------------------------------------------------------- */

static bool
says_same (const LamLabelBrick *a, const LamLabelBrick *b)
{
  g_autoptr (LamLabelBrick) nothing = lam_label_brick_new (0, LAM_SOURCE_UNSET);
  return lam_label_brick_equal (a ? a : nothing, b ? b : nothing);
}

static void
compare (Run *run)
{
  LamWorkspace *workspace = run->project.workspace;
  const Content *content = model_now (run->model);
  for (int i = 0; i < N_BRICKS; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (LamLabelBrick) stored = lam_store_read_brick (
        lam_workspace_get_store (workspace), key_of (i), NULL, &error);
    g_assert_no_error (error);
    g_assert_true (says_same (stored, content->bricks[i]));
    LamLabelBrick *seen;
    LamBrickState state = lam_label_map_lookup (
        lam_workspace_get_labels (workspace), key_of (i), &seen);
    if (state != LAM_BRICK_ON_DISK)
      g_assert_true (says_same (seen, content->bricks[i]));
  }
  for (uint32_t i = 1; i <= N_LABELS; i++) {
    const LamLabel *row = project_row (&run->project, i);
    const LamLabel *expected = &content->rows[i];
    g_assert_cmpint (row->deleted, ==, expected->deleted);
    if (row->deleted)
      continue;
    g_assert_cmpstr (row->name, ==, expected->name);
    g_assert_cmpint (row->locked, ==, expected->locked);
    g_assert_cmpint (row->class_id, ==, expected->class_id);
  }
  g_assert_true (lam_label_map_check (lam_workspace_get_labels (workspace)));
}

static void
play (Run *run, bool copies)
{
  for (int i = 0; i < N_ACTS; i++)
    act (run);
  if (copies)
    act_copy (run);
  bool reopens = pick (run, 4) == 0;
  if (!reopens || run->n_results > 0) {
    project_wait (&run->project);
    while (run->n_results > 0)
      g_main_context_iteration (NULL, true);
    project_wait (&run->project);
  }
  if (reopens) {
    project_close (&run->project);
    run->project.workspace = project_open (run->project.project, 1);
  }
  compare (run);
}

static void
run_project (uint64_t seed)
{
  Run *run = g_new0 (Run, 1);
  run->model = g_new0 (Model, 1);
  run->random = lam_random_new (seed, 1);
  project_set_up (&run->project, NULL);
  project_close (&run->project);
  run->project.workspace = project_open (run->project.project, 1);
  run->stack = g_build_filename (run->project.folder, "in.tif", NULL);
  write_stack (run->stack);
  run->model->rows[0].after = g_new0 (Content, 1);
  for (int i = 1; i <= N_LABELS; i++) {
    Content *next = content_copy (model_now (run->model));
    g_assert_cmpuint (project_add_label (&run->project, 2), ==, i);
    next->rows[i] = (LamLabel){
      .id = i, .name = (char *)"", .class_id = 2, .rgb = LAM_RGB_AUTO
    };
    model_edit (run->model, next);
  }
  for (int i = 0; i < N_ROUNDS; i++)
    play (run, i % 7 == 6);
  project_assert_clean (&run->project);
  for (int64_t i = 0; i <= run->model->newest; i++)
    g_clear_pointer (&run->model->rows[i].after, content_free);
  project_tear_down (&run->project, NULL);
  g_free (run->model);
  g_free (run->stack);
  g_free (run);
}

static void
test_interleave (void)
{
  const char *seed = g_getenv ("LAM_TEST_SEED");
  if (seed) {
    run_project (g_ascii_strtoull (seed, NULL, 10));
    return;
  }
  for (uint64_t i = 1; i <= N_PROJECTS; i++) {
    g_test_message ("seed %d", (int)i);
    run_project (i);
  }
}

int
main (int argc, char **argv)
{
  /* Where flushing costs nothing: this is not about the disk. */
  if (g_access ("/dev/shm", W_OK) == 0)
    g_setenv ("TMPDIR", "/dev/shm", true);
  g_test_init (&argc, &argv, NULL);
  /* Such as that an edit was written over what it does not fit. */
  g_log_set_fatal_mask (G_LOG_DOMAIN,
      G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING
          | G_LOG_LEVEL_MESSAGE);
  g_test_add_func ("/interleave/against-model", test_interleave);
  return g_test_run ();
}
