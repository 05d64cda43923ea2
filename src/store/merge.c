/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One transaction on mine, in which theirs is only read. What both were when
 * they parted is worked out from each one's history (past.h), so that it is
 * known even after either undid more than that. A brick that neither touched
 * since is not looked at; of the others four are in memory at a time. */
#include "store/merge.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "store/merge-look.h"
#include "store/merge-runs.h"
#include "store/model-table.h"
#include "store/protection.h"
#include "store/store-private.h"

typedef struct {
  LamBulkEdit *bulk; /* Borrowed */
  LamStore *mine_store; /* Borrowed */
  LamStore *theirs_store, *base_store; /* Borrowed; base_store or NULL */
  LamProgress *progress; /* Borrowed; or NULL */
  LamMergeResult *result; /* Borrowed */
  LamMergeLook mine, theirs, file; /* Owned; `file`: of base_store */
  LamMergeBase base;
  LamPast *mine_past, *theirs_past; /* Owned; without base_store */
  GPtrArray *mine_changes, *theirs_changes; /* Owned; the same */
  LamRowMerge rows; /* Owned */
  LamMergeRuns *runs; /* Owned */
  GHashTable *used; /* Owned; labels that a brick of the result has */
  LamProtection *protection; /* Owned; of mine, as it was before */
  uint8_t *kept; /* Owned; LamKept of a brick's voxels */
  GArray *aside; /* Owned; int64_t keys of bricks with conflicts */
  int64_t voice;
} Merge;

static void
merge_clear (Merge *merge)
{
  lam_merge_look_clear (&merge->mine);
  lam_merge_look_clear (&merge->theirs);
  lam_merge_look_clear (&merge->file);
  g_clear_pointer (&merge->mine_past, lam_past_free);
  g_clear_pointer (&merge->theirs_past, lam_past_free);
  g_clear_pointer (&merge->mine_changes, g_ptr_array_unref);
  g_clear_pointer (&merge->theirs_changes, g_ptr_array_unref);
  lam_row_merge_clear (&merge->rows);
  g_clear_pointer (&merge->runs, lam_merge_runs_free);
  g_clear_pointer (&merge->used, g_hash_table_unref);
  g_clear_pointer (&merge->protection, lam_protection_free);
  g_clear_pointer (&merge->kept, g_free);
  g_clear_pointer (&merge->aside, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Merge, merge_clear)

void
lam_merge_report_clear (LamMergeReport *report)
{
  g_clear_pointer (&report->persons, g_free);
  g_clear_pointer (&report->row_conflicts, g_ptr_array_unref);
}

void
lam_merge_result_free (LamMergeResult *result)
{
  lam_merge_report_clear (&result->report);
  g_clear_pointer (&result->keys, g_array_unref);
  g_clear_pointer (&result->rows, g_ptr_array_unref);
  g_clear_pointer (&result->row, lam_history_row_free);
  g_free (result);
}

/* ---- Looking ------------------------------------------------------------ */

static bool
look_work (LamConnection *connection, gpointer data, GError **error)
{
  return lam_merge_look (data, connection, error);
}

static bool
mine_past_work (LamConnection *connection, gpointer data, GError **error)
{
  Merge *merge = data;
  merge->mine_past = lam_past_new (connection, merge->base.mine, error);
  if (merge->mine_past)
    merge->mine_changes = lam_past_dup_rows (merge->mine_past, error);
  return merge->mine_changes != NULL;
}

static bool
theirs_past_work (LamConnection *connection, gpointer data, GError **error)
{
  Merge *merge = data;
  merge->theirs_past = lam_past_new (connection, merge->base.theirs, error);
  if (merge->theirs_past)
    merge->theirs_changes = lam_past_dup_rows (merge->theirs_past, error);
  return merge->theirs_changes != NULL;
}

static bool
find_past (Merge *merge, GError **error)
{
  if (!merge->base_store)
    return lam_merge_find_base (
               &merge->mine, &merge->theirs, &merge->base, error)
        && lam_bulk_edit_work (merge->bulk, mine_past_work, merge, error)
        && lam_store_work (merge->theirs_store, theirs_past_work, merge, error);
  merge->mine_changes = g_ptr_array_new ();
  merge->theirs_changes = g_ptr_array_new ();
  return lam_store_work (merge->base_store, look_work, &merge->file, error)
      && lam_merge_check_size (&merge->mine, &merge->file, error);
}

static bool
look (Merge *merge, GError **error)
{
  return lam_bulk_edit_work (merge->bulk, look_work, &merge->mine, error)
      && lam_store_work (merge->theirs_store, look_work, &merge->theirs, error)
      && lam_merge_check_size (&merge->mine, &merge->theirs, error)
      && find_past (merge, error);
}

/* ---- Rows --------------------------------------------------------------- */

static bool
begin_rows (Merge *merge, GError **error)
{
  LamRowMerge *rows = &merge->rows;
  const LamRowSet *file = merge->base_store ? &merge->file.rows : NULL;
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  lam_row_merge_begin (rows);
  lam_row_set_copy_back (&rows->mine, &merge->mine.rows, none);
  lam_row_set_copy_back (&rows->theirs, &merge->theirs.rows, none);
  lam_row_set_copy_back (
      &rows->mine_before, file ? file : &merge->mine.rows, merge->mine_changes);
  lam_row_set_copy_back (&rows->theirs_before,
      file ? file : &merge->theirs.rows, merge->theirs_changes);
  if (!file
      && !lam_merge_add_known (
          &merge->mine, &merge->theirs, &merge->base, rows->ids, error))
    return false;
  return lam_row_merge_run (rows, error);
}

static bool
protection_work (LamConnection *connection, gpointer data, GError **error)
{
  Merge *merge = data;
  merge->protection = lam_protection_new (connection, error);
  merge->kept = g_malloc (LAM_BRICK_VOXELS);
  return merge->protection != NULL;
}

/* ---- Bricks ------------------------------------------------------------- */

static void
add_keys (GHashTable *keys, GArray *more)
{
  for (guint i = 0; i < more->len; i++)
    g_hash_table_add (
        keys, g_memdup2 (&g_array_index (more, int64_t, i), sizeof (int64_t)));
  g_array_unref (more);
}

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return x < y ? -1 : x > y;
}

