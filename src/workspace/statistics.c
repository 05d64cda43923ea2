/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* `dirty` are the bricks that changed since they were counted. A count takes
 * all of them, with what is in memory of them and of their neighbours, and
 * reads the rest from the project file in a thread of its own; what changes
 * meanwhile, also while they are taken, is dirty again. Bricks of an open
 * stroke stay dirty until it ends. What the main thread does with many bricks
 * or labels it does in turns. */
#include "workspace/statistics.h"

#include "base/courtesy.h"
#include "base/error.h"
#include "base/int64-hash.h"
#include "store/opinions.h"
#include "workspace/dirty-bricks.h"
#include "workspace/workspace-private.h"

/* From a change to the count: strokes come in rows. */
#define DELAY_MS 250

enum {
  TURN_US = 8000,
  LOOK_EVERY = 64, /* bricks or labels, at the clock */
};

/* What is dirty is taken, counted in a thread, and the answer is taken. */
typedef enum { IDLE, TAKING, COUNTING, ANSWERING } State;

struct _LamStatistics {
  GObject parent;
  bool is_active;
  State state;
  guint delay;
  guint turn; /* while taking or answering */
  uint64_t project; /* which count belongs to what is open now */
  /* Owned */
  LamDirtyBricks *dirty;
  GTask *task; /* while taking or answering */
  GHashTable *counts; /* label → LamLabelCount */
  LamLabelStatistics *kept; /* NULL: a count has it, or nothing was counted */
  LamProgress *running; /* NULL: none */
  GError *error;
  /* Borrowed */
  LamWorkspace *workspace; /* weak */
};

G_DEFINE_FINAL_TYPE (LamStatistics, lam_statistics, G_TYPE_OBJECT)

static guint changed_signal;

/* --- in a thread ---------------------------------------------------------- */

typedef struct {
  /* Owned */
  LamStatistics *statistics; /* main thread only */
  LamStore *store;
  LamLabelStatistics *kept;
  LamProgress *progress;
  GHashTable *wanted; /* packed keys that are being taken; or NULL */
  GHashTableIter iter; /* of them */
  GArray *keys; /* of int64_t, those that were; the thread puts them in order */
  GHashTable *known; /* packed key → LamLabelBrick in memory, NULL: absent */
  GArray *totals; /* the answer */
  guint n_answered; /* of them */
  uint64_t project;
} Count;

static gpointer
free_in_thread (gpointer kept)
{
  lam_label_statistics_free (kept);
  return NULL;
}

static void
drop_kept (LamLabelStatistics *kept)
{
  if (kept)
    g_thread_unref (g_thread_new ("statistics", free_in_thread, kept));
}

static void
count_free (gpointer data)
{
  Count *count = data;
  g_object_unref (count->statistics);
  g_object_unref (count->store);
  drop_kept (count->kept);
  lam_progress_unref (count->progress);
  lam_dirty_bricks_drop (count->wanted);
  g_array_unref (count->keys);
  lam_dirty_bricks_drop (count->known);
  g_clear_pointer (&count->totals, g_array_unref);
  g_free (count);
}

static void
brick_free (gpointer brick)
{
  if (brick)
    lam_label_brick_unref (brick);
}

static LamBrickRuns *
read_brick (
    LamBrickKey key, LamOpinion **opinion, gpointer data, GError **error)
{
  Count *count = data;
  GCancellable *cancellable = lam_progress_get_cancellable (count->progress);
  const int64_t packed = lam_brick_key_pack (key);
  GError *problem = NULL;
  gpointer found;
  g_autoptr (LamBrickRuns) runs = NULL;
  if (!g_hash_table_lookup_extended (count->known, &packed, NULL, &found))
    runs = lam_store_read_runs (count->store, key, cancellable, &problem);
  else if (found)
    runs = lam_brick_runs_new_from_brick (found);
  if (runs && opinion && lam_brick_runs_has_model (runs))
    *opinion =
        lam_store_read_opinion (count->store, key, cancellable, &problem);
  if (problem) {
    g_propagate_error (error, problem);
    return NULL;
  }
  return g_steal_pointer (&runs);
}

static gpointer
count_in_thread (gpointer data)
{
  g_autoptr (GTask) task = data;
  Count *count = g_task_get_task_data (task);
  GError *error = NULL;
  lam_courtesy_lower_thread ();
  g_array_sort (count->keys, lam_int64_compare);
  count->totals = lam_label_statistics_recount (
      count->kept, count->keys, read_brick, count, count->progress, &error);
  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, true);
  return NULL;
}

