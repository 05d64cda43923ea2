/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A line stays while its network is in the project: a person may be about to
 * press in it, and the keyboard may be there. */
#include "app/model-list.h"

#include <glib/gi18n-lib.h>

#include "app/class-map-dialog.h"
#include "app/message-dialog.h"
#include "app/model-line.h"
#include "app/scroll-height.h"
#include "base/error.h"
#include "workspace/project-models.h"
#include "workspace/shipped-models.h"

struct _LamModelList {
  GtkBox parent_instance;
  int64_t wanted; /* the model that is to work next */
  /* Owned */
  LamWorkspace *workspace; /* NULL without a project that can be changed */
  char *active_name; /* NULL: no network works */
  /* Children */
  GtkScrolledWindow *scrolled;
  GtkWidget *lines; /* of LamModelLine, "None" first */
  GtkWidget *shipped; /* buttons, in the order of the table */
};

G_DEFINE_FINAL_TYPE (LamModelList, lam_model_list, GTK_TYPE_BOX)

static guint changed_signal;

/* Each training makes a line more: they scroll before they push out of the
 * screen what lies below. */
#define MOST_HEIGHT 240

static void refresh (LamModelList *list);

/* --- verbs ---------------------------------------------------------------- */

static void
leave_popover (LamModelList *list)
{
  GtkWidget *popover =
      gtk_widget_get_ancestor (GTK_WIDGET (list), GTK_TYPE_POPOVER);
  if (popover)
    gtk_popover_popdown (GTK_POPOVER (popover));
}

static void
complain (LamModelList *list, const char *heading, const GError *error)
{
  leave_popover (list);
  lam_message_present (
      lam_window_of (GTK_WIDGET (list)), heading, error->message);
}

static void
ask_for_classes (LamModelList *list, int64_t model)
{
  leave_popover (list);
  lam_class_map_dialog_present (
      lam_window_of (GTK_WIDGET (list)), list->workspace, model);
}

static void
activated_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (LamModelList) list = user_data;
  g_autoptr (GError) error = NULL;
  bool done = lam_workspace_activate_model_finish (
      LAM_WORKSPACE (source), result, &error);
  if (g_error_matches (error, LAM_ERROR, LAM_ERROR_NEEDS_CHOICE)
      && list->workspace == LAM_WORKSPACE (source))
    ask_for_classes (list, list->wanted);
  else if (!done)
    complain (list, _ ("This network cannot work here"), error);
  refresh (list);
}

static void
activate (LamModelList *list, int64_t id)
{
  list->wanted = id;
  lam_workspace_activate_model_async (
      list->workspace, id, activated_cb, g_object_ref (list));
}

/* A new network works at once: that is why one adds it. */
static void
added_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (LamModelList) list = user_data;
  g_autoptr (GError) error = NULL;
  const int64_t id =
      lam_workspace_add_model_finish (LAM_WORKSPACE (source), result, &error);
  if (id == 0)
    complain (list, _ ("This is no network for images"), error);
  else if (list->workspace == LAM_WORKSPACE (source))
    activate (list, id);
}

void
lam_model_list_add (LamModelList *list, const char *path)
{
  g_return_if_fail (LAM_IS_MODEL_LIST (list));
  if (list->workspace)
    lam_workspace_add_model_async (
        list->workspace, path, NULL, added_cb, g_object_ref (list));
}

static void
chosen_cb (LamModelLine *line, LamModelList *list)
{
  activate (list, lam_model_line_get_id (line));
}

static void
classes_cb (LamModelLine *line, LamModelList *list)
{
  ask_for_classes (list, lam_model_line_get_id (line));
}

/* --- removing ------------------------------------------------------------- */

typedef struct {
  LamModelList *list; /* Owned */
  LamWorkspace *workspace; /* Owned; of which */
  int64_t model;
} Removal;

static void
removal_free (gpointer data)
{
  Removal *removal = data;
  g_object_unref (removal->list);
  g_object_unref (removal->workspace);
  g_free (removal);
}

static void
removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (LamModelList) list = user_data;
  g_autoptr (GError) error = NULL;
  if (!lam_workspace_remove_model_finish (
          LAM_WORKSPACE (source), result, &error))
    complain (list, _ ("The network was not removed"), error);
}

