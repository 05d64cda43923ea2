/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/error-work.h"

#include "base/courtesy.h"
#include "store/verdicts.h"
#include "workspace/queue-private.h"
#include "workspace/workspace-private.h"

/* ---- Searching ---------------------------------------------------------- */

typedef struct {
  LamStore *store; /* Owned */
  GArray *keys; /* Owned */
  LamClassTable *classes; /* Owned */
  LamPlaceMemory *memory; /* Owned */
  LamProgress *progress; /* Owned */
  bool is_awaited;
  /* The answer, Owned */
  GArray *places;
  GArray *verdicts;
  GHashTable *notes;
} Search;

static void
search_free (Search *search)
{
  g_object_unref (search->store);
  g_array_unref (search->keys);
  lam_class_table_free (search->classes);
  lam_place_memory_unref (search->memory);
  lam_progress_unref (search->progress);
  g_clear_pointer (&search->places, g_array_unref);
  g_clear_pointer (&search->verdicts, g_array_unref);
  g_clear_pointer (&search->notes, g_hash_table_unref);
  g_free (search);
}

static gpointer
search_in_thread (gpointer data)
{
  g_autoptr (GTask) task = data;
  Search *search = g_task_get_task_data (task);
  GError *error = NULL;
  if (search->is_awaited)
    lam_courtesy_let_frames_pass ();
  else
    lam_courtesy_lower_thread ();
  search->verdicts = lam_store_list_verdicts (search->store, &error);
  if (search->verdicts)
    search->notes = lam_store_list_verdict_notes (search->store, &error);
  if (search->notes)
    search->places = lam_places_find (search->store, search->keys,
        search->classes, search->memory, search->progress, &error);
  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, true);
  return NULL;
}

static void
add_key (LamBrickKey key, gpointer keys)
{
  const int64_t packed = lam_brick_key_pack (key);
  g_array_append_val ((GArray *)keys, packed);
}

void
lam_error_search_async (LamWorkspace *workspace, LamPlaceMemory *memory,
    LamProgress *progress, bool is_awaited, GAsyncReadyCallback callback,
    gpointer user_data)
{
  Search *search = g_new0 (Search, 1);
  search->store = g_object_ref (workspace->store);
  search->keys = g_array_new (false, false, sizeof (int64_t));
  search->classes = lam_class_table_copy (workspace->classes);
  search->memory = lam_place_memory_ref (memory);
  search->progress = lam_progress_ref (progress);
  lam_label_map_foreach (workspace->labels, add_key, search->keys);
  search->is_awaited = is_awaited;
  if (!is_awaited)
    lam_progress_give_way (progress);
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  g_task_set_task_data (task, search, (GDestroyNotify)search_free);
  /* A thread of its own: it stays slow for ever. */
  g_thread_unref (g_thread_new (
      "likely errors", search_in_thread, g_steal_pointer (&task)));
}

GArray *
lam_error_search_finish (
    GAsyncResult *result, GArray **verdicts, GHashTable **notes, GError **error)
{
  Search *search = g_task_get_task_data (G_TASK (result));
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;
  *verdicts = g_steal_pointer (&search->verdicts);
  *notes = g_steal_pointer (&search->notes);
  return g_steal_pointer (&search->places);
}

/* ---- Saying ------------------------------------------------------------- */

typedef struct {
  LamStore *store; /* Owned; NULL until it is sent */
  bool has_place;
  LamPlace place;
  LamVerdict verdict;
  char *note; /* Owned; or NULL */
  int64_t old_row;
  GArray *old_rows; /* Owned; of int64_t; or NULL */
  int64_t noted_row; /* gets the note; 0: none */
} Change;

static void
change_free (Change *change)
{
  g_clear_object (&change->store);
  g_clear_pointer (&change->old_rows, g_array_unref);
  g_free (change->note);
  g_free (change);
}

static void
change_in_thread (gpointer data, gpointer unused)
{
  g_autoptr (GTask) task = data;
  Change *change = g_task_get_task_data (task);
  GError *error = NULL;
  int64_t row = 0;
  if (change->has_place)
    row = lam_places_say (
        change->store, &change->place, change->verdict, change->note, &error);
  if (change->noted_row != 0)
    lam_store_set_verdict_note (
        change->store, change->noted_row, change->note, &error);
  if (!error && change->old_row != 0)
    lam_store_remove_verdict (change->store, change->old_row, &error);
  if (!error && change->old_rows)
    lam_store_remove_verdicts (change->store, change->old_rows, &error);
  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_int (task, (gssize)row);
}

/* One thread: what is said first has the lower id. */
static GThreadPool *
get_writer (void)
{
  static GThreadPool *writer;
  if (!writer)
    writer = g_thread_pool_new (change_in_thread, NULL, 1, false, NULL);
  return writer;
}

static Change *
change_new (const char *note)
{
  Change *change = g_new0 (Change, 1);
  change->note = g_strdup (note);
  return change;
}

/* The workspace is not for the writer, which may be the last to hold what it
 * has. */
typedef struct {
  LamWorkspace *workspace; /* Owned */
  GAsyncReadyCallback callback;
  gpointer user_data;
} Answer;

static void
changed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Answer *answer = user_data;
  g_autoptr (LamWorkspace) workspace = answer->workspace;
  /* What the answer asks for comes before the project is closed, too. */
  answer->callback (source, result, answer->user_data);
  workspace->n_sendings--;
  lam_queue_advance (workspace);
}

/* Takes the task. */
static void
send (LamWorkspace *workspace, GTask *task)
{
  Change *change = g_task_get_task_data (task);
  change->store = g_object_ref (workspace->store);
  g_thread_pool_push (get_writer (), task, NULL);
}

void
lam_error_work_send_held (LamWorkspace *workspace)
{
  GTask *task;
  while ((task = g_queue_pop_head (&workspace->held_sayings)))
    send (workspace, task);
}

/* Takes the change. The store that a copy is made of is not the one that has it
 * later. */
static void
push (LamWorkspace *workspace, Change *change, GAsyncReadyCallback callback,
    gpointer user_data)
{
  Answer *answer = g_new (Answer, 1);
  *answer = (Answer){ g_object_ref (workspace), callback, user_data };
  workspace->n_sendings++;
  g_autoptr (GTask) task = g_task_new (NULL, NULL, changed_cb, answer);
  g_task_set_task_data (task, change, (GDestroyNotify)change_free);
  if (workspace->is_copying)
    g_queue_push_tail (&workspace->held_sayings, g_steal_pointer (&task));
  else
    send (workspace, g_steal_pointer (&task));
}

void
lam_error_say_async (LamWorkspace *workspace, const LamPlace *place,
    LamVerdict verdict, const char *note, int64_t old_row,
    GAsyncReadyCallback callback, gpointer user_data)
{
  Change *change = change_new (note);
  change->has_place = place != NULL;
  if (place)
    change->place = *place;
  change->verdict = verdict;
  change->old_row = old_row;
  push (workspace, change, callback, user_data);
}

void
lam_error_remove_async (LamWorkspace *workspace, GArray *rows,
    GAsyncReadyCallback callback, gpointer user_data)
{
  Change *change = change_new (NULL);
  change->old_rows = g_array_copy (rows);
  push (workspace, change, callback, user_data);
}

void
lam_error_write_async (LamWorkspace *workspace, int64_t row, const char *note,
    GAsyncReadyCallback callback, gpointer user_data)
{
  Change *change = change_new (note);
  change->noted_row = row;
  push (workspace, change, callback, user_data);
}

int64_t
lam_error_say_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_int (G_TASK (result), error);
}
