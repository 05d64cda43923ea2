/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The models of "segment", made ready for a volume. */
#pragma once

#include "segment/segmenter.h"

typedef struct {
  GPtrArray *models; /* Owned; LamModel */
  GArray *members; /* Owned; LamSegmenterModel */
  LamSegmenterSettings settings;
  LamSource *source; /* Borrowed */
  LamVolume *volume; /* Owned */
  LamSegmenter *segmenter; /* Owned */
} LamSegmentModels;

/* `paths` ends with NULL. */
bool lam_segment_models_open (
    LamSegmentModels *set, char **paths, GError **error);
/* Sets the rest. `normalisation`: as the option says it, or NULL. The source
 * lives longer. */
bool lam_segment_models_prepare (LamSegmentModels *set, LamSource *source,
    const LamSegmenterSettings *settings, const char *normalisation,
    LamProgress *progress, GError **error);
void lam_segment_models_clear (LamSegmentModels *set);

/* Says on standard error in which tiles `box` is segmented, and what that
 * takes, before any of it is used. Fails where that is not there. */
bool lam_segment_models_announce (
    const LamSegmentModels *set, const LamBox *box, GError **error);
/* Lines "WHAT: …" on all that the result depends, but for the box. NULL with
 * error when the image cannot be looked at, or `progress` was cancelled. */
char *lam_segment_models_dup_plan (const LamSegmentModels *set,
    const LamBox *box, LamProgress *progress,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
