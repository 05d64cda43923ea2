/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/note-panel.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/announce.h"
#include "app/message-dialog.h"
#include "app/note-kind.h"
#include "app/note-line.h"
#include "app/note-popover.h"
#include "workspace/models.h"
#include "workspace/notes.h"

struct _LamNotePanel {
  AdwBin parent_instance;
  bool is_filling; /* the list of kinds is being made */
  /* Owned */
  LamWorkspace *workspace;
  GListModel *model;
  GtkSingleSelection *selection;
  GPtrArray *kinds; /* char *, of those after the first, which is all */
  /* Template children */
  GtkLabel *heading, *empty;
  GtkToggleButton *shown;
  GtkSearchEntry *search;
  GtkDropDown *kind;
  GtkStack *stack;
  GtkListView *list;
};

G_DEFINE_FINAL_TYPE (LamNotePanel, lam_note_panel, ADW_TYPE_BIN)

static guint chosen_signal;

static LamNoteList *
get_notes (LamNotePanel *panel)
{
  return panel->workspace ? lam_workspace_get_notes (panel->workspace) : NULL;
}

/* ---- What is listed ----------------------------------------------------- */

static void
update_stack (LamNotePanel *panel)
{
  const guint n = panel->model ? g_list_model_get_n_items (panel->model) : 0;
  LamNoteList *notes = get_notes (panel);
  const size_t n_all = notes ? lam_note_list_get_n (notes) : 0;
  g_autofree char *heading = n < n_all
      ? g_strdup_printf (_ ("Notes (%u of %zu)"), n, n_all)
      : g_strdup (_ ("Notes"));
  gtk_label_set_text (panel->heading, heading);
  gtk_label_set_text (panel->empty,
      n_all > 0
          ? _ ("No note is like that.")
          : _ ("With the tool Point a click sets a synapse, a question or a "
               "comment; Ctrl+B sets a bookmark; Enter keeps what was "
               "measured. All of them are listed here."));
  gtk_stack_set_visible_child_name (panel->stack, n ? "list" : "empty");
}

static int
compare_kinds (gconstpointer a, gconstpointer b)
{
  const char *x = *(const char *const *)a, *y = *(const char *const *)b;
  return g_utf8_collate (lam_note_kind_title (x), lam_note_kind_title (y));
}

/* Each kind that there is, in the order of their titles. */
static GPtrArray *
list_kinds (LamNotePanel *panel)
{
  GPtrArray *kinds = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  LamNoteList *notes = get_notes (panel);
  for (size_t i = 0; notes && i < lam_note_list_get_n (notes); i++) {
    const LamNote *note = lam_note_list_get_nth (notes, i);
    if (g_hash_table_add (seen, note->kind))
      g_ptr_array_add (kinds, g_strdup (note->kind));
  }
  g_ptr_array_sort (kinds, compare_kinds);
  return kinds;
}

static bool
is_same (const GPtrArray *a, const GPtrArray *b)
{
  if (!a || a->len != b->len)
    return false;
  for (guint i = 0; i < a->len; i++)
    if (strcmp (a->pdata[i], b->pdata[i]) != 0)
      return false;
  return true;
}

/* Borrowed; NULL: all. */
static const char *
get_kind (LamNotePanel *panel)
{
  const guint i = gtk_drop_down_get_selected (panel->kind);
  return panel->kinds && i > 0 && i <= panel->kinds->len
      ? panel->kinds->pdata[i - 1]
      : NULL;
}

static void
fill_kinds (LamNotePanel *panel)
{
  g_autoptr (GPtrArray) kinds = list_kinds (panel);
  if (is_same (panel->kinds, kinds))
    return;
  g_autofree char *chosen = g_strdup (get_kind (panel));
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);
  guint selected = 0;
  gtk_string_list_append (titles, _ ("All"));
  for (guint i = 0; i < kinds->len; i++) {
    gtk_string_list_append (titles, lam_note_kind_title (kinds->pdata[i]));
    if (g_strcmp0 (chosen, kinds->pdata[i]) == 0)
      selected = i + 1;
  }
  panel->is_filling = true;
  g_clear_pointer (&panel->kinds, g_ptr_array_unref);
  panel->kinds = g_steal_pointer (&kinds);
  gtk_drop_down_set_model (panel->kind, G_LIST_MODEL (titles));
  gtk_drop_down_set_selected (panel->kind, selected);
  panel->is_filling = false;
}

static void
filter_cb (LamNotePanel *panel)
{
  if (!panel->model || panel->is_filling)
    return;
  lam_note_model_set_filter (panel->model, get_kind (panel),
      gtk_editable_get_text (GTK_EDITABLE (panel->search)));
  update_stack (panel);
  lam_announce ("NOTES-LISTED %u", g_list_model_get_n_items (panel->model));
}

static void
notes_changed_cb (LamNotePanel *panel)
{
  g_autofree char *before = g_strdup (get_kind (panel));
  fill_kinds (panel);
  if (g_strcmp0 (before, get_kind (panel)) != 0)
    filter_cb (panel);
  update_stack (panel);
}