static void
agreed_cb (gpointer data)
{
  const Removal *removal = data;
  if (removal->list->workspace == removal->workspace)
    lam_workspace_remove_model_async (removal->workspace, removal->model,
        removed_cb, g_object_ref (removal->list));
}

static void
remove_cb (LamModelLine *line, LamModelList *list)
{
  g_autofree char *heading = g_strdup_printf (
      _ ("Remove the network “%s”?"), lam_model_line_get_name (line));
  const Removal removal = { g_object_ref (list),
    g_object_ref (list->workspace), lam_model_line_get_id (line) };
  leave_popover (list);
  lam_question_present (lam_window_of (GTK_WIDGET (list)), heading,
      _ ("What it segmented stays. What it learned here goes with it, unless "
         "you export it first."),
      _ ("_Remove"), TRUE, agreed_cb, g_memdup2 (&removal, sizeof removal),
      removal_free);
}

/* --- lines ---------------------------------------------------------------- */

static LamModelLine *
find_line (LamModelList *list, int64_t id)
{
  for (GtkWidget *line = gtk_widget_get_first_child (list->lines); line;
       line = gtk_widget_get_next_sibling (line))
    if (lam_model_line_get_id (LAM_MODEL_LINE (line)) == id)
      return LAM_MODEL_LINE (line);
  return NULL;
}

static LamModelLine *
make_line (LamModelList *list, int64_t id, GtkWidget *before)
{
  LamModelLine *line =
      lam_model_line_new (list->workspace, id, find_line (list, 0));
  g_signal_connect (line, "chosen", G_CALLBACK (chosen_cb), list);
  g_signal_connect (line, "classes", G_CALLBACK (classes_cb), list);
  g_signal_connect (line, "remove", G_CALLBACK (remove_cb), list);
  gtk_box_insert_child_after (
      GTK_BOX (list->lines), GTK_WIDGET (line), before);
  return line;
}

/* The line of that network, in its place behind `before`. */
static GtkWidget *
show_line (
    LamModelList *list, int64_t id, const char *name, GtkWidget *before)
{
  LamModelLine *line = find_line (list, id);
  if (!line)
    line = make_line (list, id, before);
  else if (gtk_widget_get_prev_sibling (GTK_WIDGET (line)) != before)
    gtk_box_reorder_child_after (
        GTK_BOX (list->lines), GTK_WIDGET (line), before);
  lam_model_line_refresh (line, name);
  if (id != 0 && lam_workspace_get_active_model (list->workspace) == id) {
    g_free (list->active_name);
    list->active_name = g_strdup (name);
  }
  return GTK_WIDGET (line);
}

/* All behind `last`; NULL: all. */
static void
remove_lines_behind (LamModelList *list, GtkWidget *last)
{
  GtkWidget *line;
  while ((line = last ? gtk_widget_get_next_sibling (last)
                      : gtk_widget_get_first_child (list->lines)))
    gtk_box_remove (GTK_BOX (list->lines), line);
}

/* --- what comes with the program ------------------------------------------ */

static bool
has_model (const GPtrArray *rows, const char *name)
{
  for (guint i = 0; rows && i < rows->len; i++) {
    const LamModelRow *row = g_ptr_array_index (rows, i);
    if (!row->removed && g_str_equal (row->name, name))
      return true;
  }
  return false;
}

static void
shipped_cb (GtkButton *add, LamModelList *list)
{
  if (list->workspace)
    lam_workspace_add_shipped_model_async (list->workspace,
        g_object_get_data (G_OBJECT (add), "lam-name"), added_cb,
        g_object_ref (list));
}

static void
add_shipped (LamModelList *list)
{
  for (const LamShippedModel *model = lam_shipped_models_get_all ();
       model->name; model++) {
    g_autofree char *text = g_strdup_printf (_ ("Add “%s”"), model->name);
    GtkWidget *add = gtk_button_new_with_label (text);
    gtk_widget_add_css_class (add, "flat");
    gtk_widget_set_tooltip_text (add, _ (model->title));
    g_object_set_data (G_OBJECT (add), "lam-name", (gpointer)model->name);
    g_signal_connect (add, "clicked", G_CALLBACK (shipped_cb), list);
    gtk_box_append (GTK_BOX (list->shipped), add);
  }
}

