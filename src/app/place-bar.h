/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The likely errors of the project, in a strip above the images: why to look at
 * the place that is marked in them, what can be said of it, and how much is
 * left. It comes with the first place that is asked for, and can be closed.
 *
 * Signal: "arrived" (), a place is on screen. */
#pragma once

#include "app/canvas.h"
#include "workspace/error-queue.h"

#define LAM_TYPE_PLACE_BAR (lam_place_bar_get_type ())
G_DECLARE_FINAL_TYPE (LamPlaceBar, lam_place_bar, LAM, PLACE_BAR, GtkWidget)

/* Once; the canvas is borrowed. */
void lam_place_bar_set_up (
    LamPlaceBar *bar, GSettings *settings, LamCanvas *canvas);
/* NULL, or one without a project: hidden. Holds a reference. */
void lam_place_bar_set_workspace (LamPlaceBar *bar, LamWorkspace *workspace);
/* The keys that it names were bound anew. */
void lam_place_bar_refresh (LamPlaceBar *bar);

/* Shows the bar, if need be, and goes to a place. */
void lam_place_bar_next (LamPlaceBar *bar);
void lam_place_bar_previous (LamPlaceBar *bar);
/* Of the place that is shown, and on to the next. */
void lam_place_bar_say (LamPlaceBar *bar, LamVerdict verdict);
/* Where another person says otherwise: writes that, and on to the next. */
void lam_place_bar_take_theirs (LamPlaceBar *bar);
/* The place that is shown, if two people disagree there; borrowed; or NULL. */
const LamPlace *lam_place_bar_get_dissent (LamPlaceBar *bar);
/* LamVerdictRow: what was said of several places at once. Goes on to the next
 * if the one that is shown is among them. */
void lam_place_bar_note_said (LamPlaceBar *bar, const GArray *rows);
void lam_place_bar_take_back (LamPlaceBar *bar);
/* Asks for a note to the place. */
void lam_place_bar_write (LamPlaceBar *bar);
void lam_place_bar_close (LamPlaceBar *bar);
/* Before the project goes: keeps the note that is being written. False: it
 * cannot be kept as it is, and it was said why. */
bool lam_place_bar_settle (LamPlaceBar *bar);
