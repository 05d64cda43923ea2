/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A person and models at work on one project in random order: strokes, undo,
 * redo, revert, models' edits that are fresh or stale or given up, locks,
 * verified regions, closing and opening. The file is what a plain model in
 * memory says, and no voxel that a person said is ever changed by a run.
 *
 * Built with WITHOUT_PROTECTION and no-protection.c in the place of the store's
 * own, the same schedules must find a voxel that was written over. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "labels/stroke.h"
#include "store-fixture.h"
#include "store/model-edit.h"
#include "store/opinions.h"
#include "store/store-models.h"

enum { X = 68, Y = 18, Z = 5, N_VOXELS = X * Y * Z, N_BRICKS = 2 };
enum { N_LABELS = 3, N_REGIONS = 2, N_JOBS = 2 };
enum { N_BATCH = 50, MAX_ROWS = 1500, N_COMPARED_ROWS = 12 };

/* --- the model in memory ------------------------------------------------- */

typedef struct {
  uint32_t labels[N_VOXELS];
  uint16_t sources[N_VOXELS];
  bool has_brick[N_BRICKS];
  bool label_locked[N_LABELS + 1], class_locked;
  LamReview reviews[N_REGIONS];
} Content;

/* As in 001-first.sql and 002-models.sql. */
typedef struct {
  int64_t parent, head, target;
  int64_t run, cause;
  int state;
  bool touched[N_BRICKS]; /* which bricks changed when it was done */
  Content *after; /* Owned; of an edit */
} Row;

typedef struct {
  LamBox box;
  uint32_t labels[N_VOXELS];
  int64_t run, base, cause;
  bool is_open;
  bool thinks; /* it says how sure it is */
  bool only_proposes; /* and writes no label */
} Job;

typedef struct {
  char *folder, *path;
  LamStore *store;
  LamRandom random;
  Row rows[MAX_ROWS]; /* by id; 0 is the beginning */
  int64_t newest, head;
  Job jobs[N_JOBS];
  bool is_due[N_BRICKS]; /* changed since they were compared last */
  int64_t n_overwritten; /* voxels that a run changed and should not have */
  int64_t n_protected, n_stale, n_written; /* in all */
  int64_t n_doubts; /* that were compared */
} Run;

static const LamBrickKey keys[N_BRICKS] = { { 0, 0, 0 }, { 1, 0, 0 } };

static int
pick (Run *run, int n)
{
  return (int)(lam_random_unit (&run->random) * n);
}

static LamBox
region_box (int region)
{
  return region == 0 ? lam_box_new (5, 2, 1, 30, 12, 4)
                     : lam_box_new (25, 0, 0, 66, 9, 2);
}

static const Content *
now (const Run *run)
{
  return run->rows[run->head].after;
}

static void
give_up (Run *run)
{
  for (int64_t i = 1; i <= run->newest; i++)
    if (run->rows[i].state == 1)
      run->rows[i].state = 2;
}

static void
add_row (Run *run, Row row)
{
  run->newest++;
  g_assert_cmpint (run->newest, <, MAX_ROWS);
  run->rows[run->newest] = row;
  run->head = row.head;
  for (int b = 0; b < N_BRICKS; b++)
    run->is_due[b] |= row.touched[b];
}

/* Takes `after`. */
static void
add_edit (Run *run, Content *after, const bool touched[N_BRICKS], int64_t by,
    int64_t cause)
{
  give_up (run);
  Row row = { .parent = run->head,
    .head = run->newest + 1,
    .run = by,
    .cause = cause,
    .after = after };
  memcpy (row.touched, touched, sizeof row.touched);
  add_row (run, row);
}

static void
add_way (Run *run, int64_t goal, int64_t target)
{
  Row way = { .parent = run->head, .head = goal, .target = target };
  bool revives = false;
  int64_t ancestor = goal;
  for (; ancestor > 0 && run->rows[ancestor].state != 0;
       ancestor = run->rows[ancestor].parent)
    revives |= run->rows[ancestor].state == 2;
  for (int step = 0; step < 2; step++)
    for (int64_t i = step ? goal : run->head; i > ancestor;
         i = run->rows[i].parent) {
      run->rows[i].state = !step;
      for (int b = 0; b < N_BRICKS; b++)
        way.touched[b] |= run->rows[i].touched[b];
    }
  if (revives)
    give_up (run);
  add_row (run, way);
}

