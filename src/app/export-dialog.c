/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/export-dialog.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/form-dialog.h"
#include "app/message-dialog.h"
#include "app/progress-dialog.h"
#include "app/triple.h"
#include "base/error.h"

#define LAM_TYPE_EXPORT_DIALOG (lam_export_dialog_get_type ())
G_DECLARE_FINAL_TYPE (
    LamExportDialog, lam_export_dialog, LAM, EXPORT_DIALOG, LamFormDialog)

struct _LamExportDialog {
  LamFormDialog parent_instance;
  /* Owned, while it is written */
  char *path;
  LamProgress *progress;
  LamProgressDialog *progress_dialog;
  /* Template children */
  AdwComboRow *what, *dtype;
  GtkSwitch *whole;
  AdwEntryRow *first, *last;
};

G_DEFINE_FINAL_TYPE (LamExportDialog, lam_export_dialog, LAM_TYPE_FORM_DIALOG)

/* In the order of the template's entries; the file's name says which it is. */
static const struct {
  LamExportWhat what;
  const char *suffix;
} kinds[] = {
  { LAM_EXPORT_LABELS, "labels" },
  { LAM_EXPORT_CLASSES, "classes" },
  { LAM_EXPORT_SOURCES, "sources" },
};

static const LamDtype dtypes[] = { LAM_DTYPE_U8, LAM_DTYPE_U16, LAM_DTYPE_U32 };

/* Empty for the whole volume; NULL, or what is wrong with the two voxels. */
static const char *
get_box (LamExportDialog *dialog, LamBox *box)
{
  *box = (LamBox){ { 0, 0, 0 }, { 0, 0, 0 } };
  if (gtk_switch_get_active (dialog->whole))
    return NULL;
  return lam_triple_parse_box (
      gtk_editable_get_text (GTK_EDITABLE (dialog->first)),
      gtk_editable_get_text (GTK_EDITABLE (dialog->last)),
      lam_workspace_get_size (lam_form_dialog_get_workspace (dialog)), box);
}

static void
box_cb (GtkEditable *editable, LamExportDialog *dialog)
{
  LamBox box;
  if (!lam_form_dialog_get_workspace (dialog))
    return;
  const char *problem = get_box (dialog, &box);
  lam_form_dialog_set_can_accept (dialog, !problem);
  lam_form_dialog_set_problem (dialog, problem);
}

static void
whole_cb (LamExportDialog *dialog)
{
  bool is_whole = gtk_switch_get_active (dialog->whole);
  gtk_widget_set_visible (GTK_WIDGET (dialog->first), !is_whole);
  gtk_widget_set_visible (GTK_WIDGET (dialog->last), !is_whole);
  box_cb (NULL, dialog);
}

static void
exported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (LamExportDialog) dialog = user_data;
  g_autoptr (GError) error = NULL;
  bool is_done = lam_workspace_export_finish (
      lam_form_dialog_get_workspace (dialog), result, &error);
  g_clear_pointer (&dialog->progress_dialog, lam_progress_dialog_close);
  g_clear_pointer (&dialog->progress, lam_progress_unref);
  if (!is_done) {
    if (!lam_error_is_cancelled (error))
      lam_form_dialog_set_problem (dialog, error->message);
    return;
  }
  g_autofree char *name = g_filename_display_basename (dialog->path);
  g_autofree char *text = g_strdup_printf (_ ("Exported to %s"), name);
  GtkWindow *parent = gtk_window_get_transient_for (GTK_WINDOW (dialog));
  if (parent)
    lam_window_toast (parent, text);
  gtk_window_destroy (GTK_WINDOW (dialog));
}

