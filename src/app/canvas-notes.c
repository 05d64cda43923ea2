/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Notes in the slice panes: dots and lines with the picture, by OpenGL, and
 * their words over it. */
#include "app/canvas-private.h"
#include "app/note-kind.h"
#include "tools/tool-note.h"
#include "view/note-marks.h"
#include "workspace/notes.h"

/* More of them could not be read. */
#define MAX_WORDS 400

static const LamNote *
find_note (const LamNoteScene *scene, int32_t id)
{
  if (scene->moved && scene->moved->id == id)
    return scene->moved;
  return lam_note_list_get (scene->notes, id);
}

static void
add_word (LamCanvas *canvas, const LamNoteScene *scene, const LamNoteMark *mark,
    GArray *labels)
{
  const LamNote *note = find_note (scene, mark->id);
  if (!note || (note == scene->moved && note->id == 0))
    return;
  const int scale = gtk_widget_get_scale_factor (GTK_WIDGET (canvas));
  const LamNoteLabel label = {
    .text = lam_note_dup_title (note,
        lam_workspace_get_voxel_size_nm (canvas->workspace),
        !lam_workspace_knows_voxel_size (canvas->workspace)),
    .x = mark->x_px / scale,
    .y = mark->y_px / scale,
  };
  /* The one that is chosen has its words before all others. */
  if (note->id == scene->chosen)
    g_array_prepend_val (labels, label);
  else
    g_array_append_val (labels, label);
}

void
lam_canvas_draw_notes (LamCanvas *canvas, LamPlane plane, LamSketch *sketch)
{
  gboolean shows_notes;
  g_object_get (canvas->display, "show-notes", &shows_notes, NULL);
  g_autoptr (GArray) marks = g_array_new (FALSE, FALSE, sizeof (LamNoteMark));
  GArray *labels = lam_note_labels_new_array ();
  const LamNoteScene scene = {
    .notes = lam_workspace_get_notes (canvas->workspace),
    .chosen = lam_tool_box_get_chosen_note (canvas->box),
    .moved = lam_tool_box_get_moved_note (canvas->box),
  };
  if (shows_notes)
    lam_note_marks_draw (&scene, &canvas->view.cameras[plane], sketch, marks);
  for (guint i = 0; i < MIN (marks->len, MAX_WORDS); i++)
    add_word (canvas, &scene, &g_array_index (marks, LamNoteMark, i), labels);
  lam_note_labels_take (canvas->note_labels[plane], labels);
}

void
lam_canvas_add_note_labels (LamCanvas *canvas)
{
  for (int i = 0; i < LAM_N_PLANES; i++) {
    canvas->note_labels[i] = LAM_NOTE_LABELS (lam_note_labels_new ());
    lam_pane_view_add_overlay (
        canvas->panes[i], GTK_WIDGET (canvas->note_labels[i]));
  }
}
