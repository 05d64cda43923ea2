/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* `dirty` are the bricks that changed since they were counted. A count takes
 * all of them, with what is in memory of them and of their neighbours, and
 * reads the rest from the project file in a thread of its own; what changes
 * meanwhile is dirty again. Bricks of an open stroke stay dirty until it ends.
 */
#include "workspace/statistics.h"

#include "base/courtesy.h"
#include "base/error.h"
#include "store/opinions.h"
#include "workspace/workspace-private.h"

/* From a change to the count: strokes come in rows. */
#define DELAY_MS 250

struct _LamStatistics {
  GObject parent;
  bool is_active;
  guint delay;
  uint64_t project; /* which count belongs to what is open now */
  /* Owned */
  GHashTable *dirty; /* packed keys */
  GHashTable *serials; /* packed key → the brick's serial when it was taken */
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
  GArray *keys; /* of int64_t, in order */
  GHashTable *known; /* packed key → LamLabelBrick in memory, NULL: absent */
  GArray *totals; /* the answer */
  uint64_t project;
} Count;

static void
count_free (gpointer data)
{
  Count *count = data;
  g_object_unref (count->statistics);
  g_object_unref (count->store);
  g_clear_pointer (&count->kept, lam_label_statistics_free);
  lam_progress_unref (count->progress);
  g_array_unref (count->keys);
  g_hash_table_unref (count->known);
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
  count->totals = lam_label_statistics_recount (
      count->kept, count->keys, read_brick, count, count->progress, &error);
  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, true);
  return NULL;
}

/* --- what is dirty -------------------------------------------------------- */

static void
add_dirty (LamStatistics *statistics, int64_t packed)
{
  if (!g_hash_table_contains (statistics->dirty, &packed))
    g_hash_table_add (statistics->dirty, g_memdup2 (&packed, sizeof packed));
}

static void
add_key (LamBrickKey key, gpointer statistics)
{
  add_dirty (statistics, lam_brick_key_pack (key));
}

static void
add_changed (LamBrickKey key, bool exists, uint64_t serial, gpointer user_data)
{
  LamStatistics *statistics = user_data;
  const int64_t packed = lam_brick_key_pack (key);
  const uint64_t *taken = g_hash_table_lookup (statistics->serials, &packed);
  if (serial > (taken ? *taken : 0))
    add_dirty (statistics, packed);
}

static void
add_existing (
    LamBrickKey key, bool exists, uint64_t serial, gpointer statistics)
{
  if (exists)
    add_key (key, statistics);
}

/* Of the bricks in the box those that changed since they were taken; all of
 * them that exist when what networks think changed. */
static void
add_box (LamStatistics *statistics, const LamBox *box, bool all)
{
  lam_label_map_foreach_in (statistics->workspace->labels, box,
      all ? add_existing : add_changed, statistics);
}

/* --- counting ------------------------------------------------------------- */

static void schedule (LamStatistics *statistics);

static void
tell (LamStatistics *statistics)
{
  g_signal_emit (statistics, changed_signal, 0);
}

/* False: the brick belongs to an open stroke. */
static bool
take_known (LamStatistics *statistics, Count *count, LamBrickKey key)
{
  LamLabelBrick *brick;
  const int64_t packed = lam_brick_key_pack (key);
  const LamBrickState state =
      lam_label_map_lookup (statistics->workspace->labels, key, &brick);
  if (brick && lam_label_brick_is_open (brick))
    return false;
  if (state != LAM_BRICK_ON_DISK
      && !g_hash_table_contains (count->known, &packed))
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
    for (int axis = 0; axis < 3; axis++)
      if (beside[axis].x >= 0 && beside[axis].y >= 0 && beside[axis].z >= 0)
        take_known (statistics, count, beside[axis]);
  }
}

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

static void
take_dirty (LamStatistics *statistics, Count *count)
{
  LamLabelMap *map = statistics->workspace->labels;
  GHashTableIter iter;
  gpointer data;
  g_hash_table_iter_init (&iter, statistics->dirty);
  while (g_hash_table_iter_next (&iter, &data, NULL)) {
    const int64_t packed = *(int64_t *)data;
    const LamBrickKey key = lam_brick_key_unpack (packed);
    const uint64_t serial = lam_label_map_get_brick_serial (map, key);
    if (!take_known (statistics, count, key))
      continue;
    take_neighbours (statistics, count, key);
    g_array_append_val (count->keys, packed);
    g_hash_table_insert (statistics->serials,
        g_memdup2 (&packed, sizeof packed), g_memdup2 (&serial, sizeof serial));
    g_hash_table_iter_remove (&iter);
  }
  g_array_sort (count->keys, compare_keys);
}