/* --- comparing ----------------------------------------------------------- */

static LamLabelBrick *
read_brick (Run *run, int b)
{
  GError *error = NULL;
  LamLabelBrick *brick =
      lam_store_read_brick (run->store, keys[b], NULL, &error);
  g_assert_no_error (error);
  return brick;
}

static int
place_in_brick (int i)
{
  int x = i % X, y = i / X % Y, z = i / (X * Y);
  return x % 64 + 64 * (y + 64 * z);
}

static int
brick_of (int i)
{
  return i % X / 64;
}

/* What the file says now, over what `content` says. */
static void
take_brick (Run *run, int b, Content *content)
{
  g_autoptr (LamLabelBrick) brick = read_brick (run, b);
  content->has_brick[b] = brick != NULL;
  for (int i = 0; i < N_VOXELS; i++)
    if (brick_of (i) == b) {
      int at = place_in_brick (i);
      content->labels[i] = brick ? lam_label_brick_get_label (brick, at) : 0;
      content->sources[i] = brick ? lam_label_brick_get_source (brick, at) : 0;
    }
}

/* The other way round. */
static LamLabelBrick *
make_brick (const Content *content, int b)
{
  if (!content->has_brick[b])
    return NULL;
  LamLabelBrick *brick = lam_label_brick_new_cleared ();
  uint32_t *labels = lam_label_brick_write_labels (brick);
  uint16_t *sources = lam_label_brick_write_sources (brick);
  for (int i = 0; i < N_VOXELS; i++)
    if (brick_of (i) == b) {
      labels[place_in_brick (i)] = content->labels[i];
      sources[place_in_brick (i)] = content->sources[i];
    }
  lam_label_brick_settle (brick);
  return brick;
}

static void
compare (Run *run)
{
  g_autofree Content *found = g_memdup2 (now (run), sizeof *found);
  for (int b = 0; b < N_BRICKS; b++)
    if (run->is_due[b])
      take_brick (run, b, found);
  memset (run->is_due, false, sizeof run->is_due);
  const Content *expected = now (run);
  g_assert_cmpmem (found->has_brick, sizeof found->has_brick,
      expected->has_brick, sizeof expected->has_brick);
  g_assert_cmpint (
      memcmp (found->labels, expected->labels, sizeof found->labels), ==, 0);
  g_assert_cmpint (
      memcmp (found->sources, expected->sources, sizeof found->sources), ==, 0);
}

static void
compare_history (Run *run)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) rows =
      lam_store_read_history (run->store, 0, N_COMPARED_ROWS, true, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < rows->len; i++) {
    const LamHistoryRow *row = rows->pdata[i];
    const Row *expected = &run->rows[row->id];
    g_assert_cmpint (row->id, ==, run->newest - i);
    g_assert_cmpint (row->run, ==, expected->run);
    g_assert_cmpint (row->cause, ==, expected->cause);
    g_assert_cmpint (row->target, ==, expected->target);
    g_assert_cmpint (row->undone, ==, expected->state != 0);
    g_assert_cmpint (row->given_up, ==, expected->state == 2);
    g_assert_cmpstr (row->who, ==, row->run ? "net" : row->who);
  }
}

/* One label is locked by being completed. */
static LamLabel
label_row (uint32_t id, bool locked)
{
  return (LamLabel){ .id = id,
    .name = (char *)"",
    .class_id = id == 3 ? 1 : 0,
    .locked = locked && id != 2,
    .state = !locked || id != 2 ? LAM_LABEL_FLAGGED : LAM_LABEL_COMPLETED };
}

static bool
is_same_row (const LamLabel *row, bool locked)
{
  const LamLabel expected = label_row (row->id, locked);
  return row->locked == expected.locked && row->state == expected.state;
}

/* Classes, labels and regions, after opening. */
static void
compare_rows (Run *run)
{
  const Content *expected = now (run);
  g_autoptr (LamClassTable) table = lam_store_dup_classes (run->store);
  g_autoptr (GPtrArray) regions = lam_store_dup_regions (run->store);
  for (uint32_t id = 1; id <= N_LABELS; id++)
    g_assert_true (is_same_row (
        lam_class_table_get_label (table, id), expected->label_locked[id]));
  g_assert_cmpint (
      lam_class_table_get_class (table, 1)->locked, ==, expected->class_locked);
  for (int r = 0; r < N_REGIONS; r++)
    g_assert_cmpint (
        ((LamRegion *)regions->pdata[r])->review, ==, expected->reviews[r]);
}