/* --- counting ------------------------------------------------------------- */

static void schedule (LamStatistics *statistics);

static void
tell (LamStatistics *statistics)
{
  g_signal_emit (statistics, changed_signal, 0);
}

/* --- taking what is dirty ------------------------------------------------- */

/* As it is now, in the place of what a neighbour may have seen of it before.
 * False: the brick belongs to an open stroke. */
static bool
take_known (LamStatistics *statistics, Count *count, LamBrickKey key)
{
  LamLabelBrick *brick;
  const int64_t packed = lam_brick_key_pack (key);
  const LamBrickState state =
      lam_label_map_lookup (statistics->workspace->labels, key, &brick);
  if (brick && lam_label_brick_is_open (brick))
    return false;
  if (state == LAM_BRICK_ON_DISK)
    g_hash_table_remove (count->known, &packed);
  else
    g_hash_table_insert (count->known, g_memdup2 (&packed, sizeof packed),
        brick ? lam_label_brick_ref (brick) : NULL);
  return true;
}

static void
take_neighbours (LamStatistics *statistics, Count *count, LamBrickKey key)
{
  for (int step = -1; step <= 1; step += 2) {
    const LamBrickKey beside[3] = { { key.x + step, key.y, key.z },
      { key.x, key.y + step, key.z }, { key.x, key.y, key.z + step } };
    for (int axis = 0; axis < 3; axis++) {
      const LamBrickKey next = beside[axis];
      if (next.x < 0 || next.y < 0 || next.z < 0)
        continue;
      const int64_t packed = lam_brick_key_pack (next);
      if (!g_hash_table_contains (count->known, &packed))
        take_known (statistics, count, next);
    }
  }
}

static void
take_brick (LamStatistics *statistics, Count *count, int64_t packed)
{
  LamLabelMap *map = statistics->workspace->labels;
  const LamBrickKey key = lam_brick_key_unpack (packed);
  if (!take_known (statistics, count, key)) {
    lam_dirty_bricks_add (statistics->dirty, packed);
    return;
  }
  take_neighbours (statistics, count, key);
  g_array_append_val (count->keys, packed);
  lam_dirty_bricks_note_taken (
      statistics->dirty, packed, lam_label_map_get_brick_serial (map, key));
}

/* False: there are more. */
static bool
take_dirty (LamStatistics *statistics, Count *count, int64_t end_us)
{
  gpointer key;
  if (!lam_dirty_bricks_look (
          statistics->dirty, statistics->workspace->labels, end_us))
    return false;
  if (!count->wanted) {
    count->wanted = lam_dirty_bricks_steal (statistics->dirty);
    g_hash_table_iter_init (&count->iter, count->wanted);
  }
  for (int i = 1; g_hash_table_iter_next (&count->iter, &key, NULL); i++) {
    take_brick (statistics, count, *(int64_t *)key);
    if (i % LOOK_EVERY == 0 && g_get_monotonic_time () >= end_us)
      return false;
  }
  return true;
}

/* What was not counted is dirty still. */
static void
give_back (LamStatistics *statistics, Count *count)
{
  if (count->wanted)
    lam_dirty_bricks_give_back (
        statistics->dirty, g_steal_pointer (&count->wanted));
}

/* --- a count -------------------------------------------------------------- */

static void
set_state (LamStatistics *statistics, State state)
{
  g_clear_handle_id (&statistics->turn, g_source_remove);
  statistics->state = state;
}

/* It is over: what it kept is for the next one. */
static void
end_count (LamStatistics *statistics, Count *count)
{
  /* The count may be the last to hold it. */
  g_autoptr (LamStatistics) held = g_object_ref (statistics);
  set_state (statistics, IDLE);
  g_clear_pointer (&statistics->running, lam_progress_unref);
  statistics->kept = g_steal_pointer (&count->kept);
  g_clear_object (&statistics->task);
  if (!statistics->error)
    schedule (statistics);
}

/* False: there are more. */
static bool
take_totals (LamStatistics *statistics, Count *count, int64_t end_us)
{
  const GArray *totals = count->totals;
  while (count->n_answered < totals->len) {
    const LamLabelCount *total =
        &g_array_index (totals, LamLabelCount, count->n_answered++);
    gpointer label = GUINT_TO_POINTER (total->label);
    if (total->n_voxels > 0)
      g_hash_table_insert (
          statistics->counts, label, g_memdup2 (total, sizeof *total));
    else
      g_hash_table_remove (statistics->counts, label);
    if (count->n_answered % LOOK_EVERY == 0
        && g_get_monotonic_time () >= end_us)
      return false;
  }
  return true;
}

