/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a person says of the likely errors and writes to them. The project file
 * keeps a note with a verdict. One that has none gets the verdict that says no
 * more than that somebody looked there, unless the place has a row from before:
 * no note is in memory alone for longer than its way to the file takes. */
#include "base/error.h"
#include "labels/note.h"
#include "workspace/error-queue-private.h"
#include "workspace/error-work.h"
#include "workspace/workspace-private.h"

static LamVisit *
find_visit (LamErrorQueue *queue, uint64_t serial)
{
  for (guint i = 0; i < queue->visits->len && serial != 0; i++) {
    LamVisit *visit = lam_error_queue_visit_at (queue, (int)i);
    if (visit->serial == serial)
      return visit;
  }
  return NULL;
}

/* ---- Writing ------------------------------------------------------------ */

/* Of what is on its way to the file. */
typedef struct {
  LamErrorQueue *queue; /* Owned */
  uint64_t serial; /* of what was said; 0: a verdict was taken back */
  bool replaces; /* a row is removed */
} Saying;

static void
saying_free (Saying *saying)
{
  g_object_unref (saying->queue);
  g_free (saying);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Saying, saying_free)

static void write_verdict (
    LamErrorQueue *queue, const LamVisit *visit, int64_t old_row);

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (LamErrorQueue) queue = user_data;
  g_autoptr (GError) error = NULL;
  if (lam_error_say_finish (result, &error) < 0)
    lam_error_queue_fail (queue, error);
}

static void
write_to_row (LamErrorQueue *queue, int64_t row, const char *note)
{
  lam_error_list_set_note (queue->list, row, note);
  if (queue->workspace && queue->workspace->store)
    lam_error_write_async (
        queue->workspace, row, note, written_cb, g_object_ref (queue));
}

/* A verdict that is still on its way to the file has no row yet. */
static void
write_note (LamErrorQueue *queue, LamVisit *visit)
{
  visit->has_new_note = visit->verdict.id == 0;
  if (!visit->has_new_note)
    write_to_row (queue, visit->verdict.id, visit->note);
}

static void
said_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Saying) said = user_data;
  g_autoptr (GError) error = NULL;
  LamErrorQueue *queue = said->queue;
  const int64_t row = lam_error_say_finish (result, &error);
  LamVisit *visit = find_visit (queue, said->serial);
  if (error) {
    if (visit)
      visit->is_said = false;
    queue->is_stale = true;
    lam_error_queue_fail (queue, error);
  } else if (visit) {
    lam_error_list_number (queue->list, &visit->verdict, row);
    visit->verdict.id = row;
    if (visit->has_new_note)
      write_note (queue, visit);
  } else if (row != 0)
    /* It was taken back, or said anew, before it was written. */
    write_verdict (queue, NULL, row);
  /* A search that runs may have seen the row that is no more. */
  if (said->replaces || queue->is_stale)
    lam_error_queue_note_stale (queue);
  lam_error_queue_tell (queue);
}

/* `visit` NULL: what was said is taken back. */
static void
write_verdict (LamErrorQueue *queue, const LamVisit *visit, int64_t old_row)
{
  if (!queue->workspace || !queue->workspace->store)
    return;
  Saying *said = g_new0 (Saying, 1);
  said->queue = g_object_ref (queue);
  said->serial = visit ? visit->serial : 0;
  said->replaces = old_row != 0;
  lam_error_say_async (queue->workspace, visit ? &visit->place : NULL,
      visit ? visit->verdict.verdict : LAM_VERDICT_VERIFIED,
      visit ? visit->note : NULL, old_row, said_cb, said);
}

/* What was said of several is taken back. */
static void
remove_rows (LamErrorQueue *queue, GArray *rows)
{
  if (!queue->workspace->store)
    return;
  Saying *said = g_new0 (Saying, 1);
  said->queue = g_object_ref (queue);
  said->replaces = true;
  lam_error_remove_async (queue->workspace, rows, said_cb, said);
}

/* ---- Saying ------------------------------------------------------------- */

static bool
has_note (const LamVisit *visit)
{
  return visit->note && *visit->note;
}