/* --- a person ------------------------------------------------------------ */

static LamClass
class_row (bool locked)
{
  LamClass row = fixture_classes[1];
  row.locked = locked;
  return row;
}

static LamRegion
region_row (int region, LamReview verdict)
{
  return (LamRegion){ region + 1, (char *)"r", region_box (region),
    LAM_REGION_WORK, verdict };
}

static void
commit_rows (Run *run, LamRowChange *change, Content *after)
{
  static const bool touched[N_BRICKS];
  GError *error = NULL;
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  g_ptr_array_add (rows, change);
  lam_history_row_free (
      fixture_try_commit (run->store, keys[0], NULL, NULL, rows, &error));
  g_assert_no_error (error);
  add_edit (run, after, touched, 0, 0);
}

static void
act_row (Run *run)
{
  Content *next = g_memdup2 (now (run), sizeof *next);
  int kind = pick (run, 6);
  if (kind < N_LABELS) {
    uint32_t id = 1 + kind;
    bool *locked = &next->label_locked[id];
    LamLabel before = label_row (id, *locked);
    LamLabel after = label_row (id, *locked = !*locked);
    commit_rows (run, lam_row_change_new_label (&before, &after), next);
  } else if (kind == N_LABELS) {
    LamClass before = class_row (next->class_locked);
    LamClass after = class_row (next->class_locked = !next->class_locked);
    commit_rows (run, lam_row_change_new_class (&before, &after), next);
  } else {
    int r = pick (run, N_REGIONS);
    LamRegion before = region_row (r, next->reviews[r]);
    next->reviews[r] = (LamReview)pick (run, LAM_N_REVIEWS);
    LamRegion after = region_row (r, next->reviews[r]);
    commit_rows (run, lam_row_change_new_region (&before, &after), next);
  }
}

/* Takes over what the edit made of the bricks. */
static void
commit_edit (Run *run, LamEdit *edit)
{
  GError *error = NULL;
  bool touched[N_BRICKS] = { 0 };
  Content *next = g_memdup2 (now (run), sizeof *next);
  for (size_t n = 0; n < lam_edit_get_n_bricks (edit); n++) {
    const LamBrickChange *change = lam_edit_get_brick (edit, n);
    touched[change->key.x] = next->has_brick[change->key.x] = true;
    for (int i = 0; i < N_VOXELS; i++)
      if (brick_of (i) == change->key.x) {
        int at = place_in_brick (i);
        next->labels[i] = lam_label_brick_get_label (change->after, at);
        next->sources[i] = lam_label_brick_get_source (change->after, at);
      }
  }
  g_autoptr (GAsyncResult) result = NULL;
  lam_store_commit_async (
      run->store, edit, NULL, "", fixture_result_cb, &result);
  lam_history_row_free (
      lam_store_commit_finish (run->store, fixture_wait (&result), &error));
  g_assert_no_error (error);
  add_edit (run, next, touched, 0, 0);
}

static LamClassTable *
make_table (Run *run)
{
  LamClassTable *table = lam_class_table_new ();
  LamClass background = fixture_classes[0];
  LamClass cell = class_row (now (run)->class_locked);
  lam_class_table_set_class (table, &background);
  lam_class_table_set_class (table, &cell);
  for (uint32_t id = 1; id <= N_LABELS; id++) {
    LamLabel row = label_row (id, now (run)->label_locked[id]);
    lam_class_table_set_label (table, &row);
  }
  return table;
}

