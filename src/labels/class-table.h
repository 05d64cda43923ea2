/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Classes and labels: what kinds of thing there are and which objects. Plain
 * tables of the main thread, loaded from and saved to the project by the
 * workspace. Pointers to rows are good until the table changes. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "labels/label-state.h"

/* As they are in the project file. */
typedef enum {
  LAM_ORGANELLE_BY_NAME, /* nobody said: see labels/class-words.h */
  LAM_ORGANELLE_YES,
  LAM_ORGANELLE_NO,
  LAM_N_ORGANELLES
} LamOrganelle;

typedef struct {
  int32_t id; /* stable for ever, from 0; 0 is "background" */
  char *name; /* Owned by the table */
  uint32_t rgb; /* 0xRRGGBB */
  int key; /* 1 to 9, or 0: none */
  bool locked, hidden;
  bool has_instances; /* false: one label stands for the whole class */
  LamOrganelle organelle; /* ask by lam_class_is_organelle() */
} LamClass;

typedef struct {
  uint32_t id; /* stable for ever, from 1 */
  char *name; /* Owned by the table; "" is shown as class and number */
  int32_t class_id;
  uint32_t rgb; /* 0xRRGGBB, or LAM_RGB_AUTO */
  bool locked, hidden, deleted;
  uint64_t original_id; /* in an imported file, if wider than 32 bits; or 0 */
  LamLabelState state;
  char *group; /* Owned by the table; NULL: none */
} LamLabel;

#define LAM_RGB_AUTO UINT32_C (0xff000000)

typedef struct _LamClassTable LamClassTable;

/* A copy of 100,000 labels takes a fraction of a millisecond, and may go to
 * another thread. */
LamClassTable *lam_class_table_new (void) G_GNUC_WARN_UNUSED_RESULT;
LamClassTable *lam_class_table_copy (
    const LamClassTable *table) G_GNUC_WARN_UNUSED_RESULT;
/* Its classes alone. */
LamClassTable *lam_class_table_copy_classes (
    const LamClassTable *table) G_GNUC_WARN_UNUSED_RESULT;
void lam_class_table_free (LamClassTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamClassTable, lam_class_table_free)

/* Adds or replaces the row of that id; copies. */
void lam_class_table_set_class (LamClassTable *table, const LamClass *row);
void lam_class_table_set_label (LamClassTable *table, const LamLabel *row);
void lam_class_table_remove_class (LamClassTable *table, int32_t id);
void lam_class_table_remove_label (LamClassTable *table, uint32_t id);

/* In order of id. NULL where there is none. */
size_t lam_class_table_get_n_classes (const LamClassTable *table);
const LamClass *lam_class_table_get_nth_class (
    const LamClassTable *table, size_t i);
const LamClass *lam_class_table_get_class (
    const LamClassTable *table, int32_t id);
const LamClass *lam_class_table_find_class (
    const LamClassTable *table, const char *name);
size_t lam_class_table_get_n_labels (const LamClassTable *table);
const LamLabel *lam_class_table_get_nth_label (
    const LamClassTable *table, size_t i);
const LamLabel *lam_class_table_get_label (
    const LamClassTable *table, uint32_t id);
/* One above the largest that ever was; 0 when 2^32 - 1 is taken. */
uint32_t lam_class_table_get_next_label (const LamClassTable *table);
/* Likewise, from 0; -1 when 2^31 - 1 is taken. */
int32_t lam_class_table_get_next_class (const LamClassTable *table);

/* Label or class locked or hidden, or another is isolated; a label that is
 * completed counts as locked. Unknown labels and 0 never are. */
bool lam_class_table_is_locked (const LamClassTable *table, uint32_t label);
bool lam_class_table_is_hidden (const LamClassTable *table, uint32_t label);
/* How many there are in each state, of one class (-1: of all). */
void lam_class_table_count_states (const LamClassTable *table, int32_t class_id,
    size_t counts[LAM_N_LABEL_STATES]);
/* The groups of labels that are there, and those around them, each once, in
 * order (char *). */
GPtrArray *lam_class_table_list_groups (
    const LamClassTable *table) G_GNUC_WARN_UNUSED_RESULT;
/* All other labels are as if they were hidden, but for those that are made
 * later; none: no longer. It is about looking: no row changes, and a copy of
 * the table knows nothing of it. */
void lam_class_table_isolate (
    LamClassTable *table, const uint32_t *labels, size_t n);
/* How many are isolated; 0: it is not on. */
size_t lam_class_table_get_n_isolated (const LamClassTable *table);
/* 0xRRGGBB: the label's own colour, else that of its class if it has no
 * instances, else one made from its id (well spread hues); by_class: the colour
 * of its class. An unknown label gets the one made from its id, 0 is black. */
uint32_t lam_class_table_get_rgb (
    const LamClassTable *table, uint32_t label, bool by_class);
/* Grows with every change. */
uint64_t lam_class_table_get_serial (const LamClassTable *table);

/* Built-in class sets, as data: "platelet" (background, cell, mitochondrion,
 * alpha granule, canalicular vessel, dense granule body, dense granule core)
 * and "empty" (background). NULL: no such preset. */
const LamClass *lam_class_preset_get (const char *name, size_t *n_classes);
