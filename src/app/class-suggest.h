/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a new class looks like until the person says otherwise. */
#pragma once

#include "labels/class-table.h"

/* A colour apart from those of its neighbours in the list, the first key that
 * no class has (0: none is left), and objects of its own. */
LamClass lam_class_suggest (const LamClassTable *classes);

/* Whether a class of that name is of single objects: false for what has no
 * pieces that anyone would count, such as membrane or cytoplasm. English. */
bool lam_class_suggest_instances (const char *name);
