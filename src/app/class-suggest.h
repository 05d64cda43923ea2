/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a new class looks like until the person says otherwise. */
#pragma once

#include "labels/class-table.h"

/* A colour apart from those of its neighbours in the list, the first key that
 * no class has (0: none is left), and objects of its own. */
LamClass lam_class_suggest (const LamClassTable *classes);
