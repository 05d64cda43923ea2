/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A brick is read, compared with what is protected and merged in one request on
 * the store's thread, coded by the caller, and written in a second request. The
 * store is held from the edit's beginning to its end and each brick is written
 * once: nothing can come between what was looked at and what is written. */
#include "store/model-edit.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "base/int64-hash.h"
#include "store/brick-decoder.h"
#include "store/brick-encoder.h"
#include "store/brick-table.h"
#include "store/edit-writer.h"
#include "store/history.h"
#include "store/model-table.h"
#include "store/opinion-writer.h"
#include "store/protection.h"
#include "store/store-private.h"

struct _LamModelEdit {
  LamStore *store; /* Owned */
  LamModelEditInfo info;
  GPtrArray *rows; /* Owned; or NULL */
  uint16_t source;
  LamModelCounts counts;
  LamBox box; /* around what was written of each brick */
  /* Owned; used on the store's thread */
  LamEditWriter *writer;
  LamProtection *protection;
  LamOpinionWriter *opinions;
  GHashTable *changed; /* set of int64_t: bricks that are stale */
  GHashTable *used; /* set of labels that voxels were written with */
  uint32_t *wanted; /* 64³ */
  bool *is_protected; /* 64³ */
};

static void
model_edit_free (LamModelEdit *edit)
{
  g_object_unref (edit->store);
  g_clear_pointer (&edit->protection, lam_protection_free);
  lam_opinion_writer_free (edit->opinions);
  g_hash_table_unref (edit->changed);
  g_hash_table_unref (edit->used);
  g_clear_pointer (&edit->rows, g_ptr_array_unref);
  g_free (edit->wanted);
  g_free (edit->is_protected);
  g_free (edit);
}

/* Lets the others in again and frees. */
static void
let_go (LamModelEdit *edit)
{
  lam_store_thread_release (lam_store_get_thread (edit->store));
  model_edit_free (edit);
}

static bool
revision_work (LamConnection *connection, gpointer data, GError **error)
{
  int64_t head;
  return lam_history_read_head (connection, &head, data, error);
}

int64_t
lam_store_get_revision (LamStore *store, GError **error)
{
  int64_t newest = 0;
  return lam_store_work (store, revision_work, &newest, error) ? newest : -1;
}

/* ---- Beginning ---------------------------------------------------------- */

/* Whether an answer to `cause` may come now. */
static bool
find_outcome (LamModelEdit *edit, LamConnection *connection, GError **error)
{
  int64_t cause = edit->info.cause, head, newest, undone = 0;
  g_auto (LamEditRow) row = { 0 };
  if (cause == 0 && !edit->info.keeps_redo)
    return true;
  if (cause != 0 && !lam_history_read_row (connection, cause, &row, error))
    return false;
  if (!lam_history_read_head (connection, &head, &newest, error))
    return false;
  if (cause != 0 && (row.head != cause || row.state != LAM_EDIT_DONE)) {
    edit->counts.outcome = LAM_MODEL_CAUSE_UNDONE;
    return true;
  }
  /* Right after an edit nothing can be redone; then the table is not read. */
  if (head != newest
      && !lam_connection_read_int (connection,
          "SELECT 1 FROM edit WHERE state = 1 LIMIT 1", &undone, error, ""))
    return false;
  if (undone)
    edit->counts.outcome = LAM_MODEL_REDO_WAITS;
  return true;
}

static bool
is_refused (const LamModelEdit *edit)
{
  return edit->counts.outcome == LAM_MODEL_CAUSE_UNDONE
      || edit->counts.outcome == LAM_MODEL_REDO_WAITS;
}

static bool
prepare (LamModelEdit *edit, LamConnection *connection, GError **error)
{
  g_autofree char *name =
      lam_run_table_dup_name (connection, edit->info.run, error);
  if (!name || !find_outcome (edit, connection, error))
    return false;
  lam_edit_writer_set_run (
      edit->writer, edit->info.run, edit->info.cause, name);
  if (is_refused (edit))
    return true;
  if (!lam_history_find_changed (
          connection, edit->info.base, edit->changed, error)
      || !(edit->protection = lam_protection_new (connection, error)))
    return false;
  for (guint i = 0; edit->rows && i < edit->rows->len; i++) {
    const LamLabel *row =
        ((const LamRowChange *)edit->rows->pdata[i])->label_after;
    if (!row->deleted
        && !lam_protection_expect_label (edit->protection, row, error))
      return false;
  }
  return true;
}

