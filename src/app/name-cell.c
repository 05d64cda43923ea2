/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/name-cell.h"

#include <glib/gi18n-lib.h>
#include <string.h>

struct _LamNameCell {
  AdwBin parent_instance;
  char *name; /* Owned */
  bool is_editing;
  int64_t id; /* of what is being named */
  /* Borrowed children */
  GtkStack *stack;
  GtkLabel *label;
  GtkEntry *entry;
};

G_DEFINE_FINAL_TYPE (LamNameCell, lam_name_cell, ADW_TYPE_BIN)

enum { EDITED, ENDED, N_SIGNALS };
static guint signals[N_SIGNALS];

/* False: it is refused. */
static bool
offer (LamNameCell *cell)
{
  g_autofree char *text =
      g_strdup (gtk_editable_get_text (GTK_EDITABLE (cell->entry)));
  gboolean is_taken = TRUE;
  g_strstrip (text);
  if (strcmp (text, cell->name) != 0)
    g_signal_emit (cell, signals[EDITED], 0, cell->id, text, &is_taken);
  return is_taken;
}

static void
tell (LamNameCell *cell, bool accept)
{
  if (accept)
    offer (cell);
  g_signal_emit (cell, signals[ENDED], 0);
}

/* Ends once, although hiding the entry takes its focus away. */
static void
end_editing (LamNameCell *cell, bool accept)
{
  if (!cell->is_editing)
    return;
  cell->is_editing = false;
  bool had_focus =
      gtk_widget_get_focus_child (GTK_WIDGET (cell->stack)) != NULL;
  gtk_stack_set_visible_child (cell->stack, GTK_WIDGET (cell->label));
  /* The keyboard goes back to the list, so that arrows work on. */
  if (had_focus) {
    GtkWidget *list =
        gtk_widget_get_ancestor (GTK_WIDGET (cell), GTK_TYPE_LIST_VIEW);
    if (list)
      gtk_widget_grab_focus (list);
  }
  tell (cell, accept);
}

static void
activate_cb (GtkEntry *entry, LamNameCell *cell)
{
  end_editing (cell, true);
}

/* Not when only the window is left, as a menu that closes does for a moment. */
static void
leave_cb (GtkEventControllerFocus *controller, LamNameCell *cell)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (cell));
  GtkWidget *focus = root ? gtk_root_get_focus (root) : NULL;
  if (focus && gtk_widget_is_ancestor (focus, GTK_WIDGET (cell)))
    return;
  end_editing (cell, true);
}

static gboolean
key_cb (GtkEventControllerKey *controller, guint key, guint code,
    GdkModifierType state, LamNameCell *cell)
{
  /* GTK's own binding may let it go on to the list, which selects all rows. */
  if (key == GDK_KEY_a && state & GDK_CONTROL_MASK) {
    gtk_editable_select_region (GTK_EDITABLE (cell->entry), 0, -1);
    return GDK_EVENT_STOP;
  }
  if (key != GDK_KEY_Escape)
    return GDK_EVENT_PROPAGATE;
  end_editing (cell, false);
  return GDK_EVENT_STOP;
}

static void
lam_name_cell_finalize (GObject *object)
{
  LamNameCell *cell = LAM_NAME_CELL (object);
  g_free (cell->name);
  G_OBJECT_CLASS (lam_name_cell_parent_class)->finalize (object);
}

