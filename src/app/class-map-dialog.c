/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Each row offers: nothing, the project's classes in their order, and a new
 * class of the network's name. Classes that are added meanwhile are not in the
 * list; one that is gone is refused when the answer is kept. */
#include "app/class-map-dialog.h"

#include <glib/gi18n-lib.h>

#include "app/announce.h"
#include "app/class-choice-row.h"
#include "app/class-suggest.h"
#include "app/form-dialog.h"
#include "app/message-dialog.h"
#include "labels/class-words.h"
#include "workspace/labelling.h"
#include "workspace/model-classes.h"
#include "workspace/project-models.h"

#define LAM_TYPE_CLASS_MAP_DIALOG (lam_class_map_dialog_get_type ())
G_DECLARE_FINAL_TYPE (LamClassMapDialog, lam_class_map_dialog, LAM,
    CLASS_MAP_DIALOG, LamFormDialog)

struct _LamClassMapDialog {
  LamFormDialog parent_instance;
  int64_t model;
  /* Owned */
  char **names; /* of the network's classes */
  GArray *ids; /* of the project's classes, as in the lists (int32_t) */
  GPtrArray *rows; /* of borrowed AdwComboRow, by class of the network */
  /* Template children */
  GtkScrolledWindow *scroll;
  AdwPreferencesGroup *group;
};

G_DEFINE_FINAL_TYPE (
    LamClassMapDialog, lam_class_map_dialog, LAM_TYPE_FORM_DIALOG)

/* The choices behind the project's classes */
enum { NEW_OF_OBJECTS, NEW_IN_ONE };

static guint
get_place_of_new (LamClassMapDialog *dialog)
{
  return LAM_CLASS_CHOICE_FIRST + dialog->ids->len;
}

/* --- answering ------------------------------------------------------------ */

static int32_t
add_class (LamClassMapDialog *dialog, const char *name, bool has_instances,
    GError **error)
{
  LamWorkspace *workspace = lam_form_dialog_get_workspace (dialog);
  LamClass class = lam_class_suggest (lam_workspace_get_classes (workspace));
  class.name = (char *)name;
  class.has_instances = has_instances;
  return lam_workspace_add_class (workspace, &class, error);
}

static GArray *
take_fit (LamClassMapDialog *dialog, GError **error)
{
  g_autoptr (GArray) fit = g_array_new (false, false, sizeof (int32_t));
  for (guint i = 0; i < dialog->rows->len; i++) {
    guint place = adw_combo_row_get_selected (dialog->rows->pdata[i]);
    int32_t id = LAM_CLASS_FIT_NONE;
    if (place >= get_place_of_new (dialog)) {
      id = add_class (dialog, dialog->names[i],
          place == get_place_of_new (dialog) + NEW_OF_OBJECTS, error);
      if (id < 0)
        return NULL;
    } else if (place != LAM_CLASS_CHOICE_NONE) {
      id = g_array_index (dialog->ids, int32_t, place - LAM_CLASS_CHOICE_FIRST);
    }
    g_array_append_val (fit, id);
  }
  return g_steal_pointer (&fit);
}

static void
activated_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (LamClassMapDialog) dialog = user_data;
  g_autoptr (GError) error = NULL;
  if (lam_workspace_activate_model_finish (
          LAM_WORKSPACE (source), result, &error)) {
    lam_announce ("CLASSES-MAPPED");
    gtk_window_destroy (GTK_WINDOW (dialog));
  } else {
    lam_form_dialog_set_problem (dialog, error->message);
  }
}

static void
accept_cb (LamClassMapDialog *dialog)
{
  LamWorkspace *workspace = lam_form_dialog_get_workspace (dialog);
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) fit = take_fit (dialog, &error);
  if (fit
      && lam_workspace_set_class_fit (workspace, dialog->model,
          (const char *const *)dialog->names, fit, &error))
    lam_workspace_activate_model_async (
        workspace, dialog->model, activated_cb, g_object_ref (dialog));
  else
    lam_form_dialog_set_problem (dialog, error->message);
}

/* A network of which nothing is used would have nothing to say. */
static void
chosen_cb (LamClassMapDialog *dialog)
{
  bool is_any = false;
  for (guint i = 0; i < dialog->rows->len; i++)
    is_any |= adw_combo_row_get_selected (dialog->rows->pdata[i])
        != LAM_CLASS_CHOICE_NONE;
  lam_form_dialog_set_can_accept (dialog, is_any);
  lam_form_dialog_set_problem (
      dialog, is_any ? NULL : _ ("At least one class has to be used."));
}

/* --- asking --------------------------------------------------------------- */

/* What was said before; without that what the names suggest, else a class of
 * its own. */
static guint
suggest_place (LamClassMapDialog *dialog, const GArray *fit, guint i)
{
  const char *const *names = (const char *const *)dialog->names;
  const LamClassTable *classes =
      lam_workspace_get_classes (lam_form_dialog_get_workspace (dialog));
  int32_t id = fit ? g_array_index (fit, int32_t, i)
                   : lam_class_fit_guess (names, (int)i, classes);
  if (fit || id != LAM_CLASS_FIT_NONE)
    return lam_class_choice_find_place (dialog->ids, id);
  const bool counts = lam_class_words_has_instances (names[i]);
  return get_place_of_new (dialog) + (counts ? NEW_OF_OBJECTS : NEW_IN_ONE);
}