/* ---- Rows --------------------------------------------------------------- */

/* The popover lies in the panel and points at `at`: a row goes, or shows
 * another note, while it is open. */
static void
edit_note (LamNotePanel *panel, int32_t id, GtkWidget *at)
{
  GtkWindow *window = lam_window_of (GTK_WIDGET (panel));
  LamNoteList *notes = get_notes (panel);
  const LamNote *note = notes ? lam_note_list_get (notes, id) : NULL;
  graphene_rect_t bounds;
  if (note && LAM_IS_WINDOW (window)
      && gtk_widget_compute_bounds (at, GTK_WIDGET (panel), &bounds))
    lam_note_popover_open (LAM_WINDOW (window), GTK_WIDGET (panel),
        bounds.origin.x + bounds.size.width / 2,
        bounds.origin.y + bounds.size.height / 2, note);
}

static void
remove_note (LamNotePanel *panel, int32_t id)
{
  g_autoptr (GError) error = NULL;
  if (!panel->workspace)
    return;
  if (!lam_workspace_remove_note (panel->workspace, id, &error))
    lam_toast_show (GTK_WIDGET (panel), error->message);
  else
    lam_announce ("NOTE-GONE %d", id);
}

static void
line_edit_cb (LamNoteLine *line, LamNotePanel *panel)
{
  edit_note (panel, lam_note_line_get_id (line), GTK_WIDGET (line));
}

static void
line_remove_cb (LamNoteLine *line, LamNotePanel *panel)
{
  remove_note (panel, lam_note_line_get_id (line));
}

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item,
    LamNotePanel *panel)
{
  GtkWidget *line = lam_note_line_new ();
  g_signal_connect_object (line, "edit", G_CALLBACK (line_edit_cb), panel, 0);
  g_signal_connect_object (
      line, "remove", G_CALLBACK (line_remove_cb), panel, 0);
  gtk_list_item_set_child (list_item, line);
}

static void
item_changed_cb (LamNoteItem *item, GtkListItem *list_item)
{
  GtkWidget *line = gtk_list_item_get_child (list_item);
  GtkWidget *panel = gtk_widget_get_ancestor (line, LAM_TYPE_NOTE_PANEL);
  if (panel && LAM_NOTE_PANEL (panel)->workspace)
    lam_note_line_show (LAM_NOTE_LINE (line), LAM_NOTE_PANEL (panel)->workspace,
        lam_note_item_get_row (item));
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item,
    LamNotePanel *panel)
{
  LamNoteItem *item = gtk_list_item_get_item (list_item);
  g_signal_connect (item, "changed", G_CALLBACK (item_changed_cb), list_item);
  lam_note_line_show (LAM_NOTE_LINE (gtk_list_item_get_child (list_item)),
      panel->workspace, lam_note_item_get_row (item));
}

static void
unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item,
    LamNotePanel *panel)
{
  g_signal_handlers_disconnect_by_func (
      gtk_list_item_get_item (list_item), item_changed_cb, list_item);
}

static void
activate_cb (GtkListView *list, guint position, LamNotePanel *panel)
{
  const int32_t id = lam_note_model_get_id (panel->model, position);
  if (id != 0)
    g_signal_emit (panel, chosen_signal, 0, id);
}

static int32_t
get_selected (LamNotePanel *panel)
{
  if (!panel->selection)
    return 0;
  const guint i = gtk_single_selection_get_selected (panel->selection);
  return i == GTK_INVALID_LIST_POSITION
      ? 0
      : lam_note_model_get_id (panel->model, i);
}

/* Delete takes the selected one away, F2 changes it. */
static gboolean
key_cb (GtkEventControllerKey *controller, guint key, guint code,
    GdkModifierType state, LamNotePanel *panel)
{
  const int32_t id = get_selected (panel);
  if (id == 0 || (state & gtk_accelerator_get_default_mod_mask ()))
    return FALSE;
  if (key == GDK_KEY_Delete || key == GDK_KEY_KP_Delete)
    remove_note (panel, id);
  else if (key == GDK_KEY_F2)
    edit_note (panel, id, GTK_WIDGET (panel->list));
  else
    return FALSE;
  return TRUE;
}

/* ---- The workspace ------------------------------------------------------ */

static void
detach_model (LamNotePanel *panel)
{
  if (panel->model)
    g_signal_handlers_disconnect_by_data (panel->model, panel);
  if (panel->list)
    gtk_list_view_set_model (panel->list, NULL);
  g_clear_object (&panel->selection);
  g_clear_object (&panel->model);
}

static void
attach_model (LamNotePanel *panel)
{
  panel->model = lam_note_model_new (panel->workspace);
  panel->selection = gtk_single_selection_new (g_object_ref (panel->model));
  gtk_single_selection_set_autoselect (panel->selection, FALSE);
  gtk_single_selection_set_can_unselect (panel->selection, TRUE);
  gtk_single_selection_set_selected (
      panel->selection, GTK_INVALID_LIST_POSITION);
  g_signal_connect_object (panel->model, "items-changed",
      G_CALLBACK (update_stack), panel, G_CONNECT_SWAPPED);
  gtk_list_view_set_model (panel->list, GTK_SELECTION_MODEL (panel->selection));
}

