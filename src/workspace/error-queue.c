/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* `list` is what the last search found, without what was said since. `visits`
 * are the places that were shown, in order; `at` is the present one.
 * A search that began before a change is followed by another; its places are
 * shown meanwhile, as most of them are still there. */
#include "workspace/error-queue.h"

#include <glib/gi18n-lib.h>

#include "base/error.h"
#include "labels/note.h"
#include "workspace/error-progress.h"
#include "workspace/error-work.h"
#include "workspace/workspace-private.h"

/* From a change to the search: strokes and answers come in rows. */
#define DELAY_MS 1200

typedef struct {
  LamPlace place;
  bool is_said; /* … `verdict`, whose id is 0 until it is written */
  LamVerdictRow verdict;
  uint64_t serial; /* of what was said of it, to know a late answer */
  char *note; /* Owned; or NULL */
  bool has_new_note; /* not in the verdict that is being written */
} Visit;

static void
visit_clear (gpointer data)
{
  g_free (((Visit *)data)->note);
}

struct _LamErrorQueue {
  GObject parent;
  bool is_active;
  bool is_stale; /* something changed since the last search began */
  bool is_known; /* `places` were found */
  bool wants_next; /* as soon as they are */
  guint delay;
  int at; /* in `visits`; -1: nowhere */
  uint64_t serial;
  /* Owned */
  LamProgress *search; /* NULL: none runs */
  LamPlaceMemory *memory; /* of the last search */
  LamErrorList *list; /* what is left, and what was said */
  GArray *visits; /* of Visit */
  /* Borrowed */
  LamWorkspace *workspace; /* weak */
};

G_DEFINE_FINAL_TYPE (LamErrorQueue, lam_error_queue, G_TYPE_OBJECT)

enum { CHANGED, FAILED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void schedule (LamErrorQueue *queue);

static void
tell (LamErrorQueue *queue)
{
  g_signal_emit (queue, signals[CHANGED], 0);
}

static void
fail (LamErrorQueue *queue, const GError *error)
{
  if (!lam_error_is_cancelled (error))
    g_signal_emit (queue, signals[FAILED], 0, error->message);
}

/* ---- Searching ---------------------------------------------------------- */

static Visit *
visit_at (LamErrorQueue *queue, int i)
{
  return &g_array_index (queue->visits, Visit, i);
}

/* What was said while the search ran is not in what it found. */
static void
note_found (LamErrorQueue *queue)
{
  queue->is_known = true;
  for (guint i = 0; i < queue->visits->len; i++) {
    const Visit *visit = visit_at (queue, (int)i);
    if (visit->is_said && !lam_error_list_has (queue->list, visit->verdict.id))
      lam_error_list_add (queue->list, &visit->verdict);
  }
}

/* Of what runs in the background. */
typedef struct {
  LamErrorQueue *queue; /* Owned */
  LamProgress *progress; /* Owned; of a search, else NULL */
  uint64_t serial; /* of what was said; 0: a verdict was taken back */
  bool replaces; /* a row is removed */
} Ticket;

static void
ticket_free (Ticket *ticket)
{
  g_object_unref (ticket->queue);
  g_clear_pointer (&ticket->progress, lam_progress_unref);
  g_free (ticket);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Ticket, ticket_free)

static void
found_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Ticket) ticket = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) verdicts = NULL;
  g_autoptr (GHashTable) notes = NULL;
  g_autoptr (GArray) places =
      lam_error_search_finish (result, &verdicts, &notes, &error);
  LamErrorQueue *queue = ticket->queue;
  if (ticket->progress != queue->search)
    return;
  g_clear_pointer (&queue->search, lam_progress_unref);
  if (!queue->workspace || queue->workspace->is_closing)
    return;
  if (places) {
    lam_error_list_take (queue->list, g_steal_pointer (&places),
        g_steal_pointer (&verdicts), g_steal_pointer (&notes),
        queue->workspace->regions);
    note_found (queue);
  } else
    fail (queue, error);
  if (!error && queue->wants_next)
    lam_error_queue_next (queue);
  else
    tell (queue);
  schedule (queue);
}

static void
begin_search (LamErrorQueue *queue)
{
  Ticket *ticket = g_new0 (Ticket, 1);
  queue->is_stale = false;
  queue->search = lam_progress_new ();
  ticket->queue = g_object_ref (queue);
  ticket->progress = lam_progress_ref (queue->search);
  lam_error_search_async (queue->workspace, queue->memory, queue->search,
      !queue->is_known, found_cb, ticket);
}