static void
add_row (LamClassMapDialog *dialog, const GArray *fit, guint i)
{
  const LamClassTable *classes =
      lam_workspace_get_classes (lam_form_dialog_get_workspace (dialog));
  /* Translators: keep it short. A new class, whose voxels are single objects,
   * or all one label. */
  const char *const more[] = { _ ("New: single objects"), _ ("New: one label"),
    NULL };
  /* Translators: this class of a network; its voxels are left alone. */
  GtkWidget *row = lam_class_choice_row_new (
      dialog->names[i], _ ("Not used"), classes, more);
  adw_combo_row_set_selected (
      ADW_COMBO_ROW (row), suggest_place (dialog, fit, i));
  g_signal_connect_swapped (
      row, "notify::selected", G_CALLBACK (chosen_cb), dialog);
  adw_preferences_group_add (dialog->group, row);
  g_ptr_array_add (dialog->rows, row);
}

static char *
dup_model_name (LamClassMapDialog *dialog)
{
  g_autoptr (GPtrArray) models =
      lam_workspace_list_models (lam_form_dialog_get_workspace (dialog), NULL);
  for (guint i = 0; models && i < models->len; i++) {
    const LamModelRow *row = models->pdata[i];
    if (row->id == dialog->model)
      return g_markup_escape_text (row->name, -1);
  }
  return g_strdup ("");
}

static void
fill (LamClassMapDialog *dialog)
{
  LamWorkspace *workspace = lam_form_dialog_get_workspace (dialog);
  const LamClassTable *classes = lam_workspace_get_classes (workspace);
  g_autoptr (GArray) fit = lam_workspace_find_class_fit (
      workspace, dialog->model, (const char *const *)dialog->names, NULL);
  g_autofree char *name = dup_model_name (dialog);
  g_autofree char *text = g_strdup_printf (
      _ ("Which class of the project is each class of “%s”? The answer is kept "
         "with the network, and counts for what it says from now on."),
      name);
  adw_preferences_group_set_description (dialog->group, text);
  dialog->ids = lam_class_choice_list_ids (classes);
  for (guint i = 0; dialog->names[i]; i++)
    add_row (dialog, fit, i);
  lam_class_choice_fit_height (dialog->scroll, dialog->rows->len);
}

typedef struct {
  GtkWindow *parent; /* Borrowed; NULL once it is gone */
  int64_t model;
} Question;

static void
question_free (Question *question)
{
  g_clear_weak_pointer (&question->parent);
  g_free (question);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Question, question_free)

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Question) question = user_data;
  LamWorkspace *workspace = LAM_WORKSPACE (source);
  g_autoptr (GError) error = NULL;
  char **names =
      lam_workspace_read_model_classes_finish (workspace, result, &error);
  if (!question->parent || !lam_workspace_get_classes (workspace)) {
    g_strfreev (names);
    return;
  }
  if (!names) {
    lam_message_present (
        question->parent, _ ("This network cannot be read"), error->message);
    return;
  }
  LamClassMapDialog *dialog = lam_form_dialog_new (
      LAM_TYPE_CLASS_MAP_DIALOG, question->parent, workspace);
  dialog->model = question->model;
  dialog->names = names;
  fill (dialog);
  chosen_cb (dialog);
  gtk_window_present (GTK_WINDOW (dialog));
}

void
lam_class_map_dialog_present (
    GtkWindow *parent, LamWorkspace *workspace, int64_t model)
{
  g_return_if_fail (LAM_IS_WORKSPACE (workspace));
  Question *question = g_new0 (Question, 1);
  g_set_weak_pointer (&question->parent, parent);
  question->model = model;
  lam_workspace_read_model_classes_async (workspace, model, read_cb, question);
}

/* --- the dialog ----------------------------------------------------------- */

static void
lam_class_map_dialog_finalize (GObject *object)
{
  LamClassMapDialog *dialog = LAM_CLASS_MAP_DIALOG (object);
  g_strfreev (dialog->names);
  g_clear_pointer (&dialog->ids, g_array_unref);
  g_ptr_array_unref (dialog->rows);
  G_OBJECT_CLASS (lam_class_map_dialog_parent_class)->finalize (object);
}

static void
lam_class_map_dialog_class_init (LamClassMapDialogClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->finalize = lam_class_map_dialog_finalize;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/class-map-dialog.ui");
  gtk_widget_class_bind_template_child (
      widget_class, LamClassMapDialog, scroll);
  gtk_widget_class_bind_template_child (widget_class, LamClassMapDialog, group);
  gtk_widget_class_bind_template_callback (widget_class, accept_cb);
}

static void
lam_class_map_dialog_init (LamClassMapDialog *dialog)
{
  dialog->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (dialog));
}