static bool
begin_work (LamConnection *connection, gpointer data, GError **error)
{
  LamModelEdit *edit = data;
  edit->writer = lam_edit_writer_begin (connection, "model", error);
  if (!edit->writer)
    lam_store_after_write (edit->store, false);
  if (edit->writer && prepare (edit, connection, error))
    return true;
  if (edit->writer)
    lam_edit_writer_cancel (edit->writer);
  return false;
}

LamModelEdit *
lam_store_begin_model_edit (LamStore *store, const LamModelEditInfo *info,
    GPtrArray *rows, GError **error)
{
  if (!lam_store_check_writable (store, error))
    return NULL;
  if (!lam_store_thread_hold (lam_store_get_thread (store))) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_IO, _ ("%s has been closed"),
        lam_store_get_path (store));
    return NULL;
  }
  LamModelEdit *edit = g_new0 (LamModelEdit, 1);
  edit->store = g_object_ref (store);
  edit->info = *info;
  edit->rows = rows ? g_ptr_array_ref (rows) : NULL;
  edit->source = (uint16_t)(LAM_SOURCE_FIRST_RUN + info->run);
  edit->changed =
      g_hash_table_new_full (lam_int64_hash, g_int64_equal, g_free, NULL);
  edit->used = g_hash_table_new (NULL, NULL);
  edit->opinions = lam_opinion_writer_new (edit->source);
  edit->wanted = g_new (uint32_t, LAM_BRICK_VOXELS);
  edit->is_protected = g_new (bool, LAM_BRICK_VOXELS);
  if (lam_store_work_held (store, begin_work, edit, error))
    return edit;
  let_go (edit);
  return NULL;
}

/* ---- Writing ------------------------------------------------------------ */

typedef struct {
  LamModelEdit *edit;
  LamBrickKey key;
  const LamBox *box;
  const uint32_t *labels;
  const LamRunOpinion *opinion; /* or NULL */
  /* Owned; what was found on the store's thread */
  LamLabelBrick *stored, *after; /* NULL: none; nothing changes */
  GBytes *thought; /* what the run thought before */
  /* Owned; what is to be put; NULL: nothing */
  GByteArray *data, *difference, *thinks, *replaced;
  int64_t n_voxels;
} WriteRequest;