static void
chosen_cb (GtkWindow *window, const char *path, gpointer user_data)
{
  LamExportDialog *dialog = LAM_EXPORT_DIALOG (window);
  guint type = adw_combo_row_get_selected (dialog->dtype);
  guint kind = adw_combo_row_get_selected (dialog->what);
  LamBox box;
  if (dialog->progress || kind >= G_N_ELEMENTS (kinds)
      || get_box (dialog, &box))
    return;
  LamExportOptions options = { .what = kinds[kind].what,
    .box = box,
    .smallest = type == 0,
    .dtype = dtypes[CLAMP (type, 1, G_N_ELEMENTS (dtypes)) - 1] };

  g_free (dialog->path);
  dialog->path =
      g_str_has_suffix (path, ".tif") || g_str_has_suffix (path, ".tiff")
      ? g_strdup (path)
      : g_strconcat (path, ".tif", NULL);
  lam_form_dialog_set_problem (dialog, NULL);
  dialog->progress = lam_progress_new ();
  dialog->progress_dialog =
      lam_progress_dialog_new (window, _ ("Exporting"), dialog->progress);
  lam_workspace_export_async (lam_form_dialog_get_workspace (dialog),
      dialog->path, &options, dialog->progress, exported_cb,
      g_object_ref (dialog));
}

/* Beside the project, "scan-labels.tif". */
static char *
suggest_path (LamExportDialog *dialog)
{
  LamWorkspace *workspace = lam_form_dialog_get_workspace (dialog);
  guint kind = adw_combo_row_get_selected (dialog->what);
  g_autofree char *project = lam_workspace_suggest_project_path (workspace);
  g_autofree char *folder = g_path_get_dirname (project);
  g_autofree char *stem = g_strdup (lam_workspace_get_title (workspace));
  char *dot = strrchr (stem, '.');
  if (dot && dot != stem)
    *dot = '\0';
  g_autofree char *name = g_strdup_printf (
      "%s-%s.tif", stem, kinds[MIN (kind, G_N_ELEMENTS (kinds) - 1)].suffix);
  return g_build_filename (folder, name, NULL);
}

static void
accept_cb (LamExportDialog *dialog)
{
  g_autofree char *path = suggest_path (dialog);
  lam_file_question_present (GTK_WINDOW (dialog),
      &(LamFileQuestion){ .title = _ ("Export as TIFF"),
          .accept = _ ("_Export"),
          .path = path,
          .filter = _ ("TIFF stacks"),
          .patterns = "*.tif *.tiff",
          .is_save = true },
      chosen_cb, NULL, NULL);
}

static void
lam_export_dialog_finalize (GObject *object)
{
  g_free (LAM_EXPORT_DIALOG (object)->path);
  G_OBJECT_CLASS (lam_export_dialog_parent_class)->finalize (object);
}

static void
lam_export_dialog_class_init (LamExportDialogClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->finalize = lam_export_dialog_finalize;

  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/export-dialog.ui");
#define BIND(child) \
  gtk_widget_class_bind_template_child (widget_class, LamExportDialog, child)
  BIND (what);
  BIND (dtype);
  BIND (whole);
  BIND (first);
  BIND (last);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, accept_cb);
  gtk_widget_class_bind_template_callback (widget_class, box_cb);
}

static void
lam_export_dialog_init (LamExportDialog *dialog)
{
  gtk_widget_init_template (GTK_WIDGET (dialog));
  g_signal_connect_swapped (
      dialog->whole, "notify::active", G_CALLBACK (whole_cb), dialog);
}

void
lam_export_dialog_present (GtkWindow *parent, LamWorkspace *workspace)
{
  g_return_if_fail (LAM_IS_WORKSPACE (workspace));
  LamExportDialog *dialog =
      lam_form_dialog_new (LAM_TYPE_EXPORT_DIALOG, parent, workspace);
  const int64_t *size = lam_workspace_get_size (workspace);
  g_autofree char *last = g_strdup_printf (
      "%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT,
      size[0] - 1, size[1] - 1, size[2] - 1);
  gtk_editable_set_text (GTK_EDITABLE (dialog->first), "0, 0, 0");
  gtk_editable_set_text (GTK_EDITABLE (dialog->last), last);
  whole_cb (dialog);
  gtk_window_present (GTK_WINDOW (dialog));
}
