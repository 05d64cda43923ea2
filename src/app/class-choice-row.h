/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A row that asks which class of the project something is: nothing first, then
 * the project's classes in their order, then perhaps one choice more. */
#pragma once

#include <adwaita.h>

#include "labels/class-table.h"

#define LAM_CLASS_CHOICE_NONE 0
#define LAM_CLASS_CHOICE_FIRST 1

/* `none` names nothing; `more` (or NULL) the last choice. */
GtkWidget *lam_class_choice_row_new (const char *title, const char *none,
    const LamClassTable *classes, const char *more) G_GNUC_WARN_UNUSED_RESULT;
