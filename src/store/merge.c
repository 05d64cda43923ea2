/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One transaction on mine, in which theirs is only read. A brick that theirs
 * did not touch since both parted is not looked at; of the others a handful are
 * in memory at a time. */
#include "store/merge.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "store/merge-past.h"
#include "store/merge-runs.h"
#include "store/model-table.h"
#include "store/protection.h"
#include "store/store-private.h"

typedef struct {
  LamBulkEdit *bulk; /* Borrowed */
  LamStore *mine_store; /* Borrowed */
  LamStore *theirs_store, *base_store; /* Borrowed; base_store or NULL */
  LamMergeFlags flags;
  LamProgress *progress; /* Borrowed; or NULL */
  LamMergeResult *result; /* Borrowed */
  LamMergePast *past; /* Owned */
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
  g_clear_pointer (&merge->past, lam_merge_past_free);
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
  g_clear_pointer (&report->left_out, g_ptr_array_unref);
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

/* ---- Bricks ------------------------------------------------------------- */

static bool
protection_work (LamConnection *connection, gpointer data, GError **error)
{
  Merge *merge = data;
  merge->protection = lam_protection_new (connection, error);
  merge->kept = g_malloc (LAM_BRICK_VOXELS);
  return merge->protection != NULL;
}

typedef struct {
  LamLabelBrick *mine, *theirs, *before; /* Owned */
} Three;

static void
three_clear (Three *three)
{
  g_clear_pointer (&three->mine, lam_label_brick_unref);
  g_clear_pointer (&three->theirs, lam_label_brick_unref);
  g_clear_pointer (&three->before, lam_label_brick_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Three, three_clear)

static bool
read_mine (Merge *merge, int64_t key, Three *three, GError **error)
{
  GError *local = NULL;
  three->mine =
      lam_bulk_edit_read (merge->bulk, lam_brick_key_unpack (key), &local);
  if (local)
    g_propagate_error (error, local);
  return !local;
}

static bool
read_theirs (Merge *merge, int64_t key, Three *three, GError **error)
{
  GError *local = NULL;
  LamIdMap *labels = merge->rows.ids[LAM_ROW_LABEL];
  three->theirs = lam_store_read_brick (
      merge->theirs_store, lam_brick_key_unpack (key), NULL, &local);
  if (local) {
    g_propagate_error (error, local);
    return false;
  }
  return lam_merge_runs_translate (merge->runs, labels, &three->theirs, error)
      && lam_merge_past_read (
          merge->past, key, merge->runs, labels, &three->before, error);
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
  const int64_t *size = lam_merge_past_get_mine (merge->past)->size;
  const char *name = merge->result->report.persons;
  g_autofree char *file =
      g_path_get_basename (lam_store_get_path (merge->theirs_store));
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
  const Three *three;
} KeptRequest;

static bool
kept_work (LamConnection *connection, gpointer data, GError **error)
{
  const KeptRequest *request = data;
  return lam_protection_find_kept (request->merge->protection,
      lam_brick_key_unpack (request->key), request->three->mine,
      request->three->theirs, request->merge->kept, error);
}

static bool
check_key (const Merge *merge, int64_t key, GError **error)
{
  LamBrickKey brick = lam_brick_key_unpack (key);
  LamBox box = lam_brick_box (brick);
  LamBox all = lam_box_of_size (lam_merge_past_get_mine (merge->past)->size);
  LamBox inside = lam_box_intersect (&box, &all);
  if (key >= 0 && !lam_box_is_empty (&inside))
    return true;
  g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
      _ ("%s is damaged: brick %d, %d, %d lies outside of the image"),
      lam_store_get_path (merge->theirs_store), brick.x, brick.y, brick.z);
  return false;
}

/* Where mine or the base is damaged, nothing of theirs is at fault. */
static bool
is_theirs (const Merge *merge, const GError *problem)
{
  return g_error_matches (problem, LAM_ERROR, LAM_ERROR_CORRUPT)
      && !lam_bulk_edit_has_failed (merge->bulk)
      && !lam_merge_past_has_file_failed (merge->past);
}

/* Takes the error. False: it stands. */
static bool
leave_out (Merge *merge, int64_t key, GError *problem, GError **error)
{
  const bool can_skip = is_theirs (merge, problem);
  if (!(merge->flags & LAM_MERGE_SKIPS_DAMAGE) || !can_skip) {
    if (can_skip)
      problem->code = LAM_ERROR_CORRUPT_PART;
    g_propagate_error (error, problem);
    return false;
  }
  const LamBox box = lam_brick_box (lam_brick_key_unpack (key));
  g_ptr_array_add (merge->result->report.left_out,
      g_strdup_printf (
          _ ("Left out, yours stays: voxels from %" G_GINT64_FORMAT
             ", %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
             ", %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT ". %s"),
          box.min[0], box.min[1], box.min[2], box.max[0] - 1, box.max[1] - 1,
          box.max[2] - 1, problem->message));
  g_error_free (problem);
  return true;
}

static bool merge_three (
    Merge *merge, int64_t key, const Three *three, GError **error);

/* A label of a brick of mine that stays as it is is still in use. */
static bool
merge_brick (Merge *merge, int64_t key, GError **error)
{
  GError *problem = NULL;
  g_auto (Three) three = { 0 };
  if (!check_key (merge, key, &problem))
    return leave_out (merge, key, problem, error);
  if (!read_mine (merge, key, &three, error))
    return false;
  if (read_theirs (merge, key, &three, &problem))
    return merge_three (merge, key, &three, error);
  note_labels (merge, three.mine);
  return leave_out (merge, key, problem, error);
}

static bool
merge_three (Merge *merge, int64_t key, const Three *three, GError **error)
{
  KeptRequest kept = { merge, key, three };
  if (!lam_bulk_edit_work (merge->bulk, kept_work, &kept, error))
    return false;
  LamBox box = lam_brick_box (lam_brick_key_unpack (key));
  const LamThreeWay input = { three->mine, three->theirs, three->before,
    merge->kept };
  g_autoptr (LamLabelBrick) changed = NULL;
  g_autoptr (LamLabelBrick) aside = NULL;
  lam_three_way_merge (&input, &changed, &aside, &merge->result->report.voxels);
  note_labels (merge, changed ? changed : three->mine);
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
  g_autoptr (GArray) keys = lam_merge_past_list_theirs (merge->past, error);
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
  g_autoptr (GArray) keys = lam_merge_past_list_mine (merge->past, error);
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
  const GPtrArray *theirs = lam_merge_past_get_theirs (merge->past)->history;
  guint n = theirs->len;
  const LamHistoryRow *last = n ? theirs->pdata[n - 1] : NULL;
  g_autofree char *classes =
      lam_id_map_to_text (merge->rows.ids[LAM_ROW_CLASS]);
  g_autofree char *labels = lam_id_map_to_text (merge->rows.ids[LAM_ROW_LABEL]);
  g_autofree char *regions =
      lam_id_map_to_text (merge->rows.ids[LAM_ROW_REGION]);
  LamIdMap *note_ids = merge->rows.ids[LAM_ROW_NOTE];
  g_autofree char *notes =
      g_hash_table_size (note_ids) > 0 ? lam_id_map_to_text (note_ids) : NULL;
  const LamMergedRow row = { .edit = lam_bulk_edit_get_id (merge->bulk),
    .row = n,
    .time = last ? last->time : 0,
    .classes = classes,
    .labels = labels,
    .regions = regions,
    .notes = notes };
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
  report->n_new_notes = rows->n_new[LAM_ROW_NOTE];
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
  merge->past = lam_merge_past_new (
      merge->bulk, merge->theirs_store, merge->base_store, error);
  if (!merge->past
      || !lam_merge_past_begin_rows (merge->past, &merge->rows, error)
      || !lam_row_merge_run (&merge->rows, error)
      || !lam_bulk_edit_work (merge->bulk, protection_work, merge, error))
    return false;
  const LamMergeBase *base = lam_merge_past_get_base (merge->past);
  report->base = base ? base->mine : -1;
  report->persons =
      lam_merge_dup_persons (lam_merge_past_get_theirs (merge->past),
          base ? base->theirs : 0, &report->n_edits);
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

static char *
dup_detail (const Merge *merge)
{
  const LamMergeReport *report = &merge->result->report;
  g_autofree char *file =
      g_path_get_basename (lam_store_get_path (merge->theirs_store));
  g_autofree char *text = *report->persons
      ? g_strdup_printf (_ ("Merged with %s, by %s"), file, report->persons)
      : g_strdup_printf (_ ("Merged with %s"), file);
  const guint n = report->left_out->len;
  return n == 0 ? g_steal_pointer (&text)
                : g_strdup_printf (ngettext ("%s; %u damaged brick left out",
                                       "%s; %u damaged bricks left out", n),
                    text, n);
}

/* Ends the bulk edit in every case. */
static bool
end (Merge *merge, GError **error)
{
  LamMergeResult *result = merge->result;
  if (!(merge->flags & LAM_MERGE_APPLIES) || !has_work (result)) {
    lam_bulk_edit_cancel (merge->bulk);
    return true;
  }
  g_autofree char *detail = dup_detail (merge);
  if (!lam_bulk_edit_work (merge->bulk, merged_work, merge, error)) {
    lam_bulk_edit_cancel (merge->bulk);
    return false;
  }
  result->row = lam_bulk_edit_end (
      merge->bulk, result->rows, &result->box, detail, error);
  result->report.edit = result->row ? result->row->id : 0;
  lam_store_work (merge->mine_store, keep_models_work, merge, NULL);
  return result->row != NULL;
}

LamMergeResult *
lam_store_merge (LamStore *mine, LamStore *theirs, LamStore *base,
    LamMergeFlags flags, LamProgress *progress, GError **error)
{
  g_autoptr (LamMergeResult) result = g_new0 (LamMergeResult, 1);
  result->keys = g_array_new (false, false, sizeof (int64_t));
  result->report.left_out = g_ptr_array_new_with_free_func (g_free);
  g_auto (Merge) merge = { .flags = flags,
    .mine_store = mine,
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
  return end (&merge, error) ? g_steal_pointer (&result) : NULL;
}
