/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/model-export.h"

#include <glib/gi18n-lib.h>

#include "app/announce.h"
#include "app/form-dialog.h"
#include "app/message-dialog.h"
#include "workspace/model-export.h"

/* What is asked for. */
typedef struct {
  LamModelExportStart start;
  gpointer data; /* Owned, by */
  GDestroyNotify free_data;
} Asked;

/* What is under way. */
typedef struct {
  GtkWindow *window, *parent; /* Borrowed; NULL once they are gone */
  char *path; /* Owned */
} Export;

static void
asked_free (gpointer data)
{
  Asked *asked = data;
  asked->free_data (asked->data);
  g_free (asked);
}

static void
export_free (Export *export)
{
  g_clear_weak_pointer (&export->window);
  g_clear_weak_pointer (&export->parent);
  g_free (export->path);
  g_free (export);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Export, export_free)

static void
exported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Export) export = user_data;
  g_autoptr (GError) error = NULL;
  const bool done = lam_model_export_finish (result, &error);
  const bool is_open =
      export->window && gtk_widget_get_mapped (GTK_WIDGET (export->window));
  GtkWindow *window = is_open ? export->window : export->parent;
  lam_announce ("EXPORTED %d", done);
  if (!window)
    return;
  if (!done) {
    lam_message_present (
        window, _ ("The network was not exported"), error->message);
    return;
  }
  g_autofree char *name = g_filename_display_basename (export->path);
  g_autofree char *text = g_strdup_printf (_ ("Exported to %s"), name);
  lam_window_toast (window, text);
}

static void
path_chosen_cb (GtkWindow *window, const char *path, gpointer user_data)
{
  const Asked *asked = user_data;
  GtkWindow *parent = gtk_window_get_transient_for (window);
  Export *export = g_new0 (Export, 1);
  export->path = g_str_has_suffix (path, ".onnx")
      ? g_strdup (path)
      : g_strconcat (path, ".onnx", NULL);
  g_set_weak_pointer (&export->window, window);
  g_set_weak_pointer (&export->parent, parent);
  asked->start (asked->data, export->path, exported_cb, export);
}

static char *
dup_path (LamWorkspace *workspace, const char *name)
{
  g_autofree char *project = lam_workspace_suggest_project_path (workspace);
  g_autofree char *folder = g_path_get_dirname (project);
  g_autofree char *file = g_strconcat (name, ".onnx", NULL);
  g_strdelimit (file, G_DIR_SEPARATOR_S, '_');
  return g_build_filename (folder, file, NULL);
}

void
lam_model_export_ask (GtkWindow *window, LamWorkspace *workspace,
    const char *name, LamModelExportStart start, gpointer data,
    GDestroyNotify free_data)
{
  g_autofree char *path = dup_path (workspace, name);
  const Asked asked = { start, data, free_data };
  lam_file_question_present (window,
      &(LamFileQuestion){ .title = _ ("Export as ONNX"),
          .accept = _ ("_Export"),
          .path = path,
          .filter = _ ("Networks (ONNX)"),
          .patterns = "*.onnx",
          .is_save = true },
      path_chosen_cb, g_memdup2 (&asked, sizeof asked), asked_free);
}
