/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* `list` is what the last search found, without what was said since. `visits`
 * are the places that were shown, in order; `at` is the present one.
 * A search that began before a change is followed by another; its places are
 * shown meanwhile, as most of them are still there. */
#include "workspace/error-queue.h"

#include "base/error.h"
#include "workspace/error-queue-private.h"
#include "workspace/error-work.h"
#include "workspace/workspace-private.h"

/* From a change to the search: strokes and answers come in rows. */
#define DELAY_MS 1200

static void
visit_clear (gpointer data)
{
  g_free (((LamVisit *)data)->note);
}

static GArray *
visits_new (void)
{
  GArray *visits = g_array_new (false, false, sizeof (LamVisit));
  g_array_set_clear_func (visits, visit_clear);
  return visits;
}

G_DEFINE_FINAL_TYPE (LamErrorQueue, lam_error_queue, G_TYPE_OBJECT)

enum { CHANGED, FAILED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void schedule (LamErrorQueue *queue);

void
lam_error_queue_tell (LamErrorQueue *queue)
{
  g_signal_emit (queue, signals[CHANGED], 0);
}

void
lam_error_queue_fail (LamErrorQueue *queue, const GError *error)
{
  if (!lam_error_is_cancelled (error))
    g_signal_emit (queue, signals[FAILED], 0, error->message);
}

/* ---- Searching ---------------------------------------------------------- */

/* What was said while the search ran is not in what it found. */
static void
note_found (LamErrorQueue *queue)
{
  g_autoptr (GArray) rows = g_array_new (false, false, sizeof (LamVerdictRow));
  queue->is_known = true;
  for (guint i = 0; i < queue->visits->len; i++) {
    const LamVisit *visit = lam_error_queue_visit_at (queue, (int)i);
    if (visit->is_said)
      g_array_append_val (rows, visit->verdict);
  }
  lam_error_list_add_missing (queue->list, rows);
}

typedef struct {
  LamErrorQueue *queue; /* Owned */
  LamProgress *progress; /* Owned */
} Ticket;

static void
ticket_free (Ticket *ticket)
{
  g_object_unref (ticket->queue);
  lam_progress_unref (ticket->progress);
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
    lam_error_queue_fail (queue, error);
  if (!error && queue->wants_next)
    lam_error_queue_next (queue);
  else
    lam_error_queue_tell (queue);
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
  return queue->at < 0 ? NULL
                       : &lam_error_queue_visit_at (queue, queue->at)->place;
}

bool
lam_error_queue_get_verdict (LamErrorQueue *queue, LamVerdict *verdict)
{
  g_return_val_if_fail (LAM_IS_ERROR_QUEUE (queue), false);
  if (queue->at < 0 || !lam_error_queue_visit_at (queue, queue->at)->is_said)
    return false;
  *verdict = lam_error_queue_visit_at (queue, queue->at)->verdict.verdict;
  return true;
}

/* A place that is there although somebody said that it is right has been
 * contradicted since: it counts as not visited. */
static const LamPlace *
find_next (LamErrorQueue *queue)
{
  g_autoptr (GArray) rows = g_array_new (false, false, sizeof (LamVerdictRow));
  for (guint i = 0; i < queue->visits->len; i++) {
    const LamVisit *visit = lam_error_queue_visit_at (queue, (int)i);
    const LamVerdictRow row =
        lam_verdict_row_of (&visit->place, LAM_VERDICT_UNSURE);
    if (!visit->is_said || visit->verdict.verdict == LAM_VERDICT_UNSURE)
      g_array_append_val (rows, row);
  }
  return lam_error_list_find_other (queue->list, rows);
}

/* Those that were passed by come again. */
static void
forget_visits (LamErrorQueue *queue)
{
  GArray *visits = queue->visits;
  queue->visits = visits_new ();
  for (guint i = 0; i < visits->len; i++) {
    LamVisit *visit = &g_array_index (visits, LamVisit, i);
    if (!visit->is_said)
      continue;
    g_array_append_vals (queue->visits, visit, 1);
    visit->note = NULL;
  }
  g_array_unref (visits);
}

static void
visit (LamErrorQueue *queue, const LamPlace *place)
{
  const LamVisit new_visit = { .place = *place,
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
  lam_error_queue_tell (queue);
}

bool
lam_error_queue_previous (LamErrorQueue *queue)
{
  g_return_val_if_fail (LAM_IS_ERROR_QUEUE (queue), false);
  const int n = (int)queue->visits->len;
  if (n == 0 || queue->at == 0)
    return false;
  queue->at = queue->at < 0 ? n - 1 : queue->at - 1;
  lam_error_queue_tell (queue);
  return true;
}

/* ---- What changes ------------------------------------------------------- */

void
lam_error_queue_note_stale (LamErrorQueue *queue)
{
  queue->is_stale = true;
  schedule (queue);
}

/* What is verified is verified at once. */
static void
regions_changed_cb (LamErrorQueue *queue)
{
  lam_error_list_heed_regions (queue->list, queue->workspace->regions);
  lam_error_queue_tell (queue);
}

static void
labels_changed_cb (LamErrorQueue *queue, LamBox *box, gboolean is_live)
{
  if (!is_live)
    lam_error_queue_note_stale (queue);
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
  queue->visits = visits_new ();
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
    { "opinions-changed", G_CALLBACK (lam_error_queue_note_stale) },
    { "regions-changed", G_CALLBACK (regions_changed_cb) },
    { "project-changed", G_CALLBACK (lam_error_queue_note_stale) },
    { "edited", G_CALLBACK (lam_error_queue_note_edit) },
    { "stepped", G_CALLBACK (lam_error_queue_note_step) },
    { "closing", G_CALLBACK (stop_search) },
  };
  queue->list = lam_error_list_new (lam_workspace_get_size (workspace));
  g_set_weak_pointer (&queue->workspace, workspace);
  for (size_t i = 0; i < G_N_ELEMENTS (links); i++)
    g_signal_connect_swapped (workspace, links[i].name, links[i].call, queue);
  return queue;
}