static void
write_request_clear (WriteRequest *request)
{
  g_clear_pointer (&request->stored, lam_label_brick_unref);
  g_clear_pointer (&request->after, lam_label_brick_unref);
  g_clear_pointer (&request->thought, g_bytes_unref);
  g_clear_pointer (&request->data, g_byte_array_unref);
  g_clear_pointer (&request->difference, g_byte_array_unref);
  g_clear_pointer (&request->thinks, g_byte_array_unref);
  g_clear_pointer (&request->replaced, g_byte_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WriteRequest, write_request_clear)

/* From the first to the last voxel of the box that lies in the brick. */
static LamVoxelRange
find_range (const LamBox *brick, const LamBox *part)
{
  int64_t at[2] = { 0 };
  for (int a = 2; a >= 0 && !lam_box_is_empty (part); a--) {
    at[0] = at[0] * LAM_BRICK_EDGE + part->min[a] - brick->min[a];
    at[1] = at[1] * LAM_BRICK_EDGE + part->max[a] - 1 - brick->min[a];
  }
  bool any = !lam_box_is_empty (part);
  return (LamVoxelRange){ (int)at[0], (int)at[1] + any };
}

/* The brick's labels, silent wherever the model said nothing. Counts the voxels
 * that it spoke of. */
static LamVoxelRange
take_wanted (const WriteRequest *request, uint32_t *wanted, int64_t *n)
{
  LamBox brick = lam_brick_box (request->key);
  LamBox part = lam_box_intersect (request->box, &brick);
  LamVoxelRange range = find_range (&brick, &part);
  for (int i = range.first; i < range.end; i++)
    wanted[i] = LAM_MODEL_SILENT;
  *n = 0;
  for (int64_t z = part.min[2]; z < part.max[2]; z++)
    for (int64_t y = part.min[1]; y < part.max[1]; y++) {
      int64_t row = LAM_BRICK_EDGE
          * (y - brick.min[1] + LAM_BRICK_EDGE * (z - brick.min[2]));
      for (int64_t x = part.min[0]; x < part.max[0]; x++) {
        int64_t i = row + x - brick.min[0];
        wanted[i] = request->labels[i];
        *n += wanted[i] != LAM_MODEL_SILENT;
      }
    }
  return range;
}

/* The brick with what may be written; NULL when nothing changes. */
static LamLabelBrick *
merge (LamModelEdit *edit, LamVoxelRange range, const LamLabelBrick *stored)
{
  LamModelCounts *counts = &edit->counts;
  int64_t n_before = counts->n_written;
  g_autoptr (LamLabelBrick) after =
      stored ? lam_label_brick_copy (stored) : lam_label_brick_new_cleared ();
  uint32_t *labels = lam_label_brick_write_labels (after);
  uint16_t *sources = lam_label_brick_write_sources (after);
  uint32_t last = 0; /* which is no new label */
  for (int i = range.first; i < range.end; i++) {
    uint32_t wanted = edit->wanted[i];
    if (wanted == LAM_MODEL_SILENT)
      continue;
    if (edit->is_protected[i])
      counts->n_protected++;
    else if (labels[i] == wanted && sources[i] == edit->source)
      counts->n_same++;
    else {
      labels[i] = wanted;
      sources[i] = edit->source;
      counts->n_written++;
      if (wanted != last)
        g_hash_table_add (edit->used, GUINT_TO_POINTER (wanted));
      last = wanted;
    }
  }
  lam_label_brick_settle (after);
  return counts->n_written > n_before ? g_steal_pointer (&after) : NULL;
}

/* Voxels of a brick that the model may not touch at all. */
static bool
is_stale (LamModelEdit *edit, int64_t packed, const LamBox *part, int64_t n)
{
  if (!is_refused (edit) && !g_hash_table_contains (edit->changed, &packed))
    return false;
  edit->counts.n_stale += n;
  if (!is_refused (edit))
    edit->counts.stale = lam_box_unite (&edit->counts.stale, part);
  return true;
}

/* What is stored, and what is to become of it. */
static bool
look_work (LamConnection *connection, gpointer data, GError **error)
{
  WriteRequest *request = data;
  LamModelEdit *edit = request->edit;
  int64_t packed = lam_brick_key_pack (request->key);
  int64_t n;
  LamVoxelRange range = take_wanted (request, edit->wanted, &n);
  LamBox brick = lam_brick_box (request->key);
  LamBox part = lam_box_intersect (request->box, &brick);
  bool is_left = is_stale (edit, packed, &part, n);
  if (is_left)
    request->opinion = NULL;
  if (is_left || (n == 0 && !request->opinion))
    return true;
  GError *problem = NULL;
  request->stored = lam_brick_table_read (connection, packed, &problem);
  if (problem) {
    g_propagate_error (error, problem);
    return false;
  }
  if (!lam_protection_find (edit->protection, request->key, range,
          request->stored, edit->wanted, edit->is_protected, error))
    return false;
  request->after = merge (edit, range, request->stored);
  if (request->after)
    edit->box = lam_box_unite (&edit->box, &part);
  if (request->opinion)
    request->thought =
        lam_opinion_writer_read (edit->opinions, connection, packed);
  return true;
}

/* In the caller's thread. */
static void
encode (WriteRequest *request)
{
  if (request->after) {
    request->difference = lam_difference_encode (
        request->stored, request->after, &request->n_voxels);
    request->data = lam_brick_encode (request->after);
  }
  if (request->opinion)
    request->thinks = lam_opinion_writer_merge (
        request->thought, request->opinion, &request->replaced);
}

/* The edit is not rolled back any more where a label was written. */
static bool
put_opinion (WriteRequest *request, LamConnection *connection, GError **error)
{
  LamModelEdit *edit = request->edit;
  const LamLabelBrick *brick =
      request->after ? request->after : request->stored;
  return lam_opinion_writer_add (edit->opinions, connection,
             lam_brick_key_pack (request->key),
             g_steal_pointer (&request->thinks),
             g_steal_pointer (&request->replaced), brick, error)
      && (edit->counts.n_written == 0
          || lam_opinion_writer_put_last (edit->opinions, connection, error));
}

static bool
put_work (LamConnection *connection, gpointer data, GError **error)
{
  WriteRequest *request = data;
  LamModelEdit *edit = request->edit;
  int presence =
      (request->stored ? LAM_PRESENCE_BEFORE : 0) | LAM_PRESENCE_AFTER;
  if (request->thinks && !put_opinion (request, connection, error))
    return false;
  return !request->after
      || lam_edit_writer_put (edit->writer, request->key, presence,
          request->data, request->difference, request->n_voxels, error);
}

bool
lam_model_edit_write (LamModelEdit *edit, LamBrickKey key, const LamBox *box,
    const uint32_t *labels, const LamRunOpinion *opinion, bool *changed,
    GError **error)
{
  g_auto (WriteRequest) request = { edit, key, box, labels, opinion };
  bool ok = lam_store_work_held (edit->store, look_work, &request, error);
  if (ok)
    encode (&request);
  if (ok && (request.after || request.thinks))
    ok = lam_store_work_held (edit->store, put_work, &request, error);
  if (changed)
    *changed = ok && request.after;
  return ok;
}

typedef struct {
  int64_t key;
  GBytes *bytes; /* Owned */
} ReadRequest;

static bool
read_work (LamConnection *connection, gpointer data, GError **error)
{
  ReadRequest *request = data;
  GError *problem = NULL;
  request->bytes =
      lam_brick_table_read_bytes (connection, request->key, &problem);
  if (problem)
    g_propagate_error (error, problem);
  else if (!request->bytes)
    g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
        _ ("%s: a brick that was read is gone"),
        lam_connection_get_path (connection));
  return request->bytes != NULL;
}

