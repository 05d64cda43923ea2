/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/label-verbs.h"

#include <glib/gi18n-lib.h>

#include "app/message-dialog.h"
#include "app/progress-dialog.h"
#include "base/error.h"
#include "workspace/label-states.h"
#include "workspace/labelling.h"

/* A task under way; it holds what it may need when it ends. */
typedef struct {
  GtkWidget *widget; /* Owned */
  LamWorkspace *workspace; /* Owned */
  GArray *ids; /* Owned; uint32_t; or NULL */
  uint32_t into; /* of a merge; or 0 */
  LamProgress *progress; /* Owned; or NULL */
  LamProgressDialog *dialog; /* Owned; or NULL */
} Task;

static Task *
task_new (GtkWidget *widget, LamWorkspace *workspace, GArray *ids)
{
  Task *task = g_new0 (Task, 1);
  task->widget = g_object_ref (widget);
  task->workspace = g_object_ref (workspace);
  task->ids = ids ? g_array_ref (ids) : NULL;
  return task;
}

static void
task_free (gpointer data)
{
  Task *task = data;
  g_clear_pointer (&task->dialog, lam_progress_dialog_close);
  g_clear_pointer (&task->progress, lam_progress_unref);
  g_clear_pointer (&task->ids, g_array_unref);
  g_object_unref (task->widget);
  g_object_unref (task->workspace);
  g_free (task);
}

bool
lam_label_verb_copy (LamWorkspace *workspace, uint32_t id, LamLabel *copy)
{
  const LamClassTable *classes =
      workspace ? lam_workspace_get_classes (workspace) : NULL;
  const LamLabel *label =
      classes ? lam_class_table_get_label (classes, id) : NULL;
  if (label)
    *copy = *label;
  return label != NULL;
}

bool
lam_label_verb_set (
    GtkWidget *widget, LamWorkspace *workspace, const LamLabel *label)
{
  g_autoptr (GError) error = NULL;
  if (lam_workspace_set_label (workspace, label, &error))
    return true;
  lam_toast_show (widget, error->message);
  return false;
}

void
lam_label_verb_new (GtkWidget *widget, LamWorkspace *workspace)
{
  const LamClassTable *classes = lam_workspace_get_classes (workspace);
  const LamClass *class = classes ? lam_class_table_get_class (classes,
                              lam_workspace_get_active_class (workspace))
                                  : NULL;
  g_autofree char *text = NULL;
  if (!class)
    return;
  if (class->has_instances) {
    lam_workspace_set_active_label (workspace, 0);
    text = g_strdup_printf (
        _ ("The next stroke begins a new object: %s"), class->name);
  } else {
    text = g_strdup_printf (
        _ ("“%s” has no single objects: all of it is one label. Choose "
           "another class, or edit this one."),
        class->name);
  }
  lam_toast_show (widget, text);
}

static void
found_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Task *task = user_data;
  g_autoptr (GError) error = NULL;
  double voxel[3];
  if (lam_workspace_find_label_finish (task->workspace, result, voxel, &error))
    lam_workspace_set_position (task->workspace, voxel);
  else if (!lam_error_is_cancelled (error))
    lam_toast_show (task->widget, error->message);
  task_free (task);
}

void
lam_label_verb_jump (GtkWidget *widget, LamWorkspace *workspace, uint32_t id)
{
  lam_workspace_find_label_async (
      workspace, id, found_cb, task_new (widget, workspace, NULL));
}

static void
deleted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Task *task = user_data;
  g_autoptr (GError) error = NULL;
  g_clear_pointer (&task->dialog, lam_progress_dialog_close);
  if (!lam_workspace_delete_label_finish (task->workspace, result, &error)
      && !lam_error_is_cancelled (error))
    lam_message_present (lam_window_of (task->widget),
        task->into ? _ ("The Labels Were Not Merged")
                   : _ ("The Label Was Not Deleted"),
        error->message);
  task_free (task);
}