/* A brick that theirs did not touch stays mine. */
static GArray *
list_keys (Merge *merge, GError **error)
{
  g_autoptr (GHashTable) set =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  LamStore *stores[] = { merge->theirs_store, merge->base_store };
  if (merge->theirs_past)
    add_keys (set, lam_past_dup_keys (merge->theirs_past));
  for (size_t i = 0; merge->base_store && i < G_N_ELEMENTS (stores); i++) {
    GArray *more = lam_store_list_bricks (stores[i], error);
    if (!more)
      return NULL;
    add_keys (set, more);
  }
  GArray *keys = g_array_new (false, false, sizeof (int64_t));
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init (&iter, set);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_array_append_vals (keys, key, 1);
  g_array_sort (keys, compare_keys);
  return keys;
}

typedef struct {
  LamPast *past;
  int64_t key;
  LamLabelBrick *brick;
} PastRequest;

static bool
past_work (LamConnection *connection, gpointer data, GError **error)
{
  PastRequest *request = data;
  GError *local = NULL;
  request->brick = lam_past_read (request->past, request->key, &local);
  if (local)
    g_propagate_error (error, local);
  return !local;
}

typedef struct {
  LamLabelBrick *mine, *mine_before, *theirs, *theirs_before; /* Owned */
} Four;

