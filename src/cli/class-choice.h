/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A class of a project as a person names it: by its number or its name. */
#pragma once

#include "labels/class-table.h"

/* NULL with LAM_ERROR_MISSING and the classes that there are. */
const LamClass *lam_class_choice_find (
    const LamClassTable *classes, const char *name, GError **error);
