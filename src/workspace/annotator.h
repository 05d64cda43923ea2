/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A second annotator's word on a region: away as a blind copy, back as a voice.
 * Main thread, but for what says otherwise. */
#pragma once

#include "labels/region.h"
#include "labels/voice.h"
#include "store/store.h"

/* The setting of a blind copy that says of what it is one. */
#define LAM_SETTING_BLIND "blind-copy"
/* Its text; makes the project's identity if it is too old to have one, and
 * fails where that could not be kept, as no copy would ever match. */
char *lam_annotator_dup_mark (LamStore *store, const LamRegion *region,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Of all copies of the project; made if it is too old to have one. */
char *lam_annotator_dup_identity (LamStore *store) G_GNUC_WARN_UNUSED_RESULT;

/* The project as it is now; all Borrowed. */
typedef struct {
  LamStore *store;
  const GPtrArray *regions; /* of LamRegion */
  const LamClassTable *classes;
  const char *identity; /* lam_annotator_dup_identity() */
} LamAnnotatorProject;
/* Takes in what `copy` says of the region that it is a blind copy of, in the
 * name of a person; what the same person said of it before goes. `region`: of a
 * copy that has no mark; NULL: by its mark. The working labels stay as they
 * are. The voice, or NULL: LAM_ERROR_INPUT with what does not fit (another
 * project, region, size or class). Any thread, blocking; the copy is this
 * thread's. */
LamVoice *lam_annotator_import (const LamAnnotatorProject *project,
    LamStore *copy, const LamRegion *region, const char *name,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