static void
four_clear (Four *four)
{
  g_clear_pointer (&four->mine, lam_label_brick_unref);
  g_clear_pointer (&four->mine_before, lam_label_brick_unref);
  g_clear_pointer (&four->theirs, lam_label_brick_unref);
  g_clear_pointer (&four->theirs_before, lam_label_brick_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Four, four_clear)

static bool
read_before (Merge *merge, int64_t key, Four *four, GError **error)
{
  GError *local = NULL;
  if (merge->base_store) {
    four->mine_before = lam_store_read_brick (
        merge->base_store, lam_brick_key_unpack (key), NULL, &local);
    if (local)
      g_propagate_error (error, local);
    else if (four->mine_before)
      four->theirs_before = lam_label_brick_ref (four->mine_before);
    return !local;
  }
  PastRequest mine = { merge->mine_past, key, NULL };
  PastRequest theirs = { merge->theirs_past, key, NULL };
  bool done = lam_bulk_edit_work (merge->bulk, past_work, &mine, error)
      && lam_store_work (merge->theirs_store, past_work, &theirs, error);
  four->mine_before = mine.brick;
  four->theirs_before = theirs.brick;
  return done;
}

static bool
read_four (Merge *merge, int64_t key, Four *four, GError **error)
{
  GError *local = NULL;
  LamBrickKey brick = lam_brick_key_unpack (key);
  four->mine = lam_bulk_edit_read (merge->bulk, brick, &local);
  if (!local)
    four->theirs =
        lam_store_read_brick (merge->theirs_store, brick, NULL, &local);
  if (local) {
    g_propagate_error (error, local);
    return false;
  }
  return read_before (merge, key, four, error)
      && lam_merge_runs_translate (
          merge->runs, merge->rows.ids[LAM_ROW_LABEL], &four->theirs, error)
      && lam_merge_runs_translate (merge->runs, merge->rows.ids[LAM_ROW_LABEL],
          &four->theirs_before, error);
}

static void
note_labels (Merge *merge, const LamLabelBrick *brick)
{
  uint32_t last = 0;
  for (int i = 0; brick && i < LAM_BRICK_VOXELS; i++) {
    uint32_t label = lam_label_brick_get_label (brick, i);
    if (label != last && label != 0)
      g_hash_table_add (merge->used, GUINT_TO_POINTER (label));
    last = label;
  }
}

/* ---- What is set aside -------------------------------------------------- */

typedef struct {
  Merge *merge;
  int64_t key;
  const LamLabelBrick *brick;
} AsideRequest;

static bool
aside_work (LamConnection *connection, gpointer data, GError **error)
{
  AsideRequest *request = data;
  Merge *merge = request->merge;
  const int64_t *size = merge->mine.size;
  const char *name = merge->result->report.persons;
  g_autofree char *file = g_path_get_basename (merge->theirs.path);
  const LamVoice voice = { .name = *name ? (char *)name : file,
    .time = g_get_real_time (),
    .kind = LAM_VOICE_MERGE,
    .edit = lam_bulk_edit_get_id (merge->bulk),
    .box = lam_box_new (0, 0, 0, size[0], size[1], size[2]) };
  if (merge->voice == 0)
    merge->voice = lam_voice_table_add (connection, &voice, error);
  return merge->voice != 0
      && lam_voice_table_write_brick (
          connection, merge->voice, request->key, request->brick, error);
}

typedef struct {
  Merge *merge;
  int64_t key;
  const Four *four;
} KeptRequest;

static bool
kept_work (LamConnection *connection, gpointer data, GError **error)
{
  const KeptRequest *request = data;
  return lam_protection_find_kept (request->merge->protection,
      lam_brick_key_unpack (request->key), request->four->mine,
      request->four->theirs, request->merge->kept, error);
}

static bool
merge_brick (Merge *merge, int64_t key, GError **error)
{
  g_auto (Four) four = { 0 };
  KeptRequest kept = { merge, key, &four };
  if (!read_four (merge, key, &four, error)
      || !lam_bulk_edit_work (merge->bulk, kept_work, &kept, error))
    return false;
  LamBox box = lam_brick_box (lam_brick_key_unpack (key));
  const LamThreeWay input = { four.mine, four.mine_before, four.theirs,
    four.theirs_before, merge->kept };
  g_autoptr (LamLabelBrick) changed = NULL;
  g_autoptr (LamLabelBrick) aside = NULL;
  lam_three_way_merge (&input, &changed, &aside, &merge->result->report.voxels);
  note_labels (merge, changed ? changed : four.mine);
  note_labels (merge, aside);
  AsideRequest request = { merge, key, aside };
  if (aside && !lam_bulk_edit_work (merge->bulk, aside_work, &request, error))
    return false;
  if (!changed)
    return true;
  g_array_append_val (merge->result->keys, key);
  merge->result->box = lam_box_unite (&merge->result->box, &box);
  return lam_bulk_edit_write (
      merge->bulk, lam_brick_key_unpack (key), changed, error);
}

static bool
merge_bricks (Merge *merge, GError **error)
{
  g_autoptr (GArray) keys = list_keys (merge, error);
  if (!keys)
    return false;
  for (guint i = 0; i < keys->len; i++) {
    if (!merge_brick (merge, g_array_index (keys, int64_t, i), error))
      return false;
    lam_progress_set (merge->progress, i + 1, keys->len);
    if (!lam_progress_check (merge->progress, error))
      return false;
  }
  return true;
}

/* A label that they deleted stays where I have painted with it meanwhile, which
 * may be in bricks that they have not touched. */
static bool
note_mine (Merge *merge, GError **error)
{
  if (!lam_row_merge_takes_labels (&merge->rows))
    return true;
  g_autoptr (GArray) keys = merge->base_store
      ? lam_bulk_edit_dup_keys (merge->bulk, error)
      : lam_past_dup_keys (merge->mine_past);
  GError *local = NULL;
  for (guint i = 0; keys && i < keys->len && !local; i++) {
    int64_t key = g_array_index (keys, int64_t, i);
    g_autoptr (LamLabelBrick) brick =
        lam_bulk_edit_read (merge->bulk, lam_brick_key_unpack (key), &local);
    note_labels (merge, brick);
    if (!local)
      lam_progress_check (merge->progress, &local);
  }
  if (local)
    g_propagate_error (error, local);
  return keys && !local;
}

/* ---- The end ------------------------------------------------------------ */

static bool
merged_work (LamConnection *connection, gpointer data, GError **error)
{
  Merge *merge = data;
  guint n = merge->theirs.history->len;
  const LamHistoryRow *last = n ? merge->theirs.history->pdata[n - 1] : NULL;
  g_autofree char *classes =
      lam_id_map_to_text (merge->rows.ids[LAM_ROW_CLASS]);
  g_autofree char *labels = lam_id_map_to_text (merge->rows.ids[LAM_ROW_LABEL]);
  g_autofree char *regions =
      lam_id_map_to_text (merge->rows.ids[LAM_ROW_REGION]);
  const LamMergedRow row = { .edit = lam_bulk_edit_get_id (merge->bulk),
    .row = n,
    .time = last ? last->time : 0,
    .classes = classes,
    .labels = labels,
    .regions = regions };
  return lam_voice_table_write_merged (connection, &row, error);
}

static void
fill_report (Merge *merge)
{
  LamMergeReport *report = &merge->result->report;
  LamRowMerge *rows = &merge->rows;
  report->n_bricks = merge->result->keys->len;
  report->n_new_classes = rows->n_new[LAM_ROW_CLASS];
  report->n_new_labels = rows->n_new[LAM_ROW_LABEL];
  report->n_new_regions = rows->n_new[LAM_ROW_REGION];
  report->n_renumbered = rows->n_renumbered;
  report->n_unified = rows->n_unified;
  report->n_changed_rows = rows->n_changed;
  report->row_conflicts = g_steal_pointer (&rows->conflicts);
  report->voice = merge->voice;
}

/* All but ending the transaction. */
static bool
merge_all (Merge *merge, GError **error)
{
  LamMergeReport *report = &merge->result->report;
  if (!look (merge, error) || !begin_rows (merge, error)
      || !lam_bulk_edit_work (merge->bulk, protection_work, merge, error))
    return false;
  report->base = merge->base_store ? -1 : merge->base.mine;
  report->persons = lam_merge_dup_persons (&merge->theirs,
      merge->base_store ? 0 : merge->base.theirs, &report->n_edits);
  merge->runs = lam_merge_runs_new (merge->bulk, merge->theirs_store, error);
  if (!merge->runs || !merge_bricks (merge, error) || !note_mine (merge, error)
      || !lam_merge_runs_add_verdicts (merge->runs, &report->n_verdicts, error))
    return false;
  merge->result->rows = lam_row_merge_end (&merge->rows, merge->used);
  fill_report (merge);
  return true;
}

static bool
has_work (const LamMergeResult *result)
{
  const LamMergeReport *report = &result->report;
  return report->n_bricks > 0 || result->rows->len > 0 || report->n_verdicts > 0
      || report->voice != 0;
}

/* Networks may have come with it. */
static bool
keep_models_work (LamConnection *connection, gpointer data, GError **error)
{
  Merge *merge = data;
  lam_store_keep_models (
      merge->mine_store, lam_model_table_read (connection, error));
  return true;
}

/* Ends the bulk edit in every case. */
static bool
end (Merge *merge, bool apply, GError **error)
{
  LamMergeResult *result = merge->result;
  if (!apply || !has_work (result)) {
    lam_bulk_edit_cancel (merge->bulk);
    return true;
  }
  g_autofree char *file = g_path_get_basename (merge->theirs.path);
  g_autofree char *detail = g_strdup_printf (_ ("Merged with %s"), file);
  if (!lam_bulk_edit_work (merge->bulk, merged_work, merge, error)) {
    lam_bulk_edit_cancel (merge->bulk);
    return false;
  }
  if (*result->report.persons)
    lam_bulk_edit_set_who (merge->bulk, result->report.persons);
  result->row = lam_bulk_edit_end (
      merge->bulk, result->rows, &result->box, detail, error);
  result->report.edit = result->row ? result->row->id : 0;
  lam_store_work (merge->mine_store, keep_models_work, merge, NULL);
  return result->row != NULL;
}

LamMergeResult *
lam_store_merge (LamStore *mine, LamStore *theirs, LamStore *base, bool apply,
    LamProgress *progress, GError **error)
{
  g_autoptr (LamMergeResult) result = g_new0 (LamMergeResult, 1);
  result->keys = g_array_new (false, false, sizeof (int64_t));
  g_auto (Merge) merge = { .mine_store = mine,
    .theirs_store = theirs,
    .base_store = base,
    .progress = progress,
    .result = result,
    .used = g_hash_table_new (NULL, NULL) };
  merge.bulk = lam_store_begin_bulk (mine, "merge", error);
  if (!merge.bulk)
    return NULL;
  if (!merge_all (&merge, error)) {
    lam_bulk_edit_cancel (merge.bulk);
    return NULL;
  }
  return end (&merge, apply, error) ? g_steal_pointer (&result) : NULL;
}
