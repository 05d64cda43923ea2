/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/model-row.h"

#include <glib/gi18n-lib.h>

#include "app/announce.h"
#include "app/form-dialog.h"
#include "app/message-dialog.h"
#include "workspace/model-states.h"
#include "workspace/project-models.h"

#define MODEL "lam-model"

int64_t
lam_model_row_get_model (GtkWidget *pressed)
{
  return GPOINTER_TO_INT (g_object_get_data (G_OBJECT (pressed), MODEL));
}

/* --- a file of it --------------------------------------------------------- */

typedef struct {
  LamWorkspace *workspace; /* Owned */
  int64_t model;
  GtkWindow *parent; /* Borrowed; NULL once it is gone */
  char *path; /* Owned; or NULL */
} Export;

static void
export_free (gpointer data)
{
  Export *export = data;
  g_object_unref (export->workspace);
  g_clear_weak_pointer (&export->parent);
  g_free (export->path);
  g_free (export);
}

static void
exported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Export *export = user_data;
  g_autoptr (GError) error = NULL;
  bool done =
      lam_workspace_export_model_finish (export->workspace, result, &error);
  g_autofree char *name = g_filename_display_basename (export->path);
  lam_announce ("EXPORTED %d", done);
  if (export->parent && !done) {
    lam_message_present (
        export->parent, _ ("The network was not exported"), error->message);
  } else if (export->parent) {
    g_autofree char *text = g_strdup_printf (_ ("Exported to %s"), name);
    lam_window_toast (export->parent, text);
  }
  export_free (export);
}

static void
path_chosen_cb (GtkWindow *parent, const char *path, gpointer user_data)
{
  const Export *asked = user_data;
  Export *export = g_new0 (Export, 1);
  export->workspace = g_object_ref (asked->workspace);
  export->path = g_str_has_suffix (path, ".onnx")
      ? g_strdup (path)
      : g_strconcat (path, ".onnx", NULL);
  g_set_weak_pointer (&export->parent, parent);
  lam_workspace_export_model_async (
      export->workspace, asked->model, export->path, true, exported_cb, export);
}

static void
export_cb (GtkWidget *button, LamWorkspace *workspace)
{
  const char *name = g_object_get_data (G_OBJECT (button), "lam-name");
  g_autofree char *project = lam_workspace_suggest_project_path (workspace);
  g_autofree char *folder = g_path_get_dirname (project);
  g_autofree char *file = g_strconcat (name, ".onnx", NULL);
  g_strdelimit (file, G_DIR_SEPARATOR_S, '_');
  g_autofree char *path = g_build_filename (folder, file, NULL);
  Export *asked = g_new0 (Export, 1);
  asked->workspace = g_object_ref (workspace);
  asked->model = lam_model_row_get_model (button);
  GtkWindow *window = lam_window_of (button);
  GtkWidget *popover = gtk_widget_get_ancestor (button, GTK_TYPE_POPOVER);
  if (popover)
    gtk_popover_popdown (GTK_POPOVER (popover));
  lam_file_question_present (window,
      &(LamFileQuestion){ .title = _ ("Export as ONNX"),
          .accept = _ ("_Export"),
          .path = path,
          .filter = _ ("Networks (ONNX)"),
          .patterns = "*.onnx",
          .is_save = true },
      path_chosen_cb, asked, export_free);
}

/* --- the line ------------------------------------------------------------- */

static GtkWidget *
add_verb (GtkWidget *row, int64_t id, const char *icon, const char *tip)
{
  GtkWidget *verb = gtk_button_new_from_icon_name (icon);
  gtk_widget_add_css_class (verb, "flat");
  gtk_widget_set_tooltip_text (verb, tip);
  g_object_set_data (G_OBJECT (verb), MODEL, GINT_TO_POINTER ((int)id));
  gtk_box_append (GTK_BOX (row), verb);
  return verb;
}

static void
add_verbs (LamWorkspace *workspace, GtkWidget *row, int64_t id,
    const char *name, const LamModelRowCalls *calls)
{
  g_signal_connect (add_verb (row, id, "document-edit-symbolic",
                        _ ("Which class of the project is which of its "
                           "classes")),
      "clicked", calls->classes, calls->user_data);
  GtkWidget *export =
      add_verb (row, id, "document-save-symbolic", _ ("Export as ONNX…"));
  g_object_set_data_full (
      G_OBJECT (export), "lam-name", g_strdup (name), g_free);
  g_signal_connect_object (
      export, "clicked", G_CALLBACK (export_cb), workspace, 0);
  g_signal_connect (add_verb (row, id, "user-trash-symbolic",
                        _ ("Remove it from the project")),
      "clicked", calls->remove, calls->user_data);
}

/* What a state of a network learned from, and how it was judged: to go back to
 * another one it is chosen. */
static void
describe_state (
    LamWorkspace *workspace, GtkWidget *check, int64_t id, const char *name)
{
  const LamModelState state = lam_workspace_get_model_state (workspace, id);
  g_autofree char *text = lam_model_state_describe (&state);
  if (!text)
    return;
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  const char *const lines[2] = { name, text };
  for (int i = 0; i < 2; i++) {
    GtkWidget *line = gtk_label_new (lines[i]);
    gtk_label_set_xalign (GTK_LABEL (line), 0);
    gtk_label_set_wrap (GTK_LABEL (line), TRUE);
    gtk_label_set_max_width_chars (GTK_LABEL (line), 34);
    if (i == 1) {
      gtk_widget_add_css_class (line, "dim-label");
      gtk_widget_add_css_class (line, "caption");
    }
    gtk_box_append (GTK_BOX (box), line);
  }
  gtk_check_button_set_child (GTK_CHECK_BUTTON (check), box);
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (check), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

GtkWidget *
lam_model_row_new (LamWorkspace *workspace, int64_t id, const char *name,
    const LamModelRowCalls *calls, GtkCheckButton *group,
    GtkCheckButton **check)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *button = gtk_check_button_new_with_label (name);
  gtk_widget_set_hexpand (button, TRUE);
  gtk_check_button_set_group (GTK_CHECK_BUTTON (button), group);
  g_object_set_data (G_OBJECT (button), MODEL, GINT_TO_POINTER ((int)id));
  if (lam_workspace_get_active_model (workspace) == id)
    gtk_check_button_set_active (GTK_CHECK_BUTTON (button), TRUE);
  g_signal_connect (button, "toggled", calls->chosen, calls->user_data);
  gtk_box_append (GTK_BOX (row), button);
  describe_state (workspace, button, id, name);
  if (id != 0)
    add_verbs (workspace, row, id, name, calls);
  *check = GTK_CHECK_BUTTON (button);
  return row;
}