static void
lam_name_cell_class_init (LamNameCellClass *class)
{
  G_OBJECT_CLASS (class)->finalize = lam_name_cell_finalize;
  signals[EDITED] = g_signal_new ("edited", LAM_TYPE_NAME_CELL,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_BOOLEAN, 2, G_TYPE_INT64,
      G_TYPE_STRING);
  signals[ENDED] = g_signal_new ("ended", LAM_TYPE_NAME_CELL, G_SIGNAL_RUN_LAST,
      0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lam_name_cell_init (LamNameCell *cell)
{
  cell->name = g_strdup ("");
  cell->stack = GTK_STACK (gtk_stack_new ());
  cell->label = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_xalign (cell->label, 0);
  gtk_label_set_ellipsize (cell->label, PANGO_ELLIPSIZE_MIDDLE);
  cell->entry = GTK_ENTRY (gtk_entry_new ());
  gtk_editable_set_width_chars (GTK_EDITABLE (cell->entry), 4);
  gtk_widget_set_valign (GTK_WIDGET (cell->entry), GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (cell->entry),
      GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Name"), -1);
  gtk_stack_add_child (cell->stack, GTK_WIDGET (cell->label));
  gtk_stack_add_child (cell->stack, GTK_WIDGET (cell->entry));
  gtk_stack_set_vhomogeneous (cell->stack, FALSE);
  adw_bin_set_child (ADW_BIN (cell), GTK_WIDGET (cell->stack));

  g_signal_connect (cell->entry, "activate", G_CALLBACK (activate_cb), cell);
  GtkEventController *focus = gtk_event_controller_focus_new ();
  g_signal_connect (focus, "leave", G_CALLBACK (leave_cb), cell);
  gtk_widget_add_controller (GTK_WIDGET (cell->entry), focus);
  GtkEventController *keys = gtk_event_controller_key_new ();
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), cell);
  gtk_widget_add_controller (GTK_WIDGET (cell->entry), keys);
}

GtkWidget *
lam_name_cell_new (void)
{
  return g_object_new (LAM_TYPE_NAME_CELL, NULL);
}

void
lam_name_cell_set_text (LamNameCell *cell, const char *title, const char *name)
{
  g_return_if_fail (LAM_IS_NAME_CELL (cell));
  g_free (cell->name);
  cell->name = g_strdup (name);
  gtk_label_set_text (cell->label, title);
  gtk_entry_set_placeholder_text (cell->entry, title);
}

void
lam_name_cell_edit (LamNameCell *cell, int64_t id)
{
  g_return_if_fail (LAM_IS_NAME_CELL (cell));
  if (cell->is_editing && cell->id != id)
    end_editing (cell, true);
  if (cell->is_editing) {
    gtk_entry_grab_focus_without_selecting (cell->entry);
    return;
  }
  gtk_editable_set_text (GTK_EDITABLE (cell->entry), cell->name);
  gtk_stack_set_visible_child (cell->stack, GTK_WIDGET (cell->entry));
  gtk_widget_grab_focus (GTK_WIDGET (cell->entry));
  cell->id = id;
  cell->is_editing = true;
}

bool
lam_name_cell_is_editing (LamNameCell *cell)
{
  g_return_val_if_fail (LAM_IS_NAME_CELL (cell), false);
  return cell->is_editing;
}

void
lam_name_cell_finish (LamNameCell *cell)
{
  g_return_if_fail (LAM_IS_NAME_CELL (cell));
  end_editing (cell, true);
}

void
lam_name_cell_leave (LamNameCell *cell)
{
  g_return_if_fail (LAM_IS_NAME_CELL (cell));
  if (!cell->is_editing)
    return;
  cell->is_editing = false;
  tell (cell, true);
}

/* Or NULL. */
static LamNameCell *
find_open (GtkRoot *window)
{
  GtkWidget *focus = window ? gtk_root_get_focus (window) : NULL;
  GtkWidget *cell =
      focus ? gtk_widget_get_ancestor (focus, LAM_TYPE_NAME_CELL) : NULL;
  return cell && LAM_NAME_CELL (cell)->is_editing ? LAM_NAME_CELL (cell) : NULL;
}

void
lam_name_cell_finish_open (GtkRoot *window)
{
  LamNameCell *cell = find_open (window);
  if (cell)
    end_editing (cell, true);
}

bool
lam_name_cell_settle_open (GtkRoot *window)
{
  LamNameCell *cell = find_open (window);
  if (!cell)
    return true;
  if (!offer (cell))
    return false;
  end_editing (cell, false);
  return true;
}
