/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/second-person.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "store/voices.h"
#include "workspace/annotator.h"
#include "workspace/blind-copy.h"
#include "workspace/queue.h"
#include "workspace/regions.h"
#include "workspace/quality-work.h"
#include "workspace/workspace-private.h"

/* ---- Away --------------------------------------------------------------- */

typedef struct {
  LamBlindCopy *copy; /* Owned */
  char *path; /* Owned */
  LamProgress *progress; /* Owned; or NULL */
} Away;

static void
away_free (gpointer data)
{
  Away *away = data;
  g_clear_pointer (&away->copy, lam_blind_copy_free);
  g_clear_pointer (&away->progress, lam_progress_unref);
  g_free (away->path);
  g_free (away);
}

static void
write_in_thread (
    GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Away *away = data;
  GError *error = NULL;
  if (lam_blind_copy_write (away->copy, away->path, away->progress, &error))
    g_task_return_boolean (task, true);
  else
    g_task_return_error (task, error);
}

void
lam_workspace_export_blind_async (LamWorkspace *workspace, int32_t region,
    const char *path, LamProgress *progress, GAsyncReadyCallback callback,
    gpointer user_data)
{
  /* No source: a worker must not drop the last reference to a workspace. */
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  const LamRegion *row = lam_workspace_get_region (workspace, region);
  g_return_if_fail (row != NULL);
  GError *error = NULL;
  Away *away = g_new0 (Away, 1);
  g_task_set_task_data (task, away, away_free);
  away->path = g_strdup (path);
  away->progress = progress ? lam_progress_ref (progress) : NULL;
  away->copy = lam_blind_copy_new (workspace, row, &error);
  if (away->copy)
    g_task_run_in_thread (task, write_in_thread);
  else
    g_task_return_error (task, error);
}

bool
lam_workspace_export_blind_finish (
    LamWorkspace *workspace, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- Back --------------------------------------------------------------- */

typedef struct {
  char *path; /* Owned; of the copy */
  /* Of the moment when it begins */
  GPtrArray *regions; /* Owned; of LamRegion */
  LamClassTable *classes; /* Owned */
  char *identity; /* Owned */
  LamVoice *voice; /* Owned; of the worker until it is done */
} Back;

static void
back_free (gpointer data)
{
  Back *back = data;
  g_clear_pointer (&back->regions, g_ptr_array_unref);
  g_clear_pointer (&back->classes, lam_class_table_free);
  g_clear_pointer (&back->voice, lam_voice_free);
  g_free (back->identity);
  g_free (back->path);
  g_free (back);
}

static gpointer
copy_region (gconstpointer region, gpointer unused)
{
  return lam_region_copy (region);
}

static bool
begin_back (LamWorkspace *workspace, GTask *task, GError **error)
{
  Back *back = g_task_get_task_data (task);
  back->regions = g_ptr_array_copy (workspace->regions, copy_region, NULL);
  g_ptr_array_set_free_func (back->regions, (GDestroyNotify)lam_region_free);
  back->classes = lam_class_table_copy (workspace->saved);
  back->identity = lam_annotator_dup_identity (workspace->store);
  return true;
}

/* Who said it last. */
static char *
dup_name (LamStore *copy, GError **error)
{
  g_autoptr (GPtrArray) rows =
      lam_store_read_history (copy, 0, 1, false, error);
  if (!rows)
    return NULL;
  if (rows->len > 0)
    return g_strdup (((LamHistoryRow *)rows->pdata[0])->who);
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("%s: nobody has labelled anything in it yet"),
      lam_store_get_path (copy));
  return NULL;
}

static LamStore *
open_copy (LamStore *store, const char *path, GError **error)
{
  if (strcmp (path, lam_store_get_path (store)) != 0)
    return lam_store_open_to_read (path, error);
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("%s is the project itself: choose the second person’s copy"), path);
  return NULL;
}

