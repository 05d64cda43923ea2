/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "store/merge-runs.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "store/model-table.h"
#include "store/row-table.h"
#include "store/store-private.h"
#include "store/verdict-table.h"
#include "store/verdict-versions.h"

struct _LamMergeRuns {
  LamBulkEdit *mine; /* Borrowed */
  LamStore *theirs; /* Borrowed */
  GPtrArray *models, *runs; /* Owned; theirs */
  GArray *verdicts; /* Owned; theirs */
  GHashTable *notes; /* Owned; of those */
  GHashTable *settings; /* Owned; theirs, by name */
  LamIdMap *known; /* Owned; runs */
};

void
lam_merge_runs_free (LamMergeRuns *runs)
{
  g_clear_pointer (&runs->models, g_ptr_array_unref);
  g_clear_pointer (&runs->runs, g_ptr_array_unref);
  g_clear_pointer (&runs->verdicts, g_array_unref);
  g_clear_pointer (&runs->notes, g_hash_table_unref);
  g_clear_pointer (&runs->settings, g_hash_table_unref);
  g_clear_pointer (&runs->known, g_hash_table_unref);
  g_free (runs);
}

static bool
read_work (LamConnection *connection, gpointer data, GError **error)
{
  LamMergeRuns *runs = data;
  runs->models = lam_model_table_read (connection, error);
  if (runs->models)
    runs->runs = lam_run_table_read (connection, error);
  if (runs->runs)
    runs->verdicts = lam_verdict_table_read (connection, error);
  if (runs->verdicts)
    runs->notes = lam_verdict_table_read_notes (connection, error);
  return runs->notes
      && lam_row_read_settings (connection, runs->settings, error);
}

LamMergeRuns *
lam_merge_runs_new (LamBulkEdit *mine, LamStore *theirs, GError **error)
{
  g_autoptr (LamMergeRuns) runs = g_new0 (LamMergeRuns, 1);
  runs->mine = mine;
  runs->theirs = theirs;
  runs->known = lam_id_map_new ();
  runs->settings =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return lam_store_work (theirs, read_work, runs, error)
      ? g_steal_pointer (&runs)
      : NULL;
}

/* ---- Models ------------------------------------------------------------- */

typedef struct {
  const LamModelRow *model; /* Borrowed; of theirs */
  const LamRunRow *run; /* Borrowed; the same */
  GByteArray *onnx; /* Owned */
  int64_t id; /* in mine */
} Request;

static bool
bytes_work (LamConnection *connection, gpointer data, GError **error)
{
  Request *request = data;
  for (int64_t i = 0; request->onnx->len < request->model->n_bytes; i++) {
    g_autoptr (GBytes) part =
        lam_model_table_read_part (connection, request->model->id, i, error);
    if (!part)
      return false;
    gsize n;
    const void *bytes = g_bytes_get_data (part, &n);
    g_byte_array_append (request->onnx, bytes, (guint)n);
  }
  return true;
}

static bool
find_model_work (LamConnection *connection, gpointer data, GError **error)
{
  Request *request = data;
  return lam_connection_read_int (connection,
      "SELECT id FROM model WHERE hash = ?1 ORDER BY removed, id LIMIT 1",
      &request->id, error, "t", request->model->hash);
}

static bool
add_model_work (LamConnection *connection, gpointer data, GError **error)
{
  Request *request = data;
  LamModelRow row = *request->model;
  row.parent = 0; /* another project's number */
  g_autoptr (GBytes) onnx =
      g_bytes_new (request->onnx->data, request->onnx->len);
  request->id = lam_model_table_add (connection, &row, onnx, error);
  return request->id != 0
      && (!row.removed
          || lam_model_table_remove (connection, request->id, error));
}

static bool
begin_run_work (LamConnection *connection, gpointer data, GError **error)
{
  Request *request = data;
  int64_t run = lam_run_table_begin (
      connection, request->id, request->run->settings, error);
  request->id = run;
  return run != 0
      && (lam_box_is_empty (&request->run->box)
          || lam_run_table_extend (connection, run, &request->run->box, error));
}