static gboolean
delay_cb (gpointer data)
{
  LamErrorQueue *queue = data;
  queue->delay = 0;
  if (queue->is_active && queue->is_stale && !queue->search && queue->workspace
      && queue->workspace->store && !queue->workspace->is_closing)
    begin_search (queue);
  return G_SOURCE_REMOVE;
}

/* The first search begins at once. */
static void
schedule (LamErrorQueue *queue)
{
  if (!queue->is_active || !queue->is_stale || queue->search)
    return;
  if (!queue->is_known)
    delay_cb (queue);
  else if (!queue->delay)
    queue->delay = g_timeout_add (DELAY_MS, delay_cb, queue);
}

static void
stop_search (LamErrorQueue *queue)
{
  g_clear_handle_id (&queue->delay, g_source_remove);
  if (!queue->search)
    return;
  lam_progress_cancel (queue->search);
  g_clear_pointer (&queue->search, lam_progress_unref);
  queue->is_stale = true;
}

void
lam_error_queue_set_active (LamErrorQueue *queue, bool is_active)
{
  g_return_if_fail (LAM_IS_ERROR_QUEUE (queue));
  queue->is_active = is_active;
  queue->wants_next = queue->wants_next && is_active;
  if (is_active)
    schedule (queue);
  else
    stop_search (queue);
}

bool
lam_error_queue_is_searching (LamErrorQueue *queue)
{
  return queue->search || queue->delay;
}

void
lam_error_queue_get_progress (LamErrorQueue *queue, LamErrorProgress *progress)
{
  g_return_if_fail (LAM_IS_ERROR_QUEUE (queue));
  *progress = lam_error_list_get_progress (queue->list);
  progress->is_known = queue->is_known;
}

/* ---- Going -------------------------------------------------------------- */

const LamPlace *
lam_error_queue_get_place (LamErrorQueue *queue)
{
  g_return_val_if_fail (LAM_IS_ERROR_QUEUE (queue), NULL);
  return queue->at < 0 ? NULL : &visit_at (queue, queue->at)->place;
}

bool
lam_error_queue_get_verdict (LamErrorQueue *queue, LamVerdict *verdict)
{
  g_return_val_if_fail (LAM_IS_ERROR_QUEUE (queue), false);
  if (queue->at < 0 || !visit_at (queue, queue->at)->is_said)
    return false;
  *verdict = visit_at (queue, queue->at)->verdict.verdict;
  return true;
}

/* A place that is there although somebody said that it is right has been
 * contradicted since. */
static bool
is_visited (LamErrorQueue *queue, const LamPlace *place)
{
  for (guint i = 0; i < queue->visits->len; i++) {
    const Visit *visit = visit_at (queue, (int)i);
    const LamVerdictRow row =
        lam_verdict_row_of (&visit->place, LAM_VERDICT_UNSURE);
    if ((!visit->is_said || visit->verdict.verdict == LAM_VERDICT_UNSURE)
        && lam_verdict_covers (&row, place))
      return true;
  }
  return false;
}

static const LamPlace *
find_next (LamErrorQueue *queue)
{
  const GArray *places = lam_error_list_get_places (queue->list);
  for (guint i = 0; i < places->len; i++) {
    const LamPlace *place = &g_array_index (places, LamPlace, i);
    if (!is_visited (queue, place))
      return place;
  }
  return NULL;
}

/* Those that were passed by come again. */
static void
forget_visits (LamErrorQueue *queue)
{
  for (guint i = queue->visits->len; i-- > 0;)
    if (!visit_at (queue, (int)i)->is_said)
      g_array_remove_index (queue->visits, i);
}

static void
visit (LamErrorQueue *queue, const LamPlace *place)
{
  const Visit new_visit = { .place = *place,
    .note = g_strdup (lam_error_list_get_note (queue->list, place)) };
  g_array_append_val (queue->visits, new_visit);
  queue->at = (int)queue->visits->len - 1;
}

void
lam_error_queue_next (LamErrorQueue *queue)
{
  g_return_if_fail (LAM_IS_ERROR_QUEUE (queue));
  queue->wants_next = !queue->is_known;
  if (queue->at + 1 < (int)queue->visits->len)
    queue->at++;
  else if (queue->is_known) {
    const LamPlace *place = find_next (queue);
    if (!place) {
      forget_visits (queue);
      place = find_next (queue);
    }
    if (place)
      visit (queue, place);
    else
      queue->at = -1;
  }
  tell (queue);
}

bool
lam_error_queue_previous (LamErrorQueue *queue)
{
  g_return_val_if_fail (LAM_IS_ERROR_QUEUE (queue), false);
  const int n = (int)queue->visits->len;
  if (n == 0 || queue->at == 0)
    return false;
  queue->at = queue->at < 0 ? n - 1 : queue->at - 1;
  tell (queue);
  return true;
}

