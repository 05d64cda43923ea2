/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The file's numbers are read in the background; their rows come then. */
#include "app/truth-map-dialog.h"

#include <glib/gi18n-lib.h>

#include "app/announce.h"
#include "app/class-choice-row.h"
#include "app/form-dialog.h"
#include "app/import-scan.h"
#include "base/error.h"
#include "workspace/truth-map.h"

/* A file with more numbers holds labels, not classes. */
#define MOST_NUMBERS 64
#define SHOW_AFTER_MS 60

#define LAM_TYPE_TRUTH_MAP_DIALOG (lam_truth_map_dialog_get_type ())
G_DECLARE_FINAL_TYPE (LamTruthMapDialog, lam_truth_map_dialog, LAM,
    TRUTH_MAP_DIALOG, LamFormDialog)

struct _LamTruthMapDialog {
  LamFormDialog parent_instance;
  void (*chosen) (GtkWindow *parent, const char *text);
  /* Owned */
  char *now; /* or NULL */
  LamProgress *progress;
  GArray *numbers; /* uint32_t; NULL until they were read */
  GArray *ids; /* of the project's classes, as in the lists (int32_t) */
  GPtrArray *rows; /* of borrowed AdwComboRow, one a number */
  guint show_timeout; /* 0 once it is on the screen */
  /* Template children */
  GtkScrolledWindow *scroll;
  AdwPreferencesGroup *group;
};

G_DEFINE_FINAL_TYPE (
    LamTruthMapDialog, lam_truth_map_dialog, LAM_TYPE_FORM_DIALOG)

/* --- answering ------------------------------------------------------------ */

static char *
dup_text (LamTruthMapDialog *dialog)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < dialog->rows->len; i++) {
    guint place = adw_combo_row_get_selected (dialog->rows->pdata[i]);
    if (place < LAM_CLASS_CHOICE_FIRST)
      continue;
    g_string_append_printf (text, "%s%u=%d", text->len > 0 ? "," : "",
        g_array_index (dialog->numbers, uint32_t, i),
        g_array_index (dialog->ids, int32_t, place - LAM_CLASS_CHOICE_FIRST));
  }
  return g_string_free (text, false);
}

static void
accept_cb (LamTruthMapDialog *dialog)
{
  g_autofree char *text = dup_text (dialog);
  GtkWindow *parent = gtk_window_get_transient_for (GTK_WINDOW (dialog));
  if (parent)
    dialog->chosen (parent, text);
  lam_announce ("TRUTH-MAPPED %s", text);
  gtk_window_destroy (GTK_WINDOW (dialog));
}

static void
chosen_cb (LamTruthMapDialog *dialog)
{
  g_autofree char *text = dup_text (dialog);
  lam_form_dialog_set_can_accept (dialog, *text);
  lam_form_dialog_set_problem (
      dialog, *text ? NULL : _ ("At least one number has to be a class."));
}

/* --- being shown ---------------------------------------------------------- */

static void
show (LamTruthMapDialog *dialog)
{
  g_clear_handle_id (&dialog->show_timeout, g_source_remove);
  gtk_window_present (GTK_WINDOW (dialog));
}

static gboolean
show_cb (gpointer data)
{
  LamTruthMapDialog *dialog = data;
  dialog->show_timeout = 0;
  show (dialog);
  return G_SOURCE_REMOVE;
}

/* --- asking --------------------------------------------------------------- */

/* What was said before; where nothing was, the class of that number. */
static guint
suggest_place (LamTruthMapDialog *dialog, GHashTable *said, uint32_t number)
{
  if (!said)
    return number < LAM_TRUTH_UNLABELLED
        ? lam_class_choice_find_place (dialog->ids, (int32_t)number)
        : LAM_CLASS_CHOICE_NONE;
  gpointer ours = g_hash_table_lookup (said, GUINT_TO_POINTER (number));
  return ours ? lam_class_choice_find_place (
                    dialog->ids, GPOINTER_TO_INT (ours) - 1)
              : LAM_CLASS_CHOICE_NONE;
}

static void
add_row (LamTruthMapDialog *dialog, GHashTable *said, uint32_t number)
{
  LamWorkspace *workspace = lam_form_dialog_get_workspace (dialog);
  g_autofree char *title = g_strdup_printf ("%u", number);
  /* Translators: this number of a truth; its voxels are left out. */
  GtkWidget *row = lam_class_choice_row_new (
      title, _ ("Does not count"), lam_workspace_get_classes (workspace), NULL);
  adw_combo_row_set_selected (
      ADW_COMBO_ROW (row), suggest_place (dialog, said, number));
  g_signal_connect_swapped (
      row, "notify::selected", G_CALLBACK (chosen_cb), dialog);
  adw_preferences_group_add (dialog->group, row);
  g_ptr_array_add (dialog->rows, row);
}

