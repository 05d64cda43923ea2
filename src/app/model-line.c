/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/model-line.h"

#include <glib/gi18n-lib.h>

#include "app/message-dialog.h"
#include "app/model-export.h"
#include "workspace/model-looks.h"
#include "workspace/model-states.h"
#include "workspace/project-models.h"

struct _LamModelLine {
  GtkBox parent_instance;
  int64_t id;
  bool is_showing; /* what is chosen follows the project */
  bool wants_too; /* as the person switched it last */
  char *name; /* Owned */
  LamWorkspace *workspace; /* Borrowed */
  /* Children */
  GtkWidget *check, *asks_too;
  GtkLabel *title, *state;
};

G_DEFINE_FINAL_TYPE (LamModelLine, lam_model_line, GTK_TYPE_BOX)

enum { CHOSEN, CLASSES, REMOVE, N_SIGNALS };
static guint signals[N_SIGNALS];

/* --- a file of it --------------------------------------------------------- */

typedef struct {
  LamWorkspace *workspace; /* Owned */
  int64_t model;
} Export;

static void
export_free (gpointer data)
{
  Export *export = data;
  g_object_unref (export->workspace);
  g_free (export);
}

static void
start_export (gpointer data, const char *path, GAsyncReadyCallback callback,
    gpointer user_data)
{
  const Export *export = data;
  lam_workspace_export_model_async (
      export->workspace, export->model, path, true, callback, user_data);
}

static void
export_cb (LamModelLine *line)
{
  const Export export = { g_object_ref (line->workspace), line->id };
  GtkWindow *window = lam_window_of (GTK_WIDGET (line));
  GtkWidget *popover =
      gtk_widget_get_ancestor (GTK_WIDGET (line), GTK_TYPE_POPOVER);
  if (popover)
    gtk_popover_popdown (GTK_POPOVER (popover));
  lam_model_export_ask (window, line->workspace, line->name, start_export,
      g_memdup2 (&export, sizeof export), export_free);
}

/* --- the line ------------------------------------------------------------- */

static void
chosen_cb (GtkCheckButton *check, LamModelLine *line)
{
  if (!line->is_showing && gtk_check_button_get_active (check))
    g_signal_emit (line, signals[CHOSEN], 0);
}

static void
classes_cb (LamModelLine *line)
{
  g_signal_emit (line, signals[CLASSES], 0);
}

static void
remove_cb (LamModelLine *line)
{
  g_signal_emit (line, signals[REMOVE], 0);
}

static void
release_asks_too (LamModelLine *line)
{
  line->is_showing = true;
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (line->asks_too), FALSE);
  line->is_showing = false;
}

static void
asked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (LamModelLine) line = user_data;
  g_autoptr (GError) error = NULL;
  const bool done =
      lam_workspace_ask_too_finish (LAM_WORKSPACE (source), result, &error);
  /* Switched off again before it was answered. */
  if (done && !line->wants_too)
    lam_workspace_set_asks_too (LAM_WORKSPACE (source), line->id, false);
  if (done || !gtk_widget_get_root (GTK_WIDGET (line)))
    return;
  release_asks_too (line);
  GtkWidget *popover =
      gtk_widget_get_ancestor (GTK_WIDGET (line), GTK_TYPE_POPOVER);
  if (popover)
    gtk_popover_popdown (GTK_POPOVER (popover));
  lam_message_present (lam_window_of (GTK_WIDGET (line)),
      _ ("This network cannot be asked, too"), error->message);
}

static void
asks_too_cb (GtkToggleButton *asks_too, LamModelLine *line)
{
  if (line->is_showing)
    return;
  line->wants_too = gtk_toggle_button_get_active (asks_too);
  if (line->wants_too)
    lam_workspace_ask_too_async (
        line->workspace, line->id, asked_cb, g_object_ref (line));
  else
    lam_workspace_set_asks_too (line->workspace, line->id, false);
}

static void
add_asks_too (LamModelLine *line)
{
  const char *text = _ (
      "Ask this network, too: the mean of what both say counts, and takes as "
      "long again");
  line->asks_too = gtk_toggle_button_new ();
  gtk_button_set_icon_name (GTK_BUTTON (line->asks_too), "list-add-symbolic");
  gtk_widget_add_css_class (line->asks_too, "flat");
  gtk_widget_set_tooltip_text (line->asks_too, text);
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (line->asks_too), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  g_signal_connect (line->asks_too, "toggled", G_CALLBACK (asks_too_cb), line);
  gtk_box_append (GTK_BOX (line), line->asks_too);
}