static void
forget (LamErrorQueue *queue, const LamVisit *visit)
{
  lam_error_list_remove (
      queue->list, &visit->verdict, queue->workspace->regions);
}

static void
say_of (LamErrorQueue *queue, LamVisit *visit, LamVerdict verdict)
{
  const int64_t old_row = visit->is_said ? visit->verdict.id : 0;
  if (visit->is_said)
    forget (queue, visit);
  visit->is_said = true;
  visit->is_for_note = false;
  visit->serial = ++queue->serial;
  visit->verdict = lam_verdict_row_of (&visit->place, verdict);
  visit->verdict.time = g_get_real_time ();
  visit->has_new_note = false;
  lam_error_list_add (queue->list, &visit->verdict);
  write_verdict (queue, visit, old_row);
}

/* The row that would hold the note without what was said in this session; 0:
 * none. */
static int64_t
find_old_row (LamErrorQueue *queue, const LamVisit *visit)
{
  return lam_error_list_find_row (
      queue->list, &visit->place, visit->is_said ? visit->verdict.id : 0);
}

static void
keep_for_note (LamErrorQueue *queue, LamVisit *visit)
{
  if (!visit->is_said || visit->verdict.verdict != LAM_VERDICT_UNSURE)
    say_of (queue, visit, LAM_VERDICT_UNSURE);
  visit->is_for_note = true;
}

static bool
has_id (const GArray *ids, int64_t id)
{
  for (guint i = 0; i < ids->len; i++)
    if (g_array_index (ids, int64_t, i) == id)
      return true;
  return false;
}

/* What was said with it of other places, of which there may be thousands. */
static void
take_back_others (LamErrorQueue *queue, const LamVerdictRow *said)
{
  g_autoptr (GArray) ids = lam_error_list_dup_said_with (queue->list, said);
  if (ids->len == 0)
    return;
  for (guint i = 0; i < queue->visits->len; i++) {
    LamVisit *visit = lam_error_queue_visit_at (queue, (int)i);
    if (!visit->is_said || !has_id (ids, visit->verdict.id))
      continue;
    visit->is_said = false;
    visit->serial = ++queue->serial;
  }
  lam_error_list_remove_all (queue->list, ids, queue->workspace->regions);
  remove_rows (queue, ids);
}

static void
take_back_of (LamErrorQueue *queue, LamVisit *visit)
{
  take_back_others (queue, &visit->verdict);
  const int64_t row = visit->verdict.id, old_row = find_old_row (queue, visit);
  if (has_note (visit) && old_row == 0) {
    keep_for_note (queue, visit);
    return;
  }
  if (has_note (visit))
    write_to_row (queue, old_row, visit->note);
  forget (queue, visit);
  visit->is_said = false;
  visit->is_for_note = false;
  visit->serial = ++queue->serial;
  if (row != 0)
    write_verdict (queue, NULL, row);
  lam_error_queue_note_stale (queue);
}

bool
lam_error_queue_say (LamErrorQueue *queue, LamVerdict verdict)
{
  g_return_val_if_fail (LAM_IS_ERROR_QUEUE (queue), false);
  g_autoptr (GError) error = NULL;
  if (queue->at < 0)
    return false;
  if (!lam_workspace_check_writable (queue->workspace, &error)) {
    lam_error_queue_fail (queue, error);
    return false;
  }
  say_of (queue, lam_error_queue_visit_at (queue, queue->at), verdict);
  lam_error_queue_tell (queue);
  return true;
}

void
lam_error_queue_note_said (LamErrorQueue *queue, const GArray *rows)
{
  g_return_if_fail (LAM_IS_ERROR_QUEUE (queue));
  lam_error_list_add_missing (queue->list, rows);
  for (guint i = 0; i < queue->visits->len; i++)
    for (guint j = 0; j < rows->len; j++) {
      LamVisit *visit = lam_error_queue_visit_at (queue, (int)i);
      const LamVerdictRow *row = &g_array_index (rows, LamVerdictRow, j);
      if (!lam_verdict_covers (row, &visit->place))
        continue;
      visit->is_said = true;
      visit->is_for_note = false;
      visit->serial = ++queue->serial;
      visit->verdict = *row;
    }
  lam_error_queue_note_stale (queue);
  lam_error_queue_tell (queue);
}

