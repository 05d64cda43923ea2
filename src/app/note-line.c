/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "app/note-line.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/note-kind.h"

struct _LamNoteLine {
  AdwBin parent_instance;
  int32_t id;
  /* Template children */
  GtkLabel *dot, *title, *details;
  GtkButton *edit, *remove;
};

G_DEFINE_FINAL_TYPE (LamNoteLine, lam_note_line, ADW_TYPE_BIN)

static void
edit_cb (LamNoteLine *line)
{
  g_signal_emit_by_name (line, "edit");
}

static void
remove_cb (LamNoteLine *line)
{
  g_signal_emit_by_name (line, "remove");
}

static void
lam_note_line_class_init (LamNoteLineClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/lamella/Lamella/note-line.ui");
#define BIND(child) \
  gtk_widget_class_bind_template_child (widget_class, LamNoteLine, child)
  BIND (dot);
  BIND (title);
  BIND (details);
  BIND (edit);
  BIND (remove);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, edit_cb);
  gtk_widget_class_bind_template_callback (widget_class, remove_cb);
  g_signal_new ("edit", LAM_TYPE_NOTE_LINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
      NULL, G_TYPE_NONE, 0);
  g_signal_new ("remove", LAM_TYPE_NOTE_LINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
      NULL, G_TYPE_NONE, 0);
}

static void
lam_note_line_init (LamNoteLine *line)
{
  gtk_widget_init_template (GTK_WIDGET (line));
}

GtkWidget *
lam_note_line_new (void)
{
  return g_object_new (LAM_TYPE_NOTE_LINE, NULL);
}

int32_t
lam_note_line_get_id (LamNoteLine *line)
{
  return line->id;
}

/* "Synapse · 120, 80, 12 · Anna": numbers of voxels, as the status bar's. */
static char *
describe (const LamNote *note, bool has_own_title)
{
  double place[3];
  lam_note_get_place (note, place);
  g_autofree char *where = g_strdup_printf (
      "%.0f, %.0f, %.0f", floor (place[0]), floor (place[1]), floor (place[2]));
  return has_own_title ? g_strdup_printf ("%s · %s · %s",
             lam_note_kind_title (note->kind), where, note->author)
                       : g_strdup_printf ("%s · %s", where, note->author);
}

static char *
describe_all (const LamNote *note, const char *title)
{
  g_autoptr (GDateTime) then =
      g_date_time_new_from_unix_local (note->time / G_USEC_PER_SEC);
  g_autofree char *when =
      then ? g_date_time_format (then, "%c") : g_strdup ("");
  return g_strdup_printf ("%s\n%s%s%s, %s", lam_note_kind_title (note->kind),
      *note->text ? note->text : title, "\n", note->author, when);
}

void
lam_note_line_show (
    LamNoteLine *line, LamWorkspace *workspace, const LamNote *note)
{
  g_return_if_fail (LAM_IS_NOTE_LINE (line));
  line->id = note ? note->id : 0;
  if (!note)
    return;
  g_autofree char *dot = lam_note_kind_dup_dot (note->kind);
  g_autofree char *title =
      lam_note_dup_title (note, lam_workspace_get_voxel_size_nm (workspace),
          !lam_workspace_knows_voxel_size (workspace));
  const bool has_own_title =
      !g_str_equal (title, lam_note_kind_title (note->kind));
  g_autofree char *details = describe (note, has_own_title);
  g_autofree char *all = describe_all (note, title);
  gtk_label_set_markup (line->dot, dot);
  gtk_label_set_text (line->title, title);
  gtk_label_set_text (line->details, details);
  gtk_widget_set_tooltip_text (GTK_WIDGET (line), all);
}
