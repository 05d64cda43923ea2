/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the name of a class says of it, until a person says otherwise. Names are
 * English; of one in another language all is true. Any thread. */
#pragma once

#include <stdbool.h>

#include "labels/class-table.h"

/* Whether a class of that name is of single objects: false for what has no
 * pieces that anyone would count, such as membrane or cytoplasm. */
bool lam_class_words_has_instances (const char *name);

/* Whether a class of that name is an organelle: false where every word of it is
 * of what organelles lie in, such as "cell", "plasma membrane" or
 * "extracellular space"; "mitochondrial membrane" is one. */
bool lam_class_words_is_organelle (const char *name);

/* Whether it counts in means over organelles: as a person said, and until then
 * by its name, but for class 0, which is the background. */
bool lam_class_is_organelle (const LamClass *row);
/* Says it; as its name does where that is the same, so that a new name counts
 * once more. */
void lam_class_set_organelle (LamClass *row, bool is_organelle);