static gboolean
answer_cb (gpointer data)
{
  LamStatistics *statistics = data;
  g_autoptr (GTask) task = g_object_ref (statistics->task);
  Count *count = g_task_get_task_data (task);
  if (!take_totals (statistics, count, g_get_monotonic_time () + TURN_US))
    return G_SOURCE_CONTINUE;
  statistics->turn = 0;
  end_count (statistics, count);
  tell (statistics);
  return G_SOURCE_REMOVE;
}

static void
counted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Count *count = g_task_get_task_data (G_TASK (result));
  g_autoptr (LamStatistics) statistics = g_object_ref (count->statistics);
  g_autoptr (GError) error = NULL;
  const bool is_done = g_task_propagate_boolean (G_TASK (result), &error);
  /* Of another project: nothing of it counts. */
  if (count->project != statistics->project)
    return;
  if (is_done) {
    set_state (statistics, ANSWERING);
    statistics->task = g_object_ref (G_TASK (result));
    if (answer_cb (statistics) == G_SOURCE_CONTINUE)
      statistics->turn = g_idle_add (answer_cb, statistics);
    return;
  }
  give_back (statistics, count);
  if (!lam_error_is_cancelled (error))
    statistics->error = g_steal_pointer (&error);
  end_count (statistics, count);
  tell (statistics);
}

static Count *
count_new (LamStatistics *statistics)
{
  LamWorkspace *workspace = statistics->workspace;
  Count *count = g_new0 (Count, 1);
  count->statistics = g_object_ref (statistics);
  count->store = g_object_ref (workspace->store);
  count->kept = statistics->kept ? g_steal_pointer (&statistics->kept)
                                 : lam_label_statistics_new (workspace->size);
  count->keys = g_array_new (false, false, sizeof (int64_t));
  count->known =
      g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, brick_free);
  count->project = statistics->project;
  count->progress = lam_progress_new ();
  lam_progress_give_way (count->progress);
  return count;
}

static void
run (LamStatistics *statistics)
{
  set_state (statistics, COUNTING);
  g_thread_unref (g_thread_new (
      "statistics", count_in_thread, g_steal_pointer (&statistics->task)));
}

static gboolean
take_cb (gpointer data)
{
  LamStatistics *statistics = data;
  Count *count = g_task_get_task_data (statistics->task);
  if (!statistics->workspace) {
    end_count (statistics, count);
    return G_SOURCE_REMOVE;
  }
  if (!take_dirty (statistics, count, g_get_monotonic_time () + TURN_US))
    return G_SOURCE_CONTINUE;
  statistics->turn = 0;
  if (count->keys->len > 0) {
    run (statistics);
    return G_SOURCE_REMOVE;
  }
  end_count (statistics, count);
  return G_SOURCE_REMOVE;
}

static void
begin (LamStatistics *statistics)
{
  Count *count = count_new (statistics);
  set_state (statistics, TAKING);
  statistics->task = g_task_new (NULL, NULL, counted_cb, NULL);
  g_task_set_task_data (statistics->task, count, count_free);
  statistics->running = lam_progress_ref (count->progress);
  if (take_cb (statistics) == G_SOURCE_CONTINUE)
    statistics->turn = g_idle_add (take_cb, statistics);
  if (statistics->running)
    tell (statistics);
}

static gboolean
delay_cb (gpointer data)
{
  LamStatistics *statistics = data;
  statistics->delay = 0;
  if (statistics->workspace && statistics->state == IDLE)
    begin (statistics);
  return G_SOURCE_REMOVE;
}

static void
schedule (LamStatistics *statistics)
{
  const LamWorkspace *workspace = statistics->workspace;
  if (!statistics->is_active || statistics->state != IDLE || !workspace
      || !workspace->store || workspace->is_closing
      || !lam_dirty_bricks_has (statistics->dirty))
    return;
  g_clear_handle_id (&statistics->delay, g_source_remove);
  statistics->delay = g_timeout_add (DELAY_MS, delay_cb, statistics);
}

/* --- the workspace -------------------------------------------------------- */

/* An answer is taken all the same. */
static void
stop (LamStatistics *statistics)
{
  g_clear_handle_id (&statistics->delay, g_source_remove);
  if (statistics->running)
    lam_progress_cancel (statistics->running);
  if (statistics->state != TAKING)
    return;
  Count *count = g_task_get_task_data (statistics->task);
  give_back (statistics, count);
  end_count (statistics, count);
}

