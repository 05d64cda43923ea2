/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Rows that ask which class of the project something is: nothing first, then
 * the project's classes in their order, then perhaps more. */
#pragma once

#include <adwaita.h>

#include "labels/class-table.h"

#define LAM_CLASS_CHOICE_NONE 0
#define LAM_CLASS_CHOICE_FIRST 1

/* `none` names nothing; `more` (ends with NULL; or NULL) the last choices. */
GtkWidget *lam_class_choice_row_new (const char *title, const char *none,
    const LamClassTable *classes, const char *const *more) G_GNUC_WARN_UNUSED_RESULT;

/* The ids (int32_t) of the classes in that order. Classes that are added later
 * are not in the lists. */
GArray *lam_class_choice_list_ids (
    const LamClassTable *classes) G_GNUC_WARN_UNUSED_RESULT;
/* The place of a class in the list; LAM_CLASS_CHOICE_NONE where it is not. */
guint lam_class_choice_find_place (const GArray *ids, int32_t id);
/* As high as so many rows and a text above need, where a small screen has room
 * for that. */
void lam_class_choice_fit_height (GtkScrolledWindow *scroll, guint n_rows);