void
lam_note_panel_set_workspace (LamNotePanel *panel, LamWorkspace *workspace)
{
  g_return_if_fail (LAM_IS_NOTE_PANEL (panel));
  if (panel->workspace == workspace)
    return;
  if (panel->workspace)
    g_signal_handlers_disconnect_by_data (panel->workspace, panel);
  detach_model (panel);
  g_set_object (&panel->workspace, workspace);
  if (workspace) {
    g_signal_connect_object (workspace, "notes-changed",
        G_CALLBACK (notes_changed_cb), panel, G_CONNECT_SWAPPED);
    g_signal_connect_object (workspace, "project-changed",
        G_CALLBACK (notes_changed_cb), panel, G_CONNECT_SWAPPED);
    attach_model (panel);
  }
  fill_kinds (panel);
  filter_cb (panel);
  update_stack (panel);
}

/* ---- For the window ----------------------------------------------------- */

int32_t
lam_note_panel_find_next (LamNotePanel *panel, int32_t id, int step)
{
  g_return_val_if_fail (LAM_IS_NOTE_PANEL (panel), 0);
  const guint n = panel->model ? g_list_model_get_n_items (panel->model) : 0;
  if (n == 0)
    return 0;
  const guint at = lam_note_model_find (panel->model, id);
  const gint64 from = at != G_MAXUINT ? (gint64)at : step > 0 ? -1 : (gint64)n;
  const gint64 next = ((from + step) % n + n) % n;
  return lam_note_model_get_id (panel->model, (guint)next);
}

void
lam_note_panel_select (LamNotePanel *panel, int32_t id)
{
  g_return_if_fail (LAM_IS_NOTE_PANEL (panel));
  const guint at =
      panel->model ? lam_note_model_find (panel->model, id) : G_MAXUINT;
  if (!panel->selection)
    return;
  gtk_single_selection_set_selected (
      panel->selection, at == G_MAXUINT ? GTK_INVALID_LIST_POSITION : at);
  if (at != G_MAXUINT)
    gtk_widget_activate_action (
        GTK_WIDGET (panel->list), "list.scroll-to-item", "u", at);
}

GArray *
lam_note_panel_dup_listed (LamNotePanel *panel)
{
  g_return_val_if_fail (LAM_IS_NOTE_PANEL (panel), NULL);
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
  const guint n = panel->model ? g_list_model_get_n_items (panel->model) : 0;
  for (guint i = 0; i < n; i++) {
    const int32_t id = lam_note_model_get_id (panel->model, i);
    g_array_append_val (ids, id);
  }
  return ids;
}

void
lam_note_panel_focus (LamNotePanel *panel)
{
  g_return_if_fail (LAM_IS_NOTE_PANEL (panel));
  gtk_widget_grab_focus (GTK_WIDGET (panel->search));
}

void
lam_note_panel_set_display (LamNotePanel *panel, LamDisplay *display)
{
  g_return_if_fail (LAM_IS_NOTE_PANEL (panel));
  g_object_bind_property (display, "show-notes", panel->shown, "active",
      G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
}

/* ---- The widget --------------------------------------------------------- */

static void
lam_note_panel_dispose (GObject *object)
{
  LamNotePanel *panel = LAM_NOTE_PANEL (object);
  if (panel->workspace)
    g_signal_handlers_disconnect_by_data (panel->workspace, panel);
  detach_model (panel);
  g_clear_object (&panel->workspace);
  g_clear_pointer (&panel->kinds, g_ptr_array_unref);
  G_OBJECT_CLASS (lam_note_panel_parent_class)->dispose (object);
}

static void
lam_note_panel_class_init (LamNotePanelClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lam_note_panel_dispose;
  chosen_signal = g_signal_new ("chosen", LAM_TYPE_NOTE_PANEL,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/note-panel.ui");
#define BIND(child) \
  gtk_widget_class_bind_template_child (widget_class, LamNotePanel, child)
  BIND (heading);
  BIND (empty);
  BIND (shown);
  BIND (search);
  BIND (kind);
  BIND (stack);
  BIND (list);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, filter_cb);
  gtk_widget_class_bind_template_callback (widget_class, setup_cb);
  gtk_widget_class_bind_template_callback (widget_class, bind_cb);
  gtk_widget_class_bind_template_callback (widget_class, unbind_cb);
  gtk_widget_class_bind_template_callback (widget_class, activate_cb);
}

static void
lam_note_panel_init (LamNotePanel *panel)
{
  gtk_widget_init_template (GTK_WIDGET (panel));
  GtkEventController *keys = gtk_event_controller_key_new ();
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), panel);
  gtk_widget_add_controller (GTK_WIDGET (panel->list), keys);
}

GtkWidget *
lam_note_panel_new (void)
{
  return g_object_new (LAM_TYPE_NOTE_PANEL, NULL);
}
