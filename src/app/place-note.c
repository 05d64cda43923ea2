/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/place-note.h"

#include <glib/gi18n-lib.h>

#include "app/announce.h"

struct _LamPlaceNote {
  GtkWidget parent_instance;
  LamErrorQueue *queue; /* Owned; or NULL */
  GtkWidget *entry; /* Owned by the widget tree */
};

G_DEFINE_FINAL_TYPE (LamPlaceNote, lam_place_note, GTK_TYPE_WIDGET)

static guint done_signal;

static void
leave (LamPlaceNote *note)
{
  gtk_widget_set_visible (GTK_WIDGET (note), FALSE);
  g_signal_emit (note, done_signal, 0);
}

bool
lam_place_note_finish (LamPlaceNote *note)
{
  g_return_val_if_fail (LAM_IS_PLACE_NOTE (note), true);
  if (!note->queue || !gtk_widget_get_visible (GTK_WIDGET (note)))
    return true;
  const char *text = gtk_editable_get_text (GTK_EDITABLE (note->entry));
  if (!g_str_equal (text, lam_error_queue_get_note (note->queue))
      && !lam_error_queue_write (note->queue, text))
    return false;
  lam_announce ("PLACE-NOTE %s", text);
  leave (note);
  return true;
}

void
lam_place_note_edit (LamPlaceNote *note)
{
  g_return_if_fail (LAM_IS_PLACE_NOTE (note) && note->queue);
  if (gtk_widget_get_visible (GTK_WIDGET (note))) {
    gtk_entry_grab_focus_without_selecting (GTK_ENTRY (note->entry));
    return;
  }
  gtk_editable_set_text (
      GTK_EDITABLE (note->entry), lam_error_queue_get_note (note->queue));
  gtk_widget_set_visible (GTK_WIDGET (note), TRUE);
  gtk_widget_grab_focus (note->entry);
  gtk_editable_set_position (GTK_EDITABLE (note->entry), -1);
}

void
lam_place_note_set_queue (LamPlaceNote *note, LamErrorQueue *queue)
{
  g_return_if_fail (LAM_IS_PLACE_NOTE (note));
  g_set_object (&note->queue, queue);
  gtk_widget_set_visible (GTK_WIDGET (note), FALSE);
}

static void
activate_cb (LamPlaceNote *note)
{
  lam_place_note_finish (note);
}

static gboolean
escape_cb (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  leave (LAM_PLACE_NOTE (widget));
  return TRUE;
}

static void
lam_place_note_dispose (GObject *object)
{
  LamPlaceNote *note = LAM_PLACE_NOTE (object);
  g_clear_object (&note->queue);
  g_clear_pointer (&note->entry, gtk_widget_unparent);
  G_OBJECT_CLASS (lam_place_note_parent_class)->dispose (object);
}

static void
lam_place_note_class_init (LamPlaceNoteClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = lam_place_note_dispose;
  done_signal = g_signal_new ("done", LAM_TYPE_PLACE_NOTE, G_SIGNAL_RUN_LAST, 0,
      NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_add_binding (
      widget_class, GDK_KEY_Escape, 0, escape_cb, NULL);
}

static void
lam_place_note_init (LamPlaceNote *note)
{
  note->entry = gtk_entry_new ();
  gtk_entry_set_placeholder_text (GTK_ENTRY (note->entry),
      _ ("What is to be said of this place? Enter keeps it, Escape does not"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (note->entry),
      GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Note to this place"), -1);
  gtk_widget_set_hexpand (note->entry, TRUE);
  gtk_widget_set_parent (note->entry, GTK_WIDGET (note));
  gtk_widget_set_visible (GTK_WIDGET (note), FALSE);
  g_signal_connect_swapped (
      note->entry, "activate", G_CALLBACK (activate_cb), note);
}