static void
take_totals (LamStatistics *statistics, const GArray *totals)
{
  for (guint i = 0; i < totals->len; i++) {
    const LamLabelCount *total = &g_array_index (totals, LamLabelCount, i);
    gpointer label = GUINT_TO_POINTER (total->label);
    if (total->n_voxels > 0)
      g_hash_table_insert (
          statistics->counts, label, g_memdup2 (total, sizeof *total));
    else
      g_hash_table_remove (statistics->counts, label);
  }
}

/* What was not counted is dirty still. */
static void
give_back (LamStatistics *statistics, const GArray *keys)
{
  for (guint i = 0; i < keys->len; i++)
    add_dirty (statistics, g_array_index (keys, int64_t, i));
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
  g_clear_pointer (&statistics->running, lam_progress_unref);
  statistics->kept = g_steal_pointer (&count->kept);
  if (is_done) {
    take_totals (statistics, count->totals);
  } else {
    give_back (statistics, count->keys);
    if (!lam_error_is_cancelled (error))
      statistics->error = g_steal_pointer (&error);
  }
  if (!statistics->error)
    schedule (statistics);
  tell (statistics);
}

static void
begin (LamStatistics *statistics)
{
  LamWorkspace *workspace = statistics->workspace;
  Count *count = g_new0 (Count, 1);
  count->statistics = g_object_ref (statistics);
  count->store = g_object_ref (workspace->store);
  count->kept = statistics->kept ? g_steal_pointer (&statistics->kept)
                                 : lam_label_statistics_new (workspace->size);
  count->keys = g_array_new (false, false, sizeof (int64_t));
  count->known =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, brick_free);
  count->project = statistics->project;
  count->progress = lam_progress_new ();
  lam_progress_give_way (count->progress);
  take_dirty (statistics, count);
  if (count->keys->len == 0) {
    statistics->kept = g_steal_pointer (&count->kept);
    count_free (count);
    schedule (statistics);
    return;
  }
  statistics->running = lam_progress_ref (count->progress);
  g_autoptr (GTask) task = g_task_new (NULL, NULL, counted_cb, NULL);
  g_task_set_task_data (task, count, count_free);
  g_thread_unref (
      g_thread_new ("statistics", count_in_thread, g_steal_pointer (&task)));
  tell (statistics);
}

static gboolean
delay_cb (gpointer data)
{
  LamStatistics *statistics = data;
  statistics->delay = 0;
  if (statistics->workspace && !statistics->running)
    begin (statistics);
  return G_SOURCE_REMOVE;
}

static void
schedule (LamStatistics *statistics)
{
  const LamWorkspace *workspace = statistics->workspace;
  if (!statistics->is_active || statistics->running || !workspace
      || !workspace->store || workspace->is_closing
      || g_hash_table_size (statistics->dirty) == 0)
    return;
  g_clear_handle_id (&statistics->delay, g_source_remove);
  statistics->delay = g_timeout_add (DELAY_MS, delay_cb, statistics);
}

/* --- the workspace -------------------------------------------------------- */

static void
stop (LamStatistics *statistics)
{
  g_clear_handle_id (&statistics->delay, g_source_remove);
  if (statistics->running)
    lam_progress_cancel (statistics->running);
}

static void
labels_changed_cb (LamWorkspace *workspace, const LamBox *box, gboolean live,
    LamStatistics *statistics)
{
  /* Live, too: the brick is dirty, and is counted when its stroke has ended. */
  g_clear_error (&statistics->error);
  add_box (statistics, box, false);
  schedule (statistics);
}

static void
opinions_changed_cb (
    LamWorkspace *workspace, const LamBox *box, LamStatistics *statistics)
{
  add_box (statistics, box, true);
  schedule (statistics);
}

/* Another file: nothing is known of it. */
static void
project_changed_cb (LamWorkspace *workspace, LamStatistics *statistics)
{
  stop (statistics);
  statistics->project++;
  g_clear_pointer (&statistics->running, lam_progress_unref);
  g_clear_pointer (&statistics->kept, lam_label_statistics_free);
  g_clear_error (&statistics->error);
  g_hash_table_remove_all (statistics->dirty);
  g_hash_table_remove_all (statistics->serials);
  g_hash_table_remove_all (statistics->counts);
  if (workspace->store)
    lam_label_map_foreach (workspace->labels, add_key, statistics);
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
  g_hash_table_unref (statistics->dirty);
  g_hash_table_unref (statistics->serials);
  g_hash_table_unref (statistics->counts);
  g_clear_pointer (&statistics->kept, lam_label_statistics_free);
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
  statistics->dirty =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  statistics->serials =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  statistics->counts = g_hash_table_new_full (NULL, NULL, NULL, g_free);
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
