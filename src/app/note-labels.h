/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The words beside the notes of a pane. It lies over the picture, takes no
 * events, and costs what its words cost: no more of them are shown than can be
 * read. */
#pragma once

#include <gtk/gtk.h>

#define LAM_TYPE_NOTE_LABELS (lam_note_labels_get_type ())
G_DECLARE_FINAL_TYPE (
    LamNoteLabels, lam_note_labels, LAM, NOTE_LABELS, GtkWidget)

typedef struct {
  char *text; /* Owned */
  double x, y; /* of what it is about, in application pixels */
} LamNoteLabel;

GtkWidget *lam_note_labels_new (void);
/* An array to be filled, for the next function. */
GArray *lam_note_labels_new_array (void) G_GNUC_WARN_UNUSED_RESULT;
/* The first ones come first, where there is no room for all. Takes the array,
 * of LamNoteLabel. */
void lam_note_labels_take (LamNoteLabels *widget, GArray *labels);
/* How many the last frame showed; for tests. */
guint lam_note_labels_get_n_shown (LamNoteLabels *widget);