static void
act_stroke (Run *run)
{
  static const int64_t size[3] = { X, Y, Z };
  static const double nm[3] = { 10, 10, 40 };
  LamBrush brush = { .plane = (LamPlane)pick (run, 3),
    .shape = pick (run, 4) == 0 ? LAM_BRUSH_ELLIPSOID : LAM_BRUSH_DISC,
    .radius_nm = lam_random_range (&run->random, 5, 60),
    .depth = 1 + pick (run, 3),
    .label = (uint32_t)pick (run, N_LABELS + 1),
    .overwrite = (LamOverwrite)pick (run, LAM_N_OVERWRITES) };
  double p[3] = { lam_random_range (&run->random, 0, X),
    lam_random_range (&run->random, 0, Y),
    lam_random_range (&run->random, 0, Z) };
  g_autoptr (LamClassTable) table = make_table (run);
  if (lam_class_table_is_locked (table, brush.label))
    return;
  g_autoptr (LamLabelMap) map = lam_label_map_new (size, INT64_C (1) << 40);
  for (int b = 0; b < N_BRICKS; b++) {
    g_autoptr (LamLabelBrick) brick = make_brick (now (run), b);
    lam_label_map_insert (map, keys[b], brick, 0);
  }
  g_autoptr (LamStroke) stroke = lam_stroke_new (map, table, nm, &brush);
  int n = 1 + pick (run, 3);
  for (int i = 0; i < n; i++) {
    lam_stroke_add (stroke, p, 1);
    p[0] += lam_random_range (&run->random, -9, 9);
    p[1] += lam_random_range (&run->random, -9, 9);
  }
  g_autoptr (LamEdit) edit = lam_stroke_end (stroke);
  if (edit)
    commit_edit (run, edit);
}

/* The same by the way of what is accepted: brick by brick in a bulk edit. */
static void
commit_bulk (Run *run, const LamLabelBrick *before, LamLabelBrick *after)
{
  GError *error = NULL;
  if (lam_label_brick_equal (before, after))
    return;
  Content *next = g_memdup2 (now (run), sizeof *next);
  for (int i = 0; i < N_VOXELS; i++)
    if (brick_of (i) == 0) {
      int at = place_in_brick (i);
      next->labels[i] = lam_label_brick_get_label (after, at);
      next->sources[i] = lam_label_brick_get_source (after, at);
    }
  LamBulkEdit *bulk = lam_store_begin_bulk (run->store, "accept", &error);
  g_assert_no_error (error);
  g_assert_true (lam_bulk_edit_write (bulk, keys[0], after, &error));
  lam_history_row_free (lam_bulk_edit_end (bulk, NULL, NULL, "", &error));
  g_assert_no_error (error);
  add_edit (run, next, (const bool[N_BRICKS]){ true }, 0, 0);
}

static bool
is_odd (LamBrickKey key, int index, gpointer unused)
{
  return index % 2 == 1;
}

