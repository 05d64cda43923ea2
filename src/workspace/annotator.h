/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A second annotator's word on a region: away as a blind copy, back as a voice.
 * Any thread, blocking. */
#pragma once

#include "labels/region.h"
#include "labels/voice.h"
#include "store/store.h"

/* The setting of a blind copy that says of what it is one. */
#define LAM_SETTING_BLIND "blind-copy"
/* Its text; makes the project's identity if it is too old to have one. */
char *lam_annotator_dup_mark (
    LamStore *store, const LamRegion *region) G_GNUC_WARN_UNUSED_RESULT;

/* Takes in what `copy` says of the region that it is a blind copy of, in the
 * name of a person; what the same person said of it before goes. `region`: of a
 * copy that has no mark; NULL: by its mark. The working labels stay as they
 * are. The voice, or NULL: LAM_ERROR_INPUT with what does not fit (another
 * project, region, size or class). */
LamVoice *lam_annotator_import (LamStore *store, LamStore *copy,
    const LamRegion *region, const char *name,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