LamBrickRuns *
lam_model_edit_read_runs (LamModelEdit *edit, LamBrickKey key, GError **error)
{
  ReadRequest request = { lam_brick_key_pack (key), NULL };
  LamBrickRuns *runs = NULL;
  gsize size;
  if (lam_store_work_held (edit->store, read_work, &request, error)) {
    const void *data = g_bytes_get_data (request.bytes, &size);
    runs = lam_brick_decode_runs (data, size, error);
  }
  g_clear_pointer (&request.bytes, g_bytes_unref);
  return runs;
}

const LamModelCounts *
lam_model_edit_get_counts (const LamModelEdit *edit)
{
  return &edit->counts;
}

/* ---- Ending ------------------------------------------------------------- */

typedef struct {
  LamModelEdit *edit;
  const char *detail;
  LamHistoryRow *row;
} EndRequest;

/* An answer goes with the newest edit, as it would if it had written labels.
 * What a person asked for is no act where no label is another, and stays. */
static bool
put_opinions_alone (LamConnection *connection, gpointer data, GError **error)
{
  LamModelEdit *edit = data;
  int64_t head = 0, newest;
  return (edit->info.cause == 0
             || lam_history_read_head (connection, &head, &newest, error))
      && lam_opinion_writer_put (edit->opinions, connection, head, error);
}

/* No label was left to write, but the run may not have said how sure it is. */
static bool
write_opinions_alone (
    LamModelEdit *edit, LamConnection *connection, GError **error)
{
  if (edit->counts.n_opinions == 0)
    return true;
  bool ok =
      lam_connection_transact (connection, put_opinions_alone, edit, error);
  lam_store_after_write (edit->store, ok);
  return ok;
}

static void
drop_unused (LamModelEdit *edit)
{
  for (guint i = edit->rows ? edit->rows->len : 0; i-- > 0;) {
    const LamLabel *row =
        ((const LamRowChange *)edit->rows->pdata[i])->label_after;
    if (!row->deleted
        && !g_hash_table_contains (edit->used, GUINT_TO_POINTER (row->id)))
      g_ptr_array_remove_index (edit->rows, i);
  }
}

static bool
end_work (LamConnection *connection, gpointer data, GError **error)
{
  EndRequest *request = data;
  LamModelEdit *edit = request->edit;
  edit->counts.n_opinions = lam_opinion_writer_count (edit->opinions);
  if (edit->counts.n_written == 0) {
    if (!is_refused (edit))
      edit->counts.outcome = LAM_MODEL_UNCHANGED;
    lam_edit_writer_cancel (edit->writer);
    return write_opinions_alone (edit, connection, error);
  }
  drop_unused (edit);
  if (lam_edit_writer_rows (edit->writer, edit->rows, error)
      && lam_store_write_settings (edit->store, connection, error)
      && lam_opinion_writer_put (edit->opinions, connection,
          lam_edit_writer_get_id (edit->writer), error))
    request->row =
        lam_edit_writer_end (edit->writer, &edit->box, request->detail, error);
  else
    lam_edit_writer_cancel (edit->writer);
  lam_store_after_write (edit->store, request->row != NULL);
  return request->row != NULL;
}

LamHistoryRow *
lam_model_edit_end (LamModelEdit *edit, const char *detail,
    LamModelCounts *counts, GError **error)
{
  EndRequest request = { edit, detail, NULL };
  lam_store_work_held (edit->store, end_work, &request, error);
  if (counts)
    *counts = edit->counts;
  let_go (edit);
  return request.row;
}

static bool
cancel_work (LamConnection *connection, gpointer data, GError **error)
{
  lam_edit_writer_cancel (data);
  return true;
}

void
lam_model_edit_cancel (LamModelEdit *edit)
{
  lam_store_work_held (edit->store, cancel_work, edit->writer, NULL);
  let_go (edit);
}