/* What is rejected changes no voxel and no line of the history. */
static void
act_reject (Run *run)
{
  GError *error = NULL;
  LamBox box = lam_box_new (0, 0, 0, 1 + pick (run, X), Y, Z);
  int64_t n = lam_store_reject (run->store, &box, is_odd, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (n, >=, 0);
}

/* A person says that a run was right, or takes its second best, in a box of one
 * brick. */
static void
act_accept (Run *run)
{
  bool is_bulk = pick (run, 2);
  g_autoptr (LamLabelBrick) before = make_brick (now (run), 0);
  if (!before)
    return;
  g_autoptr (LamLabelBrick) after = lam_label_brick_copy (before);
  uint32_t *labels = lam_label_brick_write_labels (after);
  uint16_t *sources = lam_label_brick_write_sources (after);
  int z = pick (run, Z), y = pick (run, Y);
  for (int x = 0; x < 64; x++) {
    uint16_t *source = &sources[x + 64 * (y + 64 * z)];
    if (*source < LAM_SOURCE_FIRST_RUN)
      continue;
    *source = LAM_SOURCE_ACCEPTED;
    if (is_bulk)
      labels[x + 64 * (y + 64 * z)] = (uint32_t)(x / 8) % (N_LABELS + 1);
  }
  lam_label_brick_settle (after);
  if (is_bulk) {
    commit_bulk (run, before, after);
    return;
  }
  g_autoptr (LamEdit) edit = lam_edit_new ("accept");
  lam_edit_add_brick (edit, keys[0], before, after);
  if (lam_edit_get_n_bricks (edit) > 0)
    commit_edit (run, edit);
}

static void
step (Run *run, FixtureStep kind, int64_t target, bool expected)
{
  g_autoptr (LamHistoryStep) done = fixture_step (run->store, kind, target);
  g_assert_cmpint (done != NULL, ==, expected);
}

/* The newest act, with what answers it above. */
static void
act_undo (Run *run)
{
  if (run->head <= 1) /* never the rows that all is about */
    return;
  int64_t act = run->head;
  while (run->rows[act].cause != 0)
    act = run->rows[act].parent;
  step (run, FIXTURE_UNDO, 0, true);
  add_way (run, run->rows[act].parent, act);
}

static void
act_redo (Run *run)
{
  int64_t act = 0, goal = 0;
  for (int64_t i = 1; run->head != run->newest && i <= run->newest; i++) {
    const Row *row = &run->rows[i];
    if (!row->after || row->state != 1)
      continue;
    if (act != 0 && row->cause == 0)
      break;
    goal = i;
    if (act == 0)
      act = i;
  }
  step (run, FIXTURE_REDO, 0, act != 0);
  if (act != 0)
    add_way (run, goal, act);
}

static void
act_revert (Run *run)
{
  int64_t target = 1 + pick (run, (int)run->newest);
  int64_t goal = run->rows[target].head;
  step (run, FIXTURE_REVERT, target, goal != run->head);
  if (goal != run->head)
    add_way (run, goal, target);
}

/* --- models -------------------------------------------------------------- */

/* Of a person; 0: there is only the row that all is about. */
static int64_t
newest_act (Run *run)
{
  int64_t id = run->head;
  while (id > 1 && run->rows[id].run != 0)
    id = run->rows[id].parent;
  return id > 1 ? id : 0;
}

/* Looks at the project as it is now. */
static void
open_job (Run *run, Job *job)
{
  GError *error = NULL;
  static const int64_t size[3] = { X, Y, Z };
  for (int a = 0; a < 3; a++) {
    job->box.min[a] = pick (run, (int)size[a] * 3 / 4);
    job->box.max[a] =
        job->box.min[a] + 1 + pick (run, (int)(size[a] - job->box.min[a]));
  }
  uint32_t a = (uint32_t)pick (run, N_LABELS + 1);
  uint32_t b = (uint32_t)pick (run, N_LABELS + 1);
  int period = 1 + pick (run, 9);
  for (int i = 0; i < N_VOXELS; i++)
    job->labels[i] = pick (run, 40) == 0      ? LAM_MODEL_SILENT
        : (i + i / X) % (2 * period) < period ? a
                                              : b;
  job->run = 1 + pick (run, 2);
  job->cause = pick (run, 4) > 0 ? newest_act (run) : 0;
  job->base = lam_store_get_revision (run->store, &error);
  g_assert_no_error (error);
  g_assert_cmpint (job->base, ==, run->newest);
  job->is_open = true;
  job->thinks = pick (run, 12) == 0;
  job->only_proposes = job->thinks && pick (run, 3) == 0;
  for (int i = 0; i < N_VOXELS && job->only_proposes; i++)
    job->labels[i] = LAM_MODEL_SILENT;
}

static bool
is_locked (const Content *content, uint32_t label)
{
  return content->label_locked[label] || (label == 3 && content->class_locked);
}

/* The rule once more, voxel by voxel, in the words of the architecture. */
static bool
is_protected (const Content *content, int i, uint32_t wanted)
{
  const int64_t at[3] = { i % X, i / X % Y, i / (X * Y) };
  if (content->sources[i] == LAM_SOURCE_HUMAN
      || content->sources[i] == LAM_SOURCE_ACCEPTED
      || is_locked (content, content->labels[i]) || is_locked (content, wanted))
    return true;
  for (int r = 0; r < N_REGIONS; r++) {
    LamBox box = region_box (r);
    if (content->reviews[r] == LAM_REVIEW_VERIFIED
        && lam_box_contains (&box, at))
      return true;
  }
  return false;
}

static LamModelOutcome
expected_outcome (const Run *run, const Job *job)
{
  if (job->cause == 0)
    return LAM_MODEL_WRITTEN;
  if (run->rows[job->cause].state != 0)
    return LAM_MODEL_CAUSE_UNDONE;
  for (int64_t i = 1; i <= run->newest; i++)
    if (run->rows[i].state == 1)
      return LAM_MODEL_REDO_WAITS;
  return LAM_MODEL_WRITTEN;
}

/* What the job's edit leads to; counts it, too. */
static Content *
apply_job (const Run *run, const Job *job, LamModelCounts *counts,
    bool touched[N_BRICKS])
{
  bool stale[N_BRICKS] = { 0 };
  for (int64_t i = job->base + 1; i <= run->newest; i++)
    for (int b = 0; b < N_BRICKS; b++)
      stale[b] |= run->rows[i].run == 0 && run->rows[i].touched[b];
  Content *next = g_memdup2 (now (run), sizeof *next);
  *counts = (LamModelCounts){ .outcome = expected_outcome (run, job) };
  for (int i = 0; i < N_VOXELS; i++) {
    const int64_t at[3] = { i % X, i / X % Y, i / (X * Y) };
    uint32_t wanted = job->labels[i];
    int b = brick_of (i);
    uint16_t source = (uint16_t)(LAM_SOURCE_FIRST_RUN + job->run);
    if (!lam_box_contains (&job->box, at) || wanted == LAM_MODEL_SILENT)
      continue;
    if (counts->outcome != LAM_MODEL_WRITTEN || stale[b])
      counts->n_stale++;
    else if (is_protected (now (run), i, wanted))
      counts->n_protected++;
    else if (next->labels[i] == wanted && next->sources[i] == source)
      counts->n_same++;
    else {
      next->labels[i] = wanted;
      next->sources[i] = source;
      counts->n_written++;
      touched[b] = next->has_brick[b] = true;
    }
  }
  if (counts->outcome == LAM_MODEL_WRITTEN && counts->n_written == 0)
    counts->outcome = LAM_MODEL_UNCHANGED;
  return next;
}

/* How unsure a run is of a voxel is its own for ever. */
static uint8_t
doubt_of (int64_t by, int index)
{
  return (uint8_t)(by * 101 + index * 7 + index / 64);
}

static LamRunOpinion *
make_opinion (const Job *job, int b)
{
  LamRunOpinion *opinion = lam_run_opinion_new ();
  for (int i = 0; i < N_VOXELS; i++) {
    const int64_t at[3] = { i % X, i / X % Y, i / (X * Y) };
    int place = place_in_brick (i);
    if (brick_of (i) != b || !lam_box_contains (&job->box, at))
      continue;
    opinion->firsts[place] = lam_run_opinion_take_class (opinion, 1);
    opinion->seconds[place] = lam_run_opinion_take_class (opinion, 0);
    opinion->uncertainties[place] = doubt_of (job->run, place);
  }
  return opinion;
}

/* Whatever was done and undone: a number that is shown is that of the run whose
 * label the voxel has. */
static void
compare_opinions (Run *run)
{
  GError *error = NULL;
  const Content *expected = now (run);
  for (int b = 0; b < N_BRICKS; b++) {
    g_autoptr (LamOpinion) opinion =
        lam_store_read_opinion (run->store, keys[b], NULL, &error);
    g_assert_no_error (error);
    for (int i = 0; i < N_VOXELS; i++) {
      uint8_t doubt;
      int place = place_in_brick (i);
      uint16_t source = expected->sources[i];
      if (brick_of (i) != b
          || !lam_opinion_get (opinion, place, source, &doubt, NULL))
        continue;
      g_assert_cmpint (
          doubt, ==, doubt_of (source - LAM_SOURCE_FIRST_RUN, place));
      run->n_doubts++;
    }
  }
}

/* Some bricks of the job. False: it stopped before the last. */
static LamModelEdit *
write_job (Run *run, const Job *job, int n_bricks)
{
  GError *error = NULL;
  LamModelEditInfo info = { job->run, job->base, job->cause };
  LamModelEdit *edit =
      lam_store_begin_model_edit (run->store, &info, NULL, &error);
  g_assert_no_error (error);
  static uint32_t labels[LAM_BRICK_VOXELS];
  for (int b = 0; b < n_bricks; b++) {
    for (int i = 0; i < N_VOXELS; i++)
      if (brick_of (i) == b)
        labels[place_in_brick (i)] = job->labels[i];
    g_autofree LamRunOpinion *opinion =
        job->thinks ? make_opinion (job, b) : NULL;
    lam_model_edit_write (
        edit, keys[b], &job->box, labels, opinion, NULL, &error);
    g_assert_no_error (error);
  }
  return edit;
}

#ifdef WITHOUT_PROTECTION
/* Counts what a run changed and should not have, and goes on from there. */
static void
settle_job (Run *run, Content *next, const Content *expected)
{
  for (int b = 0; b < N_BRICKS; b++)
    take_brick (run, b, next);
  for (int i = 0; i < N_VOXELS; i++)
    run->n_overwritten += next->labels[i] != expected->labels[i]
        || next->sources[i] != expected->sources[i];
}
#endif

static void
close_job (Run *run, Job *job)
{
  GError *error = NULL;
  LamModelCounts expected, counts;
  bool touched[N_BRICKS] = { 0 };
  Content *next = apply_job (run, job, &expected, touched);
  g_autoptr (LamHistoryRow) row =
      lam_model_edit_end (write_job (run, job, N_BRICKS), "", &counts, &error);
  g_assert_no_error (error);
  job->is_open = false;
#ifdef WITHOUT_PROTECTION
  g_autofree Content *protecting = g_memdup2 (next, sizeof *next);
  settle_job (run, next, protecting);
  if (row)
    memset (touched, true, sizeof touched);
#else
  g_assert_cmpint (counts.outcome, ==, expected.outcome);
  g_assert_cmpint (counts.n_written, ==, expected.n_written);
  g_assert_cmpint (counts.n_same, ==, expected.n_same);
  g_assert_cmpint (counts.n_protected, ==, expected.n_protected);
  g_assert_cmpint (counts.n_stale, ==, expected.n_stale);
  /* What is left out for that alone is told, so that it can be done again. */
  if (expected.n_stale > 0
      && (expected.outcome == LAM_MODEL_WRITTEN
          || expected.outcome == LAM_MODEL_UNCHANGED))
    g_assert_false (lam_box_is_empty (&counts.stale));
  g_assert_cmpint (row != NULL, ==, expected.outcome == LAM_MODEL_WRITTEN);
#endif
  run->n_protected += counts.n_protected;
  run->n_stale += counts.n_stale;
  run->n_written += counts.n_written;
  if (row)
    add_edit (run, next, touched, job->run, job->cause);
  else
    g_free (next);
}

static void
act_job (Run *run)
{
  Job *job = &run->jobs[pick (run, N_JOBS)];
  int kind = pick (run, 8);
  if (!job->is_open)
    open_job (run, job);
  if (kind < 2)
    return;
  if (kind == 2) { /* cancelled in the middle */
    lam_model_edit_cancel (write_job (run, job, pick (run, N_BRICKS + 1)));
    job->is_open = false;
    return;
  }
  close_job (run, job);
}

/* --- schedules ----------------------------------------------------------- */

static void
act_reopen (Run *run)
{
  fixture_close (run->store);
  run->store = fixture_open (run->path);
  memset (run->is_due, true, sizeof run->is_due);
  compare_rows (run);
}

static void
play (Run *run)
{
  int n = 1 + pick (run, 3);
  for (int i = 0; i < n; i++) {
    int kind = pick (run, 100);
    if (kind < 22)
      act_stroke (run);
    else if (kind < 56)
      act_job (run);
    else if (kind < 66)
      act_undo (run);
    else if (kind < 76)
      act_redo (run);
    else if (kind < 79)
      act_revert (run);
    else if (kind < 84)
      act_accept (run);
    else if (kind < 85)
      act_reject (run);
    else if (kind < 98)
      act_row (run);
    else
      act_reopen (run);
  }
  compare (run);
  compare_history (run);
  if (pick (run, 10) == 0)
    compare_opinions (run);
}

/* The labels and regions that all is about: row 1. */
static void
begin (Run *run)
{
  GError *error = NULL;
  static const bool untouched[N_BRICKS];
  LamVolumeRow volume = fixture_volume;
  volume.size[0] = X;
  volume.size[1] = Y;
  volume.size[2] = Z;
  run->store = lam_store_create (run->path, &volume, fixture_classes,
      G_N_ELEMENTS (fixture_classes), &error);
  g_assert_no_error (error);
  g_autoptr (GPtrArray) rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify)lam_row_change_free);
  for (uint32_t id = 1; id <= N_LABELS; id++) {
    LamLabel row = label_row (id, false);
    g_ptr_array_add (rows, lam_row_change_new_label (NULL, &row));
  }
  for (int r = 0; r < N_REGIONS; r++) {
    LamRegion row = region_row (r, LAM_REVIEW_NOT_STARTED);
    g_ptr_array_add (rows, lam_row_change_new_region (NULL, &row));
  }
  lam_history_row_free (
      fixture_try_commit (run->store, keys[0], NULL, NULL, rows, &error));
  g_assert_no_error (error);
  run->rows[0].after = g_new0 (Content, 1);
  add_edit (run, g_new0 (Content, 1), untouched, 0, 0);
  g_autoptr (GBytes) onnx = g_bytes_new ("onnx", 4);
  int64_t model = lam_store_add_model (run->store, "net", 0, onnx, &error);
  g_assert_cmpint (lam_store_begin_run (run->store, model, "", &error), ==, 1);
  g_assert_cmpint (lam_store_begin_run (run->store, model, "2", &error), ==, 2);
}

