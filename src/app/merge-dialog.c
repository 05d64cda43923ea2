/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The same merge is done twice: once to say what it would do, and, if the
 * person agrees, for good. */
#include "app/merge-dialog.h"

#include <glib/gi18n-lib.h>

#include "app/announce.h"
#include "app/form-dialog.h"
#include "app/message-dialog.h"
#include "app/progress-dialog.h"
#include "base/error.h"
#include "workspace/merging.h"

/* Damaged bricks that are listed. */
#define MAX_LEFT_OUT 10

typedef struct {
  GtkWindow *parent; /* Owned */
  LamWorkspace *workspace; /* Owned */
  char *path; /* Owned */
  LamMergeFlags flags;
  LamProgress *progress; /* Owned; while it runs */
  LamProgressDialog *dialog; /* Owned; the same */
} Merge;

static void
merge_free (gpointer data)
{
  Merge *merge = data;
  g_clear_pointer (&merge->dialog, lam_progress_dialog_close);
  g_clear_pointer (&merge->progress, lam_progress_unref);
  g_object_unref (merge->workspace);
  g_object_unref (merge->parent);
  g_free (merge->path);
  g_free (merge);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Merge, merge_free)

static Merge *
merge_new (GtkWindow *parent, LamWorkspace *workspace, const char *path)
{
  Merge *merge = g_new0 (Merge, 1);
  merge->parent = g_object_ref (parent);
  merge->workspace = g_object_ref (workspace);
  merge->path = g_strdup (path);
  return merge;
}

static void start (Merge *merge);

static void
agreed (gpointer user_data)
{
  const Merge *asked = user_data;
  Merge *merge = merge_new (asked->parent, asked->workspace, asked->path);
  merge->flags = asked->flags | LAM_MERGE_APPLIES;
  start (merge);
}

static bool
has_work (const LamMergeReport *report)
{
  return report->n_bricks > 0 || report->n_new_classes > 0
      || report->n_new_labels > 0 || report->n_new_regions > 0
      || report->n_new_notes > 0 || report->n_changed_rows > 0
      || report->n_verdicts > 0 || report->voice != 0;
}

/* Takes `merge`. */
static void
ask (Merge *merge, const LamMergeReport *report)
{
  g_autofree char *text = lam_merge_report_dup_text (report, MAX_LEFT_OUT);
  g_autofree char *name = g_path_get_basename (merge->path);
  g_autofree char *heading = g_strdup_printf (_ ("Merge with “%s”?"), name);
  lam_announce ("MERGE asks %" G_GINT64_FORMAT " %" G_GINT64_FORMAT,
      report->voxels.n_taken, report->voxels.n_conflicts);
  if (has_work (report)) {
    lam_question_present (merge->parent, heading, text, _ ("_Merge"), FALSE,
        agreed, merge, merge_free);
    return;
  }
  lam_message_present (merge->parent, _ ("There Is Nothing to Merge"), text);
  merge_free (merge);
}

static void
agreed_to_rest (gpointer user_data)
{
  const Merge *asked = user_data;
  Merge *merge = merge_new (asked->parent, asked->workspace, asked->path);
  merge->flags = LAM_MERGE_SKIPS_DAMAGE;
  start (merge);
}

/* Takes `merge`. What is left out is said before anything is merged. */
static void
offer_rest (Merge *merge, const GError *error)
{
  g_autofree char *text = g_strdup_printf (
      _ ("%s.\n\nYou can compare without the bricks (64³ voxels) that are "
         "damaged there: yours stay as they are, and you see which they are "
         "before anything is merged."),
      error->message);
  lam_announce ("MERGE damaged");
  lam_question_present (merge->parent, _ ("The Other Copy Is Damaged"), text,
      _ ("_Compare the Rest"), FALSE, agreed_to_rest, merge, merge_free);
}

static void
tell_done (Merge *merge, const LamMergeReport *report)
{
  g_autofree char *text = report->voxels.n_conflicts > 0
      ? g_strdup_printf (ngettext ("Merged. %" G_GINT64_FORMAT
                                   " voxel is yours to decide on: the places "
                                   "come with the likely errors.",
                             "Merged. %" G_GINT64_FORMAT
                             " voxels are yours to decide on: the places come "
                             "with the likely errors.",
                             (gulong)report->voxels.n_conflicts),
          report->voxels.n_conflicts)
      : g_strdup (_ ("Merged. Undo takes it back."));
  lam_window_toast (merge->parent, text);
  lam_announce ("MERGE done %" G_GINT64_FORMAT, report->edit);
}

static void
merged_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Merge) merge = user_data;
  g_autoptr (GError) error = NULL;
  g_auto (LamMergeReport) report = { 0 };
  bool done =
      lam_workspace_merge_finish (merge->workspace, result, &report, &error);
  g_clear_pointer (&merge->dialog, lam_progress_dialog_close);
  g_clear_pointer (&merge->progress, lam_progress_unref);
  if (done && merge->flags & LAM_MERGE_APPLIES)
    tell_done (merge, &report);
  else if (done)
    ask (g_steal_pointer (&merge), &report);
  else if (lam_error_is_cancelled (error))
    lam_announce ("MERGE cancelled");
  else if (g_error_matches (error, LAM_ERROR, LAM_ERROR_CORRUPT_PART)
      && merge->flags == 0)
    offer_rest (g_steal_pointer (&merge), error);
  else
    lam_message_present (
        merge->parent, _ ("The Projects Were Not Merged"), error->message);
}

/* Takes `merge`. */
static void
start (Merge *merge)
{
  lam_watchdog_mark (LAM_WATCHDOG_MERGING);
  merge->progress = lam_progress_new ();
  merge->dialog = lam_progress_dialog_new (merge->parent,
      merge->flags & LAM_MERGE_APPLIES ? _ ("Merging")
                                       : _ ("Comparing the Projects"),
      merge->progress);
  lam_workspace_merge_async (merge->workspace, merge->path, NULL, merge->flags,
      merge->progress, merged_cb, merge);
}

static void
chosen_cb (GtkWindow *parent, const char *path, gpointer user_data)
{
  start (merge_new (parent, user_data, path));
}

void
lam_merge_dialog_present (GtkWindow *parent, LamWorkspace *workspace)
{
  g_return_if_fail (LAM_IS_WORKSPACE (workspace));
  lam_file_question_present (parent,
      &(LamFileQuestion){ .title = _ ("Merge Another Copy of This Project"),
          .accept = _ ("_Compare"),
          .filter = _ ("Lamella projects"),
          .patterns = "*.lamella" },
      chosen_cb, g_object_ref (workspace), g_object_unref);
}
