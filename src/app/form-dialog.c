/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/form-dialog.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct {
  LamWorkspace *workspace; /* Owned */
  /* Template children */
  GtkButton *accept;
  GtkLabel *problem;
  AdwBin *place;
} LamFormDialogPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (
    LamFormDialog, lam_form_dialog, ADW_TYPE_WINDOW)

enum { PROPERTY_ACCEPT_LABEL = 1, PROPERTY_FORM, N_PROPERTIES };
static GParamSpec *properties[N_PROPERTIES];
enum { ACCEPT, N_SIGNALS };
static guint signals[N_SIGNALS];

static LamFormDialogPrivate *
get_private (gpointer dialog)
{
  return lam_form_dialog_get_instance_private (LAM_FORM_DIALOG (dialog));
}

static void
accept_cb (GtkButton *button, LamFormDialog *dialog)
{
  g_signal_emit (dialog, signals[ACCEPT], 0);
}

static void
lam_form_dialog_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  LamFormDialogPrivate *private = get_private (object);
  if (id == PROPERTY_ACCEPT_LABEL)
    gtk_button_set_label (private->accept, g_value_get_string (value));
  else
    adw_bin_set_child (private->place, g_value_get_object (value));
}

static void
lam_form_dialog_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  LamFormDialogPrivate *private = get_private (object);
  if (id == PROPERTY_ACCEPT_LABEL)
    g_value_set_string (value, gtk_button_get_label (private->accept));
  else
    g_value_set_object (value, adw_bin_get_child (private->place));
}

static void
lam_form_dialog_dispose (GObject *object)
{
  g_clear_object (&get_private (object)->workspace);
  G_OBJECT_CLASS (lam_form_dialog_parent_class)->dispose (object);
}

/* The first widget that takes text, in the order on screen. */
static GtkWidget *
find_text (GtkWidget *widget)
{
  if (GTK_IS_TEXT (widget))
    return widget;
  GtkWidget *found = NULL;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child && !found;
       child = gtk_widget_get_next_sibling (child))
    if (gtk_widget_get_visible (child))
      found = find_text (child);
  return found;
}

/* To begin with, keys go to what is to be filled in, else Enter accepts; not to
 * the first button, which cancels. */
static void
lam_form_dialog_map (GtkWidget *widget)
{
  LamFormDialogPrivate *private = get_private (widget);
  GTK_WIDGET_CLASS (lam_form_dialog_parent_class)->map (widget);
  GtkWidget *text = find_text (GTK_WIDGET (private->place));
  if (!text || !gtk_widget_grab_focus (text))
    gtk_widget_grab_focus (GTK_WIDGET (private->accept));
}

