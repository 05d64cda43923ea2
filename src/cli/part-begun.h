/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What is computed of a part that is not finished, kept now and then in its
 * folder, so that little is lost when the work is ended by whatever. */
#pragma once

#include "cli/part-folder.h"
#include "segment/segmenter.h"

typedef struct _LamPartBegun LamPartBegun;

/* For the next run of the segmenter, which computes the part, and goes on from
 * what an earlier one left. Both live longer. */
LamPartBegun *lam_part_begun_new (LamPartFolder *folder, int64_t part,
    LamSegmenter *segmenter) G_GNUC_WARN_UNUSED_RESULT;
/* The segmenter keeps nothing any more. */
void lam_part_begun_free (LamPartBegun *begun);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LamPartBegun, lam_part_begun_free)
