/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "workspace/merging.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/error.h"
#include "workspace/queue.h"
#include "workspace/workspace-private.h"

typedef struct {
  char *path, *base; /* Owned; base or NULL */
  LamMergeFlags flags;
  LamMergeReport report; /* Owned */
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;
  g_free (request->path);
  g_free (request->base);
  lam_merge_report_clear (&request->report);
  g_free (request);
}

static LamStore *
open_other (LamStore *store, const char *path, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  if (strcmp (absolute, lam_store_get_path (store)) != 0)
    return lam_store_open_to_read (absolute, error);
  g_set_error (error, LAM_ERROR, LAM_ERROR_INPUT,
      _ ("%s is the project itself: choose the other copy of it"), absolute);
  return NULL;
}

static LamBulkResult *
run (LamStore *store, GTask *task, LamProgress *progress, GError **error)
{
  Request *request = g_task_get_task_data (task);
  g_autoptr (LamStore) theirs = open_other (store, request->path, error);
  g_autoptr (LamStore) base = theirs && request->base
      ? lam_store_open_to_read (request->base, error)
      : NULL;
  if (!theirs || (request->base && !base))
    return NULL;
  g_autoptr (LamMergeResult) made =
      lam_store_merge (store, theirs, base, request->flags, progress, error);
  if (!made)
    return NULL;
  LamBulkResult *result = g_new0 (LamBulkResult, 1);
  request->report = made->report;
  memset (&made->report, 0, sizeof made->report);
  if (!made->row)
    return result;
  result->keys = g_steal_pointer (&made->keys);
  result->rows = g_steal_pointer (&made->rows);
  result->row = g_steal_pointer (&made->row);
  result->box = made->box;
  result->is_persons = true;
  return result;
}

void
lam_workspace_merge_async (LamWorkspace *workspace, const char *path,
    const char *base, LamMergeFlags flags, LamProgress *progress,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (workspace, NULL, callback, user_data);
  GError *error = NULL;
  if (!lam_workspace_check_writable (workspace, &error)) {
    g_task_return_error (task, error);
    return;
  }
  Request *request = g_new0 (Request, 1);
  request->path = g_strdup (path);
  request->base = g_strdup (base);
  request->flags = flags;
  g_task_set_task_data (task, request, request_free);
  /* It gives out ids of labels and classes as they are in the other file. */
  lam_queue_push_import (
      workspace, LAM_QUEUE_HOLD_MERGE, NULL, run, task, progress);
}

/* Part of a project could not be told from what somebody took away there. */
static void
say_what_to_do (GError *error)
{
  if (!g_error_matches (error, LAM_ERROR, LAM_ERROR_CORRUPT)
      && !g_error_matches (error, LAM_ERROR, LAM_ERROR_CORRUPT_PART))
    return;
  g_autofree char *why = error->message;
  error->message = g_strdup_printf (
      _ ("%s. Nothing was merged. “lamella-cli project check” lists all that "
         "is damaged in a project"),
      why);
}

bool
lam_workspace_merge_finish (LamWorkspace *workspace, GAsyncResult *result,
    LamMergeReport *report, GError **error)
{
  GError *failed = NULL;
  if (!g_task_propagate_boolean (G_TASK (result), &failed)) {
    say_what_to_do (failed);
    g_propagate_error (error, failed);
    return false;
  }
  Request *request = g_task_get_task_data (G_TASK (result));
  *report = request->report;
  memset (&request->report, 0, sizeof request->report);
  /* Networks may have come with it. */
  if (report->edit != 0)
    g_signal_emit_by_name (workspace, "models-changed");
  return true;
}

/* ---- Words -------------------------------------------------------------- */

static void
add_voxels (GString *text, int64_t n, const char *what)
{
  if (n > 0)
    g_string_append_printf (text, "%'" G_GINT64_FORMAT " %s\n", n, what);
}

static void
add_edits (GString *text, const LamMergeReport *report)
{
  if (report->n_edits == 0) {
    g_string_append (text, _ ("No person changed anything there.\n"));
    return;
  }
  g_string_append_printf (text,
      ngettext ("%d edit by %s", "%d edits by %s", (gulong)report->n_edits),
      report->n_edits, report->persons);
  if (report->base >= 0)
    g_string_append_printf (text,
        _ (", after edit %" G_GINT64_FORMAT ", the last that both have"),
        report->base);
  g_string_append (text, ".\n");
}

static void
add_left_out (GString *text, const LamMergeReport *report, guint max)
{
  const guint n = report->left_out->len;
  for (guint i = 0; i < MIN (n, max); i++)
    g_string_append_printf (text, "%s\n", (char *)report->left_out->pdata[i]);
  if (n > max)
    g_string_append_printf (text,
        ngettext ("And %u damaged brick more is left out: “lamella-cli merge "
                  "--skip-damaged --dry-run” lists all of them.\n",
            "And %u damaged bricks more are left out: “lamella-cli merge "
            "--skip-damaged --dry-run” lists all of them.\n",
            n - max),
        n - max);
  if (n > 0)
    g_string_append (text,
        _ ("What is left out is not brought by a later merge of this copy, "
           "either.\n"));
}

char *
lam_merge_report_dup_text (const LamMergeReport *report, guint max_left_out)
{
  const LamThreeWayCount *voxels = &report->voxels;
  GString *text = g_string_new (NULL);
  add_edits (text, report);
  add_voxels (text, voxels->n_taken, _ ("voxels taken from there"));
  add_voxels (text, voxels->n_alike, _ ("voxels that both changed alike"));
  add_voxels (text, voxels->n_conflicts,
      _ ("voxels that both changed differently, or that are locked or verified "
         "here: yours stay, theirs are listed to decide on"));
  add_voxels (text, voxels->n_over_network,
      _ ("voxels where a person’s word stands against a network’s"));
  add_voxels (text, voxels->n_networks,
      _ ("voxels where two networks differ: yours stay"));
  add_voxels (text, voxels->n_protected,
      _ ("voxels of their networks that were left out, as they are locked or "
         "verified here"));
  add_voxels (text, report->n_new_classes, _ ("new classes"));
  add_voxels (text, report->n_new_labels, _ ("new labels"));
  add_voxels (text, report->n_new_regions, _ ("new regions"));
  add_voxels (text, report->n_new_notes, _ ("new notes"));
  add_voxels (text, report->n_renumbered,
      _ ("of those got another number, as theirs is taken here"));
  add_voxels (text, report->n_unified, _ ("are the same thing in both"));
  add_voxels (text, report->n_changed_rows,
      _ ("classes, labels, regions or notes as they changed them"));
  add_voxels (text, report->n_verdicts, _ ("verdicts on likely errors"));
  for (guint i = 0; i < report->row_conflicts->len; i++)
    g_string_append_printf (
        text, "%s\n", (char *)report->row_conflicts->pdata[i]);
  add_left_out (text, report, max_left_out);
  return g_string_free (text, FALSE);
}