static void
lam_form_dialog_class_init (LamFormDialogClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  object_class->set_property = lam_form_dialog_set_property;
  object_class->get_property = lam_form_dialog_get_property;
  object_class->dispose = lam_form_dialog_dispose;
  widget_class->map = lam_form_dialog_map;

  properties[PROPERTY_ACCEPT_LABEL] = g_param_spec_string ("accept-label", NULL,
      NULL, NULL, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROPERTY_FORM] = g_param_spec_object ("form", NULL, NULL,
      GTK_TYPE_WIDGET, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  signals[ACCEPT] = g_signal_new ("accept", LAM_TYPE_FORM_DIALOG,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/form-dialog.ui");
  gtk_widget_class_bind_template_child_private (
      widget_class, LamFormDialog, accept);
  gtk_widget_class_bind_template_child_private (
      widget_class, LamFormDialog, problem);
  gtk_widget_class_bind_template_child_private (
      widget_class, LamFormDialog, place);
  gtk_widget_class_bind_template_callback (widget_class, accept_cb);
}

static void
lam_form_dialog_init (LamFormDialog *dialog)
{
  gtk_widget_init_template (GTK_WIDGET (dialog));
}

/* Enter in a number accepts, as it does in an entry that says so itself. */
static void
let_numbers_accept (GtkWidget *widget)
{
  if (GTK_IS_SPIN_BUTTON (widget)) {
    GtkEditable *text = gtk_editable_get_delegate (GTK_EDITABLE (widget));
    gtk_text_set_activates_default (GTK_TEXT (text), TRUE);
    return;
  }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    let_numbers_accept (child);
}

gpointer
lam_form_dialog_new (GType type, GtkWindow *parent, LamWorkspace *workspace)
{
  gpointer dialog = g_object_new (type, "transient-for", parent, NULL);
  g_set_object (&get_private (dialog)->workspace, workspace);
  let_numbers_accept (GTK_WIDGET (get_private (dialog)->place));
  return dialog;
}

LamWorkspace *
lam_form_dialog_get_workspace (gpointer dialog)
{
  return get_private (dialog)->workspace;
}

void
lam_form_dialog_set_accept_label (gpointer dialog, const char *label)
{
  gtk_button_set_label (get_private (dialog)->accept, label);
}

void
lam_form_dialog_set_can_accept (gpointer dialog, bool can_accept)
{
  gtk_widget_set_sensitive (
      GTK_WIDGET (get_private (dialog)->accept), can_accept);
}

void
lam_form_dialog_set_problem (gpointer dialog, const char *problem)
{
  LamFormDialogPrivate *private = get_private (dialog);
  gtk_label_set_text (private->problem, problem ? problem : "");
  gtk_widget_set_visible (GTK_WIDGET (private->problem), problem != NULL);
}

/* --- files -------------------------------------------------------------- */

typedef struct {
  GtkWindow *parent; /* Borrowed: the chooser is closed with it */
  void (*chosen) (GtkWindow *parent, const char *path, gpointer user_data);
  gpointer user_data;
  GDestroyNotify free_user_data;
} FileAnswer;

static void
answer_free (gpointer data, GClosure *closure)
{
  FileAnswer *answer = data;
  if (answer->free_user_data)
    answer->free_user_data (answer->user_data);
  g_free (answer);
}

static void
response_cb (GtkNativeDialog *chooser, int response, FileAnswer *answer)
{
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT
      ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser))
      : NULL;
  g_autofree char *path = file ? g_file_get_path (file) : NULL;
  GtkWindow *parent = answer->parent;
  gtk_native_dialog_hide (chooser);
  if (path)
    answer->chosen (parent, path, answer->user_data);
  /* Held by the parent; this is the last thing that is done with it. */
  g_object_set_data (G_OBJECT (parent), "lam-file-chooser", NULL);
}

static void
destroy_chooser (gpointer data)
{
  gtk_native_dialog_destroy (GTK_NATIVE_DIALOG (data));
  g_object_unref (data);
}

static void
add_filter (GtkFileChooser *chooser, const LamFileQuestion *question)
{
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();
  g_auto (GStrv) patterns = g_strsplit (question->patterns, " ", -1);
  gtk_file_filter_set_name (filter, question->filter);
  for (int i = 0; patterns[i]; i++) {
    const char *suffix = strrchr (patterns[i], '.');
    gtk_file_filter_add_suffix (filter, suffix ? suffix + 1 : patterns[i]);
  }
  gtk_file_chooser_add_filter (chooser, filter);
}

void
lam_file_question_present (GtkWindow *parent, const LamFileQuestion *question,
    void (*chosen) (GtkWindow *parent, const char *path, gpointer user_data),
    gpointer user_data, GDestroyNotify free_user_data)
{
  g_return_if_fail (GTK_IS_WINDOW (parent));
  GtkFileChooserAction action = question->is_folder
      ? GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER
      : question->is_save ? GTK_FILE_CHOOSER_ACTION_SAVE
                          : GTK_FILE_CHOOSER_ACTION_OPEN;
  GtkFileChooserNative *chooser = gtk_file_chooser_native_new (
      question->title, parent, action, question->accept, NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  if (question->filter)
    add_filter (GTK_FILE_CHOOSER (chooser), question);
  if (question->path) {
    g_autoptr (GFile) file = g_file_new_for_path (question->path);
    g_autoptr (GFile) folder = g_file_get_parent (file);
    g_autofree char *name = g_file_get_basename (file);
    if (question->is_save)
      gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (chooser), name);
    gtk_file_chooser_set_current_folder (
        GTK_FILE_CHOOSER (chooser), question->is_folder ? file : folder, NULL);
  }

  FileAnswer *answer = g_new (FileAnswer, 1);
  *answer = (FileAnswer){ parent, chosen, user_data, free_user_data };
  g_signal_connect_data (
      chooser, "response", G_CALLBACK (response_cb), answer, answer_free, 0);
  g_object_set_data_full (
      G_OBJECT (parent), "lam-file-chooser", chooser, destroy_chooser);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}