/* ---- Saying ------------------------------------------------------------- */

static Visit *
find_visit (LamErrorQueue *queue, uint64_t serial)
{
  for (guint i = 0; i < queue->visits->len && serial != 0; i++)
    if (visit_at (queue, (int)i)->serial == serial)
      return visit_at (queue, (int)i);
  return NULL;
}

static void write_verdict (
    LamErrorQueue *queue, const Visit *visit, int64_t old_row);

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (LamErrorQueue) queue = user_data;
  g_autoptr (GError) error = NULL;
  if (lam_error_say_finish (result, &error) < 0)
    fail (queue, error);
}

/* A verdict that is still on its way to the file has no row yet. */
static void
write_note (LamErrorQueue *queue, Visit *visit)
{
  visit->has_new_note = visit->verdict.id == 0;
  if (visit->has_new_note || !queue->workspace || !queue->workspace->store)
    return;
  lam_error_write_async (queue->workspace, visit->verdict.id, visit->note,
      written_cb, g_object_ref (queue));
}

static void
said_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Ticket) said = user_data;
  g_autoptr (GError) error = NULL;
  LamErrorQueue *queue = said->queue;
  const int64_t row = lam_error_say_finish (result, &error);
  Visit *visit = find_visit (queue, said->serial);
  if (error) {
    if (visit)
      visit->is_said = false;
    queue->is_stale = true;
    fail (queue, error);
  } else if (visit) {
    visit->verdict.id = row;
    if (visit->has_new_note)
      write_note (queue, visit);
  } else if (row != 0)
    /* It was taken back, or said anew, before it was written. */
    write_verdict (queue, NULL, row);
  /* A search that runs may have seen the row that is no more. */
  queue->is_stale = queue->is_stale || said->replaces;
  schedule (queue);
  tell (queue);
}

/* `visit` NULL: what was said is taken back. */
static void
write_verdict (LamErrorQueue *queue, const Visit *visit, int64_t old_row)
{
  if (!queue->workspace || !queue->workspace->store)
    return;
  Ticket *said = g_new0 (Ticket, 1);
  said->queue = g_object_ref (queue);
  said->serial = visit ? visit->serial : 0;
  said->replaces = old_row != 0;
  lam_error_say_async (queue->workspace, visit ? &visit->place : NULL,
      visit ? visit->verdict.verdict : LAM_VERDICT_VERIFIED,
      visit ? visit->note : NULL, old_row, said_cb, said);
}

static void
forget (LamErrorQueue *queue, const Visit *visit)
{
  lam_error_list_remove (
      queue->list, &visit->place.box, queue->workspace->regions);
}

static void
say_of (LamErrorQueue *queue, Visit *visit, LamVerdict verdict)
{
  const int64_t old_row = visit->is_said ? visit->verdict.id : 0;
  if (visit->is_said)
    forget (queue, visit);
  visit->is_said = true;
  visit->serial = ++queue->serial;
  visit->verdict = lam_verdict_row_of (&visit->place, verdict);
  visit->verdict.time = g_get_real_time ();
  visit->has_new_note = false;
  lam_error_list_add (queue->list, &visit->verdict);
  write_verdict (queue, visit, old_row);
}

bool
lam_error_queue_say (LamErrorQueue *queue, LamVerdict verdict)
{
  g_return_val_if_fail (LAM_IS_ERROR_QUEUE (queue), false);
  g_autoptr (GError) error = NULL;
  if (queue->at < 0)
    return false;
  if (!lam_workspace_check_writable (queue->workspace, &error)) {
    fail (queue, error);
    return false;
  }
  say_of (queue, visit_at (queue, queue->at), verdict);
  tell (queue);
  return true;
}

static void
take_back_of (LamErrorQueue *queue, Visit *visit)
{
  const int64_t row = visit->verdict.id;
  forget (queue, visit);
  visit->is_said = false;
  visit->serial = ++queue->serial;
  if (row != 0)
    write_verdict (queue, NULL, row);
  queue->is_stale = true;
  schedule (queue);
}

void
lam_error_queue_take_back (LamErrorQueue *queue)
{
  g_return_if_fail (LAM_IS_ERROR_QUEUE (queue));
  if (queue->at < 0 || !visit_at (queue, queue->at)->is_said)
    return;
  take_back_of (queue, visit_at (queue, queue->at));
  tell (queue);
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
    fail (queue, error);
    return false;
  }
  Visit *visit = visit_at (queue, queue->at);
  g_free (visit->note);
  visit->note = g_strdup (note);
  if (visit->is_said)
    write_note (queue, visit);
  tell (queue);
  return true;
}