static void
labels_changed_cb (LamWorkspace *workspace, const LamBox *box, gboolean live,
    LamStatistics *statistics)
{
  /* Live, too: the brick is dirty, and is counted when its stroke has ended. */
  g_clear_error (&statistics->error);
  lam_dirty_bricks_add_box (statistics->dirty, workspace->labels, box, false);
  schedule (statistics);
}

static void
opinions_changed_cb (
    LamWorkspace *workspace, const LamBox *box, LamStatistics *statistics)
{
  lam_dirty_bricks_add_box (statistics->dirty, workspace->labels, box, true);
  schedule (statistics);
}

static GHashTable *
make_counts (void)
{
  return g_hash_table_new_full (NULL, NULL, NULL, g_free);
}

/* Another file: nothing is known of it. */
static void
project_changed_cb (LamWorkspace *workspace, LamStatistics *statistics)
{
  const LamBox all = lam_box_of_size (workspace->size);
  stop (statistics);
  set_state (statistics, IDLE);
  statistics->project++;
  g_clear_object (&statistics->task);
  g_clear_pointer (&statistics->running, lam_progress_unref);
  g_clear_pointer (&statistics->kept, drop_kept);
  g_clear_error (&statistics->error);
  lam_dirty_bricks_clear (statistics->dirty);
  lam_dirty_bricks_drop (statistics->counts);
  statistics->counts = make_counts ();
  if (workspace->store)
    lam_dirty_bricks_add_box (statistics->dirty, workspace->labels, &all, true);
  schedule (statistics);
  tell (statistics);
}

static void
closing_cb (LamWorkspace *workspace, LamStatistics *statistics)
{
  statistics->is_active = false;
  stop (statistics);
}

/* --- the object ----------------------------------------------------------- */

static void
lam_statistics_finalize (GObject *object)
{
  LamStatistics *statistics = LAM_STATISTICS (object);
  stop (statistics);
  g_clear_weak_pointer (&statistics->workspace);
  lam_dirty_bricks_free (statistics->dirty);
  lam_dirty_bricks_drop (statistics->counts);
  g_clear_pointer (&statistics->kept, drop_kept);
  g_clear_pointer (&statistics->running, lam_progress_unref);
  g_clear_error (&statistics->error);
  G_OBJECT_CLASS (lam_statistics_parent_class)->finalize (object);
}

static void
lam_statistics_class_init (LamStatisticsClass *class)
{
  G_OBJECT_CLASS (class)->finalize = lam_statistics_finalize;
  changed_signal = g_signal_new ("changed", LAM_TYPE_STATISTICS,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lam_statistics_init (LamStatistics *statistics)
{
  statistics->dirty = lam_dirty_bricks_new ();
  statistics->counts = make_counts ();
}

LamStatistics *
lam_statistics_new (LamWorkspace *workspace)
{
  LamStatistics *statistics = g_object_new (LAM_TYPE_STATISTICS, NULL);
  g_set_weak_pointer (&statistics->workspace, workspace);
  g_signal_connect_object (workspace, "labels-changed",
      G_CALLBACK (labels_changed_cb), statistics, 0);
  g_signal_connect_object (workspace, "opinions-changed",
      G_CALLBACK (opinions_changed_cb), statistics, 0);
  g_signal_connect_object (workspace, "project-changed",
      G_CALLBACK (project_changed_cb), statistics, 0);
  g_signal_connect_object (
      workspace, "closing", G_CALLBACK (closing_cb), statistics, 0);
  project_changed_cb (workspace, statistics);
  return statistics;
}

void
lam_statistics_set_active (LamStatistics *statistics, bool is_active)
{
  g_return_if_fail (LAM_IS_STATISTICS (statistics));
  if (statistics->is_active == is_active)
    return;
  statistics->is_active = is_active;
  if (is_active)
    schedule (statistics);
  else
    stop (statistics);
}

const LamLabelCount *
lam_statistics_get (LamStatistics *statistics, uint32_t label)
{
  return g_hash_table_lookup (statistics->counts, GUINT_TO_POINTER (label));
}

bool
lam_statistics_is_complete (LamStatistics *statistics)
{
  return statistics->state == IDLE && !statistics->error
      && !lam_dirty_bricks_has (statistics->dirty);
}

LamProgress *
lam_statistics_get_progress (LamStatistics *statistics)
{
  return statistics->running;
}

const GError *
lam_statistics_get_error (LamStatistics *statistics)
{
  return statistics->error;
}
