/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What "segment" works on: an image, or that of a project with its classes. */
#pragma once

#include "labels/class-table.h"
#include "segment/model.h"

typedef struct {
  LamSource *source; /* Owned */
  double voxel_size_nm[3]; /* the project's, else the image's; 0: unknown */
  LamClassTable *classes; /* Owned; of the project; or NULL */
} LamSegmentInput;

/* A project is closed again: others can work in it meanwhile. */
bool lam_segment_input_open (
    LamSegmentInput *input, const char *path, int channel, GError **error);
void lam_segment_input_clear (LamSegmentInput *input);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LamSegmentInput, lam_segment_input_clear)

/* By class of the model: the number of the project's class of that name, or of
 * the one that `map` ("theirs=ours,…") says; without a project the class
 * itself. Fails for a class that the project does not have. */
bool lam_segment_input_number_classes (const LamSegmentInput *input,
    const LamModel *model, const char *map, uint8_t numbers[256],
    GError **error);