/* The run that it is in mine, copied with its model if it is not there. */
static bool
copy_run (LamMergeRuns *runs, const LamRunRow *run, const LamModelRow *model,
    int64_t *id, GError **error)
{
  g_autoptr (GByteArray) onnx = g_byte_array_new ();
  Request request = { model, run, onnx, 0 };
  if (!lam_bulk_edit_work (runs->mine, find_model_work, &request, error))
    return false;
  if (request.id == 0
      && ((!model->removed
              && !lam_store_work (runs->theirs, bytes_work, &request, error))
          || !lam_bulk_edit_work (runs->mine, add_model_work, &request, error)))
    return false;
  bool done = lam_bulk_edit_work (runs->mine, begin_run_work, &request, error);
  *id = request.id;
  return done;
}

static const LamModelRow *
find_model (const LamMergeRuns *runs, int64_t id)
{
  for (guint i = 0; i < runs->models->len; i++)
    if (((LamModelRow *)runs->models->pdata[i])->id == id)
      return runs->models->pdata[i];
  return NULL;
}

static bool
map_run (LamMergeRuns *runs, int64_t theirs, int64_t *mine, GError **error)
{
  const LamRunRow *run = NULL;
  if (lam_id_map_has (runs->known, theirs)) {
    *mine = lam_id_map_get (runs->known, theirs);
    return true;
  }
  for (guint i = 0; i < runs->runs->len && !run; i++)
    if (((LamRunRow *)runs->runs->pdata[i])->id == theirs)
      run = runs->runs->pdata[i];
  const LamModelRow *model = run ? find_model (runs, run->model) : NULL;
  if (!model) {
    g_set_error (error, LAM_ERROR, LAM_ERROR_CORRUPT,
        _ ("%s holds voxels of run %" G_GINT64_FORMAT
           " of a network, which it does not know"),
        lam_store_get_path (runs->theirs), theirs);
    return false;
  }
  if (!copy_run (runs, run, model, mine, error))
    return false;
  lam_id_map_put (runs->known, theirs, *mine);
  return true;
}

/* ---- Voxels ------------------------------------------------------------- */

static bool
map_source (LamMergeRuns *runs, uint16_t theirs, uint16_t *mine, GError **error)
{
  int64_t run = 0;
  *mine = theirs;
  if (theirs < LAM_SOURCE_FIRST_RUN)
    return true;
  if (!map_run (runs, theirs - LAM_SOURCE_FIRST_RUN, &run, error))
    return false;
  *mine = (uint16_t)(run + LAM_SOURCE_FIRST_RUN);
  return true;
}

bool
lam_merge_runs_translate (
    LamMergeRuns *runs, LamIdMap *labels, LamLabelBrick **brick, GError **error)
{
  if (!*brick)
    return true;
  g_autoptr (LamLabelBrick) copy = lam_label_brick_copy (*brick);
  uint32_t *label = lam_label_brick_write_labels (copy);
  uint16_t *source = lam_label_brick_write_sources (copy);
  uint32_t last_label = 0, new_label = 0;
  uint16_t last_source = LAM_SOURCE_UNSET, new_source = LAM_SOURCE_UNSET;
  for (int i = 0; i < LAM_BRICK_VOXELS; i++) {
    if (label[i] != last_label) {
      last_label = label[i];
      new_label = (uint32_t)lam_id_map_get (labels, last_label);
    }
    if (source[i] != last_source) {
      last_source = source[i];
      if (!map_source (runs, last_source, &new_source, error)) {
        lam_label_brick_settle (copy);
        return false;
      }
    }
    label[i] = new_label;
    source[i] = new_source;
  }
  lam_label_brick_settle (copy);
  lam_label_brick_unref (*brick);
  *brick = g_steal_pointer (&copy);
  return true;
}

/* ---- Verdicts ----------------------------------------------------------- */

/* Mine of the same moment and place; NULL: none. */
static const LamVerdictRow *
find_known (const GArray *mine, const LamVerdictRow *row)
{
  for (guint i = 0; i < mine->len; i++) {
    const LamVerdictRow *other = &g_array_index (mine, LamVerdictRow, i);
    if (other->time == row->time && lam_box_equal (&other->box, &row->box))
      return other;
  }
  return NULL;
}

typedef struct {
  LamVerdictRow row;
  const char *note, *versions; /* Borrowed */
  GHashTable *settings; /* Borrowed; mine, by name */
  GArray *rows; /* Owned */
  GHashTable *notes; /* Owned */
} VerdictRequest;