/* Up to N_BATCH schedules, one after the other in one project. Returns how
 * many voxels were written over that should not have been. */
static int64_t
run_batch (uint64_t seed, int n, Run *sum)
{
  Run *run = g_new0 (Run, 1);
  run->random = lam_random_new (seed, 1);
  run->folder = fixture_folder ();
  run->path = g_build_filename (run->folder, "p.lamella", NULL);
  begin (run);
  for (int i = 0; i < n; i++)
    play (run);
  fixture_assert_sound (run->store);
  fixture_close (run->store);
  fixture_remove (run->folder);
  for (int64_t i = 0; i <= run->newest; i++)
    g_free (run->rows[i].after);
  int64_t n_overwritten = run->n_overwritten;
  sum->n_written += run->n_written;
  sum->n_protected += run->n_protected;
  sum->n_stale += run->n_stale;
  sum->n_doubts += run->n_doubts;
  g_free (run->folder);
  g_free (run->path);
  g_free (run);
  return n_overwritten;
}

/* Slow where every access is checked. */
#ifdef __SANITIZE_ADDRESS__
#define N_SCHEDULES 500
#else
#define N_SCHEDULES 10000
#endif

static void
test_protect (void)
{
  const char *only = g_getenv ("LAM_TEST_SEED");
  const char *wanted = g_getenv ("LAM_TEST_SCHEDULES");
  int n = wanted ? atoi (wanted) : N_SCHEDULES, n_done = 0;
  g_autofree Run *sum = g_new0 (Run, 1);
  uint64_t seed = only ? g_ascii_strtoull (only, NULL, 10) : 1;
  int64_t n_overwritten = 0;
  for (; n_done < n && n_overwritten == 0; seed++) {
    int n_batch = MIN (N_BATCH, n - n_done);
    g_test_message ("seed %d", (int)seed);
    n_overwritten = run_batch (seed, n_batch, sum);
    n_done += n_batch;
  }
  g_print ("# schedules %d, voxels written %" G_GINT64_FORMAT
           ", protected %" G_GINT64_FORMAT ", stale %" G_GINT64_FORMAT "\n",
      n_done, sum->n_written, sum->n_protected, sum->n_stale);
#ifdef WITHOUT_PROTECTION
  g_print ("# voxels written over: %" G_GINT64_FORMAT "\n", n_overwritten);
  g_assert_cmpint (n_overwritten, >, 0);
#else
  g_assert_cmpint (n_overwritten, ==, 0);
  g_assert_cmpint (sum->n_written, >, 0);
  g_assert_cmpint (sum->n_protected, >, 0);
  g_assert_cmpint (sum->n_stale, >, 0);
  g_assert_cmpint (sum->n_doubts, >, 0);
#endif
}

int
main (int argc, char **argv)
{
  /* Where flushing costs nothing: this is not about the disk. */
  if (access ("/dev/shm", W_OK) == 0)
    g_setenv ("TMPDIR", "/dev/shm", true);
  /* Bricks come from the heap and go back to it, not to the system. */
  mallopt (M_MMAP_THRESHOLD, 16 << 20);
  mallopt (M_TRIM_THRESHOLD, 256 << 20);
  mallopt (M_ARENA_MAX, 1);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/protect/schedules", test_protect);
  return g_test_run ();
}
