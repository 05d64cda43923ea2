/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The objects of a synthetic volume, collected while it is made: how many
 * voxels each has, and where. Grows with the objects, not with the voxels. */
#pragma once

#include "labels/phantom-numbers.h"

typedef struct _LamTruthList LamTruthList;

LamTruthList *lam_truth_list_new (void) G_GNUC_WARN_UNUSED_RESULT;
void lam_truth_list_free (LamTruthList *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamTruthList, lam_truth_list_free)

/* One section: size[0] × size[1] voxels, labelled with numbers. */
void lam_truth_list_add_section (LamTruthList *list, const int64_t size[3],
    int64_t z, const uint32_t *labels, const uint8_t *classes);
int lam_truth_list_get_n_objects (LamTruthList *list);
/* Writes JSON: the classes, and each object's id, class, parent, voxels, box.
 * All or nothing. */
bool lam_truth_list_write (LamTruthList *list, const LamPhantomNumbers *numbers,
    const LamPhantom *phantom, const LamPhantomSettings *settings,
    const char *path, GError **error);
