/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A line to write to a likely error: hidden until it is asked for. Enter keeps
 * what it says, Escape does not.
 *
 * Signal: "done" (), the person goes back to the images. */
#pragma once

#include <gtk/gtk.h>

#include "workspace/error-queue.h"

#define LAM_TYPE_PLACE_NOTE (lam_place_note_get_type ())
G_DECLARE_FINAL_TYPE (LamPlaceNote, lam_place_note, LAM, PLACE_NOTE, GtkWidget)

/* NULL: hidden. Holds a reference. */
void lam_place_note_set_queue (LamPlaceNote *note, LamErrorQueue *queue);
/* Of the queue's place; what is being written already is left as it is. */
void lam_place_note_edit (LamPlaceNote *note);
/* Keeps what is being written, before the queue goes to another place. False:
 * it cannot be kept, and stays; the queue said why. */
bool lam_place_note_finish (LamPlaceNote *note);