static void
add_verb (LamModelLine *line, const char *icon, const char *text,
    void (*call) (LamModelLine *))
{
  GtkWidget *verb = gtk_button_new_from_icon_name (icon);
  gtk_widget_add_css_class (verb, "flat");
  gtk_widget_set_tooltip_text (verb, text);
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (verb), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  g_signal_connect_swapped (verb, "clicked", G_CALLBACK (call), line);
  gtk_box_append (GTK_BOX (line), verb);
}

static void
add_verbs (LamModelLine *line)
{
  add_asks_too (line);
  add_verb (line, "document-edit-symbolic",
      _ ("Which class of the project is which of its classes"), classes_cb);
  add_verb (line, "document-save-symbolic", _ ("Export as ONNX…"), export_cb);
  add_verb (
      line, "user-trash-symbolic", _ ("Remove it from the project"), remove_cb);
}

static GtkLabel *
add_text (GtkWidget *box)
{
  GtkWidget *text = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (text), 0);
  gtk_label_set_wrap (GTK_LABEL (text), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (text), 34);
  gtk_box_append (GTK_BOX (box), text);
  return GTK_LABEL (text);
}

static void
lam_model_line_finalize (GObject *object)
{
  g_free (LAM_MODEL_LINE (object)->name);
  G_OBJECT_CLASS (lam_model_line_parent_class)->finalize (object);
}

static void
lam_model_line_class_init (LamModelLineClass *class)
{
  static const char *const names[] = { "chosen", "classes", "remove" };
  G_OBJECT_CLASS (class)->finalize = lam_model_line_finalize;
  for (int i = 0; i < N_SIGNALS; i++)
    signals[i] = g_signal_new (names[i], LAM_TYPE_MODEL_LINE, G_SIGNAL_RUN_LAST,
        0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lam_model_line_init (LamModelLine *line)
{
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  line->name = g_strdup ("");
  line->title = add_text (texts);
  line->state = add_text (texts);
  gtk_widget_set_valign (texts, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (GTK_WIDGET (line->state), "dim-label");
  gtk_widget_add_css_class (GTK_WIDGET (line->state), "caption");
  line->check = gtk_check_button_new ();
  gtk_check_button_set_child (GTK_CHECK_BUTTON (line->check), texts);
  gtk_widget_set_hexpand (line->check, TRUE);
  g_signal_connect (line->check, "toggled", G_CALLBACK (chosen_cb), line);
  gtk_box_set_spacing (GTK_BOX (line), 6);
  gtk_box_append (GTK_BOX (line), line->check);
}

LamModelLine *
lam_model_line_new (LamWorkspace *workspace, int64_t id, LamModelLine *group)
{
  LamModelLine *line = g_object_new (LAM_TYPE_MODEL_LINE, NULL);
  line->workspace = workspace;
  line->id = id;
  if (group)
    gtk_check_button_set_group (
        GTK_CHECK_BUTTON (line->check), GTK_CHECK_BUTTON (group->check));
  if (id != 0)
    add_verbs (line);
  return line;
}

int64_t
lam_model_line_get_id (LamModelLine *line)
{
  g_return_val_if_fail (LAM_IS_MODEL_LINE (line), 0);
  return line->id;
}

const char *
lam_model_line_get_name (LamModelLine *line)
{
  g_return_val_if_fail (LAM_IS_MODEL_LINE (line), "");
  return line->name;
}

void
lam_model_line_focus (LamModelLine *line)
{
  g_return_if_fail (LAM_IS_MODEL_LINE (line));
  gtk_widget_grab_focus (line->check);
}

/* While another one works. */
static void
show_asks_too (LamModelLine *line, int64_t active)
{
  const bool is_asked = lam_workspace_asks_too (line->workspace, line->id);
  if (!line->asks_too)
    return;
  gtk_widget_set_visible (line->asks_too, active != 0 && active != line->id);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (line->asks_too), is_asked);
}

/* What a state of a network learned from, and how it was judged: to go back to
 * another one it is chosen. */
void
lam_model_line_refresh (LamModelLine *line, const char *name)
{
  g_return_if_fail (LAM_IS_MODEL_LINE (line));
  const LamModelState state =
      lam_workspace_get_model_state (line->workspace, line->id);
  g_autofree char *text = lam_model_state_describe (&state);
  g_free (line->name);
  line->name = g_strdup (name);
  gtk_label_set_text (line->title, name);
  gtk_label_set_text (line->state, text ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (line->state), text != NULL);
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (line->check), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  const int64_t active = lam_workspace_get_active_model (line->workspace);
  line->is_showing = true;
  show_asks_too (line, active);
  if (active == line->id)
    gtk_check_button_set_active (GTK_CHECK_BUTTON (line->check), TRUE);
  line->is_showing = false;
}