static bool
list_verdicts_work (LamConnection *connection, gpointer data, GError **error)
{
  VerdictRequest *request = data;
  request->rows = lam_verdict_table_read (connection, error);
  if (request->rows)
    request->notes = lam_verdict_table_read_notes (connection, error);
  if (request->notes
      && lam_row_read_settings (connection, request->settings, error))
    return true;
  g_clear_pointer (&request->rows, g_array_unref);
  g_clear_pointer (&request->notes, g_hash_table_unref);
  return false;
}

static bool
add_verdict_work (LamConnection *connection, gpointer data, GError **error)
{
  VerdictRequest *request = data;
  return lam_verdict_table_add (connection, &request->row, request->note, error)
      && lam_verdict_versions_write (
          connection, &request->row, request->versions, error);
}

static bool
set_note_work (LamConnection *connection, gpointer data, GError **error)
{
  VerdictRequest *request = data;
  return lam_verdict_table_set_note (
             connection, request->row.id, request->note, error)
      && lam_verdict_versions_write (
          connection, &request->row, request->versions, error);
}

/* Both said it, as they grew from one; either may have written to it since: the
 * newer note, if it is known which that is, else both. */
static bool
join_notes (LamMergeRuns *runs, const VerdictRequest *mine,
    const LamVerdictRow *row, const char *theirs, int *n_changed,
    GError **error)
{
  const char *now = g_hash_table_lookup (mine->notes, &row->id);
  g_autofree char *my_versions =
      lam_verdict_versions_dup (mine->settings, row, now);
  g_autofree char *their_versions =
      lam_verdict_versions_dup (runs->settings, row, theirs);
  if (lam_verdict_versions_know (my_versions, their_versions))
    return true;
  const bool is_newer = lam_verdict_versions_know (their_versions, my_versions);
  g_autofree char *both = is_newer ? g_strdup (theirs ? theirs : "")
                                   : lam_note_join_texts (now, theirs);
  const bool is_theirs = g_strcmp0 (both, theirs ? theirs : "") == 0;
  const bool is_mine = g_strcmp0 (both, now ? now : "") == 0;
  g_autofree char *seen = is_theirs
      ? lam_verdict_versions_join (their_versions, my_versions)
      : lam_verdict_versions_join (my_versions, their_versions);
  g_autofree char *versions = is_theirs || is_mine
      ? g_strdup (seen)
      : lam_verdict_versions_renew (seen);
  VerdictRequest request = { .row = *row, .note = both, .versions = versions };
  *n_changed += !is_mine;
  return lam_bulk_edit_work (runs->mine, set_note_work, &request, error);
}

static bool
add_verdict (
    LamMergeRuns *runs, const LamVerdictRow *row, int *n_added, GError **error)
{
  const char *note = g_hash_table_lookup (runs->notes, &row->id);
  g_autofree char *versions =
      lam_verdict_versions_dup (runs->settings, row, note);
  VerdictRequest request = { .row = *row, .note = note, .versions = versions };
  int64_t *run = &request.row.state.run;
  if (*run != 0 && !map_run (runs, *run, run, error))
    return false;
  (*n_added)++;
  return lam_bulk_edit_work (runs->mine, add_verdict_work, &request, error);
}

bool
lam_merge_runs_add_verdicts (LamMergeRuns *runs, int *n_added, GError **error)
{
  g_autoptr (GHashTable) settings =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  VerdictRequest mine = { .settings = settings };
  if (!lam_bulk_edit_work (runs->mine, list_verdicts_work, &mine, error))
    return false;
  bool done = true;
  for (guint i = 0; done && i < runs->verdicts->len; i++) {
    const LamVerdictRow *row =
        &g_array_index (runs->verdicts, LamVerdictRow, i);
    const LamVerdictRow *known = find_known (mine.rows, row);
    const char *note = g_hash_table_lookup (runs->notes, &row->id);
    done = known ? join_notes (runs, &mine, known, note, n_added, error)
                 : add_verdict (runs, row, n_added, error);
  }
  g_array_unref (mine.rows);
  g_hash_table_unref (mine.notes);
  return done;
}