void
lam_error_queue_take_back (LamErrorQueue *queue)
{
  g_return_if_fail (LAM_IS_ERROR_QUEUE (queue));
  if (queue->at < 0 || !lam_error_queue_visit_at (queue, queue->at)->is_said)
    return;
  take_back_of (queue, lam_error_queue_visit_at (queue, queue->at));
  lam_error_queue_tell (queue);
}

/* ---- Notes -------------------------------------------------------------- */

static void
keep_note (LamErrorQueue *queue, LamVisit *visit)
{
  const int64_t old_row = find_old_row (queue, visit);
  if (visit->is_said && visit->is_for_note && !has_note (visit))
    take_back_of (queue, visit);
  else if (visit->is_said)
    write_note (queue, visit);
  else if (old_row != 0)
    write_to_row (queue, old_row, visit->note);
  else if (has_note (visit))
    keep_for_note (queue, visit);
}

bool
lam_error_queue_write (LamErrorQueue *queue, const char *note)
{
  g_return_val_if_fail (LAM_IS_ERROR_QUEUE (queue), false);
  g_autoptr (GError) error = NULL;
  if (queue->at < 0)
    return false;
  if (!lam_note_check_text (note, &error)
      || !lam_workspace_check_writable (queue->workspace, &error)) {
    lam_error_queue_fail (queue, error);
    return false;
  }
  LamVisit *visit = lam_error_queue_visit_at (queue, queue->at);
  g_free (visit->note);
  visit->note = g_strdup (note);
  keep_note (queue, visit);
  lam_error_queue_tell (queue);
  return true;
}

const char *
lam_error_queue_get_note (LamErrorQueue *queue)
{
  g_return_val_if_fail (LAM_IS_ERROR_QUEUE (queue), "");
  const char *note =
      queue->at < 0 ? NULL : lam_error_queue_visit_at (queue, queue->at)->note;
  return note ? note : "";
}

bool
lam_error_queue_is_for_note (LamErrorQueue *queue)
{
  g_return_val_if_fail (LAM_IS_ERROR_QUEUE (queue), false);
  if (queue->at < 0)
    return false;
  const LamVisit *visit = lam_error_queue_visit_at (queue, queue->at);
  return visit->is_said && visit->is_for_note;
}

/* ---- What changes ------------------------------------------------------- */

static LamVisit *
visit_touched (LamErrorQueue *queue, const LamBox *box)
{
  if (!queue->is_active || queue->at < 0)
    return NULL;
  LamVisit *visit = lam_error_queue_visit_at (queue, queue->at);
  LamBox both = lam_box_intersect (&visit->place.box, box);
  return lam_box_is_empty (&both) ? NULL : visit;
}

void
lam_error_queue_note_edit (LamErrorQueue *queue, const LamHistoryRow *row)
{
  LamVisit *visit = visit_touched (queue, &row->box);
  /* Which places it decides is said by who took the object. */
  if (visit && !g_str_equal (row->tool, "take-object")) {
    say_of (queue, visit, LAM_VERDICT_CORRECTED);
    lam_error_queue_tell (queue);
  }
  lam_error_queue_note_stale (queue);
}

/* Undoing what corrected the place takes the verdict back; doing it again says
 * it again. */
void
lam_error_queue_note_step (LamErrorQueue *queue, const LamHistoryStep *step)
{
  LamVisit *visit = visit_touched (queue, &step->box);
  const LamHistoryRow *row =
      step->history->len > 0 ? g_ptr_array_index (step->history, 0) : NULL;
  const bool is_corrected = visit && visit->is_said
      && visit->verdict.verdict == LAM_VERDICT_CORRECTED;
  if (visit && row && row->undone && is_corrected)
    take_back_of (queue, visit);
  else if (visit && row && !row->undone
      && (!visit->is_said || visit->is_for_note))
    say_of (queue, visit, LAM_VERDICT_CORRECTED);
  lam_error_queue_note_stale (queue);
  lam_error_queue_tell (queue);
}
