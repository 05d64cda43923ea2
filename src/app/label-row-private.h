/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The insides of a row of the label table, for label-row.c, which is about what
 * is done with it, and label-row-draw.c. */
#pragma once

#include "app/label-row.h"

struct _LamLabelRow {
  LamLazyCell parent_instance;
  int64_t id;
  uint32_t rgb;
  int depth;
  LamLabelRowKind kind;
  bool locked, hidden;
  int pointed_at; /* a LamRowPart, or -1 */
  /* Owned */
  char *title, *name, *note, *short_note, *tip;
  PangoLayout *title_layout, *note_layout, *short_layout; /* NULL: to be made */
  int title_px, note_px,
      short_px; /* what they would take, once they are made */
  /* Children, or NULL */
  GtkWidget *colour, *entry;
};

void lam_label_row_draw (LamLazyCell *cell, GtkSnapshot *snapshot);
void lam_label_row_measure (GtkWidget *widget, GtkOrientation orientation,
    int for_size, int *minimum, int *natural, int *minimum_baseline,
    int *natural_baseline);
void lam_label_row_allocate (
    GtkWidget *widget, int width, int height, int baseline);
/* A LamRowPart that is pressed there, or -1. */
int lam_label_row_find_part (LamLabelRow *row, double x, double y);