static LamBulkResult *
run_back (LamStore *store, GTask *task, LamProgress *progress, GError **error)
{
  Back *back = g_task_get_task_data (task);
  g_autoptr (LamStore) copy = open_copy (store, back->path, error);
  g_autofree char *name = copy ? dup_name (copy, error) : NULL;
  const LamAnnotatorProject project = { .store = store,
    .regions = back->regions,
    .classes = back->classes,
    .identity = back->identity };
  if (name)
    back->voice = lam_annotator_import (&project, copy, NULL, name, error);
  return back->voice ? g_new0 (LamBulkResult, 1) : NULL;
}

void
lam_workspace_import_voice_async (LamWorkspace *workspace, const char *path,
    LamProgress *progress, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (workspace, NULL, callback, user_data);
  GError *error = NULL;
  if (!lam_workspace_check_writable (workspace, &error)) {
    g_task_return_error (task, error);
    return;
  }
  Back *back = g_new0 (Back, 1);
  back->path = g_canonicalize_filename (path, NULL);
  g_task_set_task_data (task, back, back_free);
  lam_queue_push_bulk (workspace, begin_back, run_back, task, progress);
}

LamVoice *
lam_workspace_import_voice_finish (
    LamWorkspace *workspace, GAsyncResult *result, GError **error)
{
  Back *back = g_task_get_task_data (G_TASK (result));
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;
  LamVoice *voice = g_steal_pointer (&back->voice);
  /* The places where both differ are to be looked for. */
  g_signal_emit_by_name (workspace, "opinions-changed", &voice->box);
  lam_workspace_look_at_theirs (workspace, voice->id);
  return voice;
}

/* ---- Who there is ------------------------------------------------------- */

static void
list_in_thread (
    GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  GPtrArray *voices = lam_store_list_voices (data, &error);
  for (guint i = voices ? voices->len : 0; i-- > 0;)
    if (((LamVoice *)voices->pdata[i])->kind != LAM_VOICE_ANNOTATOR)
      g_ptr_array_remove_index (voices, i);
  if (voices)
    g_task_return_pointer (task, voices, (GDestroyNotify)g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

void
lam_workspace_list_annotators_async (
    LamWorkspace *workspace, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (workspace->store != NULL);
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  g_task_set_task_data (task, g_object_ref (workspace->store), g_object_unref);
  g_task_run_in_thread (task, list_in_thread);
}

GPtrArray *
lam_workspace_list_annotators_finish (
    LamWorkspace *workspace, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- How well both agree ------------------------------------------------ */

typedef struct {
  /* Owned */
  LamStore *store;
  LamVoice *voice;
  GHashTable *ignored; /* no class */
} Theirs;

static void
theirs_free (gpointer data)
{
  Theirs *theirs = data;
  g_hash_table_unref (theirs->ignored);
  lam_voice_free (theirs->voice);
  g_object_unref (theirs->store);
  g_free (theirs);
}

static LamQualityInput *
open_theirs (gpointer data, LamStoreSnapshot *snapshot, LamQuality *quality,
    GError **error)
{
  const Theirs *theirs = data;
  quality->kind = LAM_QUALITY_CLASSES;
  quality->ignored = theirs->ignored;
  return lam_quality_input_new_voice (
      theirs->store, snapshot, theirs->voice, error);
}

void
lam_workspace_measure_voice_async (LamWorkspace *workspace,
    const LamVoice *voice, LamProgress *progress, GAsyncReadyCallback callback,
    gpointer user_data)
{
  g_return_if_fail (workspace->store != NULL);
  Theirs *theirs = g_new0 (Theirs, 1);
  theirs->store = g_object_ref (workspace->store);
  theirs->voice = g_memdup2 (voice, sizeof *voice);
  theirs->voice->name = g_strdup (voice->name);
  theirs->ignored = g_hash_table_new (NULL, NULL);
  lam_quality_work_start (g_task_new (workspace, NULL, callback, user_data),
      open_theirs, theirs, theirs_free, &voice->box, progress);
}

bool
lam_workspace_measure_voice_finish (LamWorkspace *workspace,
    GAsyncResult *result, LamQualityReport *report, GError **error)
{
  return lam_quality_work_finish (result, report, error);
}