/* It is offered until the project has it. */
static void
show_shipped (LamModelList *list, const GPtrArray *rows)
{
  for (GtkWidget *add = gtk_widget_get_first_child (list->shipped); add;
       add = gtk_widget_get_next_sibling (add))
    gtk_widget_set_visible (add,
        !has_model (rows, g_object_get_data (G_OBJECT (add), "lam-name")));
}

static void
refresh (LamModelList *list)
{
  g_autoptr (GError) error = NULL;
  if (!list->workspace)
    return;
  g_autoptr (GPtrArray) rows =
      lam_workspace_list_models (list->workspace, &error);
  if (error)
    g_warning ("%s", error->message);
  g_clear_pointer (&list->active_name, g_free);
  GtkWidget *last = show_line (list, 0, _ ("None"), NULL);
  for (guint i = 0; rows && i < rows->len; i++) {
    const LamModelRow *row = g_ptr_array_index (rows, i);
    if (!row->removed)
      last = show_line (list, row->id, row->name, last);
  }
  remove_lines_behind (list, last);
  lam_scroll_height_fit (list->scrolled, MOST_HEIGHT);
  show_shipped (list, rows);
  g_signal_emit (list, changed_signal, 0);
}

/* --- the widget ----------------------------------------------------------- */

static void
lam_model_list_dispose (GObject *object)
{
  LamModelList *list = LAM_MODEL_LIST (object);
  if (list->workspace)
    g_signal_handlers_disconnect_by_data (list->workspace, list);
  g_clear_object (&list->workspace);
  g_clear_pointer (&list->active_name, g_free);
  G_OBJECT_CLASS (lam_model_list_parent_class)->dispose (object);
}

static void
lam_model_list_class_init (LamModelListClass *class)
{
  G_OBJECT_CLASS (class)->dispose = lam_model_list_dispose;
  changed_signal = g_signal_new ("changed", LAM_TYPE_MODEL_LIST,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

/* The keyboard begins at the network that works, which comes into sight so. */
static gboolean
placed_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer unused)
{
  LamModelList *list = LAM_MODEL_LIST (widget);
  LamModelLine *line = list->workspace
      ? find_line (list, lam_workspace_get_active_model (list->workspace))
      : NULL;
  if (line && gtk_widget_get_height (GTK_WIDGET (line)) == 0)
    return G_SOURCE_CONTINUE;
  if (line)
    lam_model_line_focus (line);
  return G_SOURCE_REMOVE;
}

/* Its lines have a place from the next frame on. */
static void
mapped_cb (GtkWidget *widget)
{
  lam_scroll_height_fit (LAM_MODEL_LIST (widget)->scrolled, MOST_HEIGHT);
  gtk_widget_add_tick_callback (widget, placed_cb, NULL, NULL);
}

static void
lam_model_list_init (LamModelList *list)
{
  gtk_orientable_set_orientation (
      GTK_ORIENTABLE (list), GTK_ORIENTATION_VERTICAL);
  list->lines = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  list->shipped = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  list->scrolled = GTK_SCROLLED_WINDOW (gtk_scrolled_window_new ());
  gtk_scrolled_window_set_policy (
      list->scrolled, GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (list->scrolled, TRUE);
  gtk_scrolled_window_set_child (list->scrolled, list->lines);
  gtk_box_append (GTK_BOX (list), GTK_WIDGET (list->scrolled));
  gtk_box_append (GTK_BOX (list), list->shipped);
  add_shipped (list);
  g_signal_connect (list, "map", G_CALLBACK (mapped_cb), NULL);
}

GtkWidget *
lam_model_list_new (void)
{
  return g_object_new (LAM_TYPE_MODEL_LIST, NULL);
}

void
lam_model_list_set_workspace (LamModelList *list, LamWorkspace *workspace)
{
  g_return_if_fail (LAM_IS_MODEL_LIST (list));
  if (list->workspace)
    g_signal_handlers_disconnect_by_data (list->workspace, list);
  remove_lines_behind (list, NULL);
  g_clear_pointer (&list->active_name, g_free);
  g_set_object (&list->workspace, workspace);
  if (!workspace)
    return;
  g_signal_connect_swapped (
      workspace, "models-changed", G_CALLBACK (refresh), list);
  refresh (list);
}

const char *
lam_model_list_get_active_name (LamModelList *list)
{
  g_return_val_if_fail (LAM_IS_MODEL_LIST (list), NULL);
  return list->active_name;
}