const char *
lam_error_queue_get_note (LamErrorQueue *queue)
{
  g_return_val_if_fail (LAM_IS_ERROR_QUEUE (queue), "");
  const char *note = queue->at < 0 ? NULL : visit_at (queue, queue->at)->note;
  return note ? note : "";
}

/* ---- What changes ------------------------------------------------------- */

static void
stale_cb (LamErrorQueue *queue)
{
  queue->is_stale = true;
  schedule (queue);
}

static void
labels_changed_cb (LamErrorQueue *queue, LamBox *box, gboolean is_live)
{
  if (!is_live)
    stale_cb (queue);
}

static Visit *
visit_touched (LamErrorQueue *queue, const LamBox *box)
{
  if (!queue->is_active || queue->at < 0)
    return NULL;
  Visit *visit = visit_at (queue, queue->at);
  LamBox both = lam_box_intersect (&visit->place.box, box);
  return lam_box_is_empty (&both) ? NULL : visit;
}

static void
edited_cb (LamErrorQueue *queue, const LamHistoryRow *row)
{
  Visit *visit = visit_touched (queue, &row->box);
  if (visit) {
    say_of (queue, visit, LAM_VERDICT_CORRECTED);
    tell (queue);
  }
  stale_cb (queue);
}

/* Undoing what corrected the place takes the verdict back; doing it again says
 * it again. */
static void
stepped_cb (LamErrorQueue *queue, const LamHistoryStep *step)
{
  Visit *visit = visit_touched (queue, &step->box);
  const LamHistoryRow *row =
      step->history->len > 0 ? g_ptr_array_index (step->history, 0) : NULL;
  const bool is_corrected = visit && visit->is_said
      && visit->verdict.verdict == LAM_VERDICT_CORRECTED;
  if (visit && row && row->undone && is_corrected)
    take_back_of (queue, visit);
  else if (visit && row && !row->undone && !visit->is_said)
    say_of (queue, visit, LAM_VERDICT_CORRECTED);
  stale_cb (queue);
  tell (queue);
}

/* ---- The object --------------------------------------------------------- */

static void
lam_error_queue_dispose (GObject *object)
{
  LamErrorQueue *queue = LAM_ERROR_QUEUE (object);
  stop_search (queue);
  if (queue->workspace)
    g_signal_handlers_disconnect_by_data (queue->workspace, queue);
  g_clear_weak_pointer (&queue->workspace);
  G_OBJECT_CLASS (lam_error_queue_parent_class)->dispose (object);
}

static void
lam_error_queue_finalize (GObject *object)
{
  LamErrorQueue *queue = LAM_ERROR_QUEUE (object);
  g_array_unref (queue->visits);
  lam_place_memory_unref (queue->memory);
  lam_error_list_free (queue->list);
  G_OBJECT_CLASS (lam_error_queue_parent_class)->finalize (object);
}

static void
lam_error_queue_class_init (LamErrorQueueClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  object_class->dispose = lam_error_queue_dispose;
  object_class->finalize = lam_error_queue_finalize;
  signals[CHANGED] = g_signal_new ("changed", LAM_TYPE_ERROR_QUEUE,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[FAILED] = g_signal_new ("failed", LAM_TYPE_ERROR_QUEUE,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
lam_error_queue_init (LamErrorQueue *queue)
{
  queue->at = -1;
  queue->is_stale = true;
  queue->visits = g_array_new (false, false, sizeof (Visit));
  g_array_set_clear_func (queue->visits, visit_clear);
  queue->memory = lam_place_memory_new ();
}

LamErrorQueue *
lam_error_queue_new (LamWorkspace *workspace)
{
  LamErrorQueue *queue = g_object_new (LAM_TYPE_ERROR_QUEUE, NULL);
  static const struct {
    const char *name;
    GCallback call;
  } links[] = {
    { "labels-changed", G_CALLBACK (labels_changed_cb) },
    { "opinions-changed", G_CALLBACK (stale_cb) },
    { "project-changed", G_CALLBACK (stale_cb) },
    { "edited", G_CALLBACK (edited_cb) },
    { "stepped", G_CALLBACK (stepped_cb) },
    { "closing", G_CALLBACK (stop_search) },
  };
  queue->list = lam_error_list_new (lam_workspace_get_size (workspace));
  g_set_weak_pointer (&queue->workspace, workspace);
  for (size_t i = 0; i < G_N_ELEMENTS (links); i++)
    g_signal_connect_swapped (workspace, links[i].name, links[i].call, queue);
  return queue;
}
