/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/project-dialog.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/announce.h"
#include "app/class-dialog.h"
#include "app/form-dialog.h"

#define OWN "empty"

/* Class sets that a project can begin with; "name" is what labels/ knows. */
static const struct {
  const char *name, *title;
} presets[] = {
  { "platelet", N_ ("Platelets") },
  { OWN, N_ ("My own") },
};

#define LAM_TYPE_PROJECT_DIALOG (lam_project_dialog_get_type ())
G_DECLARE_FINAL_TYPE (
    LamProjectDialog, lam_project_dialog, LAM, PROJECT_DIALOG, LamFormDialog)

struct _LamProjectDialog {
  LamFormDialog parent_instance;
  char *path; /* Owned */
  /* Template children */
  AdwActionRow *file;
  AdwComboRow *preset;
  GtkLabel *classes;
};

G_DEFINE_FINAL_TYPE (LamProjectDialog, lam_project_dialog, LAM_TYPE_FORM_DIALOG)

static const char *
get_preset (LamProjectDialog *dialog)
{
  guint i = adw_combo_row_get_selected (dialog->preset);
  return presets[MIN (i, G_N_ELEMENTS (presets) - 1)].name;
}

static void
set_path (LamProjectDialog *dialog, const char *path)
{
  g_free (dialog->path);
  dialog->path = g_str_has_suffix (path, ".lamella")
      ? g_strdup (path)
      : g_strconcat (path, ".lamella", NULL);
  g_autofree char *shown = g_filename_display_name (dialog->path);
  g_autofree char *markup = g_markup_escape_text (shown, -1);
  adw_action_row_set_subtitle (dialog->file, markup);
  lam_form_dialog_set_problem (dialog, NULL);
}

static void
chosen_cb (GtkWindow *dialog, const char *path, gpointer user_data)
{
  set_path (LAM_PROJECT_DIALOG (dialog), path);
}

static void
choose_cb (GtkButton *button, LamProjectDialog *dialog)
{
  lam_file_question_present (GTK_WINDOW (dialog),
      &(LamFileQuestion){ .title = _ ("Where the Project Goes"),
          .accept = _ ("_Choose"),
          .path = dialog->path,
          .filter = _ ("Lamella projects"),
          .patterns = "*.lamella",
          .is_save = true },
      chosen_cb, NULL, NULL);
}

/* Says which classes there will be. */
static void
preset_cb (AdwComboRow *row, GParamSpec *spec, LamProjectDialog *dialog)
{
  size_t n;
  const LamClass *classes = lam_class_preset_get (get_preset (dialog), &n);
  g_autoptr (GString) text = g_string_new (NULL);
  for (size_t i = 0; classes && i < n; i++)
    g_string_append_printf (text, "%s%s", i ? ", " : "", classes[i].name);
  if (n == 1)
    g_string_assign (text,
        _ ("Background, and what you add: the first is asked "
           "for next, others by + beside Classes"));
  gtk_label_set_text (dialog->classes, text->str);
}

static void
accept_cb (LamProjectDialog *dialog)
{
  g_autoptr (GError) error = NULL;
  LamWorkspace *workspace = lam_form_dialog_get_workspace (dialog);
  const char *preset = get_preset (dialog);
  GtkWindow *parent = gtk_window_get_transient_for (GTK_WINDOW (dialog));
  if (!lam_workspace_create_project (workspace, dialog->path, preset, &error)) {
    lam_form_dialog_set_problem (dialog, error->message);
    return;
  }
  if (strcmp (preset, OWN) == 0)
    lam_class_dialog_present (parent, workspace, -1);
  gtk_window_destroy (GTK_WINDOW (dialog));
}

static void
lam_project_dialog_finalize (GObject *object)
{
  g_free (LAM_PROJECT_DIALOG (object)->path);
  G_OBJECT_CLASS (lam_project_dialog_parent_class)->finalize (object);
}

static void
lam_project_dialog_class_init (LamProjectDialogClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->finalize = lam_project_dialog_finalize;

  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/project-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, LamProjectDialog, file);
  gtk_widget_class_bind_template_child (widget_class, LamProjectDialog, preset);
  gtk_widget_class_bind_template_child (
      widget_class, LamProjectDialog, classes);
  gtk_widget_class_bind_template_callback (widget_class, accept_cb);
  gtk_widget_class_bind_template_callback (widget_class, choose_cb);
  gtk_widget_class_bind_template_callback (widget_class, preset_cb);
}

static void
lam_project_dialog_init (LamProjectDialog *dialog)
{
  gtk_widget_init_template (GTK_WIDGET (dialog));
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (presets); i++)
    gtk_string_list_append (titles, _ (presets[i].title));
  adw_combo_row_set_model (dialog->preset, G_LIST_MODEL (titles));
}

void
lam_project_dialog_present (GtkWindow *parent, LamWorkspace *workspace)
{
  g_return_if_fail (LAM_IS_WORKSPACE (workspace));
  LamProjectDialog *dialog =
      lam_form_dialog_new (LAM_TYPE_PROJECT_DIALOG, parent, workspace);
  g_autofree char *path = lam_workspace_suggest_project_path (workspace);
  set_path (dialog, path);
  gtk_window_present (GTK_WINDOW (dialog));
  lam_announce ("DIALOG project");
}