static void
fill (LamTruthMapDialog *dialog)
{
  const LamClassTable *classes =
      lam_workspace_get_classes (lam_form_dialog_get_workspace (dialog));
  g_autoptr (GHashTable) said = dialog->now && *dialog->now
      ? lam_truth_map_parse (dialog->now, NULL, NULL)
      : NULL;
  adw_preferences_group_set_description (dialog->group,
      _ ("Which class of the project is each number of the truth? The answer "
         "is kept in the project, for this file."));
  dialog->ids = lam_class_choice_list_ids (classes);
  for (guint i = 0; i < dialog->numbers->len; i++)
    add_row (dialog, said, g_array_index (dialog->numbers, uint32_t, i));
  lam_class_choice_fit_height (dialog->scroll, dialog->rows->len);
  chosen_cb (dialog);
  lam_announce ("TRUTH-NUMBERS %u", dialog->numbers->len);
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (LamTruthMapDialog) dialog = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LamImportScan) scan = lam_import_scan_finish (result, &error);
  LamWorkspace *workspace = lam_form_dialog_get_workspace (dialog);
  /* It, or the project, was closed meanwhile. */
  if (lam_progress_is_cancelled (dialog->progress) || !workspace
      || !lam_workspace_get_classes (workspace))
    return;
  adw_preferences_group_set_description (dialog->group, NULL);
  if (!scan) {
    lam_form_dialog_set_problem (dialog, error->message);
    show (dialog);
    return;
  }
  if (scan->is_cut) {
    lam_form_dialog_set_problem (dialog,
        _ ("There are more than 64 numbers in this file: it holds labels, not "
           "classes."));
    show (dialog);
    return;
  }
  dialog->numbers = g_array_ref (scan->values);
  fill (dialog);
  show (dialog);
}

void
lam_truth_map_dialog_present (GtkWindow *parent, LamWorkspace *workspace,
    const char *path, const char *now,
    void (*chosen) (GtkWindow *parent, const char *text))
{
  g_return_if_fail (LAM_IS_WORKSPACE (workspace));
  LamTruthMapDialog *dialog =
      lam_form_dialog_new (LAM_TYPE_TRUTH_MAP_DIALOG, parent, workspace);
  g_autofree char *name = g_filename_display_basename (path);
  g_autofree char *text = g_strdup_printf (_ ("Reading %s…"), name);
  g_autofree char *safe = g_markup_escape_text (text, -1);
  dialog->chosen = chosen;
  dialog->now = g_strdup (now);
  adw_preferences_group_set_description (dialog->group, safe);
  lam_form_dialog_set_can_accept (dialog, false);
  lam_import_scan_async (
      path, -1, MOST_NUMBERS, dialog->progress, read_cb, g_object_ref (dialog));
  /* What is soon read comes up as large as its rows need. */
  dialog->show_timeout = g_timeout_add (SHOW_AFTER_MS, show_cb, dialog);
}

/* --- the dialog ----------------------------------------------------------- */

static void
lam_truth_map_dialog_dispose (GObject *object)
{
  LamTruthMapDialog *dialog = LAM_TRUTH_MAP_DIALOG (object);
  g_clear_handle_id (&dialog->show_timeout, g_source_remove);
  lam_progress_cancel (dialog->progress);
  G_OBJECT_CLASS (lam_truth_map_dialog_parent_class)->dispose (object);
}

static void
lam_truth_map_dialog_finalize (GObject *object)
{
  LamTruthMapDialog *dialog = LAM_TRUTH_MAP_DIALOG (object);
  lam_progress_unref (dialog->progress);
  g_free (dialog->now);
  g_clear_pointer (&dialog->numbers, g_array_unref);
  g_clear_pointer (&dialog->ids, g_array_unref);
  g_ptr_array_unref (dialog->rows);
  G_OBJECT_CLASS (lam_truth_map_dialog_parent_class)->finalize (object);
}

static void
lam_truth_map_dialog_class_init (LamTruthMapDialogClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lam_truth_map_dialog_dispose;
  G_OBJECT_CLASS (class)->finalize = lam_truth_map_dialog_finalize;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/truth-map-dialog.ui");
  gtk_widget_class_bind_template_child (
      widget_class, LamTruthMapDialog, scroll);
  gtk_widget_class_bind_template_child (widget_class, LamTruthMapDialog, group);
  gtk_widget_class_bind_template_callback (widget_class, accept_cb);
}

static void
lam_truth_map_dialog_init (LamTruthMapDialog *dialog)
{
  dialog->progress = lam_progress_new ();
  dialog->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (dialog));
}