static void
delete_agreed (gpointer user_data)
{
  const Task *asked = user_data;
  Task *task = task_new (asked->widget, asked->workspace, asked->ids);
  task->progress = lam_progress_new ();
  task->dialog = lam_progress_dialog_new (
      lam_window_of (task->widget), _ ("Deleting the Label"), task->progress);
  lam_workspace_delete_labels_async (task->workspace,
      (const uint32_t *)(gconstpointer)task->ids->data, task->ids->len,
      task->progress, deleted_cb, task);
}

void
lam_label_verb_delete (GtkWidget *widget, LamWorkspace *workspace, GArray *ids)
{
  g_autofree char *title = lam_workspace_dup_label_title (
      workspace, g_array_index (ids, uint32_t, 0));
  g_autofree char *heading = ids->len == 1
      ? g_strdup_printf (_ ("Delete “%s”?"), title)
      : g_strdup_printf (
          ngettext ("Delete %u Label?", "Delete %u Labels?", ids->len),
          ids->len);
  lam_question_present (lam_window_of (widget), heading,
      _ ("All that is painted with it becomes unlabelled, everywhere in the "
         "volume. Undo brings it back."),
      _ ("_Delete"), TRUE, delete_agreed, task_new (widget, workspace, ids),
      task_free);
}

static void
verified_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Task *task = user_data;
  g_autoptr (GError) error = NULL;
  int64_t n_voxels = 0;
  g_clear_pointer (&task->dialog, lam_progress_dialog_close);
  bool done = lam_workspace_verify_labels_finish (
      task->workspace, result, &n_voxels, &error);
  if (!done && !lam_error_is_cancelled (error))
    lam_message_present (lam_window_of (task->widget),
        _ ("The Labels Were Not Verified"), error->message);
  if (done) {
    g_autofree char *text = g_strdup_printf (
        ngettext ("Verified %u label: %'" G_GINT64_FORMAT " voxels accepted",
            "Verified %u labels: %'" G_GINT64_FORMAT " voxels accepted",
            task->ids->len),
        task->ids->len, n_voxels);
    lam_toast_show (task->widget, text);
  }
  task_free (task);
}

void
lam_label_verb_verify (GtkWidget *widget, LamWorkspace *workspace, GArray *ids)
{
  Task *task = task_new (widget, workspace, ids);
  task->progress = lam_progress_new ();
  task->dialog = lam_progress_dialog_new (
      lam_window_of (widget), _ ("Verifying Labels"), task->progress);
  lam_workspace_verify_labels_async (workspace,
      (const uint32_t *)(gconstpointer)ids->data, ids->len, task->progress,
      verified_cb, task);
}

static void
merge_agreed (gpointer user_data)
{
  const Task *asked = user_data;
  Task *task = task_new (asked->widget, asked->workspace, asked->ids);
  task->into = asked->into;
  task->progress = lam_progress_new ();
  task->dialog = lam_progress_dialog_new (
      lam_window_of (task->widget), _ ("Merging Labels"), task->progress);
  lam_workspace_merge_labels_async (task->workspace, task->into,
      (const uint32_t *)(gconstpointer)task->ids->data, task->ids->len,
      task->progress, deleted_cb, task);
}

void
lam_label_verb_merge (
    GtkWidget *widget, LamWorkspace *workspace, uint32_t into, GArray *ids)
{
  g_autofree char *title = lam_workspace_dup_label_title (workspace, into);
  g_autoptr (GArray) others = g_array_new (false, false, sizeof (uint32_t));
  for (guint i = 0; i < ids->len; i++)
    if (g_array_index (ids, uint32_t, i) != into)
      g_array_append_vals (others, &g_array_index (ids, uint32_t, i), 1);
  if (others->len == 0) {
    lam_toast_show (widget, _ ("Select the labels that are to become one."));
    return;
  }
  g_autofree char *heading =
      g_strdup_printf (ngettext ("Merge %u Label into “%s”?",
                           "Merge %u Labels into “%s”?", others->len),
          others->len, title);
  Task *task = task_new (widget, workspace, others);
  task->into = into;
  lam_question_present (lam_window_of (widget), heading,
      _ ("All that is painted with them becomes a part of it, everywhere in "
         "the volume. Undo takes them apart again."),
      _ ("_Merge"), FALSE, merge_agreed, task, task_free);
}
