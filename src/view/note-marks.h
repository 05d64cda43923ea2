/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Notes over a slice: a dot where a point lies in it, fainter where it lies a
 * few slices before or behind, the lines of a measurement, and where its words
 * belong. Only what is near the slice and in sight costs time. Main thread. */
#pragma once

#include "labels/note-list.h"
#include "view/sketch.h"

/* So many slices on either side. */
#define LAM_NOTE_REACH 3

/* Where the words of a note in the slice belong. */
typedef struct {
  int32_t id;
  double x_px, y_px; /* of its dot or the end of its line */
} LamNoteMark;

typedef struct {
  LamNoteList *notes; /* Borrowed; NULL: none */
  int32_t chosen; /* has a ring around it; 0: none */
  const LamNote *moved; /* Borrowed: is where this says; NULL: none */
} LamNoteScene;

/* Appends LamNoteMark, those of the very slice, to `marks`. */
void lam_note_marks_draw (const LamNoteScene *scene, const LamCamera *camera,
    LamSketch *sketch, GArray *marks);

/* The corner of a note within `reach_px` of a pixel, those of the slice itself
 * before those that are fainter, the nearest first: its id, 0: none. */
int32_t lam_note_marks_find (LamNoteList *notes, const LamCamera *camera,
    double x_px, double y_px, double reach_px, int *corner);
